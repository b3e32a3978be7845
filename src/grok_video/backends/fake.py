"""Plain clips of the right size for tests and load, with delays and failures on request.

The caller's metadata says what it should do: `fake_delay` (seconds), `fake_fail` (`rejected`,
`unavailable`, `crash`, `memory`, `wrong_size`), `fake_fail_attempts` (fail only the first n attempts), `fake_preview`
(an image in base64, shown while it works), `fake_call` (send it to an upstream that accepts everything first).
"""

from __future__ import annotations

import os
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..domain.errors import Rejected, Unavailable
from ..domain.request import FPS
from ..domain.task import Task
from ..media.encode import SAMPLE_RATE, Mp4Writer
from ..ports import Backend, Capabilities, Job, Report
from ..runtime.confinement import Files
from ..runtime.sandbox import Sandbox
from .registry import BackendContext

STEP_SECONDS = 0.05


class FakeBackend(Backend):
    """The Backend port for tests: a bar that moves over one colour."""

    name = "fake"

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def capabilities(self, model: str) -> Capabilities | None:
        """Serve every model."""
        return Capabilities(references_beside_first_frame=True)

    async def generate(self, job: Job, report: Report) -> Mapping[str, Any]:
        """Write a clip of the requested size and length in a child."""
        options = dict(job.task.metadata)
        if "fake_preview" in options:
            report.preview(b64decode(options["fake_preview"]))
        if job.task.attempt <= int(options.get("fake_fail_attempts", 99)):
            _fail(options.get("fake_fail"))
        else:
            options.pop("fake_fail", None)
        if "fake_call" in options:
            await report.call_once("generate", _accept)
        output = str(job.output)
        return await self._sandbox.run(
            draw, output, job.task, options, on_message=report.progress, sends=True, files=Files(writes=(output,))
        )

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


def create(context: BackendContext) -> FakeBackend:
    """Return the backend (entry point)."""
    return FakeBackend(context.sandbox)


async def _accept() -> str:
    return "fake"


def _fail(failure: str | None) -> None:
    if failure == "rejected":
        raise Rejected("The fake backend was asked to reject this.")
    if failure == "unavailable":
        raise Unavailable("The fake backend was asked to be unavailable.", retry_after=1)


def draw(send: Callable[[Any], None], path: str, task: Task, options: Mapping[str, str]) -> dict[str, Any]:
    """Draw a bar that moves over one colour; runs in a child."""
    failure = options.get("fake_fail")
    if failure == "crash":
        os.abort()
    if failure == "memory":
        return {"bytes": len(bytearray(64 << 30))}
    delay, started = float(options.get("fake_delay", 0)), time.monotonic()
    while (passed := time.monotonic() - started) < delay:
        send(90 * passed / delay)
        time.sleep(STEP_SECONDS)
    width, height = (task.width, task.height) if failure != "wrong_size" else (task.height, task.width)
    with Mp4Writer(path, width, height, preset="ultrafast", crf=35) as writer:
        frame = np.full((height * 3 // 2, width), 128, np.uint8)
        for number in range(task.frames):
            frame[:height] = 40 + task.seed % 160
            left = (width - 32) * number // max(1, task.frames - 1)
            frame[:height, left : left + 32] = 235
            writer.frame(frame)
        writer.sound(np.zeros((task.frames * SAMPLE_RATE // FPS, 2), np.int16))
    send(100)
    return {"understood": [], "not_understood": []}
