"""The engine on DBOS, on SQLite and on PostgreSQL: what the Engine port's own suite cannot see."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from grok_video.bootstrap import Container, build
from grok_video.domain.prompt import parse_prompt
from grok_video.domain.request import Format, Operation, VideoRequest
from grok_video.domain.task import StoredInput, Task, TaskStatus
from grok_video.ports import Filters
from grok_video.settings import load_settings
from grok_video.store import tables
from grok_video.store.idempotency import SqlIdempotencyStore
from grok_video.worker import reaper

pytestmark = pytest.mark.anyio


@pytest.fixture
async def container(database_url: str, tmp_path: Path) -> AsyncIterator[Container]:
    settings = load_settings(
        data_dir=tmp_path / "data", database_url=database_url, backend="fake", concurrency=2, drain_seconds=0.2
    )
    container = build(settings)
    await container.start()
    yield container
    await container.stop()


async def submit(container: Container, *, owner: str = "operator", **options: str) -> Task:
    request = VideoRequest(
        Operation.CREATE, parse_prompt("a cat"), model="grok-video-3", seconds=1,
        metadata=tuple((f"fake_{name}", value) for name, value in options.items()),
    )  # fmt: skip
    return await container.service.submit(request, owner=owner, fmt=Format.OPENAI, default_seconds=6)


async def settled(container: Container, task: Task, timeout: float = 60) -> Task:
    deadline = time.monotonic() + timeout
    while not task.status.final:
        assert time.monotonic() < deadline, task
        task = await container.service.wait(task.id, "operator", 5)
    return task


async def running(container: Container, task: Task) -> Task:
    async with asyncio.timeout(30):
        while task.status is not TaskStatus.IN_PROGRESS or task.progress == 0:
            await asyncio.sleep(0.05)
            task = await container.service.get(task.id, "operator")
    return task


async def test_a_task_is_made_probed_and_stored(container: Container) -> None:
    done = await settled(container, await submit(container))
    assert done.status is TaskStatus.COMPLETED
    assert done.clip is not None
    assert (done.clip.width, done.clip.height, done.clip.frames, done.clip.fps) == (1280, 720, 24, 24.0)
    folder = container.settings.data_dir / "media" / str(done.id)
    assert sorted(path.name for path in folder.iterdir()) == ["1.jpg", "1.mp4", "1.webp"]
    assert (folder / "1.mp4").stat().st_size == done.clip.bytes


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("rejected", "rejected"), ("crash", "render_crashed"), ("memory", "render_out_of_memory"),
        ("wrong_size", "wrong_output"),
    ],
)  # fmt: skip
async def test_failures_have_names_and_leave_nothing(container: Container, failure: str, code: str) -> None:
    failed = await settled(container, await submit(container, fail=failure))
    assert failed.status is TaskStatus.FAILED
    assert failed.error is not None
    assert failed.error.code == code
    # The row has its final status before the runner has deleted its scratch files.
    async with asyncio.timeout(10):
        while list((container.settings.data_dir / "media").iterdir()):
            await asyncio.sleep(0.02)


async def test_progress_comes_at_least_once_a_second_and_never_goes_back(container: Container) -> None:
    task = await running(container, await submit(container, delay="4"))
    observed = [(time.monotonic(), task.progress)]
    while not task.status.final:
        task = await container.service.get(task.id, "operator")
        if task.progress != observed[-1][1]:
            observed.append((time.monotonic(), task.progress))
        await asyncio.sleep(0.02)
    assert [progress for _, progress in observed] == sorted(progress for _, progress in observed)
    during = [at for at, progress in observed if progress < 80]
    # The bound is one second, asserted times three.
    assert max(later - earlier for earlier, later in pairwise(during)) < 3
    assert len(during) >= 3


async def test_a_flood_of_one_key_does_not_delay_another(container: Container) -> None:
    other, _ = await container.keys.create("other")
    for _ in range(30):
        await submit(container, delay="1")
    task = await submit(container, owner=other.id)
    async with asyncio.timeout(60):
        while not (await container.service.get(task.id, other.id)).status.final:
            await asyncio.sleep(0.05)
    completed = Filters(statuses=frozenset({TaskStatus.COMPLETED}))
    # Those that ran when it came, and what a second slot has finished meanwhile.
    assert len(await container.store.list("operator", limit=100, filters=completed)) <= 6


async def test_a_deleted_task_stops_and_leaves_nothing(container: Container) -> None:
    task = await running(container, await submit(container, delay="60"))
    await container.service.delete(task.id, "operator")
    done = await settled(container, await submit(container))
    names = {path.name.split(".")[0] for path in (container.settings.data_dir / "media").iterdir()}
    assert names == {str(done.id)}


async def test_a_dead_workers_tasks_are_requeued_once(container: Container) -> None:
    task = await submit(container)
    await settled(container, task)
    held = await submit(container, delay="60")
    await running(container, held)
    # Pretend that a dead process had taken it.
    table = "workflow_status" if container.database.sqlite else "dbos.workflow_status"
    with container.database.begin() as connection:
        connection.execute(sa.text(f"UPDATE {table} SET executor_id = 'ghost' WHERE workflow_uuid = '{held.id}:1'"))
        connection.execute(
            sa.insert(tables.executor).values(
                id="ghost", host=socket.gethostname(), pid=2**22 + 1, started_at=1.0, heartbeat_at=time.time()
            )
        )
    async with asyncio.timeout(30):
        while (await container.service.get(held.id, "operator")).attempt == 1:
            await asyncio.sleep(0.1)
    assert (await container.service.get(held.id, "operator")).attempt == 2
    await container.service.cancel(held.id, "operator")
    assert (await settled(container, held)).status is TaskStatus.CANCELLED


async def test_a_stalled_row_without_workflow_gets_another_attempt(container: Container, monkeypatch: Any) -> None:
    monkeypatch.setattr(reaper, "DEAD_AFTER_SECONDS", 1.0)
    from grok_video.store.tasks import SqlTaskStore
    from tests.factories import new_task

    keys = SqlIdempotencyStore(container.database)
    silent = SqlTaskStore(container.database, idempotency=keys, enqueue=lambda *_: None)
    stray = await silent.create(new_task(updated_at=time.time() - 60))
    assert (await settled(container, stray)).status is TaskStatus.COMPLETED


async def test_inputs_without_a_task_are_deleted_and_others_stay(container: Container) -> None:
    from uuid import uuid4

    from grok_video.store.tasks import SqlTaskStore
    from tests.factories import new_task

    done = await settled(container, await submit(container))
    folder = container.settings.data_dir / "inputs"
    lost, created = uuid4(), new_task(inputs=(StoredInput("inputs/x/1.png", 8, 8),))
    for task_id in (lost, created.id, done.id):
        (folder / str(task_id)).mkdir()
    keys = SqlIdempotencyStore(container.database)
    tasks = SqlTaskStore(container.database, idempotency=keys, enqueue=lambda *_: None)
    for task_id in (lost, created.id):
        await tasks.expect(task_id)
    await tasks.create(created)
    engine: Any = container.engine
    assert await engine._reaper.delete_orphaned_inputs(time.time() - 3600) == 0
    assert await engine._reaper.delete_orphaned_inputs(time.time() + 60) == 1
    assert {path.name for path in folder.iterdir()} == {str(done.id), str(created.id)}


async def test_the_next_process_finishes_what_a_drain_requeued(database_url: str, tmp_path: Path) -> None:
    settings = load_settings(
        data_dir=tmp_path / "data", database_url=database_url, backend="fake", concurrency=1, drain_seconds=0.1
    )
    first = build(settings)
    await first.start()
    task = await running(first, await submit(first, delay="2"))
    await first.stop()
    second = build(settings)
    await second.start()
    try:
        done = await settled(second, await second.service.get(task.id, "operator"))
        assert done.status is TaskStatus.COMPLETED
        assert done.attempt >= 2
    finally:
        await second.stop()


async def test_finished_queue_records_are_purged(container: Container) -> None:
    await settled(container, await submit(container))
    async with asyncio.timeout(20):
        while not await container.engine.purge(time.time() + 60):
            await asyncio.sleep(0.2)
    table = "workflow_status" if container.database.sqlite else "dbos.workflow_status"
    with container.database.engine.connect() as connection:
        assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
