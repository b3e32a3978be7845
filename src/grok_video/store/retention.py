"""How long files and rows of ended tasks stay, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from ..domain.task import Task, TaskStatus
from .database import Database
from .mapping import COLUMNS, task_from_row
from .tables import task
from .tasks import UNFINISHED_VALUES

ENDED_VALUES = tuple(status.value for status in TaskStatus if status.final)


class SqlRetentionStore:
    """The RetentionStore port on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def keep(self, task_id: UUID, kept: bool, expires_at: float | None) -> Task | None:
        """Keep a task's files for good, or no longer; set when they expire, and return the task."""
        this = task.c.id == task_id.hex

        def write() -> Task | None:
            with self._db.begin() as connection:
                connection.execute(sa.update(task).where(this).values(kept=int(kept), expires_at=expires_at))
                row = connection.execute(COLUMNS.where(this)).first()
                return task_from_row(row) if row else None

        return await self._db.run(write)

    async def set_lifetime(self, seconds: float) -> int:
        """Give a lifetime to ended tasks that have none and are not kept; return how many."""
        endless = (task.c.expires_at.is_(None), task.c.kept == 0, task.c.completed_at.is_not(None))
        return await self._write(sa.update(task).where(*endless).values(expires_at=task.c.completed_at + seconds))

    async def list_expired(self, now: float, *, limit: int) -> Sequence[UUID]:
        """Return tasks whose files have expired and still exist, oldest expiry first."""
        expired = (task.c.expires_at <= now, task.c.files_deleted_at.is_(None))
        return await self._ids(*expired, order=task.c.expires_at, limit=limit)

    async def list_oldest(self, *, limit: int) -> Sequence[UUID]:
        """Return tasks with files that are not kept, in the order in which they ended."""
        removable = (task.c.files_deleted_at.is_(None), task.c.kept == 0)
        return await self._ids(*removable, order=task.c.completed_at, limit=limit)

    async def list_forgettable(self, before: float, *, limit: int) -> Sequence[UUID]:
        """Return tasks without files that expired before a time."""
        forgettable = (task.c.files_deleted_at.is_not(None), task.c.expires_at < before)
        return await self._ids(*forgettable, order=task.c.expires_at, limit=limit)

    async def mark_files_deleted(self, task_ids: Sequence[UUID], now: float) -> None:
        """Record that these tasks have no files."""
        these = task.c.id.in_([task_id.hex for task_id in task_ids])
        # A task that goes for want of room expires now; one whose time was over keeps it, to be forgotten on time.
        expires_at = sa.case((task.c.expires_at <= now, task.c.expires_at), else_=now)
        await self._write(sa.update(task).where(these).values(files_deleted_at=now, expires_at=expires_at))

    async def _ids(
        self, *conditions: sa.ColumnElement[bool], order: sa.ColumnElement[Any], limit: int
    ) -> Sequence[UUID]:
        derived = task.alias("derived")
        needed = sa.exists().where(derived.c.source_id == task.c.id, derived.c.status.in_(UNFINISHED_VALUES))
        ended = task.c.status.in_(ENDED_VALUES)
        statement = sa.select(task.c.id).where(ended, *conditions, ~needed).order_by(order).limit(limit)
        return [UUID(row[0]) for row in await self._db.run(lambda: self._db.rows(statement))]

    async def _write(self, statement: sa.Update) -> int:
        def write() -> int:
            with self._db.begin() as connection:
                return connection.execute(statement).rowcount

        return await self._db.run(write)
