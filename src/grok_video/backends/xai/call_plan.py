"""Which calls of xAI's API make a task, and which frames of their results are used (docs/dev/wire-format.md 9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from ...domain.errors import UnsupportedByBackend
from ...domain.request import FPS, Mode, Operation, Resolution
from ...domain.task import Task
from ..upstream.cuts import SOURCE, Cut

NEW_MODEL, OLD_MODEL, LITE_MODEL = "grok-imagine-video-1.5", "grok-imagine-video", "grok-imagine-video-1.5-lite"
# Limits of xAI's API in seconds.
EDIT_INPUT, EXTEND_INPUT, SHORTEST_INPUT = 8.7, 15, 2
SHORTEST_EXTENSION, LONGEST_EXTENSION, LONGEST_OLD_REFERENCE = 2, 10, 10


class Path(StrEnum):
    """The paths of xAI's API."""

    GENERATE = "/videos/generations"
    EDIT = "/videos/edits"
    EXTEND = "/videos/extensions"


@dataclass(frozen=True, slots=True)
class Call:
    """One paid call.

    `seconds` is the requested length (None: that of the input). `video` is the input video, `still` the frame of a
    source that becomes the first frame, and `images` what the task's images are for.
    """

    step: str
    path: Path
    model: str
    seconds: int | None = None
    resolution: str | None = None
    ratio: str | None = None
    images: Mode = Mode.TEXT
    video: Cut | None = None
    still: Cut | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls in order, and the cuts of their results that make the video."""

    calls: tuple[Call, ...]
    pieces: tuple[Cut, ...]


@dataclass(frozen=True, slots=True)
class Models:
    """Which model does what; edits and extensions are always made by the old one, which alone has them.

    `last_frame_1080p` says whether 1080p works with a last frame (not documented by xAI).
    """

    create: str = NEW_MODEL
    reference: str = OLD_MODEL
    last_frame_1080p: bool = False

    @property
    def pins_frames(self) -> bool:
        """Whether the model of new videos has a last frame, and references beside a first frame."""
        return self.create.startswith(NEW_MODEL) and not self.create.startswith(LITE_MODEL)

    @property
    def native_resolutions(self) -> tuple[Resolution, ...]:
        """What new videos are made in; the rest is enlarged here."""
        every = tuple(Resolution)
        return every if self.create.startswith(NEW_MODEL) else every[:-1]

    def resolution(self, task: Task, model: str, mode: Mode) -> str:
        """Return the resolution to request: the task's, or 720p, which is enlarged here, where there is no 1080p."""
        full_hd = model.startswith(NEW_MODEL) and mode is not Mode.REFERENCE
        full_hd = full_hd and (mode is not Mode.FIRST_LAST_FRAME or self.last_frame_1080p)
        if task.resolution is Resolution.P1080 and not full_hd:
            return "720p"
        return task.resolution.value.lower()


def plan_calls(task: Task, models: Models) -> Plan:
    """Return the calls of a task; raise UnsupportedByBackend, saying what would work, if no calls can make it."""
    match task.operation:
        case Operation.CREATE:
            return _created(task, models)
        case Operation.REMIX:
            return _remixed(task)
        case Operation.EXTEND:
            return _extended(task, models)


def _created(task: Task, models: Models) -> Plan:
    if task.mode is Mode.REFERENCE:
        return _from_references(task, models)
    if task.mode is Mode.FIRST_LAST_FRAME and not models.pins_frames:
        raise UnsupportedByBackend(
            f"Backend xai has no last frame with {models.create}: send one image, or use @img1 and @img2 in the "
            "prompt.",
            param="images",
        )
    beside = task.mode is Mode.FIRST_FRAME and len(task.inputs) > 1
    call = Call(
        "generate",
        Path.GENERATE,
        models.create,
        seconds=task.seconds,
        resolution=models.resolution(task, models.create, Mode.REFERENCE if beside else task.mode),
        # With a first frame xAI uses the image's own ratio: the image is cropped to the requested one before.
        ratio=None if task.inputs else task.aspect_ratio.value,
        images=task.mode,
    )
    return Plan((call,), (Cut(0, 0, task.frames),))


def _from_references(task: Task, models: Models) -> Plan:
    longest = LONGEST_OLD_REFERENCE if models.reference == OLD_MODEL else task.seconds
    first = task.seconds if task.seconds <= longest else min(longest, task.seconds - SHORTEST_EXTENSION)
    call = Call(
        "generate",
        Path.GENERATE,
        models.reference,
        seconds=first,
        resolution=models.resolution(task, models.reference, Mode.REFERENCE),
        ratio=task.aspect_ratio.value,
        images=Mode.REFERENCE,
    )
    more, pieces = _extensions(0, first * FPS, task.seconds - first, begin=1)
    return Plan((call, *more), (Cut(0, 0, first * FPS), *pieces))


def _remixed(task: Task) -> Plan:
    """Edit a video that is too long for one edit in equal parts, which keeps its structure and length."""
    parts = -(-task.frames // int(EDIT_INPUT * FPS))
    bounds = [task.frames * part // parts for part in range(parts + 1)]
    calls = tuple(
        Call(f"edit.{number}", Path.EDIT, OLD_MODEL, video=Cut(SOURCE, start, end - start))
        for number, (start, end) in enumerate(pairwise(bounds), 1)
    )
    lengths = [call.video.frames for call in calls if call.video]
    return Plan(calls, tuple(Cut(index, 0, frames) for index, frames in enumerate(lengths)))


def _extended(task: Task, models: Models) -> Plan:
    if task.inputs and not models.pins_frames:
        raise UnsupportedByBackend(
            f"Backend xai does not extend with images and {models.create}: leave them out, or create a video from "
            "references (@img1).",
            param="images",
        )
    start = task.start_frame or 0
    head = Cut(SOURCE, 0, start)
    if start >= SHORTEST_INPUT * FPS and not task.inputs:
        calls, pieces = _extensions(SOURCE, start, task.seconds, begin=0)
        return Plan(calls, (head, *pieces))
    # An extension takes no images, but a first frame may stand beside references.
    mode = Mode.REFERENCE if task.inputs else Mode.FIRST_FRAME
    call = Call(
        "generate",
        Path.GENERATE,
        models.create,
        seconds=task.seconds,
        resolution=models.resolution(task, models.create, mode),
        images=Mode.REFERENCE if task.inputs else Mode.TEXT,
        still=Cut(SOURCE, start - 1, 1),
    )
    # Its first frame repeats the head's last one, so it is skipped.
    return Plan((call,), (head, Cut(0, 1, task.seconds * FPS)))


def _extensions(of: int, end: int, seconds: int, *, begin: int) -> tuple[tuple[Call, ...], list[Cut]]:
    """Extend frames [0, end) of the source or a result by `seconds`, in calls of 2 to 10 seconds each."""
    calls: list[Call] = []
    pieces: list[Cut] = []
    while seconds > 0:
        added = min(seconds, LONGEST_EXTENSION)
        if 0 < seconds - added < SHORTEST_EXTENSION:
            added = seconds - SHORTEST_EXTENSION
        used = added * FPS
        input_frames = min(end, EXTEND_INPUT * FPS)
        index = begin + len(calls)
        calls.append(
            Call(
                f"extend.{len(calls) + 1}",
                Path.EXTEND,
                OLD_MODEL,
                seconds=max(added, SHORTEST_EXTENSION),
                video=Cut(of, end - input_frames, input_frames),
            )
        )
        pieces.append(Cut(index, input_frames, used))
        of, end, seconds = index, input_frames + used, seconds - added
    return tuple(calls), pieces
