"""Idempotency keys: reserved before the work, completed in the task's own transaction."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from ..domain.errors import IdempotencyConflict
from ..ports import Idempotency
from .database import Database
from .prepared import Prepared
from .processes import Process
from .tables import idempotency as table

KEY_SECONDS = 24 * 3600
RETRY_SECONDS = 600
# A reservation this old belongs to a process on another host that died between reserving and accepting.
RESERVATION_SECONDS = 300
# How long a concurrent duplicate waits for the first request before it is refused.
DUPLICATE_WAIT_SECONDS = 60


class SqlIdempotencyStore:
    """The IdempotencyStore port on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._holder = str(Process.this())
        same_key = (table.c.owner == sa.bindparam("in_owner"), table.c.key == sa.bindparam("in_key"))
        columns = (table.c.fingerprint, table.c.task_id, table.c.created_at, table.c.holder)
        self._find = Prepared(database, sa.select(*columns).where(*same_key))
        self._delete = Prepared(database, sa.delete(table).where(*same_key))
        new = ("owner", "key", "fingerprint", "holder", "created_at")
        self._insert = Prepared(database, sa.insert(table).values({name: sa.bindparam(name) for name in new}))
        self._complete = Prepared(
            database,
            sa.update(table)
            .where(*same_key, table.c.task_id.is_(None), table.c.holder == self._holder)
            .values(task_id=sa.bindparam("to_task"), created_at=sa.bindparam("at")),
        )

    async def reserve(self, owner: str, idempotency: Idempotency) -> UUID | None:
        """Reserve a key; return the first task's id if this is a repeat."""
        deadline = time.monotonic() + DUPLICATE_WAIT_SECONDS
        while True:
            done, first = await self._db.run(lambda: self._try_reserve(owner, idempotency))
            if done:
                return first
            if time.monotonic() > deadline:
                raise IdempotencyConflict("A concurrent duplicate of this request is still being accepted.")
            await asyncio.sleep(0.1)

    async def release(self, owner: str, idempotency: Idempotency) -> None:
        """Delete a reservation because the POST was refused."""

        def write() -> None:
            with self._db.begin() as connection:
                connection.execute(sa.delete(table).where(*self._reserved(owner, idempotency)))

        await self._db.run(write)

    async def purge(self) -> int:
        """Delete expired keys; return how many."""
        now = time.time()
        by_body = table.c.key.startswith("body:") & (table.c.created_at < now - RETRY_SECONDS)
        expired = table.c.created_at < now - KEY_SECONDS

        def write() -> int:
            with self._db.begin() as connection:
                return connection.execute(sa.delete(table).where(by_body | expired)).rowcount

        return await self._db.run(write)

    def complete(self, connection: sa.Connection, owner: str, idempotency: Idempotency, task_id: UUID) -> None:
        """Store the task's id under its key in the caller's transaction; raise IdempotencyConflict if it was lost."""
        completed = self._complete(
            connection, in_owner=owner, in_key=_row_key(idempotency), to_task=task_id.hex, at=time.time()
        )
        if completed.rowcount != 1:
            raise IdempotencyConflict("Another request has taken this Idempotency-Key meanwhile.")

    def _reserved(self, owner: str, idempotency: Idempotency) -> tuple[sa.ColumnElement[bool], ...]:
        """Match the reservation if this process still holds it."""
        return (
            table.c.owner == owner,
            table.c.key == _row_key(idempotency),
            table.c.task_id.is_(None),
            table.c.holder == self._holder,
        )

    def _try_reserve(self, owner: str, idempotency: Idempotency) -> tuple[bool, UUID | None]:
        now, key = time.time(), _row_key(idempotency)
        with self._db.begin() as connection:
            if not self._db.sqlite:
                # Two first requests must not both find no row: take turns per owner and key.
                lock = sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"{owner}:{key}"))
                connection.execute(sa.select(lock))
            row = self._find(connection, in_owner=owner, in_key=key).first()
            if row is not None and not _stale(row, idempotency, now):
                if row.fingerprint != idempotency.fingerprint:
                    raise IdempotencyConflict()
                return (True, UUID(row.task_id)) if row.task_id else (False, None)
            if row is not None:
                self._delete(connection, in_owner=owner, in_key=key)
            self._insert(
                connection, owner=owner, key=key, fingerprint=idempotency.fingerprint, holder=self._holder,
                created_at=now,
            )  # fmt: skip
            return True, None


def _stale(row: Any, idempotency: Idempotency, now: float) -> bool:
    if row.task_id is None:
        # A holder on this host keeps its reservation as long as it lives, however long its intake takes.
        holder = Process.parse(row.holder)
        if holder is not None and holder.here:
            return holder.surely_gone()
        return row.created_at < now - RESERVATION_SECONDS
    if idempotency.key is None:
        # A first request with the same body as an earlier one is a new task; only a retry is a repeat.
        return not idempotency.retry or row.created_at < now - RETRY_SECONDS
    return row.created_at < now - KEY_SECONDS


def _row_key(idempotency: Idempotency) -> str:
    return f"key:{idempotency.key}" if idempotency.key is not None else f"body:{idempotency.fingerprint}"
