"""The Report port: a running attempt, on each ledger, and the recording one."""

from __future__ import annotations

import pytest

from grok_video.domain.errors import Unavailable
from grok_video.ports import Ledger, Report, TaskStore
from grok_video.testing import RecordingReport
from grok_video.worker.attempt import Attempt
from tests.factories import new_task

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["attempt", "recording"])
async def report(request: pytest.FixtureRequest, store: TaskStore, ledger: Ledger) -> Report:
    if request.param == "recording":
        return RecordingReport()
    task = await store.create(new_task())
    running = await store.begin(task.id, 1)
    assert running is not None
    return Attempt(running, ledger)


class Upstream:
    """Accepts calls under numbered ids, after as many refusals as configured."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.called = 0

    async def __call__(self) -> str:
        self.called += 1
        if self.called <= self.refusals:
            raise Unavailable("503")
        return f"up-{self.called}"


async def test_a_call_is_made_once_per_step(report: Report) -> None:
    upstream = Upstream()
    assert await report.call_once("generate", upstream) == "up-1"
    assert await report.call_once("generate", upstream) == "up-1"
    assert await report.call_once("extend.1", upstream) == "up-2"
    assert upstream.called == 2


async def test_the_id_of_an_accepted_call_is_known(report: Report) -> None:
    assert await report.accepted_call_id("generate") is None
    await report.call_once("generate", Upstream())
    assert await report.accepted_call_id("generate") == "up-1"
    assert await report.accepted_call_id("extend.1") is None


async def test_a_refused_call_may_be_repeated(report: Report) -> None:
    upstream = Upstream(refusals=1)
    with pytest.raises(Unavailable):
        await report.call_once("generate", upstream)
    assert await report.accepted_call_id("generate") is None
    assert await report.call_once("generate", upstream) == "up-2"


async def test_facts_add_up(report: Attempt | RecordingReport) -> None:
    report.record(cost=0.1, upstream_id="a")
    report.record(cost=0.2)
    assert report.facts == {"cost": 0.2, "upstream_id": "a"}


async def test_progress_takes_any_number(report: Report) -> None:
    for percent in (0, 10.5, 5, 100):
        report.progress(percent)
