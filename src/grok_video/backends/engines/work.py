"""Making one task with an engine: the calls in order, each result at once, and the pieces of the video."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from ...domain.errors import GrokVideoError, Unavailable, UpstreamDown, UpstreamLost
from ...domain.request import FPS, Mode
from ...media.jobs import Piece
from ...ports import Job, Report
from ..upstream.preparation import Preparer
from .profiles import Profile
from .replicas import ASK_AGAIN_SECONDS, AT, Replica
from .segments import SLICES, SOURCE, Call, Cut, Plan
from .wire import Order

if TYPE_CHECKING:
    from .backend import EngineBackend

log = structlog.get_logger()

RESUBMISSIONS = 2
# The share of a call's progress that waiting takes; the rest is downloading.
WAITING_SHARE = 0.95
_TAG = re.compile(r"@(?:img|image)(\d+)", re.IGNORECASE)


class Work:
    """One task's calls, with the folder of their files."""

    def __init__(
        self, backend: EngineBackend, job: Job, report: Report, profile: Profile, plan: Plan, prepare: Preparer
    ) -> None:
        self._backend = backend
        self._job = job
        self._report = report
        self._profile = profile
        self._plan = plan
        self._prepare = prepare
        self._size = profile.size_for(job.task.aspect_ratio)
        # The engine may get another one while this task is made.
        self._model = backend.replicas.model
        self._facts: dict[int, Mapping[str, Any]] = {}

    async def result(self, number: int, call: Call) -> Mapping[str, Any]:
        """Download a call's result to its file and return the file's facts."""
        for attempt in range(RESUBMISSIONS + 1):
            try:
                return await self._attempt(number, call, call.step if attempt == 0 else f"{call.step}.{attempt + 1}")
            except UpstreamLost as lost:
                if not self._backend.options.resubmit or attempt == RESUBMISSIONS:
                    raise
                log.warning("the engine lost a job; it is submitted again", step=call.step, reason=lost.message)
        raise GrokVideoError("a call has neither a result nor an error")

    async def _attempt(self, number: int, call: Call, step: str) -> Mapping[str, Any]:
        replicas, report = self._backend.replicas, self._report
        job_id = await report.accepted_call_id(step)
        if job_id is not None:
            with replicas.waiting_on(replicas.of(job_id)[0]):
                return await self._finished(number, call, job_id)
        while True:
            try:
                return await self._submitted(number, call, step)
            except UpstreamDown as down:
                if number == 0:
                    raise
                # The parts before exist here only: they are not worth losing while the engine is away.
                log.warning("waiting for the engine between two parts", reason=down.message)
                await asyncio.sleep(down.retry_after or ASK_AGAIN_SECONDS)

    async def _submitted(self, number: int, call: Call, step: str) -> Mapping[str, Any]:
        """Make a call on the first replica that takes it, and return the facts of its result."""
        backend, replicas = self._backend, self._backend.replicas
        # Asked before anything is prepared, which may be a lot.
        await replicas.choose(self._model)
        order = await self._order(number, call, step)
        known, found = await self._known(step, order)
        for _ in replicas.all:
            replica = known or await replicas.choose(self._model)
            with replicas.waiting_on(replica):
                try:
                    job_id = await backend.submit(replica, self._report, step, order, found)
                except UpstreamDown as down:
                    log.warning("a replica takes no calls", replica=replica.api.base_url, reason=down.message)
                    continue
                return await self._finished(number, call, job_id)
        raise UpstreamDown(retry_after=round(ASK_AGAIN_SECONDS))

    async def _known(self, step: str, order: Order) -> tuple[Replica, str] | tuple[None, None]:
        """Return where a call with an unknown outcome is, and its id there, if the engine recognizes calls."""
        backend = self._backend
        if not backend.wire.idempotent or not await self._report.unknown_call(step):
            return None, None
        for replica in backend.replicas.all:
            try:
                found = await backend.wire.find(replica.api, order.key)
            except Unavailable:
                raise UpstreamDown(retry_after=round(ASK_AGAIN_SECONDS)) from None
            if found is not None:
                return replica, found
        return None, None

    async def _finished(self, number: int, call: Call, job_id: str) -> Mapping[str, Any]:
        """Wait for a job, download its file, and return the file's facts."""
        backend = self._backend
        # Without the replica's address, which is not the caller's business.
        self._report.record(upstream_id=job_id.partition(AT)[2], upstream_cancels=backend.wire.cancels)
        progress = partial(self._progress, number)
        estimated = None if backend.wire.measured else backend.estimate.follow(self._frames(call), progress)
        try:
            state = await backend.follow(job_id, progress)
            if estimated is not None:
                estimated.finished()
        finally:
            if estimated is not None:
                estimated.stop()
        self._facts[number] = await backend.fetch(job_id, state, self._file_of(number))
        return self._facts[number]

    def pieces(self) -> tuple[Piece, ...]:
        """Return the pieces that make the video."""
        return tuple(self._piece(cut) for cut in self._plan.pieces)

    def _piece(self, cut: Cut) -> Piece:
        call = self._plan.calls[cut.of] if cut.of != SOURCE else None
        speed = 1.0
        if call is not None and call.exact_end:
            # The last frame that came becomes the piece's last one.
            facts = self._facts[cut.of]
            speed = (facts["frames"] - 1) / facts["fps"] / ((cut.frames - 1) / FPS)
        return Piece(str(self._file_of(cut.of)), cut.frames, cut.start, speed)

    def _file_of(self, number: int) -> Path:
        if number != SOURCE:
            return self._prepare.folder / f"{number}.mp4"
        if self._job.source is None:
            raise GrokVideoError("a plan uses a source that does not exist")
        return self._job.source

    def _frames(self, call: Call) -> int:
        return self._profile.frames_for(call.frames, exact_end=call.exact_end)

    def _progress(self, number: int, percent: float) -> None:
        self._report.progress((number + WAITING_SHARE * percent / 100) / len(self._plan.calls) * 100)

    async def _order(self, number: int, call: Call, step: str) -> Order:
        prepare = self._prepare
        references = call.kind in (Mode.REFERENCE.value, "extend_reference")
        size = None if references else self._size
        images = [
            await prepare.image(image, f"{number}.image.{index}", size=size)
            for index, image in enumerate(self._job.images[SLICES[call.images]])
        ]
        if (first := call.first) is not None:
            frame = await prepare.still(self._file_of(first.of), first.start, f"{number}.still")
            images.insert(0, await prepare.image(frame, f"{number}.first", size=self._size))
        source: Path | None = None
        if (cut := call.source) is not None:
            source = await prepare.part(self._file_of(cut.of), cut.start, cut.frames, f"{number}.source", self._size)
        key = f"{self._job.task.id}:{step}"
        return Order(key, call.template, self._values(number, call), tuple(images), source)

    def _values(self, number: int, call: Call) -> dict[str, Any]:
        """Return the values that a template can name, but for the files."""
        task, profile, frames = self._job.task, self._profile, self._frames(call)
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
