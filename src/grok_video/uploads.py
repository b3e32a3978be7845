"""Images that callers upload before they use them, for a day."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from uuid import UUID, uuid4

from .domain.errors import InvalidImage, NotFound, RateLimited
from .domain.media import UPLOAD_SECONDS, upload_key, uploads_prefix
from .domain.request import Source, StoredSource
from .ports import Intake, Storage, StoredFile

MAX_FILES = 200
MAX_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """An uploaded image: its size in pixels and bytes, and its times in seconds since 1970."""

    id: UUID
    width: int
    height: int
    bytes: int
    created_at: float

    @property
    def expires_at(self) -> float:
        """When it is deleted."""
        return self.created_at + UPLOAD_SECONDS


class Uploads:
    """Takes in images, at most 200 and 1 GiB of an owner at a time, and gives them to their owner alone."""

    def __init__(self, *, storage: Storage, intake: Intake) -> None:
        self._storage = storage
        self._intake = intake
        self._adding: Counter[str] = Counter()

    async def add(self, source: Source, owner: str) -> UploadedFile:
        """Take in an image; raise InvalidImage, FetchFailed or RateLimited."""
        self._adding[owner] += 1
        try:
            await self._check_bounds(owner)
            return await self._add(source, owner)
        finally:
            self._adding[owner] -= 1

    async def _check_bounds(self, owner: str) -> None:
        """Raise RateLimited if an owner has as many files as it may have, with those that are being taken in."""
        prefix = uploads_prefix(owner)
        existing = len(await self._storage.older_than(prefix, time.time() + 60))
        if existing + self._adding[owner] > MAX_FILES or await self._storage.usage(prefix) >= MAX_BYTES:
            raise RateLimited(
                f"This key has {existing} uploaded files; at most {MAX_FILES}, of {MAX_BYTES >> 20} MiB in all, are "
                "allowed. Delete some, or wait a day.",
                retry_after=3600,
            )

    async def _add(self, source: Source, owner: str) -> UploadedFile:
        file_id, now = uuid4(), time.time()
        try:
            (stored,) = await self._intake.admit_images([source], file_id, owner)
            size = (await self._storage.stat(stored.key)).size
            await self._storage.copy(stored.key, upload_key(file_id, owner))
        finally:
            await self._intake.discard(file_id)
        return UploadedFile(file_id, stored.width, stored.height, size, now)

    async def stat(self, file_id: UUID, owner: str) -> StoredFile:
        """Return the facts of an owner's file; raise NotFound for another's and for one that has expired."""
        try:
            return await self._storage.stat(upload_key(file_id, owner))
        except FileNotFoundError:
            raise NotFound("There is no such file: uploaded files last 24 hours.", param="id") from None

    async def source(self, file_id: UUID, owner: str, param: str) -> StoredSource:
        """Return the file that a request names; raise InvalidImage if there is none."""
        try:
            file = await self.stat(file_id, owner)
        except NotFound as error:
            raise InvalidImage(f"{param}: {error.message}", param=param) from None
        return StoredSource(file.key, file.size, param)

    async def delete(self, file_id: UUID, owner: str) -> None:
        """Delete an owner's file; raise NotFound."""
        await self.stat(file_id, owner)
        await self._storage.delete(upload_key(file_id, owner))
