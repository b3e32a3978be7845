"""The xai backend in front of another server of this project: a chain through xAI's dialect."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest

from tests.conftest import Server, start_server

from .conftest import ended, film, make, plain, uri

RED, GREEN, BLUE = (200, 30, 30), (30, 180, 30), (30, 30, 200)
CONFIG = """
[backends.xai]
requests_per_minute = 6000
polls_per_second = 50
"""


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that makes the videos."""
    server = start_server(tmp_path_factory.mktemp("behind"), "--backend", "animatic")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def front(behind: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that takes it for xAI."""
    folder = tmp_path_factory.mktemp("front")
    config = folder / "grok-video.toml"
    config.write_text(CONFIG)
    settings = {"GROK_VIDEO_XAI_API_KEY": behind.key, "GROK_VIDEO_XAI_BASE_URL": f"{behind.base}/v1"}
    server = start_server(folder / "data", "--config", str(config), **settings)
    yield server
    server.stop()


@pytest.fixture
def http(front: Server) -> Iterator[httpx2.Client]:
    with front.client() as client:
        yield client


def upstream(behind: Server, count: int = 1) -> list[dict[str, Any]]:
    """Return the newest tasks of the server behind, in the order in which they were made."""
    with behind.client() as client:
        return client.get("/v1/videos", params={"limit": count}).json()["data"][::-1]


def check(http: httpx2.Client, video: dict[str, Any], size: tuple[int, int], seconds: float) -> list[np.ndarray]:
    assert video["status"] == "completed", video["error"]
    assert video["metadata"]["backend"] == "xai"
    frames, _ = film(http, video["id"])
    assert (frames[0].shape, len(frames)) == ((size[1], size[0], 3), round(seconds * 24))
    return frames


def near(pixel: np.ndarray, colour: tuple[int, int, int], within: int = 45) -> bool:
    return bool(np.abs(pixel.astype(int) - np.array(colour)).max() <= within)


@pytest.mark.parametrize(("size", "ratio", "pixels"), [
    ("480P", "16:9", (854, 480)), ("720P", "9:16", (720, 1280)), ("1080P", "21:9", (2520, 1080)),
    ("480P", "3:4", (480, 640)),
])  # fmt: skip
def test_text(http: httpx2.Client, behind: Server, size: str, ratio: str, pixels: tuple[int, int]) -> None:
    video = make(http, "/v1/videos", seconds=1, size=size, aspect_ratio=ratio)
    check(http, video, pixels, 1)
    (made,) = upstream(behind)
    assert (made["size"].upper(), made["aspect_ratio"], made["seconds"]) == (size, ratio, "1")
    assert (made["model"], made["metadata"]["model"]) == ("grok-imagine-video-1.5", "grok-video-3")
    assert video["metadata"]["upscaled"] is False


def test_first_frame(http: httpx2.Client, behind: Server) -> None:
    video = make(http, "/v1/videos", seconds=1, images=[uri(plain(RED))])
    frames = check(http, video, (1280, 720), 1)
    assert near(frames[0][100, 100], RED)
    assert upstream(behind)[0]["metadata"]["mode"] == "first_frame"


def test_first_and_last_frame(http: httpx2.Client, behind: Server) -> None:
    video = make(http, "/v1/videos", seconds=1, images=[uri(plain(RED)), uri(plain(BLUE))])
    frames = check(http, video, (1280, 720), 1)
    assert (near(frames[0][100, 100], RED), near(frames[-1][100, 100], BLUE)) == (True, True)
    assert upstream(behind)[0]["metadata"]["mode"] == "first_last_frame"


def test_references_keep_their_names(http: httpx2.Client, behind: Server) -> None:
    images = [uri(plain(colour)) for colour in (RED, GREEN)]
    video = make(http, "/v1/videos", seconds=1, images=images, prompt="@img2 on the left, @img1 on the right")
    frames = check(http, video, (1280, 720), 1)
    (made,) = upstream(behind)
    assert (made["metadata"]["mode"], made["prompt"]) == ("reference", "@img2 on the left, @img1 on the right")
    greens = np.abs(frames[12].astype(int) - np.array(GREEN)).max(axis=2) < 45
    reds = np.abs(frames[12].astype(int) - np.array(RED)).max(axis=2) < 45
    assert np.argwhere(greens)[:, 1].mean() < np.argwhere(reds)[:, 1].mean()


def test_remix(http: httpx2.Client, behind: Server) -> None:
    source = make(http, "/v1/videos", seconds=2)
    video = make(http, f"/v1/videos/{source['id']}/remix", prompt="at night")
    frames = check(http, video, (1280, 720), 2)
    (made,) = upstream(behind)
    assert (made["metadata"]["operation"], made["prompt"]) == ("remix", "at night")
    before, _ = film(http, source["id"])
    assert frames[24].mean() < before[24].mean() - 10


@pytest.mark.parametrize(("start", "operation"), [(2.5, "extend"), (1.0, "create")])
def test_extend(http: httpx2.Client, behind: Server, start: float, operation: str) -> None:
    source = make(http, "/v1/videos", seconds=3)
    video = make(http, f"/v1/videos/{source['id']}/extend", start_time=start, seconds=2, prompt="and on")
    frames = check(http, video, (1280, 720), start + 2)
    assert upstream(behind)[0]["metadata"]["operation"] == operation
    # No jump at the seam: as little as between two frames of a slow scene.
    seam = round(start * 24)
    assert np.abs(frames[seam].astype(int) - frames[seam - 1].astype(int)).mean() < 12


def test_extend_with_images(http: httpx2.Client, behind: Server) -> None:
    source = make(http, "/v1/videos", seconds=2)
    images = [uri(plain(RED))]
    video = make(http, f"/v1/videos/{source['id']}/extend", seconds=1, prompt="@img1 comes", images=images)
    check(http, video, (1280, 720), 3)
    (made,) = upstream(behind)
    assert (made["metadata"]["mode"], made["prompt"]) == ("first_frame", "@img2 comes")
    # The animatic moves a first frame and shows no figures over it, and says so.
    assert made["metadata"]["unused_images"] == ["@img2"]


def test_the_front_knows_that_the_server_behind_is_up(http: httpx2.Client) -> None:
    assert http.get("/readyz").json()["backends"]["xai"] == {"up": True, "error": None}
    assert {model["capabilities"]["unavailable"] for model in http.get("/v1/models").json()["data"]} == {None}


def test_a_video_that_is_cancelled_behind_has_failed(http: httpx2.Client, behind: Server) -> None:
    before = [made["id"] for made in upstream(behind, 100)]
    video = http.post("/v1/videos", json={"prompt": "a cat", "seconds": 15, "size": "1080P"}).json()
    deadline = time.monotonic() + 30
    while not (new := [made for made in upstream(behind) if made["id"] not in before]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with behind.client() as client:
        client.post(f"/v1/videos/{new[0]['id']}/cancel")
    failed = ended(http, video["id"])
    assert (failed["status"], failed["error"]["code"]) == ("failed", "upstream_failed")
    assert "cancelled" in failed["error"]["message"]
