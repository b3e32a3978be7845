"""The imitation of xAI: faults of submissions and polls, and death."""

from __future__ import annotations

import time
from typing import Any

import httpx2
import pytest

from tests.imitations.running import Background
from tests.imitations.xai import XaiImitation
from tests.imitations.xai_rules import V15

from .helpers import TEXT, accepted, address, poll, post


def test_submit_status(xai: XaiImitation, api: httpx2.Client) -> None:
    for status in (400, 402, 403, 429, 500, 502, 503, 504, 529):
        xai.fault("submit", "status", status=status, retry_after=7)
        response = post(api, TEXT)
        assert (response.status_code, response.headers["retry-after"]) == (status, "7")
        assert response.json()["error"]
    xai.fault("submit", "status", status=502, body="<h1>Bad gateway</h1>", times=2)
    assert [post(api, TEXT).text for _ in range(2)] == ["<h1>Bad gateway</h1>"] * 2
    assert not xai.jobs
    assert post(api, TEXT).status_code == 200


def test_faults_for_ever_until_cleared(xai: XaiImitation, api: httpx2.Client) -> None:
    xai.fault("submit", "status", status=500, times=-1)
    assert [post(api, TEXT).status_code for _ in range(3)] == [500] * 3
    xai.clear()
    assert post(api, TEXT).status_code == 200


def test_faults_that_do_not_exist(xai: XaiImitation) -> None:
    with pytest.raises(ValueError, match="no fault"):
        xai.fault("submit", "torn")
    with pytest.raises(TypeError, match="status"):
        xai.fault("poll", "status")
    with pytest.raises(TypeError, match="accept"):
        xai.fault("poll", "nonsense", accept=True)


@pytest.mark.parametrize(("kind", "jobs"), [("drop_before", 0), ("drop_after", 1)])
def test_submit_dropped(xai: XaiImitation, api: httpx2.Client, kind: str, jobs: int) -> None:
    xai.fault("submit", kind)
    with pytest.raises(httpx2.NetworkError):
        post(api, TEXT)
    assert len(xai.jobs) == jobs
    assert xai.submissions[0].status is None
    assert post(api, TEXT).status_code == 200


def test_submit_delayed(xai: XaiImitation, api: httpx2.Client) -> None:
    xai.fault("submit", "delay", seconds=5)
    with pytest.raises(httpx2.ReadTimeout):
        api.post("videos/generations", json=TEXT, timeout=0.2)
    assert len(xai.jobs) == 1


@pytest.mark.parametrize("accept", [False, True])
def test_submit_responseed_wrongly(xai: XaiImitation, api: httpx2.Client, accept: bool) -> None:
    xai.fault("submit", "nonsense", accept=accept)
    xai.fault("submit", "no_id", accept=accept)
    with pytest.raises(ValueError, match="Expecting"):
        post(api, TEXT).json()
    assert post(api, TEXT).json() == {}
    assert len(xai.jobs) == 2 * accept


@pytest.mark.parametrize("where", ["submit", "poll", "file"])
def test_endless(xai: XaiImitation, api: httpx2.Client, where: str) -> None:
    job = accepted(xai, api, TEXT)
    xai.fault(where, "endless")
    paths = {"submit": "videos/generations", "poll": f"videos/{job.id}", "file": address(xai, job)}
    method = "POST" if where == "submit" else "GET"
    with api.stream(method, paths[where], json=TEXT if where == "submit" else None) as response:
        assert "content-length" not in response.headers
        read = 0
        for chunk in response.iter_raw():
            read += len(chunk)
            if read > 2_000_000:
                break
    assert len(xai.jobs) == 1
    assert poll(api, job).status_code == 200


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("fail", {"code": "invalid_argument", "message": "No."},
         {"status": "failed", "model": V15, "error": {"code": "invalid_argument", "message": "No."}}),
        ("expire", {}, {"status": "expired", "model": V15}),
        ("moderate", {}, {"status": "done", "model": V15, "progress": 100,
                          "usage": {"cost_in_usd_ticks": 800_000_000},
                          "video": {"duration": 1, "respect_moderation": False}}),
    ],
)  # fmt: skip
def test_jobs_that_end_badly(
    xai: XaiImitation, api: httpx2.Client, kind: str, options: dict[str, str], expected: dict[str, Any]
) -> None:
    xai.fault("submit", kind, **options)
    job = accepted(xai, api, TEXT)
    answer = poll(api, job)
    assert (answer.status_code, answer.json()) == (200, expected)
    assert job.cost_ticks == (800_000_000 if kind == "moderate" else 0)
    assert job.file is None


def test_a_job_that_is_stuck(xai: XaiImitation, api: httpx2.Client) -> None:
    xai.fault("submit", "stuck")
    job = accepted(xai, api, TEXT)
    assert [poll(api, job).status_code for _ in range(5)] == [202] * 5


# Death


def test_die_and_revive_keep_jobs_and_port(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    url = xai.base_url
    xai.die()
    xai.die()
    for _ in range(2):
        with pytest.raises(httpx2.NetworkError):
            poll(api, job)
    with httpx2.Client(trust_env=False) as fresh, pytest.raises(httpx2.ConnectError):
        fresh.get(url)
    xai.revive()
    xai.revive()
    assert xai.base_url == url
    assert poll(api, job).json()["status"] == "done"


def test_death_after_accepting(xai: XaiImitation, api: httpx2.Client) -> None:
    xai.fault("submit", "die_after")
    with pytest.raises(httpx2.NetworkError):
        post(api, TEXT)
    with pytest.raises(httpx2.ConnectError):
        post(api, TEXT)
    [job] = xai.jobs.values()
    xai.revive()
    assert job.done.wait(5)
    assert poll(api, job).json()["status"] == "done"
    assert [each.status for each in xai.submissions] == [None]


def test_death_during_a_download(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    xai.fault("file", "endless")
    with api.stream("GET", address(xai, job)) as response:
        chunks = response.iter_raw()
        assert next(chunks)
        xai.die()
        with pytest.raises(httpx2.TransportError):
            list(chunks)


def test_background_runs_other_applications() -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})

    with Background(app) as background:
        assert background.alive
        assert httpx2.get(background.origin, trust_env=False).text == "hello"
    assert not background.alive


# Faults of polls


def test_poll_faults(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    xai.fault("poll", "status", status=503, retry_after=1)
    xai.fault("poll", "nonsense")
    xai.fault("poll", "drop")
    xai.fault("poll", "unknown")
    xai.fault("poll", "delay", seconds=0.2)
    assert poll(api, job).headers["retry-after"] == "1"
    assert poll(api, job).content == b'{"request_id": '
    with pytest.raises(httpx2.NetworkError):
        poll(api, job)
    assert poll(api, job).status_code == 404
    began = time.monotonic()
    assert poll(api, job).json()["status"] == "done"
    assert time.monotonic() - began > 0.19
    assert (xai.polls, job.polls) == (4, 5)


def test_no_url_waits_until_the_job_is_done(xai: XaiImitation, api: httpx2.Client) -> None:
    xai.render_seconds = 60
    job = accepted(xai, api, TEXT)
    xai.fault("poll", "no_url")
    assert poll(api, job).status_code == 202
    xai.render_seconds = 0
    assert poll(api, job).json()["video"] == {"duration": 1, "respect_moderation": True}
    assert "url" in poll(api, job).json()["video"]
