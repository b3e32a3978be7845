"""The Changes port: readers wake after a commit of any process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from grok_video.store.changes import DatabaseChanges
from grok_video.store.database import Database
from grok_video.store.idempotency import SqlIdempotencyStore
from grok_video.store.keys import SqlKeyStore
from grok_video.store.tasks import SqlTaskStore
from grok_video.testing import InMemoryChanges
from tests.factories import new_task

pytestmark = pytest.mark.anyio


async def test_another_processes_write_wakes_a_reader(database: Database, owner: str) -> None:
    changes = DatabaseChanges(database)
    await changes.start()
    other = Database(database.url)
    store = SqlTaskStore(other, idempotency=SqlIdempotencyStore(other), enqueue=lambda *_: None)
    try:
        await changes.wait(changes.snapshot(), 0.5)
        started = time.monotonic()
        reader = asyncio.create_task(changes.wait(changes.snapshot(), 20))
        await asyncio.sleep(0.3)
        await store.create(new_task())
        await reader
        assert time.monotonic() - started < 10
    finally:
        await changes.close()
        other.close()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def changes(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DatabaseChanges | InMemoryChanges]:
    if request.param == "memory":
        yield InMemoryChanges()
        return
    sqlite = request.param == "sqlite"
    database = Database(f"sqlite:///{tmp_path / 'test.db'}" if sqlite else request.getfixturevalue("fresh_postgres"))
    database.migrate()
    changes = DatabaseChanges(database)
    await changes.start()
    # The watcher announces once when it connects.
    await changes.wait(changes.snapshot(), 0.4)
    yield changes
    await changes.close()
    database.close()


async def test_an_announcement_wakes_at_once_and_silence_times_out(changes: DatabaseChanges | InMemoryChanges) -> None:
    reader = asyncio.create_task(changes.wait(changes.snapshot(), 20))
    await asyncio.sleep(0)
    changes.announce()
    await asyncio.wait_for(reader, 5)
    await asyncio.wait_for(changes.wait(changes.snapshot(), 0.05), 5)


async def test_a_change_between_the_snapshot_and_the_wait_is_not_missed(
    changes: DatabaseChanges | InMemoryChanges,
) -> None:
    snapshot = changes.snapshot()
    changes.announce()
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await changes.wait(snapshot, 20)
    assert time.monotonic() - started < 10


async def test_the_version_moves_with_every_commit_of_this_and_another_process(database: Database, owner: str) -> None:
    changes = DatabaseChanges(database)
    other = Database(database.url)
    try:
        if not database.sqlite:
            assert changes.version() is None
            return
        observed = [changes.version()]
        assert changes.version() == observed[0]
        for writer in (database, other):
            await SqlTaskStore(writer, idempotency=SqlIdempotencyStore(writer), enqueue=lambda *_: None).create(
                new_task()
            )
            observed.append(changes.version())
            assert changes.version() == observed[-1]
        await SqlKeyStore(other).revoke(owner)
        observed.append(changes.version())
        assert len(set(observed)) == len(observed)
    finally:
        other.close()


async def test_a_listener_that_lost_its_connection_connects_again_and_catches_up(fresh_postgres: str) -> None:
    import psycopg

    database = Database(fresh_postgres)
    database.migrate()
    await SqlKeyStore(database).ensure_operator("the-operators-secret")
    changes = DatabaseChanges(database)
    await changes.start()
    store = SqlTaskStore(database, idempotency=SqlIdempotencyStore(database), enqueue=lambda *_: None)
    listeners = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    try:
        await changes.wait(changes.snapshot(), 0.5)
        with psycopg.connect(fresh_postgres, autocommit=True) as connection:
            (before,) = connection.execute(listeners).fetchall()
            reader = asyncio.create_task(changes.wait(changes.snapshot(), 30))
            await asyncio.sleep(0)
            connection.execute("SELECT pg_terminate_backend(%s)", before)
            # While nobody listens: only the announcement after the next connection tells of it.
            await store.create(new_task())
            started = time.monotonic()
            await reader
            assert time.monotonic() - started < 15
            deadline = time.monotonic() + 15
            while not (now := connection.execute(listeners).fetchall()) or before in now:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
            # And what comes next wakes readers by NOTIFY again.
            reader = asyncio.create_task(changes.wait(changes.snapshot(), 30))
            await asyncio.sleep(0.3)
            connection.execute("NOTIFY grok_video")
            started = time.monotonic()
            await reader
            assert time.monotonic() - started < 10
    finally:
        await changes.close()
        database.close()
