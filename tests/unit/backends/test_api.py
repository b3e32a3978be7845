"""What an upstream's responses mean for a paid call, and the pace of such calls."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from grok_video.backends.relay.wire import id_of, percent_of, url_in
from grok_video.backends.upstream.api import Api, RateLimiter, UpstreamResponse, _retry_after
from grok_video.backends.upstream.options import Options
from grok_video.domain.errors import (
    BackendAuth,
    BackendQuota,
    GrokVideoError,
    InvalidOptions,
    InvalidUpstreamResponse,
    Moderated,
    Rejected,
    SubmissionUnknown,
    Throttled,
    Unavailable,
    UpstreamDown,
)

pytestmark = pytest.mark.anyio
KEY = "xai-secret-key-0123456789"


@pytest.mark.parametrize(("status", "body", "kind"), [
    (401, None, BackendAuth), (403, {"error": "no"}, BackendAuth),
    (400, {"code": "x", "error": "Incorrect API key provided"}, BackendAuth),
    (402, None, BackendQuota), (429, {"error": {"code": "insufficient_quota"}}, BackendQuota),
    (429, None, Throttled), (500, {"error": "x"}, Unavailable), (503, {"error": "x"}, UpstreamDown),
    (529, {"error": "x"}, UpstreamDown), (408, {"error": "x"}, Unavailable), (500, None, SubmissionUnknown),
    (503, None, SubmissionUnknown), (502, {"error": "x"}, SubmissionUnknown), (504, None, SubmissionUnknown),
    (429, {"error": "used all available credits or reached its monthly spending limit"}, BackendQuota),
    (403, {"error": "Content violates usage guidelines. API key ID: 1, Failed check: SAFETY_CHECK_TYPE_X"}, Moderated),
    (520, None, SubmissionUnknown), (418, None, SubmissionUnknown), (302, None, InvalidUpstreamResponse),
    (400, {"error": {"message": "too long"}}, Rejected), (422, {"error": "missing"}, Rejected),
    (400, {"error": "blocked by content policy"}, Moderated), (403, {"error": "moderation"}, Moderated),
])  # fmt: skip
async def test_refusals(status: int, body: object, kind: type[GrokVideoError]) -> None:
    api = Api("http://127.0.0.1:9/v1", KEY)
    error = api.submission_error(UpstreamResponse(status, body))
    assert type(error) is kind
    await api.close()


async def test_the_key_is_taken_out_of_what_the_upstream_says() -> None:
    api = Api("http://127.0.0.1:9/v1", KEY)
    error = api.submission_error(UpstreamResponse(400, {"error": {"message": f"bad {KEY} " + "x" * 1000}}))
    assert KEY not in error.message
    assert "***" in error.message
    assert len(error.message) < 400
    assert KEY not in repr(Options.read("xai", {"api_key": KEY, "base_url": "http://h/v1"}))
    with pytest.raises(InvalidOptions) as refused:
        Options.read("xai", {"api_key": KEY, "base_url": KEY})
    assert KEY not in str(refused.value)
    assert "base_url" in str(refused.value)
    await api.close()


async def test_what_cannot_be_reached_was_not_accepted() -> None:
    api = Api("http://127.0.0.1:9/v1", KEY)
    with pytest.raises(Unavailable) as away:
        await api.post("/videos/generations", json={})
    assert KEY not in str(away.value)
    await api.close()


async def test_paid_calls_are_spaced_and_paused() -> None:
    pace = RateLimiter(per_minute=1200)
    began = time.monotonic()
    for _ in range(5):
        await pace.acquire()
    assert 0.19 < time.monotonic() - began < 0.6
    pace.pause(0.3)
    began = time.monotonic()
    await pace.acquire()
    assert 0.28 < time.monotonic() - began < 0.9


@pytest.mark.parametrize(("value", "percent"), [
    (42, 42.0), ("42", 42.0), ("42%", 42.0), (0.42, 42.0), (1, 1.0), (100, 100.0), (250, 100.0), ("", None),
    (None, None), ("half", None), (True, None),
])  # fmt: skip
def test_progress_in_any_notation(value: object, percent: float | None) -> None:
    assert percent_of(value) == percent


def test_ids_and_addresses_in_any_place() -> None:
    assert id_of(UpstreamResponse(200, {"id": "a", "task_id": "b"})) == "a"
    assert id_of(UpstreamResponse(200, {"data": {"task_id": 7}})) == "7"
    assert id_of(UpstreamResponse(200, {"id": ""})) is None
    assert url_in({"video_url": None, "output": {"url": ""}, "detail": {"url": "http://x"}}) == "http://x"
    assert url_in({"output": {"url": "http://a"}, "video_url": "http://b"}) == "http://a"
    assert url_in({"output": "http://a"}) is None


def test_when_to_come_again_is_said_in_seconds_or_as_a_date() -> None:
    soon = formatdate(time.time() + 30, usegmt=True)
    assert 25 <= (_retry_after(soon) or 0) <= 31
    assert (_retry_after("7"), _retry_after("999999"), _retry_after(""), _retry_after("soon")) == (7, 3600, None, None)
    assert _retry_after(formatdate(time.time() - 30, usegmt=True)) == 1
