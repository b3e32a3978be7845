"""How the program names itself to its user."""

from __future__ import annotations

from pathlib import Path

import pytest

from grok_video.cli import output


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program in a folder that is not on PATH."""
    path = tmp_path / "bin" / "grok-video"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    monkeypatch.setattr("sys.argv", [str(path)])
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("UV", raising=False)
    return path


def test_a_program_that_a_shell_finds_has_a_short_name(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert output.program() == str(installed)
    monkeypatch.setenv("PATH", str(installed.parent))
    assert output.program() == "grok-video"


def test_another_program_of_that_name_is_not_meant(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other" / "grok-video"
    other.parent.mkdir()
    other.write_text("")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(other.parent))
    assert output.program() == str(installed)


def test_uvx_and_python_are_named(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", [str(installed.with_name("__main__.py"))])
    assert output.program().endswith(" -m grok_video")
    monkeypatch.setenv("UV", "/usr/bin/uv")
    monkeypatch.setattr("sys.prefix", "/home/me/.cache/uv/archive-v0/x")
    assert output.program() == "uvx grok-video"
