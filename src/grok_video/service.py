"""Everything callers can do with videos: create, remix, extend, get, list, cancel, delete. The only way in."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import AsyncGenerator, Callable, Hashable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from .domain.errors import (
    InvalidValue,
    NotFound,
    QueueFull,
    RateLimited,
    StorageFull,
    UnsupportedByBackend,
    VideoExpired,
    VideoNotFound,
    VideoNotReady,
)
from .domain.media import VARIANTS, all_keys, preview_key
from .domain.request import Format, Source, VideoRequest
from .domain.task import Task, TaskStatus
from .feed import ChangeFeed
from .media_files import find_media
from .planning import Draft, Planner, find_task
from .ports import (
    Capabilities,
    Changes,
    Deletion,
    Engine,
    Filters,
    Idempotency,
    IdempotencyStore,
    Intake,
    RetentionStore,
    Routing,
    Storage,
    StoredFile,
    TaskStore,
)
from .uploads import UploadedFile, Uploads

MAX_LINEAGE = 200


class VideoService:
    """All operations on videos, independent of the format a request came in.

    `max_queued` and `max_queued_per_key` bound the queued tasks of all owners and of one, `concurrency_per_key` the
    unfinished tasks of an owner that has no bound of its own; `expire_after` is the
    lifetime of a task's files in seconds; `has_room` says whether there is room on the disk for new tasks: what is left
    is for deletes.
    """

    def __init__(
        self,
        *,
        store: TaskStore,
        idempotency: IdempotencyStore,
        engine: Engine,
        storage: Storage,
        intake: Intake,
        changes: Changes,
        routing: Routing,
        retention: RetentionStore,
        max_queued: int = 10_000,
        max_queued_per_key: int = 1000,
        concurrency_per_key: int | None = None,
        expire_after: float | None = None,
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._idempotency = idempotency
        self._engine = engine
        self._storage = storage
        self._intake = intake
        self._changes = changes
        self._feed = ChangeFeed(store, changes)
        self._routing = routing
        self._retention = retention
        self._expire_after = expire_after
        self.uploads = Uploads(storage=storage, intake=intake)
        self._planner = Planner(
            store=store,
            storage=storage,
            intake=intake,
            routing=routing,
            uploads=self.uploads,
            expire_after=expire_after,
        )
        self._max_queued = max_queued
        self._max_queued_per_key = max_queued_per_key
        self._concurrency_per_key = concurrency_per_key
        self._has_room = has_room

    async def submit(
        self,
        request: VideoRequest,
        *,
        owner: str,
        fmt: Format,
        default_seconds: int,
        idempotency: Idempotency | None = None,
        concurrency: int | None = None,
    ) -> Task:
        """Accept a request as a durable task, or raise before anything is queued.

        `concurrency` is the number of unfinished tasks that this owner may have, None for the usual one.
        """
        if not self._has_room():
            raise StorageFull("There is too little room on the server's disk for new videos; delete some first.")
        draft = await self._planner.draft(request, owner=owner, fmt=fmt, default_seconds=default_seconds)
        if idempotency and (first := await self._idempotency.reserve(owner, idempotency)):
            return await self.get(first, owner)
        # A client that disconnects changes nothing: a request that was begun is accepted or refused as a whole.
        return await asyncio.shield(asyncio.create_task(self._accept(uuid4(), draft, idempotency, concurrency)))

    async def _accept(
        self, task_id: UUID, draft: Draft, idempotency: Idempotency | None, concurrency: int | None
    ) -> Task:
        try:
            concurrency = concurrency or self._concurrency_per_key
            await self._check_limits(draft.owner, concurrency)
            task = await self._planner.plan(task_id, draft)
            return await self._store.create(
                task, idempotency, admit=lambda queued, unfinished: self._admit(queued, unfinished, concurrency)
            )
        except BaseException as error:
            # The commit may have succeeded although its confirmation was lost: then the task stands.
            if await self._store.get(task_id) is None:
                await self._intake.discard(task_id)
                await self._store.forget_expected([task_id])
                if idempotency:
                    await self._idempotency.release(draft.owner, idempotency)
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageFull() from None
            raise

    async def _check_limits(self, owner: str, concurrency: int | None) -> None:
        """Raise QueueFull or RateLimited before anything is taken in; `_admit` looks again."""
        counts = await self._store.count(owner)
        self._admit(counts.queued, counts.unfinished, concurrency)
        if counts.all_queued >= self._max_queued:
            raise QueueFull(f"{self._max_queued} tasks are waiting already; try again later.", retry_after=10)

    def _admit(self, queued: int, unfinished: int, concurrency: int | None) -> None:
        """Raise QueueFull or RateLimited if an owner with this many tasks may not have another."""
        if queued >= self._max_queued_per_key:
            raise QueueFull(
                f"{self._max_queued_per_key} tasks of this key are waiting already; try again later.", retry_after=10
            )
        if concurrency is not None and unfinished >= concurrency:
            raise RateLimited(
                f"This key has {concurrency} unfinished videos, as many as it may have; wait for one to end.",
                retry_after=10,
            )

    async def get(self, task_id: UUID, owner: str) -> Task:
        """Return a task; raise VideoNotFound, for another owner's task too."""
        return await find_task(self._store, task_id, owner)

    async def state(self, task_id: UUID) -> Hashable | None:
        """Return another value after every change of a task, None if it is gone (TaskStore.state)."""
        return await self._store.state(task_id)

    async def get_signed(self, task_id: UUID) -> Task:
        """Return a task for the holder of a signed link to it; raise VideoNotFound."""
        task = await self._store.get(task_id)
        if task is None:
            raise VideoNotFound()
        return task

    async def wait(self, task_id: UUID, owner: str, timeout: float, *, until_change: bool = False) -> Task:
        """Return a task when it has ended, or after `timeout` seconds; raise VideoNotFound if it is deleted meanwhile.

        With `until_change`, return it at its next change of status or progress already.
        """
        snapshot = self._changes.snapshot()
        task = first = await self.get(task_id, owner)
        deadline = time.monotonic() + timeout
        while not task.status.final and (left := deadline - time.monotonic()) > 0:
            await self._changes.wait(snapshot, left)
            snapshot = self._changes.snapshot()
            task = await self.get(task_id, owner)
            if until_change and (task.status, task.progress) != (first.status, first.progress):
                break
        return task

    async def list(
        self,
        owner: str,
        *,
        limit: int = 20,
        after: UUID | None = None,
        ascending: bool = False,
        filters: Filters | None = None,
    ) -> tuple[Sequence[Task], bool]:
        """Return a page of tasks and whether there are more; raise VideoNotFound for an unknown `after`."""
        if after is not None:
            await self.get(after, owner)
        tasks = await self._store.list(owner, limit=limit + 1, after=after, ascending=ascending, filters=filters)
        return tasks[:limit], len(tasks) > limit

    async def lineage(self, task_id: UUID, owner: str) -> Sequence[Task]:
        """Return a task's ancestors and all their descendants, oldest first, at most MAX_LINEAGE.

        The lineage begins after a deleted source.
        """
        root = await self.get(task_id, owner)
        for _ in range(MAX_LINEAGE):
            source = await self._store.get(root.source_id) if root.source_id else None
            if source is None or source.owner != owner:
                break
            root = source
        lineage = [root]
        newest: Sequence[Task] = lineage
        while newest and len(lineage) < MAX_LINEAGE:
            filters = Filters(sources=tuple(task.id for task in newest))
            newest = await self._store.list(owner, limit=MAX_LINEAGE - len(lineage), ascending=True, filters=filters)
            lineage += newest
        return sorted(lineage, key=lambda task: (task.created_at, task.id))

    async def input_file(self, task: Task, number: int) -> StoredFile:
        """Return the stored image that a task was made from, counted from 1; raise NotFound or VideoExpired."""
        if not 1 <= number <= len(task.inputs):
            raise NotFound(f"This video was made from {len(task.inputs)} images; there is no number {number}.")
        if task.expired(time.time()):
            raise VideoExpired("The video has expired, and this image with it.")
        try:
            return await self._storage.stat(task.inputs[number - 1].key)
        except FileNotFoundError:
            raise VideoExpired("The file of this image is gone.") from None

    async def add_file(self, source: Source, owner: str) -> UploadedFile:
        """Take in an image for later requests; raise StorageFull, InvalidImage or RateLimited."""
        if not self._has_room():
            raise StorageFull("There is too little room on the server's disk for files; delete some first.")
        return await self.uploads.add(source, owner)

    async def keep(self, task_id: UUID, owner: str, kept: bool) -> Task:
        """Keep a video for good, or no longer, and return it; raise VideoExpired if its files are gone already."""
        task = await self.get(task_id, owner)
        if task.expired(time.time()):
            raise VideoExpired()
        expires_at = None if kept or self._expire_after is None else time.time() + self._expire_after
        changed = await self._retention.keep(task.id, kept, expires_at)
        if changed is None:
            # Its files were deleted just now.
            raise VideoExpired()
        return changed

    async def delete_all(self, owner: str, *, limit: int) -> tuple[int, bool]:
        """Delete an owner's oldest videos; return how many, and whether there are more."""
        tasks, more = await self.list(owner, limit=limit, ascending=True)
        for task in tasks:
            await self.delete(task.id, owner)
        return len(tasks), more

    async def cancel(self, task_id: UUID, owner: str) -> Task:
        """Cancel a task and return it; a finished one stays as it is (docs/dev/wire-format.md 6)."""
        task = await self.get(task_id, owner)
        if task.status.final:
            return task
        changed = await self._store.request_cancel(task.id)
        await self._engine.cancel(task.id)
        return changed or await self.get(task_id, owner)

    async def delete(self, task_id: UUID, owner: str) -> Task:
        """Delete a task and its files and return it; a running one is cancelled first."""
        task = await self.cancel(task_id, owner)
        if task.status.final:
            # Nobody writes to it any longer, and its files make the room that a full disk needs to forget the row.
            await self._delete_files(task.id)
        await self._store.delete(task.id)
        await self._engine.cancel(task.id)
        await self._delete_files(task.id)
        return task

    async def _delete_files(self, task_id: UUID) -> None:
        for key in all_keys(task_id):
            await self._storage.delete(key)

    async def content(self, task: Task, variant: str) -> StoredFile:
        """Return a file to serve; raise VideoNotReady, VideoExpired or InvalidValue."""
        if variant not in VARIANTS:
            raise InvalidValue(f"variant is {variant[:40]!r}; use one of: {', '.join(VARIANTS)}.", param="variant")
        if task.expired(time.time()):
            raise VideoExpired()
        if task.status in (TaskStatus.FAILED, TaskStatus.CANCELLED):
            reason = f": {task.error.message}" if task.error else "."
            ended = "was cancelled" if task.status is TaskStatus.CANCELLED else "failed"
            raise VideoNotReady(f"This video {ended} and has no file{reason}")
        if task.status is not TaskStatus.COMPLETED:
            raise VideoNotReady(f"The video is not ready yet; its status is {task.status}.", retry_after=2)
        try:
            return await find_media(self._storage, task, variant)
        except FileNotFoundError:
            raise VideoExpired("The file of this video is gone.") from None

    async def preview(self, task: Task) -> bytes:
        """Return an image of an unfinished video, or a finished one's thumbnail; raise VideoNotReady or VideoExpired.

        It is read as a whole: an image of an unfinished video may be replaced or deleted at any moment.
        """
        try:
            key = (await self.content(task, "thumbnail")).key if task.status.final else preview_key(task.id)
            return b"".join([chunk async for chunk in self._storage.read(key)])
        except FileNotFoundError:
            raise VideoNotReady("There is no preview of this video yet.", retry_after=2) from None

    async def latest_change(self, owner: str) -> int:
        """Return the owner's newest change number."""
        return await self._store.latest_change(owner)

    def follow(self, owner: str, after: int, *, poll_seconds: float) -> AsyncGenerator[Sequence[Task | Deletion]]:
        """Yield the owner's tasks as they change, each in its newest state, and deletions, after a change number.

        Yields at least every `poll_seconds`, an empty list if nothing of this owner changed.
        """
        return self._feed.follow(owner, after, poll_seconds=poll_seconds)

    def scene(self, task: Task) -> Mapping[str, Any]:
        """Return a completed video's scene; raise VideoNotReady, UnsupportedByBackend or NotFound."""
        if task.status is not TaskStatus.COMPLETED:
            raise VideoNotReady(f"The video's scene is known when it is completed; its status is {task.status}.")
        backend = self._routing.named(task.backend)
        if backend is None:
            raise UnsupportedByBackend(f"Backend {task.backend}, which made this video, is no longer in use.")
        scene = backend.scene(task)
        if scene is None:
            capabilities = backend.capabilities(task.model)
            drawn = capabilities is not None and capabilities.scenes
            reason = "made it of images or footage alone" if drawn else "does not draw scenes"
            raise NotFound(f"This video has no scene: backend {task.backend} {reason}.")
        return scene

    async def read_prompt(self, prompt: str, model: str, seed: int) -> tuple[str, Mapping[str, Any]]:
        """Return the name of a model's backend, and how it reads a prompt; raise UnsupportedByBackend."""
        backend = self._routing.candidates(model)[0]
        return backend.name, await asyncio.to_thread(backend.read, prompt, seed)

    def capabilities(self, model: str) -> tuple[str, Capabilities]:
        """Return the name and the capabilities of the backend that serves a model."""
        backend = self._routing.candidates(model)[0]
        capabilities = backend.capabilities(model)
        if capabilities is None:
            raise UnsupportedByBackend(f"Backend {backend.name} does not serve {model}.", param="model")
        return backend.name, capabilities

    def may_cost(self, model: str) -> bool:
        """Check whether a model's videos may cost money, by any of its backends."""
        known = (backend.capabilities(model) for backend in self._routing.candidates(model))
        return any(capabilities.paid for capabilities in known if capabilities)
