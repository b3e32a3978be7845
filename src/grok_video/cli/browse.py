"""The commands that show and manage videos: get, list, watch, download, delete, open."""

from __future__ import annotations

import shlex
import sys
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..client import GrokVideo, GrokVideoError, NotFoundError, Video
from .commands import Commands
from .options import Fields, Id, Ids, Json, Model, Operation, Output, Search, Status
from .output import format_of, message, print_json, show, show_object, show_table, text_table, wants_json
from .saving import SUFFIXES, check_target, default_name, named_from_prompt, save, target_of
from .short_ids import whole_id

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

PANEL = "Manage videos"
HEADER = ("id", "status", "seconds", "size", "age", "prompt")
RECENT = 8
# Columns from which a table shows whole ids, and the length of the beginnings that it shows otherwise.
WIDE = 110
SHORT_ID = len("video_") + 8


def register(app: Commands) -> None:
    """Add the commands."""
    app.add(get, panel=PANEL)
    app.add(list_videos, "list", panel=PANEL)
    app.add(list_videos, "ls", hidden=True)
    for command in (watch, download, delete):
        app.add(command, panel=PANEL)
    app.add(delete, "rm", hidden=True)
    app.add(open_studio, "open", panel=PANEL)


def get(id: Id, fields: Fields = None, json: Json = False) -> None:
    """Show a video's state."""
    from .thumbnails import show_thumbnail

    with GrokVideo() as client:
        video = client.get(whole_id(client, id))
        show_thumbnail(client, video)
        show(video, format_of(json, fields))


def list_videos(
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=100, help="number of videos")] = 20,
    after: Annotated[str | None, typer.Option(metavar="ID", help="continue after this video")] = None,
    search: Search = None,
    status: Status = None,
    model: Model = None,
    operation: Operation = None,
    fields: Fields = None,
    json: Json = False,
) -> None:
    """List videos, newest first."""
    filters = _filters(search, status, model, operation)
    with GrokVideo() as client:
        videos = client.list(limit=limit, after=whole_id(client, after) if after else None, **filters)
    how = format_of(json, fields)
    if how.json or (videos and how.fields):
        show_table([video.raw for video in videos], how)
        return
    from rich.console import Console

    console = Console()
    if videos:
        console.print(table(videos, console.width))
    else:
        console.print(_nothing(filters, after), soft_wrap=True)


def _filters(search: str | None, status: str | None, model: str | None, operation: str | None) -> dict[str, Any]:
    filters = {"search": search, "status": status, "model": model, "operation": operation}
    return {name: value for name, value in filters.items() if value}


def _nothing(filters: dict[str, Any], after: str | None = None) -> str:
    if filters:
        chosen = " ".join(f"--{name} {shlex.quote(value)}" for name, value in filters.items())
        return f"No video matches {chosen}. All videos: grok-video list"
    if after:
        return f"There is no video after {after}."
    return 'No videos yet. Try: grok-video create "a cat on the beach"'


def table(videos: list[Video], width: int) -> Table:
    """Return a table of videos; where there is no room for whole ids, with beginnings that commands accept."""
    length = None if width >= WIDE else SHORT_ID
    return text_table(
        HEADER,
        [
            (video.id[:length], _status(video), video.seconds, f"{video.raw.get('width')}x{video.raw.get('height')}",
             _age(video), video.prompt)
            for video in videos
        ],
    )  # fmt: skip


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


def watch(fields: Fields = None, json: Json = False) -> None:
    """Watch all videos until Ctrl-C; prints one line per change if stdout is not a terminal."""
    how = format_of(json, fields)
    with GrokVideo() as client:
        if how.json or how.fields:
            for video in client.events(deletions=True):
                show_object(video.raw, how)
                sys.stdout.flush()
            return
        _watch_live(client)


