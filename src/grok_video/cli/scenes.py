"""The commands about scenes, the JSON documents that the animatic draws."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..client import GrokVideo
from .commands import Commands
from .options import Id, Model, Prompt, Seed
from .output import print_json
from .short_ids import whole_id

PANEL = "Make videos"
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON files; - reads stdin")]


def register(app: Commands) -> None:
    """Add the commands."""
    app.add(read, panel=PANEL)
    scene = Commands(help="Show and check scenes, the JSON documents that the animatic draws.")
    scene.add(show, "show")
    scene.add(lint)
    scene.add(schema)
    app.add_typer(scene, name="scene", rich_help_panel=PANEL)


def read(prompt: Prompt, model: Model = None, seed: Seed = None) -> None:
    """Show how a prompt is read, without making a video: words, what they are shown as, and the scene."""
    with GrokVideo() as client:
        print_json(client.read_prompt(prompt, model=model, seed=seed))


def show(id: Id) -> None:
    """Print the scene of a finished video, which --scene of create and remix takes."""
    with GrokVideo() as client:
        print_json(client.scene(whole_id(client, id)))


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
