"""The TaskStore port, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from grok_video.domain.errors import IdempotencyConflict
from grok_video.domain.request import Format, Mode, Operation
from grok_video.domain.task import Clip, StoredInput, TaskError, TaskStatus
from grok_video.ports import Filters, Idempotency, Setback
from grok_video.tasks.database import Database
from grok_video.tasks.keys import SqlKeyStore
from grok_video.tasks.queue import TaskQueue
from grok_video.tasks.store import SqlTaskStore

from .conftest import new_task

pytestmark = pytest.mark.anyio
CLIP = Clip(1280, 720, 24.0, 24, 1000)


class Recorder:
    """Stands for the queue: what was enqueued, and in whose transaction."""

    def __init__(self) -> None:
        self.enqueued: list[tuple[str, int, float]] = []
        self.fail = False

    def __call__(self, _connection: sa.Connection, task: Any, delay: float) -> None:
        if self.fail:
            raise RuntimeError("no queue")
        self.enqueued.append((task.id.hex, task.attempt, delay))


@pytest.fixture
def queue() -> Recorder:
    return Recorder()


@pytest.fixture
def store(database: Database, owner: str, queue: Recorder) -> SqlTaskStore:
    return SqlTaskStore(database, enqueue=queue)


async def test_a_task_comes_back_as_it_went_in(store: SqlTaskStore, queue: Recorder) -> None:
    source = uuid4()
    asked = new_task(
        format=Format.UNIFIED, operation=Operation.EXTEND, mode=Mode.REFERENCE, prompt="猫 \"quoted\"", preset="fun",
        size_label="720p", ratio_given=True, source_id=source, source_frames=144, start_frame=100,
        inputs=(StoredInput("inputs/x/1.png", 10, 20),), video=StoredInput("inputs/x/source", 64, 64, 2.5, 60),
        metadata=(("a", "1"), ("b", "ü")),
    )  # fmt: skip
    made = await store.create(asked)
    assert await store.get(asked.id) == made
    assert made.change == 1
    assert queue.enqueued == [(asked.id.hex, 1, 0.0)]


async def test_no_queue_no_task(store: SqlTaskStore, queue: Recorder) -> None:
    queue.fail = True
    task = new_task()
    with pytest.raises(RuntimeError):
        await store.create(task)
    assert await store.get(task.id) is None


async def test_a_life(store: SqlTaskStore) -> None:
    task = await store.create(new_task())
    running = await store.begin(task.id, 1)
    assert running is not None
    assert running.status is TaskStatus.IN_PROGRESS
    assert await store.begin(task.id, 1) is None
    for said, kept in ((40, 40), (30, 40), (250, 99)):
        await store.progress([(running, said)])
        seen = await store.get(task.id)
        assert seen is not None
        assert seen.progress == kept
    assert await store.finish(task.id, 1, CLIP, {"understood": ["cat"]})
    done = await store.get(task.id)
    assert done is not None
    assert (done.status, done.progress, done.clip, done.facts) == (
        TaskStatus.COMPLETED, 100, CLIP, {"understood": ["cat"]},
    )  # fmt: skip
    assert done.completed_at is not None
    assert done.change > made_change(running)
    assert not await store.fail(task.id, 1, TaskError("late", "late"))


def made_change(task: Any) -> int:
    return task.change


async def test_late_writes_of_an_older_attempt_are_refused(store: SqlTaskStore, queue: Recorder) -> None:
    task = await store.create(new_task())
    first = await store.begin(task.id, 1)
    assert first is not None
    assert await store.retry(task.id, 1, why=Setback.CRASHED, delay=2.0)
    assert queue.enqueued[-1] == (task.id.hex, 2, 2.0)
    assert not await store.retry(task.id, 1, why=Setback.FAILED)
    await store.progress([(first, 50)])
    assert not await store.finish(task.id, 1, CLIP, {})
    assert not await store.fail(task.id, 1, TaskError("x", "x"))
    second = await store.begin(task.id, 2)
    assert second is not None
    assert second.progress == 0
    assert await store.finish(task.id, 2, CLIP, {})


async def test_failing_and_cancelling(store: SqlTaskStore) -> None:
    failed = await store.create(new_task())
    await store.begin(failed.id, 1)
    await store.fail(failed.id, 1, TaskError("rejected", "No."))
    seen = await store.get(failed.id)
    assert seen is not None
    assert (seen.status, seen.error) == (TaskStatus.FAILED, TaskError("rejected", "No."))

    queued = await store.create(new_task())
    cancelled = await store.request_cancel(queued.id)
    assert cancelled is not None
    assert (cancelled.status, cancelled.error and cancelled.error.code) == (TaskStatus.CANCELLED, "cancelled")
    assert await store.begin(queued.id, 1) is None

    running = await store.create(new_task())
    await store.begin(running.id, 1)
    assert await store.stopped({running.id: 1}) == frozenset()
    asked = await store.request_cancel(running.id)
    assert asked is not None
    assert asked.status is TaskStatus.IN_PROGRESS
    assert asked.cancel_requested_at is not None
    assert await store.stopped({running.id: 1, queued.id: 1}) == {running.id, queued.id}
    await store.progress([(queued, 10)])
    still = await store.get(queued.id)
    assert still is not None
    assert still.progress == 0


async def test_setbacks_are_counted_by_kind(store: SqlTaskStore) -> None:
    task = await store.create(new_task())
    for attempt, why in enumerate((Setback.HANDED_BACK, Setback.CRASHED, Setback.FAILED, Setback.FAILED), start=1):
        assert await store.retry(task.id, attempt, why=why)
    seen = await store.get(task.id)
    assert seen is not None
    assert (seen.attempt, seen.crashes, seen.failures) == (5, 1, 2)


async def test_a_task_whose_cancellation_was_asked_gets_no_other_attempt(store: SqlTaskStore) -> None:
    task = await store.create(new_task())
    await store.begin(task.id, 1)
    await store.request_cancel(task.id)
    assert not await store.retry(task.id, 1, why=Setback.FAILED)
    seen = await store.get(task.id)
    assert seen is not None
    assert (seen.status, seen.error and seen.error.code) == (TaskStatus.CANCELLED, "cancelled")


async def test_a_reservation_outlives_a_slow_intake_and_is_nobody_elses(database: Database, owner: str) -> None:
    mark = Idempotency("f" * 64, "my-key")
    first = SqlTaskStore(database, enqueue=lambda *_: None)
    assert await first.reserve("operator", mark) is None
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE idempotency SET created_at = 1"))
    twin = asyncio.create_task(first.reserve("operator", mark))
    await asyncio.sleep(0.3)
    assert not twin.done()
    # Left to wait, it would take over what nobody seems to hold.
    twin.cancel()
    await asyncio.wait([twin])
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE idempotency SET holder = 'another|1|1.0'"))
    with pytest.raises(IdempotencyConflict):
        await first.create(new_task(), mark)
    assert await first.list("operator") == []


async def test_old_marks_are_forgotten(store: SqlTaskStore, database: Database) -> None:
    for mark in (Idempotency("a" * 64, "key"), Idempotency("b" * 64)):
        await store.reserve("operator", mark)
    assert await store.forget_marks() == 0
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE idempotency SET created_at = created_at - 700"))
    assert await store.forget_marks() == 1


async def test_many_reading_threads_leave_room_for_a_writer(database: Database, owner: str) -> None:
    statement = sa.select(sa.literal(1))
    with ThreadPoolExecutor(40) as threads:
        barrier = threading.Barrier(40, timeout=20)

        def read() -> int:
            barrier.wait()
            return database.rows(statement)[0][0] if database.sqlite else 1

        assert sum(threads.map(lambda _: read(), range(40))) == 40
        with database.begin() as connection:
            assert connection.execute(statement).scalar_one() == 1


async def test_superseded_attempts_are_told_to_stop(store: SqlTaskStore) -> None:
    task = await store.create(new_task())
    await store.begin(task.id, 1)
    await store.retry(task.id, 1, why=Setback.HANDED_BACK)
    await store.begin(task.id, 2)
    assert await store.stopped({task.id: 1}) == {task.id}
    assert await store.stopped({task.id: 2}) == frozenset()


async def test_lists_by_time_then_id_and_by_owner(store: SqlTaskStore, database: Database) -> None:
    key, _ = await SqlKeyStore(database).create("other")
    tasks = [await store.create(new_task(created_at=100.0 + number // 2)) for number in range(6)]
    await store.create(new_task(owner=key.id))
    newest = sorted(tasks, key=lambda one: (one.created_at, one.id.hex), reverse=True)
    assert [one.id for one in await store.list("operator")] == [one.id for one in newest]
    page = await store.list("operator", limit=2, after=newest[1].id)
    assert [one.id for one in page] == [one.id for one in newest[2:4]]
    oldest = await store.list("operator", limit=3, ascending=True)
    assert [one.id for one in oldest] == [one.id for one in newest[::-1][:3]]
    assert len(await store.list(key.id)) == 1
    assert await store.list("operator", after=uuid4()) == []


async def test_changes_are_numbered_per_owner(store: SqlTaskStore) -> None:
    first = await store.create(new_task())
    second = await store.create(new_task())
    assert await store.latest_change("operator") == 2
    await store.begin(first.id, 1)
    changed = await store.changes("operator", 0)
    assert [(one.id, one.change) for one in changed] == [(second.id, 2), (first.id, 3)]
    assert [one.id for one in await store.changes("operator", 2)] == [first.id]
    assert await store.latest_change("nobody") == 0


async def test_change_numbers_never_come_out_of_order(store: SqlTaskStore) -> None:
    tasks = [new_task() for _ in range(20)]
    seen: set[int] = set()
    high = 0

    async def watch() -> None:
        nonlocal high
        while len(seen) < len(tasks):
            for one in await store.changes("operator", high):
                seen.add(one.change)
                high = one.change
            await asyncio.sleep(0)

    async with asyncio.timeout(20):
        await asyncio.gather(watch(), *(store.create(task) for task in tasks))
    assert seen == set(range(1, 21))


async def test_waiting_and_silent_tasks(store: SqlTaskStore) -> None:
    task = await store.create(new_task())
    await store.create(new_task())
    assert await store.waiting() == 2
    await store.begin(task.id, 1)
    assert await store.waiting() == 1
    assert await store.silent(time.time() - 60, limit=10) == []
    assert len(await store.silent(time.time() + 60, limit=10)) == 2
    assert len(await store.silent(time.time() + 60, limit=1)) == 1


async def test_deleting(store: SqlTaskStore) -> None:
    task = await store.create(new_task())
    assert await store.delete(task.id)
    assert await store.get(task.id) is None
    assert not await store.delete(task.id)


async def test_a_key_gives_the_first_task_again(store: SqlTaskStore) -> None:
    mark = Idempotency("f" * 64, "my-key")
    assert await store.reserve("operator", mark) is None
    task = await store.create(new_task(), mark)
    assert await store.reserve("operator", mark) == task.id
    with pytest.raises(IdempotencyConflict):
        await store.reserve("operator", Idempotency("0" * 64, "my-key"))


async def test_a_refused_post_gives_its_reservation_back(store: SqlTaskStore) -> None:
    mark = Idempotency("f" * 64, "my-key")
    await store.reserve("operator", mark)
    await store.release("operator", mark)
    assert await store.reserve("operator", Idempotency("0" * 64, "my-key")) is None


async def test_a_twin_in_flight_waits_for_the_first(store: SqlTaskStore) -> None:
    mark = Idempotency("f" * 64, "my-key")
    await store.reserve("operator", mark)
    twin = asyncio.create_task(store.reserve("operator", mark))
    await asyncio.sleep(0.3)
    assert not twin.done()
    task = await store.create(new_task(), mark)
    assert await asyncio.wait_for(twin, 5) == task.id


async def test_of_many_at_once_one_reserves(store: SqlTaskStore) -> None:
    mark = Idempotency("f" * 64, "my-key")
    made: list[Any] = []

    async def post() -> Any:
        first = await store.reserve("operator", mark)
        if first is None:
            made.append(await store.create(new_task(), mark))
            return made[0].id
        return first

    ids = await asyncio.gather(*(post() for _ in range(8)))
    assert len(made) == 1
    assert set(ids) == {made[0].id}


async def test_only_an_sdks_retry_is_a_repeat_without_key(store: SqlTaskStore) -> None:
    first_try, again = Idempotency("f" * 64), Idempotency("f" * 64, retry=True)
    await store.reserve("operator", first_try)
    task = await store.create(new_task(), first_try)
    assert await store.reserve("operator", again) == task.id
    assert await store.reserve("operator", first_try) is None


async def test_the_real_queue_commits_and_rolls_back_with_the_row(database: Database, owner: str) -> None:
    queue = TaskQueue(database)
    store = SqlTaskStore(database, enqueue=queue.enqueue)
    task = await store.create(new_task())
    table = "workflow_status" if database.sqlite else "dbos.workflow_status"
    with database.engine.connect() as connection:
        assert connection.execute(sa.text(f"SELECT workflow_uuid FROM {table}")).scalars().all() == [f"{task.id}:1"]
    lost = new_task()
    with database.engine.connect() as connection, connection.begin() as transaction:
        queue.enqueue(connection, lost)
        transaction.rollback()
    with database.engine.connect() as connection:
        assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() == 1
    queue.close()


async def test_migrating_twice_and_at_once_is_harmless(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(2)]
    await asyncio.gather(*(asyncio.to_thread(one.migrate) for one in databases))
    await asyncio.to_thread(databases[0].migrate)
    for one in databases:
        one.close()


async def test_sqlite_runs_in_wal_mode(database: Database) -> None:
    if not database.sqlite:
        return
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_our_migrations_make_our_tables(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from grok_video.tasks.tables import metadata

    with database.engine.connect() as connection:
        ours = {"include_object": lambda _o, name, kind, *_: kind != "table" or name in metadata.tables}
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, metadata) == []


async def test_a_batch_of_progress_draws_a_change_each(store: SqlTaskStore) -> None:
    tasks = [await store.create(new_task()) for _ in range(3)]
    running = [one for task in tasks if (one := await store.begin(task.id, 1))]
    before = await store.latest_change("operator")
    await store.progress([(one, 10 + at) for at, one in enumerate(running)])
    changed = await store.changes("operator", before)
    assert [(one.id, one.progress) for one in changed] == [(one.id, 10 + at) for at, one in enumerate(running)]


async def test_another_backend_takes_over_with_a_clean_slate(store: SqlTaskStore) -> None:
    task = await store.create(new_task())
    await store.begin(task.id, 1)
    await store.retry(task.id, 1, why=Setback.FAILED)
    await store.begin(task.id, 2)
    assert await store.retry(task.id, 2, why=Setback.HANDED_BACK, backend="animatic")
    moved = await store.get(task.id)
    assert moved is not None
    assert (moved.backend, moved.failures, moved.attempt) == ("animatic", 0, 3)


async def test_who_was_asked_to_stop(store: SqlTaskStore) -> None:
    running, queued = await store.create(new_task()), await store.create(new_task())
    await store.begin(running.id, 1)
    assert await store.asked_to_stop() == frozenset()
    await store.request_cancel(running.id)
    await store.request_cancel(queued.id)
    assert await store.asked_to_stop() == {running.id}


async def test_silent_tasks_come_in_pages(store: SqlTaskStore) -> None:
    tasks = [await store.create(new_task(updated_at=float(at))) for at in range(5)]
    pages = [await store.silent(100.0, limit=2, skip=skip) for skip in (0, 2, 4)]
    assert [one.id for page in pages for one in page] == [one.id for one in tasks]


async def test_a_failed_task_keeps_its_facts(store: SqlTaskStore) -> None:
    task = await store.create(new_task())
    await store.begin(task.id, 1)
    await store.fail(task.id, 1, TaskError("moderation_blocked", "No."), {"cost": 0.4})
    failed = await store.get(task.id)
    assert failed is not None
    assert failed.facts == {"cost": 0.4}


async def test_lists_are_filtered_by_what_was_asked(store: SqlTaskStore) -> None:
    first = new_task(prompt="A red Fox in 100% snow", created_at=1.0)
    second = new_task(prompt="一只狐狸 in the rain", operation=Operation.REMIX, source_id=first.id, created_at=2.0)
    third = new_task(prompt="a dog's fox_hunt", model="grok-video-3-pro", created_at=3.0)
    for one in (first, second, third):
        await store.create(one)
    assert await store.begin(third.id, 1)

    async def found(**fields: Any) -> list[Any]:
        return [one.id for one in await store.list("operator", ascending=True, filters=Filters(**fields))]

    assert await found() == [first.id, second.id, third.id]
    assert await found(words=("FOX",)) == [first.id, third.id]
    assert await found(words=("red", "fox")) == [first.id]
    assert await found(words=("狐狸",)) == [second.id]
    accented = new_task(prompt="Ein ÄPFEL", created_at=4.0)
    await store.create(accented)
    assert await found(words=("äpfel",)) == [accented.id]
    assert await found(words=("0%",)) == [first.id], "% and _ are letters like any other"
    assert await found(words=("x_h",)) == [third.id]
    assert await found(words=("r_d",)) == []
    assert await found(words=("dog's",)) == [third.id]
    assert await found(words=("operation",)) == [], "only the prompt is searched"
    assert await found(statuses=frozenset({TaskStatus.IN_PROGRESS})) == [third.id]
    assert await found(operation=Operation.REMIX) == [second.id]
    assert await found(model="grok-video-3-pro") == [third.id]
    assert await found(sources=(first.id,)) == [second.id]
    assert [one.id for one in await store.list("operator", limit=1, after=third.id, filters=Filters(words=("fox",)))] \
        == [first.id]  # fmt: skip
    assert await store.list("nobody", filters=Filters(words=("fox",))) == []
