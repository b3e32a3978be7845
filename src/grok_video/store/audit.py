"""The audit log as rows that triggers keep from being changed or deleted."""

from __future__ import annotations

import time
from collections.abc import Sequence

import sqlalchemy as sa

from ..ports import Action, AuditEntry
from .database import Database
from .tables import audit_entry as table


class SqlAuditLog:
    """The AuditLog port on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def record(
        self, action: Action, *, actor: str | None, target: str | None = None, address: str | None = None
    ) -> None:
        """Add an entry."""
        entry = sa.insert(table).values(
            at=time.time(), action=action.value, actor=actor, target=target and target[:80],
            address=address and address[:64],
        )  # fmt: skip

        def write() -> None:
            with self._db.begin() as connection:
                connection.execute(entry)

        await self._db.run(write)

    async def list(
        self, *, limit: int, before: int | None = None, action: Action | None = None
    ) -> Sequence[AuditEntry]:
        """Return entries, newest first, those with a number below `before`."""
        columns = (table.c.number, table.c.at, table.c.action, table.c.actor, table.c.target, table.c.address)
        statement = sa.select(*columns).order_by(table.c.number.desc()).limit(limit)
        if before is not None:
            statement = statement.where(table.c.number < before)
        if action is not None:
            statement = statement.where(table.c.action == action.value)
        rows = await self._db.run(lambda: self._db.rows(statement))
        return [AuditEntry(row[0], row[1], Action(row[2]), row[3], row[4], row[5]) for row in rows]
