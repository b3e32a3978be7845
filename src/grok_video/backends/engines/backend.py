"""The Backend port on an engine: its model's profile says what it can do, its wire how that is said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import Any

import structlog

from ...domain.errors import GrokVideoError, Unavailable, UnsupportedByBackend, UpstreamDown, UpstreamTimedOut
from ...domain.request import AspectRatio, Mode, Operation
from ...domain.task import Task
from ...media import jobs
from ...ports import Backend, Capabilities, Job, Report
from ...runtime.concurrency import SpoolFolder
from ...runtime.confinement import Files as Confined
from ...runtime.sandbox import Sandbox
from ..registry import BackendContext
from ..upstream.api import Api
from ..upstream.files import Files
from ..upstream.poller import JobState, Poller
from ..upstream.preparation import Preparer, core_slots
from ..upstream.submit import submit
from .estimate import Estimate
from .options import EngineOptions
from .profiles import EngineTasks, Profile, named_profile, shipped_profiles
from .replicas import Replica, Replicas
from .segments import Plan, Planner
from .wire import Order, Wire
from .work import Work

log = structlog.get_logger()

# The engine forgets its queue when it restarts, so few jobs wait there and the others in our own queue.
JOBS_PER_REPLICA = 2
# An engine that is warming up accepts connections and says nothing.
START_SECONDS = 3.0


class EngineBackend(Backend):
    """The Backend port on one or several replicas of an engine."""

    def __init__(
        self, sandbox: Sandbox, wire: Wire, replicas: Replicas, options: EngineOptions, profile: Profile | None
    ) -> None:
        self.name = wire.name
        self.wire = wire
        self.options = options
        self.replicas = replicas
        self.sandbox = sandbox
        self.slots = core_slots()
        self.estimate = Estimate()
        self._named = profile
        self._shipped = shipped_profiles()
        self._poller = Poller(self._poll, per_second=options.polls_per_second, longest=options.poll_seconds)
        self._asking: asyncio.Task[None] | None = None

    @property
    def at_once(self) -> int:
        """How many tasks it takes at the same time."""
        return JOBS_PER_REPLICA * len(self.replicas.all)

    async def start(self) -> None:
        """Ask the engine for its model, for a moment now and then in the background until it has answered."""
        self._asking = asyncio.create_task(self._ask_until_known())
        await asyncio.wait([self._asking], timeout=START_SECONDS)

    async def _ask_until_known(self) -> None:
        await self.replicas.ask()
        while self.replicas.model is None or self.replicas.problems():
            await asyncio.sleep(self.options.ask_seconds)
            await self.replicas.ask()

    @property
    def profile(self) -> Profile | None:
        """The profile of the engine's model; None as long as the model is not known, or if there is no profile."""
        model = self.replicas.model
        if self._named is not None or model is None:
            return self._named
        return next((profile for profile in self._shipped.values() if profile.serves(model)), None)

    def capabilities(self, model: str) -> Capabilities | None:
        """Return what the engine's model can do, by its profile."""
        profile = self.profile
        tasks = profile.engines.get(self.name) if profile else None
        if profile is None or tasks is None:
            return Capabilities(remote=True, generative=True, missing=self._missing(profile))
        return capabilities_of(profile, tasks, measured=self.wire.measured)

    def _missing(self, profile: Profile | None) -> str:
        if profile is not None:
            return f"has no tasks for {self.name} in the profile of {profile.name}"
        if self.replicas.model is None:
            return (
                f"has not been reached yet, so its model is unknown; try again later, or name the model in "
                f"[backends.{self.name}]"
            )
        return (
            f"serves {self.replicas.model}, for which there is no model profile; write one and name it in "
            f"[backends.{self.name}] as profile"
        )

    def check(self, task: Task) -> None:
        """Refuse a task that no calls can make."""
        self.planned(task)

    def planned(self, task: Task) -> tuple[Profile, Plan]:
        """Return the profile and the plan of a task; raise UnsupportedByBackend if there is none."""
        profile = self.profile
        tasks = profile.engines.get(self.name) if profile else None
        if profile is None or tasks is None:
            raise UnsupportedByBackend(f"Backend {self.name} {self._missing(profile)}.", param="model")
        return profile, Planner(profile, tasks, self.name).plan(task)

    async def probe(self) -> str | None:
        """Ask every replica for its model and compare it with the profile."""
        await self.replicas.ask()
        problems = self.replicas.problems()
        profile, model = self.profile, self.replicas.model
        if not problems and profile is None:
            problems = [f"It {self._missing(None)}."]
        if not problems and profile and profile.matches and model and not profile.serves(model):
            problems = [f"It serves {model}, but the profile is that of {profile.name}."]
        return " ".join(problems) or None

    async def describe(self) -> str:
        """Return the model, its profile and licence, and each replica's version; raise Unavailable with problems."""
        profile = self.profile
        tasks = profile.engines.get(self.name) if profile else None
        if profile is None or tasks is None:
            return ""
        problems = [problem for replica in self.replicas.all for problem in await self.wire.problems(replica.api)]
        if problems:
            raise Unavailable(". ".join(problems) + ".")
        versions = {version for replica in self.replicas.all if (version := await self.wire.version_of(replica.api))}
        untested = [version for version in versions if not version.startswith(self.wire.tested)]
        told = ", ".join(sorted(versions)) or "of unknown version"
        kinds = ", ".join(Planner(profile, tasks, self.name).kinds()).replace("_", " ")
        note = f" (tested with {self.wire.tested})" if untested else ""
        return f"{self.name} {told}{note}; {profile.name}: {kinds}; licence: {profile.licence}"

    async def generate(self, job: Job, report: Report) -> Mapping[str, Any]:
        """Make the calls in order, download each result at once, and join the video."""
        if self.profile is None and self.replicas.model is None:
            await self.replicas.ask()
        if self.profile is None and self.replicas.model is None:
            raise UpstreamDown("The engine has not been reached yet.", retry_after=ceil(self.options.ask_seconds))
        profile, plan = self.planned(job.task)
        model = self.replicas.model
        with SpoolFolder() as spool:
            prepare = Preparer(self.sandbox, self.slots, job.task, spool)
            work = Work(self, job, report, profile, plan, prepare)
            for number, call in enumerate(plan.calls):
                await work.result(number, call)
            joined = await work.join()
        return {**joined, "upstream_model": model, "progress_estimated": not self.wire.measured}

    async def submit(self, replica: Replica, report: Report, step: str, order: Order, found: str | None) -> str:
        """Make a call on a replica, unless its job was found there, and return the job's id."""

        repeatable = self.options.resubmit or self.wire.idempotent

        async def post() -> str:
            return self.replicas.job_id(replica, found or await self.wire.submit(replica.api, order))

        return await submit(replica.api, report, step, post, idempotent=repeatable, waits=False)

    async def follow(
        self, job_id: str, progress: Callable[[float], None], preview: Callable[[bytes], None]
    ) -> JobState:
        """Wait for a job's end; raise the error that it ended with."""
        replica, engine_id = self.replicas.of(job_id)
        try:
            state = await self._poller.follow(job_id, progress, seconds=self.options.job_seconds, preview=preview)
        except UpstreamTimedOut:
            if self.wire.cancels:
                # Nobody waits for it any more, and it keeps the others waiting.
                with suppress(GrokVideoError):
                    await self.wire.cancel(replica.api, engine_id)
            raise
        self.wire.check(state, replica.api)
        return state

    async def _poll(self, job_id: str) -> JobState:
        replica, engine_id = self.replicas.of(job_id)
        return await self.wire.poll(replica.api, engine_id)

    async def fetch(self, job_id: str, state: JobState, target: Path) -> Mapping[str, Any]:
        """Download a finished job's file at once and return its facts."""
        replica, engine_id = self.replicas.of(job_id)
        await replica.files.fetch(self.wire.result_url(replica.api, engine_id, state), target)
        async with self.slots:
            return await self.sandbox.run(jobs.facts, str(target), files=Confined((str(target),)))

    async def abandon(self, upstream_ids: Sequence[str]) -> None:
        """Stop the jobs, if the engine can."""
        if not self.wire.cancels:
            return
        jobs_of = [self.replicas.of(job_id) for job_id in upstream_ids]
        stopping = [self.wire.cancel(replica.api, engine_id) for replica, engine_id in jobs_of]
        for end in await asyncio.gather(*stopping, return_exceptions=True):
            if isinstance(end, BaseException):
                log.warning("a job could not be stopped at the engine", reason=str(end))

    async def close(self) -> None:
        """Close the connections."""
        if self._asking is not None:
            self._asking.cancel()
        await self._poller.close()
        await self.wire.close()
        await self.replicas.close()


