"""The queue as a whole: positions, load, workers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from ..domain.request import FPS
from ..domain.task import Task, TaskStatus
from ..ports import BackendLoad, QueuePosition, WorkerProcess
from .database import Database
from .executors import is_dead, silence
from .mapping import COLUMNS, task_from_row, unfinished
from .tables import executor, task

# Rates are measured on this many recently completed tasks, and kept for some seconds.
RECENT_TASKS = 30
KEEP_SECONDS = 5.0
MAX_POSITIONS = 500
QUEUED, IN_PROGRESS = TaskStatus.QUEUED.value, TaskStatus.IN_PROGRESS.value


class SqlQueueStats:
    """The QueueStats port on our rows; times are estimates from recently completed tasks."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._rates: dict[str, float] = {}
        self._rates_at = -KEEP_SECONDS

    async def positions(self, owner: str) -> Sequence[QueuePosition]:
        """Return the positions of an owner's unfinished tasks, oldest first, at most 500."""
        return await self._db.run(lambda: self._read_positions(owner))

    async def loads(self) -> Sequence[BackendLoad]:
        """Return the load of each backend with unfinished or recently finished tasks."""
        return await self._db.run(self._read_loads)

    async def workers(self) -> Sequence[WorkerProcess]:
        """Return the worker processes, oldest first."""
        columns = (executor.c.host, executor.c.pid, executor.c.started_at, executor.c.heartbeat_at)
        statement = sa.select(*columns, silence(self._db).label("silent")).order_by(executor.c.started_at)
        rows = await self._db.run(lambda: self._db.rows(statement))
        return [
            WorkerProcess(
                row.host, row.pid, row.started_at, row.heartbeat_at,
                alive=not is_dead(row.host, row.pid, row.started_at, row.silent),
            )
            for row in rows
        ]  # fmt: skip

    def _read_positions(self, owner: str) -> list[QueuePosition]:
        own = unfinished(COLUMNS, "task_queue_of_owner").where(task.c.owner == owner)
        rows = self._db.rows(own.order_by(task.c.created_at, task.c.id).limit(MAX_POSITIONS))
        if not rows:
            return []
        tasks = [task_from_row(row) for row in rows]
        queued = [waiting for waiting in tasks if waiting.status is TaskStatus.QUEUED]
        positions: dict[str, int] = {}
        for backend in sorted({waiting.backend for waiting in queued}):
            positions |= self._places(backend, [waiting.id.hex for waiting in queued if waiting.backend == backend])
        loads = {load.backend: load for load in self._read_loads()}
        return [
            _position(waiting, positions.get(waiting.id.hex), loads.get(waiting.backend, BackendLoad(waiting.backend)))
            for waiting in tasks
        ]

    def _places(self, backend: str, ids: Sequence[str]) -> dict[str, int]:
        """Return the places of these tasks in a backend's queue, from 1."""
        # The order of the index, so that nothing is sorted.
        number = sa.func.row_number().over(order_by=(task.c.priority, task.c.created_at, task.c.id))
        queued = unfinished(sa.select(task.c.id, number.label("place")), "task_queue")
        queue = queued.where(task.c.backend == backend, task.c.status == QUEUED).subquery()
        rows = self._db.rows(sa.select(queue.c.id, queue.c.place).where(queue.c.id.in_(ids)))
        return {row[0]: row[1] for row in rows}

    def _read_loads(self) -> list[BackendLoad]:
        statement = unfinished(sa.select(task.c.backend, task.c.status, sa.func.count()), "task_queue")
        grouped = statement.group_by(task.c.backend, task.c.status)
        counts: dict[tuple[str, str], int] = {(row[0], row[1]): row[2] for row in self._db.rows(grouped)}
        rates = self._read_rates()
        names = sorted({backend for backend, _ in counts} | set(rates))
        return [
            BackendLoad(name, counts.get((name, QUEUED), 0), counts.get((name, IN_PROGRESS), 0), rates.get(name))
            for name in names
        ]

    def _read_rates(self) -> Mapping[str, float]:
        if time.monotonic() - self._rates_at < KEEP_SECONDS:
            return self._rates
        completed = COLUMNS.where(task.c.status == TaskStatus.COMPLETED.value, task.c.completed_at.is_not(None))
        recent = completed.order_by(task.c.completed_at.desc()).limit(RECENT_TASKS)
        measured: dict[str, list[tuple[float, float]]] = {}
        for done in map(task_from_row, self._db.rows(recent)):
            if isinstance(seconds := done.facts.get("took_seconds"), int | float):
                measured.setdefault(done.backend, []).append((float(seconds), _video_seconds(done)))
        self._rates = {
            name: sum(took for took, _ in pairs) / sum(created for _, created in pairs)
            for name, pairs in measured.items()
        }
        self._rates_at = time.monotonic()
        return self._rates


def _video_seconds(task: Task) -> float:
    """Return a task's work in seconds of 1280x720 video."""
    return task.frames / FPS * task.width * task.height / (1280 * 720)


def _position(task: Task, position: int | None, load: BackendLoad) -> QueuePosition:
    if load.seconds_per_video_second is None:
        return QueuePosition(task.id, position, None)
    seconds = load.seconds_per_video_second * _video_seconds(task)
    if position is None:
        return QueuePosition(task.id, None, round(seconds * (100 - task.progress) / 100, 1))
    # Tasks ahead are assumed to be like this one, and as many to run at once as run now.
    return QueuePosition(task.id, position, round(seconds * (1 + position / max(1, load.in_progress)), 1))
