"""The animatic: procedural previz on a plain CPU, without model weights. It is not generative AI and says so."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from ...domain.errors import InvalidOptions, Unavailable
from ...domain.request import FPS
from ...domain.task import Task
from ...ports import Backend, Capabilities, Job, Report
from ...runtime.chat import ChatModel, ChatOptions
from ...runtime.confinement import Files
from ...runtime.sandbox import Limits, Sandbox
from ..registry import BackendContext
from .director import Director
from .figures.fonts import wide_font
from .plan import Film, assignment_of, check_scene, plan_film, read_prompt, scene_of

log = structlog.get_logger()
READ_FRAMES = 6 * FPS


class AnimaticBackend(Backend):
    """The Backend port: reads the prompt in the server, and draws and encodes in a sandbox child."""

    name = "animatic"

    def __init__(self, sandbox: Sandbox, limits: Limits, director: Director | None = None) -> None:
        self._sandbox = sandbox
        self._limits = limits
        self._director = director

    def capabilities(self, model: str) -> Capabilities | None:
        """Serve every model, without exceptions."""
        return Capabilities(scenes=True, references_beside_first_frame=True, previews=True)

    def check(self, task: Task) -> None:
        """Check the scene that came with a task; raise InvalidValue."""
        check_scene(task)

    def scene(self, task: Task) -> Mapping[str, Any] | None:
        """Return a completed task's scene, or None if it shows images or foreign footage."""
        return scene_of(task)

    def read(self, prompt: str, seed: int) -> Mapping[str, Any]:
        """Return the words that are understood and not, what is shown as something near, and the scene of 6 seconds."""
        return read_prompt(prompt, seed, READ_FRAMES)

    async def generate(self, job: Job, report: Report) -> Mapping[str, Any]:
        """Make the video that the task asks for."""
        scene, directed = await self._scene(job)
        planned, facts = await asyncio.to_thread(plan_film, job, scene)
        reads = [
            *map(str, job.images),
            *([str(job.source)] if job.source else []),
            *([font] if (font := wide_font()) else []),
        ]
        files = Files(tuple(reads), (str(job.output),))

        def told(message: Any) -> None:
            if isinstance(message, str):
                report.preview(b64decode(message))
            else:
                report.progress(message)

        await self._sandbox.run(make, planned, limits=self._limits, on_message=told, sends=True, files=files)
        return {**facts, **directed, "generative": False}

    async def _scene(self, job: Job) -> tuple[Mapping[str, Any] | None, Mapping[str, Any]]:
        """Return the scene to draw, None for what the prompt says, and the facts about its director."""
        assignment = assignment_of(job) if self._director and job.task.scene is None else None
        if self._director is None or assignment is None:
            return job.task.scene, {}
        try:
            return await self._director.scene(assignment), {"director": self._director.name}
        except Unavailable as error:
            log.warning("no scene by the director", task=str(job.task.id), reason=error.message)
            return None, {"director": None, "director_error": error.message}

    async def close(self) -> None:
        """Close the director's connections."""
        if self._director is not None:
            await self._director.close()


def make(send: Callable[[Any], None], planned: Film) -> None:
    """Make a planned video; only the child loads what draws and encodes."""
    from .film import make_film

    make_film(send, planned)


def create(context: BackendContext) -> AnimaticBackend:
    """Return the backend (entry point)."""
    context.sandbox.preload("grok_video.backends.animatic.film")
    memory = int(context.options.get("memory_mib", "1024"))
    return AnimaticBackend(context.sandbox, Limits(memory_mib=memory, seconds=1800), _director(context.options))


def _director(options: Mapping[str, Any]) -> Director | None:
    if not options.get("director"):
        return None
    for name in ("llm_base_url", "llm_model"):
        if not options.get(name):
            raise InvalidOptions(f"The director needs a text model: set GROK_VIDEO_{name.upper()}.")
    model = ChatOptions(options["llm_base_url"], options["llm_model"], options.get("llm_api_key"))
    return Director(ChatModel(model))


def drawing_problem() -> str | None:
    """Return why no figure can be drawn, or None; loads the drawing libraries, so a server must not call it."""
    try:
        from .figures.art import rasterise
        from .figures.catalog import has_art

        rasterise("🐈", 32)
        return None if has_art("🐈") else "Twemoji's art is missing"
    except (ImportError, OSError, ValueError) as error:
        return str(error)
