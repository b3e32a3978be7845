"""Ordered lists of backends: the next one takes over before an upstream has accepted anything, never after."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Server, start_server
from tests.imitations.xai import XaiImitation

from .conftest import QUICK, ended, make, plain, start_xai, uri

LIST = '\n[models."grok-video-3"]\nbackend = ["xai", "fake"]\n'
ROUTE = QUICK.strip().replace("max_failures = 2", "max_failures = 3") + LIST


@pytest.fixture
def routed(upstream: XaiImitation, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(**environment: str) -> Server:
        servers.append(start_xai(tmp_path / "data", upstream, ROUTE, **environment))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def test_an_upstream_that_is_down_is_given_up_for_the_next(
    routed: Callable[..., Server], upstream: XaiImitation
) -> None:
    upstream.fault("submit", "status", status=503, times=-1)
    with routed().client() as http:
        video = make(http, "/v1/videos", seconds=1)
        assert (video["status"], video["metadata"]["backend"]) == ("completed", "fake")
        assert len(upstream.submissions) == 1
        # It is known to be down now: the next task does not wait for it.
        again = make(http, "/v1/videos", seconds=1)
        assert (again["status"], again["metadata"]["backend"]) == ("completed", "fake")
        assert len(upstream.submissions) <= 2
        assert http.get("/readyz").json()["backends"]["fake"]["up"] is True
    assert upstream.jobs == {}


def test_a_refused_key_sends_tasks_to_the_next(routed: Callable[..., Server], upstream: XaiImitation) -> None:
    with routed(GROK_VIDEO_XAI_API_KEY="wrong").client() as http:
        video = make(http, "/v1/videos", seconds=1)
        assert (video["status"], video["metadata"]["backend"]) == ("completed", "fake")
    assert upstream.jobs == {}


@pytest.mark.parametrize(("fault", "code"), [
    ("drop_after", "submission_unknown"), ("moderate", "moderation_blocked"), ("expire", "upstream_expired"),
])  # fmt: skip
def test_after_acceptance_no_backend_takes_over(
    routed: Callable[..., Server], upstream: XaiImitation, fault: str, code: str
) -> None:
    upstream.fault("submit", fault)
    with routed().client() as http:
        video = make(http, "/v1/videos", seconds=1)
        assert (video["error"]["code"], video["metadata"]["backend"]) == (code, "xai")
    assert len(upstream.jobs) == 1


def test_what_the_first_cannot_do_goes_to_one_that_can(upstream: XaiImitation, tmp_path: Path) -> None:
    lite = QUICK.strip() + '\nmodel = "grok-imagine-video-1.5-lite"\n' + LIST
    server = start_xai(tmp_path / "data", upstream, lite)
    try:
        with server.client() as http:
            assert make(http, "/v1/videos", seconds=1)["metadata"]["backend"] == "xai"
            images = [uri(plain((9, 9, 9))), uri(plain((200, 9, 9)))]
            both = make(http, "/v1/videos", seconds=1, images=images)
            assert (both["status"], both["metadata"]["backend"]) == ("completed", "fake")
    finally:
        server.stop()
    assert len(upstream.jobs) == 1


def test_after_the_first_of_two_calls_no_backend_takes_over(upstream: XaiImitation, tmp_path: Path) -> None:
    server = start_xai(
        tmp_path / "data", upstream, QUICK.strip().replace("max_failures = 2", "max_failures = 1") + LIST
    )
    upstream.render_seconds = 1.5
    try:
        with server.client() as http:
            body = {"model": "grok-video-3", "prompt": "@img1 runs", "seconds": 11, "images": [uri(plain((9, 9, 200)))]}
            requested = http.post("/v1/videos", json=body).json()["id"]
            deadline = time.monotonic() + 30
            while not upstream.jobs:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            upstream.fault("submit", "status", status=500, times=-1)
            video = ended(http, requested)
    finally:
        upstream.render_seconds = 0.3
        server.stop()
    assert (video["error"]["code"], video["metadata"]["backend"]) == ("backend_unavailable", "xai")
    assert video["metadata"]["cost"] > 0
    assert len(upstream.jobs) == 1
    # Four times as many attempts, since the first part is paid for.
    assert len(upstream.submissions) == 1 + 4


@pytest.mark.parametrize(("key", "code", "reported"), [
    (None, 0, "ok    backend xai: is up"), ("wrong", 1, "FAIL  backend xai: It refuses the server's own key."),
])  # fmt: skip
def test_doctor_tells_which_backends_are_up(
    upstream: XaiImitation, tmp_path: Path, key: str | None, code: int, reported: str
) -> None:
    own = {
        "GROK_VIDEO_XAI_API_KEY": key or upstream.key, "GROK_VIDEO_XAI_BASE_URL": upstream.base_url,
        "GROK_VIDEO_DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"],
    }  # fmt: skip
    command = [sys.executable, "-m", "grok_video", "doctor"]
    answer = subprocess.run(command, env=own, capture_output=True, text=True, timeout=60, check=False)
    assert reported in answer.stdout.splitlines(), answer.stdout + answer.stderr
    assert answer.returncode == code
    assert own["GROK_VIDEO_XAI_API_KEY"] not in answer.stdout + answer.stderr


def test_a_worker_takes_the_tasks_of_its_backends_only(tmp_path: Path) -> None:
    config = tmp_path / "grok-video.toml"
    config.write_text('[models."grok-video-3-max"]\nbackend = "animatic"\n')
    arguments = ("--config", str(config))
    server = start_server(tmp_path, *arguments, "--worker-backends", "fake", GROK_VIDEO_BACKEND="fake")
    command = [sys.executable, "-m", "grok_video", "worker", *arguments, "--backends", "animatic"]
    environment = {**os.environ, "GROK_VIDEO_DATA_DIR": str(tmp_path), "GROK_VIDEO_BACKEND": "fake"}
    try:
        with server.client() as http:
            waiting = http.post("/v1/videos", json={"model": "grok-video-3-max", "prompt": "a cat"}).json()["id"]
            assert make(http, "/v1/videos", seconds=1)["status"] == "completed"
            assert http.get(f"/v1/videos/{waiting}").json()["status"] == "queued"
            worker = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
            try:
                video = ended(http, waiting)
            finally:
                worker.terminate()
                worker.wait(20)
        assert (video["status"], video["metadata"]["backend"]) == ("completed", "animatic")
    finally:
        server.stop()


def test_a_worker_of_a_backend_that_is_not_in_use_does_not_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "grok_video", "worker", "--backends", "xai"]
    environment = {**os.environ, "GROK_VIDEO_DATA_DIR": str(tmp_path), "GROK_VIDEO_BACKEND": "fake"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "worker_backends names 'xai'; in use are: fake" in ended.stderr