def _watch_live(client: GrokVideo) -> None:
    from rich.console import Console
    from rich.live import Live

    # Asked first, so that no change between the list and the stream is missed.
    after = client.last_event()
    shown = {video.id: video for video in reversed(client.list(limit=RECENT))}
    console = Console()
    with Live(table(list(shown.values())[::-1], console.width), console=console, refresh_per_second=4) as live:
        for video in client.events(after=after, deletions=True):
            shown.pop(video.id, None)
            if video.status != "deleted":
                shown[video.id] = video
            # Unfinished videos come first, then the most recently finished ones.
            latest = list(shown.values())[::-1]
            unfinished = [video for video in latest if not video.done]
            live.update(table(unfinished + [video for video in latest if video.done][:RECENT], console.width))


def download(
    ids: Ids = None,
    output: Output = None,
    variant: Annotated[str, typer.Option(help="video, thumbnail or spritesheet")] = "video",
    all_videos: Annotated[
        bool, typer.Option("--all", help="save every completed video that matches; -o is the folder")
    ] = False,
    search: Search = None,
    model: Model = None,
    operation: Operation = None,
) -> None:
    """Save finished videos, their thumbnails or their spritesheets; an interrupted download resumes."""
    suffix = SUFFIXES.get(variant)
    if suffix is None:
        raise typer.BadParameter("use video, thumbnail or spritesheet", param_hint="--variant")
    check_target(output)
    filters = _filters(search, None, model, operation)
    if bool(ids) == all_videos or (filters and not all_videos):
        raise typer.BadParameter("give ids, or --all, which --search, --model and --operation restrict")
    with GrokVideo() as client:
        if all_videos:
            _download_all(client, output or Path(), variant, suffix, filters)
            return
        videos = [client.get(whole_id(client, id)) for id in ids or ()]
        for video in videos:
            # Several files need a folder, which is made if needed.
            target = output / default_name(video, suffix) if output and videos[1:] else target_of(output, video, suffix)
            print(save(client, video, target, variant))


def _download_all(client: GrokVideo, folder: Path, variant: str, suffix: str, filters: dict[str, Any]) -> None:
    saved = present = 0
    for video in client.videos(status="completed", **filters):
        target = folder / named_from_prompt(video, suffix)
        if target.exists():
            present += 1
            continue
        print(save(client, video, target, variant))
        saved += 1
    message(f"{saved} saved, {present} there already" if saved + present else _nothing(filters))


def delete(
    ids: Ids = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    json: Json = False,
) -> None:
    """Delete videos and their files; asks first at a terminal."""
    if not ids:
        raise typer.BadParameter("give at least one id", param_hint="ID")
    with GrokVideo() as client:
        # All ids are read before the first is deleted: a wrong one deletes nothing.
        videos = [_existing(client, id) for id in dict.fromkeys(ids)]
        if not yes and not sys.stdin.isatty():
            raise typer.BadParameter("give --yes to delete where nobody can be asked", param_hint="--yes")
        if not yes:
            for video in videos:
                message(f"  {video.id}  {video.prompt or ''}")
            typer.confirm(f"Delete {len(videos)} video{'s' if videos[1:] else ''}?", abort=True, err=True)
        for video in videos:
            client.delete(video.id)
            if wants_json(json):
                print_json({"id": video.id, "object": "video.deleted", "deleted": True})
            else:
                message(f"{video.id} deleted")


def _existing(client: GrokVideo, id: str) -> Video:
    try:
        return client.get(whole_id(client, id))
    except NotFoundError as error:
        raise GrokVideoError(f"{id}: {error}") from None


def open_studio(
    id: Annotated[str | None, typer.Argument(metavar="ID", help="video to show; default: the gallery")] = None,
    show_url: Annotated[bool, typer.Option("--url", help="print the URL instead of opening a browser")] = False,
) -> None:
    """Open the studio in a browser, signed in; the link is valid for a minute."""
    with GrokVideo() as client:
        response: dict[str, Any] = client.request("POST", "/session/ticket")
        page = client.base_url.removesuffix("/v1")
        target = f"&video={client.get(whole_id(client, id)).id}" if id else ""
    url = f"{page}/#ticket={response['ticket']}{target}"
    if show_url or not webbrowser.open(url):
        print(url)
