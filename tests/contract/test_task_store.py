"""The TaskStore port: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest

from grok_video.domain.errors import QueueFull
from grok_video.domain.request import Format, Mode, Operation
from grok_video.domain.task import Clip, StoredInput, TaskError, TaskStatus
from grok_video.ports import Filters, KeyStore, RetryReason, TaskCounts, TaskStore
from tests.factories import new_task

from .conftest import RecordedQueue

pytestmark = pytest.mark.anyio
CLIP = Clip(1280, 720, 24.0, 24, 1000)


async def test_a_task_comes_back_as_it_went_in(store: TaskStore, queue: RecordedQueue) -> None:
    source = uuid4()
    requested = new_task(
        format=Format.UNIFIED, operation=Operation.EXTEND, mode=Mode.REFERENCE, prompt="猫 \"quoted\"", preset="fun",
        size_label="720p", ratio_given=True, source_id=source, source_frames=144, start_frame=100,
        inputs=(StoredInput("inputs/x/1.png", 10, 20),), video=StoredInput("inputs/x/source", 64, 64, 2.5, 60),
        metadata=(("a", "1"), ("b", "ü")), scene={"shots": [{"environment": "sea"}]},
    )  # fmt: skip
    created = await store.create(requested)
    assert await store.get(requested.id) == created
    assert created.change == 1
    assert queue.enqueued == [(requested.id.hex, 1, 0.0)]


async def test_no_queue_no_task(store: TaskStore, queue: RecordedQueue) -> None:
    queue.fail = True
    task = new_task()
    with pytest.raises(RuntimeError):
        await store.create(task)
    assert await store.get(task.id) is None


async def test_the_state_differs_after_every_change_and_only_then(store: TaskStore) -> None:
    task, other = await store.create(new_task()), await store.create(new_task())
    seen = [await store.state(task.id), await store.state(other.id)]
    running = await store.begin(task.id, 1)
    assert running is not None
    seen.append(await store.state(task.id))
    for progress in (10, 20):
        await store.progress([(running, progress)])
        seen.append(await store.state(task.id))
    assert await store.state(task.id) == seen[-1]
    await store.finish(task.id, 1, CLIP, {})
    seen.append(await store.state(task.id))
    assert len(set(seen)) == len(seen)
    assert await store.state(other.id) == seen[1]
    await store.delete(task.id)
    assert await store.state(task.id) is None


async def test_a_task_completes_with_its_facts(store: TaskStore) -> None:
    task = await store.create(new_task())
    running = await store.begin(task.id, 1)
    assert running is not None
    assert running.status is TaskStatus.IN_PROGRESS
    assert await store.begin(task.id, 1) is None
    for reported, kept in ((40, 40), (30, 40), (250, 99)):
        await store.progress([(running, reported)])
        observed = await store.get(task.id)
        assert observed is not None
        assert observed.progress == kept
    assert await store.finish(task.id, 1, CLIP, {"understood": ["cat"]})
    done = await store.get(task.id)
    assert done is not None
    assert (done.status, done.progress, done.clip, done.facts) == (
        TaskStatus.COMPLETED, 100, CLIP, {"understood": ["cat"]},
    )  # fmt: skip
    assert done.completed_at is not None
    assert done.change > running.change
    assert not await store.fail(task.id, 1, TaskError("late", "late"))


async def test_late_writes_of_an_older_attempt_are_refused(store: TaskStore, queue: RecordedQueue) -> None:
    task = await store.create(new_task())
    first = await store.begin(task.id, 1)
    assert first is not None
    assert await store.retry(task.id, 1, reason=RetryReason.CRASHED, delay=2.0)
    assert queue.enqueued[-1] == (task.id.hex, 2, 2.0)
    assert not await store.retry(task.id, 1, reason=RetryReason.FAILED)
    await store.progress([(first, 50)])
    assert not await store.finish(task.id, 1, CLIP, {})
    assert not await store.fail(task.id, 1, TaskError("x", "x"))
    second = await store.begin(task.id, 2)
    assert second is not None
    assert second.progress == 0
    assert await store.finish(task.id, 2, CLIP, {})


async def test_failing_and_cancelling(store: TaskStore) -> None:
    failed = await store.create(new_task())
    await store.begin(failed.id, 1)
    await store.fail(failed.id, 1, TaskError("rejected", "No."))
    observed = await store.get(failed.id)
    assert observed is not None
    assert (observed.status, observed.error) == (TaskStatus.FAILED, TaskError("rejected", "No."))

    queued = await store.create(new_task())
    cancelled = await store.request_cancel(queued.id)
    assert cancelled is not None
    assert (cancelled.status, cancelled.error and cancelled.error.code) == (TaskStatus.CANCELLED, "cancelled")
    assert await store.begin(queued.id, 1) is None

    running = await store.create(new_task())
    await store.begin(running.id, 1)
    assert await store.superseded_or_cancelled({running.id: 1}) == frozenset()
    requested = await store.request_cancel(running.id)
    assert requested is not None
    assert requested.status is TaskStatus.IN_PROGRESS
    assert requested.cancel_requested_at is not None
    assert await store.superseded_or_cancelled({running.id: 1, queued.id: 1}) == {running.id, queued.id}
    await store.progress([(queued, 10)])
    still = await store.get(queued.id)
    assert still is not None
    assert still.progress == 0


async def test_retries_are_counted_by_reason(store: TaskStore) -> None:
    task = await store.create(new_task())
    for attempt, reason in enumerate(
        (RetryReason.HANDED_BACK, RetryReason.CRASHED, RetryReason.FAILED, RetryReason.FAILED), start=1
    ):
        assert await store.retry(task.id, attempt, reason=reason)
    observed = await store.get(task.id)
    assert observed is not None
    assert (observed.attempt, observed.crashes, observed.failures) == (5, 1, 2)


async def test_a_task_whose_cancellation_was_asked_gets_no_other_attempt(store: TaskStore) -> None:
    task = await store.create(new_task())
    await store.begin(task.id, 1)
    await store.request_cancel(task.id)
    assert not await store.retry(task.id, 1, reason=RetryReason.FAILED)
    observed = await store.get(task.id)
    assert observed is not None
    assert (observed.status, observed.error and observed.error.code) == (TaskStatus.CANCELLED, "cancelled")


async def test_superseded_attempts_are_told_to_stop(store: TaskStore) -> None:
    task = await store.create(new_task())
    await store.begin(task.id, 1)
    await store.retry(task.id, 1, reason=RetryReason.HANDED_BACK)
    await store.begin(task.id, 2)
    assert await store.superseded_or_cancelled({task.id: 1}) == {task.id}
    assert await store.superseded_or_cancelled({task.id: 2}) == frozenset()


async def test_lists_by_time_then_id_and_by_owner(store: TaskStore, keys: KeyStore) -> None:
    key, _ = await keys.create("other")
    tasks = [await store.create(new_task(created_at=100.0 + number // 2)) for number in range(6)]
    await store.create(new_task(owner=key.id))
    newest = sorted(tasks, key=lambda task: (task.created_at, task.id.hex), reverse=True)
    assert [task.id for task in await store.list("operator")] == [task.id for task in newest]
    page = await store.list("operator", limit=2, after=newest[1].id)
    assert [task.id for task in page] == [task.id for task in newest[2:4]]
    oldest = await store.list("operator", limit=3, ascending=True)
    assert [task.id for task in oldest] == [task.id for task in newest[::-1][:3]]
    assert len(await store.list(key.id)) == 1
    assert await store.list("operator", after=uuid4()) == []


async def test_changes_are_numbered_per_owner(store: TaskStore) -> None:
    first = await store.create(new_task())
    second = await store.create(new_task())
    assert await store.latest_change("operator") == 2
    await store.begin(first.id, 1)
    changed = await store.changes("operator", 0)
    assert [(task.id, task.change) for task in changed] == [(second.id, 2), (first.id, 3)]
    assert [change.id for change in await store.changes("operator", 2)] == [first.id]
    assert await store.latest_change("nobody") == 0


async def test_change_numbers_never_come_out_of_order(store: TaskStore) -> None:
    tasks = [new_task() for _ in range(20)]
    observed: set[int] = set()
    high = 0

    async def watch() -> None:
        nonlocal high
        while len(observed) < len(tasks):
            for change in await store.changes("operator", high):
                observed.add(change.change)
                high = change.change
            await asyncio.sleep(0)

    async with asyncio.timeout(20):
        await asyncio.gather(watch(), *(store.create(task) for task in tasks))
    assert observed == set(range(1, 21))


async def test_queued_and_stalled_tasks(store: TaskStore) -> None:
    task = await store.create(new_task())
    await store.create(new_task())
    assert await store.count("operator") == TaskCounts(2, 2, 2)
    await store.begin(task.id, 1)
    assert await store.count("operator") == TaskCounts(1, 2, 1)
    assert await store.list_stalled(time.time() - 60, limit=10) == []
    assert len(await store.list_stalled(time.time() + 60, limit=10)) == 2
    assert len(await store.list_stalled(time.time() + 60, limit=1)) == 1


async def test_owners_take_turns_in_a_queue(store: TaskStore, keys: KeyStore) -> None:
    (quiet, _), (late, _) = await keys.create("quiet"), await keys.create("late")
    flood = [await store.create(new_task()) for _ in range(5)]
    assert [task.priority for task in flood] == [1, 2, 3, 4, 5]
    assert [(await store.create(new_task(quiet.id))).priority for _ in range(2)] == [1, 2]
    # The queue's time moves on with what runs, so that a key that was away has saved nothing up.
    for task in flood[:4]:
        await store.begin(task.id, 1)
    assert (await store.create(new_task(late.id))).priority == 5
    assert (await store.create(new_task())).priority == 6
    # A queue for itself, and one that was idle, begin anew.
    assert (await store.create(new_task(backend="other"))).priority == 1


async def test_cancelled_tasks_give_their_places_back(store: TaskStore, keys: KeyStore) -> None:
    other, _ = await keys.create("other")
    flood = [await store.create(new_task()) for _ in range(5)]
    await store.create(new_task(other.id))
    for task in flood:
        await store.request_cancel(task.id)
    assert (await store.create(new_task())).priority == 1


async def test_a_retry_keeps_its_place_and_another_backend_gives_a_new_one(store: TaskStore) -> None:
    tasks = [await store.create(new_task()) for _ in range(3)]
    await store.create(new_task(backend="other"))
    await store.begin(tasks[1].id, 1)
    await store.retry(tasks[1].id, 1, reason=RetryReason.CRASHED)
    again = await store.get(tasks[1].id)
    assert again is not None
    assert again.priority == 2
    await store.retry(tasks[1].id, 2, reason=RetryReason.HANDED_BACK, backend="other")
    moved = await store.get(tasks[1].id)
    assert moved is not None
    assert (moved.backend, moved.priority) == ("other", 2)


async def test_places_follow_the_present_and_not_old_retries(store: TaskStore, keys: KeyStore) -> None:
    busy, _ = await keys.create("busy")
    old = await store.create(new_task())
    await store.begin(old.id, 1)
    flood = [await store.create(new_task(busy.id)) for _ in range(20)]
    for task in flood[:10]:
        await store.begin(task.id, 1)
        await store.fail(task.id, 1, TaskError("rejected", "no"))
    # It waits for its retry, and nothing runs: the next place is that of the next new task.
    await store.retry(old.id, 1, reason=RetryReason.FAILED, delay=60)
    assert (await store.create(new_task())).priority == flood[10].priority
    moved = await store.create(new_task(backend="other"))
    await store.retry(moved.id, 1, reason=RetryReason.HANDED_BACK, backend="fake")
    again = await store.get(moved.id)
    assert again is not None
    assert again.priority >= flood[10].priority


async def test_limits_are_looked_at_again_in_the_transaction(store: TaskStore) -> None:
    seen: list[tuple[int, int]] = []

    def admit(queued: int, unfinished: int) -> None:
        seen.append((queued, unfinished))
        if unfinished >= 3:
            raise QueueFull()

    first = await store.create(new_task(), admit=admit)
    await store.begin(first.id, 1)
    created = await asyncio.gather(*(store.create(new_task(), admit=admit) for _ in range(9)), return_exceptions=True)
    assert sum(isinstance(result, QueueFull) for result in created) == 7
    assert seen[:3] == [(0, 0), (0, 1), (1, 2)]
    assert (await store.count("operator")).unfinished == 3


async def test_queued_tasks_are_counted_per_owner(store: TaskStore, keys: KeyStore) -> None:
    other, _ = await keys.create("other")
    for owner in ("operator", other.id, other.id):
        await store.create(new_task(owner))
    assert await store.count("operator") == TaskCounts(1, 1, 3)
    assert await store.count(other.id) == TaskCounts(2, 2, 3)


async def test_deleting(store: TaskStore) -> None:
    task = await store.create(new_task())
    assert await store.delete(task.id)
    assert await store.get(task.id) is None
    assert not await store.delete(task.id)


async def test_a_batch_of_progress_draws_a_change_each(store: TaskStore) -> None:
    tasks = [await store.create(new_task()) for _ in range(3)]
    running = [begun for task in tasks if (begun := await store.begin(task.id, 1))]
    before = await store.latest_change("operator")
    await store.progress([(begun, 10 + at) for at, begun in enumerate(running)])
    changed = await store.changes("operator", before)
    assert [(task.id, task.progress) for task in changed] == [(task.id, 10 + at) for at, task in enumerate(running)]


async def test_another_backend_takes_over_with_a_clean_slate(store: TaskStore) -> None:
    task = await store.create(new_task())
    await store.begin(task.id, 1)
    await store.retry(task.id, 1, reason=RetryReason.FAILED)
    await store.begin(task.id, 2)
    assert await store.retry(task.id, 2, reason=RetryReason.HANDED_BACK, backend="animatic")
    moved = await store.get(task.id)
    assert moved is not None
    assert (moved.backend, moved.failures, moved.attempt) == ("animatic", 0, 3)


async def test_cancellation_requests_of_running_tasks(store: TaskStore) -> None:
    running, queued = await store.create(new_task()), await store.create(new_task())
    await store.begin(running.id, 1)
    assert await store.cancel_requested() == frozenset()
    await store.request_cancel(running.id)
    await store.request_cancel(queued.id)
    assert await store.cancel_requested() == {running.id}


async def test_stalled_tasks_come_in_pages(store: TaskStore) -> None:
    tasks = [await store.create(new_task(updated_at=float(at))) for at in range(5)]
    pages = [await store.list_stalled(100.0, limit=2, skip=skip) for skip in (0, 2, 4)]
    assert [task.id for page in pages for task in page] == [task.id for task in tasks]


async def test_a_failed_task_keeps_its_facts(store: TaskStore) -> None:
    task = await store.create(new_task())
    await store.begin(task.id, 1)
    await store.fail(task.id, 1, TaskError("moderation_blocked", "No."), {"cost": 0.4})
    failed = await store.get(task.id)
    assert failed is not None
    assert failed.facts == {"cost": 0.4}


async def test_lists_are_filtered_by_what_was_asked(store: TaskStore) -> None:
    first = new_task(prompt="A red Fox in 100% snow", created_at=1.0)
    second = new_task(prompt="一只狐狸 in the rain", operation=Operation.REMIX, source_id=first.id, created_at=2.0)
    third = new_task(prompt="a dog's fox_hunt", model="grok-video-3-pro", created_at=3.0)
    for task in (first, second, third):
        await store.create(task)
    assert await store.begin(third.id, 1)

    async def search(**fields: Any) -> list[Any]:
        return [task.id for task in await store.list("operator", ascending=True, filters=Filters(**fields))]

    assert await search() == [first.id, second.id, third.id]
    assert await search(words=("FOX",)) == [first.id, third.id]
    assert await search(words=("red", "fox")) == [first.id]
    assert await search(words=("狐狸",)) == [second.id]
    accented = new_task(prompt="Ein ÄPFEL", created_at=4.0)
    await store.create(accented)
    assert await search(words=("äpfel",)) == [accented.id]
    assert await search(words=("100%",)) == [first.id], "% and _ are letters like any other"
    assert await search(words=("fox_h",)) == [third.id]
    assert await search(words=("r_d",)) == []
    assert await search(words=("ox",)) == [], "words are found by how they begin"
    assert await search(words=("dog's",)) == [third.id]
    assert await search(words=("operation",)) == [], "only the prompt is searched"
    assert await search(statuses=frozenset({TaskStatus.IN_PROGRESS})) == [third.id]
    assert await search(operation=Operation.REMIX) == [second.id]
    assert await search(model="grok-video-3-pro") == [third.id]
    assert await search(sources=(first.id,)) == [second.id]
    page = await store.list("operator", limit=1, after=third.id, filters=Filters(words=("fox",)))
    assert [task.id for task in page] == [first.id]
    assert await store.list("nobody", filters=Filters(words=("fox",))) == []


async def test_inputs_are_expected_until_their_task_is_created(store: TaskStore) -> None:
    created, refused = new_task(inputs=(StoredInput("inputs/x/1.png", 8, 8),)), uuid4()
    for task_id in (created.id, refused):
        await store.expect(task_id)
    await store.create(created)
    assert await store.list_abandoned(time.time() - 60, limit=10) == []
    assert await store.list_abandoned(time.time() + 60, limit=10) == [refused]
    await store.forget_expected([refused])
    assert await store.list_abandoned(time.time() + 60, limit=10) == []


async def test_deletions_have_their_place_among_the_changes(store: TaskStore) -> None:
    first, second = await store.create(new_task()), await store.create(new_task(format=Format.UNIFIED))
    assert await store.deletions("operator", 0) == []
    assert await store.delete(second.id)
    assert not await store.delete(second.id)
    begun = await store.begin(first.id, 1)
    assert begun is not None
    (deletion,) = await store.deletions("operator", 0)
    assert (deletion.id, deletion.format) == (second.id, Format.UNIFIED)
    assert first.change < second.change < deletion.change < begun.change
    assert await store.latest_change("operator") == begun.change
    assert await store.deletions("operator", deletion.change) == []
    assert await store.deletions("another", 0) == []
    assert await store.forget_deletions(time.time() - 60) == 0
    assert await store.forget_deletions(time.time() + 60) == 1
    assert await store.deletions("operator", 0) == []
