"""What can go wrong in the process that holds the pipeline: each has its code, and the next task is made."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from tests.conftest import Server, start_server

from .conftest import IMITATED, config_for

Start = Callable[..., Server]
CHILD = "grok_video.backends.diffusers.child"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a server with imitated pipelines, or start it again."""
    servers: list[Server] = []

    def started(more: str = "", profile: str = "tiny-wan", **environment: str) -> Server:
        config = tmp_path / "grok-video.toml"
        if not config.exists():
            config.write_text("retry_seconds = 0.2\nmax_failures = 2\n" + config_for(
                tmp_path, profile, imitated=True, more=more
            ))  # fmt: skip
        variables = {"GROK_VIDEO_BACKEND": "diffusers", "TORCH_IMITATION_LOG": str(tmp_path / "calls"), **IMITATED}
        servers.append(start_server(tmp_path / "data", "--config", str(config), **{**variables, **environment}))
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


def calls(server: Server) -> list[dict[str, Any]]:
    """Return what the pipelines were called with."""
    log = server.data.parent / "calls"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def submit(http: httpx2.Client, prompt: str) -> str:
    answer = http.post("/v1/videos", json={"model": "grok-video-3", "prompt": prompt, "seconds": 1})
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def ended(http: httpx2.Client, video_id: str) -> dict[str, Any]:
    while (video := http.get(f"/v1/videos/{video_id}", params={"wait": "20"}).json())["status"] not in (
        "completed", "failed", "cancelled",
    ):  # fmt: skip
        pass
    return video


def children() -> list[psutil.Process]:
    return [
        process for process in psutil.process_iter(["cmdline"])
        if CHILD in (process.info["cmdline"] or []) and process.status() != psutil.STATUS_ZOMBIE
    ]  # fmt: skip


@pytest.mark.parametrize(("prompt", "code", "said"), [
    ("a huge cat", "render_out_of_memory", "not enough memory on the device, even with offload and tiling"),
    ("a cat is killed", "render_crashed", "signal SIGKILL; probably out of main memory"),
    ("a cat aborts", "render_crashed", "signal SIGABRT"),
    ("a wrong cat", "render_crashed", "The pipeline failed: ValueError."),
    ("a broken cat", "render_crashed", "The device failed: AcceleratorError."),
])  # fmt: skip
def test_each_fault_has_its_code_and_the_next_task_is_made(start: Start, prompt: str, code: str, said: str) -> None:
    with start().client() as http:
        failed = ended(http, submit(http, prompt))
        assert failed["status"] == "failed"
        assert failed["error"]["code"] == code
        assert said in failed["error"]["message"]
        assert ended(http, submit(http, "a small cat"))["status"] == "completed"


def test_what_does_not_fit_is_made_once_more_with_less_memory(start: Start) -> None:
    server = start()
    with server.client() as http:
        assert ended(http, submit(http, "a large cat"))["status"] == "completed"
        assert ended(http, submit(http, "another large cat"))["status"] == "completed"
    assert [call["tiling"] for call in calls(server)] == [False, True, True]


def test_a_cancelled_task_stops_at_the_next_step_and_the_pipeline_stays(start: Start) -> None:
    with start(TORCH_IMITATION_SECONDS="2").client() as http:
        ended(http, submit(http, "a cat"))
        (before,) = [child.pid for child in children() if child.ppid() == http_server(http)]
        # Two seconds for each of eight steps.
        video_id = submit(http, "a cat runs slowly")
        while http.get(f"/v1/videos/{video_id}").json()["status"] == "queued":
            time.sleep(0.05)
        began = time.monotonic()
        http.post(f"/v1/videos/{video_id}/cancel")
        assert ended(http, video_id)["error"]["code"] == "cancelled"
        assert ended(http, submit(http, "a cat"))["status"] == "completed"
        assert time.monotonic() - began < 10
        assert [child.pid for child in children() if child.ppid() == http_server(http)] == [before]


def http_server(http: httpx2.Client) -> int:
    """Return the pid of the server that a client talks to."""
    port = http.base_url.port
    found = [
        connection.pid for connection in psutil.net_connections("tcp")
        if connection.status == "LISTEN" and connection.laddr.port == port
    ]  # fmt: skip
    assert found[0] is not None
    return found[0]


def test_progress_is_that_of_the_steps(start: Start) -> None:
    with start().client() as http:
        video_id, seen = submit(http, "a cat runs slowly"), set[int]()
        while (video := http.get(f"/v1/videos/{video_id}").json())["status"] != "completed":
            seen.add(video["progress"])
            time.sleep(0.1)
        assert len(seen & {11, 22, 33, 45, 56, 67, 78}) >= 4
        assert video["metadata"]["progress_estimated"] is False


def test_time_that_is_up_ends_the_process_and_names_it(start: Start) -> None:
    with start(more="job_seconds = 1.5").client() as http:
        ended(http, submit(http, "a cat"))
        before = [child.pid for child in children() if child.ppid() == http_server(http)]
        failed = ended(http, submit(http, "a cat runs slowly"))
        assert failed["error"]["code"] == "render_timed_out"
        assert [child.pid for child in children() if child.pid in before] == []


def test_a_killed_server_takes_its_child_along_and_the_next_one_makes_the_task(start: Start) -> None:
    # It does not end by itself so soon because nobody reads its progress.
    server = start(TORCH_IMITATION_SECONDS="8")
    with server.client() as http:
        video_id = submit(http, "a cat runs slowly")
        while http.get(f"/v1/videos/{video_id}").json()["progress"] == 0:
            time.sleep(0.05)
        mine = [child for child in children() if child.ppid() == http_server(http)]
    server.process.kill()
    server.process.wait()
    gone, alive = psutil.wait_procs(mine, timeout=5)
    assert (len(gone), alive) == (1, [])
    with start(TORCH_IMITATION_SECONDS="0").client() as http:
        assert ended(http, video_id)["status"] == "completed"


def test_what_the_weights_cannot_do_is_refused_before_it_is_queued(tmp_path: Path) -> None:
    config = tmp_path / "grok-video.toml"
    config.write_text(config_for(tmp_path, "tiny-wan", imitated=True, names=("t2v",)))
    server = start_server(tmp_path / "data", "--config", str(config), GROK_VIDEO_BACKEND="diffusers", **IMITATED)
    try:
        with server.client() as http:
            assert http.get("/v1/models/grok-video-3").json()["capabilities"]["modes"] == ["text"]
            video = ended(http, submit(http, "a cat"))
            refused = http.post("/v1/videos/extensions", json={
                "model": "grok-video-3", "prompt": "on", "video": {"id": video["id"]}, "start_time": 0.5,
            })  # fmt: skip
            assert refused.status_code == 400
            assert refused.json()["error"]["code"] == "unsupported_by_backend"
    finally:
        server.stop()
