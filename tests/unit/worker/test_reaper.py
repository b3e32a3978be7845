"""Which attempts of dead workers are tried again."""

from __future__ import annotations

from typing import Any, cast

import pytest

from grok_video.domain.errors import StorageUnavailable
from grok_video.domain.task import Task, TaskStatus
from grok_video.testing import InMemoryStorage, InMemoryTaskStore
from grok_video.worker.queue import workflow_id
from grok_video.worker.reaper import Reaper
from tests.factories import new_task

pytestmark = pytest.mark.anyio


class StorageThatIsAway(InMemoryStorage):
    async def delete(self, prefix: str) -> int:
        raise StorageUnavailable("The storage does not respond.")


def reaper(store: InMemoryTaskStore, *, renders: bool, storage: InMemoryStorage | None = None) -> Reaper:
    unused = cast(Any, None)
    return Reaper(
        executors=unused, store=store, idempotency=unused, sessions=unused, storage=storage or InMemoryStorage(),
        renders=lambda _: renders,
    )  # fmt: skip


async def after_kills(kills: int, *, renders: bool) -> Task:
    """Return a task whose worker died this often while it was running."""
    store = InMemoryTaskStore()
    task = await store.create(new_task())
    for attempt in range(1, kills + 1):
        await store.begin(task.id, attempt)
        await reaper(store, renders=renders).requeue(workflow_id(task.id, attempt))
    found = await store.get(task.id)
    assert found is not None
    return found


async def test_a_render_that_killed_two_workers_is_not_tried_a_third_time() -> None:
    once = await after_kills(1, renders=True)
    assert (once.status, once.attempt) == (TaskStatus.QUEUED, 2)
    twice = await after_kills(2, renders=True)
    assert (twice.status, twice.error and twice.error.code) == (TaskStatus.FAILED, "worker_lost")
    assert twice.error
    assert "died 2 times" in twice.error.message


async def test_a_task_that_only_waited_for_an_upstream_is_not_blamed_so_soon() -> None:
    assert (await after_kills(9, renders=False)).status is TaskStatus.QUEUED
    assert (await after_kills(10, renders=False)).status is TaskStatus.FAILED


async def test_a_task_that_was_taken_but_not_begun_is_not_blamed() -> None:
    store = InMemoryTaskStore()
    task = await store.create(new_task())
    for attempt in range(1, 4):
        assert await reaper(store, renders=True).requeue(workflow_id(task.id, attempt))
    found = await store.get(task.id)
    assert found is not None
    assert (found.status, found.crashes) == (TaskStatus.QUEUED, 0)


async def test_tasks_are_adopted_while_the_storage_is_away() -> None:
    store = InMemoryTaskStore()
    task = await store.create(new_task())
    await store.begin(task.id, 1)
    assert await reaper(store, renders=True, storage=StorageThatIsAway()).requeue(workflow_id(task.id, 1))
