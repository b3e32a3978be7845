"""From a VideoRequest to a planned Task: backends that can do it, inputs taken in, frames counted."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from .domain.errors import (
    GrokVideoError,
    InvalidValue,
    SourceExpired,
    SourceNotCompleted,
    UnsupportedByBackend,
    VideoNotFound,
)
from .domain.models import DEFAULT_MODEL, EXTENSION_SECONDS, find_model
from .domain.request import (
    FPS,
    MAX_TOTAL_SECONDS,
    AspectRatio,
    FileRef,
    Format,
    Mode,
    Operation,
    Resolution,
    Source,
    StoredSource,
    TaskRef,
    VideoRequest,
    format_seconds,
    frame_size,
    frames_of,
    nearest_ratio,
    nearest_resolution,
)
from .domain.task import StoredInput, Task, TaskStatus
from .media_files import find_media
from .ports import Backend, Intake, Routing, Storage, TaskStore
from .uploads import Uploads


@dataclass(frozen=True, slots=True)
class Draft:
    """A request that is allowed, before anything is taken in: its model, length, backends and source task."""

    request: VideoRequest
    owner: str
    format: Format
    model: str
    seconds: int
    backends: tuple[Backend, ...]
    source_task: Task | None = None


@dataclass(frozen=True, slots=True)
class SourceVideo:
    """What a remix or extend starts from: a task of this server, or an uploaded file."""

    ratio: AspectRatio
    resolution: Resolution
    frames: int
    task: Task | None = None
    video: StoredInput | None = None


async def find_task(store: TaskStore, task_id: UUID, owner: str) -> Task:
    """Return an owner's task; raise VideoNotFound if it does not exist or belongs to somebody else."""
    task = await store.get(task_id)
    if task is None or task.owner != owner:
        raise VideoNotFound("There is no such video. Ids look like video_<32 hex> or grok:<uuid>.")
    return task


