"""The order of a backend's queue: owners take turns, however many tasks each of them queues (decision 0017)."""

from __future__ import annotations

import sqlalchemy as sa

from ..domain.task import TaskStatus
from .mapping import unfinished
from .tables import task


def next_priority(connection: sa.Connection, owner: str, backend: str, *, moved: str = "") -> int:
    """Return the priority of an owner's next task: one more than the queue's time and than the owner's last task.

    The queue's time is the priority of what runs or runs next. It is read from the rows, so that it survives every
    restart, and a cancelled task leaves no gap behind. `moved` is a task that has just come from another backend and
    counts for nothing yet.
    """

    def extreme(
        of: sa.Function[int], status: TaskStatus, *conditions: sa.ColumnElement[bool], index: str = "task_queue"
    ) -> int:
        matching = (task.c.backend == backend, task.c.status == status.value, task.c.id != moved, *conditions)
        statement = unfinished(sa.select(of).select_from(task), index).where(*matching)
        return connection.execute(statement).scalar_one() or 0

    newest, oldest = sa.func.max(task.c.priority), sa.func.min(task.c.priority)
    running = extreme(newest, TaskStatus.IN_PROGRESS)
    # A retry waits with its old place, which says nothing of the present.
    next_to_run = extreme(oldest, TaskStatus.QUEUED, task.c.attempt == 1)
    own = extreme(newest, TaskStatus.QUEUED, task.c.owner == owner, index="task_queue_of_owner")
    return max(running, next_to_run - 1, own) + 1
