"""The Engine port: in memory, and on DBOS with SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from grok_video.bootstrap import build
from grok_video.domain.errors import Rejected, Unavailable
from grok_video.domain.prompt import parse_prompt
from grok_video.domain.request import Format, Operation, VideoRequest
from grok_video.domain.task import Task, TaskStatus
from grok_video.media_files import find_media
from grok_video.ports import Engine, Storage, TaskStore
from grok_video.service import VideoService
from grok_video.settings import load_settings
from grok_video.testing import (
    InMemoryChanges,
    InMemoryEngine,
    InMemoryStorage,
    InMemoryTaskStore,
    ScriptedBackend,
    in_memory_service,
)

pytestmark = pytest.mark.anyio
ERRORS = {"rejected": Rejected("No."), "unavailable": Unavailable("Away.", retry_after=None)}


@dataclass
class System:
    """A started engine with its service; `script` is that of the in-memory backend, None on DBOS."""

    service: VideoService
    engine: Engine
    store: TaskStore
    storage: Storage
    script: list[object] | None = field(default=None)

    async def submit(self, *, seconds: float = 0.0, fail: str | None = None) -> Task:
        """Submit a task whose first attempt takes some seconds or fails."""
        metadata: list[tuple[str, str]] = []
        if self.script is not None:
            self.script.append(ERRORS[fail] if fail else seconds)
        else:
            metadata = [("fake_delay", str(seconds)), ("fake_fail_attempts", "1")]
            metadata += [("fake_fail", fail)] if fail else []
        request = VideoRequest(
            Operation.CREATE, parse_prompt("a cat"), model="grok-video-3", seconds=1, metadata=tuple(metadata)
        )
        return await self.service.submit(request, owner="operator", fmt=Format.OPENAI, default_seconds=6)

    async def ended(self, task: Task) -> Task:
        async with asyncio.timeout(60):
            while not task.status.final:
                task = await self.service.wait(task.id, "operator", 5)
        return task

    async def running(self, task: Task) -> Task:
        async with asyncio.timeout(30):
            while task.status is not TaskStatus.IN_PROGRESS or task.progress == 0:
                await asyncio.sleep(0.02)
                task = await self.service.get(task.id, "operator")
        return task


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def system(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[System]:
    if request.param == "memory":
        backend, storage, changes = ScriptedBackend(name="fake"), InMemoryStorage(), InMemoryChanges()
        engine = InMemoryEngine({"fake": backend}, storage)
        store = engine.store = InMemoryTaskStore(enqueue=engine.enqueue, announce=changes.announce)
        service = in_memory_service(store, backends=[backend], storage=storage, changes=changes, engine=engine)
        await engine.start()
        yield System(service, engine, store, storage, backend._script)
        await engine.drain(0)
        return
    url = None if request.param == "sqlite" else request.getfixturevalue("fresh_postgres")
    settings = load_settings(
        data_dir=tmp_path / "data", database_url=url, backend="fake", concurrency=2, drain_seconds=0.2,
        retry_seconds=0.2,
    )  # fmt: skip
    container = build(settings)
    await container.start()
    yield System(container.service, container.engine, container.store, container.storage)
    await container.stop()


async def test_a_task_is_made_probed_and_stored(system: System) -> None:
    done = await system.ended(await system.submit())
    assert done.status is TaskStatus.COMPLETED
    assert done.clip is not None
    assert (done.clip.width, done.clip.height, done.clip.frames, done.clip.fps) == (1280, 720, 24, 24.0)
    assert (await find_media(system.storage, done, "video")).size == done.clip.bytes


async def test_a_rejected_task_fails_with_the_backends_code(system: System) -> None:
    failed = await system.ended(await system.submit(fail="rejected"))
    assert (failed.status, failed.error and failed.error.code) == (TaskStatus.FAILED, "rejected")


async def test_an_unavailable_backend_gets_another_attempt(system: System) -> None:
    done = await system.ended(await system.submit(fail="unavailable"))
    assert (done.status, done.attempt) == (TaskStatus.COMPLETED, 2)


async def test_cancelling_ends_a_running_task_and_frees_its_slot(system: System) -> None:
    tasks = [await system.running(await system.submit(seconds=60)) for _ in range(2)]
    started = time.monotonic()
    for task in tasks:
        await system.service.cancel(task.id, "operator")
    ended = [await system.ended(task) for task in tasks]
    # The bound is two seconds, asserted times three.
    assert time.monotonic() - started < 6
    assert {(task.status, task.error and task.error.code) for task in ended} == {(TaskStatus.CANCELLED, "cancelled")}
    assert (await system.ended(await system.submit())).status is TaskStatus.COMPLETED


async def test_a_cancellation_written_by_another_process_is_seen(system: System) -> None:
    task = await system.running(await system.submit(seconds=60))
    await system.store.request_cancel(task.id)
    assert (await system.ended(task)).status is TaskStatus.CANCELLED


async def test_no_more_than_the_allowed_number_run_at_once(system: System) -> None:
    tasks = [await system.submit(seconds=1) for _ in range(5)]
    most = 0
    async with asyncio.timeout(60):
        states: list[TaskStatus] = []
        while not states or not all(state.final for state in states):
            states = [(await system.service.get(task.id, "operator")).status for task in tasks]
            most = max(most, states.count(TaskStatus.IN_PROGRESS))
            await asyncio.sleep(0.02)
    assert most == 2


async def test_draining_requeues_what_runs(system: System) -> None:
    task = await system.running(await system.submit(seconds=60))
    await system.engine.drain(0.1)
    requeued = await system.store.get(task.id)
    assert requeued is not None
    assert (requeued.status, requeued.attempt, requeued.failures) == (TaskStatus.QUEUED, 2, 0)


async def test_finished_records_are_purged_once(system: System) -> None:
    await system.ended(await system.submit())
    async with asyncio.timeout(20):
        while not await system.engine.purge(time.time() + 60):
            await asyncio.sleep(0.1)
    assert await system.engine.purge(time.time() + 60) == 0
