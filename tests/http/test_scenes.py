"""Scenes and the reading of prompts, over HTTP: with the animatic, and with a backend that draws none."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest
from PIL import Image

from tests.conftest import Server
from tests.factories import image_bytes

from .test_bad_input import BASE, UNKNOWN, check

CAT = {"version": 1, "layout": 3, "shots": [{"environment": "beach", "subjects": [{"figure": "🐈", "x": 0.25}]}]}
CREATE = {"model": "grok-video-3", "seconds": 1}
TWO = {**CREATE, "seconds": 2}


@pytest.fixture
def drawn(animatic_server: Server) -> Iterator[httpx2.Client]:
    with animatic_server.client() as client:
        yield client


def make(server: Server, path: str, **body: Any) -> str:
    with server.client() as client:
        accepted = client.post(path, **body)
    assert accepted.status_code == 200, accepted.text
    video = server.finish(accepted.json()["id"])
    assert video["status"] == "completed", video
    return video["id"]


def scene(client: httpx2.Client, video: str) -> dict[str, Any]:
    answer = client.get(f"/v1/videos/{video}/scene")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["object"], answer.json()["video_id"]) == ("scene", video)
    return answer.json()["scene"]


def first_frame(client: httpx2.Client, video: str) -> Image.Image:
    file = client.get(f"/v1/videos/{video}/content", params={"variant": "thumbnail"}).content
    return Image.open(io.BytesIO(file)).convert("RGB").resize((16, 9))


def test_a_scene_goes_out_and_comes_in_again(animatic_server: Server, drawn: httpx2.Client) -> None:
    """A video made of another's edited scene shows the edit, and nothing else of it changes."""
    first = make(animatic_server, "/v1/videos", json={**TWO, "prompt": "a cat runs on a beach, then sleeps", "seed": 5})
    document = scene(drawn, first)
    assert document["layout"] == 5
    assert [shot["environment"] for shot in document["shots"]] == ["beach", "beach"]
    document["shots"][0]["time"] = "night"
    second = make(animatic_server, "/v1/videos", json={**TWO, "scene": document})
    assert scene(drawn, second) == document
    day, night = (np.asarray(first_frame(drawn, video)).mean() for video in (first, second))
    assert night < 0.7 * day


def test_a_remix_takes_a_scene_and_a_form_sends_it_as_text(animatic_server: Server, drawn: httpx2.Client) -> None:
    first = make(animatic_server, "/v1/videos", data={**CREATE, "scene": json.dumps(CAT)}, files={"none": ("", b"")})
    second = make(animatic_server, f"/v1/videos/{first}/remix", json={"scene": {"shots": [{"environment": "space"}]}})
    assert scene(drawn, second)["shots"] == [{"environment": "space"}]


def test_images_of_a_scene_are_those_of_the_request(animatic_server: Server, drawn: httpx2.Client) -> None:
    document = {"shots": [{"subjects": [{"figure": "@img1"}]}]}
    image = {"files": {"input_reference": ("a.png", image_bytes(), "image/png")}}
    video = make(animatic_server, "/v1/videos", data={**CREATE, "scene": json.dumps(document)}, **image)
    assert drawn.get(f"/v1/videos/{video}").json()["metadata"]["mode"] == "reference"
    document["shots"][0]["subjects"][0]["figure"] = "@img2"
    refused = drawn.post("/v1/videos", data={**CREATE, "scene": json.dumps(document)}, **image)
    assert (
        "scene names @img2, but the images are @img1 to @img1"
        in check(refused, 400, "invalid_value", "scene")["message"]
    )


def ids(client: httpx2.Client) -> list[str]:
    return [video["id"] for video in client.get("/v1/videos").json()["data"]]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"shots": [{"environment": "mall"}]}, "scene.shots.0.environment is 'mall'"),
        ({"shots": [{}, {"start": 5}]}, "scene.shots.1.start is 5.0, but the video ends at 1 seconds"),
        ("{", "scene is not a JSON object"),
        ([], "scene is a list"),
    ],
)
def test_a_wrong_scene_is_refused_before_anything_is_queued(drawn: httpx2.Client, document: Any, message: str) -> None:
    before = ids(drawn)
    refused = drawn.post("/v1/videos", json={**CREATE, "scene": document})
    assert message in check(refused, 400, "invalid_value", "scene")["message"]
    assert ids(drawn) == before


def test_the_seed_and_the_prompt_give_the_scene_that_is_read(animatic_server: Server, drawn: httpx2.Client) -> None:
    answer = drawn.post("/v1/prompt/read", json={"prompt": "a corgy surfs a wave at sunset", "seed": 9})
    assert answer.status_code == 200, answer.text
    read = answer.json()
    assert (read["object"], read["backend"], read["model"]) == ("prompt.reading", "animatic", "grok-video-3")
    assert read["suggestions"]["corgy"][0] == "corgi"
    assert read["scene"]["shots"][0]["time"] == "sunset"
    video = make(animatic_server, "/v1/videos", json={**CREATE, "prompt": "a corgy surfs a wave at sunset", "seed": 9})
    assert scene(drawn, video) == read["scene"]


def test_what_has_no_scene_says_why(animatic_server: Server, drawn: httpx2.Client) -> None:
    image = {"files": {"input_reference": ("a.png", image_bytes(), "image/png")}}
    video = make(animatic_server, "/v1/videos", data={**CREATE, "prompt": "rain"}, **image)
    check(drawn.get(f"/v1/videos/{video}/scene"), 404, "not_found")
    check(drawn.get(f"/v1/videos/{UNKNOWN}/scene"), 404, "video_not_found")
    check(drawn.post("/v1/prompt/read", json={}), 400, "missing_field", "prompt")
    check(drawn.post("/v1/prompt/read", json={"prompt": "x", "model": "sora"}), 404, "model_not_found", "model")
    extended = drawn.post(f"/v1/videos/{video}/extend", json={"prompt": "x", "scene": CAT})
    check(extended, 400, "invalid_value", "scene")


def test_a_backend_that_draws_no_scenes_refuses_them(http: httpx2.Client) -> None:
    check(http.post("/v1/videos", json={**BASE, "scene": CAT}), 400, "unsupported_by_backend", "scene")
    check(http.post("/v1/prompt/read", json={"prompt": "a cat"}), 400, "unsupported_by_backend", "model")
    video = http.post("/v1/videos", json=BASE).json()["id"]
    http.get(f"/v1/videos/{video}", params={"wait": 20})
    answer = check(http.get(f"/v1/videos/{video}/scene"), 404, "not_found")
    assert answer["message"] == "This video has no scene: backend fake does not draw scenes."
