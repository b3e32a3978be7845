"""SIGKILL of `serve` at named points and random moments, on SQLite and PostgreSQL.

Afterwards every accepted task is completed with a whole file or ended with a named error, a repeated POST
finds its first task, and nothing half-made is left.
"""

from __future__ import annotations

import io
import os
import random
import time
from pathlib import Path
from typing import Any

import av
import httpx2
import pytest

from tests.conftest import Server, start_server

POINTS = ("accepted", "enqueued", "rendering", "encoded", "renamed", "recorded")
SLOTS = 2
RANDOM_KILLS = int(os.environ.get("GROK_VIDEO_RANDOM_KILLS", "5"))
BODY = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1, "metadata": {"fake_delay": "0.6"}}


def post(server: Server, key: str) -> str | None:
    """Create a video under an idempotency key; return None if the server died during the request."""
    try:
        with server.client() as http:
            answer = http.post("/v1/videos", json=BODY, headers={"idempotency-key": key})
    except httpx2.TransportError:
        return None
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def start_killing(point: str, data: Path, url: str) -> Server:
    """Start the server that dies at a point."""
    program = ("tests.chaos.killing_server", point)
    return start_server(data, "--backend", "fake", "--database-url", url, program=program)


def check(server: Server, video_id: str) -> str:
    """Wait for an end and check it; return the status, or the error's code."""
    video: dict[str, Any] = server.finish(video_id, timeout=100)
    if video["status"] == "failed":
        assert video["error"]["code"] not in ("", "internal_error"), video
        return video["error"]["code"]
    with server.client() as http:
        film = http.get(f"/v1/videos/{video_id}/content").content
    assert len(film) == video["bytes"]
    with av.open(io.BytesIO(film)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 24
    return "completed"


def leftovers(data: Path) -> list[str]:
    return [path.name for path in (data / "media").iterdir() if path.suffix == ".tmp"]


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_a_named_point(point: str, database_url: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    doomed = start_killing(point, data, database_url)
    answered = post(doomed, "the-key")
    assert doomed.process.wait(60) == -9, doomed.log.read_text()
    survivor = start_server(data, "--backend", "fake", "--database-url", database_url)
    try:
        again = post(survivor, "the-key")
        assert again is not None
        if answered is not None:
            assert again == answered
        assert check(survivor, again) == "completed"
        with survivor.client() as http:
            assert len(http.get("/v1/videos").json()["data"]) == 1
        assert leftovers(data) == []
    finally:
        survivor.stop()


@pytest.mark.timeout(400)
def test_kills_at_random_moments(database_url: str, tmp_path: Path) -> None:
    chance = random.Random(20261122)
    data = tmp_path / "data"
    accepted: dict[str, str] = {}
    for number in range(RANDOM_KILLS):
        server = start_server(data, "--backend", "fake", "--database-url", database_url, "--concurrency", str(SLOTS))
        deadline = time.monotonic() + chance.uniform(0.05, 2.5)
        for index in range(2):
            created = post(server, f"{number}-{index}")
            if created:
                accepted[f"{number}-{index}"] = created
        time.sleep(max(0.0, deadline - time.monotonic()))
        server.process.kill()
        server.process.wait(10)
    server = start_server(data, "--backend", "fake", "--database-url", database_url)
    try:
        assert len(accepted) == 2 * RANDOM_KILLS
        ends = [check(server, name) for name in accepted.values()]
        print(f"{RANDOM_KILLS} kills, {len(ends)} tasks: " + str({end: ends.count(end) for end in sorted(set(ends))}))
        assert set(ends) <= {"completed", "worker_lost"}
        # A render is lost with its second worker, and a kill hits as many renders as there are slots.
        assert 2 * ends.count("worker_lost") <= RANDOM_KILLS * SLOTS
        for key, video in accepted.items():
            assert post(server, key) == video
        assert leftovers(data) == []
    finally:
        server.stop()
