"""The demo: every mode and operation by the animatic, over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image


@pytest.mark.timeout(320)
def test_the_demo(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GROK_VIDEO_")}
    command = [sys.executable, "-m", "grok_video", "demo", "--out", str(tmp_path / "out")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=clean)
    assert ran.returncode == 0, ran.stderr
    films = sorted((tmp_path / "out").glob("*.mp4"))
    assert [film.name.split("-", 1)[1].removesuffix(".mp4") for film in films] == [
        "text-openai", "text-unified", "first-frame", "first-last-frame", "references", "remix", "extend", "extensions",
    ]  # fmt: skip
    for film, frames in zip(films, (120, 120, 96, 96, 96, 120, 168, 192), strict=True):
        with av.open(str(film)) as container:
            assert sum(1 for _ in container.decode(video=0)) == frames, film.name
    sheet = np.asarray(Image.open(tmp_path / "out" / "contact-sheet.png").convert("L"), np.float32)
    assert sheet.std() > 30
