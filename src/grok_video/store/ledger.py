"""Paid calls as rows, claimed by compare-and-set before anything is sent (decision 0006)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from ..domain.errors import Cancelled
from ..domain.task import TaskStatus
from ..ports import PaidCall
from .database import Database
from .tables import paid_call, task


class SqlLedger:
    """The Ledger port on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def claim(self, task_id: UUID, attempt: int, step: str) -> PaidCall | None:
        """Claim a call for this attempt, durably; return None if the attempt may make it."""

        def write() -> PaidCall | None:
            with self._db.begin(durable=True) as connection:
                backend = connection.execute(
                    sa.select(task.c.backend)
                    .where(
                        task.c.id == task_id.hex,
                        task.c.attempt == attempt,
                        task.c.status == TaskStatus.IN_PROGRESS.value,
                        task.c.cancel_requested_at.is_(None),
                    )
                    .with_for_update()
                ).scalar_one_or_none()
                earlier = connection.execute(_select(task_id).where(paid_call.c.step == step)).first()
                if earlier is not None:
                    connection.execute(sa.update(paid_call).where(*_matching(task_id, step)).values(attempt=attempt))
                    return PaidCall(*earlier)
                if backend is None:
                    raise Cancelled
                connection.execute(
                    sa.insert(paid_call).values(
                        task_id=task_id.hex, step=step, attempt=attempt, backend=backend, sent_at=time.time()
                    )
                )
            return None

        return await self._db.run(write)

    async def accept(self, task_id: UUID, step: str, upstream_id: str) -> None:
        """Store the upstream's id of an accepted call, whichever attempt is the current one."""
        change = sa.update(paid_call).where(*_matching(task_id, step)).values(upstream_id=upstream_id)

        def write() -> None:
            with self._db.begin(durable=True) as connection:
                connection.execute(change)

        await self._db.run(write)

    async def release(self, task_id: UUID, attempt: int, step: str) -> None:
        """Delete this attempt's call because the upstream certainly did not accept it."""

        def write() -> None:
            with self._db.begin() as connection:
                connection.execute(
                    sa.delete(paid_call).where(
                        *_matching(task_id, step), paid_call.c.attempt == attempt, paid_call.c.upstream_id.is_(None)
                    )
                )

        await self._db.run(write)

    async def calls(self, task_id: UUID) -> Sequence[PaidCall]:
        """Return a task's calls, oldest first."""
        rows = await self._db.run(lambda: self._db.rows(_select(task_id).order_by(paid_call.c.sent_at)))
        return [PaidCall(*row) for row in rows]


def _select(task_id: UUID) -> sa.Select[Any, Any, Any, Any]:
    return sa.select(paid_call.c.step, paid_call.c.backend, paid_call.c.sent_at, paid_call.c.upstream_id).where(
        paid_call.c.task_id == task_id.hex
    )


def _matching(task_id: UUID, step: str) -> tuple[sa.ColumnElement[bool], ...]:
    return paid_call.c.task_id == task_id.hex, paid_call.c.step == step
