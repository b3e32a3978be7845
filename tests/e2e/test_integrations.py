"""The parts for tools, loaded as the tools load them, against a real server; the tools themselves were run by hand."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import json
import sys
import types
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from tests.conftest import Server
from tests.factories import image_bytes

INTEGRATIONS = Path(__file__).parents[2] / "integrations"
URI = "data:image/png;base64," + base64.b64encode(image_bytes(64, 36)).decode()


@pytest.fixture
def open_webui(fake_server: Server) -> types.ModuleType:
    """The file, executed in a new module, with valves for the server."""
    module = types.ModuleType("function_grok_video")
    file = INTEGRATIONS / "open-webui" / "grok_video.py"
    exec(compile(file.read_text(), file.name, "exec", dont_inherit=True), module.__dict__)
    return module


def valves(part: Any, server: Server, **more: Any) -> Any:
    part.valves = part.Valves(
        **{"base_url": server.base + "/v1", "api_key": server.key, "seconds": 1, "size": "480P", "keep": False} | more
    )
    return part


def test_open_webui_makes_videos_of_messages(
    open_webui: types.ModuleType, fake_server: Server, http: httpx2.Client
) -> None:
    pipe = valves(open_webui.Pipe(), fake_server, aspect_ratio="9:16")
    told: list[dict[str, Any]] = []

    async def emit(event: dict[str, Any]) -> None:
        told.append(event)

    def ask(content: Any, *earlier: dict[str, Any], **more: Any) -> str:
        body = {"model": "grok_video.grok-video-3", "messages": [*earlier, {"role": "user", "content": content}]}
        return asyncio.run(pipe.pipe(body, __event_emitter__=emit, **more))

    def newest() -> dict[str, Any]:
        return http.get("/v1/videos?limit=1").json()["data"][0]

    assert [model["id"] for model in pipe.pipes()] == ["grok-video-3", "grok-video-3-pro", "grok-video-3-max"]
    message = ask("a cat")
    assert message.startswith(f"<video>\n{fake_server.base}/v1/videos/video_")
    assert (newest()["width"], newest()["height"], newest()["seconds"]) == (480, 854, "1")
    assert told[-1] == {"type": "status", "data": {"description": "The video is ready", "done": True}}
    ask([{"type": "text", "text": "it rains"}, {"type": "image_url", "image_url": {"url": URI}}])
    assert newest()["metadata"]["mode"] == "first_frame"
    said = {"role": "assistant", "content": message}
    ask("extend: night falls", said)
    assert (newest()["metadata"]["operation"], newest()["seconds"]) == ("extend", "2")
    ask("Remix: in the snow", said)
    assert (newest()["metadata"]["operation"], newest()["prompt"]) == ("remix", "in the snow")
    assert ask("remix: in the snow") == "There is no video in this chat yet to go on from."
    assert ask("@img3 dances").startswith("prompt names @img3")
    count = len(http.get("/v1/videos?limit=100").json()["data"])
    assert ask("a title for this chat", __task__="title_generation") == "a title for this chat"
    assert len(http.get("/v1/videos?limit=100").json()["data"]) == count
    valves(pipe, fake_server, base_url="http://127.0.0.1:9")
    assert "cannot be reached" in ask("a cat")


def test_open_webui_cancels_what_is_stopped(
    open_webui: types.ModuleType, fake_server: Server, http: httpx2.Client
) -> None:
    slow = {"prompt": "slow", "seconds": 1, "metadata": {"fake_delay": "60"}}

    async def stop() -> None:
        settings = open_webui.Settings(base_url=fake_server.base, api_key=fake_server.key)
        making = asyncio.create_task(open_webui.Server(settings, None).make("/v1/videos", slow))
        await asyncio.sleep(1)
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making

    asyncio.run(stop())
    newest = http.get("/v1/videos?limit=1").json()["data"][0]
    assert (newest["prompt"], http.get(f"/v1/videos/{newest['id']}?wait=10").json()["status"]) == ("slow", "failed")


def test_open_webuis_tools_show_what_they_make(open_webui: types.ModuleType, fake_server: Server) -> None:
    tools = valves(open_webui.Tools(), fake_server)
    shown: list[dict[str, Any]] = []

    async def emit(event: dict[str, Any]) -> None:
        shown.append(event)

    answer = asyncio.run(tools.create_video("a cat", seconds=1, aspect_ratio="1:1", __event_emitter__=emit))
    assert "is shown above; it lasts 1 seconds" in answer
    assert shown[-1]["type"] == "message"
    assert "480×480" in shown[-1]["data"]["content"]
    video_id = answer.split()[2]
    assert "lasts 2 seconds" in asyncio.run(tools.extend_video(video_id, "on", 1, __event_emitter__=emit))
    assert "lasts 1 seconds" in asyncio.run(tools.remix_video(video_id, "at night", __event_emitter__=emit))
    assert asyncio.run(tools.remix_video("video_0", "x")).startswith("There is no video")


class Interrupted(Exception):
    """As ComfyUI raises it when a prompt is interrupted."""


class Tensor:
    """One image as a tensor gives it."""

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> np.ndarray:
        return np.full((36, 64, 3), 0.5, np.float32)


@pytest.fixture
def nodes(fake_server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The nodes, with what they use of ComfyUI."""
    monkeypatch.setenv("GROK_VIDEO_BASE_URL", fake_server.base)
    monkeypatch.setenv("GROK_VIDEO_API_KEY", fake_server.key)
    management, utils, inputs = (types.ModuleType(name) for name in ("management", "utils", "inputs"))
    progress: list[int] = []
    vars(management)["throw_exception_if_processing_interrupted"] = lambda: None
    vars(utils)["ProgressBar"] = lambda _total: types.SimpleNamespace(update_absolute=progress.append)
    parts = types.SimpleNamespace(images="images", audio="audio", frame_rate=24)
    vars(inputs)["VideoFromFile"] = lambda file: types.SimpleNamespace(file=file, get_components=lambda: parts)
    for name, module in (
        ("comfy", types.ModuleType("comfy")), ("comfy.model_management", management), ("comfy.utils", utils),
        ("comfy_api", types.ModuleType("comfy_api")), ("comfy_api.input_impl", inputs),
    ):  # fmt: skip
        monkeypatch.setitem(sys.modules, name, module)
    folder = INTEGRATIONS / "comfyui-nodes"
    spec = importlib.util.spec_from_file_location("grok_nodes", folder / "__init__.py", submodule_search_locations=[])
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    package.__path__ = [str(folder)]
    monkeypatch.setitem(sys.modules, "grok_nodes", package)
    spec.loader.exec_module(package)
    made = {name: node() for name, node in package.NODE_CLASS_MAPPINGS.items()}
    return {**made, "progress": progress, "management": management}


