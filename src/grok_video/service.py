"""The only way in: create, remix, extend, get, list, cancel, delete."""

from __future__ import annotations

import asyncio
import errno
import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

from .domain.errors import (
    GrokVideoError,
    InvalidValue,
    NotFound,
    QueueFull,
    SourceNotCompleted,
    StorageFull,
    UnsupportedByBackend,
    VideoExpired,
    VideoNotFound,
    VideoNotReady,
)
from .domain.models import EXTENSION_SECONDS, find_model
from .domain.request import (
    FPS,
    MAX_TOTAL_SECONDS,
    AspectRatio,
    Format,
    Mode,
    Operation,
    Resolution,
    Source,
    TaskRef,
    Upload,
    VideoRequest,
    frame_size,
    frames_of,
    nearest_ratio,
)
from .domain.task import StoredInput, Task, TaskStatus, format_seconds
from .ports import (
    Backend,
    Board,
    Capabilities,
    Changes,
    Engine,
    Filters,
    Idempotency,
    Intake,
    Load,
    Place,
    Routing,
    Storage,
    TaskStore,
    WorkerProcess,
)

MOST_RELATIVES = 200
VARIANTS = {"video": "mp4", "thumbnail": "webp", "spritesheet": "jpg"}


def media_key(task_id: UUID, variant: str) -> str:
    """Name the stored file of a task's variant."""
    return f"media/{task_id}.{VARIANTS[variant]}"


@dataclass(frozen=True, slots=True)
class SourceVideo:
    """What a remix or extend starts from: one of our tasks, or an uploaded file."""

    ratio: AspectRatio
    resolution: Resolution
    frames: int
    task: Task | None = None
    video: StoredInput | None = None


