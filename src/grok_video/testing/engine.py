"""A queue in memory that runs attempts in the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from ..domain.errors import Cancelled, GrokVideoError, Unavailable
from ..domain.media import media_key
from ..domain.task import Task, TaskError
from ..media.clip import probe
from ..ports import Backend, Job, RetryReason, Storage, TaskStore
from .backends import RecordingReport


class InMemoryEngine:
    """The Engine port for one process: takes attempts of an InMemoryTaskStore, at most `concurrency` at once.

    Pass `enqueue` to the store. Files are probed and stored; there are no thumbnails, and inputs are not passed on.
    """

    def __init__(self, backends: Mapping[str, Backend], storage: Storage, *, concurrency: int = 2) -> None:
        self.store: TaskStore | None = None
        self._backends = backends
        self._storage = storage
        self._concurrency = concurrency
        self._due: list[tuple[float, int, int, UUID, int]] = []
        self._number = 0
        self._woken = asyncio.Event()
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._loop: asyncio.Task[None] | None = None
        self._draining = False
        self._finished: list[float] = []

    def enqueue(self, task: Task, delay: float) -> None:
        """Queue the task's current attempt, to run after `delay` seconds."""
        self._number += 1
        self._due.append((time.monotonic() + delay, task.priority, self._number, task.id, task.attempt))
        self._woken.set()

    async def start(self) -> None:
        """Start taking attempts."""
        self._draining = False
        self._loop = asyncio.create_task(self._take())

    async def drain(self, timeout: float) -> None:
        """Stop taking attempts, give running ones `timeout` seconds, and requeue the rest."""
        self._draining = True
        if self._loop is not None:
            self._loop.cancel()
        running = list(self._running.values())
        if running:
            await asyncio.wait(running, timeout=timeout)
        for attempt in running:
            attempt.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def cancel(self, task_id: UUID) -> None:
        """Stop a running attempt at once."""
        if attempt := self._running.get(task_id):
            attempt.cancel()

    async def purge(self, older_than: float) -> int:
        """Delete the records of attempts that finished before a time; return how many."""
        kept = [finished for finished in self._finished if finished >= older_than]
        purged, self._finished = len(self._finished) - len(kept), kept
        return purged

    async def _take(self) -> None:
        while True:
            self._woken.clear()
            now = time.monotonic()
            due = sorted((entry for entry in self._due if entry[0] <= now), key=lambda entry: entry[1:3])
            for entry in due[: self._concurrency - len(self._running)]:
                self._due.remove(entry)
                _, _, _, task_id, number = entry
                attempt = asyncio.create_task(self._run(task_id, number))
                self._running[task_id] = attempt
                attempt.add_done_callback(lambda _, task_id=task_id: self._ended(task_id))
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await self._woken.wait()

    def _ended(self, task_id: UUID) -> None:
        self._running.pop(task_id, None)
        self._finished.append(time.time())
        self._woken.set()

    async def _run(self, task_id: UUID, attempt: int) -> None:
        if self.store is None or (task := await self.store.begin(task_id, attempt)) is None:
            return
        output = self._storage.scratch(f"{task_id}.{attempt}")
        report = RecordingReport()
        progress = asyncio.create_task(self._write_progress(task, report))
        try:
            facts = await self._backends[task.backend].generate(Job(task, output), report)
            clip = await asyncio.to_thread(probe, str(output))
            await self._storage.put(media_key(task.id, attempt, "video"), output)
            await self.store.finish(task_id, attempt, clip, {**report.facts, **facts})
        except Unavailable as error:
            await self.store.retry(task_id, attempt, reason=RetryReason.FAILED, delay=error.retry_after or 0.01)
        except GrokVideoError as error:
            await self.store.fail(task_id, attempt, TaskError(error.code, error.message), report.facts)
        except asyncio.CancelledError:
            if self._draining:
                await self.store.retry(task_id, attempt, reason=RetryReason.HANDED_BACK)
            else:
                error = Cancelled()
                await self.store.fail(task_id, attempt, TaskError(error.code, error.message), report.facts)
        finally:
            progress.cancel()
            output.unlink(missing_ok=True)

    async def _write_progress(self, task: Task, report: RecordingReport) -> None:
        while self.store is not None:
            if report.percents:
                await self.store.progress([(task, int(report.percents[-1]))])
            if task.id in await self.store.cancel_requested():
                await self.cancel(task.id)
            await asyncio.sleep(0.05)
