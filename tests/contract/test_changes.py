"""The Changes port, on SQLite and on PostgreSQL: readers wake whatever process wrote."""

from __future__ import annotations

import asyncio
import time

import pytest

from grok_video.tasks.changes import DatabaseChanges
from grok_video.tasks.database import Database
from grok_video.tasks.keys import SqlKeyStore
from grok_video.tasks.store import SqlTaskStore

from .conftest import new_task

pytestmark = pytest.mark.anyio


async def test_another_processes_write_wakes_a_reader(database: Database, owner: str) -> None:
    changes = DatabaseChanges(database)
    await changes.start()
    other = Database(database.url)
    store = SqlTaskStore(other, enqueue=lambda *_: None)
    try:
        await changes.wait(changes.moment(), 0.5)
        started = time.monotonic()
        reader = asyncio.create_task(changes.wait(changes.moment(), 20))
        await asyncio.sleep(0.3)
        await store.create(new_task())
        await reader
        assert time.monotonic() - started < 10
    finally:
        await changes.close()
        other.close()


async def test_an_announcement_wakes_at_once_and_silence_times_out(database: Database) -> None:
    changes = DatabaseChanges(database)
    await changes.start()
    try:
        await changes.wait(changes.moment(), 0.4)
        reader = asyncio.create_task(changes.wait(changes.moment(), 20))
        await asyncio.sleep(0)
        changes.announce()
        await asyncio.wait_for(reader, 5)
        await asyncio.wait_for(changes.wait(changes.moment(), 0.05), 5)
    finally:
        await changes.close()


async def test_a_change_between_the_moment_and_the_wait_is_not_missed(database: Database) -> None:
    changes = DatabaseChanges(database)
    await changes.start()
    try:
        moment = changes.moment()
        changes.announce()
        await asyncio.sleep(0.05)
        started = time.monotonic()
        await changes.wait(moment, 20)
        assert time.monotonic() - started < 10
    finally:
        await changes.close()


async def test_the_version_moves_with_every_commit_of_this_and_another_process(database: Database, owner: str) -> None:
    changes = DatabaseChanges(database)
    other = Database(database.url)
    try:
        if not database.sqlite:
            assert changes.version() is None
            return
        seen = [changes.version()]
        assert changes.version() == seen[0]
        for writer in (database, other):
            await SqlTaskStore(writer, enqueue=lambda *_: None).create(new_task())
            seen.append(changes.version())
            assert changes.version() == seen[-1]
        await SqlKeyStore(other).revoke(owner)
        seen.append(changes.version())
        assert len(set(seen)) == len(seen)
    finally:
        other.close()
