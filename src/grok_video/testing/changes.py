"""Waking readers within one process."""

from __future__ import annotations

import asyncio


class InMemoryChanges:
    """The Changes port for one event loop; a store calls `announce` after every commit."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._version = 0

    def announce(self) -> None:
        """Wake all readers."""
        self._version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def snapshot(self) -> asyncio.Event:
        """Return a token to pass to `wait`; take it before reading."""
        return self._changed

    async def wait(self, since: asyncio.Event, timeout: float) -> None:
        """Return when something changed since the token was taken, or after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await since.wait()
        except TimeoutError:
            return

    def version(self) -> int | None:
        """Return the number of commits so far."""
        return self._version