def capabilities_of(profile: Profile, tasks: EngineTasks, *, measured: bool) -> Capabilities:
    """Return what a model can do over an engine, as data."""
    modes = {mode for mode in Mode if getattr(tasks, mode.value) is not None}
    operations = {
        Operation.CREATE: bool(modes),
        Operation.REMIX: tasks.remix is not None,
        Operation.EXTEND: tasks.first_frame is not None or tasks.extend is not None,
    }
    images = [1] if tasks.first_frame else [0]
    images += [2] if tasks.first_last_frame else []
    images += [tasks.reference.max_images] if tasks.reference else []
    return Capabilities(
        native_resolutions=profile.native_resolutions,
        native_aspect_ratios=tuple(ratio for ratio in AspectRatio if ratio in profile.sizes),
        operations=frozenset(operation for operation, able in operations.items() if able),
        modes=frozenset(modes),
        max_seconds=15 if tasks.first_frame else min(15, profile.longest // 24),
        max_images=max(images),
        audio=profile.sound,
        remote=True,
        generative=True,
        engine_model=profile.name,
        licence=profile.licence,
        progress_measured=measured,
    )


def create_engine(
    context: BackendContext, wire: Wire, options: EngineOptions, profile: Profile | None = None
) -> EngineBackend:
    """Return the backend of an engine with these options, and the profile that they name if none is given."""
    if profile is None and options.profile:
        profile = named_profile(options.profile)

    def replica(url: str) -> Replica:
        api = Api(url, options.api_key, per_minute=options.requests_per_minute, free_path=wire.free_path)
        return Replica(api, wire.model_of, Files(context.fetcher, url, api.headers, options.max_file_mib << 20))

    replicas = Replicas([replica(url) for url in options.base_urls], options.model, ask_seconds=options.ask_seconds)
    return EngineBackend(context.sandbox, wire, replicas, options, profile)
