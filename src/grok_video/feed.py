"""The owners' changes for any number of readers: what many of them ask at once is read once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from .domain.task import Task
from .ports import Changes, Deletion, TaskStore

T = TypeVar("T")

CHANGES = 200
# How long a read serves those who ask the same, should no wake-up tell of a later commit.
SHARED_SECONDS = 1.0


class ChangeFeed:
    """Follows owners' tasks; every commit wakes all readers, most of which have nothing to read."""

    def __init__(self, store: TaskStore, changes: Changes) -> None:
        self._store = store
        self._changes = changes
        self._token: asyncio.Event | None = None
        self._shared: dict[object, tuple[float, asyncio.Task[Any]]] = {}

    async def follow(self, owner: str, after: int, *, poll_seconds: float) -> AsyncGenerator[Sequence[Task | Deletion]]:
        """Yield the owner's tasks as they change, each in its newest state, and deletions, after a change number.

        Yields at least every `poll_seconds`, an empty list if nothing of this owner changed.
        """
        while True:
            token = self._changes.snapshot()
            changes = await self._after(token, owner, after)
            after = changes[-1].change if changes else after
            yield changes
            await self._changes.wait(token, poll_seconds)

    async def _after(self, token: asyncio.Event, owner: str, after: int) -> Sequence[Task | Deletion]:
        numbers: Mapping[str, int] = await self._once(token, "numbers", self._store.change_numbers)
        if numbers.get(owner, 0) <= after:
            return []
        return await self._once(token, (owner, after), lambda: self._read(owner, after))

    async def _once(self, token: asyncio.Event, key: object, read: Callable[[], Awaitable[T]]) -> T:
        """Return what a read since the last wake-up returned, or read."""
        if token is not self._token:
            self._token = token
            self._shared = {}
        now = time.monotonic()
        began, reading = self._shared.get(key, (-SHARED_SECONDS, None))
        if reading is None or now - began >= SHARED_SECONDS:
            reading = asyncio.ensure_future(read())
            self._shared[key] = now, reading
        # A reader that leaves must not end what others wait for.
        return await asyncio.shield(reading)

    async def _read(self, owner: str, after: int) -> list[Task | Deletion]:
        tasks = await self._store.changes(owner, after, limit=CHANGES)
        deletions = await self._store.deletions(owner, after, limit=CHANGES)
        # Beyond this many, one of the two may lack what lies between.
        return sorted([*tasks, *deletions], key=lambda change: change.change)[:CHANGES]
