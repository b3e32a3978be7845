"""Finding the files of a finished video."""

from __future__ import annotations

from .domain.media import flat_media_key, media_key
from .domain.task import Task
from .ports import Storage, StoredFile


async def find_media(storage: Storage, task: Task, variant: str) -> StoredFile:
    """Return a file of a completed task; raise FileNotFoundError."""
    try:
        return await storage.stat(media_key(task.id, task.attempt, variant))
    except FileNotFoundError:
        # Stored before attempts had files of their own.
        return await storage.stat(flat_media_key(task.id, variant))
