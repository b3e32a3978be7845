"""Real SDKs, unmodified: the current `openai` package and one 2.x from a venv of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.factories import image_bytes

ROOT = Path(__file__).parents[2]
INTERPRETERS = {"3": Path(sys.executable), "2": ROOT / ".venv-openai2" / "bin" / "python"}


@pytest.mark.parametrize("major", INTERPRETERS)
def test_the_journey(fake_server: Server, tmp_path: Path, major: str) -> None:
    image = tmp_path / "x.png"
    image.write_bytes(image_bytes(200, 200))
    script = Path(__file__).with_name("sdk_journey.py")
    command = [INTERPRETERS[major], script, fake_server.base, fake_server.key, image, tmp_path]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"journey done with openai {major}." in ran.stdout
