"""Which calls of xAI's API make a task, and which frames of their results are used (wire-format.md 5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from ...domain.errors import UnsupportedByBackend
from ...domain.request import FPS, Mode, Operation, Resolution
from ...domain.task import Task

NEW_MODEL, OLD_MODEL = "grok-imagine-video-1.5", "grok-imagine-video"
# wire-format.md 3: limits in seconds.
EDIT_INPUT, EXTEND_INPUT, SHORTEST_INPUT = 8.7, 15, 2
SHORTEST_EXTENSION, LONGEST_EXTENSION, LONGEST_OLD_REFERENCE = 2, 10, 10
SOURCE = -1


class Path(StrEnum):
    """Where a call goes."""

    GENERATE = "/videos/generations"
    EDIT = "/videos/edits"
    EXTEND = "/videos/extensions"


@dataclass(frozen=True, slots=True)
class Cut:
    """Frames of the source (`of` is SOURCE) or of a call's result, by the call's place in the plan."""

    of: int
    start: int
    frames: int


@dataclass(frozen=True, slots=True)
class Call:
    """One paid call.

    `seconds` is what is asked for (None: as the input is); `video` is the input that goes with it, `still` the
    frame of a source that becomes the first frame, `pictures` what the task's pictures are for.
    """

    step: str
    path: Path
    model: str
    seconds: int | None = None
    resolution: str | None = None
    ratio: str | None = None
    pictures: Mode = Mode.TEXT
    video: Cut | None = None
    still: Cut | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls in order, and what of their results makes the video."""

    calls: tuple[Call, ...]
    pieces: tuple[Cut, ...]


@dataclass(frozen=True, slots=True)
class Models:
    """Which model does what; `last_frame_1080p` says whether 1080p goes with a last frame, which xAI leaves open."""

    create: str = NEW_MODEL
    derive: str = OLD_MODEL
    last_frame_1080p: bool = False

    def resolution(self, task: Task, model: str, mode: Mode) -> str:
        """Give the resolution to ask for: 1080p where it can be had, else 720p to be enlarged here."""
        able = model.startswith(NEW_MODEL) and mode is not Mode.REFERENCE
        able = able and (mode is not Mode.FIRST_LAST_FRAME or self.last_frame_1080p)
        return "1080p" if able and task.resolution is Resolution.P1080 else "720p"


def plan_calls(task: Task, models: Models) -> Plan:
    """Plan a task; raise UnsupportedByBackend for what no calls can make, saying what would."""
    match task.operation:
        case Operation.CREATE:
            return _created(task, models)
        case Operation.REMIX:
            return _remixed(task, models)
        case Operation.EXTEND:
            return _extended(task, models)


def _created(task: Task, models: Models) -> Plan:
    if task.mode is Mode.REFERENCE:
        return _from_references(task, models)
    if task.mode is Mode.FIRST_LAST_FRAME and not models.create.startswith(NEW_MODEL):
        raise UnsupportedByBackend(
            f"Backend xai has no last frame on {models.create}: send one image, or say @img1 and @img2 in the prompt.",
            param="images",
        )
    call = Call(
        "generate",
        Path.GENERATE,
        models.create,
        seconds=task.seconds,
        resolution=models.resolution(task, models.create, task.mode),
        # With a first frame the picture's own shape counts, which is the asked one: it is cut before it is sent.
        ratio=None if task.inputs else task.aspect_ratio.value,
        pictures=task.mode,
    )
    return Plan((call,), (Cut(0, 0, task.frames),))


def _from_references(task: Task, models: Models) -> Plan:
    longest = LONGEST_OLD_REFERENCE if models.derive == OLD_MODEL else task.seconds
    first = task.seconds if task.seconds <= longest else min(longest, task.seconds - SHORTEST_EXTENSION)
    call = Call(
        "generate",
        Path.GENERATE,
        models.derive,
        seconds=first,
        resolution=models.resolution(task, models.derive, Mode.REFERENCE),
        ratio=task.aspect_ratio.value,
        pictures=Mode.REFERENCE,
    )
    more, pieces = _extensions(0, first * FPS, task.seconds - first, models, begin=1)
    return Plan((call, *more), (Cut(0, 0, first * FPS), *pieces))


def _remixed(task: Task, models: Models) -> Plan:
    """Edit what is longer than an edit may be in equal parts, which keeps its structure and length."""
    parts = -(-task.frames // int(EDIT_INPUT * FPS))
    bounds = [task.frames * at // parts for at in range(parts + 1)]
    calls = tuple(
        Call(f"edit.{at + 1}", Path.EDIT, models.derive, video=Cut(SOURCE, start, end - start))
        for at, (start, end) in enumerate(pairwise(bounds))
    )
    lengths = [call.video.frames for call in calls if call.video]
    return Plan(calls, tuple(Cut(at, 0, frames) for at, frames in enumerate(lengths)))


def _extended(task: Task, models: Models) -> Plan:
    if task.inputs:
        raise UnsupportedByBackend(
            "Backend xai does not extend with images: leave them out, or create a video from references (@img1).",
            param="images",
        )
    start = task.start_frame or 0
    head = Cut(SOURCE, 0, start)
    if start >= SHORTEST_INPUT * FPS:
        calls, pieces = _extensions(SOURCE, start, task.seconds, models, begin=0)
        return Plan(calls, (head, *pieces))
    call = Call(
        "generate",
        Path.GENERATE,
        models.create,
        seconds=task.seconds,
        resolution=models.resolution(task, models.create, Mode.FIRST_FRAME),
        still=Cut(SOURCE, start - 1, 1),
    )
    # Its first frame is the head's last one, which need not be seen twice.
    return Plan((call,), (head, Cut(0, 1, task.seconds * FPS)))


def _extensions(of: int, end: int, seconds: int, models: Models, *, begin: int) -> tuple[tuple[Call, ...], list[Cut]]:
    """Extend frames [0, end) of something by so many seconds, in calls of 2 to 10 each."""
    calls: list[Call] = []
    pieces: list[Cut] = []
    while seconds > 0:
        asked = min(seconds, LONGEST_EXTENSION)
        if 0 < seconds - asked < SHORTEST_EXTENSION:
            asked = seconds - SHORTEST_EXTENSION
        used = asked * FPS
        given = min(end, EXTEND_INPUT * FPS)
        place = begin + len(calls)
        calls.append(
            Call(
                f"extend.{len(calls) + 1}",
                Path.EXTEND,
                models.derive,
                seconds=max(asked, SHORTEST_EXTENSION),
                video=Cut(of, end - given, given),
            )
        )
        pieces.append(Cut(place, given, used))
        of, end, seconds = place, given + used, seconds - asked
    return tuple(calls), pieces
