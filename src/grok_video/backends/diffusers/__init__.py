"""Wan and LTX-2 by diffusers, on one GPU: a child process keeps one pipeline loaded and makes one video at a time.

The process that accepts requests needs neither torch nor diffusers; only a worker that makes the videos does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...domain.errors import InvalidOptions, Unavailable, UnsupportedByBackend
from ...domain.task import Task
from ...ports import Backend, Capabilities, Job, Report
from ...runtime.concurrency import SpoolFolder
from ...runtime.sandbox import Sandbox
from ..engines.backend import capabilities_of
from ..engines.orders import Orders
from ..engines.profiles import Profile, TaskTemplate, named_profile
from ..engines.segments import Call, Plan, Planner
from ..engines.templates import fill
from ..engines.wire import Order
from ..registry import BackendContext
from ..upstream.preparation import Preparer, core_slots
from .options import ENGINE, DiffusersOptions, tasks_with
from .process import PipelineProcess

NEEDED = ("torch", "diffusers", "transformers", "accelerate")
# The share of a call's progress that its steps take; the rest is decoding and encoding.
STEPS_SHARE = 0.95


class DiffusersBackend(Backend):
    """The Backend port on pipelines of diffusers in a child process."""

    name = ENGINE

    def __init__(self, sandbox: Sandbox, options: DiffusersOptions, profile: Profile) -> None:
        tasks = profile.engines.get(ENGINE)
        if tasks is None:
            raise InvalidOptions(f"The profile of {profile.name} has no tasks for diffusers.")
        self._sandbox = sandbox
        self._slots = core_slots()
        self._profile = profile
        self._weights = options.weights_of(profile)
        self._tasks = tasks_with(tasks, self._weights)
        self._all_tasks = tasks
        self._process = PipelineProcess(device=options.device, seconds=options.job_seconds)

    @property
    def at_once(self) -> int:
        """One: there is one pipeline."""
        return 1

    @property
    def lacks(self) -> str | None:
        """What has to be installed before a worker can make videos."""
        missing = [name for name in NEEDED if find_spec(name) is None]
        if not missing:
            return None
        return f"missing packages: {', '.join(missing)}; install with: pip install 'grok-video[diffusers]'"

    def capabilities(self, model: str) -> Capabilities | None:
        """Return what the profile can do with the weights that there are."""
        return capabilities_of(self._profile, self._tasks, measured=True)

    def check(self, task: Task) -> None:
        """Refuse a task that no calls can make."""
        self._planned(task)

    def _planned(self, task: Task) -> Plan:
        try:
            return Planner(self._profile, self._tasks, self.name).plan(task)
        except UnsupportedByBackend as refused:
            missing = {template.weights for _, template in self._all_tasks.known()} - self._weights.keys()
            if not missing:
                raise
            message = f"{refused.message} It has no weights: {', '.join(sorted(missing))}."
            raise UnsupportedByBackend(message, param=refused.param) from None

    async def describe(self) -> str:
        """Return the versions, the device and what the pipelines can do; raise Unavailable with problems."""
        if (lacks := self.lacks) is not None:
            raise Unavailable(f"{lacks}.")
        tasks = [
            {**self._loaded(task), "kind": kind, "arguments": list(task.fields)} for kind, task in self._tasks.known()
        ]
        told = await self._process.ask({"do": "describe", "tasks": tasks})
        if told["problems"]:
            raise Unavailable(" ".join(told["problems"]))
        kinds = ", ".join(kind for kind, _ in self._tasks.known()).replace("_", " ")
        return (
            f"diffusers {told['diffusers']}, torch {told['torch']}, {told['device']}; {self._profile.name}: {kinds}; "
            f"licence: {self._profile.licence}"
        )

    async def generate(self, job: Job, report: Report) -> Mapping[str, Any]:
        """Make the calls in order and join the video."""
        plan = self._planned(job.task)
        with SpoolFolder() as spool:
            prepare = Preparer(self._sandbox, self._slots, job.task, spool)
            orders = Orders(job, self._profile, plan, prepare, self._profile.name)
            facts: dict[int, Mapping[str, Any]] = {}
            for number, call in enumerate(plan.calls):
                order = await orders.order(number, call, call.step)
                request = self._request(order, call, orders.frames(call), orders.file_of(number))
                progress = partial(self._progress, report, number, len(plan.calls))
                facts[number] = await self._process.ask(request, progress)
            joined = await orders.join(facts)
        return {
            **joined,
            "upstream_model": self._profile.name,
            "offload": facts[len(plan.calls) - 1]["offload"],
            "progress_estimated": False,
        }

    def _request(self, order: Order, call: Call, frames: int, output: Path) -> dict[str, Any]:
        """Return what the child is asked to do; files are named in tables that it opens."""
        template = order.template
        images = tuple({"image": str(image)} for image in order.images)
        source = {"video": str(order.source), "frames": call.kept or frames} if order.source else None
        return {
            "do": "make",
            **self._loaded(template),
            "arguments": fill(template.fields, order.with_media(images, source)),
            "seed": order.values["seed"],
            "size": [order.values["width"], order.values["height"]],
            "frames": frames,
            "trailing": template.trailing,
            "fps": self._profile.fps,
            "output": str(output),
        }

    def _loaded(self, template: TaskTemplate) -> dict[str, Any]:
        name = template.weights
        return {"pipeline": template.pipeline, "weights": {"name": name, **self._weights[name].model_dump(mode="json")}}

    @staticmethod
    def _progress(report: Report, number: int, calls: int, percent: float) -> None:
        report.progress((number + STEPS_SHARE * percent / 100) / calls * 100)

    async def close(self) -> None:
        """End the child process."""
        await self._process.close()


def create(context: BackendContext) -> DiffusersBackend:
    """Return the backend (entry point)."""
    options = DiffusersOptions.read(ENGINE, context.options)
    return DiffusersBackend(context.sandbox, options, named_profile(options.profile))
