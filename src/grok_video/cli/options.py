"""Options that several commands share."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from ..client import GrokVideo, GrokVideoError

STATUSES = "queued, in_progress, completed, failed, cancelled; comma-separated for several"


def recent_ids(incomplete: str) -> list[tuple[str, str]]:
    """Return the ids of the newest videos that complete a prefix, with their prompts."""
    try:
        with GrokVideo() as client:
            videos = client.list(limit=50)
    except GrokVideoError:
        return []
    return [(video.id, f"{video.status}: {video.prompt}") for video in videos if video.id.startswith(incomplete)]


Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="path of a grok-video.toml")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", metavar="FOLDER", help="folder for all data")]
DatabaseUrl = Annotated[str | None, typer.Option("--database-url", metavar="URL", help="sqlite:///… or postgresql://…")]
Json = Annotated[bool, typer.Option("--json", help="print JSON; the default if stdout is not a terminal")]
Fields = Annotated[
    str | None,
    typer.Option("--fields", metavar="NAMES", help="print these fields only, such as id,status,metadata.seed"),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="return as soon as the task is accepted")]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="file or folder; default: named from the prompt at a terminal, else <id>.mp4",
    ),
]
Timeout = Annotated[
    float | None, typer.Option("--timeout", metavar="SECONDS", min=0, help="stop waiting after this time")
]
Seconds = Annotated[int | None, typer.Option("--seconds", metavar="N", help="length in whole seconds, 1 to 15")]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", help="the same seed gives the same frames")]
Ratio = Annotated[str | None, typer.Option("--ratio", help="16:9, 9:16, 3:2, 2:3, 1:1, 4:3, 3:4, 21:9 or 5:2")]
Size = Annotated[str | None, typer.Option("--size", help="480P, 720P or 1080P")]
Model = Annotated[str | None, typer.Option("--model", "-m", help="grok-video-3, grok-video-3-pro, grok-video-3-max")]
Images = Annotated[
    list[str] | None,
    typer.Option("--image", "-i", metavar="IMAGE", help="file or URL, repeatable; @img1 in the prompt is the first"),
]
Id = Annotated[
    str,
    typer.Argument(metavar="ID", help="id of the video, its first characters, or @last", autocompletion=recent_ids),
]
Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID", help="ids of videos, their first characters, or @last", autocompletion=recent_ids),
]
Scene = Annotated[
    Path | None, typer.Option("--scene", metavar="FILE", help="JSON file of a scene, or - for stdin, instead of PROMPT")
]
OptionalPrompt = Annotated[str | None, typer.Argument(metavar="PROMPT", help="what the video shows")]
Prompt = Annotated[str, typer.Argument(metavar="PROMPT", help="what the video shows")]
Search = Annotated[
    str | None, typer.Option("--search", "-s", metavar="WORDS", help="words that must all be in the prompt")
]
Status = Annotated[str | None, typer.Option("--status", help=STATUSES)]
Operation = Annotated[str | None, typer.Option("--operation", help="create, remix or extend")]


def read_scene(file: Path | None) -> dict[str, Any] | None:
    """Return the scene in a file; raise BadParameter if it cannot be read. What it says is the server's to check."""
    if file is None:
        return None
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        scene = json.loads(text)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"the file {file} cannot be read: {error}", param_hint="--scene") from None
    if not isinstance(scene, dict):
        raise typer.BadParameter(f"the file {file} contains no JSON object", param_hint="--scene")
    return cast("dict[str, Any]", scene)


def check_images(images: list[str] | None) -> list[str]:
    """Return the images; raise BadParameter for a file that does not exist, before anything is sent."""
    for image in images or []:
        if not image.startswith(("http://", "https://", "data:")) and not Path(image).is_file():
            problem = "is a folder" if Path(image).is_dir() else "does not exist"
            raise typer.BadParameter(f"the file {image} {problem}", param_hint="--image")
    return images or []
