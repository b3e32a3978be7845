"""Videos that expire, that are kept, and the libraries of revoked keys."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Server, start_server
from tests.factories import image_bytes

from .test_api import create

LIFETIME = 4.0


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose videos live for a few seconds, and their rows for as many more."""
    server = start_server(
        tmp_path_factory.mktemp("brief"), "--backend", "fake",
        GROK_VIDEO_EXPIRE_AFTER_HOURS=str(LIFETIME / 3600), GROK_VIDEO_FORGET_AFTER_HOURS=str(LIFETIME / 3600),
    )  # fmt: skip
    yield server
    server.stop()


def until(condition: Any, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def files_of(server: Server, video: dict[str, Any]) -> list[Path]:
    name = video["id"].removeprefix("video_")
    dashed = f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}"
    return [path for folder in ("media", "inputs") for path in (server.data / folder / dashed).glob("*")]


def made(server: Server, client: httpx2.Client) -> dict[str, Any]:
    files = {"input_reference[]": ("a.png", image_bytes(), "image/png")}
    sent = client.post("/v1/videos", data={"model": "grok-video-3", "prompt": "x", "seconds": "1"}, files=files)
    assert sent.status_code == 200, sent.text
    return server.finish(sent.json()["id"])


def test_an_expired_video_is_gone_everywhere(brief: Server) -> None:
    with brief.client() as client:
        video, kept = made(brief, client), made(brief, client)
        path = f"/v1/videos/{video['id']}"
        assert video["expires_at"] == pytest.approx(video["completed_at"] + LIFETIME, abs=1)
        assert client.patch(f"/v1/videos/{kept['id']}", json={"keep": True}).json()["expires_at"] is None
        assert len(files_of(brief, video)) == 4
        signed = video["video_url"]
        until(lambda: client.get(f"{path}/content").status_code == 404, LIFETIME + 2)
        for address in (f"{path}/content", f"{path}/content?variant=thumbnail", f"{path}/inputs/1", signed):
            refused = client.get(address)
            assert (refused.status_code, refused.json()["code"]) in ((404, "video_expired"), (401, "invalid_api_key"))
        assert client.get(path).json()["video_url"] is None
        for address, body in (
            (f"{path}/remix", {"prompt": "y"}),
            (f"{path}/extend", {"prompt": "y"}),
            ("/v1/videos", {"model": "grok-video-3", "prompt": "y", "input_reference": signed}),
        ):
            refused = client.post(address, json=body)
            assert (refused.status_code, refused.json()["code"]) == (400, "source_expired")
        refused = client.patch(path, json={"keep": True})
        assert (refused.status_code, refused.json()["code"]) == (404, "video_expired")
        until(lambda: not files_of(brief, video))
        until(lambda: client.get(path).status_code == 404)
        assert client.post(f"{path}/remix", json={"prompt": "y"}).json()["code"] == "video_not_found"
        assert len(files_of(brief, kept)) == 4
        assert client.get(f"/v1/videos/{kept['id']}/content").status_code == 200
        assert client.get(f"/v1/videos/{kept['id']}").json()["metadata"]["keep"] is True


def test_a_source_stays_while_a_task_needs_it(brief: Server) -> None:
    with brief.client() as client:
        video = made(brief, client)
        body = {"prompt": "y", "metadata": {"fake_delay": "8"}}
        derived = client.post(f"/v1/videos/{video['id']}/remix", json=body).json()
        time.sleep(LIFETIME + 2)
        assert files_of(brief, video)
        assert brief.finish(derived["id"])["status"] == "completed"
        until(lambda: not files_of(brief, video))


@pytest.mark.parametrize(
    ("body", "code"),
    [({}, "missing_field"), ({"keep": None}, "missing_field"), ({"keep": "maybe"}, "invalid_value"),
     ({"keep": [True]}, "invalid_value")],
)  # fmt: skip
def test_what_cannot_be_kept(http: httpx2.Client, body: dict[str, Any], code: str) -> None:
    video = create(http)
    refused = http.patch(f"/v1/videos/{video['id']}", json=body)
    assert (refused.status_code, refused.json()["code"], refused.json()["error"]["param"]) == (400, code, "keep")
    assert http.patch(f"/v1/videos/video_{'0' * 32}", json={"keep": True}).status_code == 404


def test_the_library_of_a_revoked_key(http: httpx2.Client, fake_server: Server) -> None:
    key = http.post("/v1/keys", json={"name": "gone"}).json()
    with fake_server.client(key["key"]) as theirs:
        videos = [create(theirs, seconds=1) for _ in range(3)]
        assert theirs.get(f"/v1/keys/{key['id']}/videos").status_code == 401
    path = f"/v1/keys/{key['id']}/videos"
    listed = http.get(path, params={"limit": 2}).json()
    assert ([video["id"] for video in listed["data"]], listed["has_more"]) == (
        [videos[2]["id"], videos[1]["id"]], True,
    )  # fmt: skip
    refused = http.delete(path)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_value")
    http.delete(f"/v1/keys/{key['id']}")
    assert len(http.get(path).json()["data"]) == 3
    assert http.delete(path).json() == {
        "id": key["id"], "object": "key.videos", "deleted": 3, "has_more": False,
    }  # fmt: skip
    assert http.get(path).json()["data"] == []
    until(lambda: not any(files_of(fake_server, video) for video in videos))
    assert http.get("/v1/keys/key_nobody/videos").status_code == 404
