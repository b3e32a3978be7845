"""Task rows, the single source of truth, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from ..domain.errors import SourceExpired
from ..domain.task import Clip, Task, TaskError, TaskStatus
from ..ports import Admit, Deletion, Filters, Idempotency, RetryReason, TaskCounts
from .database import Database
from .idempotency import SqlIdempotencyStore
from .lists import TaskLists
from .mapping import COLUMNS, INSERTED, by_index, insert_values, read_format, result_json, task_from_row, unfinished
from .prepared import Prepared
from .queue_order import QUEUED, QueueOrder, counted, owner_counts
from .search import delete_words
from .tables import api_key, deletion, expected_task, paid_call, task

Enqueue = Callable[[sa.Connection, Task, float], None]

UNFINISHED = (TaskStatus.QUEUED, TaskStatus.IN_PROGRESS)
UNFINISHED_VALUES = tuple(status.value for status in UNFINISHED)


class SqlTaskStore:
    """The TaskStore port on SQLAlchemy Core.

    `enqueue(connection, task, delay)` enqueues a task in our transaction; `announce` wakes this process's readers.
    """

    def __init__(
        self,
        database: Database,
        *,
        idempotency: SqlIdempotencyStore,
        enqueue: Enqueue,
        announce: Callable[[], None] = lambda: None,
    ) -> None:
        self._db = database
        self._idempotency = idempotency
        self._enqueue = enqueue
        self._announce = announce
        self._lists = TaskLists(database)
        self._order = QueueOrder(database)
        self._by_id = database.point(COLUMNS.where(task.c.id == sa.bindparam("key")))
        self._counts = database.point(sa.select(*owner_counts("key"), counted(QUEUED)))
        self._insert = Prepared(database, sa.insert(task).values({name: sa.bindparam(name) for name in INSERTED}))
        self._draw_change = Prepared(
            database,
            sa.update(api_key)
            .where(api_key.c.id == sa.bindparam("owner"))
            .values(changes=api_key.c.changes + 1)
            .returning(api_key.c.changes, *database.notification),
        )

    async def create(
        self, new: Task, idempotency: Idempotency | None = None, *, admit: Admit = lambda _queued, _unfinished: None
    ) -> Task:
        """Insert the task, complete its idempotency key and enqueue it, in one transaction."""

        def write() -> Task:
            with self._db.begin() as connection:
                # This locks the owner's row, so that two requests of one owner count one after the other.
                change = self._next_change(connection, new.owner)
                self._check_source(connection, new)
                standing = self._order.standing(connection, new.owner, new.backend)
                admit(standing.queued, standing.unfinished)
                placed = replace(new, change=change, priority=standing.next_priority)
                self._insert(connection, **insert_values(placed, change))
                if new.inputs or new.video is not None:
                    connection.execute(sa.delete(expected_task).where(expected_task.c.id == new.id.hex))
                if idempotency is not None:
                    self._idempotency.complete(connection, new.owner, idempotency, new.id)
                self._enqueue(connection, placed, 0.0)
            return placed

        created = await self._db.run(write)
        self._announce()
        return created

    @staticmethod
    def _check_source(connection: sa.Connection, new: Task) -> None:
        """Raise SourceExpired if the files of the source are gone or going; the lock makes a cleanup wait."""
        if new.source_id is None:
            return
        source = sa.select(task.c.files_deleted_at).where(task.c.id == new.source_id.hex).with_for_update()
        row = connection.execute(source).first()
        if row is not None and row.files_deleted_at is not None:
            raise SourceExpired()

    async def get(self, task_id: UUID) -> Task | None:
        """Return one task as it is now, or None."""
        rows = await self._by_id(task_id.hex)
        return task_from_row(rows[0]) if rows else None

    async def state(self, task_id: UUID) -> Hashable | None:
        """Return another value after every change to a task's row; None if there is no such task."""
        rows = await self._by_id(task_id.hex)
        return hash(tuple(rows[0])) if rows else None

    async def list(
        self,
        owner: str,
        *,
        limit: int = 20,
        after: UUID | None = None,
        ascending: bool = False,
        filters: Filters | None = None,
    ) -> Sequence[Task]:
        """Return an owner's tasks by (created_at, id), newest first unless `ascending`."""
        start = await self.get(after) if after is not None else None
        if after is not None and start is None:
            return []
        cursor = (start.created_at, start.id.hex) if start else None
        return await self._lists.page(owner, filters or Filters(), cursor, limit=limit, ascending=ascending)

    async def expect(self, task_id: UUID) -> None:
        """Record that inputs are being stored for a task that does not exist yet."""

        def write() -> None:
            with self._db.begin() as connection:
                connection.execute(sa.insert(expected_task).values(id=task_id.hex, created_at=time.time()))

        await self._db.run(write)

    async def list_abandoned(self, before: float, *, limit: int) -> Sequence[UUID]:
        """Return tasks that were expected before a time and do not exist."""
        old = sa.select(expected_task.c.id).where(expected_task.c.created_at < before).limit(limit)
        return [UUID(row[0]) for row in await self._db.run(lambda: self._db.rows(old))]

    async def forget_expected(self, task_ids: Sequence[UUID]) -> None:
        """Expect these tasks no longer, because their inputs were deleted."""
        these = expected_task.c.id.in_([task_id.hex for task_id in task_ids])

        def write() -> None:
            with self._db.begin() as connection:
                connection.execute(sa.delete(expected_task).where(these))

        await self._db.run(write)

    async def count(self, owner: str) -> TaskCounts:
        """Return how many tasks of an owner are queued and unfinished, and how many are queued in all."""
        ((queued, running, all_queued),) = await self._db.run(lambda: self._counts.rows(owner))
        return TaskCounts(queued, queued + running, all_queued)

    async def begin(self, task_id: UUID, attempt: int) -> Task | None:
        """Move this attempt to in_progress and return its task; None if it was cancelled or superseded."""
        moved = await self._update(
            task_id,
            attempt,
            (TaskStatus.QUEUED,),
            status=TaskStatus.IN_PROGRESS.value,
            only=task.c.cancel_requested_at.is_(None),
        )
        return await self.get(task_id) if moved else None

    async def progress(self, percents: Sequence[tuple[Task, int]]) -> None:
        """Raise the progress of running attempts, up to 99 and never back, in one transaction."""

        def write() -> None:
            with self._db.begin() as connection:
                # Owners' rows are locked in the same order everywhere, so that two batches cannot deadlock.
                for running, percent in sorted(percents, key=lambda pair: pair[0].owner):
                    value = min(99, percent)
                    behind = self._matching(
                        running.id, running.attempt, (TaskStatus.IN_PROGRESS,), task.c.progress < value
                    )
                    self._change(connection, behind, {"progress": value})

        if percents:
            await self._db.run(write)
            self._announce()

    async def finish(self, task_id: UUID, attempt: int, clip: Clip, facts: Mapping[str, Any]) -> bool:
        """Complete the task; its files must be stored already."""
        return await self._update(
            task_id,
            attempt,
            (TaskStatus.IN_PROGRESS,),
            status=TaskStatus.COMPLETED.value,
            progress=100,
            completed_at=time.time(),
            result=result_json(clip=clip, facts=facts),
        )

    async def fail(self, task_id: UUID, attempt: int, error: TaskError, facts: Mapping[str, Any] | None = None) -> bool:
        """End the task as failed, or as cancelled if that is the error's code."""
        if error.code == "cancelled":
            return await self._end_cancelled(task_id, attempt, UNFINISHED, facts=facts)
        return await self._update(
            task_id,
            attempt,
            UNFINISHED,
            status=TaskStatus.FAILED.value,
            completed_at=time.time(),
            result=result_json(error=error, facts=facts),
        )

    async def retry(
        self, task_id: UUID, attempt: int, *, reason: RetryReason, delay: float = 0.0, backend: str | None = None
    ) -> bool:
        """Requeue the task as the next attempt after `delay` seconds, in one transaction."""
        counted: dict[str, Any] = {} if reason is RetryReason.HANDED_BACK else {reason.value: task.c[reason.value] + 1}
        if backend is not None:
            counted |= {"backend": backend, "failures": 0}
        moved = await self._update(
            task_id,
            attempt,
            UNFINISHED,
            only=task.c.cancel_requested_at.is_(None),
            status=TaskStatus.QUEUED.value,
            next_attempt=delay,
            **counted,
        )
        if not moved:
            requested = task.c.cancel_requested_at.is_not(None)
            await self._end_cancelled(task_id, attempt, UNFINISHED, only=requested)
        return moved

    async def request_cancel(self, task_id: UUID) -> Task | None:
        """Cancel a queued task at once; flag a running one for its worker to stop."""
        ended = await self._end_cancelled(task_id, None, (TaskStatus.QUEUED,), cancel_requested_at=time.time())
        if not ended:
            await self._update(task_id, None, (TaskStatus.IN_PROGRESS,), cancel_requested_at=time.time())
        return await self.get(task_id)

    async def superseded_or_cancelled(self, running: Mapping[UUID, int]) -> frozenset[UUID]:
        """Return which of these running attempts must stop: cancelled, deleted, finished or superseded."""
        if not running:
            return frozenset()
        statement = sa.select(task.c.id, task.c.attempt).where(
            task.c.id.in_([task_id.hex for task_id in running]),
            task.c.status == TaskStatus.IN_PROGRESS.value,
            task.c.cancel_requested_at.is_(None),
        )
        current = {(row[0], row[1]) for row in await self._db.run(lambda: self._db.rows(statement))}
        return frozenset(task_id for task_id, attempt in running.items() if (task_id.hex, attempt) not in current)

    async def cancel_requested(self) -> frozenset[UUID]:
        """Return the running tasks of all owners that have a cancellation request."""
        statement = by_index(sa.select(task.c.id), "task_cancel").where(
            task.c.cancel_requested_at.is_not(None), task.c.status == TaskStatus.IN_PROGRESS.value
        )
        return frozenset(UUID(row[0]) for row in await self._db.run(lambda: self._db.rows(statement)))

    async def list_stalled(self, since: float, *, limit: int, skip: int = 0) -> Sequence[Task]:
        """Return unfinished tasks of all owners that did not change since a time, oldest change first."""
        statement = unfinished(COLUMNS, "task_unfinished").where(task.c.updated_at < since)
        return await self._read(statement.order_by(task.c.updated_at).limit(limit).offset(skip))

    async def delete(self, task_id: UUID) -> bool:
        """Delete the row and its paid calls, and record the deletion."""
        this = task.c.id == task_id.hex

        def write() -> bool:
            with self._db.begin() as connection:
                row = connection.execute(sa.select(task.c.owner, task.c.request).where(this)).first()
                if row is None:
                    return False
                change = self._next_change(connection, row.owner)
                if connection.execute(sa.delete(task).where(this)).rowcount == 0:
                    return False
                connection.execute(sa.delete(paid_call).where(paid_call.c.task_id == task_id.hex))
                delete_words(connection, task_id.hex, row.owner, row.request)
                values = {
                    "owner": row.owner, "change": change, "task_id": task_id.hex, "at": time.time(),
                    "format": json.loads(row.request)["format"],
                }  # fmt: skip
                connection.execute(sa.insert(deletion).values(values))
                return True

        deleted = await self._db.run(write)
        self._announce()
        return deleted

    async def changes(self, owner: str, after: int, *, limit: int = 200) -> Sequence[Task]:
        """Return an owner's tasks that changed after a change number, in the order of change."""
        statement = COLUMNS.where(task.c.owner == owner, task.c.change > after)
        return await self._read(statement.order_by(task.c.change).limit(limit))

    async def deletions(self, owner: str, after: int, *, limit: int = 200) -> Sequence[Deletion]:
        """Return an owner's deletions of the last week after a change number, in the order of change."""
        columns = sa.select(deletion.c.task_id, deletion.c.format, deletion.c.change)
        statement = columns.where(deletion.c.owner == owner, deletion.c.change > after)
        rows = await self._db.run(lambda: self._db.rows(statement.order_by(deletion.c.change).limit(limit)))
        return [Deletion(UUID(row[0]), read_format(row[1]), row[2]) for row in rows]

    async def forget_deletions(self, before: float) -> int:
        """Delete the deletions before a time; return how many."""

        def write() -> int:
            with self._db.begin() as connection:
                return connection.execute(sa.delete(deletion).where(deletion.c.at < before)).rowcount

        return await self._db.run(write)

    async def change_numbers(self) -> Mapping[str, int]:
        """Return the newest change number of every owner."""
        rows = await self._db.run(lambda: self._db.rows(sa.select(api_key.c.id, api_key.c.changes)))
        return {row[0]: row[1] for row in rows}

    async def latest_change(self, owner: str) -> int:
        """Return the owner's newest change number."""
        statement = sa.select(api_key.c.changes).where(api_key.c.id == owner)
        rows = await self._db.run(lambda: self._db.rows(statement))
        return rows[0][0] if rows else 0

    async def _end_cancelled(
        self,
        task_id: UUID,
        attempt: int | None,
        statuses: Iterable[TaskStatus],
        *,
        facts: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> bool:
        sent = sa.select(paid_call.c.step).where(paid_call.c.task_id == task_id.hex).limit(1)
        may_charge = bool(await self._db.run(lambda: self._db.rows(sent)))
        message = "The task was cancelled."
        if may_charge:
            message += " It had already been sent to the upstream, which may still charge for it."
        error = TaskError("cancelled", message)
        charge = {"upstream_may_charge": True} if may_charge else {}
        return await self._update(
            task_id,
            attempt,
            statuses,
            status=TaskStatus.CANCELLED.value,
            completed_at=time.time(),
            result=result_json(error=error, facts={**(facts or {}), **charge}),
            **more,
        )

    async def _read(self, statement: sa.Select[*tuple[Any, ...]]) -> Sequence[Task]:
        rows = await self._db.run(lambda: self._db.rows(statement))
        return [task_from_row(row) for row in rows]

    async def _update(
        self,
        task_id: UUID,
        attempt: int | None,
        statuses: Iterable[TaskStatus],
        *,
        only: sa.ColumnElement[bool] | None = None,
        next_attempt: float | None = None,
        **values: Any,
    ) -> bool:
        conditions = self._matching(task_id, attempt, statuses, only)
        if next_attempt is not None:
            values["attempt"] = task.c.attempt + 1

        def write() -> bool:
            with self._db.begin() as connection:
                changed = self._change(connection, conditions, values)
                if changed and "backend" in values:
                    self._place(connection, task_id, values["backend"])
                if changed and next_attempt is not None:
                    row = connection.execute(COLUMNS.where(task.c.id == task_id.hex)).one()
                    self._enqueue(connection, task_from_row(row), next_attempt)
                return changed

        changed = await self._db.run(write)
        if changed:
            self._announce()
        return changed

    def _place(self, connection: sa.Connection, task_id: UUID, backend: str) -> None:
        """Give a task that moved to another backend its place in that queue."""
        this = task.c.id == task_id.hex
        owner = connection.execute(sa.select(task.c.owner).where(this)).scalar_one()
        standing = self._order.standing(connection, owner, backend, moved=task_id.hex)
        connection.execute(sa.update(task).where(this).values(priority=standing.next_priority))

    @staticmethod
    def _matching(
        task_id: UUID,
        attempt: int | None,
        statuses: Iterable[TaskStatus],
        only: sa.ColumnElement[bool] | None,
    ) -> list[sa.ColumnElement[bool]]:
        conditions = [task.c.id == task_id.hex, task.c.status.in_([status.value for status in statuses])]
        if attempt is not None:
            conditions.append(task.c.attempt == attempt)
        if only is not None:
            conditions.append(only)
        return conditions

    def _change(
        self, connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]], values: Mapping[str, Any]
    ) -> bool:
        row = connection.execute(sa.select(task.c.owner).where(*conditions)).first()
        if row is None:
            return False
        if "completed_at" in values:
            # The lifetime of a task's files begins when it ends, however long it waited.
            values = {**values, "expires_at": task.c.expires_at - task.c.created_at + values["completed_at"]}
        # The owner's row is locked before the task's, everywhere, so that two writers cannot deadlock.
        change = self._next_change(connection, row.owner)
        changed = connection.execute(
            sa.update(task).where(*conditions).values(change=change, updated_at=time.time(), **values)
        )
        return changed.rowcount == 1

    def _next_change(self, connection: sa.Connection, owner: str) -> int:
        return self._draw_change(connection, owner=owner).scalar_one()
