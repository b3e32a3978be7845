"""Making one task with an engine: the calls in order, each result at once, and the pieces of the video."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any

import structlog

from ...domain.errors import GrokVideoError, Unavailable, UpstreamDown, UpstreamLost
from ...ports import Job, Report
from ..upstream.preparation import Preparer
from .orders import Orders
from .profiles import Profile
from .replicas import AT, Replica
from .segments import Call, Plan
from .wire import Order

if TYPE_CHECKING:
    from .backend import EngineBackend

log = structlog.get_logger()

RESUBMISSIONS = 2
# The share of a call's progress that waiting takes; the rest is downloading.
WAITING_SHARE = 0.95


class Work:
    """One task's calls, with the folder of their files."""

    def __init__(
        self, backend: EngineBackend, job: Job, report: Report, profile: Profile, plan: Plan, prepare: Preparer
    ) -> None:
        self._backend = backend
        self._report = report
        self._calls = len(plan.calls)
        # The engine may get another one while this task is made.
        self._model = backend.replicas.model
        self._orders = Orders(job, profile, plan, prepare, self._model)
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
                await asyncio.sleep(down.retry_after or replicas.ask_seconds)

    async def _submitted(self, number: int, call: Call, step: str) -> Mapping[str, Any]:
        """Make a call on the first replica that takes it, and return the facts of its result."""
        backend, replicas = self._backend, self._backend.replicas
        # Asked before anything is prepared, which may be a lot.
        await replicas.choose(self._model)
        order = await self._orders.order(number, call, step)
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
        raise UpstreamDown(retry_after=ceil(replicas.ask_seconds))

    async def _known(self, step: str, order: Order) -> tuple[Replica, str] | tuple[None, None]:
        """Return where a call with an unknown outcome is, and its id there, if the engine recognizes calls."""
        backend = self._backend
        if not backend.wire.idempotent or not await self._report.unknown_call(step):
            return None, None
        for replica in backend.replicas.all:
            try:
                found = await backend.wire.find(replica.api, order.key)
            except Unavailable:
                raise UpstreamDown(retry_after=ceil(backend.replicas.ask_seconds)) from None
            if found is not None:
                return replica, found
        return None, None

    async def _finished(self, number: int, call: Call, job_id: str) -> Mapping[str, Any]:
        """Wait for a job, download its file, and return the file's facts."""
        backend = self._backend
        # Without the replica's address, which is not the caller's business.
        self._report.record(upstream_id=job_id.partition(AT)[2], upstream_cancels=backend.wire.cancels)
        progress = partial(self._progress, number)
        estimated = None if backend.wire.measured else backend.estimate.follow(self._orders.frames(call), progress)
        try:
            state = await backend.follow(job_id, progress, self._report.preview)
            if estimated is not None:
                estimated.finished()
        finally:
            if estimated is not None:
                estimated.stop()
        self._facts[number] = await backend.fetch(job_id, state, self._orders.file_of(number))
        return self._facts[number]

    async def join(self) -> Mapping[str, Any]:
        """Join the results into the task's video; return facts for its metadata."""
        return await self._orders.join(self._facts)

    def _progress(self, number: int, percent: float) -> None:
        self._report.progress((number + WAITING_SHARE * percent / 100) / self._calls * 100)
