"""The errors of the client.

GrokVideoError
├── ConnectionFailed      the server cannot be reached
├── InvalidRequestError   400, 413, 415: the request contains an invalid value; `param` names it
├── AuthenticationError   401, 403: the API key is missing, invalid or revoked
├── NotFoundError         404: no such video, model or file, or not ready yet
├── ConflictError         409: the Idempotency-Key was used with another body
├── RateLimitError        429: the queue is full, or there are too many requests
├── ServerError           5xx
├── VideoFailed           the video failed; `code` says why
└── WaitTimeout           the video was not finished in time; the task continues
"""

from __future__ import annotations

from typing import Any

import httpx2


class GrokVideoError(Exception):
    """The server returned an error, or could not be reached (then `status` is None)."""

    def __init__(
        self, message: str, *, status: int | None = None, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param


class ConnectionFailed(GrokVideoError):
    """The server cannot be reached."""


class InvalidRequestError(GrokVideoError):
    """The request contains an invalid value; `param` names it."""


class AuthenticationError(GrokVideoError):
    """The API key is missing, invalid or revoked."""


class NotFoundError(GrokVideoError):
    """There is no such video, model or file."""


class ConflictError(GrokVideoError):
    """The Idempotency-Key was used with another body."""


class RateLimitError(GrokVideoError):
    """The queue is full, or there are too many requests."""


class ServerError(GrokVideoError):
    """The server failed."""


class VideoFailed(GrokVideoError):
    """The video failed; `code` says why."""


class WaitTimeout(GrokVideoError):
    """The video was not finished in time; the task continues."""


_KINDS: dict[int, type[GrokVideoError]] = {
    401: AuthenticationError,
    403: AuthenticationError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
}


def error_of(response: httpx2.Response) -> GrokVideoError:
    """Return the error of an unsuccessful response, whose body must have been read."""
    try:
        body: Any = response.json()["error"]
        message, code, param = str(body["message"]), body.get("code"), body.get("param")
    except (ValueError, KeyError, TypeError, AttributeError):
        address = response.request.url.copy_with(query=None)
        message, code, param = f"HTTP {response.status_code} from {address}, which is no Grok Video server", None, None
    by_class = ServerError if response.status_code >= 500 else InvalidRequestError
    kind = _KINDS.get(response.status_code, by_class)
    return kind(message, status=response.status_code, code=code, param=param)


def unreachable(base_url: str, error: Exception) -> ConnectionFailed:
    """Return the error for a server that cannot be reached."""
    return ConnectionFailed(f"The server at {base_url} cannot be reached: {error or type(error).__name__}")
