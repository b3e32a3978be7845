"""Sharing what is scarce among owners: slots to work in, and bytes to hold (decision 0017)."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

from ..domain.errors import RateLimited

FREE_BYTES = 64 * 1024


class FairSlots:
    """Slots for concurrent work: waiting owners take turns, and none holds more than `per_owner` of them."""

    def __init__(self, total: int, per_owner: int) -> None:
        self._free = total
        self._per_owner = per_owner
        self._held: Counter[str] = Counter()
        # In the order of turns: an owner that got a slot goes to the end.
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def hold(self, owner: str) -> AsyncGenerator[None]:
        """Wait for a slot and hold it for the block."""
        await self.acquire(owner)
        try:
            yield
        finally:
            self.release(owner)

    async def acquire(self, owner: str) -> None:
        """Wait for a slot; `release` it afterwards."""
        if self._free and self._held[owner] < self._per_owner:
            self._take(owner)
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # The slot came at the same moment as the cancellation.
                self.release(owner)
            else:
                self._forget(owner, turn)
            raise

    def release(self, owner: str) -> None:
        """Give a slot back, to whoever's turn it is."""
        self._free += 1
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]
        while self._free and (next_owner := self._next_owner()) is not None:
            turns = self._waiting.pop(next_owner)
            turn = turns.popleft()
            # A wait that was cancelled just now has not been forgotten yet.
            if not turn.done():
                self._take(next_owner)
                turn.set_result(None)
            if turns:
                self._waiting[next_owner] = turns

    def _take(self, owner: str) -> None:
        self._free -= 1
        self._held[owner] += 1

    def _next_owner(self) -> str | None:
        return next((owner for owner in self._waiting if self._held[owner] < self._per_owner), None)

    def _forget(self, owner: str, turn: asyncio.Future[None]) -> None:
        with suppress(KeyError, ValueError):
            self._waiting[owner].remove(turn)
            if not self._waiting[owner]:
                del self._waiting[owner]


class ByteBudget:
    """Bytes that requests hold in memory or on the spool, in all and per owner; nobody waits for them."""

    def __init__(self, total: int, per_owner: int) -> None:
        self._total = total
        self._per_owner = per_owner
        self._held: Counter[str] = Counter()

    def check(self, owner: str, size: int) -> None:
        """Raise RateLimited if this many bytes more would be too many."""
        if self._held[owner] + size > self._per_owner:
            raise RateLimited(
                f"This key is sending more than {self._per_owner >> 20} MiB at once; try again when some of its "
                "requests have ended.",
                retry_after=5,
            )
        if self._held.total() + size > self._total:
            raise RateLimited("The server is receiving too much data at once; try again later.", retry_after=5)

    def add(self, owner: str, size: int) -> None:
        """Count bytes that have arrived; raise RateLimited if they are too many, and do not count them."""
        self.check(owner, size)
        self._held[owner] += size

    def remove(self, owner: str, size: int) -> None:
        """Stop counting bytes."""
        self._held[owner] -= size
        if self._held[owner] <= 0:
            del self._held[owner]

    @asynccontextmanager
    async def counting(self, owner: str) -> AsyncGenerator[Callable[[int], None]]:
        """Give a function that adds bytes, all of which are removed when the block ends."""
        total = held = 0

        def arrived(size: int) -> None:
            nonlocal total, held
            total += size
            # The first bytes are free, so that small requests pass whoever fills the budget.
            counted = max(0, total - FREE_BYTES) - held
            if counted:
                self.add(owner, counted)
                held += counted

        try:
            yield arrived
        finally:
            self.remove(owner, held)
