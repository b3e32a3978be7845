"""The IdempotencyStore port: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from grok_video.domain.errors import IdempotencyConflict
from grok_video.ports import Idempotency
from tests.factories import new_task

from .conftest import Stores

pytestmark = pytest.mark.anyio


async def test_a_key_gives_the_first_task_again(stores: Stores) -> None:
    idempotency = Idempotency("f" * 64, "my-key")
    assert await stores.idempotency.reserve("operator", idempotency) is None
    task = await stores.tasks.create(new_task(), idempotency)
    assert await stores.idempotency.reserve("operator", idempotency) == task.id
    with pytest.raises(IdempotencyConflict):
        await stores.idempotency.reserve("operator", Idempotency("0" * 64, "my-key"))


async def test_a_refused_post_releases_its_reservation(stores: Stores) -> None:
    idempotency = Idempotency("f" * 64, "my-key")
    await stores.idempotency.reserve("operator", idempotency)
    await stores.idempotency.release("operator", idempotency)
    assert await stores.idempotency.reserve("operator", Idempotency("0" * 64, "my-key")) is None


async def test_a_concurrent_duplicate_waits_for_the_first(stores: Stores) -> None:
    idempotency = Idempotency("f" * 64, "my-key")
    await stores.idempotency.reserve("operator", idempotency)
    duplicate = asyncio.create_task(stores.idempotency.reserve("operator", idempotency))
    await asyncio.sleep(0.3)
    assert not duplicate.done()
    task = await stores.tasks.create(new_task(), idempotency)
    assert await asyncio.wait_for(duplicate, 5) == task.id


async def test_of_many_at_once_one_reserves(stores: Stores) -> None:
    idempotency = Idempotency("f" * 64, "my-key")
    created: list[Any] = []

    async def post() -> Any:
        first = await stores.idempotency.reserve("operator", idempotency)
        if first is None:
            created.append(await stores.tasks.create(new_task(), idempotency))
            return created[0].id
        return first

    ids = await asyncio.gather(*(post() for _ in range(8)))
    assert len(created) == 1
    assert set(ids) == {created[0].id}


async def test_only_an_sdks_retry_is_a_repeat_without_key(stores: Stores) -> None:
    first_try, again = Idempotency("f" * 64), Idempotency("f" * 64, retry=True)
    await stores.idempotency.reserve("operator", first_try)
    task = await stores.tasks.create(new_task(), first_try)
    assert await stores.idempotency.reserve("operator", again) == task.id
    assert await stores.idempotency.reserve("operator", first_try) is None


async def test_a_lost_reservation_creates_no_task(stores: Stores) -> None:
    idempotency = Idempotency("f" * 64, "my-key")
    task = new_task()
    with pytest.raises(IdempotencyConflict):
        await stores.tasks.create(task, idempotency)
    assert await stores.tasks.get(task.id) is None


async def test_expired_keys_are_purged(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    for idempotency in (Idempotency("a" * 64, "key"), Idempotency("b" * 64)):
        await stores.idempotency.reserve("operator", idempotency)
    assert await stores.idempotency.purge() == 0
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 700)
    assert await stores.idempotency.purge() == 1
