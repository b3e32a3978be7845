"""`grok-video scene`: problems one per line, and the schema."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from grok_video.cli.app import app


def test_a_scene_that_can_be_drawn_is_ok(tmp_path: Path) -> None:
    file = tmp_path / "cat.json"
    file.write_text('{"shots": [{"subjects": [{"figure": "🐈"}]}]}', encoding="utf-8")
    ran = CliRunner().invoke(app, ["scene", "lint", str(file)])
    assert (ran.exit_code, ran.stdout) == (0, f"{file}: ok\n")


def test_every_problem_has_a_line(tmp_path: Path) -> None:
    file = tmp_path / "cat.json"
    file.write_text('{"shots": [{"environment": "mall", "sky": 1}]}', encoding="utf-8")
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    ran = CliRunner().invoke(app, ["scene", "lint", str(file), str(broken)])
    first, second, third = ran.stdout.splitlines()
    assert ran.exit_code == 1
    assert first.startswith(f"{file}: scene.shots.0.environment is 'mall': ")
    assert second.startswith(f"{file}: scene.shots.0.sky")
    assert third.startswith(f"{broken}: is not JSON")


def test_the_schema_is_printed() -> None:
    ran = CliRunner().invoke(app, ["scene", "schema"])
    assert json.loads(ran.stdout)["required"] == ["shots"]
