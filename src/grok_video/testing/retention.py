"""How long files and rows of ended tasks stay, in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from ..domain.task import Task, TaskStatus
from .tasks import InMemoryTaskStore


class InMemoryRetentionStore:
    """The RetentionStore port on an InMemoryTaskStore."""

    def __init__(self, store: InMemoryTaskStore) -> None:
        self._tasks = store.rows

    async def keep(self, task_id: UUID, kept: bool, expires_at: float | None) -> Task | None:
        """Keep a task's files for good, or no longer; set when they expire, and return the task."""
        if task_id not in self._tasks or self._tasks[task_id].files_deleted_at is not None:
            return None
        self._tasks[task_id] = replace(self._tasks[task_id], kept=kept, expires_at=expires_at)
        return self._tasks[task_id]

    async def set_lifetime(self, seconds: float) -> int:
        """Give a lifetime to ended tasks that have none and are not kept; return how many."""
        endless = [task for task in self._tasks.values() if task.expires_at is None and not task.kept]
        ended = [task for task in endless if task.completed_at is not None]
        for task in ended:
            self._tasks[task.id] = replace(task, expires_at=(task.completed_at or 0.0) + seconds)
        return len(ended)

    async def list_expired(self, now: float, *, limit: int) -> Sequence[UUID]:
        """Return tasks whose files have expired and still exist, oldest expiry first."""
        expired = self._ended(lambda task: task.files_deleted_at is None and (task.expires_at or now + 1) <= now)
        return [task.id for task in sorted(expired, key=lambda task: task.expires_at or 0.0)[:limit]]

    async def list_oldest(self, *, limit: int) -> Sequence[UUID]:
        """Return tasks with files that are not kept, in the order in which they ended."""
        removable = self._ended(lambda task: task.files_deleted_at is None and not task.kept)
        return [task.id for task in sorted(removable, key=lambda task: task.completed_at or 0.0)[:limit]]

    async def list_forgettable(self, before: float, *, limit: int) -> Sequence[UUID]:
        """Return tasks without files that expired before a time."""
        gone = self._ended(lambda task: task.files_deleted_at is not None)
        forgettable = [task for task in gone if task.expires_at is not None and task.expires_at < before]
        return [task.id for task in sorted(forgettable, key=lambda task: task.expires_at or 0.0)[:limit]]

    async def list_completed(self, after: UUID | None, *, limit: int) -> Sequence[Task]:
        """Return completed tasks whose files were not deleted, by id, those behind an id."""
        completed = self._ended(lambda task: task.status is TaskStatus.COMPLETED and task.files_deleted_at is None)
        behind = [task for task in completed if after is None or task.id.hex > after.hex]
        return sorted(behind, key=lambda task: task.id.hex)[:limit]

    async def mark_files_deleted(self, task_ids: Sequence[UUID], now: float) -> Sequence[UUID]:
        """Record that these tasks have no files, unless they are kept or needed meanwhile; return which."""
        removable = self._ended(lambda task: not task.kept and task.files_deleted_at is None)
        marked = [task for task in removable if task.id in task_ids]
        for task in marked:
            expires_at = now if task.expires_at is None else min(now, task.expires_at)
            self._tasks[task.id] = replace(task, files_deleted_at=now, expires_at=expires_at)
        return [task.id for task in marked]

    def _ended(self, matches: Callable[[Task], bool]) -> list[Task]:
        needed = {task.source_id for task in self._tasks.values() if not task.status.final}
        ended = [task for task in self._tasks.values() if task.status.final and task.id not in needed]
        return [task for task in ended if matches(task)]
