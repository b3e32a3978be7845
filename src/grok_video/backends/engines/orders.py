"""From a plan's calls to what an engine is given, and from its results to the pieces of the video."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...domain.errors import GrokVideoError
from ...domain.request import FPS, Mode
from ...media.jobs import Piece
from ...ports import Job
from ..upstream.preparation import Preparer
from .profiles import Profile
from .segments import SLICES, SOURCE, Call, Cut, Plan
from .wire import Order

_TAG = re.compile(r"@(?:img|image)(\d+)", re.IGNORECASE)


class Orders:
    """One task's calls with their files, in the preparer's folder; `model` is the engine's name of its model."""

    def __init__(self, job: Job, profile: Profile, plan: Plan, prepare: Preparer, model: str | None) -> None:
        self._job = job
        self._profile = profile
        self._plan = plan
        self._prepare = prepare
        self._model = model
        self._size = profile.size_for(job.task.aspect_ratio)

    async def order(self, number: int, call: Call, step: str) -> Order:
        """Return what the engine is given for call `number`, with its images and videos cut to the model's size."""
        prepare = self._prepare
        references = call.kind in (Mode.REFERENCE.value, "extend_reference")
        size = None if references else self._size
        images = [
            await prepare.image(image, f"{number}.image.{index}", size=size)
            for index, image in enumerate(self._job.images[SLICES[call.images]])
        ]
        if (first := call.first) is not None:
            frame = await prepare.still(self.file_of(first.of), first.start, f"{number}.still")
            images.insert(0, await prepare.image(frame, f"{number}.first", size=self._size))
        source: Path | None = None
        if (cut := call.source) is not None:
            source = await prepare.part(self.file_of(cut.of), cut.start, cut.frames, f"{number}.source", self._size)
        key = f"{self._job.task.id}:{step}"
        return Order(key, call.template, self._values(number, call), tuple(images), source)

    def frames(self, call: Call) -> int:
        """Return how many frames the model makes for a call."""
        trailing = round(call.template.trailing * FPS / self._profile.fps)
        return self._profile.frames_for(call.frames + trailing, exact_end=call.exact_end)

    def file_of(self, number: int) -> Path:
        """Return the file of a call's result, or of the source."""
        if number != SOURCE:
            return self._prepare.folder / f"{number}.mp4"
        if self._job.source is None:
            raise GrokVideoError("a plan uses a source that does not exist")
        return self._job.source

    def pieces(self, facts: Mapping[int, Mapping[str, Any]]) -> tuple[Piece, ...]:
        """Return the pieces that make the video, of the facts of each call's file."""
        return tuple(self._piece(cut, facts) for cut in self._plan.pieces)

    def _piece(self, cut: Cut, facts: Mapping[int, Mapping[str, Any]]) -> Piece:
        call = self._plan.calls[cut.of] if cut.of != SOURCE else None
        speed = 1.0
        if call is not None and call.exact_end:
            # The last frame that came becomes the piece's last one.
            fact = facts[cut.of]
            speed = (fact["frames"] - 1) / fact["fps"] / ((cut.frames - 1) / FPS)
        return Piece(str(self.file_of(cut.of)), cut.frames, cut.start, speed)

    def _values(self, number: int, call: Call) -> dict[str, Any]:
        """Return the values that a template can name, but for the files."""
        task, profile, frames = self._job.task, self._profile, self.frames(call)
        width, height = self._size
        seconds = profile.seconds_of(frames)
        return {
            "prompt": _TAG.sub(lambda match: profile.tag.replace("{number}", match[1]), task.prompt),
            # A segment that repeats the seed of the one before repeats its motion.
            "seed": (task.seed + number) % 2**31,
            "model": self._model,
            "width": width,
            "height": height,
            "size": f"{width}x{height}",
            "ratio": profile.native_ratio(task.aspect_ratio).value,
            "short_side": min(width, height),
            "frames": frames,
            "fps": int(profile.fps) if profile.fps.is_integer() else profile.fps,
            "seconds": seconds,
            "whole_seconds": max(1, round(seconds)),
        }