class Planner:
    """Checks and plans requests; nothing is queued here.

    `expire_after` is the lifetime of a task's files in seconds, None for unlimited.
    """

    def __init__(
        self,
        *,
        store: TaskStore,
        storage: Storage,
        intake: Intake,
        routing: Routing,
        uploads: Uploads,
        expire_after: float | None = None,
    ) -> None:
        self._store = store
        self._storage = storage
        self._intake = intake
        self._routing = routing
        self._uploads = uploads
        self._expire_after = expire_after

    async def draft(self, request: VideoRequest, *, owner: str, fmt: Format, default_seconds: int) -> Draft:
        """Check everything that needs no file; raise an InvalidRequest, ModelNotFound or VideoNotFound."""
        source_task = await self._source_task(request, owner)
        model = request.model or (source_task.model if source_task else DEFAULT_MODEL)
        default = EXTENSION_SECONDS if request.operation is Operation.EXTEND else default_seconds
        seconds = find_model(model).seconds(request.seconds, default)
        backends = self._supporting(request, model)
        return Draft(request, owner, fmt, model, seconds, tuple(backends), source_task)

    async def plan(self, task_id: UUID, draft: Draft) -> Task:
        """Take in the images and source video and return the planned task.

        Raises InvalidImage, FetchFailed, InvalidValue, SourceNotCompleted or UnsupportedByBackend. What was stored for
        the task until then is the caller's to discard.
        """
        request = draft.request
        if request.images or not (request.source is None or isinstance(request.source, TaskRef)):
            # What a process that dies meanwhile leaves behind is found by this.
            await self._store.expect(task_id)
        images = [await self._image_source(image, draft.owner) for image in request.images]
        inputs = await self._intake.admit_images(images, task_id, draft.owner)
        task = self._blank(task_id, draft, inputs)
        if request.operation is Operation.CREATE:
            shape = request.pixels or ((inputs[0].width, inputs[0].height) if inputs else None)
            ratio = request.aspect_ratio or AspectRatio.R16_9
        else:
            source = await self._source_video(draft, task_id)
            shape = request.pixels
            ratio = request.aspect_ratio or source.ratio
            task = _derived(task, request, source)
        # A ratio by name is exact; one of pixels or of an image is the nearest that a backend has.
        exact = request.aspect_ratio is not None and request.pixels is None
        return _assigned(replace(task, aspect_ratio=ratio), draft.backends, None if exact else shape)

    def _blank(self, task_id: UUID, draft: Draft, inputs: tuple[StoredInput, ...]) -> Task:
        request, now = draft.request, time.time()
        return Task(
            id=task_id, owner=draft.owner, format=draft.format, operation=request.operation, mode=request.mode,
            model=draft.model, prompt=request.prompt.text, preset=request.prompt.preset,
            aspect_ratio=AspectRatio.R16_9, resolution=request.resolution or Resolution.P720, width=0, height=0,
            seconds=draft.seconds, frames=draft.seconds * FPS,
            seed=secrets.randbits(32) if request.seed is None else request.seed,
            backend=draft.backends[0].name, created_at=now, updated_at=now, size_label=request.size_label,
            model_label=request.model_label, ignored=request.ignored,
            ratio_given=request.aspect_ratio is not None, inputs=inputs, metadata=request.metadata,
            scene=request.scene,
            expires_at=None if self._expire_after is None else now + self._expire_after,
        )  # fmt: skip

    async def _source_task(self, request: VideoRequest, owner: str) -> Task | None:
        if not isinstance(request.source, TaskRef):
            return None
        task = await find_task(self._store, request.source.task_id, owner)
        if task.status is not TaskStatus.COMPLETED:
            advice = "it has no file to continue from" if task.status.final else "wait until it is completed"
            raise SourceNotCompleted(
                f"The source video's status is {task.status}; {advice}.", param=request.source.param
            )
        if task.expired(time.time()):
            raise SourceExpired(param=request.source.param)
        return task

    def _supporting(self, request: VideoRequest, model: str) -> list[Backend]:
        """Return a model's backends that support the request, in order; raise the first refusal if none does."""
        supporting: list[Backend] = []
        refusal: UnsupportedByBackend | None = None
        for backend in self._routing.candidates(model):
            capabilities = backend.capabilities(model)
            if capabilities is None:
                reason: tuple[str, str] | None = (f"does not serve {model}", "model")
            else:
                reason = capabilities.unsupported(
                    request.operation,
                    request.mode,
                    len(request.images),
                    request.resolution,
                    None if request.pixels else request.aspect_ratio,
                    scene=request.scene is not None,
                )
            if reason is None:
                supporting.append(backend)
            elif refusal is None:
                refusal = UnsupportedByBackend(f"Backend {backend.name} {reason[0]}.", param=reason[1])
        if not supporting:
            raise refusal or UnsupportedByBackend(f"Model {model} has no backend.", param="model")
        return supporting

    async def _image_source(self, source: Source, owner: str) -> Source:
        """Return what our own links and files mean, for a video its thumbnail; nothing is fetched."""
        if isinstance(source, FileRef):
            return await self._uploads.source(source.file_id, owner, source.param)
        if not isinstance(source, TaskRef):
            return source
        task = await find_task(self._store, source.task_id, owner)
        if task.status is not TaskStatus.COMPLETED:
            raise SourceNotCompleted(f"{source.param}: that video is {task.status}.", param=source.param)
        if task.expired(time.time()):
            raise SourceExpired(f"{source.param}: that video has expired.", param=source.param)
        try:
            thumbnail = await find_media(self._storage, task, "thumbnail")
        except FileNotFoundError:
            raise SourceExpired(f"{source.param}: the file of that video is gone.", param=source.param) from None
        return StoredSource(thumbnail.key, thumbnail.size, source.param)

    async def _source_video(self, draft: Draft, task_id: UUID) -> SourceVideo:
        task, source = draft.source_task, draft.request.source
        if task is not None and task.clip is not None:
            return SourceVideo(task.aspect_ratio, task.resolution, task.clip.frames, task=task)
        if source is None:
            raise GrokVideoError("a remix or extend was submitted without a source")
        video = await self._intake.admit_video(source, task_id, draft.owner)
        resolution = nearest_resolution(video.width, video.height)
        return SourceVideo(nearest_ratio(video.width, video.height), resolution, video.frames or 0, video=video)


def _ratio(task: Task, backend: Backend, shape: tuple[int, int] | None) -> AspectRatio:
    """Return a task's aspect ratio, or that of a backend's which is nearest to a shape."""
    if shape is None:
        return task.aspect_ratio
    capabilities = backend.capabilities(task.model)
    return nearest_ratio(*shape, capabilities.aspect_ratios if capabilities else tuple(AspectRatio))


def _assigned(task: Task, backends: Sequence[Backend], shape: tuple[int, int] | None) -> Task:
    """Assign the task to the first backend that accepts it; raise the first refusal if none does."""
    refusal: UnsupportedByBackend | None = None
    for backend in backends:
        try:
            ratio = _ratio(task, backend, shape)
            width, height = frame_size(ratio, task.resolution)
            assigned = replace(task, backend=backend.name, aspect_ratio=ratio, width=width, height=height)
            backend.check(assigned)
            return assigned
        except UnsupportedByBackend as error:
            refusal = refusal or error
    raise refusal or UnsupportedByBackend(f"Model {task.model} has no backend.", param="model")


def _derived(task: Task, request: VideoRequest, source: SourceVideo) -> Task:
    task = replace(
        task,
        resolution=request.resolution or source.resolution,
        source_id=source.task.id if source.task else None,
        source_frames=source.frames,
        video=source.video,
    )
    if request.operation is Operation.REMIX:
        # A remix keeps its source's length with every model (docs/dev/wire-format.md 4).
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
