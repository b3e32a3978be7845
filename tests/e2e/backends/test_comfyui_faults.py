"""What goes wrong with ComfyUI: each fault has its code, and no prompt is queued twice."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from grok_video.backends.comfyui.workflows import read_workflow
from tests.conftest import Server
from tests.imitations.comfyui import ComfyuiImitation
from tests.imitations.comfyui_previews import preview_colour

from .conftest import ended, plain, uri
from .test_engine_faults import BODY, made, start, wait_for

CONFIG = """
retry_seconds = 0.05
max_failures = 3
[backends.comfyui]
poll_seconds = 0.5
job_seconds = 20
ask_seconds = 2
"""


@pytest.fixture(scope="module")
def comfy() -> Iterator[ComfyuiImitation]:
    with ComfyuiImitation(work_seconds=0.2) as imitation:
        yield imitation


@pytest.fixture(scope="module")
def server(comfy: ComfyuiImitation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start(tmp_path_factory.mktemp("comfyui"), comfy.origin, CONFIG, "comfyui")
    yield server
    server.stop()


@pytest.fixture
def engine(comfy: ComfyuiImitation) -> Iterator[ComfyuiImitation]:
    comfy.restart()
    comfy.received.clear()
    comfy.faults.clear()
    comfy.work_seconds = 0.2
    yield comfy
    comfy.faults.clear()
    comfy.refuse_sockets(refuse=False)
    assert comfy.problems == []


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


def test_previews_of_a_running_workflow_are_shown_and_no_others(engine: ComfyuiImitation, http: httpx2.Client) -> None:
    engine.work_seconds = 6
    ids = [http.post("/v1/videos", json={**BODY, "prompt": prompt}).json()["id"] for prompt in ("a cat", "a dog")]
    seen: dict[str, set[bytes]] = {video_id: set() for video_id in ids}
    while any(http.get(f"/v1/videos/{video_id}").json()["status"] not in ("completed", "failed") for video_id in ids):
        for video_id in ids:
            answer = http.get(f"/v1/videos/{video_id}/preview")
            if answer.headers["content-type"] == "image/jpeg":
                seen[video_id].add(answer.content)
        time.sleep(0.2)
    for prompt, images in zip(("a cat", "a dog"), seen.values(), strict=True):
        known = [preview_colour(prompt, number) for number in range(1, 60)]
        assert len(images) >= 2
        for image in images:
            with Image.open(io.BytesIO(image)) as opened:
                pixel = opened.convert("RGB").getpixel((5, 5))
            assert min(max(abs(a - b) for a, b in zip(pixel, colour, strict=True)) for colour in known) <= 4


def prompts(engine: ComfyuiImitation) -> int:
    """Return how many prompts were posted."""
    return sum((request.method, request.path) == ("POST", "/prompt") for request in engine.received)


@pytest.mark.parametrize(("place", "kind"), [
    ("submit", "drop_after"), ("submit", "page"), ("submit", "nonsense"), ("poll", "page"), ("poll", "drop"),
    ("file", "torn"), ("job", "wrong_size"),
])  # fmt: skip
def test_what_can_be_borne_is(http: httpx2.Client, engine: ComfyuiImitation, place: str, kind: str) -> None:
    engine.fault(place, kind)
    video = made(http)
    assert video["status"] == "completed", video["error"]
    # The engine recognizes a prompt by our id, so an unknown outcome is asked for and never submitted twice.
    assert len(engine.jobs) == 1
    assert prompts(engine) == (2 if kind in ("page", "nonsense") and place == "submit" else 1)


def test_a_failed_node_is_rejected_in_its_words(http: httpx2.Client, engine: ComfyuiImitation) -> None:
    engine.fault("job", "fail", message="Allocation on device")
    video = made(http)
    assert (video["status"], video["error"]["code"]) == ("failed", "rejected")
    assert "Allocation on device" in video["error"]["message"]
    assert "node" in video["error"]["message"]


def test_a_refused_workflow_names_the_node(engine: ComfyuiImitation, tmp_path: Path) -> None:
    graph = json.loads(json.dumps(read_workflow("wan-2.2-text.json")))
    graph["3"]["inputs"]["unet_name"] = "mine.safetensors"
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(graph))
    config = CONFIG + f'[backends.comfyui.workflows]\ntext = "{file}"\n'
    server = start(tmp_path / "data", engine.origin, config, "comfyui")
    try:
        with server.client() as http:
            video = made(http)
    finally:
        server.stop()
    assert video["error"]["code"] == "rejected"
    assert "UNETLoader (3)" in video["error"]["message"]
    assert "mine.safetensors" in video["error"]["message"]


def test_a_restart_loses_the_prompt_and_says_so(http: httpx2.Client, engine: ComfyuiImitation) -> None:
    engine.work_seconds = 30
    requested = http.post("/v1/videos", json=BODY).json()["id"]
    wait_for(lambda: engine.jobs)
    engine.restart()
    video = ended(http, requested)
    assert (video["status"], video["error"]["code"]) == ("failed", "upstream_lost")
    assert prompts(engine) == 1


def test_cancel_interrupts_what_runs_and_takes_out_what_waits(http: httpx2.Client, engine: ComfyuiImitation) -> None:
    engine.work_seconds = 30
    ids = [http.post("/v1/videos", json=BODY).json()["id"] for _ in range(2)]
    wait_for(lambda: prompts(engine) == 2)
    for video_id in reversed(ids):
        http.post(f"/v1/videos/{video_id}/cancel")
    with httpx2.Client(base_url=engine.base_url, headers={"user-agent": "test"}, trust_env=False) as comfyui:
        wait_for(lambda: comfyui.get("/queue").json() == {"queue_running": [], "queue_pending": []})
    assert {http.get(f"/v1/videos/{video_id}").json()["error"]["code"] for video_id in ids} == {"cancelled"}


def test_progress_comes_by_websocket_and_nothing_is_lost_without(http: httpx2.Client, engine: ComfyuiImitation) -> None:
    engine.work_seconds = 4
    requested = http.post("/v1/videos", json=BODY).json()["id"]
    wait_for(lambda: 15 < http.get(f"/v1/videos/{requested}").json()["progress"] < 90)
    engine.refuse_sockets()
    engine.drop_sockets()
    assert ended(http, requested)["status"] == "completed"


def test_images_are_uploaded_and_named_in_the_workflow(http: httpx2.Client, engine: ComfyuiImitation) -> None:
    images = [uri(plain((200, 20, 20))), uri(plain((20, 20, 200)))]
    video = made(http, images=images, prompt="it turns", seconds=2)
    assert video["status"] == "completed", video["error"]
    uploads = [request for request in engine.received if request.path == "/upload/image"]
    assert len(uploads) == 2
    (posted,) = [request.body for request in engine.received if (request.method, request.path) == ("POST", "/prompt")]
    names = [node["inputs"]["image"] for node in posted["prompt"].values() if node["class_type"] == "LoadImage"]
    assert len(set(names)) == 2
    assert all(name.startswith("grok-video/") for name in names)


def test_a_prompt_with_an_unknown_outcome_is_looked_up_on_every_replica(tmp_path: Path) -> None:
    with ComfyuiImitation(work_seconds=2) as first, ComfyuiImitation(work_seconds=2) as second:
        first.fault("submit", "drop_after")
        second.fault("submit", "drop_after")
        server = start(tmp_path, f"{first.origin},{second.origin}", CONFIG, "comfyui")
        try:
            with server.client() as http:
                assert made(http)["status"] == "completed"
        finally:
            server.stop()
        assert prompts(first) + prompts(second) == 1
