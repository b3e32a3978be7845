"""Our rows: the truth about every task, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from ..domain.errors import IdempotencyConflict
from ..domain.task import Clip, Task, TaskError, TaskStatus
from ..ports import Filters, Idempotency, Setback
from .database import Database
from .processes import Process
from .rows import COLUMNS, insert_values, matching, result_json, task_from_row
from .tables import api_key, idempotency, paid_call, task

Enqueue = Callable[[sa.Connection, Task, float], None]

LIVING = (TaskStatus.QUEUED, TaskStatus.IN_PROGRESS)
LIVE = tuple(one.value for one in LIVING)
IDEMPOTENCY_SECONDS = 24 * 3600
RETRY_SECONDS = 600
# A reservation this old belongs to a process elsewhere that died between reserving and accepting.
RESERVATION_SECONDS = 300
# How long a twin waits for the first before it is told to come again.
TWIN_SECONDS = 60


class SqlTaskStore:
    """The TaskStore port on SQLAlchemy Core.

    `enqueue(connection, task, delay)` puts a task on its queue within our transaction; `announce`
    tells this process's readers at once.
    """

    def __init__(self, database: Database, *, enqueue: Enqueue, announce: Callable[[], None] = lambda: None) -> None:
        self._db = database
        self._enqueue = enqueue
        self._announce = announce
        self._holder = str(Process.this())
        self._by_id = database.point(COLUMNS.where(task.c.id == sa.bindparam("key")))

    async def create(self, new: Task, mark: Idempotency | None = None) -> Task:
        """Insert the task and its idempotency row and enqueue it, in one transaction."""

        def write() -> Task:
            with self._db.begin() as connection:
                change = self._next_change(connection, new.owner)
                connection.execute(sa.insert(task).values(insert_values(new, change)))
                if mark is not None:
                    kept = connection.execute(
                        sa.update(idempotency)
                        .where(*self._reserved(new.owner, mark))
                        .values(task_id=new.id.hex, created_at=time.time())
                    )
                    if kept.rowcount != 1:
                        raise IdempotencyConflict("Another request has taken this Idempotency-Key meanwhile.")
                self._enqueue(connection, new, 0.0)
            return replace(new, change=change)

        created = await self._db.run(write)
        self._announce()
        return created

    async def get(self, task_id: UUID) -> Task | None:
        """Read one task now."""
        rows = await self._by_id(task_id.hex)
        return task_from_row(rows[0]) if rows else None

    async def list(
        self,
        owner: str,
        *,
        limit: int = 20,
        after: UUID | None = None,
        ascending: bool = False,
        filters: Filters | None = None,
    ) -> Sequence[Task]:
        """List an owner's tasks by (created_at, id)."""
        place = sa.tuple_(task.c.created_at, task.c.id)
        wanted = matching(filters or Filters(), sqlite=self._db.sqlite)
        statement = COLUMNS.where(task.c.owner == owner, *wanted).limit(limit)
        if after is not None:
            start = await self.get(after)
            if start is None:
                return []
            mark = sa.tuple_(sa.literal(start.created_at), sa.literal(start.id.hex))
            statement = statement.where(place > mark if ascending else place < mark)
        order = (task.c.created_at, task.c.id)
        statement = statement.order_by(*(order if ascending else [one.desc() for one in order]))
        return await self._read(statement)

    async def waiting(self) -> int:
        """Count queued tasks of all owners."""
        statement = sa.select(sa.func.count()).where(task.c.status == TaskStatus.QUEUED.value)
        return (await self._db.run(lambda: self._db.rows(statement)))[0][0]

    async def begin(self, task_id: UUID, attempt: int) -> Task | None:
        """Move this attempt to in_progress; None when it is no longer wanted."""
        moved = await self._update(
            task_id,
            attempt,
            (TaskStatus.QUEUED,),
            status=TaskStatus.IN_PROGRESS.value,
            only=task.c.cancel_requested_at.is_(None),
        )
        return await self.get(task_id) if moved else None

    async def progress(self, percents: Sequence[tuple[Task, int]]) -> None:
        """Raise the progress of running attempts, up to 99, never back; all in one transaction."""

        def write() -> None:
            with self._db.begin() as connection:
                # Owners' rows are locked in one order everywhere, so that no two batches can cross.
                for one, percent in sorted(percents, key=lambda pair: pair[0].owner):
                    value = min(99, percent)
                    behind = self._matching(one.id, one.attempt, (TaskStatus.IN_PROGRESS,), task.c.progress < value)
                    self._change(connection, behind, {"progress": value})

        if percents:
            await self._db.run(write)
            self._announce()

    async def finish(self, task_id: UUID, attempt: int, clip: Clip, facts: Mapping[str, Any]) -> bool:
        """Complete the task: the file is stored."""
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
        """End the task as failed, or as cancelled when the code says so."""
        if error.code == "cancelled":
            return await self._end_cancelled(task_id, attempt, LIVING, facts=facts)
        return await self._update(
            task_id,
            attempt,
            LIVING,
            status=TaskStatus.FAILED.value,
            completed_at=time.time(),
            result=result_json(error=error, facts=facts),
        )

    async def retry(
        self, task_id: UUID, attempt: int, *, why: Setback, delay: float = 0.0, backend: str | None = None
    ) -> bool:
        """Put the task back as the next attempt and enqueue that, in one transaction."""
        counted: dict[str, Any] = {} if why is Setback.HANDED_BACK else {why.value: task.c[why.value] + 1}
        if backend is not None:
            counted |= {"backend": backend, "failures": 0}
        moved = await self._update(
            task_id,
            attempt,
            LIVING,
            only=task.c.cancel_requested_at.is_(None),
            status=TaskStatus.QUEUED.value,
            next_attempt=delay,
            **counted,
        )
        if not moved:
            asked = task.c.cancel_requested_at.is_not(None)
            await self._end_cancelled(task_id, attempt, LIVING, only=asked)
        return moved

    async def request_cancel(self, task_id: UUID) -> Task | None:
        """Cancel a queued task at once; mark a running one for its worker to stop."""
        ended = await self._end_cancelled(task_id, None, (TaskStatus.QUEUED,), cancel_requested_at=time.time())
        if not ended:
            await self._update(task_id, None, (TaskStatus.IN_PROGRESS,), cancel_requested_at=time.time())
        return await self.get(task_id)

    async def stopped(self, running: Mapping[UUID, int]) -> frozenset[UUID]:
        """Tell which of these running attempts should stop: cancelled, deleted, ended or superseded."""
        if not running:
            return frozenset()
        statement = sa.select(task.c.id, task.c.attempt).where(
            task.c.id.in_([one.hex for one in running]),
            task.c.status == TaskStatus.IN_PROGRESS.value,
            task.c.cancel_requested_at.is_(None),
        )
        wanted = {(row[0], row[1]) for row in await self._db.run(lambda: self._db.rows(statement))}
        return frozenset(one for one, attempt in running.items() if (one.hex, attempt) not in wanted)

    async def asked_to_stop(self) -> frozenset[UUID]:
        """Tell which running tasks of all owners were asked to be cancelled."""
        statement = sa.select(task.c.id).where(
            task.c.cancel_requested_at.is_not(None), task.c.status == TaskStatus.IN_PROGRESS.value
        )
        return frozenset(UUID(row[0]) for row in await self._db.run(lambda: self._db.rows(statement)))

    async def silent(self, since: float, *, limit: int, skip: int = 0) -> Sequence[Task]:
        """List unfinished tasks of all owners that nobody touched since that time, oldest first."""
        statement = COLUMNS.where(task.c.status.in_(LIVE), task.c.updated_at < since)
        return await self._read(statement.order_by(task.c.updated_at).limit(limit).offset(skip))

    async def delete(self, task_id: UUID) -> bool:
        """Remove the row."""

        def write() -> bool:
            with self._db.begin() as connection:
                connection.execute(sa.delete(paid_call).where(paid_call.c.task_id == task_id.hex))
                gone = connection.execute(sa.delete(task).where(task.c.id == task_id.hex))
                return gone.rowcount == 1

        deleted = await self._db.run(write)
        self._announce()
        return deleted

    async def changes(self, owner: str, after: int, *, limit: int = 200) -> Sequence[Task]:
        """List an owner's tasks changed after that number, in the order of change."""
        statement = COLUMNS.where(task.c.owner == owner, task.c.change > after)
        return await self._read(statement.order_by(task.c.change).limit(limit))

    async def latest_change(self, owner: str) -> int:
        """Give the owner's newest change number."""
        statement = sa.select(api_key.c.changes).where(api_key.c.id == owner)
        rows = await self._db.run(lambda: self._db.rows(statement))
        return rows[0][0] if rows else 0

    async def reserve(self, owner: str, mark: Idempotency) -> UUID | None:
        """Reserve a mark before anything is fetched; give the first task's id if it is a repeat."""
        deadline = time.monotonic() + TWIN_SECONDS
        while True:
            done, first = await self._db.run(lambda: self._try_reserve(owner, mark))
            if done:
                return first
            if time.monotonic() > deadline:
                raise IdempotencyConflict("A twin of this request is still being taken in.")
            await asyncio.sleep(0.1)

    async def release(self, owner: str, mark: Idempotency) -> None:
        """Give a reservation back: the POST was refused."""

        def write() -> None:
            with self._db.begin() as connection:
                connection.execute(sa.delete(idempotency).where(*self._reserved(owner, mark)))

        await self._db.run(write)

    async def forget_marks(self) -> int:
        """Delete idempotency rows that no longer hold; return how many."""
        now = time.time()
        by_body = idempotency.c.key.startswith("body:") & (idempotency.c.created_at < now - RETRY_SECONDS)
        old = idempotency.c.created_at < now - IDEMPOTENCY_SECONDS

        def write() -> int:
            with self._db.begin() as connection:
                return connection.execute(sa.delete(idempotency).where(by_body | old)).rowcount

        return await self._db.run(write)

    def _reserved(self, owner: str, mark: Idempotency) -> tuple[sa.ColumnElement[bool], ...]:
        """Match the reservation of this process alone, as long as it is one."""
        return (
            idempotency.c.owner == owner,
            idempotency.c.key == _mark_key(mark),
            idempotency.c.task_id.is_(None),
            idempotency.c.holder == self._holder,
        )

    def _try_reserve(self, owner: str, mark: Idempotency) -> tuple[bool, UUID | None]:
        now, key = time.time(), _mark_key(mark)
        mine = (idempotency.c.owner == owner, idempotency.c.key == key)
        with self._db.begin() as connection:
            if not self._db.sqlite:
                # Two first tries must not both find no row: take turns per owner and key.
                lock = sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"{owner}:{key}"))
                connection.execute(sa.select(lock))
            row = connection.execute(
                sa.select(
                    idempotency.c.fingerprint, idempotency.c.task_id, idempotency.c.created_at, idempotency.c.holder
                ).where(*mine)
            ).first()
            if row is not None and not self._stale(row, mark, now):
                if row.fingerprint != mark.fingerprint:
                    raise IdempotencyConflict()
                return (True, UUID(row.task_id)) if row.task_id else (False, None)
            connection.execute(sa.delete(idempotency).where(*mine))
            connection.execute(
                sa.insert(idempotency).values(
                    owner=owner, key=key, fingerprint=mark.fingerprint, holder=self._holder, created_at=now
                )
            )
            return True, None

    @staticmethod
    def _stale(row: Any, mark: Idempotency, now: float) -> bool:
        if row.task_id is None:
            # A holder that lives on this host keeps its reservation, however long its intake takes.
            holder = Process.parse(row.holder)
            if holder is not None and holder.here:
                return holder.surely_gone()
            return row.created_at < now - RESERVATION_SECONDS
        if mark.key is None:
            # A first try with the body of an earlier one is a new task; only a retry is a repeat.
            return not mark.retry or row.created_at < now - RETRY_SECONDS
        return row.created_at < now - IDEMPOTENCY_SECONDS

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
            message += " It had been sent to the upstream already, which may still charge for it."
        error = TaskError("cancelled", message)
        said = {"upstream_may_charge": True} if may_charge else {}
        return await self._update(
            task_id,
            attempt,
            statuses,
            status=TaskStatus.CANCELLED.value,
            completed_at=time.time(),
            result=result_json(error=error, facts={**(facts or {}), **said}),
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
                if changed and next_attempt is not None:
                    row = connection.execute(COLUMNS.where(task.c.id == task_id.hex)).one()
                    self._enqueue(connection, task_from_row(row), next_attempt)
                return changed

        changed = await self._db.run(write)
        if changed:
            self._announce()
        return changed

    @staticmethod
    def _matching(
        task_id: UUID,
        attempt: int | None,
        statuses: Iterable[TaskStatus],
        only: sa.ColumnElement[bool] | None,
    ) -> list[sa.ColumnElement[bool]]:
        conditions = [task.c.id == task_id.hex, task.c.status.in_([one.value for one in statuses])]
        if attempt is not None:
            conditions.append(task.c.attempt == attempt)
        if only is not None:
            conditions.append(only)
        return conditions

    def _change(
        self, connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]], values: Mapping[str, Any]
    ) -> bool:
        found = connection.execute(sa.select(task.c.owner).where(*conditions)).first()
        if found is None:
            return False
        # The owner's row is locked before the task's, everywhere, so no two writers can cross.
        change = self._next_change(connection, found.owner)
        changed = connection.execute(
            sa.update(task).where(*conditions).values(change=change, updated_at=time.time(), **values)
        )
        return changed.rowcount == 1

    def _next_change(self, connection: sa.Connection, owner: str) -> int:
        drawn = connection.execute(
            sa.update(api_key)
            .where(api_key.c.id == owner)
            .values(changes=api_key.c.changes + 1)
            .returning(api_key.c.changes)
        ).scalar_one()
        if not self._db.sqlite:
            connection.execute(sa.text("NOTIFY grok_video"))
        return drawn


def _mark_key(mark: Idempotency) -> str:
    return f"key:{mark.key}" if mark.key is not None else f"body:{mark.fingerprint}"
