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

# Literally the condition of the partial indexes.
NOT_KEPT = task.c.kept == sa.literal_column("0")


class SqlRetentionStore:
    """The RetentionStore port on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def keep(self, task_id: UUID, kept: bool, expires_at: float | None) -> Task | None:
        """Keep a task's files for good, or no longer; set when they expire, and return the task."""
        this = task.c.id == task_id.hex
        change = sa.update(task).where(this, task.c.files_deleted_at.is_(None))

        def write() -> Task | None:
            with self._db.begin() as connection:
                if connection.execute(change.values(kept=int(kept), expires_at=expires_at)).rowcount == 0:
                    return None
                return task_from_row(connection.execute(COLUMNS.where(this)).one())

        return await self._db.run(write)

    async def set_lifetime(self, seconds: float) -> int:
        """Give a lifetime to ended tasks that have none and are not kept; return how many."""
        endless = (task.c.expires_at.is_(None), NOT_KEPT, task.c.completed_at.is_not(None))
        return await self._write(sa.update(task).where(*endless).values(expires_at=task.c.completed_at + seconds))

    async def list_expired(self, now: float, *, limit: int) -> Sequence[UUID]:
        """Return tasks whose files have expired and still exist, oldest expiry first."""
        expired = (task.c.expires_at <= now, task.c.files_deleted_at.is_(None))
        return await self._ids(*expired, order=task.c.expires_at, limit=limit)

    async def list_oldest(self, *, limit: int) -> Sequence[UUID]:
        """Return tasks with files that are not kept, in the order in which they ended."""
        removable = (task.c.files_deleted_at.is_(None), NOT_KEPT)
        return await self._ids(*removable, order=task.c.completed_at, limit=limit)

    async def list_forgettable(self, before: float, *, limit: int) -> Sequence[UUID]:
        """Return tasks without files that expired before a time."""
        forgettable = (task.c.files_deleted_at.is_not(None), task.c.expires_at < before)
        return await self._ids(*forgettable, order=task.c.expires_at, limit=limit)

    async def list_completed(self, after: UUID | None, *, limit: int) -> Sequence[Task]:
        """Return completed tasks whose files were not deleted, by id, those behind an id."""
        completed = (task.c.status == TaskStatus.COMPLETED.value, task.c.files_deleted_at.is_(None))
        statement = COLUMNS.where(*completed).order_by(task.c.id).limit(limit)
        if after is not None:
            statement = statement.where(task.c.id > after.hex)
        return [task_from_row(row) for row in await self._db.run(lambda: self._db.rows(statement))]

    async def mark_files_deleted(self, task_ids: Sequence[UUID], now: float) -> Sequence[UUID]:
        """Record that these tasks have no files, unless they are kept or needed meanwhile; return which."""
        these = task.c.id.in_([task_id.hex for task_id in task_ids])
        removable = (these, task.c.kept == 0, task.c.files_deleted_at.is_(None), ~_needed())
        # A task beyond the capacity expires now; one whose time was over keeps it, to be forgotten on time.
        expires_at = sa.case((task.c.expires_at <= now, task.c.expires_at), else_=now)
        marking = sa.update(task).where(*removable).values(files_deleted_at=now, expires_at=expires_at)

        def write() -> Sequence[UUID]:
            with self._db.begin() as connection:
                # A request that derives from one of them has the same lock; the next statement sees its task.
                connection.execute(sa.select(task.c.id).where(these).order_by(task.c.id).with_for_update())
                return [UUID(row[0]) for row in connection.execute(marking.returning(task.c.id))]

        return await self._db.run(write)

    async def _ids(
        self, *conditions: sa.ColumnElement[bool], order: sa.ColumnElement[Any], limit: int
    ) -> Sequence[UUID]:
        # Only ended tasks have an end, and this keeps the planner from the index of all statuses.
        ended = task.c.completed_at.is_not(None)
        statement = sa.select(task.c.id).where(ended, *conditions, ~_needed()).order_by(order).limit(limit)
        return [UUID(row[0]) for row in await self._db.run(lambda: self._db.rows(statement))]

    async def _write(self, statement: sa.Update) -> int:
        def write() -> int:
            with self._db.begin() as connection:
                return connection.execute(statement).rowcount

        return await self._db.run(write)


def _needed() -> sa.ColumnElement[bool]:
    """Match tasks that an unfinished one derives from."""
    derived = task.alias("derived")
    return sa.exists().where(derived.c.source_id == task.c.id, derived.c.status.in_(UNFINISHED_VALUES))
