"""Calling an upstream: bounded answers, errors with names, a pace for paid calls."""

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
    Moderated,
    Rejected,
    SubmissionUnknown,
    Throttled,
    Unavailable,
    UpstreamConfused,
)

MAX_ANSWER = 1 << 20
LONGEST_WAIT = 3600
LOOK_TIMEOUT = httpx2.Timeout(20.0, connect=10.0)
# Nothing was sent when one of these is raised.
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
# The server's own words that it took nothing on, where they come as JSON; what a gateway says proves nothing.
NOT_ACCEPTED = frozenset({408, 500, 503, 529})
REFUSED = frozenset({400, 404, 405, 409, 410, 413, 415, 422})
MODERATION = (
    "moderation", "moderated", "content policy", "usage guidelines", "safety", "not allowed by our", "policy violation",
)  # fmt: skip
NO_CREDIT = ("insufficient_quota", "credits", "spending limit", "billing", "payment")
LOOK_SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An upstream's answer; `body` is its JSON, None where there is none."""

    status: int
    body: Any
    retry_after: int | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """The body, if it is an object."""
        return self.body if isinstance(self.body, dict) else {}


class Pace:
    """So many paid calls a minute, evenly spaced, and none at all while the upstream asks to wait."""

    def __init__(self, per_minute: float) -> None:
        self._gap = 60.0 / per_minute
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        while (left := self._next - time.monotonic()) > 0:
            await asyncio.sleep(left)
        self._next = time.monotonic() + self._gap

    def pause(self, seconds: float) -> None:
        """Give no turn for some seconds."""
        self._next = max(self._next, time.monotonic() + seconds)


class Api:
    """One upstream, with the operator's key for it; neither ever gets into an error or a log."""

    def __init__(
        self, base_url: str, key: str | None, *, per_minute: float = 60.0, post_seconds: float = 180.0
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._key = key
        self.pace = Pace(per_minute)
        headers = {"User-Agent": "grok-video", "Accept": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self.headers = headers
        # No proxies from the environment: results are fetched without, and would be paid for and never had.
        self._looks = httpx2.AsyncClient(headers=headers, timeout=LOOK_TIMEOUT, trust_env=False)
        self._post_seconds = post_seconds
        # A connection kept from before may be dead already, and what happened to a call on it can not be known.
        fresh = httpx2.Limits(max_keepalive_connections=0)
        timeout = httpx2.Timeout(post_seconds, connect=10.0)
        self._posts = httpx2.AsyncClient(headers=headers, timeout=timeout, limits=fresh, trust_env=False)

    async def get(self, path: str) -> Answer:
        """Read something that costs nothing; raise Unavailable when there is no answer."""
        try:
            async with asyncio.timeout(LOOK_SECONDS), self._looks.stream("GET", self.base_url + path) as answer:
                return await _read(answer)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Unavailable(f"The upstream does not answer ({type(error).__name__}).") from None

    async def post(self, path: str, **content: Any) -> Answer:
        """Send something that may cost; an answer that is none raises SubmissionUnknown.

        Raises Unavailable only where nothing was sent. `content` is httpx2's: json, data, files, headers. The
        caller waits for its turn at the pace before it claims the call: who is killed while waiting has sent nothing.
        """
        try:
            async with (
                asyncio.timeout(self._post_seconds),
                self._posts.stream("POST", self.base_url + path, **content) as answer,
            ):
                return await _read(answer)
        except NOT_SENT as error:
            raise Unavailable(f"The upstream can not be reached ({type(error).__name__}).") from None
        except (httpx2.HTTPError, TimeoutError, UpstreamConfused):
            raise SubmissionUnknown from None

    def refusal(self, answer: Answer) -> BackendError:
        """Name what an answer that is no success means for a paid call."""
        said = self.words_of(answer)
        low = said.lower()
        match answer.status:
            case 401:
                return BackendAuth()
            # Before the key: xAI's moderation names the key's id in passing.
            case status if status in REFUSED | {403} and any(word in low for word in MODERATION):
                return Moderated()
            case 402:
                return BackendQuota()
            case 403 | 429 if any(word in low for word in NO_CREDIT):
                return BackendQuota()
            case 403:
                return BackendAuth()
            case 400 if "api key" in low or "api_key" in low:
                return BackendAuth()
            case 429:
                self.pace.pause(answer.retry_after or 5)
                return Throttled("The upstream asks to wait.", retry_after=answer.retry_after)
            case status if status in NOT_ACCEPTED and answer.fields:
                return Unavailable(f"The upstream answered {status}.", retry_after=answer.retry_after)
            case status if status in REFUSED:
                return Rejected(f"The upstream refuses this: {said or status}")
            case status if 300 <= status < 400:
                return UpstreamConfused(f"The upstream redirects paid calls ({status}).")
            case _:
                return SubmissionUnknown()

    def look_refusal(self, answer: Answer) -> BackendError:
        """Name what an answer that is no success means for a look at what was paid for already."""
        error = self.refusal(answer) if answer.status in (400, 401, 402, 403) else None
        if isinstance(error, BackendAuth | BackendQuota):
            return error
        return UpstreamConfused(f"The upstream answered {answer.status} about a video that it had accepted.")

    def trouble(self, answer: Answer) -> str:
        """Say what an answer that is no success means where nothing is paid for."""
        if answer.status in (400, 401, 403):
            return "It refuses the server's own key."
        return f"It answers {answer.status}."

    def words_of(self, answer: Answer) -> str:
        """Find an answer's message in any of the usual places; the key is taken out of it."""
        error = answer.fields.get("error")
        found = error.get("message") if isinstance(error, dict) else error
        text = str(found or answer.fields.get("message") or answer.fields.get("detail") or "")
        code = error.get("code") if isinstance(error, dict) else answer.fields.get("code")
        return self.scrub(f"{text} ({code})" if text and code else text or str(code or ""))

    def scrub(self, text: str) -> str:
        """Take the key out of a text, and all but its beginning."""
        text = text.replace(self._key, "***") if self._key else text
        return " ".join(text.split())[:300]

    async def close(self) -> None:
        """Close the connections."""
        await self._looks.aclose()
        await self._posts.aclose()


async def _read(answer: httpx2.Response) -> Answer:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise UpstreamConfused("The upstream's answer does not end.")
    wait = _wait(answer.headers.get("retry-after", ""))
    try:
        return Answer(answer.status_code, json.loads(body) if body.strip() else None, wait)
    except ValueError:
        if answer.is_success:
            raise UpstreamConfused("The upstream's answer is not JSON.") from None
        return Answer(answer.status_code, None, wait)


def _wait(retry_after: str) -> int | None:
    """Read a Retry-After said in seconds or as a date; an hour at most."""
    if retry_after.isdecimal() and retry_after.isascii():
        return min(int(retry_after), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(1, min(ceil(until.timestamp() - time.time()), LONGEST_WAIT))
