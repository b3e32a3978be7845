"""The commands that show and manage videos: get, list, watch, download, delete, open."""

from __future__ import annotations

import time
import webbrowser
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..client import GrokVideo, Video
from .options import Id, Json, Output, file_name
from .output import message, print_json, show, wants_json

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

FILTERS = "queued, in_progress, completed, failed, cancelled; comma-separated for several"
RECENT = 8


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(get)
    app.command(name="list")(list_videos)
    app.command(name="ls", hidden=True)(list_videos)
    for command in (watch, download, delete):
        app.command()(command)
    app.command(name="open")(open_studio)


def get(id: Id, json: Json = False) -> None:
    """Show a video's state."""
    from .thumbnails import show_thumbnail

    with GrokVideo() as client:
        video = client.get(id)
        show_thumbnail(client, video)
        show(video, json)


def list_videos(
    limit: Annotated[int, typer.Option(min=1, max=100, help="number of videos")] = 20,
    after: Annotated[str | None, typer.Option(help="continue after this id")] = None,
    search: Annotated[str | None, typer.Option("--search", "-s", help="words that must be in the prompt")] = None,
    status: Annotated[str | None, typer.Option(help=FILTERS)] = None,
    json: Json = False,
) -> None:
    """List videos, newest first."""
    with GrokVideo() as client:
        videos = client.list(limit=limit, after=after, search=search, status=status)
    if wants_json(json):
        for video in videos:
            print_json(video.raw)
        return
    from rich.console import Console

    Console().print(table(videos) if videos else 'No videos yet. Try: grok-video create "a cat on the beach"')


def table(videos: list[Video]) -> Table:
    """Return a table of videos."""
    from rich.table import Table
    from rich.text import Text

    rows = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    rows.add_column("id", no_wrap=True)
    rows.add_column("status", no_wrap=True)
    for name in ("seconds", "size"):
        rows.add_column(name, justify="right", no_wrap=True)
    rows.add_column("age", justify="right", no_wrap=True)
    rows.add_column("prompt", ratio=1, overflow="ellipsis", no_wrap=True)
    for video in videos:
        size = f"{video.raw.get('width')}x{video.raw.get('height')}"
        rows.add_row(video.id, _status(video), video.seconds, size, _age(video), Text(video.prompt or ""))
    return rows


def _status(video: Video) -> Text:
    from rich.text import Text

    if video.error and video.error.get("code") == "cancelled":
        return Text("cancelled", style="dim")
    state = f"{video.progress} %" if video.status == "in_progress" else video.status
    return Text(state, style={"completed": "green", "failed": "red", "in_progress": "cyan"}.get(video.status, ""))


def _age(video: Video) -> str:
    seconds = max(0, int(time.time() - float(video.raw.get("created_at") or 0)))
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def watch(json: Json = False) -> None:
    """Watch all videos until Ctrl-C; prints one JSON line per change if stdout is not a terminal."""
    with GrokVideo() as client:
        if wants_json(json):
            for video in client.events():
                print_json(video.raw)
            return
        _watch_live(client)


def _watch_live(client: GrokVideo) -> None:
    from rich.console import Console
    from rich.live import Live

    shown = {video.id: video for video in reversed(client.list(limit=RECENT))}
    with Live(table(list(shown.values())[::-1]), console=Console(), refresh_per_second=4) as live:
        for video in client.events():
            shown.pop(video.id, None)
            shown[video.id] = video
            # Unfinished videos come first, then the most recently finished ones.
            latest = list(shown.values())[::-1]
            unfinished = [video for video in latest if not video.done]
            live.update(table(unfinished + [video for video in latest if video.done][:RECENT]))


def download(
    id: Id,
    output: Output = None,
    variant: Annotated[str, typer.Option(help="video, thumbnail or spritesheet")] = "video",
) -> None:
    """Save a finished video, its thumbnail or its spritesheet; an interrupted download resumes."""
    from .output import download_bar

    suffix = {"video": "mp4", "thumbnail": "webp", "spritesheet": "jpg"}.get(variant)
    if suffix is None:
        raise typer.BadParameter("use video, thumbnail or spritesheet", param_hint="--variant")
    with GrokVideo() as client, download_bar() as progress:
        print(client.download(id, output or file_name(id, suffix), variant=variant, on_progress=progress))


def delete(id: Id, json: Json = False) -> None:
    """Delete a video and its files."""
    with GrokVideo() as client:
        client.delete(id)
    if wants_json(json):
        print_json({"id": id, "object": "video.deleted", "deleted": True})
    else:
        message(f"{id} deleted")


def open_studio(
    id: Annotated[str | None, typer.Argument(help="video to show; default: the gallery")] = None,
    show_url: Annotated[bool, typer.Option("--url", help="print the URL instead of opening a browser")] = False,
) -> None:
    """Open the studio in a browser, signed in; the link is valid for a minute."""
    with GrokVideo() as client:
        response: dict[str, Any] = client.request("POST", "/session/ticket")
        page = client.base_url.removesuffix("/v1")
        target = f"&video={client.get(id).id}" if id else ""
    url = f"{page}/#ticket={response['ticket']}{target}"
    if show_url or not webbrowser.open(url):
        print(url)
