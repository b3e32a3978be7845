"""Taking in images and source videos: fetched through the guard, decoded in the sandbox, stored (decision 0010).

Workers never see the original files.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from .domain.errors import BackendError, FetchFailed, InvalidImage
from .domain.media import image_key, inputs_prefix, source_key
from .domain.request import FPS, FileRef, Source, StoredSource, TaskRef, Upload, Url
from .domain.task import StoredInput
from .media import jobs
from .ports import Storage
from .runtime.concurrency import in_thread, spool_folder
from .runtime.confinement import Files
from .runtime.fairness import FairSlots
from .runtime.fetch import Fetcher
from .runtime.sandbox import Limits, Sandbox

T = TypeVar("T")

MAX_VIDEO_BYTES = 200 * 1024 * 1024
DECODE = Limits(memory_mib=768, seconds=20, cpu_seconds=20, file_mib=64)
DECODE_VIDEO = Limits(memory_mib=1024, seconds=120, cpu_seconds=120, file_mib=256)
TOTAL_SECONDS = 15.0
# Slots that one owner's files, of at most as many at once as there are cores, leave to others.
SPARE_SLOTS = 2


class SandboxedIntake:
    """The Intake port."""

    def __init__(self, *, storage: Storage, sandbox: Sandbox, fetcher: Fetcher) -> None:
        self._storage = storage
        self._sandbox = sandbox
        self._fetcher = fetcher
        cores = os.cpu_count() or 1
        self._decoding = FairSlots(cores + SPARE_SLOTS, cores)

    async def admit_images(self, sources: Sequence[Source], task_id: UUID, owner: str) -> tuple[StoredInput, ...]:
        """Store images as `inputs/<task>/<n>.png`, in the caller's order."""
        if not sources:
            return ()
        with spool_folder() as name:
            folder = Path(name)
            files = await self._collect(sources, folder, jobs.MAX_IMAGE_BYTES, owner)
            return tuple([
                await self._admit_image(file, source.param, image_key(task_id, number), folder, owner)
                for number, (file, source) in enumerate(zip(files, sources, strict=True), start=1)
            ])  # fmt: skip

    async def _admit_image(self, file: Path, param: str, key: str, folder: Path, owner: str) -> StoredInput:
        decoded = folder / "decoded.png"
        try:
            width, height = await self._decode(owner, folder, jobs.decode_image, str(file), str(decoded), param)
        except BackendError as error:
            raise InvalidImage(f"{param} cannot be decoded safely: {error.message}", param=param) from None
        await self._storage.put(key, decoded)
        return StoredInput(key, width, height)

    async def admit_video(self, source: Source, task_id: UUID, owner: str) -> StoredInput:
        """Store a source video as `inputs/<task>/source`, with its probed facts."""
        with spool_folder() as name:
            folder = Path(name)
            (file,) = await self._collect([source], folder, MAX_VIDEO_BYTES, owner)
            decoded = folder / "decoded.mp4"
            try:
                facts = await self._decode(
                    owner, folder, jobs.admit_source, str(file), str(decoded), source.param, limits=DECODE_VIDEO
                )
            except BackendError as error:
                message = f"{source.param} cannot be read safely: {error.message}"
                raise InvalidImage(message, param=source.param) from None
            key = source_key(task_id)
            await self._storage.put(key, decoded)
            width, height, frames = facts
            return StoredInput(key, width, height, seconds=frames / FPS, frames=frames)

    async def _decode(
        self, owner: str, folder: Path, function: Callable[..., T], *args: str, limits: Limits = DECODE
    ) -> T:
        """Decode in a child that is confined to a folder; there are few at once, however many files clients send."""
        async with self._decoding.hold(owner):
            return await self._sandbox.run(function, *args, limits=limits, files=Files(folder=str(folder)))

    async def discard(self, task_id: UUID) -> None:
        """Delete what was stored for a refused task."""
        await self._storage.delete(inputs_prefix(task_id))

    async def _collect(self, sources: Sequence[Source], folder: Path, max_bytes: int, owner: str) -> list[Path]:
        files = [folder / f"{number}.original" for number in range(len(sources))]
        copies = [
            asyncio.create_task(self._copy(source, file, max_bytes, owner))
            for source, file in zip(sources, files, strict=True)
        ]
        try:
            done, late = await asyncio.wait(copies, timeout=TOTAL_SECONDS, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            # No copy may still write into the folder when it is deleted.
            for copy in copies:
                copy.cancel()
            await asyncio.gather(*copies, return_exceptions=True)
        for copy in copies:
            if copy in done and (error := copy.exception()):
                raise error
        if late:
            raise FetchFailed("The images took longer than 15 seconds to fetch.", param=sources[0].param)
        return files

    async def _copy(self, source: Source, file: Path, max_bytes: int, owner: str) -> None:
        match source:
            case Url():
                await self._fetcher.download(source.url, file, max_bytes=max_bytes, param=source.param, owner=owner)
            case Upload(size=size) | StoredSource(size=size) if size > max_bytes:
                raise InvalidImage(
                    f"{source.param} has {size} bytes; at most {max_bytes} are allowed.", param=source.param
                )
            case Upload(data=bytes(data)):
                await in_thread(partial(file.write_bytes, data))
            case Upload(path=str(path)):
                await in_thread(partial(shutil.copyfile, path, file))
            case StoredSource(key=key):
                try:
                    await self._storage.fetch(key, file)
                except FileNotFoundError:
                    raise InvalidImage(f"{source.param}: the file is gone.", param=source.param) from None
            case Upload() | TaskRef() | FileRef():
                raise InvalidImage(f"{source.param} is not an image or video.", param=source.param)
