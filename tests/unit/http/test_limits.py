"""Requests per minute, wrong keys, and addresses."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from grok_video.domain.errors import RateLimited
from grok_video.http import rate_limits
from grok_video.http.addresses import Addresses
from grok_video.http.rate_limits import SCOPE_KEY, RateLimitHeaders, RequestLimits
from grok_video.http.wrong_keys import WrongKeys


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 6000.0

    def __call__(self) -> float:
        return self.now


def standing(scope: dict[str, Any]) -> list[tuple[str, int, int, int]]:
    return [(it.policy, it.quota, it.remaining, it.seconds) for it in scope[SCOPE_KEY]]


def test_requests_are_counted_per_minute() -> None:
    clock = Clock()
    limits = RequestLimits(2, None, clock=clock)
    clock.now += 18.5
    for remaining in (1, 0):
        scope: dict[str, Any] = {}
        limits.count_key(scope, "a", None)
        assert standing(scope) == [("key", 2, remaining, 42)]
    with pytest.raises(RateLimited, match="2 requests per minute") as refused:
        limits.count_key({}, "a", None)
    assert refused.value.retry_after == 42
    limits.count_key({}, "b", None)
    clock.now = 6060.0
    limits.count_key({}, "a", None)


def test_a_keys_own_limit_wins_and_none_counts_nothing() -> None:
    limits = RequestLimits(1, None)
    for _ in range(3):
        limits.count_key({}, "a", 3)
    scope: dict[str, Any] = {}
    RequestLimits(None, None).count_key(scope, "a", None)
    assert SCOPE_KEY not in scope


def test_addresses_have_a_limit_of_their_own() -> None:
    limits = RequestLimits(5, 2)
    scope: dict[str, Any] = {}
    limits.count_address(scope, "192.0.2.1")
    limits.count_key(scope, "a", None)
    assert [policy for policy, *_ in standing(scope)] == ["address", "key"]
    limits.count_address({}, "192.0.2.1")
    with pytest.raises(RateLimited, match="Your address"):
        limits.count_address({}, "192.0.2.1")
    limits.count_address({}, "192.0.2.2")
    for _ in range(9):
        limits.count_address({}, None)


def test_more_addresses_than_can_be_counted_share_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "MAX_COUNTS", 3)
    limits = RequestLimits(None, 2)
    for number in range(5):
        limits.count_address({}, f"192.0.2.{number}")
    with pytest.raises(RateLimited):
        limits.count_address({}, "192.0.2.9")
    limits.count_address({}, "192.0.2.0")


@pytest.mark.anyio
async def test_responses_tell_the_limits() -> None:
    sent: list[Any] = []

    limits = RequestLimits(10, 20, clock=Clock())

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        limits.count_address(scope, "192.0.2.1")
        limits.count_key(scope, "a", None)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    await RateLimitHeaders(app, limits)({"type": "http"}, None, send)
    assert dict(sent[0]["headers"]) == {
        b"ratelimit-policy": b'"address";q=20;w=60, "key";q=10;w=60',
        b"ratelimit": b'"address";r=19;t=60, "key";r=9;t=60',
    }


def test_pauses_grow_with_wrong_keys() -> None:
    clock = Clock()
    wrong = WrongKeys(clock=clock)
    pauses: list[int] = []
    for _ in range(20):
        try:
            wrong.check("192.0.2.1", "guess")
        except RateLimited as refused:
            pauses.append(refused.retry_after or 0)
            clock.now += refused.retry_after or 0
        wrong.failed("192.0.2.1", "guess")
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, *[300] * 6]
    wrong.check("192.0.2.2", "guess")


def test_keys_that_were_right_before_are_let_through() -> None:
    clock = Clock()
    wrong = WrongKeys(clock=clock)
    wrong.succeeded("right")
    for _ in range(8):
        wrong.failed("192.0.2.1", "guess")
    wrong.check("192.0.2.1", "right")
    with pytest.raises(RateLimited):
        wrong.check("192.0.2.1", "guess")
    wrong.failed("192.0.2.1", "right")
    with pytest.raises(RateLimited):
        # Revoked meanwhile.
        wrong.check("192.0.2.1", "right")
    clock.now += 4000
    assert wrong.failed("192.0.2.1", "guess") == 1
    wrong.check("192.0.2.1", "guess")


def test_pauses_do_not_end_however_many_wrong_keys_come() -> None:
    wrong = WrongKeys()
    for _ in range(5000):
        wrong.failed("192.0.2.1", "guess")
    with pytest.raises(RateLimited) as refused:
        wrong.check("192.0.2.1", "guess")
    assert refused.value.retry_after == 300


def test_addresses_without_limits_are_not_slowed() -> None:
    wrong = WrongKeys()
    for _ in range(100):
        wrong.failed(None, "guess")
    wrong.check(None, "guess")


@pytest.mark.parametrize(
    ("host", "limited"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", None),
        ("::1", None),
        ("10.1.2.3", None),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:127.0.0.1", None),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("unix", None),
    ],
)
def test_who_counts_as_one_address(host: str, limited: str | None) -> None:
    request = Request({"type": "http", "client": (host, 1), "headers": []})
    assert Addresses(["10.0.0.0/8"]).limited(request) == limited
