"""Files: storage for media, and taking in what callers send."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from ..domain.request import Source
from ..domain.task import StoredInput


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file's facts: bytes, seconds since 1970, a name of its content, a path if it is on this disk."""

    key: str
    size: int
    modified: float
    etag: str
    path: Path | None = None


class Storage(Protocol):
    """Media files by key (domain/media.py); they appear complete, or not at all.

    Every method raises StorageUnavailable where the storage is remote and does not respond properly.
    """

    def scratch(self, name: str) -> Path:
        """Return a path on this machine for an unfinished file, on the storage's own file system where possible."""
        ...

    async def put(self, key: str, file: Path) -> None:
        """Move a finished file into storage under a key, durably: all of it or nothing."""
        ...

    async def copy(self, key: str, to: str) -> None:
        """Store a file's content under another key too; raise FileNotFoundError."""
        ...

    async def fetch(self, key: str, to: Path) -> Path:
        """Make a local copy of a file, for the caller to read and delete; raise FileNotFoundError."""
        ...

    async def stat(self, key: str) -> StoredFile:
        """Return a file's facts; raise FileNotFoundError."""
        ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to, not including, `end`, in chunks; raise FileNotFoundError."""
        ...

    async def link(self, key: str) -> str | None:
        """Return a URL from which anyone can fetch this file for some time, or None where there is no such thing."""
        ...

    def list(self, prefix: str) -> AsyncIterator[StoredFile]:
        """Yield the files below a folder, in no order."""
        ...

    async def delete(self, prefix: str) -> int:
        """Delete the file with this key, or every file below this folder, and return how many bytes that frees."""
        ...

    async def usage(self, prefix: str | None = None) -> int:
        """Return the bytes of all videos and their inputs, or of what is below a folder."""
        ...

    async def older_than(self, prefix: str, before: float) -> Sequence[str]:
        """Return the keys directly below a folder that were last changed before a time (seconds since 1970)."""
        ...

    async def sweep(self, before: float) -> None:
        """Delete what dead processes left on this machine, and cached copies not used since a time."""
        ...


class Intake(Protocol):
    """Takes in images and source videos: fetched through the address guard, decoded in the sandbox, stored.

    Owners take turns: no owner's files keep those of another waiting.
    """

    async def admit_images(self, sources: Sequence[Source], task_id: UUID, owner: str) -> tuple[StoredInput, ...]:
        """Store images as `inputs/<task>/<n>.png`; raise InvalidImage or FetchFailed naming the field."""
        ...

    async def admit_video(self, source: Source, task_id: UUID, owner: str) -> StoredInput:
        """Store a source video with its probed facts; raise InvalidImage or FetchFailed naming the field."""
        ...

    async def discard(self, task_id: UUID) -> None:
        """Delete what was stored for a refused task."""
        ...
