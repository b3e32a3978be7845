"""Every fault of an upstream has a named end, and none makes the server pay twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Server
from tests.imitations.xai import XaiImitation

from .conftest import QUICK, ended, film, make, only, start_xai

SHORT: dict[str, Any] = {"seconds": 1}


@pytest.fixture(scope="module")
def xai_server(xai: XaiImitation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that soon gives up a job that never ends."""
    impatient = QUICK.replace("job_seconds = 60", "job_seconds = 10")
    server = start_xai(tmp_path_factory.mktemp("xai"), xai, impatient)
    yield server
    server.stop()


def end_of(video: dict[str, Any]) -> str:
    return video["status"] if video["error"] is None else video["error"]["code"]


# After an end that proves nothing, each next call waits for longer, until one is answered: so those come one by one.
SUBMIT = {
    "429 with a date to come again": ("status", {"status": 429, "retry_after": 1, "times": 3}, "completed", 1, 4),
    "429 without": ("status", {"status": 429, "times": 1}, "completed", 1, 2),
    "500 once": ("status", {"status": 500}, "completed", 1, 2),
    "503 once": ("status", {"status": 503, "retry_after": 1}, "completed", 1, 2),
    "529 once": ("status", {"status": 529}, "completed", 1, 2),
    "500 for ever": ("status", {"status": 500, "times": -1}, "backend_unavailable", 0, 2),
    "a 503 of a gateway, without the server's own words": (
        "status",
        {"status": 503, "body": "<html>upstream connect error</html>"},
        "submission_unknown",
        0,
        1,
    ),
    "400": ("status", {"status": 400}, "rejected", 0, 1),
    "a gateway's 502, which proves nothing": ("status", {"status": 502}, "submission_unknown", 0, 1),
    "402": ("status", {"status": 402}, "backend_quota", 0, 1),
    "a gateway's 504": ("status", {"status": 504}, "submission_unknown", 0, 1),
    "403": ("status", {"status": 403}, "backend_auth", 0, 1),
    "a line that breaks before it accepts": ("drop_before", {}, "submission_unknown", 0, 1),
    "moderation": ("moderate", {}, "moderation_blocked", 1, 1),
    "a line that breaks after it accepts": ("drop_after", {}, "submission_unknown", 1, 1),
    "a failure": ("fail", {"code": "internal_error", "message": "no luck"}, "upstream_failed", 1, 1),
    "an answer that is no JSON": ("nonsense", {"accept": True}, "submission_unknown", 1, 1),
    "an expiry": ("expire", {}, "upstream_expired", 1, 1),
    "an answer without an id": ("no_id", {"accept": True}, "submission_unknown", 1, 1),
    "a slow answer": ("delay", {"seconds": 2}, "completed", 1, 1),
    "an answer without an end": ("endless", {}, "submission_unknown", 0, 1),
    "a job that never ends": ("stuck", {}, "upstream_timed_out", 1, 1),
}


@pytest.mark.parametrize("name", SUBMIT)
def test_submissions(client: httpx2.Client, upstream: XaiImitation, name: str) -> None:
    kind, options, end, accepted, sent = SUBMIT[name]
    upstream.fault("submit", kind, **options)
    video = make(client, "/v1/videos", **SHORT)
    assert end_of(video) == end, video["error"]
    assert (len(upstream.jobs), len(upstream.submissions)) == (accepted, sent)
    if end != "completed":
        assert video["error"]["message"]
        assert video["video_url"] is None


def test_what_is_moderated_is_billed_and_says_so(client: httpx2.Client, upstream: XaiImitation) -> None:
    upstream.fault("submit", "moderate")
    video = make(client, "/v1/videos", **SHORT)
    assert video["metadata"]["cost"] == pytest.approx(only(upstream).cost_ticks / 1e10)
    assert video["metadata"]["cost"] > 0


