"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..client import GrokVideo, GrokVideoError


def recent_ids(incomplete: str) -> list[tuple[str, str]]:
    """Return the ids of the newest videos that complete a prefix, with their prompts."""
    try:
        with GrokVideo() as client:
            videos = client.list(limit=50)
    except GrokVideoError:
        return []
    return [(video.id, f"{video.status}: {video.prompt}") for video in videos if video.id.startswith(incomplete)]


Json = Annotated[bool, typer.Option("--json", help="print the OpenAI object; the default if stdout is not a terminal")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="return as soon as the task is accepted")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="file to write; default ./<id>.mp4")]
Timeout = Annotated[float | None, typer.Option("--timeout", min=0, help="stop waiting after this many seconds")]
Seconds = Annotated[int | None, typer.Option("--seconds", help="length in whole seconds, 1 to 15")]
Seed = Annotated[int | None, typer.Option("--seed", help="the same seed gives the same frames")]
Ratio = Annotated[str | None, typer.Option("--ratio", help="16:9, 9:16, 3:2, 2:3 or 1:1")]
Size = Annotated[str | None, typer.Option("--size", help="720P or 1080P")]
Model = Annotated[str | None, typer.Option("--model", "-m", help="grok-video-3, grok-video-3-pro, grok-video-3-max")]
Images = Annotated[
    list[str] | None, typer.Option("--image", "-i", help="file or URL; @img1 in the prompt is the first")
]
Id = Annotated[str, typer.Argument(help="video_<32 hex> or grok:<uuid>", autocompletion=recent_ids)]
Prompt = Annotated[str, typer.Argument(help="what the video shows")]


def file_name(video_id: str, suffix: str) -> str:
    """Return the file name of a video."""
    return f"{video_id.replace(':', '_')}.{suffix}"


def check_images(images: list[str] | None) -> list[str]:
    """Return the images; raise BadParameter for a file that does not exist, before anything is sent."""
    for image in images or []:
        if not image.startswith(("http://", "https://", "data:")) and not Path(image).is_file():
            raise typer.BadParameter(f"there is no file {image}", param_hint="--image")
    return images or []
