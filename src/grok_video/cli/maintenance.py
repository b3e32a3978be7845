"""The commands that keep a server's data: backup, verify."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .commands import Commands
from .options import Config, DatabaseUrl, DataDir, Json
from .output import message, print_json, wants_json
from .storage import copy_reporter

if TYPE_CHECKING:
    from ..settings import Settings

PANEL = "Run a server"


def register(app: Commands) -> None:
    """Add the commands."""
    for command in (backup, verify):
        app.add(command, panel=PANEL)


def backup(
    to: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="folder of the backup; one from before is brought up to date")
    ],
    config: Config = None,
    data_dir: DataDir = None,
    media: Annotated[bool, typer.Option("--media/--no-media", help="copy videos and images too")] = True,
    json: Json = False,
) -> None:
    """Copy a server's data to a folder, from which a server can be started; it may be running meanwhile.

    The database is SQLite's; PostgreSQL has pg_dump, and `grok-video storage copy` copies the media. Media that the
    folder has already are compared and left alone.
    """
    from ..bootstrap import back_up
    from ..domain.errors import StorageUnavailable
    from .starting import explained, read_settings

    with explained():
        settings = read_settings(config, _flags(data_dir, None))
        _check_folder(to, settings)
        try:
            tally = asyncio.run(back_up(settings, to, copy_reporter(), media=media))
        except StorageUnavailable as error:
            message(f"grok-video: {error.message} Run the command again to go on.")
            raise typer.Exit(1) from None
    if wants_json(json):
        print_json({"folder": str(to), "copied": tally.copied, "there": tally.there, "different": tally.different})
    else:
        typer.echo(f"database copied to {to}; media: {tally.copied} files copied, {tally.there} were there already")
    if tally.different:
        message(f"grok-video: {tally.different} files differ from their copies.")
        raise typer.Exit(1)


def verify(
    config: Config = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    mend: Annotated[bool, typer.Option("--mend", help="mend what can be")] = False,
    json: Json = False,
) -> None:
    """Compare a server's tasks with its files, and say what differs; the exit code is 1 if anything still does.

    With --mend, files that nothing needs are deleted, lost thumbnails and spritesheets are drawn again, and a video
    whose file is lost is recorded as expired. It may run beside the server.
    """
    from ..domain.errors import StorageUnavailable
    from .starting import explained, read_settings

    with explained():
        settings = read_settings(config, _flags(data_dir, database_url))
        try:
            differing, left = asyncio.run(_verify(settings, mend=mend, json=wants_json(json)))
        except StorageUnavailable as error:
            message(f"grok-video: {error.message}")
            raise typer.Exit(1) from None
    message(f"{differing} differences, {differing - left} mended")
    if left:
        raise typer.Exit(1)


async def _verify(settings: Settings, *, mend: bool, json: bool) -> tuple[int, int]:
    """Print each difference; return how many there are, and how many are left."""
    from ..bootstrap import verify as compare

    differing = left = 0
    async for found in compare(settings, mend=mend):
        differing, left = differing + 1, left + (not found.mended)
        if json:
            print_json({"subject": found.subject, "text": found.text, "mended": found.mended})
        else:
            typer.echo(f"{found.subject}: {found.text}{' (mended)' if found.mended else ''}")
    return differing, left


def _flags(data_dir: Path | None, database_url: str | None) -> dict[str, Any]:
    return {"data_dir": data_dir, "database_url": database_url}


def _check_folder(to: Path, settings: Settings) -> None:
    inside = (settings.data_dir, *([settings.media_folder] if settings.media_folder else []))
    if any(to.resolve().is_relative_to(folder.resolve()) for folder in inside):
        raise typer.BadParameter(f"{to} is inside the data that would be copied", param_hint="FOLDER")
