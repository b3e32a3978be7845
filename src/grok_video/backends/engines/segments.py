"""Which calls of an engine make a task, and which frames of their results are used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from ...domain.errors import UnsupportedByBackend
from ...domain.request import FPS, Mode, Operation
from ...domain.task import Task
from ..upstream.cuts import SOURCE, Cut
from .profiles import EngineTasks, Profile, TaskTemplate

# Which of a task's images a call is given.
Sent = Literal["none", "first", "last", "all"]
SLICES: dict[Sent, slice] = {"none": slice(0), "first": slice(1), "last": slice(1, 2), "all": slice(None)}


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its template, how many frames at 24 per second are needed of it, and what it is given.

    `first` is the frame that becomes the first one, `images` says which of the task's images are sent, `source` the
    part of the source video, whose last `kept` frames at the model's rate it continues. With `exact_end` the frame
    behind the needed ones has to be the call's last.
    """

    step: str
    kind: str
    template: TaskTemplate
    frames: int
    first: Cut | None = None
    images: Sent = "none"
    source: Cut | None = None
    kept: int = 0
    exact_end: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls in order, and the cuts of the source and of their results that make the video."""

    calls: tuple[Call, ...]
    pieces: tuple[Cut, ...]


class Planner:
    """Plans the tasks of one model over one engine; `backend` is the name for messages."""

    def __init__(self, profile: Profile, tasks: EngineTasks, backend: str) -> None:
        self._profile = profile
        self._tasks = tasks
        self._backend = backend

    def plan(self, task: Task) -> Plan:
        """Return the calls of a task; raise UnsupportedByBackend, saying what would work, if no calls can make it."""
        match task.operation:
            case Operation.CREATE:
                return self._created(task)
            case Operation.REMIX:
                return self._remixed(task)
            case Operation.EXTEND:
                return self._extended(task)

    def _created(self, task: Task) -> Plan:
        begin = self._template(task.mode.value)
        if task.mode is Mode.REFERENCE and len(task.inputs) > begin.max_images:
            raise UnsupportedByBackend(
                f"Backend {self._backend}: {self._profile.name} takes at most {begin.max_images} reference images.",
                param="images",
            )
        sent: Sent = "none" if task.mode is Mode.TEXT else "all"
        first = Call("generate.1", task.mode.value, begin, 0, images=sent)
        if task.mode is Mode.FIRST_LAST_FRAME:
            return self._to_last_frame(task, first)
        return self._segments(first, task.frames)

    def _segments(
        self, first: Call, frames: int, *, head: Cut | None = None, repeated: int = 0, spare: int = 0
    ) -> Plan:
        """Make a video of any length: each segment begins with the last frame of the one before.

        The first `repeated` of the frames are in the head already, and a call makes `spare` fewer than it could.
        """
        count = -(-frames // (self._profile.longest - spare))
        if count > 1 and self._tasks.first_frame is None:
            raise self._too_long(frames)
        bounds = [frames * number // count for number in range(count + 1)]
        calls = [replace(first, frames=bounds[1])]
        for number in range(1, count):
            length = bounds[number + 1] - bounds[number]
            calls.append(self._next(number, calls[-1].frames, length))
        # Behind a head, each part's first frame repeats the frame before it, so it is skipped everywhere.
        begin = 1 if head is not None else 0
        pieces = [Cut(number, begin, call.frames) for number, call in enumerate(calls)]
        pieces[0] = replace(pieces[0], start=begin + repeated, frames=calls[0].frames - repeated)
        return Plan(tuple(calls), (*([head] if head else []), *pieces))

    def _next(self, number: int, before: int, frames: int) -> Call:
        template = self._template("first_frame")
        return Call(f"generate.{number + 1}", "first_frame", template, frames, first=Cut(number - 1, before, 1))

    def _to_last_frame(self, task: Task, first: Call) -> Plan:
        """Make a video between two images: if it is too long for one call, the last segment reaches the last frame."""
        spare = round(first.template.trailing * FPS / self._profile.fps)
        if task.frames <= self._profile.longest - spare + 1:
            only = replace(first, frames=task.frames - 1, exact_end=True)
            return Plan((only,), (Cut(0, 0, task.frames),))
        begin = replace(first, kind="first_frame", template=self._template("first_frame"), images="first")
        whole = self._segments(begin, task.frames, spare=spare)
        last = replace(whole.calls[-1], kind="first_last_frame", template=first.template, images="last")
        # The last image is the very last frame, so this segment has no frame behind it.
        last = replace(last, frames=last.frames - 1, exact_end=True)
        return Plan((*whole.calls[:-1], last), whole.pieces)

    def _remixed(self, task: Task) -> Plan:
        template = self._template("remix")
        if template.source == "first_frame":
            return self._segments(Call("generate.1", "remix", template, 0, first=Cut(SOURCE, 0, 1)), task.frames)
        if task.frames < template.min_seconds * FPS:
            raise UnsupportedByBackend(
                f"Backend {self._backend} remixes videos of {template.min_seconds:g} seconds or more with "
                f"{self._profile.name}; this one has {task.frames / FPS:g}.",
                param="video",
            )
        longest = int(min(self._profile.longest, template.max_seconds * FPS))
        parts = -(-task.frames // longest)
        bounds = [task.frames * part // parts for part in range(parts + 1)]
        cuts = [Cut(SOURCE, start, end - start) for start, end in pairwise(bounds)]
        calls = [
            Call(f"remix.{number}", "remix", template, cut.frames, source=cut) for number, cut in enumerate(cuts, 1)
        ]
        return Plan(tuple(calls), tuple(Cut(number, 0, cut.frames) for number, cut in enumerate(cuts)))

    def _extended(self, task: Task) -> Plan:
        start = task.start_frame or 0
        kind = "extend_reference" if task.inputs else "extend" if self._tasks.extend else "first_frame"
        if task.inputs and self._tasks.extend_reference is None:
            raise UnsupportedByBackend(
                f"Backend {self._backend} does not extend with images: leave them out, or create a video from "
                "references (@img1).",
                param="images",
            )
        template = self._template(kind)
        call = Call("generate.1", kind, template, 0, images="all" if task.inputs else "none")
        kept, repeated = self._kept(template, start - 1)
        if kept:
            call = replace(call, source=Cut(SOURCE, start - 1 - repeated, repeated + 1), kept=kept)
        else:
            call = replace(call, first=Cut(SOURCE, start - 1, 1))
        # Its first frame repeats the head's last one, so it is skipped.
        return self._segments(call, task.seconds * FPS + repeated, head=Cut(SOURCE, 0, start), repeated=repeated)

    def _kept(self, template: TaskTemplate, before: int) -> tuple[int, int]:
        """Return how many of the model's frames a call is given, and how many at 24 per second lie between them.

        A short head has fewer; `before` frames lie before its last one.
        """
        kept, per_frame = template.kept, FPS / self._profile.fps
        while kept > 1 and round((kept - 1) * per_frame) > before:
            kept = max(1, kept - self._profile.length.step)
        return kept, round(max(0, kept - 1) * per_frame)

    def _template(self, kind: str) -> TaskTemplate:
        template: TaskTemplate | None = getattr(self._tasks, kind)
        if template is None:
            raise UnsupportedByBackend(
                f"Backend {self._backend} has no {kind.replace('_', ' ')} with {self._profile.name}; it can: "
                f"{', '.join(self.kinds()).replace('_', ' ')}.",
                param="model" if kind in ("text", "remix") else "images",
            )
        return template

    def kinds(self) -> list[str]:
        """Return the kinds of calls that this engine makes with the model."""
        return [kind for kind, _ in self._tasks.known()]

    def _too_long(self, frames: int) -> UnsupportedByBackend:
        return UnsupportedByBackend(
            f"Backend {self._backend} makes up to {self._profile.longest / FPS:g} seconds with {self._profile.name}, "
            f"and it has no first frame to continue from; {frames / FPS:g} were requested.",
            param="seconds",
        )
