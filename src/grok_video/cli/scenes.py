"""The commands about scenes, the JSON documents that the animatic draws."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .commands import Commands
from .output import print_json

PANEL = "Make videos"
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON files; - reads stdin")]


def register(app: Commands) -> None:
    """Add the commands."""
    scene = Commands(help="Check scenes, the JSON documents that the animatic draws.")
    scene.add(lint)
    scene.add(schema)
    app.add_typer(scene, name="scene", rich_help_panel=PANEL)


def lint(files: Files) -> None:
    """Check scenes and print one line for each problem; the exit code is 1 if there is any."""
    failed = False
    for file in files:
        problems = _problems(file)
        failed = failed or bool(problems)
        for problem in problems or ["ok"]:
            typer.echo(f"{file}: {problem}")
    if failed:
        raise typer.Exit(1)


def schema() -> None:
    """Print the JSON Schema of scenes."""
    from ..backends.animatic.scene_document import scene_schema

    print_json(scene_schema())


def _problems(file: Path) -> list[str]:
    from ..backends.animatic.scene_document import scene_problems

    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    try:
        document: Any = json.loads(text)
    except ValueError as error:
        return [f"is not JSON: {error}"]
    return scene_problems(document)
