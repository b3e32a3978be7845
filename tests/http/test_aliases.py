"""Models under the names that clients of other services send, and none at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.conftest import Server, start_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    config = tmp_path_factory.mktemp("aliases") / "grok-video.toml"
    config.write_text('[aliases]\n"studio-fast" = "grok-video-3-pro"\n')
    server = start_server(Path(config.parent, "data"), "--backend", "fake", "--config", str(config))
    yield server
    server.stop()


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


@pytest.mark.parametrize(("path", "body", "model", "seconds"), [
    ("/v1/videos", {"model": "sora-2", "seconds": "4"}, "grok-video-3", "4"),
    ("/v1/videos", {"model": "sora-2-pro", "seconds": 8}, "grok-video-3", "8"),
    ("/v1/videos", {"model": "grok-video-3-10s", "seconds": 4}, "grok-video-3-pro", "10"),
    ("/v1/videos", {"model": "studio-fast"}, "grok-video-3-pro", "10"),
    ("/v1/videos", {}, "grok-video-3", "6"),
    ("/v1/video/create", {"model": "grok-imagine-1.0-video", "duration": 3}, "grok-video-3", "3"),
    ("/v1/video/create", {}, "grok-video-3", "10"),
])  # fmt: skip
def test_a_response_echoes_the_name_and_says_what_it_means(
    http: httpx2.Client, path: str, body: dict[str, object], model: str, seconds: str
) -> None:
    created = http.post(path, json={"prompt": "a cat", **body})
    assert created.status_code == 200, created.text
    asked = body.get("model", "grok-video-3")
    read = http.get(f"/v1/videos/{created.json()['id']}").json()
    for answer in (created.json(), read):
        assert (answer["model"], answer["metadata"]["model"]) == (asked, model)
    assert read["seconds"] == seconds
    http.delete(f"/v1/videos/{created.json()['id']}")


def test_what_starts_from_a_video_takes_its_model(server: Server, http: httpx2.Client) -> None:
    source = http.post("/v1/videos", json={"model": "sora-2", "prompt": "a cat", "seconds": 1}).json()
    server.finish(source["id"])
    plain = http.post(f"/v1/videos/{source['id']}/remix", json={"prompt": "a dog"}).json()
    named = http.post(f"/v1/videos/{source['id']}/remix", json={"prompt": "a dog", "model": "grok-video"}).json()
    assert [answer["model"] for answer in (plain, named)] == ["grok-video-3", "grok-video"]


def test_lists_and_models_know_the_names(http: httpx2.Client) -> None:
    ids = [
        http.post("/v1/videos", json={"model": name, "prompt": "a cat"}).json()["id"]
        for name in ("sora-2", "studio-fast")
    ]
    found = http.get("/v1/videos", params={"model": "studio-fast", "limit": 100}).json()["data"]
    assert ids[1] in [video["id"] for video in found]
    assert ids[0] not in [video["id"] for video in found]
    listed = http.get("/v1/models").json()["data"]
    assert [model["id"] for model in listed] == ["grok-video-3", "grok-video-3-pro", "grok-video-3-max"]
    assert "sora-2-pro" in listed[0]["aliases"]
    assert "studio-fast" in listed[1]["aliases"]
    assert all(model["supported_endpoint_types"] == ["openai-video", "grok视频"] for model in listed)
    one = http.get("/v1/models/studio-fast").json()
    assert (one["id"], one["capabilities"]["seconds"]) == ("studio-fast", [10])


def test_an_unknown_name_names_the_known_ones(http: httpx2.Client) -> None:
    answer = http.post("/v1/videos", json={"model": "veo-9", "prompt": "a cat"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    assert "grok-video-3-max" in answer.json()["error"]["message"]
