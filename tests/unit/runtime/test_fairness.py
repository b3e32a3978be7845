"""Owners take turns at slots, and bytes are counted."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from grok_video.domain.errors import RateLimited
from grok_video.runtime.fairness import ByteBudget, FairSlots

pytestmark = pytest.mark.anyio


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_one_owner_never_holds_every_slot() -> None:
    slots = FairSlots(3, 2)
    waiting = [asyncio.create_task(slots.acquire("greedy")) for _ in range(10)]
    await settle()
    assert sum(task.done() for task in waiting) == 2
    async with asyncio.timeout(1):
        await slots.acquire("other")
    for task in waiting:
        task.cancel()


async def test_waiting_owners_take_turns() -> None:
    slots, order = FairSlots(1, 1), list[str]()

    async def work(owner: str) -> None:
        async with slots.hold(owner):
            order.append(owner)
            await asyncio.sleep(0)

    await slots.acquire("first")
    tasks = [asyncio.create_task(work(owner)) for owner in "aaabbc"]
    await settle()
    slots.release("first")
    await asyncio.gather(*tasks)
    assert "".join(order) == "abcaba"


@pytest.mark.parametrize("ticks", [0, 1, 2, 3])
async def test_a_cancelled_wait_loses_no_slot(ticks: int) -> None:
    slots = FairSlots(1, 1)
    await slots.acquire("a")
    waiting = asyncio.create_task(slots.acquire("b"))
    await settle()
    slots.release("a")
    for _ in range(ticks):
        await asyncio.sleep(0)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
        slots.release("b")
    async with asyncio.timeout(1):
        await slots.acquire("c")


async def test_a_wait_given_up_is_skipped() -> None:
    slots = FairSlots(1, 1)
    await slots.acquire("a")
    waiting = asyncio.create_task(slots.acquire("b"))
    await settle()
    waiting.cancel()
    await settle()
    slots.release("a")
    async with asyncio.timeout(1):
        await slots.acquire("c")


async def test_bytes_are_bounded_in_all_and_per_owner() -> None:
    budget = ByteBudget(total=3 << 20, per_owner=2 << 20)
    budget.add("a", 2 << 20)
    with pytest.raises(RateLimited, match="This key is sending more than 2 MiB"):
        budget.add("a", 1)
    budget.add("b", 1 << 20)
    with pytest.raises(RateLimited, match="The server") as refused:
        budget.check("c", 1)
    assert (refused.value.code, refused.value.retry_after) == ("rate_limited", 5)
    budget.remove("a", 2 << 20)
    budget.add("c", 2 << 20)
