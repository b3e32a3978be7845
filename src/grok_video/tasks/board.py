"""The queue as a whole: places, pace, workers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from ..domain.request import FPS
from ..domain.task import Task, TaskStatus
from ..ports import Load, Place, WorkerProcess
from .database import Database
from .reaper import is_dead
from .rows import COLUMNS, task_from_row
from .tables import executor, task

LATELY = 30
KEEP_SECONDS = 5.0
MOST_PLACES = 500
LIVE = (TaskStatus.QUEUED.value, TaskStatus.IN_PROGRESS.value)


class SqlBoard:
    """The Board port on our rows: times are guessed from what was finished lately, never promised."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._kept: dict[str, float] = {}
        self._kept_at = -KEEP_SECONDS

    async def places(self, owner: str) -> Sequence[Place]:
        """Tell where an owner's unfinished tasks stand, oldest first, at most 500."""
        return await self._db.run(lambda: self._places(owner))

    async def loads(self) -> Sequence[Load]:
        """Tell what each backend with unfinished or lately finished tasks has to do."""
        return await self._db.run(self._loads)

    async def workers(self) -> Sequence[WorkerProcess]:
        """List the processes that make videos."""
        statement = sa.select(executor.c.host, executor.c.pid, executor.c.started_at, executor.c.heartbeat_at).order_by(
            executor.c.started_at
        )
        rows = await self._db.run(lambda: self._db.rows(statement))
        return [WorkerProcess(*row, alive=not is_dead(*row)) for row in rows]

    def _places(self, owner: str) -> list[Place]:
        mine = COLUMNS.where(task.c.owner == owner, task.c.status.in_(LIVE))
        rows = self._db.rows(mine.order_by(task.c.created_at, task.c.id).limit(MOST_PLACES))
        if not rows:
            return []
        waiting = task.c.status == TaskStatus.QUEUED.value
        at = sa.func.row_number().over(partition_by=task.c.backend, order_by=(task.c.created_at, task.c.id))
        line = sa.select(task.c.id, task.c.owner, at.label("at")).where(waiting).subquery()
        ours = sa.select(line.c.id, line.c.at).where(line.c.owner == owner)
        positions: dict[str, int] = {row[0]: row[1] for row in self._db.rows(ours)}
        loads = {one.backend: one for one in self._loads()}
        return [
            _place(one, positions.get(one.id.hex), loads.get(one.backend, Load(one.backend)))
            for one in map(task_from_row, rows)
        ]

    def _loads(self) -> list[Load]:
        statement = sa.select(task.c.backend, task.c.status, sa.func.count()).where(task.c.status.in_(LIVE))
        counted: dict[tuple[str, str], int] = {
            (row[0], row[1]): row[2] for row in self._db.rows(statement.group_by(task.c.backend, task.c.status))
        }
        paces = self._paces()
        names = sorted({backend for backend, _ in counted} | set(paces))
        return [
            Load(name, counted.get((name, LIVE[0]), 0), counted.get((name, LIVE[1]), 0), paces.get(name))
            for name in names
        ]

    def _paces(self) -> Mapping[str, float]:
        if time.monotonic() - self._kept_at < KEEP_SECONDS:
            return self._kept
        done = COLUMNS.where(task.c.status == TaskStatus.COMPLETED.value, task.c.completed_at.is_not(None))
        took: dict[str, list[tuple[float, float]]] = {}
        for one in map(task_from_row, self._db.rows(done.order_by(task.c.completed_at.desc()).limit(LATELY))):
            if isinstance(seconds := one.facts.get("took_seconds"), int | float):
                took.setdefault(one.backend, []).append((float(seconds), _size(one)))
        self._kept = {name: sum(a for a, _ in pairs) / sum(b for _, b in pairs) for name, pairs in took.items()}
        self._kept_at = time.monotonic()
        return self._kept


def _size(one: Task) -> float:
    """Give a task's work in seconds of 1280x720."""
    return one.frames / FPS * one.width * one.height / (1280 * 720)


def _place(one: Task, position: int | None, load: Load) -> Place:
    if load.pace is None:
        return Place(one.id, position, None)
    whole = load.pace * _size(one)
    if position is None:
        return Place(one.id, None, round(whole * (100 - one.progress) / 100, 1))
    # Those ahead are taken to be like this one, and as many at once as are being made now.
    return Place(one.id, position, round(whole * (1 + position / max(1, load.in_progress)), 1))
