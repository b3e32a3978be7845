"""Attempts that wait for an upstream go on without DBOS's workflow, and keep what it guarantees."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOS

from grok_video.bootstrap import Container, build
from grok_video.domain.task import Task, TaskStatus
from grok_video.settings import load_settings
from grok_video.store import tables

from .test_dbos_engine import running, settled, submit

pytestmark = pytest.mark.anyio


def build_one(database_url: str, folder: Path) -> Container:
    return build(
        load_settings(data_dir=folder, database_url=database_url, backend="fake", concurrency=2, drain_seconds=0.2)
    )


@pytest.fixture
async def container(database_url: str, tmp_path: Path) -> AsyncIterator[Container]:
    container = build_one(database_url, tmp_path / "data")
    await container.start()
    yield container
    await container.stop()


def table(container: Container) -> str:
    return "workflow_status" if container.database.sqlite else "dbos.workflow_status"


def statuses(container: Container) -> dict[str, str]:
    """Return DBOS's statuses by workflow."""
    with container.database.engine.connect() as connection:
        rows = connection.execute(sa.text(f"SELECT workflow_uuid, status FROM {table(container)}")).all()
    return {row[0]: row[1] for row in rows}


def workflows() -> list[str]:
    """Return the coroutines of the workflows that run in this process."""
    names = [task.get_coro().__qualname__ for task in asyncio.all_tasks()]
    return [name for name in names if "workflow" in name]


async def calls(container: Container, task: Task) -> list[str | None]:
    with container.database.engine.connect() as connection:
        rows = connection.execute(sa.text(f"SELECT upstream_id FROM paid_call WHERE task_id = '{task.id.hex}'")).all()
    return [row[0] for row in rows]


async def test_an_accepted_attempt_leaves_its_workflow_and_others_stay(container: Container) -> None:
    rendered = await running(container, await submit(container, delay="60"))
    assert len(workflows()) == 1
    waiting = await running(container, await submit(container, delay="60", call="1"))
    assert len(workflows()) == 1
    assert statuses(container) == {f"{rendered.id}:1": "PENDING", f"{waiting.id}:1": "PENDING"}
    for task in (rendered, waiting):
        await container.service.cancel(task.id, "operator")
        assert (await settled(container, task)).status is TaskStatus.CANCELLED
    async with asyncio.timeout(20):
        while f"{waiting.id}:1" in statuses(container):
            await asyncio.sleep(0.1)


async def test_no_more_wait_at_once_than_may(container: Container) -> None:
    tasks = [await submit(container, delay="3", call="1") for _ in range(5)]
    most = 0
    async with asyncio.timeout(90):
        while True:
            page = await container.store.list("operator", limit=10)
            most = max(most, sum(task.status is TaskStatus.IN_PROGRESS for task in page))
            if all(task.status.final for task in page):
                break
            await asyncio.sleep(0.05)
    assert most == 2
    assert [(await settled(container, task)).status for task in tasks] == [TaskStatus.COMPLETED] * 5


async def test_a_dead_workers_waiting_task_is_adopted_and_not_sent_again(container: Container) -> None:
    held = await running(container, await submit(container, delay="9", call="1"))
    with container.database.begin() as connection:
        named = f"UPDATE {table(container)} SET executor_id = 'ghost' WHERE workflow_uuid = '{held.id}:1'"
        connection.execute(sa.text(named))
        connection.execute(
            sa.insert(tables.executor).values(
                id="ghost", host=socket.gethostname(), pid=2**22 + 1, started_at=1.0, heartbeat_at=time.time()
            )
        )
    done = await settled(container, held)
    assert (done.status, done.attempt, done.crashes) == (TaskStatus.COMPLETED, 2, 1)
    assert await calls(container, done) == ["fake"]


async def test_a_waiting_task_is_not_taken_for_stalled(container: Container, monkeypatch: Any) -> None:
    monkeypatch.setattr("grok_video.worker.reaper.DEAD_AFTER_SECONDS", -1.0)
    task = await running(container, await submit(container, delay="4", call="1"))
    engine: Any = container.engine
    assert await engine._reaper.requeue_stalled() == 0
    assert (await settled(container, task)).attempt == 1


async def test_a_drain_hands_waiting_tasks_back(database_url: str, tmp_path: Path) -> None:
    first = build_one(database_url, tmp_path / "data")
    await first.start()
    task = await running(first, await submit(first, delay="2", call="1"))
    await first.stop()
    second = build_one(database_url, tmp_path / "data")
    assert statuses(second) == {f"{task.id}:2": "DELAYED"} or statuses(second) == {f"{task.id}:2": "ENQUEUED"}
    await second.start()
    try:
        done = await settled(second, await second.service.get(task.id, "operator"))
        assert (done.status, done.crashes) == (TaskStatus.COMPLETED, 0)
        assert await calls(second, done) == ["fake"]
    finally:
        await second.stop()


async def test_each_worker_has_its_own_concurrency(container: Container) -> None:
    # Another worker on this database, whose machine is larger, starts later.
    await DBOS.register_queue_async("video.fake", worker_concurrency=50, on_conflict="always_update")
    tasks = [await submit(container, delay="2") for _ in range(5)]
    await running(container, tasks[0])
    for _ in range(20):
        page = await container.store.list("operator", limit=10)
        assert sum(task.status is TaskStatus.IN_PROGRESS for task in page) <= 2
        await asyncio.sleep(0.1)
