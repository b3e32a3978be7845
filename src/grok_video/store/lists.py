"""Pages of an owner's tasks, filtered and searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from ..domain.search import contains
from ..domain.task import Task
from ..ports import Filters
from .database import Database
from .mapping import COLUMNS, matching, task_from_row
from .search import Position, SqlSearch
from .tables import task

# Rows read at once of what a search may have found.
FOUND_PER_READ = 100


class TaskLists:
    """Reads lists: by the index of words if a search has a rare one, else through the owner's tasks in their order."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._search = SqlSearch(database)

    async def page(
        self, owner: str, filters: Filters, cursor: Position | None, *, limit: int, ascending: bool
    ) -> Sequence[Task]:
        """Return tasks behind a position by (created_at, id), newest first unless `ascending`."""
        if filters.words and (found := await self._search.find(owner, filters.words)) is not None:
            return await self._found(found, filters, cursor, limit=limit, ascending=ascending)
        page: list[Task] = []
        while True:
            tasks = await self._next(owner, filters, cursor, limit=limit, ascending=ascending)
            page += [each for each in tasks if _contains(each, filters)]
            if len(tasks) < limit or len(page) >= limit:
                return page[:limit]
            cursor = (tasks[-1].created_at, tasks[-1].id.hex)

    async def _next(
        self, owner: str, filters: Filters, cursor: Position | None, *, limit: int, ascending: bool
    ) -> Sequence[Task]:
        """Return tasks behind a position whose prompts have the words anywhere."""
        statement = COLUMNS.where(task.c.owner == owner, *matching(filters, sqlite=self._db.sqlite)).limit(limit)
        if cursor is not None:
            position, last = sa.tuple_(task.c.created_at, task.c.id), sa.tuple_(*map(sa.literal, cursor))
            statement = statement.where(position > last if ascending else position < last)
        order = (task.c.created_at, task.c.id)
        return await self._read(statement.order_by(*(order if ascending else [column.desc() for column in order])))

    async def _found(
        self, found: Sequence[Position], filters: Filters, cursor: Position | None, *, limit: int, ascending: bool
    ) -> Sequence[Task]:
        """Return a page of the tasks at these positions that match, reading no more than it takes."""
        if cursor is not None:
            found = [place for place in found if (place > cursor if ascending else place < cursor)]
        ids = [task_id for _, task_id in (found if ascending else reversed(found))]
        conditions = matching(filters, sqlite=self._db.sqlite)
        page: list[Task] = []
        for begin in range(0, len(ids), FOUND_PER_READ):
            some = ids[begin : begin + FOUND_PER_READ]
            tasks = {each.id: each for each in await self._read(COLUMNS.where(task.c.id.in_(some), *conditions))}
            in_order = [tasks[UUID(task_id)] for task_id in some if UUID(task_id) in tasks]
            page += [each for each in in_order if _contains(each, filters)]
            if len(page) >= limit:
                break
        return page[:limit]

    async def _read(self, statement: sa.Select[*tuple[Any, ...]]) -> Sequence[Task]:
        rows = await self._db.run(lambda: self._db.rows(statement))
        return [task_from_row(row) for row in rows]


def _contains(candidate: Task, filters: Filters) -> bool:
    return all(contains(candidate.prompt, word) for word in filters.words)
