"""What can go wrong.

GrokVideoError
├── ConnectionFailed      the server can not be reached
├── InvalidRequestError   400, 413, 415: something in the request; `param` names it
├── AuthenticationError   401, 403: the key is missing, wrong or revoked
├── NotFoundError         404: no such video, model or file, or not yet
├── ConflictError         409: the Idempotency-Key was used with another body
├── RateLimitError        429: the queue is full, or too many requests
├── ServerError           5xx
├── VideoFailed           the video was not made; `code` says why
└── WaitTimeout           not finished in time; the task goes on
"""

from __future__ import annotations

from typing import Any

import httpx2


class GrokVideoError(Exception):
    """The server refused, or could not be reached (`status` is None then)."""

    def __init__(
        self, message: str, *, status: int | None = None, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param


class ConnectionFailed(GrokVideoError):
    """The server can not be reached."""


class InvalidRequestError(GrokVideoError):
    """Something in the request can not be so; `param` names it."""


class AuthenticationError(GrokVideoError):
    """The key is missing, wrong or revoked."""


class NotFoundError(GrokVideoError):
    """There is no such video, model or file."""


class ConflictError(GrokVideoError):
    """The Idempotency-Key was used with another body."""


class RateLimitError(GrokVideoError):
    """The queue is full, or there were too many requests."""


class ServerError(GrokVideoError):
    """The fault is the server's."""


class VideoFailed(GrokVideoError):
    """The video was not made; `code` says why."""


class WaitTimeout(GrokVideoError):
    """The video was not finished in time; the task goes on."""


_KINDS: dict[int, type[GrokVideoError]] = {
    401: AuthenticationError,
    403: AuthenticationError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
}


def error_of(answer: httpx2.Response) -> GrokVideoError:
    """Read a refusal, whose body must have been read."""
    try:
        body: Any = answer.json()["error"]
        message, code, param = str(body["message"]), body.get("code"), body.get("param")
    except (ValueError, KeyError, TypeError, AttributeError):
        message, code, param = f"HTTP {answer.status_code}: {answer.text[:200]}", None, None
    by_class = ServerError if answer.status_code >= 500 else InvalidRequestError
    kind = _KINDS.get(answer.status_code, by_class)
    return kind(message, status=answer.status_code, code=code, param=param)


def unreachable(base_url: str, error: Exception) -> ConnectionFailed:
    """Name the server that could not be reached."""
    return ConnectionFailed(f"The server at {base_url} can not be reached: {error or type(error).__name__}")
