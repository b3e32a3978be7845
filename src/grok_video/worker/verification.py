"""Comparing rows and files, after a restore or whenever an operator wants to know (docs/how-to/back-up.md)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

from ..domain.errors import CannotStart, GrokVideoError
from ..domain.media import INPUTS, VARIANTS, flat_media_key, media_key
from ..domain.task import Task, TaskStatus
from ..media import jobs
from ..media_files import find_media
from ..ports import RetentionStore, Storage, StoredFile, TaskStore
from ..runtime.confinement import Files
from ..runtime.sandbox import Sandbox
from .runner import STILLS, ScratchFiles

# A POST or an attempt may be storing what is younger.
SETTLED_SECONDS = 3600.0
PAGE = 500
KEPT_TASKS = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that rows and files disagree about: a task's id or a storage key, and whether it was mended."""

    subject: str
    text: str
    mended: bool = False


class Verifier:
    """Finds files without a row, rows without their files, and files of another size than their row says.

    With `mend`, files that nothing needs are deleted, lost stills are drawn again, and a completed task whose video is
    lost is recorded as expired, so that clients are told what happened. Safe beside a running server.
    """

    def __init__(
        self, *, tasks: TaskStore, retention: RetentionStore, storage: Storage, sandbox: Sandbox, mend: bool
    ) -> None:
        self._tasks = tasks
        self._retention = retention
        self._storage = storage
        self._sandbox = sandbox
        self._mend = mend
        self._known: dict[UUID, Task | None] = {}
        # Which variants of which task are stored, by id as bytes: there may be millions.
        self._stored: dict[bytes, frozenset[str]] = {}

    async def differences(self) -> AsyncIterator[Difference]:
        """Yield what differs; raise StorageUnavailable, or CannotStart before anything is mended by another's rows."""
        if self._mend and not await self._retention.list_completed(None, limit=1):
            async for _ in self._storage.list("media"):
                raise CannotStart(
                    "The storage has videos, and the database has none: nothing was mended. Is it the right database?"
                )
        settled = time.time() - SETTLED_SECONDS
        for folder in ("media", INPUTS):
            async for file in self._storage.list(folder):
                text = await self._problem_of(file)
                if text is not None and file.modified < settled:
                    yield await self._mended_file(file, text)
        after: UUID | None = None
        while page := await self._retention.list_completed(after, limit=PAGE):
            for task in page:
                if difference := await self._missing(task):
                    yield difference
            after = page[-1].id
        async for task in self._unfinished():
            for image in (*task.inputs, *([task.video] if task.video else [])):
                if not await self._exists(image.key):
                    yield Difference(str(task.id), f"its input {image.key} is lost: the task will fail")

    async def _problem_of(self, file: StoredFile) -> str | None:
        """Return what is wrong with a stored file, and remember files of finished videos."""
        task_id = _task_of(file.key)
        if task_id is None:
            return None
        task = await self._task(task_id)
        if task is None:
            return "belongs to no task"
        if task.files_deleted_at is not None:
            return "belongs to a task whose files were deleted"
        if not task.status.final or file.key.startswith(INPUTS):
            return None
        for variant in VARIANTS:
            if file.key in (media_key(task.id, task.attempt, variant), flat_media_key(task.id, variant)):
                return self._size_problem(task, variant, file)
        return "belongs to an attempt that did not finish its task"

    def _size_problem(self, task: Task, variant: str, file: StoredFile) -> str | None:
        if task.status is not TaskStatus.COMPLETED:
            return "belongs to a task that was not completed"
        if variant == "video" and task.clip is not None and file.size != task.clip.bytes:
            return f"has {file.size} bytes, and its task says {task.clip.bytes}"
        key = task.id.bytes
        self._stored[key] = self._stored.get(key, frozenset()) | {variant}
        return None

    async def _mended_file(self, file: StoredFile, text: str) -> Difference:
        if self._mend:
            await self._storage.delete(file.key)
        return Difference(file.key, text, self._mend)

    async def _missing(self, task: Task) -> Difference | None:
        """Return what of a completed task's files is missing."""
        lacking = VARIANTS.keys() - self._stored.get(task.id.bytes, frozenset())
        if not lacking or await self._complete_by_now(task):
            return None
        subject = str(task.id)
        if "video" in lacking:
            return Difference(subject, "its video is lost", self._mend and await self._record_loss(task))
        text = f"its {' and '.join(sorted(lacking))} {'are' if len(lacking) > 1 else 'is'} lost"
        return Difference(subject, text, self._mend and await self._draw_stills(task))

    async def _complete_by_now(self, task: Task) -> bool:
        """Check again: it may have been completed, or have lost its files, since the files were listed."""
        self._known.pop(task.id, None)
        fresh = await self._task(task.id)
        if fresh is None or fresh.files_deleted_at is not None:
            return True
        for variant in VARIANTS:
            try:
                file = await find_media(self._storage, fresh, variant)
            except FileNotFoundError:
                return False
            if variant == "video" and fresh.clip is not None and file.size != fresh.clip.bytes:
                return False
        return True

    async def _record_loss(self, task: Task) -> bool:
        """Record that a task has no files any more; return whether that was possible."""
        now = time.time()
        if task.kept:
            await self._retention.keep(task.id, False, now)
        return bool(await self._retention.mark_files_deleted([task.id], now))

    async def _draw_stills(self, task: Task) -> bool:
        """Draw a video's thumbnail and spritesheet again; return whether that was possible."""
        # An attempt that no worker makes, so that it has scratch files of its own.
        files = ScratchFiles(self._storage, task.id, 0)
        try:
            video = await self._storage.fetch((await find_media(self._storage, task, "video")).key, files["video"])
            stills = [files[variant] for variant in ("thumbnail", "spritesheet")]
            await self._sandbox.run(
                jobs.finish, str(video), *map(str, stills), (task.width, task.height, task.frames),
                limits=STILLS, files=Files((str(video),), tuple(map(str, stills))),
            )  # fmt: skip
            for variant in ("thumbnail", "spritesheet"):
                await self._storage.put(media_key(task.id, task.attempt, variant), files[variant])
            return True
        except (GrokVideoError, FileNotFoundError):
            return False
        finally:
            files.delete()

    async def _unfinished(self) -> AsyncIterator[Task]:
        skip = 0
        while page := await self._tasks.list_stalled(time.time() + 1, limit=PAGE, skip=skip):
            for task in page:
                yield task
            skip += PAGE

    async def _exists(self, key: str) -> bool:
        try:
            await self._storage.stat(key)
            return True
        except FileNotFoundError:
            return False

    async def _task(self, task_id: UUID) -> Task | None:
        """Return a task; the files of one come one after the other, so the last ones are kept."""
        if task_id not in self._known:
            if len(self._known) >= KEPT_TASKS:
                self._known.clear()
            task = await self._tasks.get(task_id)
            # A prompt and a scene may be long, and nothing here reads them.
            self._known[task_id] = task and replace(task, prompt="", scene=None)
        return self._known[task_id]


def _task_of(key: str) -> UUID | None:
    """Return the task that a storage key belongs to, or None for a file of something else."""
    folder = key.partition("/")[2].partition("/")[0].partition(".")[0]
    try:
        return UUID(folder)
    except ValueError:
        return None
