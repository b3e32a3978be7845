"""Files and rows go on time, and nothing that somebody needs."""

from __future__ import annotations

import time

import pytest

from grok_video.domain.media import VARIANTS, image_key, media_key
from grok_video.domain.task import Clip, Task
from grok_video.testing import InMemoryRetentionStore, InMemorySearchIndex, InMemoryStorage, InMemoryTaskStore
from grok_video.worker.cleanup import Cleanup
from tests.factories import new_task

pytestmark = pytest.mark.anyio


class World:
    """Tasks with files of 1000 bytes in all, and a cleanup."""

    def __init__(
        self, *, lifetime: float | None = None, forget_after: float = 0.0, max_bytes: int | None = None
    ) -> None:
        self.storage, self.tasks = InMemoryStorage(), InMemoryTaskStore()
        self.store = InMemoryRetentionStore(self.tasks)
        self.cleanup = Cleanup(
            retention=self.store, tasks=self.tasks, storage=self.storage, index=InMemorySearchIndex(),
            lifetime=lifetime, forget_after=forget_after, max_bytes=max_bytes,
        )  # fmt: skip

    async def put(self, key: str) -> None:
        file = self.storage.scratch("x")
        file.write_bytes(bytes(250))
        await self.storage.put(key, file)

    async def ended(self, **fields: object) -> Task:
        task = await self.tasks.create(new_task(**fields))
        for variant in VARIANTS:
            await self.put(media_key(task.id, 1, variant))
        await self.put(image_key(task.id, 1))
        await self.tasks.begin(task.id, 1)
        await self.tasks.finish(task.id, 1, Clip(64, 64, 24.0, 24, 9), {})
        return task


async def test_expired_files_go_and_rows_later() -> None:
    world = World(lifetime=0.0, forget_after=1000.0)
    task = await world.ended()
    await world.cleanup.delete_due()
    assert await world.storage.usage() == 0
    row = await world.tasks.get(task.id)
    assert row is not None
    assert row.expired(time.time())
    forgetful = Cleanup(
        retention=world.store, tasks=world.tasks, storage=world.storage, index=InMemorySearchIndex(), lifetime=0.0,
        forget_after=-1.0, max_bytes=None,
    )  # fmt: skip
    await forgetful.delete_due()
    assert await world.tasks.get(task.id) is None


async def test_without_a_lifetime_everything_stays() -> None:
    world = World()
    await world.ended()
    await world.cleanup.delete_due()
    assert await world.storage.usage() == 1000


async def test_a_file_left_by_a_crash_goes_with_its_row() -> None:
    world = World(lifetime=0.0, forget_after=-1.0)
    task = await world.ended(expires_at=time.time())
    await world.store.mark_files_deleted([task.id], time.time())
    assert await world.storage.usage() == 1000
    await world.cleanup.delete_due()
    assert await world.storage.usage() == 0


async def test_the_oldest_make_room_and_kept_ones_stay() -> None:
    world = World(max_bytes=2500, forget_after=1000.0)
    tasks = [await world.ended() for _ in range(5)]
    await world.store.keep(tasks[0].id, True, None)
    await world.cleanup.delete_due()
    assert await world.storage.usage() == 2000
    expired = [row.expired(time.time()) for task in tasks if (row := await world.tasks.get(task.id))]
    assert expired == [False, True, True, True, False]
    await world.cleanup.delete_due()
    assert await world.storage.usage() == 2000


async def test_uploaded_files_go_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(max_bytes=100)
    await world.put("uploads/operator/0f8fad5bd9cb469fa16570867728950e")
    await world.cleanup.delete_due()
    assert await world.storage.usage("uploads") == 250
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 24 * 3600 + 1)
    await world.cleanup.delete_due()
    assert await world.storage.usage("uploads") == 0


async def test_uploaded_files_never_push_out_videos() -> None:
    world = World(max_bytes=1000)
    task = await world.ended()
    await world.put("uploads/key_1/0f8fad5bd9cb469fa16570867728950e")
    await world.cleanup.delete_due()
    row = await world.tasks.get(task.id)
    assert row is not None
    assert row.files_deleted_at is None
