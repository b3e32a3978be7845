"""Running attempts: from a task's row to a stored, probed file."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from ..domain.errors import (
    BackendAuth,
    BackendError,
    BackendQuota,
    Cancelled,
    DownloadFailed,
    GrokVideoError,
    Rejected,
    SourceMissing,
    StorageUnavailable,
    SubmissionUnknown,
    Unavailable,
    UpstreamDown,
)
from ..domain.media import VARIANTS, media_key, media_prefix, preview_key
from ..domain.request import MAX_IMAGES, Operation
from ..domain.task import Clip, StoredInput, Task, TaskError, TaskStatus
from ..media import jobs
from ..media_files import find_media
from ..ports import Backend, Job, Ledger, PaidCall, RetryReason, Routing, Storage, TaskStore
from ..runtime.confinement import Files
from ..runtime.sandbox import Limits, Sandbox
from .attempt import Attempt

log = structlog.get_logger()

WATCH_SECONDS = 0.5
REPORT_SECONDS = 1.0
# Rows compared per round; cancellations are found by a query of their own.
CHECKED_PER_ROUND = 500
ABANDON_SECONDS = 10.0
# A task that something was paid for gets this many times the usual attempts.
PAID_PATIENCE = 4
MAX_BACKOFF_SECONDS = 300.0
# Outages that are further apart are two.
OUTAGE_GAP_SECONDS = 900.0
# Long enough that this process, which is shutting down, does not take the task again.
HAND_BACK_SECONDS = 1.0
STILLS = Limits(memory_mib=768, seconds=600, cpu_seconds=600, file_mib=64)


class ScratchFiles:
    """The paths of an attempt's unfinished files and of what it is made from, by what they are.

    They are not kept: thousands of attempts may wait at once.
    """

    __slots__ = ("_attempt", "_storage", "_task_id")

    def __init__(self, storage: Storage, task_id: UUID, attempt: int) -> None:
        self._storage = storage
        self._task_id = task_id
        self._attempt = attempt

    def __getitem__(self, name: str) -> Path:
        """Return the path of one file."""
        base = f"{self._task_id}.{self._attempt}"
        return self._storage.scratch(base if name == "video" else f"{base}.{name}")

    def delete(self) -> None:
        """Delete all files."""
        for name in (*VARIANTS, "preview", "source", *map(_image_name, range(MAX_IMAGES))):
            self[name].unlink(missing_ok=True)


def _image_name(number: int) -> str:
    return f"image{number}"


class TaskRunner:
    """Runs attempts in this process, watches for cancellation and writes progress.

    Tasks wait for an upstream that does not answer, for `outage_seconds` unless it answers one meanwhile. `finished` is
    called with every task that ends here.
    """

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
        outage_seconds: float = 86400.0,
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
        self._outage_seconds = outage_seconds
        self._outages: dict[str, tuple[float, float]] = {}
        self._abandoning: set[asyncio.Task[None]] = set()
        self._finishing = asyncio.Semaphore(os.cpu_count() or 1)
        self._starting = 0
        self._unchecked: deque[UUID] = deque()
        self._finished = finished
        self._running: dict[UUID, Attempt] = {}
        self._draining = False
        self._shown = asyncio.Event()

    @property
    def running(self) -> int:
        """The number of attempts that run in this process."""
        return len(self._running)

    async def run(self, task_id: UUID, attempt: int, accepted: Callable[[str], None] = lambda _: None) -> str:
        """Run one attempt to its end, whatever that is, and return its outcome in a word, for the log.

        `accepted` is called with the backend's name when its upstream has accepted the first call.
        """
        if self._draining:
            await self._store.retry(task_id, attempt, reason=RetryReason.HANDED_BACK, delay=HAND_BACK_SECONDS)
            return "handed back"
        self._starting += 1
        try:
            task = await self._store.begin(task_id, attempt)
        finally:
            self._starting -= 1
        if task is None:
            return "superseded"
        if self._draining:
            await self._store.retry(task_id, attempt, reason=RetryReason.HANDED_BACK, delay=HAND_BACK_SECONDS)
            return "handed back"
        running = Attempt(task, self._ledger, accepted, self._shown)
        del accepted
        self._running[task_id] = running
        try:
            if self._routing.backoff_seconds(task.backend) > 0 and await self._fall_back(task):
                return "fell back"
            return await self._outcome(running)
        finally:
            self._running.pop(task_id, None)
            ScratchFiles(self._storage, task_id, attempt).delete()
            with suppress(OSError, StorageUnavailable):
                await self._storage.delete(preview_key(task_id))
            if (ended := await self._store.get(task_id)) and ended.status.final:
                self._finished(ended)

    async def _outcome(self, running: Attempt) -> str:
        task = running.task
        try:
            # `stop` cancels this task, but nothing that comes after the work.
            running.work = asyncio.current_task()
            try:
                await self._work(running)
            finally:
                running.end_work()
            self._routing.report(task.backend, None)
            self._outages.pop(task.backend, None)
            return "completed"
        except asyncio.CancelledError:
            if running.stop_reason == "drain":
                await self._store.retry(task.id, task.attempt, reason=RetryReason.HANDED_BACK, delay=HAND_BACK_SECONDS)
                return "handed back"
            if running.stop_reason is None:
                raise
            error: GrokVideoError = Cancelled()
        except UpstreamDown as down:
            self._routing.report(task.backend, down)
            if await self._fall_back(task):
                return "fell back"
            if self._down_for(task.backend) < self._outage_seconds:
                delay = down.retry_after or self._retry_seconds
                await self._store.retry(task.id, task.attempt, reason=RetryReason.HANDED_BACK, delay=delay)
                return "waits for the upstream"
            error = BackendError(down.message, code=down.code)
        except (Unavailable, DownloadFailed, StorageUnavailable) as temporary:
            if isinstance(temporary, Unavailable):
                self._routing.report(task.backend, temporary)
            calls = await self._ledger.calls(task.id)
            if await self._try_later(task, temporary, calls):
                return "retried"
            # Another backend's video could not be stored either.
            if not isinstance(temporary, StorageUnavailable) and await self._fall_back(task):
                return "fell back"
            unknown = any(call.upstream_id is None for call in calls)
            error = SubmissionUnknown() if unknown else BackendError(temporary.message, code=temporary.code)
        except (BackendAuth, BackendQuota) as account:
            log.error("the backend's account needs attention", backend=task.backend, error=account.message)
            self._routing.report(task.backend, account)
            if await self._fall_back(task):
                return "fell back"
            error = account
        except GrokVideoError as final:
            if isinstance(final, Rejected) and not isinstance(final, SubmissionUnknown):
                self._outages.pop(task.backend, None)
            error = final
        except OSError as failure:
            full = failure.errno in (errno.ENOSPC, errno.EDQUOT)
            if not full:
                log.exception("attempt failed", task=str(task.id))
            message = "The server's disk is full." if full else "The server could not read or write a file."
            error = BackendError(message, code="storage_full" if full else "storage_error")
            # What was paid for may be fetched again when there is room.
            if (calls := await self._ledger.calls(task.id)) and await self._try_later(task, error, calls):
                return "retried"
        except Exception:
            log.exception("attempt failed", task=str(task.id))
            error = BackendError("An unexpected error occurred in the server; see its log.", code="internal_error")
        await self._store.fail(task.id, task.attempt, TaskError(error.code, error.message), running.facts)
        if isinstance(error, Cancelled):
            self._abandon(task, running.upstream_ids)
        return error.code

    async def _try_later(self, task: Task, error: GrokVideoError, calls: Sequence[PaidCall]) -> bool:
        """Requeue a task after a temporary error, unless it had enough attempts: more, if something was paid for."""
        if task.failures + 1 >= self._max_failures * (PAID_PATIENCE if calls else 1):
            return False
        delay = error.retry_after or min(MAX_BACKOFF_SECONDS, self._retry_seconds * 2.0**task.failures)
        await self._store.retry(task.id, task.attempt, reason=RetryReason.FAILED, delay=delay)
        return True

    def _down_for(self, backend: str) -> float:
        """Return for how many seconds a backend's upstream has been down, now included."""
        now = time.monotonic()
        since, last = self._outages.get(backend, (now, now))
        # Nothing was heard for long: it was up meanwhile, or nobody asked.
        since = now if now - last > OUTAGE_GAP_SECONDS else since
        self._outages[backend] = (since, now)
        return now - since

    async def _fall_back(self, task: Task) -> bool:
        """Requeue a task for the next backend of its model's list, unless an upstream may have accepted it already."""
        fallback = self._routing.fallback_for(task)
        if fallback is None or await self._ledger.calls(task.id):
            return False
        log.info("falling back", task=str(task.id), backend=task.backend, fallback=fallback)
        return await self._store.retry(task.id, task.attempt, reason=RetryReason.HANDED_BACK, backend=fallback)

    def _abandon(self, task: Task, upstream_ids: Sequence[str]) -> None:
        """Tell the upstream in the background that the videos of these calls are no longer needed."""
        if upstream_ids:
            abandoning = asyncio.create_task(self._tell_upstream(task, upstream_ids))
            self._abandoning.add(abandoning)
            abandoning.add_done_callback(self._abandoning.discard)

    async def _tell_upstream(self, task: Task, upstream_ids: Sequence[str]) -> None:
        try:
            async with asyncio.timeout(ABANDON_SECONDS):
                await self._backends[task.backend].abandon(upstream_ids)
        except Exception:
            # The task is cancelled anyway; the upstream finishes a video that nobody needs.
            log.exception("could not abandon calls at the upstream", task=str(task.id))

    async def _abandon_queued(self, task_id: UUID) -> None:
        """Abandon the calls of a task that was cancelled between two attempts."""
        task = await self._store.get(task_id)
        if task is not None and task.status is TaskStatus.CANCELLED:
            calls = await self._ledger.calls(task_id)
            sent = [call.upstream_id for call in calls if call.upstream_id and call.backend == task.backend]
            self._abandon(task, sent)

    async def stop(self, task_id: UUID, reason: str) -> None:
        """Stop an attempt that runs here and kill its child process; `reason` is "cancel" or "drain"."""
        running = self._running.get(task_id)
        if running is None and reason == "cancel":
            await self._abandon_queued(task_id)
        if running is not None and running.work is not None and running.stop_reason is None:
            running.stop_reason = reason
            running.work.cancel()

    async def drain(self, timeout: float) -> None:
        """Start nothing new, give running attempts `timeout` seconds, and requeue the rest."""
        self._draining = True
        deadline = time.monotonic() + timeout
        while self._running and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        while self._running or self._starting:
            for task_id in list(self._running):
                await self.stop(task_id, "drain")
            await asyncio.sleep(0.05)
        if self._abandoning:
            await asyncio.wait(self._abandoning)

    async def watch(self) -> None:
        """Write progress, and stop cancelled or superseded attempts, until cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not self._running:
                continue
            try:
                stopped = await self._store.superseded_or_cancelled(self._next_to_check())
                for task_id in stopped | await self._store.cancel_requested():
                    await self.stop(task_id, "cancel")
                await self._store.progress(self._new_progress())
            except Exception:
                # A database that is unavailable for a moment must not end the loop; the next round tries again.
                log.exception("watching running tasks failed")

    async def watch_previews(self) -> None:
        """Store previews as soon as they come, until cancelled."""
        while True:
            await self._shown.wait()
            self._shown.clear()
            try:
                await self._store_previews()
            except Exception:
                # The database may be unavailable for a moment; the next preview tries again.
                log.exception("storing previews failed")

    async def _store_previews(self) -> None:
        """Store the new previews of running attempts; the first one is told as progress, by which clients look."""
        for running in list(self._running.values()):
            if (image := running.image) is None:
                continue
            running.image = None
            file = ScratchFiles(self._storage, running.task.id, running.task.attempt)["preview"]
            # The attempt may end meanwhile, and clean up; a full disk ends attempts that need it more.
            with suppress(OSError, StorageUnavailable):
                await asyncio.to_thread(file.write_bytes, image)
                await self._storage.put(preview_key(running.task.id), file)
                if not running.written:
                    running.written, running.percent = 1, max(1.0, running.percent)
                    await self._store.progress([(running.task, 1)])
            if running.task.id not in self._running:
                # It ended meanwhile, and nobody deletes this any more.
                await self._storage.delete(preview_key(running.task.id))

    def _next_to_check(self) -> dict[UUID, int]:
        """Return the next attempts to compare with their rows; over the rounds, all of them in turn."""
        if not self._unchecked:
            self._unchecked.extend(self._running)
        batch = [self._unchecked.popleft() for _ in range(min(CHECKED_PER_ROUND, len(self._unchecked)))]
        return {task_id: self._running[task_id].task.attempt for task_id in batch if task_id in self._running}

    def _new_progress(self) -> list[tuple[Task, int]]:
        """Return the progress to write, at most once a second per attempt."""
        now, changed = time.monotonic(), list[tuple[Task, int]]()
        for running in self._running.values():
            percent = int(running.percent)
            if percent > running.written and now - running.reported_at >= REPORT_SECONDS - WATCH_SECONDS / 2:
                running.written, running.reported_at = percent, now
                changed.append((running.task, percent))
        return changed

    async def _work(self, running: Attempt) -> None:
        task = running.task
        backend = self._backends[task.backend]
        files = ScratchFiles(self._storage, task.id, task.attempt)
        started = time.monotonic()
        result = await backend.generate(await self._job(task, files), running)
        facts = {**running.facts, **result, "took_seconds": round(time.monotonic() - started, 2)}
        # Hundreds of upstream results may arrive together; no more are probed at once than there are cores.
        async with self._finishing:
            probed = await self._sandbox.run(
                jobs.finish,
                str(files["video"]),
                str(files["thumbnail"]),
                str(files["spritesheet"]),
                (task.width, task.height, task.frames),
                limits=STILLS,
                files=Files((str(files["video"]),), (str(files["thumbnail"]), str(files["spritesheet"]))),
            )
        storing = asyncio.create_task(self.store_result(task, Clip(**probed), facts, files))
        try:
            await asyncio.shield(storing)
        except asyncio.CancelledError:
            # Do not cancel halfway: a partial move would leave orphaned files.
            await asyncio.wait([storing])
            raise

    async def store_result(self, task: Task, clip: Clip, facts: Mapping[str, Any], files: ScratchFiles) -> None:
        """Store an attempt's files and complete its task, or delete them if another attempt has ended it."""
        # The video is stored last: if it exists, so do the others.
        for variant in sorted(VARIANTS, key=lambda name: name == "video"):
            await self._storage.put(media_key(task.id, task.attempt, variant), files[variant])
        if await self._store.finish(task.id, task.attempt, clip, facts):
            if task.attempt > 1:
                await self._delete_other_attempts(task)
            return
        # Another attempt, a cancellation or a delete came first.
        for variant in VARIANTS:
            await self._storage.delete(media_key(task.id, task.attempt, variant))

    async def _delete_other_attempts(self, task: Task) -> None:
        """Delete what earlier attempts stored whose workers were lost before they could complete the task."""
        own = {media_key(task.id, task.attempt, variant) for variant in VARIANTS}
        others = [file.key async for file in self._storage.list(media_prefix(task.id)) if file.key not in own]
        for key in others:
            await self._storage.delete(key)

    async def _job(self, task: Task, files: ScratchFiles) -> Job:
        source_task = await self._store.get(task.source_id) if task.source_id else None
        try:
            images = await self._images(task.inputs, files)
            source: Path | None = None
            if task.operation is not Operation.CREATE:
                source = await self._storage.fetch(await self._source_key(task, source_task), files["source"])
            if source_task is not None and not images:
                # A remix of a video made from images is made from the same images.
                images = await self._images(source_task.inputs, files)
        except (FileNotFoundError, ValueError):
            raise SourceMissing() from None
        if source_task is not None and source_task.status is not TaskStatus.COMPLETED:
            raise SourceMissing("The source video was not completed.")
        return Job(task, files["video"], images, source, source_task)

    async def _source_key(self, task: Task, source: Task | None) -> str:
        if task.video is not None:
            return task.video.key
        if source is None:
            raise SourceMissing()
        return (await find_media(self._storage, source, "video")).key

    async def _images(self, inputs: Sequence[StoredInput], files: ScratchFiles) -> tuple[Path, ...]:
        return tuple(
            [await self._storage.fetch(image.key, files[_image_name(number)]) for number, image in enumerate(inputs)]
        )
