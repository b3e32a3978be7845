"""Queries of a large database: by indexes, whatever it holds."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import sqlalchemy as sa

from grok_video.domain.task import Task, TaskError
from grok_video.ports import Filters
from grok_video.store.database import Database
from grok_video.store.idempotency import SqlIdempotencyStore
from grok_video.store.keys import SqlKeyStore
from grok_video.store.queue_stats import SqlQueueStats
from grok_video.store.retention import SqlRetentionStore
from grok_video.store.search import COMMON, SqlSearch
from grok_video.store.tables import task_word
from grok_video.store.tasks import SqlTaskStore
from tests.factories import new_task

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("owner")]

ROWS = 3000


@pytest.fixture
def store(database: Database) -> SqlTaskStore:
    return SqlTaskStore(database, idempotency=SqlIdempotencyStore(database), enqueue=lambda *_: None)


async def ended(store: SqlTaskStore, **fields: Any) -> Task:
    task = await store.create(new_task(**fields))
    await store.fail(task.id, 1, TaskError("rejected", "No."))
    return task


async def found(store: SqlTaskStore, *words: str, **how: Any) -> list[str]:
    page = await store.list("operator", filters=Filters(words=words), **how)
    return [task.prompt for task in page]


async def test_searches_are_the_same_before_and_after_indexing(store: SqlTaskStore, database: Database) -> None:
    index = SqlSearch(database)
    for at, prompt in enumerate(("a fox", "two foxes, one fox", "a dog", "狐狸和狗")):
        await ended(store, prompt=prompt, created_at=float(at))
    other, _ = await SqlKeyStore(database).create("other")
    await ended(store, prompt="somebody's fox", owner=other.id)
    for _ in range(2):
        assert await found(store, "fox") == ["two foxes, one fox", "a fox"]
        assert await found(store, "fox", ascending=True, limit=1) == ["a fox"]
        assert await found(store, "one", "fox") == ["two foxes, one fox"]
        assert await found(store, "狐狸") == ["狐狸和狗"]
        assert await found(store, "cat") == []
        await index.add_new()
    assert await index.add_new() == 0
    assert await found(store, "dog") == ["a dog"]


async def test_pages_of_a_search_have_no_gaps(store: SqlTaskStore, database: Database) -> None:
    tasks = [await ended(store, prompt=f"fox {at}", created_at=float(at)) for at in range(7)]
    await SqlSearch(database).add_new()
    seen: list[str] = []
    last = None
    while page := await store.list("operator", limit=3, after=last, filters=Filters(words=("fox",))):
        seen += [task.prompt for task in page]
        last = page[-1].id
    assert seen == [task.prompt for task in reversed(tasks)]


async def test_a_word_of_most_tasks_is_found_too(
    store: SqlTaskStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grok_video.store.search.COMMON", 3)
    for at in range(8):
        await ended(store, prompt="a fox" if at else "the fox and the hen", created_at=float(at))
    await SqlSearch(database).add_new()
    assert len(await found(store, "fox")) == 8
    assert await found(store, "fox", "hen") == ["the fox and the hen"]
    assert COMMON > 1000


async def test_the_words_of_a_deleted_task_go_with_it(store: SqlTaskStore, database: Database) -> None:
    gone, stays = await ended(store, prompt="a fox 狐狸"), await ended(store, prompt="a fox")
    await SqlSearch(database).add_new()
    await store.delete(gone.id)
    assert {row[0] for row in database.rows(sa.select(task_word.c.task_id))} == {stays.id.hex}
    await store.delete(stays.id)
    assert database.rows(sa.select(task_word.c.task_id)) == []


class Plans:
    """The plans of what a database was asked, as its own EXPLAIN describes them."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.asked: list[tuple[str, Any]] = []
        for engine in {database.engine, database._reader.engine}:
            sa.event.listen(engine, "before_cursor_execute", self._record)
        self._driver_connection = database.driver_connection
        database.driver_connection = lambda: self

    def execute(self, statement: str, values: Any = ()) -> Any:
        """Execute and record a statement in place of SQLite's own connection."""
        self._record(None, None, statement, values)
        return self._driver_connection().execute(statement, values)

    def _record(self, _connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if re.match("SELECT .* FROM task |UPDATE task ", " ".join(statement.split()) + " "):
            self.asked.append((statement, values))

    def read(self) -> list[str]:
        """Return the plan of each statement since the last call."""
        asked, self.asked = self.asked, []
        explain = "EXPLAIN QUERY PLAN " if self._db.sqlite else "EXPLAIN "
        plans: list[str] = []
        with self._db.engine.connect() as connection:
            for statement, values in asked:
                rows = connection.exec_driver_sql(explain + statement, values).all()
                plans.append("\n".join(str(row[-1]) for row in rows))
        self.asked = []
        return plans


def fill(database: Database, *, analyse: bool) -> None:
    """Insert thousands of ended tasks, some expired, some without files, and a few unfinished ones."""
    from grok_video.store.mapping import insert_values
    from grok_video.store.tables import task

    now = time.time()
    rows: list[dict[str, Any]] = []
    for number in range(ROWS):
        finished = number % 500 != 0
        values = insert_values(new_task(prompt=f"a fox {number}", created_at=number, updated_at=number), number)
        without = number % 3 == 0 and finished
        rows.append(values | {
            "status": "completed" if finished else "queued", "completed_at": now - number if finished else None,
            "expires_at": now + number if not without else now - 1, "files_deleted_at": now if without else None,
            "indexed": 1, "kept": 0,
        })  # fmt: skip
    with database.begin() as connection:
        connection.execute(sa.insert(task), rows)
    if analyse:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


# Which indexes of tasks each query may use on SQLite; PostgreSQL chooses by what the tables hold.
INDEXES = {
    "list": {"task_owner_created"},
    "next page": {"task_owner_created", "sqlite_autoindex_task_1"},
    "by status": {"task_owner_status"},
    "status": {"sqlite_autoindex_task_1"},
    "counts": {"task_queue_of_owner", "task_queue", "task_ended"},
    "positions": {"task_queue_of_owner", "task_queue", "task_ended"},
    "stalled": {"task_unfinished"},
    "cancelled": {"task_cancel"},
    "changes": {"task_owner_change"},
    "expired": {"task_with_files", "task_source"},
    "forgettable": {"task_without_files", "task_source"},
    "oldest": {"task_removable", "task_source"},
    "endless": {"task_endless"},
    "new words": {"task_unindexed"},
    "create": {"task_queue", "task_queue_of_owner"},
    "cancel": {"sqlite_autoindex_task_1"},
}


@pytest.mark.parametrize("analysed", [True, False])
async def test_every_frequent_query_uses_its_index(store: SqlTaskStore, database: Database, *, analysed: bool) -> None:
    fill(database, analyse=analysed or not database.sqlite)
    retention, stats = SqlRetentionStore(database), SqlQueueStats(database)
    some = (await store.list("operator", limit=1))[0]
    plans = Plans(database)
    queries = {
        "list": store.list("operator"),
        "next page": store.list("operator", after=some.id),
        "by status": store.list("operator", filters=Filters(statuses=frozenset({some.status}))),
        "status": store.get(some.id),
        "counts": store.count("operator"),
        "positions": stats.positions("operator"),
        "stalled": store.list_stalled(time.time(), limit=200),
        "cancelled": store.cancel_requested(),
        "changes": store.changes("operator", ROWS - 3),
        "expired": retention.list_expired(time.time(), limit=100),
        "forgettable": retention.list_forgettable(time.time() - 60, limit=100),
        "oldest": retention.list_oldest(limit=10),
        "endless": retention.set_lifetime(3600),
        "new words": SqlSearch(database).add_new(),
        "create": store.create(new_task()),
        "cancel": store.request_cancel(some.id),
    }
    assert queries.keys() == INDEXES.keys()
    for name, query in queries.items():
        await query
        read = plans.read()
        assert read, name
        for plan in read:
            assert "Seq Scan on task" not in plan, f"{name}: {plan}"
            if database.sqlite:
                used = {line for line in plan.splitlines() if re.match("(SCAN|SEARCH) (task|derived)", line)}
                others = [line for line in used if not any(f"INDEX {index} " in f"{line} " for index in INDEXES[name])]
                assert others == [], f"{name}: {plan}"
