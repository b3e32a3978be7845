"""Requests per minute of a key and of an address, and the headers that tell of them.

The headers are those of draft-ietf-httpapi-ratelimit-headers-11, which is not an RFC yet.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..domain.errors import RateLimited

WINDOW_SECONDS = 60
MAX_COUNTS = 100_000
SCOPE_KEY = "grok_video.rate_limits"


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a quota is left, and in how many seconds it starts anew."""

    policy: str
    quota: int
    remaining: int
    seconds: int


class RequestLimits:
    """Counts requests per minute; an absent limit counts nothing.

    `per_key` holds for keys without a limit of their own. All counts start anew together, each minute. `used` says
    whether anything has been limited yet.
    """

    def __init__(
        self, per_key: int | None, per_address: int | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_key = per_key
        self._per_address = per_address
        self._clock = clock
        self._window = 0
        self.by_address = per_address is not None
        self.used = per_key is not None or per_address is not None
        self._counts: dict[tuple[str, str], int] = {}

    def count_key(self, scope: Scope, key_id: str, rpm: int | None) -> None:
        """Count a request of a key; raise RateLimited beyond its limit."""
        if (quota := rpm or self._per_key) is not None:
            self._count(scope, "key", key_id, quota)

    def count_address(self, scope: Scope, address: str | None) -> None:
        """Count a request from an address; raise RateLimited beyond the limit."""
        if self._per_address is not None and address is not None:
            self._count(scope, "address", address, self._per_address)

    def _count(self, scope: Scope, policy: str, who: str, quota: int) -> None:
        self.used = True
        now = self._clock()
        window = int(now // WINDOW_SECONDS)
        if window != self._window:
            self._counts.clear()
            self._window = window
        if (policy, who) not in self._counts and len(self._counts) >= MAX_COUNTS:
            # More than this in a minute are an attack from many addresses; those beyond share one count.
            who = ""
        count = self._counts[policy, who] = self._counts.get((policy, who), 0) + 1
        seconds = math.ceil((window + 1) * WINDOW_SECONDS - now)
        standings: list[Standing] = scope.setdefault(SCOPE_KEY, [])
        standings.append(Standing(policy, quota, max(0, quota - count), seconds))
        if count > quota:
            whose = "This key" if policy == "key" else "Your address"
            raise RateLimited(f"{whose} may send {quota} requests per minute.", retry_after=seconds)


class RateLimitHeaders:
    """Middleware that adds `RateLimit-Policy` and `RateLimit` to responses of limited requests."""

    def __init__(self, app: ASGIApp, limits: RequestLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if not self._limits.used:
            # Most servers have no limits per minute, and a wrapper costs every status read.
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and (standings := scope.get(SCOPE_KEY)):
                headers = MutableHeaders(scope=message)
                headers["ratelimit-policy"] = ", ".join(_policy(standing) for standing in standings)
                headers["ratelimit"] = ", ".join(_standing(standing) for standing in standings)
            await send(message)

        await self._app(scope, receive, with_headers)


def _policy(standing: Standing) -> str:
    return f'"{standing.policy}";q={standing.quota};w={WINDOW_SECONDS}'


def _standing(standing: Standing) -> str:
    return f'"{standing.policy}";r={standing.remaining};t={standing.seconds}'
