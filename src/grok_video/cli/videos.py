"""The commands about videos, all through the public API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..client import GrokVideo, Video
from .output import open_client, progress_bar, put, say, show, wants_json

Json = Annotated[bool, typer.Option("--json", help="print the OpenAI object; by itself where stdout is no terminal")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="return as soon as the task is accepted")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="file to write; default ./<id>.mp4")]
Timeout = Annotated[float | None, typer.Option("--timeout", min=0, help="give up waiting after so many seconds")]
Seconds = Annotated[int | None, typer.Option("--seconds", help="length in whole seconds, 1 to 15")]
Seed = Annotated[int | None, typer.Option("--seed", help="the same seed draws the same frames")]
Ratio = Annotated[str | None, typer.Option("--ratio", help="16:9, 9:16, 3:2, 2:3 or 1:1")]
Size = Annotated[str | None, typer.Option("--size", help="720P or 1080P")]
Model = Annotated[str | None, typer.Option("--model", "-m", help="grok-video-3, grok-video-3-pro, grok-video-3-max")]
Id = Annotated[str, typer.Argument(help="video_<32 hex> or grok:<uuid>")]
Prompt = Annotated[str, typer.Argument(help="what the video shows")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (create, remix, extend, get, wait, cancel, download):
        app.command()(command)
    app.command(name="list")(list_videos)


def create(
    prompt: Prompt,
    image: Annotated[
        list[str] | None, typer.Option("--image", "-i", help="file or URL; @img1 in the prompt is the first")
    ] = None,
    model: Model = None,
    seconds: Seconds = None,
    ratio: Ratio = None,
    size: Size = None,
    seed: Seed = None,
    output: Output = None,
    no_wait: NoWait = False,
    timeout: Timeout = None,
    json: Json = False,
) -> None:
    """Make a video from a text and images."""
    for one in image or []:
        if not one.startswith(("http://", "https://", "data:")) and not Path(one).is_file():
            raise typer.BadParameter(f"there is no file {one}", param_hint="--image")
    with open_client() as client:
        video = client.create(
            prompt,
            image or (),
            model=model or "grok-video-3",
            seconds=seconds,
            aspect_ratio=ratio,
            size=size,
            seed=seed,
        )
        _finish(client, video, output, no_wait, timeout, json)


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
    """Give a finished video a new look."""
    with open_client() as client:
        video = client.remix(id, prompt, **_given(model=model, aspect_ratio=ratio, size=size, seed=seed))
        _finish(client, video, output, no_wait, timeout, json)


def extend(
    id: Id,
    prompt: Prompt,
    at: Annotated[
        float | None, typer.Option("--at", help="second of the source to go on from; default its end")
    ] = None,
    seconds: Seconds = None,
    model: Model = None,
    size: Size = None,
    seed: Seed = None,
    output: Output = None,
    no_wait: NoWait = False,
    timeout: Timeout = None,
    json: Json = False,
) -> None:
    """Let a finished video go on."""
    with open_client() as client:
        fields = _given(model=model, size=size, seed=seed)
        video = client.extend(id, prompt, start_time=at, seconds=seconds, **fields)
        _finish(client, video, output, no_wait, timeout, json)


def get(id: Id, json: Json = False) -> None:
    """Show a video's state."""
    with open_client() as client:
        show(client.get(id), json)


def list_videos(
    limit: Annotated[int, typer.Option(min=1, max=100, help="how many")] = 20,
    after: Annotated[str | None, typer.Option(help="continue after this id")] = None,
    json: Json = False,
) -> None:
    """List videos, newest first."""
    with open_client() as client:
        for video in client.list(limit=limit, after=after):
            if wants_json(json):
                put(video.raw)
            else:
                print(f"{video.id}  {video.status:<11} {video.progress:>3} %  {video.seconds:>3} s  {video.prompt}")


def wait(id: Id, timeout: Timeout = None, json: Json = False) -> None:
    """Wait until a video is finished."""
    with open_client() as client, progress_bar(id) as change:
        video = client.wait(id, timeout=timeout, on_change=change)
    _end(video, json)


def cancel(id: Id, json: Json = False) -> None:
    """Cancel a video."""
    with open_client() as client:
        show(client.cancel(id), json)


def download(
    id: Id,
    output: Output = None,
    variant: Annotated[str, typer.Option(help="video, thumbnail or spritesheet")] = "video",
) -> None:
    """Save a finished video, its thumbnail or its spritesheet."""
    suffix = {"video": "mp4", "thumbnail": "webp", "spritesheet": "jpg"}.get(variant)
    if suffix is None:
        raise typer.BadParameter("use video, thumbnail or spritesheet", param_hint="--variant")
    with open_client() as client:
        print(client.download(id, output or _file_name(id, suffix), variant=variant))


def _finish(
    client: GrokVideo, video: Video, output: Path | None, no_wait: bool, timeout: float | None, json: bool
) -> None:
    if no_wait:
        show(video, json)
        return
    try:
        with progress_bar(video.id) as change:
            video = client.wait(video.id, timeout=timeout, on_change=change)
    except KeyboardInterrupt:
        say(f"The task goes on: grok-video wait {video.id}")
        raise
    if video.status == "completed":
        target = output or Path(_file_name(video.id, "mp4"))
        target.parent.mkdir(parents=True, exist_ok=True)
        client.download(video.id, target)
        say(f"saved {target}")
    _end(video, json)


def _end(video: Video, json: bool) -> None:
    show(video, json)
    if video.status != "completed":
        raise typer.Exit(1)


def _file_name(video_id: str, suffix: str) -> str:
    return f"{video_id.replace(':', '_')}.{suffix}"


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
