"""The options of the backend diffusers: where weights are, which tasks they are enough for, and what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grok_video.backends import diffusers
from grok_video.backends.diffusers import DiffusersBackend
from grok_video.backends.diffusers.options import DiffusersOptions
from grok_video.backends.engines.profiles import named_profile, read_profile
from grok_video.domain.errors import InvalidOptions
from grok_video.domain.request import Mode, Operation
from grok_video.runtime.sandbox import Sandbox

WAN = "diffusers-wan-2.2"
PIN = "Wan-AI/Wan2.2-T2V-A14B-Diffusers@" + "a" * 40


def backend(**options: Any) -> DiffusersBackend:
    read = DiffusersOptions.read("diffusers", {"profile": WAN, **options})
    return DiffusersBackend(Sandbox(), read, named_profile(read.profile))


def test_tasks_are_those_that_the_weights_are_enough_for(tmp_path: Path) -> None:
    text = backend(weights={"t2v": PIN}).capabilities("grok-video-3")
    assert text is not None
    assert (text.modes, text.operations) == ({Mode.TEXT}, {Operation.CREATE})
    both = backend(weights={"t2v": PIN, "i2v": str(tmp_path)}).capabilities("grok-video-3")
    assert both is not None
    assert both.modes == {Mode.TEXT, Mode.FIRST_FRAME, Mode.FIRST_LAST_FRAME}
    assert (both.licence, both.progress_measured, both.max_seconds) == ("Apache-2.0", True, 15)


def test_weights_are_a_folder_or_a_revision_that_cannot_change(tmp_path: Path) -> None:
    read = DiffusersOptions.read("diffusers", {"profile": WAN, "weights": {"t2v": PIN, "i2v": str(tmp_path)}})
    found = read.weights_of(named_profile(WAN))
    assert (found["t2v"].repository, found["t2v"].revision) == tuple(PIN.split("@"))
    assert found["i2v"].folder == str(tmp_path)


def test_a_folder_may_be_on_the_workers_machines_only() -> None:
    assert backend(weights={"t2v": "/models/that/are/elsewhere"}).capabilities("grok-video-3") is not None


@pytest.mark.parametrize(("options", "said"), [
    ({}, "Say where the weights of Wan 2.2 A14B are, .*: t2v, i2v, vace, v2v"),
    ({"weights": {"t2v": "Wan-AI/Wan2.2-T2V-A14B-Diffusers"}}, "neither the absolute path of a folder"),
    ({"weights": {"t2v": "Wan-AI/Wan2.2-T2V-A14B-Diffusers@main"}}, "neither the absolute path of a folder"),
    ({"weights": {"clip": "/"}}, "names 'clip'; Wan 2.2 A14B has: t2v, i2v, vace, v2v"),
    ({"profile": "minimax-h3", "weights": {}}, "no tasks for diffusers"),
    ({"offload": "disk"}, "offload: Input should be 'none', 'model' or 'sequential'"),
    ({"base_url": "http://127.0.0.1"}, "base_url: Extra inputs are not permitted"),
])  # fmt: skip
def test_what_is_wrong_is_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidOptions, match=said):
        backend(**options)


def test_the_operator_decides_on_memory() -> None:
    read = DiffusersOptions.read(
        "diffusers", {"profile": WAN, "weights": {"t2v": PIN}, "offload": "sequential", "tiling": True}
    )
    weights = read.weights_of(named_profile(WAN))["t2v"]
    assert (weights.offload, weights.tiling) == ("sequential", True)


def test_a_process_without_the_libraries_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diffusers, "find_spec", lambda name: None if name == "torch" else object())
    made = backend(weights={"t2v": PIN})
    assert made.lacks == "missing packages: torch; install with: pip install 'grok-video[diffusers]'"
    monkeypatch.setattr(diffusers, "find_spec", lambda name: object())
    assert made.lacks is None


@pytest.mark.parametrize(("task", "said"), [
    ('[engines.diffusers.text]\nweights = "no"\npipeline = "WanPipeline"', "there are no weights 'no'; there are: t2v"),
    ('[engines.diffusers.text]\nweights = "t2v"', "a task of diffusers has to name its pipeline"),
    ('[engines.diffusers.text]\nweights = "t2v"\npipeline = "os.system"', "pipeline: String should match pattern"),
    ('[weights.x]\nrepository = "a/b"\nrevision = "main"', "revision: String should match pattern"),
    ('[[weights.t2v.loras]]\nfile = "style.bin"', "file: String should match pattern"),
])  # fmt: skip
def test_a_profile_that_cannot_work_is_refused(task: str, said: str) -> None:
    text = (
        'name = "Mine"\nmatches = []\nlicence = "MIT"\nfps = 16\nsound = false\nsizes = { "16:9" = "64x48" }\n'
        f'length = {{ most = 81 }}\nengines = {{}}\n[weights.t2v]\nfolder = "/x"\n{task}\n'
    )
    with pytest.raises(InvalidOptions, match=said):
        read_profile(text.replace("engines = {}\n", "" if "[engines" in task else "engines = {}\n"), "mine.toml")
