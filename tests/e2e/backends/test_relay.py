"""The relay: our own server as upstream, and the status words and result fields of other providers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from tests.conftest import Server, start_server
from tests.imitations.field import FieldServer, Shape

from .conftest import ended, film, make, plain, uri

Field = tuple[httpx2.Client, FieldServer]


def start_relay(data: Path, base_url: str, key: str, options: str = "", **environment: str) -> Server:
    data.mkdir(parents=True, exist_ok=True)
    config = data / "grok-video.toml"
    config.write_text(
        'backend = "relay"\nretry_seconds = 0.2\n[backends.relay]\nrequests_per_minute = 6000\n'
        f"polls_per_second = 200\npoll_seconds = 0.3\njob_seconds = 60\n{options}\n"
    )
    own = {"GROK_VIDEO_RELAY_API_KEY": key, "GROK_VIDEO_RELAY_BASE_URL": base_url, **environment}
    return start_server(data, "--config", str(config), **own)


@pytest.fixture(scope="module", params=["grok", "unified"])
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Two servers of this project: the one under test, and its upstream, which renders."""
    upstream = start_server(tmp_path_factory.mktemp("upstream"), "--backend", "animatic")
    options = f'dialect = "{request.param}"\nidempotent = true'
    ours = start_relay(tmp_path_factory.mktemp("ours"), f"{upstream.base}/v1", upstream.key, options)
    yield ours, upstream
    ours.stop()
    upstream.stop()


def newest(server: Server) -> dict[str, Any]:
    with server.client() as http:
        return http.get("/v1/videos", params={"limit": "1"}).json()["data"][0]


def check(http: httpx2.Client, video: dict[str, Any], size: tuple[int, int], frames: int) -> list[np.ndarray]:
    assert video["status"] == "completed", video["error"]
    drawn, _ = film(http, video["id"])
    assert (drawn[0].shape, len(drawn)) == ((size[1], size[0], 3), frames)
    assert video["metadata"]["backend"] == "relay"
    return drawn


def test_a_chain_of_two_makes_everything(chain: tuple[Server, Server]) -> None:
    ours, upstream = chain
    red, blue = uri(plain((200, 30, 30))), uri(plain((30, 30, 200)))
    with ours.client() as http:
        text = make(http, "/v1/videos", seconds=1, aspect_ratio="9:16", prompt="a cat on a beach", seed=7)
        mine = check(http, text, (720, 1280), 24)
        assert newest(upstream)["metadata"]["seed"] == 7
        with upstream.client() as theirs:
            their, _ = film(theirs, newest(upstream)["id"])
        assert max(float(np.abs(a.astype(int) - b).mean()) for a, b in zip(mine, their, strict=True)) < 1

        still = make(http, "/v1/video/create", duration=1, images=[red], aspect_ratio="16:9")
        frames = check(http, still, (1280, 720), 24)
        assert newest(upstream)["metadata"]["mode"] == "first_frame"
        assert np.abs(frames[0][360, 640].astype(int) - (200, 30, 30)).max() < 20

        check(http, make(http, "/v1/videos", seconds=1, images=[red, blue], aspect_ratio="1:1"), (720, 720), 24)
        assert newest(upstream)["metadata"]["mode"] == "first_last_frame"
        both = make(http, "/v1/videos", seconds=1, images=[red, blue], prompt="@img2 beside @img1", size="1080P")
        check(http, both, (1920, 1080), 24)
        assert newest(upstream)["metadata"]["mode"] == "reference"

        # What images are for goes through, although the upstream is told by the prompt alone.
        make(http, "/v1/videos", seconds=1, images=[red], prompt="a cat", image_mode="reference")
        assert newest(upstream)["metadata"]["mode"] == "reference"
        make(http, "/v1/videos", seconds=1, first_frame=red, prompt="@img1 runs")
        assert newest(upstream)["metadata"]["mode"] == "first_frame"

        remix = make(http, f"/v1/videos/{text['id']}/remix", prompt="at night")
        check(http, remix, (720, 1280), 24)
        assert newest(upstream)["metadata"]["operation"] == "remix"

        longer = make(http, "/v1/videos/extensions", video={"url": text["id"]}, start_time=0.5, duration=1)
        frames = check(http, longer, (720, 1280), 36)
        assert np.abs(frames[10].astype(int) - mine[10].astype(int)).mean() < 6


def test_progress_and_cancel_go_through(chain: tuple[Server, Server]) -> None:
    ours, upstream = chain
    with ours.client() as http, upstream.client() as theirs:
        body = {"model": "grok-video-3-max", "prompt": "a city at night in the rain", "size": "1080P"}
        video_id = http.post("/v1/videos", json=body).json()["id"]
        deadline = time.monotonic() + 60
        while http.get(f"/v1/videos/{video_id}").json()["progress"] < 3:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        running = newest(upstream)
        assert running["status"] == "in_progress"
        http.post(f"/v1/videos/{video_id}/cancel")
        video = ended(http, video_id)
        assert video["error"]["code"] == "cancelled"
        assert video["metadata"]["upstream_may_charge"] is True
        assert ended(theirs, running["id"])["error"]["code"] == "cancelled"


