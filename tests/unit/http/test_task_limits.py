"""Unfinished tasks per address."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from grok_video.domain.errors import RateLimited
from grok_video.http.task_limits import TaskLimits
from grok_video.testing import InMemoryTaskStore, ScriptedBackend, in_memory_service
from tests.factories import new_task

pytestmark = pytest.mark.anyio


async def test_parallel_requests_share_the_places_of_an_address() -> None:
    store = InMemoryTaskStore()
    limits = TaskLimits(in_memory_service(store, backends=[ScriptedBackend()]), 2)
    refused = 0

    async def post(address: str) -> None:
        nonlocal refused
        try:
            async with limits.place(address) as accepted:
                await asyncio.sleep(0.01)
                accepted((await store.create(new_task())).id)
        except RateLimited:
            refused += 1

    await asyncio.gather(*(post("192.0.2.1") for _ in range(9)), post("192.0.2.2"))
    assert refused == 7
    await post("192.0.2.1")
    assert refused == 8
    for task in list(store.rows.values()):
        await store.request_cancel(task.id)
    await post("192.0.2.1")
    assert refused == 8


async def test_a_refused_request_gives_its_place_back() -> None:
    limits = TaskLimits(in_memory_service(InMemoryTaskStore(), backends=[ScriptedBackend()]), 1)
    for _ in range(3):
        with pytest.raises(ValueError, match="refused"):
            async with limits.place("192.0.2.1"):
                raise ValueError("refused")
    async with limits.place("192.0.2.1") as accepted:
        accepted(uuid4())
