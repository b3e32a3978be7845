"""Finding tasks by the words of their prompts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ..domain.search import beginnings_of, words_of
from .database import Database
from .tables import task, task_word

# A word of more tasks is so common that walking through the newest tasks finds a page sooner.
COMMON = 2000
# What sorts behind every word with the same beginning.
LAST = "\U0010ffff"
NOT_INDEXED = sa.literal_column("0")

# When a task was created and its id, which is the order of lists.
Position = tuple[float, str]


class SqlSearch:
    """The SearchIndex port: words of tasks in a table, filled some seconds after a task was created."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def find(self, owner: str, words: Sequence[str]) -> list[Position] | None:
        """Return the owner's tasks that may contain all words, or None if they are too many to list."""
        return await self._db.run(lambda: self._find(owner, words))

    def _find(self, owner: str, words: Sequence[str]) -> list[Position] | None:
        beginnings = sorted({begin for word in words for begin in beginnings_of(word)}, key=len, reverse=True)
        rarest: set[Position] | None = None
        for begin in beginnings:
            columns = sa.select(task_word.c.created_at, task_word.c.task_id)
            matching = (task_word.c.owner == owner, task_word.c.word.between(begin, begin + LAST))
            # A task may have several words with this beginning.
            rows = self._db.rows(columns.where(*matching).limit(COMMON + 1))
            found = {(row[0], row[1]) for row in rows}
            if len(rows) <= COMMON and (rarest is None or len(found) < len(rarest)):
                rarest = found
        if rarest is None:
            return None
        new = sa.select(task.c.created_at, task.c.id).where(task.c.owner == owner, task.c.indexed == NOT_INDEXED)
        unindexed = self._db.rows(new.limit(COMMON + 1))
        if len(unindexed) > COMMON:
            return None
        return sorted(rarest | {(row[0], row[1]) for row in unindexed})

    async def add_new(self, limit: int = 500) -> int:
        """Add the words of tasks that are not indexed yet; return how many tasks."""

        def write() -> int:
            columns = sa.select(task.c.id, task.c.owner, task.c.created_at, task.c.request)
            new = columns.where(task.c.indexed == NOT_INDEXED).limit(limit).with_for_update(skip_locked=True)
            with self._db.begin() as connection:
                rows = connection.execute(new).all()
                words = [
                    {"owner": row.owner, "word": word, "task_id": row.id, "created_at": row.created_at}
                    for row in rows
                    for word in _words(row.request)
                ]
                if words:
                    connection.execute(self._insert(), words)
                if rows:
                    these = task.c.id.in_([row.id for row in rows])
                    connection.execute(sa.update(task).where(these).values(indexed=1))
            return len(rows)

        # A look outside of a transaction first: usually there is nothing new, and SQLite has one writer.
        any_new = sa.select(task.c.id).where(task.c.indexed == NOT_INDEXED).limit(1)
        if not await self._db.run(lambda: self._db.rows(any_new)):
            return 0
        return await self._db.run(write)

    def _insert(self) -> Any:
        insert = sqlite.insert if self._db.sqlite else postgresql.insert
        return insert(task_word).on_conflict_do_nothing()


def delete_words(connection: sa.Connection, task_id: str, owner: str, request: str) -> None:
    """Delete a task's words in the caller's transaction."""
    these = (task_word.c.owner == owner, task_word.c.word.in_(_words(request)), task_word.c.task_id == task_id)
    connection.execute(sa.delete(task_word).where(*these))


def _words(request: str) -> frozenset[str]:
    return words_of(json.loads(request)["prompt"])