def test_a_storm_of_429_lets_every_task_wait_and_none_fail(client: httpx2.Client, upstream: XaiImitation) -> None:
    upstream.fault("submit", "status", status=429, retry_after=1, times=12)
    body = {"model": "grok-video-3", "prompt": "a storm", **SHORT}
    video_ids = [client.post("/v1/videos", json=body).json()["id"] for _ in range(6)]
    assert [ended(client, video)["status"] for video in video_ids] == ["completed"] * 6
    assert len(upstream.jobs) == 6


POLL = {
    "500 three times": ("status", {"status": 500, "times": 3}, "completed"),
    "429": ("status", {"status": 429, "retry_after": 1}, "completed"),
    "a broken line": ("drop", {"times": 3}, "completed"),
    "nonsense twice": ("nonsense", {"times": 2}, "completed"),
    "nonsense for ever": ("nonsense", {"times": -1}, "upstream_invalid_answer"),
    "endless once": ("endless", {}, "completed"),
    "unknown once": ("unknown", {}, "completed"),
    "unknown for ever": ("unknown", {"times": -1}, "upstream_expired"),
    "401 for ever": ("status", {"status": 401, "times": -1}, "backend_auth"),
    "done without an address": ("no_url", {}, "upstream_invalid_answer"),
}


@pytest.mark.parametrize("name", POLL)
def test_polls(client: httpx2.Client, upstream: XaiImitation, name: str) -> None:
    kind, options, end = POLL[name]
    upstream.fault("poll", kind, **options)
    assert end_of(make(client, "/v1/videos", **SHORT)) == end
    assert len(upstream.jobs) == 1


FILE = {
    "gone for a moment": ("missing", {}, "completed"),
    "forbidden for a moment": ("forbidden", {}, "completed"),
    "torn once": ("torn", {}, "completed"),
    "torn three times": ("torn", {"times": 3}, "completed"),
    "a page": ("html", {}, "upstream_file_invalid"),
    "junk": ("junk", {}, "upstream_file_invalid"),
    "endless": ("endless", {"times": -1}, "upstream_file_invalid"),
    "slow": ("slow", {"chunk_seconds": 0.05}, "completed"),
    "a second too short": ("wrong_seconds", {}, "upstream_file_invalid"),
    "another address, in our own network": ("redirect", {"to": "http://127.0.0.1:9/x.mp4"}, "upstream_file_invalid"),
}


@pytest.mark.parametrize("name", FILE)
def test_files(client: httpx2.Client, upstream: XaiImitation, name: str) -> None:
    kind, options, end = FILE[name]
    upstream.fault("file", kind, **options)
    video = make(client, "/v1/videos", seconds=2)
    assert end_of(video) == end, video["error"]
    assert len(upstream.jobs) == 1
    if end == "completed":
        assert len(film(client, video["id"])[0]) == 48


@pytest.mark.parametrize(("kind", "code"), [
    ("missing", "upstream_file_gone"), ("torn_always", "upstream_file_torn"),
])  # fmt: skip
def test_what_can_never_be_fetched_has_a_name(upstream: XaiImitation, tmp_path: Path, kind: str, code: str) -> None:
    upstream.fault("file", kind, times=-1)
    server = start_xai(tmp_path / "data", upstream, QUICK.replace("max_failures = 2", "max_failures = 1"))
    try:
        with server.client() as http:
            assert end_of(make(http, "/v1/videos", **SHORT)) == code
    finally:
        server.stop()
    assert len(upstream.jobs) == 1
    # Each attempt asked the upstream again where the file is.
    assert only(upstream).polls >= 4


def test_a_torn_file_is_resumed_where_it_broke(client: httpx2.Client, upstream: XaiImitation) -> None:
    upstream.file_requests.clear()
    upstream.fault("file", "torn")
    assert make(client, "/v1/videos", seconds=2)["status"] == "completed"
    first, second = upstream.file_requests
    assert first.range is None
    assert second.range is not None
    assert second.status == 206


