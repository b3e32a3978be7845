"""The capability table as run: what is asked for, what each engine receives, and what comes back, probed.

`python -m tests.engines.table > docs/dev/engine-table.md` writes it anew, from the imitations, in some minutes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2

from tests.conftest import Server, start_server
from tests.e2e.backends.conftest import ended, film
from tests.imitations.comfyui import ComfyuiImitation
from tests.imitations.engine import Engine, Received
from tests.imitations.sglang import SglangImitation
from tests.imitations.vllm_omni import VllmOmniImitation
from tests.pipelines.conftest import IMITATED, named_weights

from .conftest import picture

RED, BLUE = picture((200, 20, 20)), picture((20, 20, 200))
CREATED: dict[str, dict[str, Any]] = {
    "text, 6 s": {"prompt": "a cat", "seconds": 6},
    "text, 10 s, 1080P 9:16": {"prompt": "a cat", "seconds": 10, "aspect_ratio": "9:16", "size": "1080P"},
    "first frame, 3 s": {"prompt": "a cat", "seconds": 3, "images": [RED]},
    "first and last, 3 s": {"prompt": "a cat", "seconds": 3, "images": [RED, BLUE]},
    "references, 4 s": {"prompt": "@img1 meets @img2", "seconds": 4, "images": [RED, BLUE]},
}
EXTENDED = {"model": "grok-video-3", "prompt": "goes on", "seconds": 4, "start_time": 2}
OMNI = ("MiniMaxAI/MiniMax-H3", "Wan-AI/Wan2.2-T2V-A14B-Diffusers", "Wan-AI/Wan2.2-I2V-A14B-Diffusers",
        "Wan-AI/Wan2.2-TI2V-5B-Diffusers", "Lightricks/LTX-2.5")  # fmt: skip
# The names of a pipeline's weights, and the folders of the imitation that stand for them.
PIPELINES = {
    "diffusers-wan-2.1-1.3b": {"t2v": "t2v", "vace": "vace"},
    "diffusers-wan-2.2": {"t2v": "t2v", "i2v": "i2v", "vace": "vace", "v2v": "t2v"},
    "wan-2.2-ti2v": {"ti2v": "t2v"}, "diffusers-ltx-2": {"ltx": "ltx"},
}  # fmt: skip
SHOWN = ("text", "width", "height", "length", "image", "fps")
SHOWN_ARGUMENTS = ("frames", "width", "height", "image", "last_image", "reference_images", "strength", "conditions")


def brief(value: Any) -> str:
    """Return a value in a few words."""
    match value:
        case str():
            return value if len(value) < 40 else f"{value[:18]}…"
        case dict():
            return "{" + ", ".join(f"{name}: {brief(inner)}" for name, inner in value.items()) + "}"
        case list() if len(value) > 2:
            return f"[{len(value)} of {brief(value[0])}]"
        case list():
            return "[" + ", ".join(map(brief, value)) + "]"
        case _:
            return str(value)


def of_request(request: Received) -> str:
    """Return what an engine received."""
    body: dict[str, Any] = dict(request.fields) if request.fields else dict(request.body or {})
    if "prompt_id" in body:
        nodes = body["prompt"].values()
        inputs_by_type = {
            node["class_type"]: {name: node["inputs"][name] for name in SHOWN if name in node["inputs"]}
            for node in nodes
        }
        body = {
            kind: {name: value for name, value in inputs.items() if not isinstance(value, list)}
            for kind, inputs in inputs_by_type.items()
        }
    shown = [f"{name}={brief(value)}" for name, value in body.items() if value and name not in ("seed", "model")]
    return ", ".join([*shown, *(f"+{file.name}" for file in request.files)])


def of_call(line: str) -> str:
    """Return what a pipeline was called with."""
    call = json.loads(line)
    shown = [f"{name}={brief(call[name])}" for name in SHOWN_ARGUMENTS if call.get(name) is not None]
    if mask := call.get("mask"):
        shown.append(f"{sum('(0,)' in item or item.endswith(' 0') for item in mask)} of {len(mask)} frames given")
    return f"{call['pipeline']}: {', '.join(shown)}"


class Table:
    """Prints the rows of one engine with one model."""

    def __init__(self, server: Server, engine: Engine | None, log: Path) -> None:
        self._server = server
        self._engine = engine
        self._log = log

    def print(self) -> None:
        """Ask for everything and print a row for each."""
        with self._server.client() as http:
            source: str | None = None
            for name, body in CREATED.items():
                made = self._row(http, name, http.post("/v1/videos", json={"model": "grok-video-3", **body}))
                source = source or made
            if source is None:
                return
            remixed = http.post(f"/v1/videos/{source}/remix", json={"prompt": "in winter"})
            self._row(http, "remix", remixed)
            for name, more in (("extend at 2 s", {}), ("the same with an image", {"images": [RED], "prompt": "@img1"})):
                body = {**EXTENDED, **more, "video": {"id": source}}
                self._row(http, name, http.post("/v1/videos/extensions", json=body))
        assert self._engine is None or self._engine.problems == []

    def _row(self, http: httpx2.Client, name: str, answer: httpx2.Response) -> str | None:
        if answer.status_code != 200:
            print(f"| {name} | | refused: {answer.json()['error']['message']} |", flush=True)
            return None
        video = ended(http, answer.json()["id"])
        assert video["status"] == "completed", video
        frames, seconds = film(http, video["id"])
        facts = video["metadata"]
        height, width = frames[0].shape[:2]
        sound = f"sound {seconds:.2f} s" if facts["sound"] else "silent"
        came = f"{width}x{height}, {len(frames)} frames, {sound}, from {facts['upstream_size']}"
        print(f"| {name} | {'; '.join(self._received())} | {came} |", flush=True)
        return video["id"]

    def _received(self) -> Iterator[str]:
        if self._engine is None:
            yield from map(of_call, self._log.read_text().splitlines())
            self._log.unlink()
            return
        calls = [call for call in self._engine.received if call.method == "POST"]
        yield from (of_request(call) for call in calls if call.path in ("/v1/videos", "/prompt"))
        self._engine.received.clear()


def show(title: str, engine: Engine | None, backend: str, options: str) -> None:
    """Print the table of one engine with one model."""
    print(f"\n## {title}\n\n| asked | received | returned |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        data = Path(folder)
        config = data / "grok-video.toml"
        config.write_text(f"[backends.{backend}]\n{options}\n")
        variables = {"GROK_VIDEO_BACKEND": backend, "TORCH_IMITATION_LOG": str(data / "calls"), **IMITATED}
        if engine is not None:
            variables[f"GROK_VIDEO_{backend.upper().replace('-', '_')}_BASE_URL"] = engine.origin
        server = start_server(data / "data", "--config", str(config), **variables)
        stack.callback(server.stop)
        Table(server, engine, data / "calls").print()


def main() -> None:
    """Print the whole page."""
    print("# What engines receive and return\n")
    print(
        "Written by `python -m tests.engines.table` from the imitations of vLLM-Omni 0.30.0, SGLang 0.5.23, ComfyUI\n"
        "0.33 and diffusers 0.42.1. `make check-engine` prints what a real one can do. Seeds and models are left out."
    )
    for model in OMNI:
        with VllmOmniImitation(model=model, work_seconds=0.1) as engine:
            show(f"vLLM-Omni, {model}", engine, "vllm-omni", "poll_seconds = 0.5")
    for model in (OMNI[0], *OMNI[2:]):
        with SglangImitation(model=model, work_seconds=0.1) as engine:
            show(f"SGLang, {model}", engine, "sglang", "poll_seconds = 0.5")
    with SglangImitation(model=OMNI[0], kind="h3-ref2va", work_seconds=0.1) as engine:
        show(f"SGLang, {OMNI[0]}, variant ref2va", engine, "sglang", 'profile = "minimax-h3-ref2va"')
    for profile in ("comfyui-wan-2.2", "comfyui-ltx-2"):
        with ComfyuiImitation(work_seconds=0.1) as engine:
            show(f"ComfyUI, {profile}", engine, "comfyui", f'profile = "{profile}"')
    with tempfile.TemporaryDirectory() as folder:
        named_weights(Path(folder, "weights"))
        for profile, weights in PIPELINES.items():
            places = "\n".join(f'{name} = "{folder}/weights/{place}"' for name, place in weights.items())
            options = f'profile = "{profile}"\n[backends.diffusers.weights]\n{places}'
            show(f"diffusers, {profile}", None, "diffusers", options)


if __name__ == "__main__":
    main()
