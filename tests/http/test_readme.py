"""The curl commands of the README, run with another address and key."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Server

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```bash\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def run(block: str, server: Server, folder: Path, video_id: str) -> list[str]:
    """Run a block's commands in bash; return what each printed."""
    script = block.replace("http://127.0.0.1:8000", server.base)
    commands = [command for command in re.split(r"\n(?=curl )", script) if command.startswith("curl ")]
    bash = shutil.which("bash") or "bash"
    outputs: list[str] = []
    for command in commands:
        ran = subprocess.run(
            [bash, "-c", command],
            cwd=folder,
            env={"KEY": server.key, "ID": video_id, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
        outputs.append(ran.stdout)
    return outputs


def test_there_are_curl_lines_for_both_formats() -> None:
    text = "".join(BLOCKS)
    assert text.count("curl ") >= 7
    assert "/v1/videos " in text
    assert "/v1/video/create" in text


def test_the_curl_lines_work(fake_server: Server, tmp_path: Path) -> None:
    created = json.loads(run(BLOCKS[0], fake_server, tmp_path, "")[0])
    assert created["id"].startswith("video_")
    assert fake_server.finish(created["id"])["seconds"] == "4"
    printed: list[dict[str, object]] = []
    for block in BLOCKS[1:]:
        printed += [json.loads(text) for text in run(block, fake_server, tmp_path, created["id"]) if text.strip()]
    assert all("id" in body for body in printed), printed
    assert (tmp_path / "video.mp4").read_bytes()[4:8] == b"ftyp"
    assert {str(body["status"]) for body in printed} <= {"queued", "in_progress", "processing", "completed"}


@pytest.mark.parametrize("name", re.findall(r"`(GROK_VIDEO_[A-Z_]+)`", README.read_text(encoding="utf-8")))
def test_documented_settings_exist(name: str) -> None:
    from grok_video.settings import Settings

    known = {f"GROK_VIDEO_{field.upper()}" for field in Settings.model_fields} | {"GROK_VIDEO_BASE_URL"}
    assert name in known


def test_every_setting_is_documented() -> None:
    from grok_video.settings import Settings

    text = README.read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"GROK_VIDEO_{name.upper()}" in text or f"[{name}." in text, name
