"""The animatic: procedural previz on a plain CPU, without weights. It is not generative AI and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from ...media.sandbox import Limits, Sandbox
from ...ports import Backend, Capabilities, Job, Report
from ..registry import BackendContext
from .plan import Film, plan_film


class AnimaticBackend(Backend):
    """The Backend port: reads the prompt here, draws and encodes in a sandbox child."""

    name = "animatic"

    def __init__(self, sandbox: Sandbox, limits: Limits) -> None:
        self._sandbox = sandbox
        self._limits = limits

    def capabilities(self, model: str) -> Capabilities | None:
        """Serve every model, with everything."""
        return Capabilities()

    async def generate(self, job: Job, report: Report) -> Mapping[str, Any]:
        """Make the film that the task asks for."""
        planned, facts = await asyncio.to_thread(plan_film, job)
        await self._sandbox.run(make, planned, limits=self._limits, on_message=report.progress, sends=True)
        return {**facts, "generative": False}

    async def close(self) -> None:
        """Hold nothing."""


def make(send: Callable[[Any], None], planned: Film) -> None:
    """Make a planned film; only the child loads what draws and encodes."""
    from .film import make_film

    make_film(send, planned)


def create(context: BackendContext) -> AnimaticBackend:
    """Make the backend: the entry point."""
    context.sandbox.preload("grok_video.backends.animatic.film")
    memory = int(context.options.get("memory_mib", "1024"))
    return AnimaticBackend(context.sandbox, Limits(memory_mib=memory, seconds=1800))
