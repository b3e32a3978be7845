"""Preparing images and videos for an upstream."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ...domain.request import Resolution, frame_size
from ...domain.task import Task
from ...media import jobs
from ...runtime.concurrency import SpoolFolder
from ...runtime.confinement import Files
from ...runtime.sandbox import Limits, Sandbox

T = TypeVar("T")

WORK = Limits(memory_mib=1024, seconds=1200, cpu_seconds=2400, file_mib=2048)


class Preparer:
    """Crops images and cuts videos for one task, in sandbox children, into the caller's folder."""

    def __init__(self, sandbox: Sandbox, slots: asyncio.Semaphore, task: Task, spool: SpoolFolder) -> None:
        self._sandbox = sandbox
        self._slots = slots
        self._task = task
        self._spool = spool

    @property
    def folder(self) -> Path:
        """The folder of this task's files."""
        return self._spool.path

    async def image(self, image: Path, name: str, *, size: tuple[int, int] | None) -> Path:
        """Return an image as a JPEG, cropped to a size's aspect ratio and at most as large, or whole."""
        target = self.folder / f"{name}.jpg"
        await self._run([image], jobs.crop, str(image), str(target), size)
        return target

    async def still(self, video: Path, number: int, name: str) -> Path:
        """Return one frame of a video as a JPEG."""
        target = self.folder / f"{name}.jpg"
        await self._run([video], jobs.still, str(video), number, str(target))
        return target

    async def video(self, video: Path, start: int, frames: int, name: str, *, small: bool = False) -> Path:
        """Return a part of a video in the task's aspect ratio; `small` is at most 720p."""
        requested = self._task.resolution
        resolution = Resolution.P720 if small and requested is Resolution.P1080 else requested
        return await self.part(video, start, frames, name, frame_size(self._task.aspect_ratio, resolution))

    async def part(self, video: Path, start: int, frames: int, name: str, size: tuple[int, int]) -> Path:
        """Return a part of a video in any size."""
        target = self.folder / f"{name}.mp4"
        await self.join((jobs.Piece(str(video), frames, start),), target, size, "")
        return target

    async def join(self, pieces: tuple[jobs.Piece, ...], target: Path, size: tuple[int, int], comment: str) -> bool:
        """Join pieces into one video; return whether any had to be enlarged."""
        reads = [Path(piece.path) for piece in pieces]
        return await self._run(reads, jobs.splice, pieces, str(target), size, comment, target=target, sends=True)

    async def _run(
        self,
        reads: Sequence[Path],
        function: Callable[..., T],
        *args: Any,
        target: Path | None = None,
        sends: bool = False,
    ) -> T:
        # The target may be the task's own output, outside of the folder.
        writes = () if target is None else (str(target),)
        files = Files(tuple(map(str, reads)), writes, str(self.folder))
        # Any number of tasks may wait for an upstream, but no more work here at once than there are cores.
        async with self._slots:
            return await self._sandbox.run(function, *args, limits=WORK, sends=sends, files=files)


def core_slots() -> asyncio.Semaphore:
    """Return a semaphore with one slot per core."""
    return asyncio.Semaphore(os.cpu_count() or 1)


def data_uri(file: Path, media_type: str) -> str:
    """Return a file as a data URI."""
    return f"data:{media_type};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"
