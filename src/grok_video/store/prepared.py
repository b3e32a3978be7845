"""Statements compiled once, for what every request runs: building one takes longer than running it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from .database import Database


class Prepared:
    """A statement with named bind parameters, for transactions; its values are plain strings and numbers."""

    def __init__(self, database: Database, statement: sa.ClauseElement) -> None:
        compiled: Any = statement.compile(database.engine)
        self._sql = str(compiled)
        self._values: dict[str, Any] = compiled.params
        # SQLite's parameters have places, those of PostgreSQL names.
        self._order: Sequence[str] | None = compiled.positiontup

    def __call__(self, connection: sa.Connection, **values: Any) -> sa.CursorResult[Any]:
        """Execute the statement in a connection's transaction and return its result."""
        bound = {**self._values, **values}
        if self._order is None:
            return connection.exec_driver_sql(self._sql, bound)
        return connection.exec_driver_sql(self._sql, tuple([bound[name] for name in self._order]))


class PointRead:
    """A read by one value, the bind parameter `key`, outside of transactions.

    On SQLite it runs inline on the driver's connection, which takes microseconds; on PostgreSQL it runs on a thread.
    """

    def __init__(self, database: Database, statement: sa.Select[*tuple[Any, ...]]) -> None:
        self._database = database
        self._statement = statement
        compiled: Any = statement.compile(database.engine)
        self._sql = str(compiled)
        self._values: dict[str, Any] = compiled.params
        self._order: Sequence[str] = compiled.positiontup or ()

    async def __call__(self, key: str) -> Sequence[Sequence[Any]]:
        """Return the rows for this key."""
        if self._database.sqlite:
            return self.rows(key)
        return await self._database.run(lambda: self.rows(key))

    def rows(self, key: str) -> Sequence[Sequence[Any]]:
        """Return the rows for this key, blocking."""
        if not self._database.sqlite:
            return self._database.rows(self._statement.params(key=key))
        values = tuple([key if name == "key" else self._values[name] for name in self._order])
        return self._database.driver_connection().execute(self._sql, values).fetchall()
