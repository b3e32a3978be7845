"""One attempt at a task: from its row to a stored, probed file."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from ..domain.errors import (
    BackendAuth,
    BackendError,
    BackendQuota,
    Cancelled,
    GrokVideoError,
    Rejected,
    SubmissionUnknown,
    Unavailable,
    Unfetched,
)
from ..domain.request import Operation
from ..domain.task import Clip, Task, TaskError, TaskStatus
from ..media import jobs
from ..media.sandbox import Limits, Sandbox
from ..ports import Backend, Job, Ledger, Routing, Setback, Storage, TaskStore
from ..service import VARIANTS, media_key
from .attempt import Attempt

log = structlog.get_logger()

WATCH_SECONDS = 0.5
REPORT_SECONDS = 1.0
# Rows compared at once; a cancellation is seen at once by another query.
LOOK_AT_ONCE = 500
ABANDON_SECONDS = 10.0
PAID_PATIENCE = 4
LONGEST_PAUSE = 300.0
# Long enough that this process, which is going away, does not take the task again.
HAND_BACK_SECONDS = 1.0
STILLS = Limits(memory_mib=768, seconds=600)


class SourceMissing(Rejected):
    """The source video or an image of this task is gone."""

    code = "source_missing"


def scratch_files(storage: Storage, task_id: UUID, attempt: int) -> dict[str, Path]:
    """Name an attempt's files in the making, by variant."""
    names = {"video": f"{task_id}.{attempt}"}
    names.update({one: f"{task_id}.{attempt}.{one}" for one in VARIANTS if one != "video"})
    return {variant: storage.scratch(name) for variant, name in names.items()}


