"""A third-party backend: every video shows a colour made from the prompt, with pulsing brightness."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grok_video.backends.registry import BackendContext
from grok_video.domain.request import Mode, Operation
from grok_video.domain.task import Task
from grok_video.media.encode import SAMPLE_RATE, Mp4Writer
from grok_video.ports import Backend, Capabilities, Job, Report
from grok_video.runtime.confinement import Files
from grok_video.runtime.sandbox import Sandbox


class PulseBackend(Backend):
    """Renders text to video only; requests for anything else are rejected before they are queued."""

    name = "pulse"

    def __init__(self, sandbox: Sandbox, depth: float) -> None:
        self._sandbox = sandbox
        self._depth = depth

    def capabilities(self, model: str) -> Capabilities | None:
        return Capabilities(operations=frozenset({Operation.CREATE}), modes=frozenset({Mode.TEXT}), max_images=0)

    async def generate(self, job: Job, report: Report) -> Mapping[str, Any]:
        # The child can be killed and has a memory limit; its messages are percentages.
        output = str(job.output)
        await self._sandbox.run(
            draw, output, job.task, self._depth, on_message=report.progress, sends=True, files=Files(writes=(output,))
        )
        return {"understood": [], "not_understood": job.task.prompt.split()}


def draw(send: Callable[[float], None], path: str, task: Task, depth: float) -> None:
    """Encode I420 frames: a plane of brightness, and two planes of colour of half the width and height."""
    colour = hashlib.sha256(task.prompt.encode()).digest()
    with Mp4Writer(path, task.width, task.height) as writer:
        frame = np.empty((task.height * 3 // 2, task.width), np.uint8)
        chroma = frame[task.height :].reshape(2, -1)
        chroma[0], chroma[1] = colour[0], colour[1]
        for number in range(task.frames):
            frame[: task.height] = round(128 + 90 * depth * math.sin(2 * math.pi * number / 48))
            writer.frame(frame)
            send(100 * number / task.frames)
        writer.sound(np.zeros((task.frames * SAMPLE_RATE // 24, 2), np.int16))


def create(context: BackendContext) -> PulseBackend:
    """Return the backend; `context.options` is the table [backends.pulse] of the settings file."""
    return PulseBackend(context.sandbox, float(context.options.get("depth", 1.0)))
