"""The runner's corners: what is cancelled between two attempts, and what begins while it drains."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest

from grok_video.domain.task import Task, TaskStatus
from grok_video.ports import PaidCall
from grok_video.tasks.runner import TaskRunner
from tests.contract.conftest import new_task

pytestmark = pytest.mark.anyio


class Store:
    """One task's row."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.beginning, self.go_on = asyncio.Event(), asyncio.Event()
        self.retried: list[int] = []

    async def get(self, _task_id: UUID) -> Task:
        return self.task

    async def begin(self, _task_id: UUID, _attempt: int) -> Task:
        self.beginning.set()
        await self.go_on.wait()
        return self.task

    async def retry(self, _task_id: UUID, attempt: int, **_how: Any) -> bool:
        self.retried.append(attempt)
        return True


class Ledger:
    """What was paid for, at two backends."""

    async def calls(self, _task_id: UUID) -> Sequence[PaidCall]:
        return [
            PaidCall("a", "fake", 1.0, "up-1"), PaidCall("b", "fake", 2.0), PaidCall("c", "other", 3.0, "up-3"),
        ]  # fmt: skip


class Upstream:
    """Hears what is no longer wanted."""

    def __init__(self) -> None:
        self.abandoned: list[str] = []

    async def abandon(self, upstream_ids: Sequence[str]) -> None:
        self.abandoned += upstream_ids


def runner(store: Store, backend: Upstream) -> TaskRunner:
    nothing = cast(Any, None)
    return TaskRunner(
        store=cast(Any, store), storage=nothing, ledger=cast(Any, Ledger()), sandbox=nothing,
        backends=cast(Any, {"fake": backend}), routing=nothing,
    )  # fmt: skip


@pytest.mark.parametrize(("status", "told"), [
    (TaskStatus.CANCELLED, ["up-1"]), (TaskStatus.IN_PROGRESS, []), (TaskStatus.COMPLETED, []),
])  # fmt: skip
async def test_what_is_cancelled_between_two_attempts_is_told_to_the_upstream(
    status: TaskStatus, told: list[str]
) -> None:
    task = replace(new_task(), status=status)
    backend = Upstream()
    one = runner(Store(task), backend)
    await one.stop(task.id, "cancel")
    await one.drain(0)
    assert backend.abandoned == told


async def test_what_begins_while_it_drains_is_handed_back() -> None:
    task = new_task()
    store = Store(task)
    one = runner(store, Upstream())
    beginning = asyncio.create_task(one.run(task.id, 1))
    await store.beginning.wait()
    draining = asyncio.create_task(one.drain(0))
    await asyncio.sleep(0.1)
    assert not draining.done()
    store.go_on.set()
    assert await beginning == "handed back"
    await draining
    assert store.retried == [1]