def test_a_file_that_changes_meanwhile_is_started_again(client: httpx2.Client, upstream: XaiImitation) -> None:
    upstream.file_requests.clear()
    upstream.fault("file", "torn")
    upstream.fault("file", "changed")
    video = make(client, "/v1/videos", seconds=2)
    assert video["status"] == "completed"
    assert [request.status for request in upstream.file_requests] == [200, 200]
    assert len(film(client, video["id"])[0]) == 48


def test_an_upstream_that_dies_and_comes_back_loses_nothing(client: httpx2.Client, upstream: XaiImitation) -> None:
    upstream.render_seconds = 2.0
    try:
        video_id = client.post("/v1/videos", json={"model": "grok-video-3", "prompt": "a cat", "seconds": 1}).json()[
            "id"
        ]
        deadline = time.monotonic() + 20
        while not upstream.jobs and time.monotonic() < deadline:
            time.sleep(0.05)
        upstream.die()
        time.sleep(2)
        upstream.revive()
        assert ended(client, video_id)["status"] == "completed"
    finally:
        upstream.render_seconds = 0.3
    assert len(upstream.jobs) == 1


def test_an_upstream_that_dies_over_a_submission(client: httpx2.Client, upstream: XaiImitation) -> None:
    upstream.fault("submit", "die_after")
    video = make(client, "/v1/videos", **SHORT)
    upstream.revive()
    assert end_of(video) == "submission_unknown"
    assert len(upstream.jobs) == 1


def test_cancel_stops_the_polling_and_says_that_it_may_cost(client: httpx2.Client, upstream: XaiImitation) -> None:
    upstream.fault("submit", "stuck")
    video_id = client.post("/v1/videos", json={"model": "grok-video-3", "prompt": "a cat", "seconds": 1}).json()["id"]
    deadline = time.monotonic() + 20
    while not (upstream.jobs and only(upstream).polls > 1):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    client.post(f"/v1/videos/{video_id}/cancel")
    video = ended(client, video_id)
    assert end_of(video) == "cancelled"
    assert video["metadata"]["upstream_may_charge"] is True
    time.sleep(0.7)
    polls = only(upstream).polls
    time.sleep(1.5)
    assert only(upstream).polls == polls
    assert make(client, "/v1/videos", **SHORT)["status"] == "completed"


def test_a_wrong_key_is_told_to_the_operator_and_never_shown(upstream: XaiImitation, tmp_path: Path) -> None:
    wrong = "xai-wrong-key-5f1c"
    server = start_xai(tmp_path / "data", upstream, GROK_VIDEO_XAI_API_KEY=wrong)
    try:
        with server.client() as http:
            video = make(http, "/v1/videos", **SHORT)
            ready = http.get("/readyz")
        log = server.log.read_text()
    finally:
        server.stop()
    assert end_of(video) == "backend_auth"
    assert ready.json()["backends"]["xai"]["up"] is False
    assert '"backend": "xai"' in log
    assert "account needs attention" in log
    for text in (log, str(video), ready.text):
        assert wrong not in text
    assert upstream.jobs == {}


def test_options_are_checked_without_showing_them(upstream: XaiImitation, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="image_base") as refused:
        start_xai(tmp_path / "data", upstream, QUICK.replace("job_seconds = 60", "image_base = 7"))
    assert upstream.key not in str(refused.value)


def test_the_key_is_nowhere(xai_server: Server, client: httpx2.Client, upstream: XaiImitation) -> None:
    make(client, "/v1/videos", **SHORT)
    log = xai_server.log.read_text()
    videos = client.get("/v1/videos", params={"limit": "100"}).text
    assert upstream.key not in log + videos
    held = [path for path in xai_server.data.rglob("*") if path.is_file() and path.suffix != ".mp4"]
    assert not [path.name for path in held if upstream.key.encode() in path.read_bytes()]
