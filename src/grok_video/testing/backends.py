"""A backend that follows a script, and a report that records what a backend reports."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from ..backends.fake import draw
from ..domain.task import Task
from ..ports import Backend, Capabilities, Job, Report


class ScriptedBackend(Backend):
    """The Backend port: each attempt takes the next step of a script, and succeeds when the script is over.

    A step is an exception to raise, a number of seconds to work, or facts to return. `check` raises `refuses`, if
    given. `jobs` lists the jobs received, `abandoned` the upstream ids that were abandoned.
    """

    def __init__(
        self,
        *script: Exception | float | Mapping[str, Any],
        name: str = "scripted",
        capabilities: Capabilities | None = None,
        refuses: Exception | None = None,
        problem: str | None = None,
    ) -> None:
        self.name = name
        self.jobs: list[Job] = []
        self.abandoned: list[str] = []
        self._script = list(script)
        self._capabilities = capabilities or Capabilities()
        self._refuses = refuses
        self._problem = problem

    def capabilities(self, model: str) -> Capabilities | None:
        """Return the given capabilities for every model."""
        return self._capabilities

    def check(self, task: Task) -> None:
        """Raise the given refusal, if any."""
        if self._refuses is not None:
            raise self._refuses

    async def probe(self) -> str | None:
        """Return the given problem, if any."""
        return self._problem

    async def abandon(self, upstream_ids: Sequence[str]) -> None:
        """Record the upstream ids."""
        self.abandoned += upstream_ids

    async def generate(self, job: Job, report: Report) -> Mapping[str, Any]:
        """Take the next step of the script, then write a plain clip of the requested size and length."""
        self.jobs.append(job)
        step = self._script.pop(0) if self._script else {}
        if isinstance(step, Exception):
            raise step
        if isinstance(step, int | float):
            report.progress(10)
            await asyncio.sleep(step)
            step = {}
        report.progress(50)
        await asyncio.to_thread(draw, lambda _percent: None, str(job.output), job.task, {})
        report.progress(100)
        return {"understood": [], "not_understood": [], **step}

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


class RecordingReport:
    """The Report port without a ledger: records progress and facts, and makes each paid call at most once."""

    def __init__(self) -> None:
        self.percents: list[float] = []
        self.previews: list[bytes] = []
        self.facts: dict[str, Any] = {}
        self.calls: dict[str, str] = {}

    def progress(self, percent: float) -> None:
        """Record the progress, unless it would go back."""
        if not self.percents or percent > self.percents[-1]:
            self.percents.append(percent)

    def preview(self, image: bytes) -> None:
        """Record a preview."""
        self.previews.append(image)

    def record(self, **facts: Any) -> None:
        """Record facts."""
        self.facts.update(facts)

    async def unknown_call(self, step: str) -> bool:
        """Return False: nothing is unknown here."""
        return False

    async def accepted_call_id(self, step: str) -> str | None:
        """Return the id of a call that was made before, or None."""
        return self.calls.get(step)

    async def call_once(self, step: str, post: Callable[[], Awaitable[str]], *, idempotent: bool = False) -> str:
        """Make a call under this step's name once and return its id."""
        if step not in self.calls:
            self.calls[step] = await post()
        return self.calls[step]
