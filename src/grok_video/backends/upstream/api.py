"""Calling an upstream: bounded responses, named errors, a rate limit for paid calls."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import ceil
from typing import Any

import httpx2

from ...domain.errors import (
    BackendAuth,
    BackendError,
    BackendQuota,
    InvalidUpstreamResponse,
    Moderated,
    Rejected,
    SubmissionUnknown,
    Throttled,
    Unavailable,
    UpstreamDown,
)
from .gate import Gate

MAX_RESPONSE = 1 << 20
MAX_WAIT_SECONDS = 3600
GET_TIMEOUT = httpx2.Timeout(20.0, connect=10.0)
# Nothing was sent when one of these is raised.
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
# With a JSON body these prove that nothing was accepted; a gateway's page with the same status proves nothing.
NOT_ACCEPTED = frozenset({408, 500, 503, 529})
OVERLOADED = frozenset({503, 529})
REFUSED = frozenset({400, 404, 405, 409, 410, 413, 415, 422})
MODERATION = (
    "moderation", "moderated", "content policy", "usage guidelines", "safety", "not allowed by our", "policy violation",
)  # fmt: skip
NO_CREDIT = ("insufficient_quota", "credits", "spending limit", "billing", "payment")
GET_SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class UpstreamResponse:
    """An upstream's response; `body` is its JSON, or None if it has none."""

    status: int
    body: Any
    retry_after: int | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """The body if it is an object, else an empty mapping."""
        return self.body if isinstance(self.body, dict) else {}


class RateLimiter:
    """Spaces paid calls evenly over a minute, and stops them while the upstream asks to wait."""

    def __init__(self, per_minute: float) -> None:
        self._gap = 60.0 / per_minute
        self._next = 0.0

    async def acquire(self) -> None:
        """Wait until the next call may be made."""
        while (left := self._next - time.monotonic()) > 0:
            await asyncio.sleep(left)
        self._next = time.monotonic() + self._gap

    def pause(self, seconds: float) -> None:
        """Allow no call for some seconds."""
        self._next = max(self._next, time.monotonic() + seconds)


