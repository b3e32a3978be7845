"""How long files and rows of ended tasks stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from ..domain.task import Task


class RetentionStore(Protocol):
    """Which tasks may lose their files or be forgotten: ended ones that no unfinished task derives from."""

    async def keep(self, task_id: UUID, kept: bool, expires_at: float | None) -> Task | None:
        """Keep a task's files for good, or no longer; return the task, or None if its files are gone."""
        ...

    async def set_lifetime(self, seconds: float) -> int:
        """Give a lifetime to ended tasks that have none and are not kept; return how many."""
        ...

    async def list_expired(self, now: float, *, limit: int) -> Sequence[UUID]:
        """Return tasks whose files have expired and still exist, oldest expiry first."""
        ...

    async def list_oldest(self, *, limit: int) -> Sequence[UUID]:
        """Return tasks with files that are not kept, in the order in which they ended."""
        ...

    async def list_forgettable(self, before: float, *, limit: int) -> Sequence[UUID]:
        """Return tasks without files that expired before a time."""
        ...

    async def list_completed(self, after: UUID | None, *, limit: int) -> Sequence[Task]:
        """Return completed tasks whose files were not deleted, by id, those behind an id."""
        ...

    async def mark_files_deleted(self, task_ids: Sequence[UUID], now: float) -> Sequence[UUID]:
        """Record that these tasks have no files, unless they are kept or needed meanwhile; return which.

        Only the files of those may be deleted, after this, so that no link outlives its file.
        """
        ...
