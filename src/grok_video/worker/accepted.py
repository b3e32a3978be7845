"""Attempts that go on without their workflow while they wait for an upstream, thousands at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Protocol

import structlog
from dbos import DBOS

log = structlog.get_logger()

DELETE_SECONDS = 1.0
BATCH = 200


class Entry(Protocol):
    """What DBOS counts a running workflow by."""

    def release(self) -> None:
        """Count it no longer."""
        ...


class AcceptedAttempts:
    """Runs attempts, and ends their workflows as soon as an upstream has accepted them (decision 0019).

    A running workflow takes DBOS nine kilobytes, half of a waiting task's memory. So the workflow's coroutine ends
    there and the attempt goes on as a task of its own. DBOS's record stays pending, so that another worker takes over
    if this process dies, and is deleted after the attempt's end. `count(workflow, queue)` makes DBOS go on counting it
    as running, so that no more tasks are taken than may be made at once.
    """

    def __init__(self, count: Callable[[str, str], Entry]) -> None:
        self._count = count
        self._going_on: set[asyncio.Task[str]] = set()
        self._ended: list[str] = []

    async def run(self, workflow: str, attempt: Callable[[Callable[[str], None]], Coroutine[Any, Any, str]]) -> str:
        """Run an attempt until its end or its acceptance by an upstream; it calls what it is given with its queue.

        Raises CancelledError in the second case: DBOS records no outcome of a cancelled coroutine.
        """
        accepted: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def accept(queue: str) -> None:
            if not accepted.done():
                accepted.set_result(queue)

        # Without the workflow's context, which would keep that in memory.
        running = asyncio.create_task(attempt(accept), context=Context())
        try:
            await asyncio.wait([running, accepted], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            running.cancel()
            raise
        if running.done():
            return running.result()
        entry = self._count(workflow, accepted.result())
        self._going_on.add(running)

        def end(task: asyncio.Task[str]) -> None:
            entry.release()
            self._going_on.discard(task)
            self._ended.append(workflow)
            if not task.cancelled() and (error := task.exception()):
                # Its row has not ended: the reaper requeues it, since no queue contains it any more.
                log.error("attempt failed", workflow=workflow, exc_info=error)

        running.add_done_callback(end, context=Context())
        raise asyncio.CancelledError

    async def watch(self) -> None:
        """Delete the records of ended attempts until cancelled."""
        while True:
            await asyncio.sleep(DELETE_SECONDS)
            try:
                await self.delete_ended()
            except Exception:
                # The database may be unavailable for a moment; the next round tries again.
                log.exception("deleting the records of ended attempts failed")

    async def drain(self) -> None:
        """Wait until no attempt waits any longer, and delete their records."""
        if self._going_on:
            await asyncio.wait(self._going_on)
        await self.delete_ended()

    async def delete_ended(self) -> None:
        """Delete DBOS's records of the attempts that have ended."""
        while self._ended:
            # Taken out first: a drain may delete while the loop does.
            batch, self._ended = self._ended[:BATCH], self._ended[BATCH:]
            try:
                await DBOS.delete_workflows_async(batch)
            except BaseException:
                self._ended += batch
                raise
