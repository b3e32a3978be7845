"""Files: storage for media, and taking in what callers send."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from uuid import UUID

from ..domain.request import Source
from ..domain.task import StoredInput


class Storage(Protocol):
    """Media files by key (domain/media.py)."""

    def scratch(self, name: str) -> Path:
        """Return a path for an unfinished file, on the storage's own file system where possible."""
        ...

    async def put(self, key: str, file: Path) -> None:
        """Move a finished file into storage under a key, durably: all of it or nothing."""
        ...

    async def fetch(self, key: str) -> Path:
        """Return a local file with this key's content; raise FileNotFoundError."""
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