class TaskRunner:
    """Runs attempts in this process, watches for their cancellation, reports their progress."""

    def __init__(
        self,
        *,
        store: TaskStore,
        storage: Storage,
        ledger: Ledger,
        sandbox: Sandbox,
        backends: Mapping[str, Backend],
        routing: Routing,
        max_failures: int = 5,
        retry_seconds: float = 2.0,
        finished: Callable[[Task], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._storage = storage
        self._sandbox = sandbox
        self._ledger = ledger
        self._backends = backends
        self._routing = routing
        self._max_failures = max_failures
        self._retry_seconds = retry_seconds
        self._telling: set[asyncio.Task[None]] = set()
        self._finishing = asyncio.Semaphore(os.cpu_count() or 1)
        self._beginning = 0
        self._looked: deque[UUID] = deque()
        self._finished = finished
        self._running: dict[UUID, Attempt] = {}
        self._draining = False

    @property
    def running(self) -> int:
        """Count attempts that run in this process."""
        return len(self._running)

    async def run(self, task_id: UUID, attempt: int) -> str:
        """Run one attempt to its end, whatever that is, and return a word for the log."""
        if self._draining:
            await self._store.retry(task_id, attempt, why=Setback.HANDED_BACK, delay=HAND_BACK_SECONDS)
            return "handed back"
        self._beginning += 1
        try:
            task = await self._store.begin(task_id, attempt)
        finally:
            self._beginning -= 1
        if task is None:
            return "superseded"
        if self._draining:
            await self._store.retry(task_id, attempt, why=Setback.HANDED_BACK, delay=HAND_BACK_SECONDS)
            return "handed back"
        running = Attempt(task, self._ledger)
        self._running[task_id] = running
        try:
            if self._routing.pause(task.backend) > 0 and await self._sent_elsewhere(task):
                return "sent elsewhere"
            running.work = asyncio.create_task(self._work(running))
            return await self._outcome(running, running.work)
        finally:
            self._running.pop(task_id, None)
            for file in scratch_files(self._storage, task_id, attempt).values():
                file.unlink(missing_ok=True)
            if (ended := await self._store.get(task_id)) and ended.status.final:
                self._finished(ended)

    async def _outcome(self, running: Attempt, work: asyncio.Task[None]) -> str:
        task = running.task
        try:
            await work
            self._routing.report(task.backend, None)
            return "completed"
        except asyncio.CancelledError:
            if running.stop_reason == "drain":
                await self._store.retry(task.id, task.attempt, why=Setback.HANDED_BACK, delay=HAND_BACK_SECONDS)
                return "handed back"
            if running.stop_reason is None:
                raise
            error: GrokVideoError = Cancelled()
        except (Unavailable, Unfetched) as passing:
            if isinstance(passing, Unavailable):
                self._routing.report(task.backend, passing)
            calls = await self._ledger.calls(task.id)
            # Where something was paid for already, it is worth much more patience.
            if task.failures + 1 < self._max_failures * (PAID_PATIENCE if calls else 1):
                await self._store.retry(task.id, task.attempt, why=Setback.FAILED, delay=self._pause(task, passing))
                return "retried"
            if await self._sent_elsewhere(task):
                return "sent elsewhere"
            unknown = any(one.upstream_id is None for one in calls)
            error = SubmissionUnknown() if unknown else BackendError(passing.message, code=passing.code)
        except (BackendAuth, BackendQuota) as ours:
            log.error("the backend's account needs its operator", backend=task.backend, error=ours.message)
            self._routing.report(task.backend, ours)
            if await self._sent_elsewhere(task):
                return "sent elsewhere"
            error = ours
        except GrokVideoError as known:
            error = known
        except OSError as system:
            full = system.errno in (errno.ENOSPC, errno.EDQUOT)
            if not full:
                log.exception("attempt failed", task=str(task.id))
            message = "The server's disk is full." if full else "The server could not read or write a file."
            error = BackendError(message, code="storage_full" if full else "storage_error")
        except Exception:
            log.exception("attempt failed", task=str(task.id))
            error = BackendError(
                "Something unexpected went wrong in the server; its log says what.", code="internal_error"
            )
        await self._store.fail(task.id, task.attempt, TaskError(error.code, error.message), running.facts)
        if isinstance(error, Cancelled):
            self._abandon(task, running.upstream_ids)
        return error.code

    def _pause(self, task: Task, passing: GrokVideoError) -> float:
        return passing.retry_after or min(LONGEST_PAUSE, self._retry_seconds * 2.0**task.failures)

    async def _sent_elsewhere(self, task: Task) -> bool:
        """Hand a task to the next backend of its model's list; never once any upstream may have accepted it."""
        other = self._routing.instead_of(task)
        if other is None or await self._ledger.calls(task.id):
            return False
        log.info("sending elsewhere", task=str(task.id), backend=task.backend, other=other)
        return await self._store.retry(task.id, task.attempt, why=Setback.HANDED_BACK, backend=other)

    def _abandon(self, task: Task, upstream_ids: Sequence[str]) -> None:
        """Tell the upstream, without keeping anybody waiting for that."""
        if upstream_ids:
            telling = asyncio.create_task(self._tell(task, upstream_ids))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def _tell(self, task: Task, upstream_ids: Sequence[str]) -> None:
        try:
            async with asyncio.timeout(ABANDON_SECONDS):
                await self._backends[task.backend].abandon(upstream_ids)
        except Exception:
            # The task is cancelled all the same; the upstream goes on for nothing.
            log.exception("the upstream could not be told", task=str(task.id))

    async def _abandon_waiting(self, task_id: UUID) -> None:
        """Abandon what a task had sent that was cancelled between two attempts."""
        task = await self._store.get(task_id)
        if task is not None and task.status is TaskStatus.CANCELLED:
            calls = await self._ledger.calls(task_id)
            sent = [one.upstream_id for one in calls if one.upstream_id and one.backend == task.backend]
            self._abandon(task, sent)

    async def stop(self, task_id: UUID, reason: str) -> None:
        """Stop an attempt that runs here; its child is killed."""
        running = self._running.get(task_id)
        if running is None and reason == "cancel":
            await self._abandon_waiting(task_id)
        if running is not None and running.work is not None and running.stop_reason is None:
            running.stop_reason = reason
            running.work.cancel()

    async def drain(self, timeout: float) -> None:
        """Begin nothing new, give what runs some seconds, hand the rest back to the queue."""
        self._draining = True
        deadline = time.monotonic() + timeout
        while self._running and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        while self._running or self._beginning:
            for task_id in list(self._running):
                await self.stop(task_id, "drain")
            await asyncio.sleep(0.05)
        if self._telling:
            await asyncio.wait(self._telling)

    async def watch(self) -> None:
        """Write progress once a second and stop what is no longer wanted, until cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not self._running:
                continue
            try:
                unwanted = await self._store.asked_to_stop() | await self._store.stopped(self._some())
                for task_id in unwanted:
                    await self.stop(task_id, "cancel")
                await self._store.progress(self._moved())
            except Exception:
                # A database that is away for a moment must not end the watch; the next round asks again.
                log.exception("watching running tasks failed")

    def _some(self) -> dict[UUID, int]:
        """Take the next attempts to compare with their rows: all in turn, however many wait for an upstream."""
        if not self._looked:
            self._looked.extend(self._running)
        turn = [self._looked.popleft() for _ in range(min(LOOK_AT_ONCE, len(self._looked)))]
        return {one: self._running[one].task.attempt for one in turn if one in self._running}

    def _moved(self) -> list[tuple[Task, int]]:
        """List whose progress is to be written: once a second each."""
        now, moved = time.monotonic(), list[tuple[Task, int]]()
        for running in self._running.values():
            percent = int(running.percent)
            if percent > running.written and now - running.reported_at >= REPORT_SECONDS - WATCH_SECONDS / 2:
                running.written, running.reported_at = percent, now
                moved.append((running.task, percent))
        return moved

    async def _work(self, running: Attempt) -> None:
        task = running.task
        backend = self._backends[task.backend]
        files = scratch_files(self._storage, task.id, task.attempt)
        began = time.monotonic()
        made = await backend.generate(await self._job(task, files["video"]), running)
        facts = {**running.facts, **made, "took_seconds": round(time.monotonic() - began, 2)}
        # Hundreds of upstream results may come at once; the cores are no more for that.
        async with self._finishing:
            clip = await self._sandbox.run(
                jobs.finish,
                str(files["video"]),
                str(files["thumbnail"]),
                str(files["spritesheet"]),
                (task.width, task.height, task.frames),
                limits=STILLS,
            )
        keeping = asyncio.create_task(self._keep(task, clip, facts, files))
        try:
            await asyncio.shield(keeping)
        except asyncio.CancelledError:
            # Half a keeping would leave files of a task that is no more.
            await asyncio.wait([keeping])
            raise

    async def _keep(self, task: Task, clip: Clip, facts: Mapping[str, Any], files: Mapping[str, Path]) -> None:
        # The video last: where it is, everything is.
        for variant in sorted(VARIANTS, key=lambda name: name == "video"):
            await self._storage.put(media_key(task.id, variant), files[variant])
        if await self._store.finish(task.id, task.attempt, clip, facts):
            return
        now = await self._store.get(task.id)
        if now is None or now.status is not TaskStatus.COMPLETED:
            for variant in VARIANTS:
                await self._storage.delete(media_key(task.id, variant))

    async def _job(self, task: Task, output: Path) -> Job:
        source_task = await self._store.get(task.source_id) if task.source_id else None
        try:
            images = tuple([await self._storage.fetch(one.key) for one in task.inputs])
            source: Path | None = None
            if task.operation is not Operation.CREATE:
                key = task.video.key if task.video else media_key(task.source_id, "video") if task.source_id else ""
                source = await self._storage.fetch(key)
            if source_task is not None and not images:
                # A remix of a video made from pictures is made from the same pictures.
                images = tuple([await self._storage.fetch(one.key) for one in source_task.inputs])
        except (FileNotFoundError, ValueError):
            raise SourceMissing() from None
        if source_task is not None and source_task.status is not TaskStatus.COMPLETED:
            raise SourceMissing("The source video was not completed.")
        return Job(task, output, images, source, source_task)
