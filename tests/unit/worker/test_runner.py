"""The runner: cancelling between two attempts, and starting while it drains."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from grok_video.domain.media import VARIANTS, media_key, preview_key
from grok_video.domain.task import Clip, Task, TaskStatus
from grok_video.media_files import find_media
from grok_video.ports import RetryReason
from grok_video.testing import InMemoryLedger, InMemoryStorage, InMemoryTaskStore, ScriptedBackend
from grok_video.worker.attempt import Attempt
from grok_video.worker.runner import TaskRunner
from tests.factories import new_task

pytestmark = pytest.mark.anyio


def runner(store: InMemoryTaskStore, ledger: InMemoryLedger, backend: ScriptedBackend) -> TaskRunner:
    unused = cast(Any, None)
    return TaskRunner(
        store=store, storage=InMemoryStorage(), ledger=ledger, sandbox=unused, backends={"fake": backend},
        routing=unused,
    )  # fmt: skip


async def with_calls(store: InMemoryTaskStore, ledger: InMemoryLedger) -> Task:
    """A queued second attempt, after a first one that made an accepted and an open call at its own backend, and one
    at another."""
    task = await store.create(new_task())
    await store.begin(task.id, 1)
    for step, upstream_id in (("a", "up-1"), ("b", None)):
        await ledger.claim(task.id, 1, step)
        if upstream_id:
            await ledger.accept(task.id, step, upstream_id)
    await store.retry(task.id, 1, reason=RetryReason.HANDED_BACK, backend="other")
    await store.begin(task.id, 2)
    await ledger.claim(task.id, 2, "c")
    await ledger.accept(task.id, "c", "up-3")
    await store.retry(task.id, 2, reason=RetryReason.HANDED_BACK, backend="fake")
    return task


async def test_the_calls_of_a_task_cancelled_between_two_attempts_are_abandoned() -> None:
    ledger, backend = InMemoryLedger(), ScriptedBackend(name="fake")
    store = InMemoryTaskStore(ledger=ledger)
    running = runner(store, ledger, backend)
    task = await with_calls(store, ledger)
    await store.request_cancel(task.id)
    await running.stop(task.id, "cancel")
    await running.drain(0)
    assert backend.abandoned == ["up-1"]


async def test_the_calls_of_a_queued_task_are_kept() -> None:
    ledger, backend = InMemoryLedger(), ScriptedBackend(name="fake")
    store = InMemoryTaskStore(ledger=ledger)
    running = runner(store, ledger, backend)
    task = await with_calls(store, ledger)
    await running.stop(task.id, "cancel")
    await running.drain(0)
    assert backend.abandoned == []


async def test_what_begins_while_it_drains_is_requeued(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = InMemoryLedger()
    store = InMemoryTaskStore(ledger=ledger)
    running = runner(store, ledger, ScriptedBackend(name="fake"))
    task = await store.create(new_task())
    starting, go_on, begin = asyncio.Event(), asyncio.Event(), store.begin

    async def slow_begin(task_id: UUID, attempt: int) -> Task | None:
        starting.set()
        await go_on.wait()
        return await begin(task_id, attempt)

    monkeypatch.setattr(store, "begin", slow_begin)
    attempt = asyncio.create_task(running.run(task.id, 1))
    await starting.wait()
    draining = asyncio.create_task(running.drain(0))
    await asyncio.sleep(0.1)
    assert not draining.done()
    go_on.set()
    assert await attempt == "handed back"
    await draining
    requeued = await store.get(task.id)
    assert requeued is not None
    assert (requeued.status, requeued.attempt) == (TaskStatus.QUEUED, 2)


async def test_a_late_result_does_not_replace_that_of_the_next_attempt() -> None:
    store, storage, backend = InMemoryTaskStore(), InMemoryStorage(), ScriptedBackend(name="fake")
    late = TaskRunner(
        store=store, storage=storage, ledger=InMemoryLedger(), sandbox=cast(Any, None), backends={"fake": backend},
        routing=cast(Any, None),
    )  # fmt: skip
    task = await store.create(new_task())
    slow = await store.begin(task.id, 1)
    assert slow is not None
    await store.retry(task.id, 1, reason=RetryReason.CRASHED)
    fast = await store.begin(task.id, 2)
    assert fast is not None
    clip = Clip(task.width, task.height, 24.0, task.frames, 6)
    await late.store_result(fast, clip, {}, files(storage, b"second"))
    await late.store_result(slow, clip, {}, files(storage, b"late"))
    found = await store.get(task.id)
    assert found is not None
    content = [part async for part in storage.read((await find_media(storage, found, "video")).key)]
    assert b"".join(content) == b"second"
    assert len([file async for file in storage.list("media")]) == 3


async def test_the_first_preview_is_stored_at_once_and_told_as_progress() -> None:
    store, ledger = InMemoryTaskStore(), InMemoryLedger()
    running = runner(store, ledger, ScriptedBackend(name="fake"))
    storage = cast(InMemoryStorage, running._storage)
    task = await store.begin((await store.create(new_task())).id, 1)
    assert task is not None
    attempt = Attempt(task, ledger, shown=running._shown)
    running._running[task.id] = attempt
    watching = asyncio.create_task(running.watch_previews())

    async def stored() -> bytes:
        try:
            return b"".join([part async for part in storage.read(preview_key(task.id))])
        except FileNotFoundError:
            return b""

    for number in range(3):
        image = b"\xff\xd8\xff" + bytes([number])
        attempt.preview(image)
        async with asyncio.timeout(5):
            while await stored() != image or (await store.get(task.id) or task).progress != 1:
                await asyncio.sleep(0.01)
    watching.cancel()


def files(storage: InMemoryStorage, content: bytes) -> dict[str, Path]:
    """Unfinished files of an attempt, each with this content."""
    paths = {variant: storage.scratch(f"{content!r}.{variant}") for variant in VARIANTS}
    for path in paths.values():
        path.write_bytes(content)
    return paths


async def test_what_a_lost_worker_stored_goes_when_another_completes_the_task() -> None:
    store, storage = InMemoryTaskStore(), InMemoryStorage()
    running = TaskRunner(
        store=store, storage=storage, ledger=InMemoryLedger(), sandbox=cast(Any, None), backends={},
        routing=cast(Any, None),
    )  # fmt: skip
    task = await store.create(new_task())
    await store.begin(task.id, 1)
    for variant, path in files(storage, b"lost").items():
        await storage.put(media_key(task.id, 1, variant), path)
    await store.retry(task.id, 1, reason=RetryReason.CRASHED)
    second = await store.begin(task.id, 2)
    assert second is not None
    await running.store_result(second, Clip(64, 64, 24.0, 24, 6), {}, files(storage, b"second"))
    left = {file.key async for file in storage.list("media")}
    assert left == {media_key(task.id, 2, variant) for variant in VARIANTS}
