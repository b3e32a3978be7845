"""Pictures and videos on their way to an upstream."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ...domain.request import Resolution, frame_size
from ...domain.task import Task
from ...media import jobs
from ...media.sandbox import Limits, Sandbox

T = TypeVar("T")

WORK = Limits(memory_mib=1024, seconds=1200)


class Preparer:
    """Cuts pictures and videos for one task, in sandbox children, into a folder of the caller's."""

    def __init__(self, sandbox: Sandbox, places: asyncio.Semaphore, task: Task, folder: Path) -> None:
        self._sandbox = sandbox
        self._places = places
        self._task = task
        self.folder = folder

    async def picture(self, picture: Path, name: str, *, whole: bool = False) -> Path:
        """Give a picture as a JPEG, cut to the task's shape or `whole`."""
        target = self.folder / f"{name}.jpg"
        shape = None if whole else (self._task.width, self._task.height)
        await self._run(jobs.cropped, str(picture), str(target), shape)
        return target

    async def still(self, video: Path, number: int, name: str) -> Path:
        """Give one frame of a video as a JPEG."""
        target = self.folder / f"{name}.jpg"
        await self._run(jobs.still, str(video), number, str(target))
        return target

    async def video(self, video: Path, start: int, frames: int, name: str, *, small: bool = False) -> Path:
        """Give a part of a video in the task's shape, `small` at 720p whatever was asked."""
        target = self.folder / f"{name}.mp4"
        tier = Resolution.P720 if small else self._task.resolution
        piece = jobs.Piece(str(video), frames, start)
        await self.join((piece,), target, frame_size(self._task.aspect_ratio, tier), "")
        return target

    async def join(self, pieces: tuple[jobs.Piece, ...], target: Path, size: tuple[int, int], comment: str) -> bool:
        """Put pieces together; tell whether any had to be enlarged."""
        return await self._run(jobs.splice, pieces, str(target), size, comment, sends=True)

    async def _run(self, function: Callable[..., T], *args: Any, sends: bool = False) -> T:
        # Any number of tasks may wait for an upstream; those that work here are no more than there are cores.
        async with self._places:
            return await self._sandbox.run(function, *args, limits=WORK, sends=sends)


def cores() -> asyncio.Semaphore:
    """Give as many places for work here as there are cores."""
    return asyncio.Semaphore(os.cpu_count() or 1)


def data_uri(file: Path, kind: str) -> str:
    """Give a file as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"
