"""VideoService on in-memory adapters: what is accepted, refused, read, cancelled and deleted."""

from __future__ import annotations

import asyncio
import errno
import hashlib
from typing import Any
from uuid import uuid4

import pytest

from grok_video.domain.errors import (
    IdempotencyConflict,
    InvalidImage,
    InvalidValue,
    NotFound,
    QueueFull,
    StorageFull,
    VideoExpired,
    VideoNotFound,
    VideoNotReady,
)
from grok_video.domain.media import VARIANTS, flat_media_key, image_key, media_key, media_prefix
from grok_video.domain.prompt import parse_prompt
from grok_video.domain.request import Format, Operation, TaskRef, Upload, VideoRequest
from grok_video.domain.task import Clip, Task, TaskError, TaskStatus
from grok_video.ports import Idempotency
from grok_video.service import VideoService
from grok_video.testing import (
    InMemoryChanges,
    InMemoryIntake,
    InMemoryStorage,
    InMemoryTaskStore,
    ScriptedBackend,
    in_memory_service,
)
from tests.factories import image_bytes

pytestmark = pytest.mark.anyio
KEY = Idempotency("f" * 64, "my-key")


class World:
    """A service on in-memory adapters, and these adapters."""

    def __init__(self, *backends: ScriptedBackend, **options: Any) -> None:
        self.queued: list[Task] = []
        self.changes = InMemoryChanges()
        self.storage = InMemoryStorage()
        self.intake = InMemoryIntake(self.storage)
        self.store = InMemoryTaskStore(
            enqueue=lambda task, _delay: self.queued.append(task), announce=self.changes.announce
        )
        self.service: VideoService = in_memory_service(
            self.store, backends=backends or (ScriptedBackend(),), storage=self.storage, intake=self.intake,
            changes=self.changes, **options,
        )  # fmt: skip

    async def submit(self, prompt: str = "a cat", *, owner: str = "ann", **fields: Any) -> Task:
        idempotency = fields.pop("idempotency", None)
        operation = fields.pop("operation", Operation.CREATE)
        fields.setdefault("model", "grok-video-3")
        request = VideoRequest(operation, parse_prompt(prompt), **fields)
        return await self.service.submit(
            request, owner=owner, fmt=Format.OPENAI, default_seconds=6, idempotency=idempotency
        )

    async def completed(self, **fields: Any) -> Task:
        task = await self.submit(**fields)
        await self.store.begin(task.id, 1)
        for variant in VARIANTS:
            file = self.storage.scratch(variant)
            file.write_bytes(b"content")
            await self.storage.put(media_key(task.id, 1, variant), file)
        clip = Clip(task.width, task.height, 24.0, task.frames, 7)
        await self.store.finish(task.id, 1, clip, {})
        return await self.service.get(task.id, task.owner)


def upload(data: bytes) -> Upload:
    return Upload(hashlib.sha256(data).hexdigest(), len(data), param="images[0]", data=data)


async def test_an_accepted_task_is_stored_and_queued() -> None:
    world = World()
    task = await world.submit()
    assert await world.service.get(task.id, "ann") == task
    assert [queued.id for queued in world.queued] == [task.id]


async def test_another_owners_task_is_not_found() -> None:
    world = World()
    task = await world.submit()
    with pytest.raises(VideoNotFound):
        await world.service.get(task.id, "bob")
    with pytest.raises(VideoNotFound):
        await world.service.cancel(task.id, "bob")
    with pytest.raises(VideoNotFound):
        await world.submit("again", owner="bob", operation=Operation.REMIX, source=TaskRef(task.id))


async def test_a_full_queue_is_refused_and_leaves_nothing() -> None:
    world = World(max_queued=1)
    await world.submit()
    with pytest.raises(QueueFull) as refused:
        await world.submit(idempotency=KEY, images=(upload(image_bytes()),))
    assert refused.value.retry_after == 10
    assert (await world.store.count("ann")).all_queued == 1
    # The key is free again, so that the client may try later.
    assert await world.store.idempotency.reserve("ann", KEY) is None


async def test_a_bad_image_discards_the_good_ones_before_it() -> None:
    world = World()
    with pytest.raises(InvalidImage):
        await world.submit(images=(upload(image_bytes()), upload(b"text")))
    assert list(await world.storage.older_than("inputs", 1e12)) == []
    assert world.queued == []


async def test_a_key_that_floods_the_queue_leaves_room_for_others() -> None:
    world = World(max_queued_per_key=2)
    for _ in range(2):
        await world.submit(owner="greedy")
    with pytest.raises(QueueFull, match="2 tasks of this key are waiting"):
        await world.submit(owner="greedy")
    assert (await world.submit(owner="ann")).priority == 1


async def test_a_full_disk_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()

    async def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(world.intake, "admit_images", full)
    with pytest.raises(StorageFull):
        await world.submit()


async def test_a_repeat_under_the_same_key_is_the_first_task() -> None:
    world = World()
    first = await world.submit(idempotency=KEY)
    again = await world.submit(idempotency=KEY)
    assert again.id == first.id
    assert len(world.queued) == 1
    with pytest.raises(IdempotencyConflict):
        await world.submit("a dog", idempotency=Idempotency("0" * 64, "my-key"))


