"""Many readers of changes at once: what they ask in common is read once, and nobody misses anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from grok_video.domain.task import Task
from grok_video.feed import ChangeFeed
from grok_video.testing import InMemoryChanges, InMemoryTaskStore
from tests.factories import new_task

pytestmark = pytest.mark.anyio
READERS = 50


class CountedStore(InMemoryTaskStore):
    """A store that takes its time, and counts what it is asked."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.reads = 0

    async def change_numbers(self) -> Mapping[str, int]:
        self.reads += 1
        numbers = await super().change_numbers()
        await asyncio.sleep(0.01)
        return numbers

    async def changes(self, owner: str, after: int, *, limit: int = 200) -> Sequence[Task]:
        self.reads += 1
        found = await super().changes(owner, after, limit=limit)
        await asyncio.sleep(0.01)
        return found


@pytest.fixture
def changes() -> InMemoryChanges:
    return InMemoryChanges()


@pytest.fixture
def store(changes: InMemoryChanges) -> CountedStore:
    return CountedStore(announce=changes.announce)


async def followed(feed: ChangeFeed, owner: str, count: int, *, poll_seconds: float = 30.0) -> list[int]:
    """Return the first changes that a reader is told of."""
    seen: list[int] = []
    stream = feed.follow(owner, 0, poll_seconds=poll_seconds)
    async for found in stream:
        seen += [change.change for change in found]
        if len(seen) >= count:
            await stream.aclose()
            return seen
    raise AssertionError


async def test_readers_of_one_owner_share_a_read(store: CountedStore, changes: InMemoryChanges) -> None:
    feed = ChangeFeed(store, changes)
    readers = [asyncio.create_task(followed(feed, "operator", 1)) for _ in range(READERS)]
    await asyncio.sleep(0.05)
    before = store.reads
    await store.create(new_task())
    assert await asyncio.gather(*readers) == [[1]] * READERS
    assert store.reads - before <= 4


async def test_owners_without_news_read_nothing_more(store: CountedStore, changes: InMemoryChanges) -> None:
    feed = ChangeFeed(store, changes)
    readers = [asyncio.create_task(followed(feed, f"owner-{number}", 1)) for number in range(READERS)]
    await asyncio.sleep(0.05)
    before = store.reads
    await store.create(new_task(owner="owner-7"))
    assert await readers[7] == [1]
    # The numbers once or twice, and the changes of one owner.
    assert store.reads - before <= 4
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)


async def test_changes_during_a_shared_read_are_told_next(store: CountedStore, changes: InMemoryChanges) -> None:
    feed = ChangeFeed(store, changes)
    readers = [asyncio.create_task(followed(feed, "operator", 20)) for _ in range(READERS)]
    for _ in range(20):
        await store.create(new_task())
        await asyncio.sleep(0.003)
    assert await asyncio.wait_for(asyncio.gather(*readers), 30) == [list(range(1, 21))] * READERS


async def test_a_commit_that_nobody_announced_is_found_after_a_while(changes: InMemoryChanges) -> None:
    silent = CountedStore()
    reader = asyncio.create_task(followed(ChangeFeed(silent, changes), "operator", 1, poll_seconds=0.1))
    await asyncio.sleep(0.05)
    await silent.create(new_task())
    assert await asyncio.wait_for(reader, 10) == [1]


async def test_a_reader_that_leaves_does_not_end_the_read_of_others(
    store: CountedStore, changes: InMemoryChanges
) -> None:
    feed = ChangeFeed(store, changes)
    await store.create(new_task())
    first, second = (asyncio.create_task(followed(feed, "operator", 1)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.wait_for(second, 10) == [1]
