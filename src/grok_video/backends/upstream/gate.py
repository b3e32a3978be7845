"""Asking before paying: after an outcome that proves nothing, a free request has to be answered before the next call.

The gate of an upstream lets calls that may cost something through while the upstream answers properly. After a
gateway's page or a lost connection it opens again only when a free GET is answered, and then for one call first.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from ...domain.errors import UpstreamDown

# Calls without an answer at the same time: one at first and after an outage, one more with each proper answer.
WIDEST = 32
# A call that is unanswered for longer makes the next one ask first.
SLOW_SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
# After calls with an unknown outcome, though free requests are answered: each of them may cost a task.
LONGEST_AFTER_UNKNOWN = 600.0


class Gate:
    """Lets calls to one upstream through; `ask` sends a free request and returns whether its answer is proper."""

    def __init__(self, ask: Callable[[], Awaitable[bool]]) -> None:
        self._ask = ask
        self._doubt = False
        self._window = 1
        self._pause = FIRST_PAUSE
        self._closed_until = 0.0
        self._asked_at = 0.0
        self._unanswered: dict[int, float] = {}
        self._number = 0
        self._asking = asyncio.Lock()
        self._changed = asyncio.Event()

    async def enter(self) -> int:
        """Wait for a place among the unanswered calls and return its number; raise UpstreamDown if the gate is closed.

        The caller has to `leave` with that number.
        """
        while True:
            await self.check()
            if len(self._unanswered) < self._window:
                self._number += 1
                self._unanswered[self._number] = time.monotonic()
                return self._number
            self._changed.clear()
            try:
                async with asyncio.timeout(SLOW_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def leave(self, number: int) -> None:
        """Give a place back, however the call ended."""
        self._unanswered.pop(number, None)
        self._changed.set()

    def answered(self) -> None:
        """Record a proper answer to a call."""
        self._doubt = False
        self._pause = FIRST_PAUSE
        self._window = min(self._window + 1, WIDEST)

    def doubt(self) -> int:
        """Record an outage, or an outcome that proves nothing: the next call asks first.

        Returns the seconds after which a task should come back.
        """
        self._doubt = True
        self._window = 1
        self._asked_at = 0.0
        return self._come_back_in(self._close(LONGEST_AFTER_UNKNOWN))

    async def check(self) -> None:
        """Ask the upstream if there is reason to; raise UpstreamDown if it does not answer properly."""
        if not self._must_ask():
            return
        async with self._asking:
            if not self._must_ask():
                return
            if (seconds := self._closed_until - time.monotonic()) <= 0:
                if await self._ask():
                    self._asked_at = time.monotonic()
                    return
                self._doubt = True
                self._window = 1
                seconds = self._close()
        raise UpstreamDown(retry_after=self._come_back_in(seconds))

    def _must_ask(self) -> bool:
        now = time.monotonic()
        slow = any(now - since > SLOW_SECONDS for since in self._unanswered.values())
        return (self._doubt or slow) and now - self._asked_at > SLOW_SECONDS

    def _come_back_in(self, seconds: float) -> int:
        # Spread, so that waiting tasks do not all come back at once.
        return round(seconds + random.uniform(1.0, 1.0 + seconds / 2))

    def _close(self, longest: float = LONGEST_PAUSE) -> float:
        """Close the gate for the next, longer pause and return its seconds."""
        seconds = min(self._pause, longest)
        self._pause = min(2 * self._pause, LONGEST_AFTER_UNKNOWN)
        self._closed_until = time.monotonic() + seconds
        return seconds
