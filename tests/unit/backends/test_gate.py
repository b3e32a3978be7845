"""When a paid call to an upstream may be made, and when it is asked first."""

from __future__ import annotations

import asyncio

import pytest

from grok_video.backends.upstream import gate as module
from grok_video.backends.upstream.gate import Gate
from grok_video.domain.errors import UpstreamDown

pytestmark = pytest.mark.anyio


class Upstream:
    """Counts free requests; `up` says whether they are answered properly."""

    def __init__(self) -> None:
        self.up = True
        self.asked = 0

    async def ask(self) -> bool:
        self.asked += 1
        await asyncio.sleep(0)
        return self.up


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def gate(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.05)
    return Gate(upstream.ask)


async def passed(gate: Gate) -> None:
    """Make a call that is answered properly."""
    place = await gate.enter()
    gate.answered()
    gate.leave(place)


async def test_nothing_is_asked_while_calls_are_answered(gate: Gate, upstream: Upstream) -> None:
    for _ in range(5):
        await passed(gate)
    assert upstream.asked == 0


async def test_the_first_call_goes_alone_and_then_ever_more_together(gate: Gate) -> None:
    first = await gate.enter()
    second = asyncio.create_task(gate.enter())
    await asyncio.sleep(0.02)
    assert not second.done()
    gate.answered()
    gate.leave(first)
    await second
    third = await asyncio.wait_for(gate.enter(), 1)
    assert third


async def test_after_doubt_the_next_call_asks_first(gate: Gate, upstream: Upstream) -> None:
    await passed(gate)
    gate.doubt()
    upstream.up = False
    await asyncio.sleep(0.06)
    with pytest.raises(UpstreamDown) as down:
        await gate.enter()
    assert (down.value.retry_after or 0) >= 1
    assert upstream.asked == 1
    with pytest.raises(UpstreamDown):
        await gate.enter()
    # Not again before the pause is over.
    assert upstream.asked == 1


async def test_many_that_wait_ask_once(gate: Gate, upstream: Upstream) -> None:
    gate.doubt()
    await asyncio.sleep(0.06)
    upstream.up = False
    ended = await asyncio.gather(*[gate.enter() for _ in range(100)], return_exceptions=True)
    assert all(isinstance(end, UpstreamDown) for end in ended)
    assert upstream.asked == 1


async def test_after_an_outage_one_call_goes_first(gate: Gate, upstream: Upstream) -> None:
    await passed(gate)
    await passed(gate)
    gate.doubt()
    await asyncio.sleep(0.06)
    first = await gate.enter()
    others = [asyncio.create_task(gate.enter()) for _ in range(20)]
    await asyncio.sleep(0.02)
    assert not any(other.done() for other in others)
    # The first one is lost as well: all others come back later, and none of them was sent.
    gate.doubt()
    gate.leave(first)
    ended = await asyncio.gather(*others, return_exceptions=True)
    assert all(isinstance(end, UpstreamDown) for end in ended)


async def test_an_answer_ends_the_doubt(gate: Gate, upstream: Upstream) -> None:
    gate.doubt()
    await asyncio.sleep(0.06)
    await passed(gate)
    for _ in range(5):
        await passed(gate)
    assert upstream.asked == 1


async def test_a_call_without_an_answer_makes_the_next_one_ask(
    gate: Gate, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLOW_SECONDS", 0.05)
    await passed(gate)
    await gate.enter()
    await asyncio.sleep(0.06)
    upstream.up = False
    with pytest.raises(UpstreamDown):
        await gate.enter()
    assert upstream.asked == 1


async def test_the_pauses_of_an_outage_grow(gate: Gate, upstream: Upstream) -> None:
    upstream.up = False
    gate.doubt()
    waits = [gate._close() for _ in range(12)]
    assert waits == sorted(waits)
    assert waits[-1] == module.LONGEST_PAUSE
