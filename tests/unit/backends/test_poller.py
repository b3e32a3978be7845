"""The poll loop: every job in turn, within its rate limit."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest

from grok_video.backends.upstream import poller as module
from grok_video.backends.upstream.poller import JobState, Poller
from grok_video.domain.errors import InvalidUpstreamResponse, Unavailable, UpstreamTimedOut

pytestmark = pytest.mark.anyio


class Upstream:
    """Jobs that are done after some polls."""

    def __init__(self, looks: int, *failures: Exception) -> None:
        self.needed = looks
        self.failures = list(failures)
        self.looks: Counter[str] = Counter()
        self.at: list[float] = []
        self.now = self.most = 0

    async def __call__(self, job: str) -> JobState:
        self.at.append(time.monotonic())
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.002)
        self.now -= 1
        if self.failures:
            raise self.failures.pop(0)
        self.looks[job] += 1
        done = self.looks[job] >= self.needed
        return JobState(done, 100.0 * self.looks[job] / self.needed, {"job": job})


def nothing(_: float) -> None:
    """Ignore the progress."""


async def test_a_thousand_wait_and_all_end() -> None:
    upstream = Upstream(3)
    poller = Poller(upstream, per_second=100_000, first=0.01, longest=0.05, concurrency=8)
    ends = await asyncio.gather(*[poller.follow(f"{at}", nothing, seconds=60) for at in range(1000)])
    assert sorted(int(end.body["job"]) for end in ends) == list(range(1000))
    assert upstream.most <= 8
    assert set(upstream.looks.values()) == {3}
    await poller.close()


async def test_the_budget_of_looks_is_kept() -> None:
    upstream = Upstream(10**9)
    poller = Poller(upstream, per_second=100, first=0.001, longest=0.001)
    waiting = [asyncio.create_task(poller.follow(f"{at}", nothing, seconds=60)) for at in range(200)]
    await asyncio.sleep(1.0)
    for poll in waiting:
        poll.cancel()
    await poller.close()
    assert 30 < len(upstream.at) <= 110
    # In turn: no job is polled twice before each was polled once.
    assert max(upstream.looks.values()) <= 1


async def test_progress_only_rises() -> None:
    observed: list[float] = []
    poller = Poller(Upstream(5), per_second=10_000, first=0.001, longest=0.002)
    await poller.follow("a", observed.append, seconds=10)
    assert observed == [20.0, 40.0, 60.0, 80.0]
    await poller.close()


async def test_an_absent_upstream_is_requested_ever_and_a_confused_one_five_times() -> None:
    away = Upstream(1, *[Unavailable("away")] * 20)
    poller = Poller(away, per_second=10_000, first=0.001, longest=0.002)
    assert (await poller.follow("a", nothing, seconds=10)).done
    confused = Upstream(1, *[InvalidUpstreamResponse("what?")] * 20)
    poller = Poller(confused, per_second=10_000, first=0.001, longest=0.002)
    with pytest.raises(InvalidUpstreamResponse):
        await poller.follow("a", nothing, seconds=10)
    assert len(confused.at) == module.PATIENCE


async def test_what_does_not_end_is_given_up() -> None:
    poller = Poller(Upstream(10**9), per_second=10_000, first=0.001, longest=0.01)
    with pytest.raises(UpstreamTimedOut):
        await poller.follow("a", nothing, seconds=0.2)
    await poller.close()


async def test_who_stops_waiting_is_not_looked_at_any_more() -> None:
    upstream = Upstream(10**9)
    poller = Poller(upstream, per_second=10_000, first=0.01, longest=0.01)
    waiting = asyncio.create_task(poller.follow("a", nothing, seconds=60))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.sleep(0.05)
    looks = len(upstream.at)
    await asyncio.sleep(0.1)
    assert len(upstream.at) == looks > 1
    await poller.close()


async def test_looks_become_rarer() -> None:
    upstream = Upstream(10**9)
    upstream.needed = 10**9
    poller = Poller(upstream, per_second=10_000, first=0.01, longest=0.2)
    waiting = asyncio.create_task(poller.follow("a", nothing, seconds=60))
    await asyncio.sleep(1.5)
    waiting.cancel()
    await poller.close()
    gaps = [b - a for a, b in zip(upstream.at, upstream.at[1:], strict=False)]
    assert sum(gaps[-3:]) > 3 * sum(gaps[:3])
