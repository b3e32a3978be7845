"""The processes that run attempts, as rows with heartbeats (decision 0007)."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa

from .database import Database
from .processes import Process
from .tables import executor

DEAD_AFTER_SECONDS = 30.0


def is_dead(host: str, pid: int, started_at: float, silent_seconds: float) -> bool:
    """Check whether a process is gone: by its pid on this host, else by the time since its last heartbeat."""
    return silent_seconds > DEAD_AFTER_SECONDS or Process(host, pid, started_at).surely_gone()


def silence(database: Database) -> sa.ColumnElement[float]:
    """Return the seconds since a process's last heartbeat, as SQL."""
    return database.clock() - executor.c.heartbeat_at


class Executors:
    """The worker processes as rows: id, host, pid, start time, heartbeat.

    Heartbeats are by the database's clock, so that the clocks of the hosts may differ.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._process = Process.this()
        self.id = f"{self._process.host}:{uuid4()}"

    def heartbeat(self) -> None:
        """Record that this process is alive."""
        with self._db.begin() as connection:
            updated = connection.execute(
                sa.update(executor).where(executor.c.id == self.id).values(heartbeat_at=self._db.clock())
            )
            if updated.rowcount == 0:
                connection.execute(
                    sa.insert(executor).values(
                        id=self.id,
                        host=self._process.host,
                        pid=self._process.pid,
                        started_at=self._process.started_at,
                        heartbeat_at=self._db.clock(),
                    )
                )

    def list_dead(self) -> list[str]:
        """Return the ids of processes that are gone."""
        rows = self._db.rows(
            sa.select(
                executor.c.id, executor.c.host, executor.c.pid, executor.c.started_at, silence(self._db).label("silent")
            ).where(executor.c.id != self.id)
        )
        return [row.id for row in rows if is_dead(row.host, row.pid, row.started_at, row.silent)]

    def retire(self) -> None:
        """Mark this process as gone, so that its attempts can be recovered at once."""
        with self._db.begin() as connection:
            connection.execute(sa.update(executor).where(executor.c.id == self.id).values(heartbeat_at=0.0))

    def remove(self, executor_id: str) -> None:
        """Delete a process's row."""
        with self._db.begin() as connection:
            connection.execute(sa.delete(executor).where(executor.c.id == executor_id))
