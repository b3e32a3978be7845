"""The adapters of the ports: stores for each database, and in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from grok_video.domain.task import Task
from grok_video.ports import IdempotencyStore, KeyStore, Ledger, TaskStore
from grok_video.store.database import Database
from grok_video.store.idempotency import SqlIdempotencyStore
from grok_video.store.keys import SqlKeyStore
from grok_video.store.ledger import SqlLedger
from grok_video.store.tasks import SqlTaskStore
from grok_video.testing import InMemoryKeyStore, InMemoryLedger, InMemoryTaskStore


@dataclass
class RecordedQueue:
    """A queue that records what was enqueued in a transaction of any store."""

    enqueued: list[tuple[str, int, float]] = field(default_factory=list)
    fail: bool = False

    def enqueue(self, task: Task, delay: float) -> None:
        if self.fail:
            raise RuntimeError("no queue")
        self.enqueued.append((task.id.hex, task.attempt, delay))


@dataclass
class Stores:
    """The stores of one adapter family."""

    tasks: TaskStore
    idempotency: IdempotencyStore
    ledger: Ledger
    keys: KeyStore
    queue: RecordedQueue


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
async def owner(database: Database) -> str:
    await SqlKeyStore(database).ensure_operator("the-operators-secret")
    return "operator"


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def adapter_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database | None]:
    """The database of each family of adapters; None stands for those in memory."""
    if request.param == "memory":
        yield None
        return
    sqlite = request.param == "sqlite"
    database = Database(f"sqlite:///{tmp_path / 'test.db'}" if sqlite else request.getfixturevalue("fresh_postgres"))
    database.migrate()
    yield database
    database.close()


@pytest.fixture
async def stores(adapter_database: Database | None) -> Stores:
    queue = RecordedQueue()
    if adapter_database is not None:
        return await sql_stores(adapter_database, queue)
    memory = InMemoryTaskStore(enqueue=queue.enqueue, ledger=InMemoryLedger())
    bundle = Stores(memory, memory.idempotency, memory.ledger, InMemoryKeyStore(), queue)
    await bundle.keys.ensure_operator("the-operators-secret")
    return bundle


async def sql_stores(database: Database, queue: RecordedQueue) -> Stores:
    def enqueue(_connection: sa.Connection, task: Task, delay: float) -> None:
        queue.enqueue(task, delay)

    idempotency = SqlIdempotencyStore(database)
    tasks = SqlTaskStore(database, idempotency=idempotency, enqueue=enqueue)
    bundle = Stores(tasks, idempotency, SqlLedger(database), SqlKeyStore(database), queue)
    await bundle.keys.ensure_operator("the-operators-secret")
    return bundle


@pytest.fixture
def store(stores: Stores) -> TaskStore:
    return stores.tasks


@pytest.fixture
def keys(stores: Stores) -> KeyStore:
    return stores.keys


@pytest.fixture
def ledger(stores: Stores) -> Ledger:
    return stores.ledger


@pytest.fixture
def queue(stores: Stores) -> RecordedQueue:
    return stores.queue
