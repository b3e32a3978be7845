"""The order of a backend's queue: owners take turns, however many tasks each of them queues (decision 0017)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from ..domain.task import TaskStatus
from .database import Database
from .mapping import unfinished
from .prepared import Prepared
from .tables import task

QUEUED = task.c.status == TaskStatus.QUEUED.value
RUNNING = task.c.status == TaskStatus.IN_PROGRESS.value


@dataclass(frozen=True, slots=True)
class Standing:
    """How many queued and unfinished tasks an owner has, and the priority of the owner's next one in a queue."""

    queued: int
    unfinished: int
    next_priority: int


class QueueOrder:
    """Reads an owner's standing in a backend's queue, in one statement.

    The next priority is one more than the queue's time and than the owner's last task. The queue's time is the
    priority of what runs or runs next. It is read from the rows, so that it survives every restart, and a cancelled
    task leaves no gap behind.
    """

    def __init__(self, database: Database) -> None:
        newest, oldest = sa.func.max(task.c.priority), sa.func.min(task.c.priority)
        own = task.c.owner == sa.bindparam("owner")
        in_queue = (task.c.backend == sa.bindparam("backend"), task.c.id != sa.bindparam("moved"))
        self._read = Prepared(
            database,
            sa.select(
                *owner_counts("owner"),
                _value(newest, RUNNING, *in_queue),
                # A retry waits with its old place, which says nothing of the present.
                _value(oldest, QUEUED, task.c.attempt == 1, *in_queue),
                _value(newest, own, QUEUED, *in_queue, index="task_queue_of_owner"),
            ),
        )

    def standing(self, connection: sa.Connection, owner: str, backend: str, *, moved: str = "") -> Standing:
        """Return an owner's standing; `moved` is a task that has just come from another queue, without a place yet."""
        row = self._read(connection, owner=owner, backend=backend, moved=moved).one()
        queued, running, newest_running, next_to_run, last = (value or 0 for value in row)
        return Standing(queued, queued + running, max(newest_running, next_to_run - 1, last) + 1)


def owner_counts(parameter: str) -> tuple[sa.ScalarSelect[int], sa.ScalarSelect[int]]:
    """Return the number of queued and of running tasks of the owner that a bind parameter names."""
    own = task.c.owner == sa.bindparam(parameter)
    return counted(own, QUEUED, index="task_queue_of_owner"), counted(own, RUNNING, index="task_queue_of_owner")


def counted(*conditions: sa.ColumnElement[bool], index: str = "task_queue") -> sa.ScalarSelect[int]:
    """Return the number of unfinished tasks that match, by an index of such tasks."""
    return _value(sa.func.count(), *conditions, index=index)


def _value(
    of: sa.Function[int], *conditions: sa.ColumnElement[bool], index: str = "task_queue"
) -> sa.ScalarSelect[int]:
    return unfinished(sa.select(of).select_from(task), index).where(*conditions).scalar_subquery()
