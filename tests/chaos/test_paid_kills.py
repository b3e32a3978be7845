"""SIGKILL of `serve` at every step of a paid call: what the upstream accepted is never accepted twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Server, start_server
from tests.e2e.backends.conftest import QUICK, ended, plain, start_xai, uri
from tests.imitations.xai import XaiImitation

# The point of death: the task's end, and the number of generations that the upstream accepted and bills.
ONE_CALL = {
    "accepted": (None, 1),
    "enqueued": ("completed", 1),
    "unclaimed": ("completed", 1),
    "claimed": ("submission_unknown", 0),
    "posted": ("submission_unknown", 1),
    "kept": ("completed", 1),
    "polling": ("completed", 1),
    "fetching": ("completed", 1),
    "fetched": ("completed", 1),
    "encoded": ("completed", 1),
    "renamed": ("completed", 1),
    "recorded": ("completed", 1),
}
# Eleven seconds from references take two calls, nine seconds and two more.
SECOND_CALL = {
    "unclaimed@extend.1": ("completed", 2),
    "claimed@extend.1": ("submission_unknown", 1),
    "posted@extend.1": ("submission_unknown", 2),
    "kept@extend.1": ("completed", 2),
}
CASES = [
    *[("sqlite", point) for point in ONE_CALL],
    *[("postgresql", point) for point in ("posted", "kept")],
    *[("sqlite", point) for point in SECOND_CALL],
]


@pytest.fixture
def upstream() -> Iterator[XaiImitation]:
    with XaiImitation() as imitation:
        yield imitation
        assert imitation.problems == []


def start_killing(point: str, data: Path, url: str, config_text: str = QUICK, **own: str) -> Server:
    """Start the server that dies at a point."""
    data.mkdir(parents=True)
    config = data / "grok-video.toml"
    config.write_text(config_text)
    program = ("tests.chaos.killing_server", point)
    return start_server(data, "--config", str(config), "--database-url", url, program=program, **own)


def ask(server: Server, body: dict[str, Any]) -> str | None:
    """Create a video under an idempotency key; return None if the server died during the request."""
    try:
        with server.client() as http:
            answer = http.post("/v1/videos", json=body, headers={"idempotency-key": "the-key"})
    except httpx2.TransportError:
        return None
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("database", "point"), CASES)
def test_no_kill_is_paid_twice(
    database: str, point: str, upstream: XaiImitation, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    data = tmp_path / "data"
    url = f"sqlite:///{data}/grok-video.db"
    if database == "postgresql":
        url = request.getfixturevalue("fresh_postgres")
    body: dict[str, Any] = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1}
    if "@" in point:
        body |= {"seconds": 11, "images": [uri(plain((9, 9, 200)))], "prompt": "@img1 runs"}
    own = {"GROK_VIDEO_XAI_API_KEY": upstream.key, "GROK_VIDEO_XAI_BASE_URL": upstream.base_url}
    doomed = start_killing(point, data, url, **own)
    first = ask(doomed, body)
    assert doomed.process.wait(90) == -9, doomed.log.read_text()
    survivor = start_xai(data, upstream, QUICK, "--database-url", url)
    try:
        again = ask(survivor, body)
        assert again is not None
        assert first in (None, again)
        with survivor.client() as http:
            video = ended(http, again)
        end, accepted = {**ONE_CALL, **SECOND_CALL}[point]
        assert (video["error"]["code"] if video["error"] else video["status"]) == (end or "completed"), video
        assert len(upstream.jobs) == accepted
        print(f"{database:10} {point:20} {end or 'completed':20} billed {accepted}")
    finally:
        survivor.stop()


RELAY = """
backend = "relay"
[backends.relay]
idempotent = true
poll_seconds = 0.3
"""


@pytest.mark.timeout(180)
@pytest.mark.parametrize("point", ["claimed", "posted", "kept"])
def test_a_chain_of_our_own_ends_every_kill_with_one_video(point: str, tmp_path: Path) -> None:
    far = start_server(tmp_path / "far", "--backend", "fake")
    data = tmp_path / "data"
    url = f"sqlite:///{data}/grok-video.db"
    own = {"GROK_VIDEO_RELAY_API_KEY": far.key, "GROK_VIDEO_RELAY_BASE_URL": f"{far.base}/v1"}
    body = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1}
    try:
        doomed = start_killing(point, data, url, RELAY, **own)
        first = ask(doomed, body)
        assert doomed.process.wait(90) == -9, doomed.log.read_text()
        survivor = start_server(data, "--config", str(data / "grok-video.toml"), **own)
        try:
            again = ask(survivor, body)
            assert again is not None
            assert first in (None, again)
            with survivor.client() as http:
                assert ended(http, again)["status"] == "completed"
        finally:
            survivor.stop()
        with far.client() as http:
            assert len(http.get("/v1/videos").json()["data"]) == 1
    finally:
        far.stop()
