"""Search, lineage, input images and the queue, over HTTP."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.conftest import Server
from tests.factories import image_bytes

from .test_api import create
from .test_events import read


@pytest.fixture
def mine(http: httpx2.Client, fake_server: Server) -> Any:
    """A client whose key has its own library."""
    with fake_server.client(http.post("/v1/keys", json={"name": "library"}).json()["key"]) as client:
        yield client


def ids(answer: httpx2.Response) -> list[str]:
    return [video["id"] for video in answer.json()["data"]]


def wait(http: httpx2.Client, video: dict[str, Any]) -> str:
    while video["status"] not in ("completed", "failed"):
        video = http.get(f"/v1/videos/{video['id']}", params={"wait": 10}).json()
    assert video["status"] == "completed"
    return video["id"]


def test_lists_are_searched_and_filtered_by_the_server(mine: httpx2.Client) -> None:
    cat = wait(mine, create(mine, prompt="a Cat on a beach"))
    dog = wait(mine, create(mine, prompt="a dog on a beach", model="grok-video-3-pro"))
    slow = create(mine, prompt="a slow cat", metadata={"fake_delay": "30"})["id"]
    assert ids(mine.get("/v1/videos", params={"search": "cat BEACH"})) == [cat]
    assert ids(mine.get("/v1/videos", params={"search": "beach", "limit": 1})) == [dog]
    assert ids(mine.get("/v1/videos", params={"status": "queued,in_progress"})) == [slow]
    assert ids(mine.get("/v1/videos", params={"model": "grok-video-3-pro"})) == [dog]
    assert ids(mine.get("/v1/videos", params={"operation": "remix"})) == []
    mine.post(f"/v1/videos/{slow}/cancel")
    assert mine.get("/v1/videos", params={"search": "\0"}).status_code == 400
    for name, value in (("status", "sleeping"), ("operation", "dream"), ("model", "veo-9")):
        refused = mine.get("/v1/videos", params={name: value})
        assert refused.status_code in (400, 404)
        assert refused.json()["error"]["param"] == name


def test_a_family_is_given_whole_from_whichever_member(mine: httpx2.Client, http: httpx2.Client) -> None:
    root = wait(mine, create(mine))
    child = wait(mine, mine.post(f"/v1/videos/{root}/remix", json={"prompt": "night"}).json())
    twin = wait(mine, mine.post(f"/v1/videos/{root}/remix", json={"prompt": "snow"}).json())
    grandchild = wait(mine, mine.post(f"/v1/videos/{child}/extend", json={"prompt": "more", "seconds": 1}).json())
    stranger = wait(mine, create(mine))
    for video in (root, child, twin, grandchild):
        assert ids(mine.get(f"/v1/videos/{video}/lineage")) == [root, child, twin, grandchild]
    assert ids(mine.get(f"/v1/videos/{stranger}/lineage")) == [stranger]
    assert http.get(f"/v1/videos/{root}/lineage").status_code == 404, "another owner's"
    mine.delete(f"/v1/videos/{root}")
    assert ids(mine.get(f"/v1/videos/{grandchild}/lineage")) == [child, grandchild]


def test_the_images_a_video_was_made_from_can_be_had_again(mine: httpx2.Client, http: httpx2.Client) -> None:
    files = [("input_reference[]", (f"{at}.png", image_bytes(64 + at, 48), "image/png")) for at in range(2)]
    fields = {"model": "grok-video-3", "prompt": "x", "seconds": "1"}
    video = wait(mine, mine.post("/v1/videos", data=fields, files=files).json())
    listed = mine.get(f"/v1/videos/{video}/inputs").json()["data"]
    assert [(still["number"], still["width"], still["height"]) for still in listed] == [(1, 64, 48), (2, 65, 48)]
    for still in listed:
        with Image.open(io.BytesIO(mine.get(still["path"]).content)) as image:
            assert image.size == (still["width"], still["height"])
        assert http.get(still["path"]).status_code == 404, "another owner's"
    for number in ("0", "3", "x", "-1"):
        assert mine.get(f"/v1/videos/{video}/inputs/{number}").status_code == 404


def test_the_queue_tells_places_loads_and_to_the_operator_workers(mine: httpx2.Client, http: httpx2.Client) -> None:
    wait(mine, create(mine))
    slow = [create(mine, metadata={"fake_delay": "3"})["id"] for _ in range(12)]
    queue = mine.get("/v1/queue").json()
    assert queue["workers"] is None
    assert {entry["id"] for entry in queue["data"]} <= set(slow)
    positions = [entry["position"] for entry in queue["data"] if entry["position"]]
    assert positions == list(range(1, len(positions) + 1))
    assert len(positions) >= 2
    load = queue["backends"][0]
    assert (load["name"], load["up"], load["queued"] >= len(positions)) == ("fake", True, True)
    assert load["seconds_per_second"] > 0
    assert any(worker["alive"] for worker in http.get("/v1/queue").json()["workers"])
    for name in slow:
        mine.post(f"/v1/videos/{name}/cancel")


def test_places_come_over_the_stream_to_those_who_ask(mine: httpx2.Client) -> None:
    with mine.stream("GET", "/v1/events", params={"queue": "true"}) as stream:
        lines = stream.iter_lines()
        next(lines)
        video = create(mine, metadata={"fake_delay": "2"})["id"]
        events: list[dict[str, Any]] = []
        # The first event has no task, and neither has the last.
        while len(events) < 2 or events[-1]["body"] != []:
            events.append(read(lines))
    places = [event for event in events if event["event"] == "queue"]
    assert any(entry["id"] == video for event in places for entry in event["body"])
    assert all("id" not in event for event in places), "only tasks are numbered"
    assert json.loads(events[-1]["data"]) == [], "told when nothing is left"
