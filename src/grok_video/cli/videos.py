"""The commands that create videos, all through the public API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..client import ConnectionFailed, GrokVideo, Video
from .options import (
    Id,
    Images,
    Json,
    Model,
    NoWait,
    Output,
    Prompt,
    Ratio,
    Seconds,
    Seed,
    Size,
    Timeout,
    check_images,
    file_name,
)
from .output import download_bar, message, progress_bar, show


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (create, remix, extend, wait, cancel):
        app.command()(command)


def create(
    prompt: Annotated[str | None, typer.Argument(help="what the video shows")] = None,
    image: Images = None,
    model: Model = None,
    seconds: Seconds = None,
    ratio: Ratio = None,
    size: Size = None,
    seed: Seed = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file to write; default ./<id>.mp4; with --batch, a folder")
    ] = None,
    batch: Annotated[
        Path | None, typer.Option("--batch", help="file with one prompt per line, or - for stdin, instead of PROMPT")
    ] = None,
    parallel: Annotated[int, typer.Option("--parallel", min=1, max=64, help="concurrent videos of a batch")] = 4,
    no_wait: NoWait = False,
    timeout: Timeout = None,
    json: Json = False,
) -> None:
    """Create a video from a prompt and images, or many with --batch.

    A batch prints one line per result. If you run it again within a day, it creates only the missing videos; a video
    that was requested before is found again and never made twice.
    """
    images = check_images(image)
    fields = _without_none(model=model, seconds=seconds, aspect_ratio=ratio, size=size, seed=seed)
    if batch is not None and (no_wait or timeout is not None):
        raise typer.BadParameter("a batch waits for its videos", param_hint="--batch")
    if (prompt is None) == (batch is None):
        raise typer.BadParameter("give a prompt, or a file of prompts with --batch", param_hint="PROMPT")
    if batch is not None:
        from .batch import run_batch

        if str(batch) != "-" and not batch.is_file():
            raise typer.BadParameter(f"there is no file {batch}", param_hint="--batch")
        raise typer.Exit(0 if run_batch(batch, output or Path(), parallel, json, images, **fields) else 1)
    with GrokVideo() as client:
        _finish(client, client.create(prompt or "", images, **fields), output, no_wait, timeout, json)


def remix(
    id: Id,
    prompt: Prompt,
    model: Model = None,
    ratio: Ratio = None,
    size: Size = None,
    seed: Seed = None,
    output: Output = None,
    no_wait: NoWait = False,
    timeout: Timeout = None,
    json: Json = False,
) -> None:
    """Create a variant of a finished video."""
    with GrokVideo() as client:
        video = client.remix(id, prompt, **_without_none(model=model, aspect_ratio=ratio, size=size, seed=seed))
        _finish(client, video, output, no_wait, timeout, json)


def extend(
    id: Id,
    prompt: Prompt,
    at: Annotated[
        float | None, typer.Option("--at", help="second of the source to continue from; default: its end")
    ] = None,
    image: Images = None,
    seconds: Seconds = None,
    model: Model = None,
    size: Size = None,
    seed: Seed = None,
    output: Output = None,
    no_wait: NoWait = False,
    timeout: Timeout = None,
    json: Json = False,
) -> None:
    """Continue a finished video."""
    images = check_images(image)
    with GrokVideo() as client:
        fields = _without_none(model=model, size=size, seed=seed)
        video = client.extend(id, prompt, images, start_time=at, seconds=seconds, **fields)
        _finish(client, video, output, no_wait, timeout, json)


def wait(id: Id, timeout: Timeout = None, json: Json = False) -> None:
    """Wait until a video is finished."""
    with GrokVideo() as client, progress_bar(id) as change:
        video = client.wait(id, timeout=timeout, on_change=change)
    _end(video, json)


def cancel(id: Id, json: Json = False) -> None:
    """Cancel a video."""
    with GrokVideo() as client:
        show(client.cancel(id), json)


def _finish(
    client: GrokVideo, video: Video, output: Path | None, no_wait: bool, timeout: float | None, json: bool
) -> None:
    from .thumbnails import show_thumbnail

    if no_wait:
        show(video, json)
        return
    try:
        with progress_bar(video.id) as change:
            video = client.wait(video.id, timeout=timeout, on_change=change)
    except (KeyboardInterrupt, ConnectionFailed):
        message(f"The task continues: grok-video wait {video.id}")
        raise
    if video.status == "completed":
        target = output or Path(file_name(video.id, "mp4"))
        target.parent.mkdir(parents=True, exist_ok=True)
        with download_bar() as progress:
            client.download(video.id, target, on_progress=progress)
        show_thumbnail(client, video)
        message(f"saved {target}")
    _end(video, json)


def _end(video: Video, json: bool) -> None:
    show(video, json)
    if video.status != "completed":
        raise typer.Exit(1)


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
