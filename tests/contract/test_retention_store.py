"""The RetentionStore port: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from grok_video.domain.errors import SourceExpired
from grok_video.domain.task import Clip, Task, TaskError, TaskStatus
from grok_video.ports import RetentionStore, TaskStore
from grok_video.store.database import Database
from grok_video.store.retention import SqlRetentionStore
from grok_video.testing import InMemoryRetentionStore, InMemoryTaskStore
from tests.factories import new_task

from .conftest import RecordedQueue, sql_stores

pytestmark = pytest.mark.anyio


@dataclass
class Stores:
    """A retention store and the tasks that it is about."""

    tasks: TaskStore
    retention: RetentionStore

    async def ended(self, **fields: object) -> Task:
        task = await self.tasks.create(new_task(**fields))
        await self.tasks.begin(task.id, 1)
        assert await self.tasks.finish(task.id, 1, Clip(64, 64, 24.0, 24, 9), {})
        return await self.read(task)

    async def read(self, task: Task) -> Task:
        found = await self.tasks.get(task.id)
        assert found is not None
        return found


@pytest.fixture
async def stores(adapter_database: Database | None) -> Stores:
    if adapter_database is None:
        tasks = InMemoryTaskStore()
        return Stores(tasks, InMemoryRetentionStore(tasks))
    bundle = await sql_stores(adapter_database, RecordedQueue())
    return Stores(bundle.tasks, SqlRetentionStore(adapter_database))


async def test_a_lifetime_begins_at_the_end(stores: Stores) -> None:
    created = time.time() - 1000
    task = await stores.ended(created_at=created, expires_at=created + 60)
    assert task.expires_at == pytest.approx(time.time() + 60, abs=5)
    assert not task.expired(time.time())
    assert task.expired(time.time() + 70)
    failed = await stores.tasks.create(new_task(created_at=created, expires_at=created + 60))
    await stores.tasks.fail(failed.id, 1, TaskError("rejected", "no"))
    assert (await stores.read(failed)).expires_at == pytest.approx(time.time() + 60, abs=5)
    assert (await stores.ended()).expires_at is None


async def test_expired_files_are_listed_once_and_their_rows_later(stores: Stores) -> None:
    now = time.time()
    first, second = [await stores.ended(expires_at=now + 10 - order) for order in range(2)]
    waiting = await stores.tasks.create(new_task(expires_at=now - 100))
    assert await stores.retention.list_expired(now + 5, limit=10) == []
    assert await stores.retention.list_expired(now + 20, limit=10) == [second.id, first.id]
    assert await stores.retention.list_expired(now + 20, limit=1) == [second.id]
    await stores.retention.mark_files_deleted([second.id], now + 20)
    assert await stores.retention.list_expired(now + 20, limit=10) == [first.id]
    assert (await stores.read(second)).expired(now)
    assert await stores.retention.list_forgettable(now, limit=10) == []
    assert await stores.retention.list_forgettable(now + 30, limit=10) == [second.id]
    assert (await stores.read(waiting)).status is TaskStatus.QUEUED


async def test_what_an_unfinished_task_derives_from_stays(stores: Stores) -> None:
    now = time.time()
    source = await stores.ended(expires_at=now)
    derived = await stores.tasks.create(new_task(source_id=source.id))
    later = time.time() + 100
    assert await stores.retention.list_expired(later, limit=10) == []
    assert await stores.retention.list_oldest(limit=10) == []
    await stores.tasks.begin(derived.id, 1)
    assert await stores.retention.list_expired(later, limit=10) == []
    await stores.tasks.fail(derived.id, 1, TaskError("rejected", "no"))
    assert await stores.retention.list_expired(later, limit=10) == [source.id]
    await stores.retention.mark_files_deleted([source.id], later)
    assert await stores.retention.list_forgettable(later + 100, limit=10) == [source.id]


async def test_kept_tasks_stay(stores: Stores) -> None:
    now = time.time()
    task = await stores.ended(expires_at=now)
    kept = await stores.retention.keep(task.id, True, None)
    assert kept is not None
    assert (kept.kept, kept.expires_at) == (True, None)
    assert await stores.retention.list_expired(now + 100, limit=10) == []
    assert await stores.retention.list_oldest(limit=10) == []
    assert await stores.retention.set_lifetime(60) == 0
    released = await stores.retention.keep(task.id, False, now + 5)
    assert released is not None
    assert (released.kept, released.expires_at) == (False, pytest.approx(now + 5))
    assert await stores.retention.list_expired(now + 100, limit=10) == [task.id]
    assert await stores.retention.keep(new_task().id, True, None) is None


async def test_the_oldest_go_first_for_want_of_room(stores: Stores) -> None:
    first, second = await stores.ended(), await stores.ended()
    running = await stores.tasks.create(new_task())
    assert await stores.retention.list_oldest(limit=10) == [first.id, second.id]
    now = time.time()
    await stores.retention.mark_files_deleted([first.id], now)
    assert await stores.retention.list_oldest(limit=10) == [second.id]
    assert (await stores.read(first)).expires_at == pytest.approx(now)
    assert not (await stores.read(running)).expired(now + 100)


async def test_a_lifetime_that_is_set_later_counts_for_older_tasks(stores: Stores) -> None:
    task, waiting = await stores.ended(), await stores.tasks.create(new_task())
    assert await stores.retention.set_lifetime(60) == 1
    assert (await stores.read(task)).expires_at == pytest.approx(time.time() + 60, abs=5)
    assert (await stores.read(waiting)).expires_at is None
    assert await stores.retention.set_lifetime(5) == 0


async def test_what_was_kept_or_is_needed_meanwhile_is_not_marked(stores: Stores) -> None:
    now = time.time() + 100
    kept, needed, free = [await stores.ended(expires_at=time.time()) for _ in range(3)]
    listed = await stores.retention.list_expired(now, limit=10)
    assert len(listed) == 3
    await stores.retention.keep(kept.id, True, None)
    await stores.tasks.create(new_task(source_id=needed.id))
    assert await stores.retention.mark_files_deleted(listed, now) == [free.id]
    assert await stores.retention.mark_files_deleted(listed, now) == []
    assert await stores.retention.keep(free.id, True, None) is None


async def test_nothing_derives_from_a_source_whose_files_are_gone(stores: Stores) -> None:
    source = await stores.ended(expires_at=time.time())
    await stores.retention.mark_files_deleted([source.id], time.time())
    with pytest.raises(SourceExpired):
        await stores.tasks.create(new_task(source_id=source.id))
