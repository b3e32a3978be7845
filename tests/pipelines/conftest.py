"""Settings for the backend diffusers: with the imitation of its libraries, or with tiny pipelines where torch is."""

from __future__ import annotations

import functools
import json
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.imitations import tiny_pipelines

HERE = Path(__file__).parent
# The server and its child import these in place of torch and diffusers.
IMITATED = {"PYTHONPATH": str(HERE.parent / "imitations" / "pipelines")}
TORCH = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("torch", "diffusers")),
    reason="torch and diffusers are not installed: `make dev-diffusers` installs them",
)
CLASSES = {
    "t2v": "WanPipeline", "i2v": "WanImageToVideoPipeline", "vace": "WanVACEPipeline", "ltx": "LTX2ConditionPipeline",
}  # fmt: skip


def named_weights(folder: Path) -> None:
    """Make folders that look like pipelines; only the imitation can load them."""
    for name, kind in CLASSES.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "model_index.json").write_text(json.dumps({"_class_name": kind}))
        (folder / name / "model.safetensors").touch()


@functools.cache
def tiny_weights() -> Path:
    """Return a folder with tiny pipelines, which are made once per process of the tests."""
    kept = tempfile.TemporaryDirectory(prefix="grok-video-tiny-")
    folder = Path(kept.name)
    os.environ["HF_HUB_OFFLINE"] = "1"
    tiny_pipelines.save_all(folder)
    KEPT.append(kept)
    return folder


KEPT: list[tempfile.TemporaryDirectory[str]] = []


def config_for(data: Path, profile: str, *, imitated: bool, names: tuple[str, ...] = (), more: str = "") -> str:
    """Return settings for a tiny profile, with all of its weights or the named ones."""
    if imitated:
        named_weights(data / "weights")
    folder = data / "weights" if imitated else tiny_weights()
    names = names or (("ltx",) if profile == "tiny-ltx" else ("t2v", "i2v", "vace"))
    weights = "".join(f'{name} = "{folder / name}"\n' for name in names)
    return f'[backends.diffusers]\nprofile = "{HERE / profile}.toml"\n{more}\n[backends.diffusers.weights]\n{weights}'