async def test_a_client_that_disconnects_does_not_stop_the_acceptance(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    admitting, go_on = asyncio.Event(), asyncio.Event()
    real = world.intake.admit_images

    async def slow(*args: Any) -> Any:
        admitting.set()
        await go_on.wait()
        return await real(*args)

    monkeypatch.setattr(world.intake, "admit_images", slow)
    post = asyncio.create_task(world.submit())
    await admitting.wait()
    post.cancel()
    with pytest.raises(asyncio.CancelledError):
        await post
    go_on.set()
    async with asyncio.timeout(5):
        while not world.queued:
            await asyncio.sleep(0)


async def test_waiting_lasts_until_the_end() -> None:
    world = World()
    task = await world.submit()
    waiting = asyncio.create_task(world.service.wait(task.id, "ann", 20))
    await asyncio.sleep(0)
    await world.store.begin(task.id, 1)
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await world.store.fail(task.id, 1, TaskError("rejected", "No."))
    assert (await asyncio.wait_for(waiting, 5)).status is TaskStatus.FAILED


async def test_waiting_for_a_change_ends_at_the_next() -> None:
    world = World()
    task = await world.submit()
    waiting = asyncio.create_task(world.service.wait(task.id, "ann", 20, until_change=True))
    await asyncio.sleep(0)
    await world.store.begin(task.id, 1)
    assert (await asyncio.wait_for(waiting, 5)).status is TaskStatus.IN_PROGRESS
    assert (await world.service.wait(task.id, "ann", 0)).status is TaskStatus.IN_PROGRESS


async def test_lists_have_pages() -> None:
    world = World()
    tasks = [await world.submit() for _ in range(3)]
    newest = sorted(tasks, key=lambda task: (task.created_at, task.id.hex), reverse=True)
    page, more = await world.service.list("ann", limit=2)
    assert ([task.id for task in page], more) == ([task.id for task in newest[:2]], True)
    page, more = await world.service.list("ann", limit=2, after=newest[1].id)
    assert ([task.id for task in page], more) == ([newest[2].id], False)
    with pytest.raises(VideoNotFound):
        await world.service.list("ann", after=uuid4())


async def test_a_lineage_holds_ancestors_and_descendants() -> None:
    world = World()
    first = await world.completed()
    derived = [await world.submit("x", operation=Operation.REMIX, source=TaskRef(first.id)) for _ in range(2)]
    await world.submit("unrelated")
    for task in (first, *derived):
        lineage = await world.service.lineage(task.id, "ann")
        assert {relative.id for relative in lineage} == {first.id, *(task.id for task in derived)}


async def test_cancelling_a_queued_task_ends_it_and_a_finished_one_stays() -> None:
    world = World()
    task = await world.submit()
    assert (await world.service.cancel(task.id, "ann")).status is TaskStatus.CANCELLED
    done = await world.completed()
    assert await world.service.cancel(done.id, "ann") == done


async def test_deleting_removes_the_task_and_its_files() -> None:
    world = World()
    done = await world.completed(images=(upload(image_bytes()),))
    await world.service.delete(done.id, "ann")
    with pytest.raises(VideoNotFound):
        await world.service.get(done.id, "ann")
    for key in (*(media_key(done.id, 1, variant) for variant in VARIANTS), image_key(done.id, 1)):
        with pytest.raises(FileNotFoundError):
            await world.storage.stat(key)


async def test_content_is_served_once_it_is_completed_and_until_it_expires() -> None:
    world = World()
    task = await world.submit()
    with pytest.raises(VideoNotReady) as refused:
        await world.service.content(task, "video")
    assert refused.value.retry_after == 2
    done = await world.completed()
    assert (await world.service.content(done, "thumbnail")).key == media_key(done.id, 1, "thumbnail")
    with pytest.raises(InvalidValue, match="use one of: video, thumbnail, spritesheet"):
        await world.service.content(done, "poster")
    expired = await World(expire_after=-1.0).completed()
    with pytest.raises(VideoExpired):
        await world.service.content(expired, "video")


async def test_input_images_are_counted_from_1() -> None:
    world = World()
    task = await world.submit(images=(upload(image_bytes()),))
    assert (await world.service.input_file(task, 1)).size == len(image_bytes())
    for number in (0, 2):
        with pytest.raises(NotFound):
            await world.service.input_file(task, number)
    await world.storage.delete(task.inputs[0].key)
    with pytest.raises(VideoExpired):
        await world.service.input_file(task, 1)


async def test_files_of_the_first_layout_are_found_and_deleted() -> None:
    world = World()
    done = await world.completed()
    await world.storage.delete(media_prefix(done.id))
    with pytest.raises(VideoExpired, match="gone"):
        await world.service.content(done, "video")
    file = world.storage.scratch("x")
    file.write_bytes(b"content")
    await world.storage.put(flat_media_key(done.id, "video"), file)
    assert (await world.service.content(done, "video")).size == 7
    await world.service.delete(done.id, "ann")
    assert await world.storage.usage() == 0


async def test_following_yields_each_change_in_order() -> None:
    world = World()
    first = await world.submit()
    stream = world.service.follow("ann", 0, poll_seconds=0.01)
    assert [task.id for task in await anext(stream)] == [first.id]
    assert await anext(stream) == []
    await world.store.begin(first.id, 1)
    assert [task.status for task in await anext(stream)] == [TaskStatus.IN_PROGRESS]
    assert await world.service.latest_change("ann") == 2
    await stream.aclose()
