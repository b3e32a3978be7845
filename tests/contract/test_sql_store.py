"""What only a database has: migrations, transactions with the queue, reservations of dead processes."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from grok_video.domain.errors import IdempotencyConflict
from grok_video.ports import Idempotency
from grok_video.store.database import Database
from grok_video.store.idempotency import SqlIdempotencyStore
from grok_video.store.keys import SqlKeyStore, new_secret
from grok_video.store.tasks import SqlTaskStore
from grok_video.worker.queue import TaskQueue
from tests.factories import new_task

pytestmark = pytest.mark.anyio


async def test_a_reservation_outlives_a_slow_intake_and_is_valid_for_one_video(database: Database, owner: str) -> None:
    idempotency = Idempotency("f" * 64, "my-key")
    keys = SqlIdempotencyStore(database)
    store = SqlTaskStore(database, idempotency=keys, enqueue=lambda *_: None)
    assert await keys.reserve("operator", idempotency) is None
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE idempotency SET created_at = 1"))
    duplicate = asyncio.create_task(keys.reserve("operator", idempotency))
    await asyncio.sleep(0.3)
    assert not duplicate.done()
    # After waiting, it would take over a reservation whose process seems to be gone.
    duplicate.cancel()
    await asyncio.wait([duplicate])
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE idempotency SET holder = 'another|1|1.0'"))
    with pytest.raises(IdempotencyConflict):
        await store.create(new_task(), idempotency)
    assert await store.list("operator") == []


async def test_many_reading_threads_leave_room_for_a_writer(database: Database, owner: str) -> None:
    statement = sa.select(sa.literal(1))
    with ThreadPoolExecutor(40) as threads:
        barrier = threading.Barrier(40, timeout=20)

        def read() -> int:
            barrier.wait()
            return database.rows(statement)[0][0] if database.sqlite else 1

        assert sum(threads.map(lambda _: read(), range(40))) == 40
        with database.begin() as connection:
            assert connection.execute(statement).scalar_one() == 1


async def test_the_real_queue_commits_and_rolls_back_with_the_row(database: Database, owner: str) -> None:
    queue = TaskQueue(database)
    store = SqlTaskStore(database, idempotency=SqlIdempotencyStore(database), enqueue=queue.enqueue)
    task = await store.create(new_task())
    table = "workflow_status" if database.sqlite else "dbos.workflow_status"
    with database.engine.connect() as connection:
        assert connection.execute(sa.text(f"SELECT workflow_uuid FROM {table}")).scalars().all() == [f"{task.id}:1"]
    lost = new_task()
    with database.engine.connect() as connection, connection.begin() as transaction:
        queue.enqueue(connection, lost)
        transaction.rollback()
    with database.engine.connect() as connection:
        assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() == 1
    queue.close()


async def test_migrating_twice_and_at_once_is_harmless(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(2)]
    await asyncio.gather(*(asyncio.to_thread(database.migrate) for database in databases))
    await asyncio.to_thread(databases[0].migrate)
    for database in databases:
        database.close()


async def test_sqlite_runs_in_wal_mode(database: Database) -> None:
    if not database.sqlite:
        return
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_our_migrations_make_our_tables(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from grok_video.store.tables import metadata

    with database.engine.connect() as connection:
        ours = {"include_object": lambda _o, name, kind, *_: kind != "table" or name in metadata.tables}
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, metadata) == []


async def test_a_paid_call_is_synced_to_disk(database: Database) -> None:
    if not database.sqlite:
        return
    with database.begin(durable=True) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    with database.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 1


async def test_one_operator_key_and_one_winner(database: Database) -> None:
    stores = [SqlKeyStore(database) for _ in range(4)]
    secrets = [new_secret() for _ in stores]
    won = await asyncio.gather(*(store.ensure_operator(secret) for store, secret in zip(stores, secrets, strict=True)))
    assert sum(won) == 1
    winner = secrets[won.index(True)]
    key = await stores[0].authenticate(winner)
    assert key is not None
    assert (key.operator, key.id) == (True, "operator")
    assert await stores[0].ensure_operator(winner), "after a crash the winner knows itself again"


async def test_the_signing_secret_stays(database: Database) -> None:
    first, second = SqlKeyStore(database).signing_secret(), SqlKeyStore(database).signing_secret()
    assert first == second
    assert len(first) == 32
