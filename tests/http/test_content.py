"""Files: variants, ranges, signed links."""

from __future__ import annotations

import base64
import io
import time
from typing import Any

import av
import httpx2
import pytest
from PIL import Image

from tests.conftest import Server

from .test_api import create


@pytest.fixture(scope="module")
def done(fake_server: Server) -> dict[str, Any]:
    with fake_server.client() as http:
        return fake_server.finish(create(http, seconds=2)["id"])


def test_the_video_is_a_whole_mp4(http: httpx2.Client, done: dict[str, Any]) -> None:
    answer = http.get(f"/v1/videos/{done['id']}/content", headers={"accept": "application/binary"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-disposition"].startswith("inline")
    assert int(answer.headers["content-length"]) == len(answer.content) == done["bytes"]
    with av.open(io.BytesIO(answer.content)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 48


def test_variants(http: httpx2.Client, done: dict[str, Any]) -> None:
    thumbnail = http.get(f"/v1/videos/{done['id']}/content", params={"variant": "thumbnail"})
    assert (thumbnail.headers["content-type"], Image.open(io.BytesIO(thumbnail.content)).format) == (
        "image/webp",
        "WEBP",
    )
    sheet = http.get(f"/v1/videos/{done['id']}/content", params={"variant": "spritesheet"})
    assert (sheet.headers["content-type"], Image.open(io.BytesIO(sheet.content)).format) == ("image/jpeg", "JPEG")
    bad = http.get(f"/v1/videos/{done['id']}/content", params={"variant": "gif"})
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "variant")


def test_ranges_head_and_etag(http: httpx2.Client, done: dict[str, Any]) -> None:
    path = f"/v1/videos/{done['id']}/content"
    whole = http.get(path)
    part = http.get(path, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    tail = http.get(path, headers={"range": "bytes=-5"})
    assert tail.content == whole.content[-5:]
    beyond = http.get(path, headers={"range": "bytes=999999999-"})
    assert (beyond.status_code, beyond.json()["error"]["code"]) == (416, "range_not_satisfiable")
    for nonsense in ("bytes=5", "lines=1-2", "bytes=5-2", "bytes=-", "x"):
        assert http.get(path, headers={"range": nonsense}).status_code == 200, nonsense
    assert http.get(path, headers={"range": "bytes=0-1,4-5"}).status_code == 206
    fresh = http.get(path, headers={"if-none-match": whole.headers["etag"]})
    assert (fresh.status_code, fresh.content) == (304, b"")
    head = http.head(path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(whole.content)))
    assert head.headers["accept-ranges"] == "bytes"
    stale = http.get(path, headers={"range": "bytes=0-1", "if-range": '"other"'})
    assert stale.status_code == 200
    assert http.get(path, headers={"range": "bytes=0-1", "if-range": whole.headers["etag"]}).status_code == 206


def test_a_signed_link_needs_no_key_and_cannot_be_forged(done: dict[str, Any]) -> None:
    url = done["video_url"]
    with httpx2.Client(trust_env=False) as stranger:
        assert stranger.get(url, headers={"range": "bytes=0-9"}).status_code == 206
        assert stranger.get(done["thumbnail_url"]).headers["content-type"] == "image/webp"
        flipped = url[:-1] + ("0" if url[-1] != "0" else "1")
        later = url.replace("expires=", "expires=9")
        other = url.replace(done["id"], "video_" + "0" * 32)
        for forged in (flipped, later, other, url.split("?")[0], url.split("&")[0]):
            assert stranger.get(forged).status_code == 401, forged


def test_a_deleted_videos_link_is_dead(http: httpx2.Client, fake_server: Server) -> None:
    video = fake_server.finish(create(http)["id"])
    http.delete(f"/v1/videos/{video['id']}")
    assert httpx2.get(video["video_url"], trust_env=False).status_code == 404


def test_links_end_with_their_key(http: httpx2.Client, fake_server: Server) -> None:
    created = http.post("/v1/keys", json={"name": "short-lived"}).json()
    with fake_server.client(created["key"]) as owner:
        video = owner.post("/v1/videos", json={"model": "grok-video-3", "prompt": "x", "seconds": 1}).json()
        video = owner.get(f"/v1/videos/{video['id']}", params={"wait": 60}).json()
    with httpx2.Client(trust_env=False) as stranger:
        assert stranger.get(video["video_url"]).status_code == 200
        http.delete(f"/v1/keys/{created['id']}")
        for link in (video["video_url"], video["thumbnail_url"]):
            answer = stranger.get(link)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


def test_a_download_has_a_name_that_tells_what_it_shows(http: httpx2.Client, fake_server: Server) -> None:
    video_id = create(http, seconds=1, prompt="Ein Käfer, im Schnee!")["id"]
    fake_server.finish(video_id)
    header = http.get(f"/v1/videos/{video_id}/content?download").headers["content-disposition"]
    name = f"ein-k%C3%A4fer-im-schnee-{video_id[-6:]}.mp4"
    assert header == f"attachment; filename=\"{video_id}.mp4\"; filename*=UTF-8''{name}"


def test_bodies_with_links_are_not_stored(http: httpx2.Client) -> None:
    answer = http.get("/v1/videos")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_preview_is_shown_while_the_video_is_made_and_then_its_thumbnail(
    http: httpx2.Client, fake_server: Server
) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (4, 2), "red").save(drawn, "PNG")
    shown = base64.b64encode(drawn.getvalue()).decode()
    video_id = create(http, seconds=1, metadata={"fake_delay": "3", "fake_preview": shown})["id"]
    path = f"/v1/videos/{video_id}/preview"
    first = http.get(path)
    assert (first.status_code, first.json()["error"]["code"]) == (404, "video_not_ready")
    for _ in range(100):
        answer = http.get(path)
        if answer.status_code == 200:
            break
        time.sleep(0.05)
    assert (answer.headers["content-type"], answer.content) == ("image/png", drawn.getvalue())
    assert answer.headers["cache-control"] == "no-store"
    assert http.head(path).headers["content-length"] == str(len(drawn.getvalue()))
    with fake_server.client(key="wrong" * 8) as stranger:
        assert stranger.get(path).status_code == 401
    fake_server.finish(video_id)
    ended = http.get(path)
    assert (ended.status_code, ended.headers["content-type"]) == (200, "image/webp")
    assert list((fake_server.data / "media").rglob("*.preview*")) == []
    http.delete(f"/v1/videos/{video_id}")
    assert http.get(path).status_code == 404
