"""The QueueStats port, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import time

import pytest
import sqlalchemy as sa

from grok_video.domain.task import Clip, Task
from grok_video.store.database import Database
from grok_video.store.executors import DEAD_AFTER_SECONDS, Executors
from grok_video.store.idempotency import SqlIdempotencyStore
from grok_video.store.keys import SqlKeyStore
from grok_video.store.processes import Process
from grok_video.store.queue_stats import SqlQueueStats
from grok_video.store.tables import executor
from grok_video.store.tasks import SqlTaskStore
from tests.factories import new_task

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(database: Database, owner: str) -> SqlTaskStore:
    return SqlTaskStore(database, idempotency=SqlIdempotencyStore(database), enqueue=lambda *_: None)


async def finish(store: SqlTaskStore, task: Task, took: float) -> None:
    await store.create(task)
    assert await store.begin(task.id, 1)
    clip = Clip(task.width, task.height, 24.0, task.frames, 1)
    assert await store.finish(task.id, 1, clip, {"took_seconds": took})


async def test_places_count_everybodys_tasks_of_the_same_backend(store: SqlTaskStore, database: Database) -> None:
    other, _ = await SqlKeyStore(database).create("other")
    stats, now = SqlQueueStats(database), time.time()
    first = new_task(other.id, created_at=now)
    elsewhere = new_task(created_at=now + 1, backend="xai")
    mine = [new_task(created_at=now + 2 + at) for at in range(2)]
    for task in (mine[1], first, elsewhere, mine[0]):
        await store.create(task)
    places = await stats.positions("operator")
    # Both owners' first tasks share a turn, in the order of their creation; mine[1] was created first.
    assert [(place.task_id, place.position) for place in places] == [
        (elsewhere.id, 1), (mine[0].id, 3), (mine[1].id, 2),
    ]  # fmt: skip
    assert {place.eta for place in places} == {None}
    assert await store.begin(first.id, 1)
    assert [position.position for position in await stats.positions("operator")] == [1, 2, 1]
    assert [position.position for position in await stats.positions(other.id)] == [None]


async def test_times_follow_from_what_was_finished_lately(store: SqlTaskStore, database: Database) -> None:
    # 2 seconds of 1280x720 in 4 seconds, 1 of 1920x1080 (2.25 times the pixels) in 4.5: two seconds a second.
    await finish(store, new_task(frames=48), 4.0)
    await finish(store, new_task(width=1920, height=1080), 4.5)
    running, waiting = new_task(frames=240), new_task(frames=240, created_at=time.time() + 1)
    await store.create(running)
    await store.create(waiting)
    begun = await store.begin(running.id, 1)
    assert begun
    await store.progress([(begun, 25)])
    stats = SqlQueueStats(database)
    assert [position.eta for position in await stats.positions("operator")] == [15.0, 40.0]
    load = (await stats.loads())[0]
    assert (load.backend, load.queued, load.in_progress, load.seconds_per_video_second) == (
        "fake",
        1,
        1,
        pytest.approx(2.0),
    )


async def test_workers_are_told_dead_from_alive(database: Database) -> None:
    here = Executors(database)
    here.heartbeat()
    with database.begin() as connection:
        silent = time.time() - DEAD_AFTER_SECONDS - 1
        values = {"id": "b", "host": "elsewhere", "pid": 7, "started_at": 1.0, "heartbeat_at": silent}
        connection.execute(sa.insert(executor).values(values))
    workers = await SqlQueueStats(database).workers()
    assert [(worker.host, worker.pid, worker.alive) for worker in workers] == [
        ("elsewhere", 7, False), (Process.this().host, os.getpid(), True),
    ]  # fmt: skip