class Api:
    """One upstream, with the operator's key for it, which never appears in an error or a log.

    `free_path` is where a GET costs nothing; it is asked before a paid call if the last one proved nothing.
    """

    def __init__(
        self,
        base_url: str,
        key: str | None,
        *,
        per_minute: float = 60.0,
        post_seconds: float = 180.0,
        free_path: str = "/models",
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._key = key
        self.limiter = RateLimiter(per_minute)
        self._free_path = free_path
        self.gate = Gate(self.answers)
        headers = {"User-Agent": "grok-video", "Accept": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self.headers = headers
        # No proxies from the environment: downloads use none, and their results would be paid for but unreachable.
        self._gets = httpx2.AsyncClient(headers=headers, timeout=GET_TIMEOUT, trust_env=False)
        self._post_seconds = post_seconds
        # A kept connection may be dead already, and the outcome of a call on it would be unknown.
        fresh = httpx2.Limits(max_keepalive_connections=0)
        timeout = httpx2.Timeout(post_seconds, connect=10.0)
        self._posts = httpx2.AsyncClient(headers=headers, timeout=timeout, limits=fresh, trust_env=False)

    async def get(self, path: str, *, root: bool = False, most: int = MAX_RESPONSE) -> UpstreamResponse:
        """Send a GET, which costs nothing; raise Unavailable if there is no response.

        With `root` the path begins at the server's root, without /v1. `most` bounds the response in bytes.
        """
        return await self._free("GET", path, root=root, most=most)

    async def delete(self, path: str) -> UpstreamResponse:
        """Send a DELETE; raise Unavailable if there is no response."""
        return await self._free("DELETE", path)

    async def upload(self, path: str, content: Any) -> UpstreamResponse:
        """Send a POST that costs nothing and may be repeated: parts of a multipart body, JSON, or nothing.

        Raises Unavailable if there is no response.
        """
        body = {} if content is None else {"files": content} if isinstance(content, list) else {"json": content}
        return await self._free("POST", path, **body)

    async def _free(
        self, method: str, path: str, *, root: bool = False, most: int = MAX_RESPONSE, **content: Any
    ) -> UpstreamResponse:
        url = (self.base_url.removesuffix("/v1") if root else self.base_url) + path
        try:
            async with asyncio.timeout(GET_SECONDS), self._gets.stream(method, url, **content) as response:
                return await _read(response, most)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            raise Unavailable(f"The upstream does not respond ({type(error).__name__}).") from None

    async def answers(self) -> bool:
        """Check whether the upstream answers a free GET properly: in its own words, not with a gateway's page."""
        try:
            response = await self.get(self._free_path)
        except (Unavailable, InvalidUpstreamResponse):
            return False
        # A server may lack the path; anything else without JSON is not its own answer.
        return response.status < 500 and (response.body is not None or response.status in (404, 405))

    async def post(self, path: str, **content: Any) -> UpstreamResponse:
        """Send a POST, which may cost something; raise SubmissionUnknown if there is no proper response.

        Raises UpstreamDown only if nothing was sent. `content` is httpx2's: json, data, files, headers. Callers pass
        the rate limiter and the gate before they claim the call, so that a process killed while it waits has sent
        nothing.
        """
        try:
            async with (
                asyncio.timeout(self._post_seconds),
                self._posts.stream("POST", self.base_url + path, **content) as response,
            ):
                return await _read(response)
        except NOT_SENT as error:
            message = f"The upstream cannot be reached ({type(error).__name__})."
            raise UpstreamDown(message, retry_after=self.gate.doubt()) from None
        except (httpx2.HTTPError, TimeoutError, InvalidUpstreamResponse):
            raise self.unknown() from None

    def unknown(self) -> SubmissionUnknown:
        """Return the error of a paid call whose outcome is unknown, and make the next call ask first."""
        self.gate.doubt()
        return SubmissionUnknown()

    def submission_error(self, response: UpstreamResponse) -> BackendError:
        """Return the error that an unsuccessful response to a paid call means, and tell the gate."""
        error = self._error_of(response)
        if isinstance(error, SubmissionUnknown):
            return self.unknown()
        if isinstance(error, UpstreamDown):
            error.retry_after = max(response.retry_after or 0, self.gate.doubt())
        else:
            self.gate.answered()
        return error

    def _error_of(self, response: UpstreamResponse) -> BackendError:
        message = self.message_of(response)
        lower = message.lower()
        match response.status:
            case 401:
                return BackendAuth()
            # Checked before the key: xAI's moderation message mentions the key's id.
            case status if status in REFUSED | {403} and any(word in lower for word in MODERATION):
                return Moderated()
            case 402:
                return BackendQuota()
            case 403 | 429 if any(word in lower for word in NO_CREDIT):
                return BackendQuota()
            case 403:
                return BackendAuth()
            case 400 if "api key" in lower or "api_key" in lower:
                return BackendAuth()
            case 429:
                self.limiter.pause(response.retry_after or 5)
                return Throttled("The upstream asks to wait.", retry_after=response.retry_after)
            case status if status in OVERLOADED and response.fields:
                return UpstreamDown(f"The upstream responded with {response.status}.")
            case status if status in NOT_ACCEPTED and response.fields:
                return Unavailable(f"The upstream responded with {status}.", retry_after=response.retry_after)
            case status if status in REFUSED:
                return Rejected(f"The upstream refuses this: {message or status}")
            case status if 300 <= status < 400:
                return InvalidUpstreamResponse(f"The upstream redirects paid calls ({status}).")
            case _:
                return SubmissionUnknown()

    def poll_error(self, response: UpstreamResponse) -> BackendError:
        """Return the error that an unsuccessful response means for a poll of something that was paid for already."""
        error = self._error_of(response) if response.status in (400, 401, 402, 403) else None
        if isinstance(error, BackendAuth | BackendQuota):
            return error
        return InvalidUpstreamResponse(
            f"The upstream responded with {response.status} about a video that it had accepted."
        )

    def problem(self, response: UpstreamResponse) -> str:
        """Return what an unsuccessful response to a probe means, in a few words."""
        if response.status in (400, 401, 403):
            return "It refuses the server's own key."
        return f"It responds with {response.status}."

    def message_of(self, response: UpstreamResponse) -> str:
        """Return a response's error message from any of the usual places, without the key."""
        error = response.fields.get("error")
        message = error.get("message") if isinstance(error, dict) else error
        text = str(message or response.fields.get("message") or response.fields.get("detail") or "")
        code = error.get("code") if isinstance(error, dict) else response.fields.get("code")
        return self.redact(f"{text} ({code})" if text and code else text or str(code or ""))

    def redact(self, text: str) -> str:
        """Return the beginning of a text without the key."""
        text = text.replace(self._key, "***") if self._key else text
        return " ".join(text.split())[:300]

    async def close(self) -> None:
        """Close the connections."""
        await self._gets.aclose()
        await self._posts.aclose()


async def _read(response: httpx2.Response, most: int = MAX_RESPONSE) -> UpstreamResponse:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > most:
            raise InvalidUpstreamResponse("The upstream's response is too long.")
    wait = _retry_after(response.headers.get("retry-after", ""))
    try:
        return UpstreamResponse(response.status_code, json.loads(body) if body.strip() else None, wait)
    except ValueError:
        if response.is_success:
            raise InvalidUpstreamResponse("The upstream's response is not JSON.") from None
        return UpstreamResponse(response.status_code, None, wait)


def _retry_after(header: str) -> int | None:
    """Return a Retry-After header, a number of seconds or a date, as seconds, at most an hour."""
    if header.isdecimal() and header.isascii():
        return min(int(header), MAX_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(1, min(ceil(until.timestamp() - time.time()), MAX_WAIT_SECONDS))