def test_comfyuis_nodes_make_wait_and_load(nodes: dict[str, Any], http: httpx2.Client) -> None:
    (video_id,) = nodes["GrokVideoCreate"].create("a cat", "grok-video-3", 1, "480P", "3:2", 7)
    assert nodes["GrokVideoWait"].wait(video_id) == (video_id, 1.0, 720, 480)
    assert nodes["progress"][-1] == 100
    video, images, audio, fps = nodes["GrokVideoLoad"].load(video_id)
    assert (video.file.read()[4:8], images, audio, fps) == (b"ftyp", "images", "audio", 24.0)
    (longer,) = nodes["GrokVideoExtend"].extend(video_id, "on", 1, 0.5, 3)
    assert nodes["GrokVideoWait"].wait(longer)[1] == 1.5
    (remix,) = nodes["GrokVideoRemix"].remix(video_id, "at night", 3)
    assert http.get(f"/v1/videos/{remix}").json()["metadata"]["operation"] == "remix"
    pictures = [Tensor(), Tensor()]
    (of_images,) = nodes["GrokVideoCreate"].create("x", "grok-video-3", 1, "480P", "auto", 0, pictures, "reference")
    assert http.get(f"/v1/videos/{of_images}").json()["metadata"]["mode"] == "reference"
    for node in ("GrokVideoCreate", "GrokVideoWait", "GrokVideoRemix", "GrokVideoExtend", "GrokVideoLoad"):
        known = nodes[node].INPUT_TYPES()
        assert set(known) <= {"required", "optional"}
        assert len(nodes[node].RETURN_TYPES) == len(nodes[node].RETURN_NAMES)
    with pytest.raises(RuntimeError, match="names @img3"):
        nodes["GrokVideoCreate"].create("@img3 runs", "grok-video-3", 1, "480P", "auto", 0)
    with pytest.raises(RuntimeError, match="cannot be reached"):
        nodes["GrokVideoRemix"].remix(video_id, "x", 0, server="http://127.0.0.1:9")


def test_interrupting_comfyui_cancels_the_video(nodes: dict[str, Any], http: httpx2.Client) -> None:
    def interrupted() -> None:
        raise Interrupted

    vars(nodes["management"])["throw_exception_if_processing_interrupted"] = interrupted
    slow = http.post("/v1/videos", json={"prompt": "slow", "seconds": 1, "metadata": {"fake_delay": "60"}}).json()
    with pytest.raises(Interrupted):
        nodes["GrokVideoWait"].wait(slow["id"])
    ended = http.get(f"/v1/videos/{slow['id']}?wait=10").json()
    assert ended["error"]["code"] == "cancelled"


@pytest.mark.parametrize("name", ["openai-node", "http-nodes"])
def test_n8ns_workflows_are_whole(name: str) -> None:
    workflow = json.loads((INTEGRATIONS / "n8n" / f"{name}.json").read_text())
    nodes = {node["name"] for node in workflow["nodes"]}
    assert len({node["id"] for node in workflow["nodes"]}) == len(nodes)
    assert workflow["connections"].keys() <= nodes
    for outputs in workflow["connections"].values():
        assert {link["node"] for output in outputs["main"] for link in output} <= nodes
