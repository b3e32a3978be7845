"""What makes videos: the protocols that a backend plugin implements or is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..domain.errors import BackendError, UnsupportedByBackend
from ..domain.request import AspectRatio, Mode, Operation, Resolution
from ..domain.task import Task


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do with one model, as data.

    `native_resolutions` and `native_aspect_ratios` are those that are made as such; the others are scaled, or cut, from
    the nearest one. None means all of them. `paid` says that its videos cost money, `cost_per_second` about how much in
    US dollars at 720P, if that is known, and `costs` at each resolution. `engine_model` is the model that makes the
    videos, where an operator chooses it, with its `licence`. `progress_measured` is false where progress is estimated.
    `previews` says that an image of the unfinished video comes before its first progress. `missing` says why nothing
    can be done now.
    """

    operations: frozenset[Operation] = frozenset(Operation)
    modes: frozenset[Mode] = frozenset(Mode)
    resolutions: tuple[Resolution, ...] = tuple(Resolution)
    aspect_ratios: tuple[AspectRatio, ...] = tuple(AspectRatio)
    native_resolutions: tuple[Resolution, ...] | None = None
    native_aspect_ratios: tuple[AspectRatio, ...] | None = None
    min_seconds: int = 1
    max_seconds: int = 15
    max_images: int = 7
    audio: bool = True
    remote: bool = False
    generative: bool = False
    paid: bool = False
    cost_per_second: float | None = None
    costs: Mapping[Resolution, float] = field(default_factory=dict[Resolution, float])
    scenes: bool = False
    references_beside_first_frame: bool = False
    engine_model: str | None = None
    licence: str | None = None
    progress_measured: bool = True
    previews: bool = False
    missing: str | None = None

    def unsupported(
        self,
        operation: Operation,
        mode: Mode,
        images: int,
        resolution: Resolution | None = None,
        ratio: AspectRatio | None = None,
        *,
        scene: bool = False,
    ) -> tuple[str, str] | None:
        """Return (reason, field) for the first unsupported option, or None if the request is supported.

        A `resolution` or `ratio` of None means that the request does not specify it.
        """
        if self.missing:
            return self.missing, "model"
        if operation not in self.operations:
            return f"does not {operation}", "model"
        if operation is Operation.CREATE and mode not in self.modes:
            refused = "makes no videos of text alone" if mode is Mode.TEXT else f"does not take images as {mode}"
            return f"{refused} (it can: {', '.join(sorted(self.modes))})", "images"
        if mode is Mode.FIRST_FRAME and images > 1 and not self.references_beside_first_frame:
            return "takes no references beside a first frame", "images"
        if images > self.max_images:
            return f"takes at most {self.max_images} images", "images"
        if resolution and resolution not in self.resolutions:
            return f"makes {', '.join(self.resolutions)} only", "size"
        if ratio and ratio not in self.aspect_ratios:
            return f"makes {', '.join(self.aspect_ratios)} only", "aspect_ratio"
        if scene and not self.scenes:
            return "makes videos of prompts, not of scenes", "scene"
        return None


@dataclass(frozen=True, slots=True)
class Job:
    """The input of one attempt: the task, and local files only.

    `output` is where the MP4 goes. `images` are in the caller's order. `source` is the source video's file, and
    `source_task` is its task if it was made here.
    """

    task: Task
    output: Path
    images: tuple[Path, ...] = ()
    source: Path | None = None
    source_task: Task | None = None


class Report(Protocol):
    """How a backend reports while it works. Cancellation arrives as asyncio cancellation."""

    def progress(self, percent: float) -> None:
        """Report the progress, from 0 to 100; it never goes back."""
        ...

    def preview(self, image: bytes) -> None:
        """Show an image of the unfinished video, a JPEG, PNG or WebP of up to 1 MiB, in place of the one before."""
        ...

    def record(self, **facts: Any) -> None:
        """Add facts to the task's metadata; they are kept however the task ends."""
        ...

    async def accepted_call_id(self, step: str) -> str | None:
        """Return the upstream's id of a call that an earlier attempt made, or None."""
        ...

    async def unknown_call(self, step: str) -> bool:
        """Check whether an earlier attempt made a call whose outcome is unknown."""
        ...

    async def call_once(self, step: str, post: Callable[[], Awaitable[str]], *, idempotent: bool = False) -> str:
        """Make a paid call at most once in the task's life and return the upstream's id for it.

        `post` runs if no attempt has made a call under this step's name. Its result is stored, so that a later
        attempt gets the id without calling again. If `post` raises Unavailable or Rejected, nothing was accepted and
        the call may be repeated. Any other end leaves the outcome unknown: SubmissionUnknown is raised, now and by
        every later attempt. Set `idempotent` if the upstream itself recognizes a repeated call: a call with an unknown
        outcome is then repeated.
        """
        ...


class Backend(Protocol):
    """Makes videos. Derive from it to inherit the defaults of the optional methods.

    `generate` raises Rejected (final), Unavailable (retried) or Cancelled.
    """

    name: str

    @property
    def at_once(self) -> int | None:
        """How many tasks it takes at the same time, or None if the settings say so."""
        return None

    @property
    def lacks(self) -> str | None:
        """What is missing in this process, so that it cannot make videos though others may; None if nothing is."""
        return None

    async def start(self) -> None:
        """Learn what the upstream offers; a failure is no reason not to start."""

    def capabilities(self, model: str) -> Capabilities | None:
        """Return what this backend can do with a model, or None if it does not serve the model."""
        ...

    def check(self, task: Task) -> None:
        """Check a planned task before it is queued; raise UnsupportedByBackend saying what would work."""

    def scene(self, task: Task) -> Mapping[str, Any] | None:
        """Return a completed task's scene as a document that `scene` of a request may be, or None if it has none."""
        return None

    def read(self, prompt: str, seed: int) -> Mapping[str, Any]:
        """Return how this backend reads a prompt; raise UnsupportedByBackend if it passes prompts on as they are."""
        raise UnsupportedByBackend(f"Backend {self.name} does not read prompts itself; its model does.", param="model")

    async def probe(self) -> str | None:
        """Check whether the backend could work now; return None, or the problem in a few words."""
        return None

    async def describe(self) -> str:
        """Return what makes the videos, for `doctor`: model, version, what it can do; raise Unavailable with problems.

        An empty text says nothing.
        """
        return ""

    async def abandon(self, upstream_ids: Sequence[str]) -> None:
        """Tell the upstream, if possible, that the videos of these calls are no longer needed."""

    async def generate(self, job: Job, report: Report) -> Mapping[str, Any]:
        """Write the video to `job.output` and return facts for the task's metadata."""
        ...

    async def close(self) -> None:
        """Close connections and child processes."""


class Routing(Protocol):
    """Which backends serve a model, in order of preference, and how they have been doing."""

    def named(self, name: str) -> Backend | None:
        """Return the backend of this name, or None if it is not in use."""
        ...

    def candidates(self, model: str) -> Sequence[Backend]:
        """Return a model's backends in order of preference; raise UnsupportedByBackend if there are none."""
        ...

    def fallback_for(self, task: Task) -> str | None:
        """Return the name of the next backend in the model's list that can do this task, or None."""
        ...

    def report(self, backend: str, error: BackendError | None) -> None:
        """Record that a backend completed a task (None) or how it failed."""
        ...

    def backoff_seconds(self, backend: str) -> float:
        """Return for how many seconds a failing backend should be left alone; 0 if it is healthy."""
        ...
