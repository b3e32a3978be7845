"""One attempt at a task: from its row to a stored, probed file."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from ..domain.errors import BackendError, Cancelled, GrokVideoError, Rejected, Unavailable
from ..domain.request import Operation
from ..domain.task import Clip, Task, TaskError, TaskStatus
from ..media import clip as clips
from ..media.sandbox import Limits, Sandbox
from ..ports import Backend, Job, Setback, Storage, TaskStore
from ..service import VARIANTS, media_key

log = structlog.get_logger()

WATCH_SECONDS = 0.5
REPORT_SECONDS = 1.0
MAX_FAILURES = 5
# Long enough that this process, which is going away, does not take the task again.
HAND_BACK_SECONDS = 1.0
# What is left of 100 after drawing: probing and stills.
GENERATE_SHARE = 0.95
STILLS = Limits(memory_mib=768, seconds=600)


class SourceMissing(Rejected):
    """The source video or an image of this task is gone."""

    code = "source_missing"


def scratch_files(storage: Storage, task_id: UUID, attempt: int) -> dict[str, Path]:
    """Name an attempt's files in the making, by variant."""
    names = {"video": f"{task_id}.{attempt}"}
    names.update({one: f"{task_id}.{attempt}.{one}" for one in VARIANTS if one != "video"})
    return {variant: storage.scratch(name) for variant, name in names.items()}


@dataclass(slots=True)
class Attempt:
    """A running attempt and what it has said of itself; also the Report that its backend speaks to."""

    task: Task
    store: TaskStore
    work: asyncio.Task[None] | None = None
    percent: float = 0.0
    written: int = 0
    stop_reason: str | None = None
    reported_at: float = field(default_factory=time.monotonic)

    def progress(self, percent: float) -> None:
        """Note how far the work is; the watch writes it to the row."""
        self.percent = max(self.percent, min(100.0, percent) * GENERATE_SHARE)

    async def checkpoint(self, upstream_id: str) -> None:
        """Keep a remote job's id on the row."""
        await self.store.checkpoint(self.task.id, self.task.attempt, upstream_id)


class TaskRunner:
    """Runs attempts in this process, watches for their cancellation, reports their progress."""

    def __init__(
        self,
        *,
        store: TaskStore,
        storage: Storage,
        sandbox: Sandbox,
        backends: Mapping[str, Backend],
        finished: Callable[[Task], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._storage = storage
        self._sandbox = sandbox
        self._backends = backends
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
        task = await self._store.begin(task_id, attempt)
        if task is None:
            return "superseded"
        running = Attempt(task, self._store)
        self._running[task_id] = running
        try:
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
            return "completed"
        except asyncio.CancelledError:
            if running.stop_reason == "drain":
                await self._store.retry(task.id, task.attempt, why=Setback.HANDED_BACK, delay=HAND_BACK_SECONDS)
                return "handed back"
            if running.stop_reason is None:
                raise
            error: GrokVideoError = Cancelled()
        except Unavailable as unavailable:
            if task.failures + 1 < MAX_FAILURES:
                delay = unavailable.retry_after or 2.0 ** (task.failures + 1)
                await self._store.retry(task.id, task.attempt, why=Setback.FAILED, delay=delay)
                return "retried"
            error = unavailable
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
        await self._store.fail(task.id, task.attempt, TaskError(error.code, error.message))
        return error.code

    async def stop(self, task_id: UUID, reason: str) -> None:
        """Stop an attempt that runs here; its child is killed."""
        running = self._running.get(task_id)
        if running is not None and running.work is not None and running.stop_reason is None:
            running.stop_reason = reason
            running.work.cancel()

    async def drain(self, timeout: float) -> None:
        """Begin nothing new, give what runs some seconds, hand the rest back to the queue."""
        self._draining = True
        deadline = time.monotonic() + timeout
        while self._running and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        for task_id in list(self._running):
            await self.stop(task_id, "drain")
        while self._running:
            await asyncio.sleep(0.05)

    async def watch(self) -> None:
        """Write progress once a second and stop what is no longer wanted, until cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            attempts = {one.task.id: one.task.attempt for one in self._running.values()}
            try:
                for task_id in await self._store.stopped(attempts):
                    await self.stop(task_id, "cancel")
                for running in list(self._running.values()):
                    await self._report(running)
            except Exception:
                # A database that is away for a moment must not end the watch; the next round asks again.
                log.exception("watching running tasks failed")

    async def _report(self, running: Attempt) -> None:
        percent, now = int(running.percent), time.monotonic()
        if percent > running.written and now - running.reported_at >= REPORT_SECONDS - WATCH_SECONDS / 2:
            running.written, running.reported_at = percent, now
            await self._store.progress(running.task.id, running.task.attempt, percent)

    async def _work(self, running: Attempt) -> None:
        task = running.task
        backend = self._backends[task.backend]
        files = scratch_files(self._storage, task.id, task.attempt)
        facts = await backend.generate(await self._job(task, files["video"]), running)
        clip = await self._sandbox.run(
            clips.finish,
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
