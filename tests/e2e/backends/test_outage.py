"""An outage of the upstream: at most one task is lost to a gateway's page, the others wait or fall back."""

from __future__ import annotations

import time
from pathlib import Path

from tests.imitations.xai import XaiImitation

from .conftest import QUICK, ended, make, start_xai

TASKS = 12


def test_an_outage_costs_at_most_one_task(upstream: XaiImitation, tmp_path: Path) -> None:
    server = start_xai(tmp_path / "data", upstream, QUICK)
    try:
        with server.client() as http:
            upstream.outage = True
            body = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1}
            ids = [http.post("/v1/videos", json=body).json()["id"] for _ in range(TASKS)]
            deadline = time.monotonic() + 30
            while "POST" not in upstream.pages or "GET" not in upstream.pages:
                assert time.monotonic() < deadline, upstream.pages
                time.sleep(0.1)
            time.sleep(3)
            waiting = [http.get(f"/v1/videos/{video_id}").json()["status"] for video_id in ids]
            assert waiting.count("queued") >= TASKS - 2
            assert upstream.pages.count("POST") == 1
            upstream.outage = False
            ends = [ended(http, video_id) for video_id in ids]
    finally:
        upstream.outage = False
        server.stop()
    codes = [end["error"]["code"] for end in ends if end["status"] == "failed"]
    assert codes == ["submission_unknown"]
    assert len(upstream.jobs) == TASKS - 1
    assert upstream.pages.count("GET") < 10


def test_an_upstream_that_cannot_be_reached_loses_nothing(upstream: XaiImitation, tmp_path: Path) -> None:
    server = start_xai(tmp_path / "data", upstream, QUICK)
    try:
        with server.client() as http:
            upstream.die()
            body = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1}
            ids = [http.post("/v1/videos", json=body).json()["id"] for _ in range(4)]
            # Longer than the two attempts that a failing backend gets.
            time.sleep(4)
            assert {http.get(f"/v1/videos/{video_id}").json()["status"] for video_id in ids} <= {
                "queued",
                "in_progress",
            }
            upstream.revive()
            assert [ended(http, video_id)["status"] for video_id in ids] == ["completed"] * 4
    finally:
        upstream.revive()
        server.stop()


def test_an_outage_has_an_end_for_a_task(upstream: XaiImitation, tmp_path: Path) -> None:
    server = start_xai(tmp_path / "data", upstream, "outage_hours = 0.0005\n" + QUICK)
    try:
        with server.client() as http:
            upstream.fault("submit", "status", status=503, times=-1)
            video = make(http, "/v1/videos", seconds=1)
    finally:
        server.stop()
    assert (video["status"], video["error"]["code"]) == ("failed", "backend_unavailable")
    assert upstream.jobs == {}
