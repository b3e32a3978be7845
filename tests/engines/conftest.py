"""A server before each engine: the imitations, or a real one that `--engine` and `--engine-url` name.

Diffusers has no URL: it is imitated, and run with tiny random weights where torch is installed (`make dev-diffusers`).
"""

from __future__ import annotations

import base64
import io
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.conftest import Server, start_server
from tests.imitations.comfyui import ComfyuiImitation
from tests.imitations.engine import Engine
from tests.imitations.sglang import SglangImitation
from tests.imitations.vllm_omni import VllmOmniImitation
from tests.pipelines.conftest import IMITATED, TORCH, config_for

IMITATIONS: dict[str, tuple[type[Engine], str]] = {
    "vllm-omni": (VllmOmniImitation, "VLLM_OMNI"),
    "sglang": (SglangImitation, "SGLANG"),
    "comfyui": (ComfyuiImitation, "COMFYUI"),
}
MODELS = {
    "vllm-omni": ("MiniMaxAI/MiniMax-H3", "Wan-AI/Wan2.2-I2V-A14B-Diffusers"),
    "sglang": ("MiniMaxAI/MiniMax-H3", "Wan-AI/Wan2.2-TI2V-5B-Diffusers"),
}
COMFYUI = [("comfyui", "", "comfyui-wan-2.2"), ("comfyui", "", "comfyui-ltx-2")]
REFERENCES = ("sglang", "MiniMaxAI/MiniMax-H3", "minimax-h3-ref2va")
# The model whose calls are shorter than what is asked for.
SEGMENTED = [("sglang", "Wan-AI/Wan2.2-TI2V-5B-Diffusers", "")]
DIFFUSERS = [("diffusers", place, f"tiny-{model}") for place in ("imitated", "torch") for model in ("wan", "ltx")]
CASES = [(engine, model, "") for engine, models in MODELS.items() for model in models]
CASES += [REFERENCES, *COMFYUI, *DIFFUSERS]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test on each imitation, or on the real engine alone."""
    if "checked" not in metafunc.fixturenames:
        return
    real = metafunc.config.getoption("--engine")
    imitated = SEGMENTED if metafunc.function.__name__ == "test_a_length_that_the_model_lacks" else CASES
    cases = [(real, "", metafunc.config.getoption("--engine-profile"))] if real else imitated
    names = [" ".join(filter(None, case)).replace("/", " ") for case in cases]
    marked = [pytest.param(case, marks=TORCH) if "torch" in case else case for case in cases]
    metafunc.parametrize("checked", marked, indirect=True, ids=names, scope="module")


@dataclass
class Checked:
    """A server with one engine behind it; what an engine that is not `imitated` shows is not known."""

    engine: str
    server: Server
    imitated: bool
    capabilities: dict[str, Any]
    rows: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    @property
    def seamless(self) -> bool:
        """Whether it can continue a video, which random weights cannot."""
        return self.imitated or self.engine != "diffusers"


@pytest.fixture(scope="module")
def checked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    engine, model, profile = request.param
    if engine == "diffusers":
        yield from _pipelines(request, tmp_path_factory.mktemp("engine"), model, profile)
        return
    kind, variable = IMITATIONS[engine]
    url = request.config.getoption("--engine-url")
    imitation: Engine | None = None
    if not url:
        options: dict[str, Any] = {"model": model} if model else {}
        options |= {"kind": "h3-ref2va"} if profile == "minimax-h3-ref2va" else {}
        imitation = kind(work_seconds=0.2, **options).__enter__()
        url = imitation.origin
    data = tmp_path_factory.mktemp("engine")
    config = data / "grok-video.toml"
    config.write_text(f"[backends.{engine}]\nat_once = 4\n" + (f'profile = "{profile}"\n' if profile else ""))
    variables = {"GROK_VIDEO_BACKEND": engine, f"GROK_VIDEO_{variable}_BASE_URL": url}
    try:
        yield from _served(request, engine, data, config, variables, imitated=imitation is not None)
        if imitation is not None:
            assert imitation.problems == []
    finally:
        if imitation is not None:
            imitation.__exit__(None, None, None)


def _served(
    request: pytest.FixtureRequest, engine: str, data: Path, config: Path, variables: Mapping[str, str], *,
    imitated: bool,
) -> Iterator[Checked]:  # fmt: skip
    server = start_server(data, "--config", str(config), **variables)
    try:
        with server.client() as http:
            described = http.get("/v1/models/grok-video-3").json()["capabilities"]
        assert described["unavailable"] is None, described["unavailable"]
        found = Checked(engine, server, imitated, described)
        yield found
        named = " ".join(filter(None, request.param))
        request.config.stash[ROWS].extend((named, *row) for row in found.rows)
    finally:
        server.stop()


def _pipelines(request: pytest.FixtureRequest, data: Path, place: str, profile: str) -> Iterator[Checked]:
    """Serve with diffusers: imitated, with tiny pipelines, or as the file of `--engine-config` says."""
    config = data / "grok-video.toml"
    variables = dict(IMITATED) if place == "imitated" else {}
    if place:
        config.write_text(config_for(data, profile, imitated=place == "imitated"))
    else:
        shutil.copy(request.config.getoption("--engine-config"), config)
    variables |= {"GROK_VIDEO_BACKEND": "diffusers"}
    yield from _served(request, "diffusers", data, config, variables, imitated=place == "imitated")


@pytest.fixture
def http(checked: Checked) -> Iterator[httpx2.Client]:
    with checked.server.client() as client:
        yield client


ROWS: pytest.StashKey[list[tuple[str, ...]]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Keep the rows of the capability table."""
    config.stash[ROWS] = []


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print what each engine can do, for a real one or with -v."""
    if (config.getoption("--engine") or config.getoption("verbose") > 0) and config.stash[ROWS]:
        terminalreporter.section("what the engine can do")
        for row in config.stash[ROWS]:
            terminalreporter.write_line(" | ".join(row))


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (640, 360)) -> str:
    """Return one colour as a data URI."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
