"""The commands that create videos, all through the public API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..client import ConnectionFailed, GrokVideo, Video
from .commands import Commands
from .options import (
    Fields,
    Id,
    Images,
    Json,
    Model,
    NoWait,
    OptionalPrompt,
    Output,
    Prompt,
    Ratio,
    Scene,
    Seconds,
    Seed,
    Size,
    Timeout,
    check_images,
    read_scene,
)
from .output import Format, format_of, message, progress_bar, show
from .saving import check_target, save, target_of
from .short_ids import whole_id


def register(app: Commands) -> None:
    """Add the commands."""
    for command in (create, remix, extend):
        app.add(command, panel="Make videos")
    for command in (wait, cancel, keep):
        app.add(command, panel="Manage videos")


def create(
    prompt: OptionalPrompt = None,
    image: Images = None,
    model: Model = None,
    seconds: Seconds = None,
    ratio: Ratio = None,
    size: Size = None,
    seed: Seed = None,
    scene: Scene = None,
    output: Output = None,
    batch: Annotated[
        Path | None, typer.Option("--batch", metavar="FILE", help="file of prompts, or - for stdin, instead of PROMPT")
    ] = None,
    parallel: Annotated[
        int, typer.Option("--parallel", metavar="N", min=1, max=64, help="concurrent videos of a batch")
    ] = 4,
    no_wait: NoWait = False,
    timeout: Timeout = None,
    fields: Fields = None,
    json: Json = False,
) -> None:
    """Create a video from a prompt and images, or many with --batch.

    A file of prompts has one per line; lines that begin with # are skipped. A .jsonl file has an object per line:
    {"prompt": "a cat", "seconds": 5, "ratio": "1:1", "size": "1080P", "seed": 7, "model": "grok-video-3",
    "images": ["cat.png"], "output": "cat.mp4"}. What a line does not say, the options say.

    A batch prints one line per result. Run again within a day, it creates only the missing videos: one that was
    requested before is found again, not made twice.
    """
    images = check_images(image)
    check_target(output)
    wanted = _without_none(model=model, seconds=seconds, aspect_ratio=ratio, size=size, seed=seed)
    if batch is not None and (no_wait or timeout is not None):
        raise typer.BadParameter("a batch waits for its videos", param_hint="--batch")
    if [prompt is not None, batch is not None, scene is not None].count(True) != 1:
        raise typer.BadParameter("give a prompt, a scene, or a file of prompts with --batch", param_hint="PROMPT")
    if batch is not None:
        from .batch import run_batch

        if str(batch) != "-" and not batch.is_file():
            problem = "is a folder" if batch.is_dir() else "does not exist"
            raise typer.BadParameter(f"the file {batch} {problem}", param_hint="--batch")
        raise typer.Exit(
            0 if run_batch(batch, output or Path(), parallel, format_of(json, fields), images, **wanted) else 1
        )
    with GrokVideo() as client:
        _finish(
            client,
            client.create(prompt or "", images, scene=read_scene(scene), **wanted),
            output,
            no_wait,
            timeout,
            format_of(json, fields),
        )


def remix(
    id: Id,
    prompt: OptionalPrompt = None,
    model: Model = None,
    ratio: Ratio = None,
    size: Size = None,
    seed: Seed = None,
    scene: Scene = None,
    output: Output = None,
    no_wait: NoWait = False,
    timeout: Timeout = None,
    fields: Fields = None,
    json: Json = False,
) -> None:
    """Create a variant of a finished video."""
    check_target(output)
    if (prompt is None) == (scene is None):
        raise typer.BadParameter("give a prompt or a scene", param_hint="PROMPT")
    with GrokVideo() as client:
        wanted = _without_none(model=model, aspect_ratio=ratio, size=size, seed=seed)
        video = client.remix(whole_id(client, id), prompt or "", scene=read_scene(scene), **wanted)
        _finish(client, video, output, no_wait, timeout, format_of(json, fields))


def extend(
    id: Id,
    prompt: Prompt,
    at: Annotated[
        float | None,
        typer.Option("--at", metavar="SECONDS", help="second of the source to continue from; default: its end"),
    ] = None,
    image: Images = None,
    seconds: Seconds = None,
    model: Model = None,
    size: Size = None,
    seed: Seed = None,
    output: Output = None,
    no_wait: NoWait = False,
    timeout: Timeout = None,
    fields: Fields = None,
    json: Json = False,
) -> None:
    """Continue a finished video."""
    images = check_images(image)
    check_target(output)
    with GrokVideo() as client:
        wanted = _without_none(model=model, size=size, seed=seed)
        video = client.extend(whole_id(client, id), prompt, images, start_time=at, seconds=seconds, **wanted)
        _finish(client, video, output, no_wait, timeout, format_of(json, fields))


def wait(id: Id, timeout: Timeout = None, fields: Fields = None, json: Json = False) -> None:
    """Wait until a video is finished."""
    with GrokVideo() as client:
        video_id = whole_id(client, id)
        with progress_bar(video_id) as change:
            video = client.wait(video_id, timeout=timeout, on_change=change)
    _end(video, format_of(json, fields))


def cancel(id: Id, fields: Fields = None, json: Json = False) -> None:
    """Cancel a video."""
    with GrokVideo() as client:
        show(client.cancel(whole_id(client, id)), format_of(json, fields))


def keep(
    id: Id,
    release: Annotated[bool, typer.Option("--release", help="no longer: it expires as others do")] = False,
    fields: Fields = None,
    json: Json = False,
) -> None:
    """Keep a video for good, whatever the server's retention."""
    with GrokVideo() as client:
        show(client.keep(whole_id(client, id), not release), format_of(json, fields))


def _finish(
    client: GrokVideo, video: Video, output: Path | None, no_wait: bool, timeout: float | None, how: Format
) -> None:
    from .thumbnails import show_thumbnail

    if no_wait:
        show(video, how)
        return
    try:
        with progress_bar(video.id) as change:
            video = client.wait(video.id, timeout=timeout, on_change=change)
    except (KeyboardInterrupt, ConnectionFailed):
        message(f"The task continues: grok-video wait {video.id}")
        raise
    if video.status == "completed":
        target = save(client, video, target_of(output, video, "mp4"))
        show_thumbnail(client, video)
        message(f"saved {target}")
    _end(video, how)


def _end(video: Video, how: Format) -> None:
    show(video, how)
    if video.status != "completed":
        raise typer.Exit(1)


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
