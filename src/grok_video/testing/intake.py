"""Taking in images and videos without decoding them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from ..domain.errors import FetchFailed, InvalidImage
from ..domain.media import image_key, inputs_prefix, source_key
from ..domain.request import FileRef, Source, StoredSource, TaskRef, Upload, Url
from ..domain.task import StoredInput
from ..ports import Storage

PNG = b"\x89PNG\r\n\x1a\n"
VIDEO = StoredInput("", 1280, 720, seconds=2.0, frames=48)


class InMemoryIntake:
    """The Intake port: PNG images by their header, MP4 videos by their signature.

    `urls` maps each URL that can be fetched to its content. Every video has the facts of `video`.
    """

    def __init__(
        self, storage: Storage, *, urls: Mapping[str, bytes] | None = None, video: StoredInput = VIDEO
    ) -> None:
        self._storage = storage
        self._urls = dict(urls or {})
        self._video = video

    async def admit_images(self, sources: Sequence[Source], task_id: UUID, owner: str) -> tuple[StoredInput, ...]:
        """Store PNG images; raise InvalidImage or FetchFailed naming the field."""
        return tuple(
            [await self._admit_image(source, image_key(task_id, number)) for number, source in enumerate(sources, 1)]
        )

    async def admit_video(self, source: Source, task_id: UUID, owner: str) -> StoredInput:
        """Store an MP4 video; raise InvalidImage or FetchFailed naming the field."""
        content = await self._content(source)
        if content[4:8] != b"ftyp":
            raise InvalidImage(f"{source.param} is not a video: send MP4.", param=source.param)
        await self._store(source_key(task_id), content)
        return replace(self._video, key=source_key(task_id))

    async def discard(self, task_id: UUID) -> None:
        """Delete what was stored for a refused task."""
        await self._storage.delete(inputs_prefix(task_id))

    async def _admit_image(self, source: Source, key: str) -> StoredInput:
        content = await self._content(source)
        if not content.startswith(PNG) or len(content) < 24:
            raise InvalidImage(f"{source.param} is not an image: send PNG.", param=source.param)
        width, height = struct.unpack(">II", content[16:24])
        await self._store(key, content)
        return StoredInput(key, width, height)

    async def _store(self, key: str, content: bytes) -> None:
        file = self._storage.scratch(key.replace("/", "-"))
        file.write_bytes(content)
        await self._storage.put(key, file)

    async def _content(self, source: Source) -> bytes:
        match source:
            case Url(url=url):
                if url not in self._urls:
                    raise FetchFailed(f"{source.param} could not be fetched: {url}.", param=source.param)
                return self._urls[url]
            case Upload(data=bytes(data)):
                return data
            case Upload(path=str(path)):
                return Path(path).read_bytes()
            case StoredSource(key=key):
                return b"".join([chunk async for chunk in self._storage.read(key)])
            case Upload() | TaskRef() | FileRef():
                raise InvalidImage(f"{source.param} is not an image or video.", param=source.param)