class VideoService:
    """Everything one can do with videos, whatever format it was asked in."""

    def __init__(
        self,
        *,
        store: TaskStore,
        engine: Engine,
        storage: Storage,
        intake: Intake,
        changes: Changes,
        routing: Routing,
        board: Board,
        max_queued: int = 1000,
        expire_after: float | None = None,
    ) -> None:
        self._store = store
        self._engine = engine
        self._storage = storage
        self._intake = intake
        self._changes = changes
        self._routing = routing
        self._board = board
        self._max_queued = max_queued
        self._expire_after = expire_after

    async def submit(
        self,
        request: VideoRequest,
        *,
        owner: str,
        fmt: Format,
        default_seconds: int,
        idempotency: Idempotency | None = None,
    ) -> Task:
        """Accept a request as a durable task, or raise before anything is queued."""
        source_task = await self._source_task(request, owner)
        model = request.model or (source_task.model if source_task else "grok-video-3")
        find_model(model)
        backends = self._able(request, model)
        if idempotency and (first := await self._store.reserve(owner, idempotency)):
            return await self.get(first, owner)
        task_id = uuid4()

        async def accept() -> Task:
            try:
                if await self._store.waiting() >= self._max_queued:
                    raise QueueFull(f"{self._max_queued} tasks are waiting already; try again later.", retry_after=10)
                task = await self._plan(
                    task_id, request, source_task, owner=owner, fmt=fmt, model=model, backends=backends,
                    default_seconds=default_seconds,
                )  # fmt: skip
                return await self._store.create(task, idempotency)
            except BaseException as error:
                # A commit may have gone through although its answer was lost: then the task stands.
                if await self._store.get(task_id) is None:
                    await self._intake.discard(task_id)
                    if idempotency:
                        await self._store.release(owner, idempotency)
                if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise StorageFull() from None
                raise

        # A client that hangs up takes nothing back: what was begun is accepted or refused as a whole.
        return await asyncio.shield(asyncio.create_task(accept()))

    async def get(self, task_id: UUID | None, owner: str) -> Task:
        """Read a task; another owner's is not found."""
        task = await self._store.get(task_id) if task_id else None
        if task is None or task.owner != owner:
            raise VideoNotFound("There is no such video. Ids look like video_<32 hex> or grok:<uuid>.")
        return task

    async def signed(self, task_id: UUID | None) -> Task:
        """Read a task for whoever holds a signed address of it."""
        task = await self._store.get(task_id) if task_id else None
        if task is None:
            raise VideoNotFound()
        return task

    async def wait(self, task_id: UUID | None, owner: str, timeout: float) -> Task:
        """Read a task at its next change of status or progress, or after the timeout in seconds."""
        moment = self._changes.moment()
        task = first = await self.get(task_id, owner)
        deadline = time.monotonic() + timeout
        while not task.status.final and (left := deadline - time.monotonic()) > 0:
            await self._changes.wait(moment, left)
            moment = self._changes.moment()
            task = await self.get(task_id, owner)
            if (task.status, task.progress) != (first.status, first.progress):
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
        """List tasks and tell whether there are more; an unknown `after` is not found."""
        if after is not None:
            await self.get(after, owner)
        found = await self._store.list(owner, limit=limit + 1, after=after, ascending=ascending, filters=filters)
        return found[:limit], len(found) > limit

    async def lineage(self, task_id: UUID | None, owner: str) -> Sequence[Task]:
        """Give a task's whole family, oldest first: what it derives from, and all that derives from that.

        A deleted source is where a family begins; at most MOST_RELATIVES are given.
        """
        root = await self.get(task_id, owner)
        for _ in range(MOST_RELATIVES):
            source = await self._store.get(root.source_id) if root.source_id else None
            if source is None or source.owner != owner:
                break
            root = source
        family = [root]
        newest: Sequence[Task] = family
        while newest and len(family) < MOST_RELATIVES:
            filters = Filters(sources=tuple(one.id for one in newest))
            newest = await self._store.list(owner, limit=MOST_RELATIVES - len(family), ascending=True, filters=filters)
            family += newest
        return sorted(family, key=lambda one: (one.created_at, one.id))

    async def input_file(self, task: Task, number: int) -> Path:
        """Give the stored picture that a task was made from, counted from 1; raise NotFound."""
        if not 1 <= number <= len(task.inputs):
            raise NotFound(f"This video was made from {len(task.inputs)} pictures; there is no number {number}.")
        try:
            return await self._storage.fetch(task.inputs[number - 1].key)
        except FileNotFoundError:
            raise VideoExpired("The file of this picture is gone.") from None

    async def places(self, owner: str) -> Sequence[Place]:
        """Tell where an owner's unfinished tasks stand."""
        return await self._board.places(owner)

    async def loads(self) -> Sequence[Load]:
        """Tell what each backend has to do."""
        return await self._board.loads()

    async def workers(self) -> Sequence[WorkerProcess]:
        """List the processes that make videos."""
        return await self._board.workers()

    async def cancel(self, task_id: UUID | None, owner: str) -> Task:
        """Cancel a task; a finished one stays as it is (decisions.md: Answers)."""
        task = await self.get(task_id, owner)
        if task.status.final:
            return task
        changed = await self._store.request_cancel(task.id)
        await self._engine.cancel(task.id)
        return changed or await self.get(task_id, owner)

    async def delete(self, task_id: UUID | None, owner: str) -> Task:
        """Delete a task and its files, cancelling it first if it runs."""
        task = await self.cancel(task_id, owner)
        await self._store.delete(task.id)
        await self._engine.cancel(task.id)
        for variant in VARIANTS:
            await self._storage.delete(media_key(task.id, variant))
        await self._storage.delete(f"inputs/{task.id}")
        return task

    def content_key(self, task: Task, variant: str) -> str:
        """Name the stored file to serve; raise VideoNotReady, VideoExpired or InvalidValue."""
        if variant not in VARIANTS:
            raise InvalidValue(f"variant is {variant[:40]!r}; use one of: {', '.join(VARIANTS)}.", param="variant")
        if task.expires_at is not None and task.expires_at < time.time():
            raise VideoExpired()
        if task.status is not TaskStatus.COMPLETED:
            raise VideoNotReady(f"The video is not ready yet; its status is {task.status}.", retry_after=2)
        return media_key(task.id, variant)

    async def latest_change(self, owner: str) -> int:
        """Give the owner's newest change number."""
        return await self._store.latest_change(owner)

    async def follow(self, owner: str, after: int, *, look_seconds: float) -> AsyncGenerator[Sequence[Task]]:
        """Give the owner's tasks as they change, newest state each, from after a change number on.

        Comes at least every `look_seconds`, with nothing in hand when nothing of this owner's changed.
        """
        while True:
            moment = self._changes.moment()
            tasks = await self._store.changes(owner, after)
            after = tasks[-1].change if tasks else after
            yield tasks
            await self._changes.wait(moment, look_seconds)

    def capabilities(self, model: str) -> tuple[str, Capabilities]:
        """Tell which backend serves a model and what it can do."""
        backend = self._routing.candidates(model)[0]
        found = backend.capabilities(model)
        if found is None:
            raise UnsupportedByBackend(f"Backend {backend.name} does not serve {model}.", param="model")
        return backend.name, found

    async def _source_task(self, request: VideoRequest, owner: str) -> Task | None:
        if not isinstance(request.source, TaskRef):
            return None
        task = await self.get(request.source.task_id, owner)
        if task.status is not TaskStatus.COMPLETED:
            raise SourceNotCompleted(
                f"The source video's status is {task.status}; wait until it is completed.",
                param=request.source.param,
            )
        return task

    def _able(self, request: VideoRequest, model: str) -> list[Backend]:
        """List the backends of a model that can do this, in order; raise the first one's refusal if none can."""
        able: list[Backend] = []
        refused: UnsupportedByBackend | None = None
        for backend in self._routing.candidates(model):
            can = backend.capabilities(model)
            if can is None:
                why = ("does not serve " + model, "model")
            else:
                why = can.refusal(
                    request.operation, request.mode, len(request.images), request.resolution, request.aspect_ratio
                )
            if why is None:
                able.append(backend)
            elif refused is None:
                refused = UnsupportedByBackend(f"Backend {backend.name} {why[0]}.", param=why[1])
        if able or refused is None:
            return able
        raise refused

    @staticmethod
    def _assigned(task: Task, backends: Sequence[Backend]) -> Task:
        """Give the planned task to the first backend that takes it; raise the first one's refusal if none does."""
        refused: UnsupportedByBackend | None = None
        for backend in backends:
            try:
                assigned = replace(task, backend=backend.name)
                backend.check(assigned)
                return assigned
            except UnsupportedByBackend as error:
                refused = refused or error
        raise refused or UnsupportedByBackend(f"Model {task.model} has no backend.", param="model")

    async def _plan(
        self,
        task_id: UUID,
        request: VideoRequest,
        source_task: Task | None,
        *,
        owner: str,
        fmt: Format,
        model: str,
        backends: Sequence[Backend],
        default_seconds: int,
    ) -> Task:
        spec = find_model(model)
        if request.operation is Operation.EXTEND:
            default_seconds = EXTENSION_SECONDS
        seconds = spec.seconds(request.seconds, default_seconds)
        images = [await self._picture(one, owner) for one in request.images]
        inputs = await self._intake.admit_images(images, task_id)
        now = time.time()
        task = Task(
            id=task_id, owner=owner, format=fmt, operation=request.operation, mode=request.mode, model=model,
            prompt=request.prompt.text, preset=request.prompt.preset, aspect_ratio=AspectRatio.R16_9,
            resolution=request.resolution or Resolution.P720, width=0, height=0, seconds=seconds,
            frames=seconds * FPS, seed=secrets.randbits(32) if request.seed is None else request.seed,
            backend=backends[0].name, created_at=now, updated_at=now, size_label=request.size_label,
            ratio_given=request.aspect_ratio is not None, inputs=inputs, metadata=request.metadata,
            expires_at=None if self._expire_after is None else now + self._expire_after,
        )  # fmt: skip
        if request.operation is Operation.CREATE:
            from_image = nearest_ratio(inputs[0].width, inputs[0].height) if inputs else AspectRatio.R16_9
            ratio = request.aspect_ratio or from_image
        else:
            source = await self._source_video(request, source_task, task_id)
            ratio = request.aspect_ratio or source.ratio
            task = _derive(task, request, source)
        width, height = frame_size(ratio, task.resolution)
        return self._assigned(replace(task, aspect_ratio=ratio, width=width, height=height), backends)

    async def _picture(self, source: Source, owner: str) -> Source:
        """Read a link to one of our own videos as its thumbnail, without fetching anything."""
        if not isinstance(source, TaskRef):
            return source
        task = await self.get(source.task_id, owner)
        if task.status is not TaskStatus.COMPLETED:
            raise SourceNotCompleted(f"{source.param}: that video is {task.status}.", param=source.param)
        try:
            path = await self._storage.fetch(media_key(task.id, "thumbnail"))
        except FileNotFoundError:
            raise VideoExpired(f"{source.param}: the file of that video is gone.", param=source.param) from None
        return Upload(task.id.hex, path.stat().st_size, param=source.param, path=str(path))

    async def _source_video(self, request: VideoRequest, source_task: Task | None, task_id: UUID) -> SourceVideo:
        if source_task is not None and source_task.clip is not None:
            return SourceVideo(
                source_task.aspect_ratio, source_task.resolution, source_task.clip.frames, task=source_task
            )
        if request.source is None:
            raise GrokVideoError("a remix or extend was submitted without a source")
        video = await self._intake.admit_video(request.source, task_id)
        tier = min(Resolution, key=lambda one: abs(one.short_side - min(video.width, video.height)))
        return SourceVideo(nearest_ratio(video.width, video.height), tier, video.frames or 0, video=video)


def _derive(task: Task, request: VideoRequest, source: SourceVideo) -> Task:
    task = replace(
        task,
        resolution=request.resolution or source.resolution,
        source_id=source.task.id if source.task else None,
        source_frames=source.frames,
        video=source.video,
    )
    if request.operation is Operation.REMIX:
        # A remix keeps its source's length with every model (decisions.md: Intake and requests).
        return replace(task, mode=Mode.TEXT, frames=source.frames, seconds=round(source.frames / FPS))
    start = source.frames if request.start_time is None else frames_of(request.start_time)
    if not 1 <= start <= source.frames:
        raise InvalidValue(
            f"start_time is {request.start_time}, but it must be above 0 and at most "
            f"{format_seconds(source.frames)}, the source's length in seconds.",
            param="start_time",
        )
    total = start + task.seconds * FPS
    if total > MAX_TOTAL_SECONDS * FPS:
        raise InvalidValue(
            f"The result would last {format_seconds(total)} seconds; at most {MAX_TOTAL_SECONDS} are allowed.",
            param="seconds",
        )
    mode = Mode.REFERENCE if request.images else Mode.TEXT
    return replace(task, mode=mode, start_frame=start, frames=total)
