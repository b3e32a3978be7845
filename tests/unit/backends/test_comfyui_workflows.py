"""ComfyUI workflows: those that are shipped, against the imitated server's nodes, and everything that can be wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from grok_video.backends.comfyui.check import object_info, workflow_problems
from grok_video.backends.comfyui.options import ComfyuiOptions
from grok_video.backends.comfyui.workflows import percent_of, read_workflow, shipped_workflows, videos_in
from grok_video.cli.app import app
from grok_video.domain.errors import InvalidOptions, Unavailable
from tests.imitations.comfyui import ComfyuiImitation


@pytest.fixture(scope="module")
def comfy() -> Iterator[ComfyuiImitation]:
    with ComfyuiImitation() as imitation:
        yield imitation


@pytest.fixture(scope="module")
def info(comfy: ComfyuiImitation) -> dict[str, Any]:
    return dict(object_info(comfy.base_url))


def text_workflow() -> dict[str, Any]:
    return json.loads(json.dumps(read_workflow("wan-2.2-text.json")))


@pytest.mark.parametrize("name", shipped_workflows())
def test_shipped_workflows_run_on_comfyui_with_its_own_models(name: str, info: dict[str, Any]) -> None:
    assert workflow_problems(read_workflow(name), info) == []


@pytest.mark.parametrize(("node", "inputs", "problem"), [
    ("7", {"text": "{promt}"}, "the placeholder {promt} stands for nothing"),
    ("7", {"text": "a cat"}, "there is no {prompt}"),
    ("3", {"unet_name": "mine.safetensors"}, "node 3, UNETLoader: unet_name: 'mine.safetensors' is not there"),
    ("9", {"width": "{prompt}"}, "node 9, EmptyHunyuanLatentVideo: width: {prompt} is no value for INT"),
    ("9", {"length": 10**6}, "length: 1000000 is not from"),
    ("12", {"samples": ["99", 0]}, "linked to node 99, which does not exist"),
    ("12", {"samples": ["2", 0]}, "node 2 gives VAE, not LATENT"),
    ("12", {"samples": ["11", 3]}, "node 11 has no output 3"),
])  # fmt: skip
def test_what_is_wrong_with_a_workflow_is_named(
    node: str, inputs: dict[str, Any], problem: str, info: dict[str, Any]
) -> None:
    graph = text_workflow()
    graph[node]["inputs"] |= inputs
    assert any(problem in found for found in workflow_problems(graph, info)), workflow_problems(graph, info)


def test_missing_nodes_inputs_and_outputs_are_named(info: dict[str, Any]) -> None:
    graph = text_workflow()
    del graph["14"]
    del graph["12"]["inputs"]["vae"]
    graph["13"]["class_type"] = "MyVideo"
    found = workflow_problems(graph, info)
    assert "no node saves anything" in found
    assert "node 12, VAEDecode: the input vae is missing" in found
    assert "node 13, MyVideo: this type is not installed" in found


def test_what_is_no_workflow_is_refused(tmp_path: Path) -> None:
    editor = tmp_path / "editor.json"
    editor.write_text('{"nodes": [], "links": []}')
    with pytest.raises(InvalidOptions, match=r"Export \(API\)"):
        read_workflow(str(editor))
    editor.write_text('{"1": {"inputs": {}}}')
    with pytest.raises(InvalidOptions, match="node 1 has no class_type"):
        read_workflow(str(editor))
    with pytest.raises(InvalidOptions, match=r"wan-2\.2-text"):
        read_workflow("nothing.json")


def test_workflows_of_ones_own_replace_those_of_the_profile(tmp_path: Path) -> None:
    mine, many, video = tmp_path / "mine.json", tmp_path / "many.json", tmp_path / "video.json"
    mine.write_text('{"1": {"class_type": "X", "inputs": {"text": "{prompt}"}}}')
    many.write_text('{"1": {"class_type": "X", "inputs": {"a": "{image1}", "b": "{image3}"}}}')
    video.write_text('{"1": {"class_type": "X", "inputs": {"video": "{source}"}}}')
    own = {"text": str(mine), "reference": str(many), "remix": str(video)}
    options = {"base_url": "http://127.0.0.1:8188", "workflows": own}
    tasks = ComfyuiOptions.read("comfyui", options).profiled().engines["comfyui"]
    assert tasks.text is not None
    assert tasks.reference is not None
    assert tasks.remix is not None
    assert (tasks.text.workflow, tasks.reference.max_images, tasks.remix.source) == (str(mine), 3, "video")
    names = ComfyuiOptions.read("comfyui", options).workflow_names()
    assert {str(mine), str(many), str(video), "wan-2.2-first-frame.json"} < set(names)
    wrong = ComfyuiOptions.read("comfyui", {**options, "workflows": {"video": str(mine)}})
    with pytest.raises(InvalidOptions, match="'video'; it takes only: text"):
        wrong.profiled()


def test_the_samplers_are_most_of_the_progress() -> None:
    graph = text_workflow()
    loaded = {node: {"value": 1, "max": 1, "state": "finished"} for node in ("1", "2", "3", "5", "7", "8", "9")}
    half = {**loaded, "10": {"value": 10, "max": 20, "state": "running"}}
    done = {node: {"value": 1, "max": 1, "state": "finished"} for node in graph}
    assert percent_of(graph, loaded) < 20
    assert 25 < percent_of(graph, half) < 45
    assert percent_of(graph, done) == pytest.approx(100)


def test_a_saved_video_comes_before_a_preview() -> None:
    outputs = {
        "1": {"images": [{"filename": "a.png", "type": "output"}]},
        "2": {"gifs": [{"filename": "p.mp4", "subfolder": "", "type": "temp"}]},
        "3": {"images": [{"filename": "v.mp4", "subfolder": "video", "type": "output"}], "animated": [True]},
    }
    assert [video["filename"] for video in videos_in(outputs)] == ["v.mp4", "p.mp4"]


def test_the_command_checks_and_says_what_is_wrong(comfy: ComfyuiImitation, tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["comfyui", "check", "--url", comfy.base_url])
    assert run.exit_code == 0, run.output
    assert run.output.count(": ok") == 3
    graph = text_workflow()
    graph["3"]["inputs"]["unet_name"] = "mine.safetensors"
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(graph))
    run = CliRunner().invoke(app, ["comfyui", "check", str(file), "--url", comfy.base_url])
    assert run.exit_code == 1
    assert "'mine.safetensors' is not there" in run.output


def test_a_server_that_is_no_comfyui_is_named() -> None:
    with pytest.raises(Unavailable, match="does not describe its nodes"):
        object_info("http://127.0.0.1:9", timeout=1)