@contextmanager
def field(data: Path, words: tuple[str, ...], shape: Shape, options: str = "", **environment: str) -> Iterator[Field]:
    """A server in front of such an upstream."""
    with FieldServer(words, shape) as upstream:
        server = start_relay(data, upstream.base_url, upstream.key, options, **environment)
        try:
            with server.client() as http:
                yield http, upstream
        finally:
            server.stop()


@pytest.fixture(scope="module")
def relayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    with field(tmp_path_factory.mktemp("field"), ("completed",), PLACES["content"]) as both:
        yield both


PLACES: dict[str, Shape] = {
    "video_url": lambda status, url: {"status": status, "progress": "50%", "video_url": url},
    "output.url": lambda status, url: {"status": status, "output": {"url": url}},
    "url": lambda status, url: {"status": status, "progress": 0.5, "url": url},
    "detail.url": lambda status, url: {"status": status, "detail": {"url": url}},
    "data": lambda status, url: {"code": "success", "data": {"status": status, "video_url": url}},
    "content": lambda status, _url: {"status": status},
}


@pytest.mark.parametrize(("place", "words"), [
    ("video_url", ("NOT_START", "IN_PROGRESS", "SUCCESS")), ("output.url", ("queued", "processing", "succeeded")),
    ("url", ("pending", "done")), ("detail.url", ("submitted", "running", "finished")),
    ("data", ("In Progress", "success")), ("content", ("in_progress", "completed")),
])  # fmt: skip
def test_results_are_found_wherever_they_are(relayed: Field, place: str, words: tuple[str, ...]) -> None:
    http, upstream = relayed
    upstream.say(words, PLACES[place])
    video = make(http, "/v1/videos", seconds=1)
    drawn = check(http, video, (1280, 720), 24)
    assert drawn
    assert video["metadata"]["upscaled"] is True
    path, body = upstream.posts[0]
    assert (path, body["model"], body["seconds"], body["size"]) == ("/v1/videos", "grok-video-3", "1", "720P")
    assert upstream.keys == ["Bearer field-key"]


@pytest.mark.parametrize(("words", "code"), [
    (("queued", "FAILURE"), "upstream_failed"), (("expired",), "upstream_expired"),
    (("cancelled",), "upstream_failed"), (("wobbling",), "upstream_invalid_answer"),
])  # fmt: skip
def test_bad_ends_have_names(relayed: Field, words: tuple[str, ...], code: str) -> None:
    http, upstream = relayed
    upstream.say(words, lambda status, _url: {"status": status, "fail_reason": "no luck"})
    video = make(http, "/v1/videos", seconds=1)
    assert video["error"]["code"] == code
    if code == "upstream_failed":
        assert "no luck" in video["error"]["message"]


def test_openai_s_own_dialect(tmp_path: Path) -> None:
    with field(tmp_path, ("completed",), PLACES["content"], 'dialect = "openai"\nmodel = "sora-2"') as (http, upstream):
        check(http, make(http, "/v1/videos", seconds=1, aspect_ratio="9:16"), (720, 1280), 24)
        assert upstream.posts[0][1] == {"model": "sora-2", "prompt": "a cat", "size": "720x1280", "seconds": "1"}
        pictures = [uri(plain((9, 9, 9))), uri(plain((99, 9, 9)))]
        body = {"model": "grok-video-3", "prompt": "a cat", "images": pictures}
        refused = http.post("/v1/videos", json=body)
        assert refused.json()["error"]["code"] == "unsupported_by_backend"


@pytest.mark.parametrize("way", ["named", "redirected"])
def test_the_key_goes_to_no_other_origin(tmp_path: Path, way: str) -> None:
    with FieldServer(("completed",), PLACES["content"]) as stranger:
        film_url = f"{stranger.base_url.removesuffix('/v1')}/film.mp4"

        def shape(status: str, url: str) -> dict[str, Any]:
            return {"status": status, "video_url": film_url if way == "named" else f"{url}?to={film_url}"}

        allowed = {"GROK_VIDEO_ALLOW_NETWORKS": '["127.0.0.0/8"]'}
        with field(tmp_path, ("completed",), shape, **allowed) as (http, upstream):
            check(http, make(http, "/v1/videos", seconds=1), (1280, 720), 24)
            assert upstream.keys == ([] if way == "named" else ["Bearer field-key"])
        assert stranger.keys == [""]


def test_an_address_that_is_not_allowed_leaves_the_api_s_own(relayed: Field) -> None:
    http, upstream = relayed
    upstream.say(("completed",), lambda status, _: PLACES["video_url"](status, "http://127.0.0.1:9/x.mp4"))
    check(http, make(http, "/v1/videos", seconds=1), (1280, 720), 24)
    assert upstream.keys == ["Bearer field-key"]
