"""The Ledger port, in memory, on SQLite and on PostgreSQL, and the rule built on it: a paid call is made once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from grok_video.domain.errors import Cancelled, GrokVideoError, Moderated, SubmissionUnknown, Throttled, Unavailable
from grok_video.domain.task import Task
from grok_video.ports import Ledger, RetryReason, TaskStore
from grok_video.worker import attempt as module
from grok_video.worker.attempt import Attempt
from tests.factories import new_task

pytestmark = pytest.mark.anyio


@pytest.fixture
async def task(store: TaskStore) -> Task:
    created = await store.create(new_task())
    running = await store.begin(created.id, 1)
    assert running is not None
    return running


async def again(store: TaskStore, task: Task) -> Task:
    """The next attempt, after a crash."""
    await store.retry(task.id, task.attempt, reason=RetryReason.CRASHED)
    running = await store.begin(task.id, task.attempt + 1)
    assert running is not None
    return running


class Upstream:
    """Counts what it accepts, and fails as configured."""

    def __init__(self, *ends: Exception | str) -> None:
        self.ends = list(ends)
        self.called = 0

    async def __call__(self) -> str:
        self.called += 1
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end


async def test_a_claim_is_given_once(ledger: Ledger, task: Task) -> None:
    assert await ledger.claim(task.id, 1, "generate") is None
    known = await ledger.claim(task.id, 1, "generate")
    assert known is not None
    assert (known.step, known.backend, known.upstream_id) == ("generate", "fake", None)
    assert await ledger.claim(task.id, 1, "extend.1") is None
    await ledger.accept(task.id, "generate", "up-1")
    assert [(call.step, call.upstream_id) for call in await ledger.calls(task.id)] == [
        ("generate", "up-1"), ("extend.1", None),
    ]  # fmt: skip


async def test_twenty_at_once_get_one_claim(ledger: Ledger, task: Task) -> None:
    claims = await asyncio.gather(*[ledger.claim(task.id, 1, "generate") for _ in range(20)])
    assert claims.count(None) == 1


async def test_who_is_no_longer_wanted_claims_nothing(ledger: Ledger, store: TaskStore, task: Task) -> None:
    with pytest.raises(Cancelled):
        await ledger.claim(task.id, 2, "generate")
    await store.request_cancel(task.id)
    with pytest.raises(Cancelled):
        await ledger.claim(task.id, 1, "generate")
    assert await ledger.calls(task.id) == []


async def test_release_never_takes_an_accepted_call(ledger: Ledger, task: Task) -> None:
    await ledger.claim(task.id, 1, "generate")
    await ledger.accept(task.id, "generate", "up-1")
    await ledger.release(task.id, 1, "generate")
    assert len(await ledger.calls(task.id)) == 1


async def test_calls_go_with_their_task(ledger: Ledger, store: TaskStore, task: Task) -> None:
    await ledger.claim(task.id, 1, "generate")
    await store.delete(task.id)
    assert await ledger.calls(task.id) == []


async def test_once_gives_the_first_id_to_every_later_attempt(ledger: Ledger, store: TaskStore, task: Task) -> None:
    upstream = Upstream("up-1")
    assert await Attempt(task, ledger).call_once("generate", upstream) == "up-1"
    assert await Attempt(await again(store, task), ledger).call_once("generate", upstream) == "up-1"
    assert upstream.called == 1


@pytest.mark.parametrize("refusal", [Throttled(retry_after=1), Unavailable("503"), Moderated()])
async def test_what_was_surely_not_accepted_may_be_sent_again(
    ledger: Ledger, task: Task, refusal: GrokVideoError
) -> None:
    upstream, attempt = Upstream(refusal, "up-2"), Attempt(task, ledger)
    with pytest.raises(type(refusal)):
        await attempt.call_once("generate", upstream)
    assert await ledger.calls(task.id) == []
    assert await attempt.call_once("generate", upstream) == "up-2"


@pytest.mark.parametrize("end", [SubmissionUnknown(), OSError("the line broke"), RuntimeError("a bug")])
async def test_an_unknown_outcome_is_never_sent_again(
    ledger: Ledger, store: TaskStore, task: Task, end: Exception
) -> None:
    upstream = Upstream(end, "up-2")
    with pytest.raises(SubmissionUnknown):
        await Attempt(task, ledger).call_once("generate", upstream)
    with pytest.raises(SubmissionUnknown):
        await Attempt(await again(store, task), ledger).call_once("generate", upstream)
    assert upstream.called == 1


async def test_an_idempotent_upstream_is_asked_again(ledger: Ledger, store: TaskStore, task: Task) -> None:
    upstream = Upstream(SubmissionUnknown(), Unavailable("503"), "up-1")
    for attempt in (task, task):
        with pytest.raises(Unavailable):
            await Attempt(attempt, ledger).call_once("generate", upstream, idempotent=True)
    # The first call may have been accepted, so that a refusal of the second one forgets nothing.
    assert len(await ledger.calls(task.id)) == 1
    assert await Attempt(await again(store, task), ledger).call_once("generate", upstream, idempotent=True) == "up-1"


async def test_a_cancelled_attempt_still_keeps_the_id_of_what_was_on_its_way(ledger: Ledger, task: Task) -> None:
    sent, answered = asyncio.Event(), asyncio.Event()

    async def post() -> str:
        sent.set()
        await answered.wait()
        return "up-1"

    async def wait_for(call: Callable[[], Awaitable[str]]) -> None:
        await Attempt(task, ledger).call_once("generate", call)

    work = asyncio.create_task(wait_for(post))
    await sent.wait()
    work.cancel()
    await asyncio.sleep(0.05)
    assert not work.done()
    answered.set()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert [entry.upstream_id for entry in await ledger.calls(task.id)] == ["up-1"]


async def test_a_cancelled_task_says_that_it_may_cost(ledger: Ledger, store: TaskStore, task: Task) -> None:
    await ledger.claim(task.id, 1, "generate")
    await store.retry(task.id, 1, reason=RetryReason.HANDED_BACK)
    ended = await store.request_cancel(task.id)
    assert ended is not None
    assert ended.facts == {"upstream_may_charge": True}
    assert ended.error is not None
    assert "may still charge" in ended.error.message


async def test_an_id_is_kept_although_the_database_was_away(
    ledger: Ledger, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, away = ledger.accept, [OSError("away"), OSError("away")]

    async def accept(*args: Any) -> None:
        if away:
            raise away.pop()
        await real(*args)

    monkeypatch.setattr(ledger, "accept", accept)
    monkeypatch.setattr(module, "STORE_BACKOFF_SECONDS", (0.01, 0.01))
    assert await Attempt(task, ledger).call_once("generate", Upstream("up-1")) == "up-1"
    assert [call.upstream_id for call in await ledger.calls(task.id)] == ["up-1"]


async def test_who_is_stopped_while_claiming_has_sent_nothing(
    ledger: Ledger, store: TaskStore, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    claiming, go_on = asyncio.Event(), asyncio.Event()
    real = ledger.claim

    async def claim(*args: Any) -> Any:
        call = await real(*args)
        claiming.set()
        await go_on.wait()
        return call

    monkeypatch.setattr(ledger, "claim", claim)
    upstream = Upstream("up-1", "up-2")
    attempt = Attempt(task, ledger)
    work = asyncio.ensure_future(attempt.call_once("generate", upstream))
    await claiming.wait()
    work.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert (upstream.called, list(await ledger.calls(task.id))) == (0, [])
    await store.retry(task.id, 1, reason=RetryReason.HANDED_BACK)
    resumed = await store.begin(task.id, 2)
    assert resumed is not None
    assert await Attempt(resumed, ledger).call_once("generate", upstream) == "up-1"


async def test_a_late_attempt_releases_only_its_own_call(ledger: Ledger, store: TaskStore, task: Task) -> None:
    await ledger.claim(task.id, 1, "generate")
    later = await again(store, task)
    assert await ledger.claim(later.id, 2, "generate") is not None
    await ledger.release(task.id, 1, "generate")
    assert len(await ledger.calls(task.id)) == 1
