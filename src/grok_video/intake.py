"""Takes pictures and source videos in: fetched through the guard, decoded once in the sandbox, stored.

Workers never see an original (decisions.md: Intake and requests).
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from .domain.errors import BackendError, FetchFailed, InvalidImage
from .domain.request import Source, TaskRef, Upload, Url
from .domain.task import StoredInput
from .media import clip, images
from .media.fetch import Fetcher
from .media.sandbox import Limits, Sandbox
from .ports import Storage

MAX_VIDEO_BYTES = 200 * 1024 * 1024
DECODE = Limits(memory_mib=768, seconds=20)
TOTAL_SECONDS = 15.0


class SandboxedIntake:
    """The Intake port."""

    def __init__(self, *, storage: Storage, sandbox: Sandbox, fetcher: Fetcher) -> None:
        self._storage = storage
        self._sandbox = sandbox
        self._fetcher = fetcher

    async def admit_images(self, sources: Sequence[Source], task_id: UUID) -> tuple[StoredInput, ...]:
        """Store pictures as `inputs/<task>/<n>.png`, in the caller's order."""
        if not sources:
            return ()
        with tempfile.TemporaryDirectory(prefix="grok-video-") as name:
            folder = Path(name)
            files = await self._collect(sources, folder, images.MAX_BYTES)
            return tuple([
                await self._admit_image(file, source.param, f"inputs/{task_id}/{number}.png", folder)
                for number, (file, source) in enumerate(zip(files, sources, strict=True), start=1)
            ])  # fmt: skip

    async def _admit_image(self, file: Path, param: str, key: str, folder: Path) -> StoredInput:
        decoded = folder / "decoded.png"
        try:
            width, height = await self._sandbox.run(
                images.decode_picture, str(file), str(decoded), param, limits=DECODE
            )
        except BackendError as error:
            raise InvalidImage(f"{param} can not be decoded safely: {error.message}", param=param) from None
        await self._storage.put(key, decoded)
        return StoredInput(key, width, height)

    async def admit_video(self, source: Source, task_id: UUID) -> StoredInput:
        """Store a source video as `inputs/<task>/source`."""
        with tempfile.TemporaryDirectory(prefix="grok-video-") as name:
            (file,) = await self._collect([source], Path(name), MAX_VIDEO_BYTES)
            try:
                facts = await self._sandbox.run(clip.admit_source, str(file), source.param, limits=DECODE)
            except BackendError as error:
                raise InvalidImage(
                    f"{source.param} can not be read safely: {error.message}", param=source.param
                ) from None
            key = f"inputs/{task_id}/source"
            await self._storage.put(key, file)
            return clip.stored_video(key, facts)

    async def discard(self, task_id: UUID) -> None:
        """Remove what was stored for a refused task."""
        await self._storage.delete(f"inputs/{task_id}")

    async def _collect(self, sources: Sequence[Source], folder: Path, max_bytes: int) -> list[Path]:
        files = [folder / f"{number}.original" for number in range(len(sources))]
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                await asyncio.gather(
                    *(self._bring(one, file, max_bytes) for one, file in zip(sources, files, strict=True))
                )
        except TimeoutError:
            raise FetchFailed("The images took longer than 15 seconds to fetch.", param="images") from None
        return files

    async def _bring(self, source: Source, file: Path, max_bytes: int) -> None:
        match source:
            case Url():
                await self._fetcher.download(source.url, file, max_bytes=max_bytes, param=source.param)
            case Upload(size=size) if size > max_bytes:
                raise InvalidImage(
                    f"{source.param} has {size} bytes; at most {max_bytes} are allowed.", param=source.param
                )
            case Upload(data=bytes(data)):
                await asyncio.to_thread(file.write_bytes, data)
            case Upload(path=str(path)):
                await asyncio.to_thread(shutil.copyfile, path, file)
            case Upload() | TaskRef():
                raise InvalidImage(f"{source.param} is not a picture or video.", param=source.param)
