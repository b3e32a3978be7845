"""The command that moves a library of videos between storages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from .commands import Commands
from .output import message

if TYPE_CHECKING:
    from ..storage.copying import CopyTally

PANEL = "Run a server"
REPORT_SECONDS = 5.0


def register(app: Commands) -> None:
    """Add the command."""
    storage = Commands(help="Move the media of a server.")
    storage.add(copy)
    app.add_typer(storage, name="storage", rich_help_panel=PANEL)


def copy(
    origin: Annotated[str, typer.Argument(metavar="FROM", help="file:///folder or s3://bucket/prefix")],
    target: Annotated[str, typer.Argument(metavar="TO", help="file:///folder or s3://bucket/prefix")],
) -> None:
    """Copy all media from one storage to another; each copy is read back and compared by its SHA-256.

    What is there already is compared and left alone, so an interrupted copy goes on when the command is run again, and
    a run after the server was stopped copies what was made meanwhile. Nothing is deleted. The exit code is 1 if a copy
    differs.
    """
    from ..domain.errors import StorageUnavailable
    from .starting import explained

    with explained():
        try:
            tally = asyncio.run(_copy(origin, target))
        except StorageUnavailable as error:
            message(f"grok-video: {error.message} Run the command again to go on.")
            raise typer.Exit(1) from None
    typer.echo(
        f"{tally.copied} files copied ({tally.copied_bytes / 1e6:.1f} MB), {tally.there} were there already, "
        f"{tally.different} differ"
    )
    if tally.different:
        raise typer.Exit(1)


async def _copy(origin: str, target: str) -> CopyTally:
    from ..bootstrap import copy_media
    from ..settings import SettingsError, check_storage_url

    try:
        origin, target = check_storage_url(origin), check_storage_url(target)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    return await copy_media(origin, target, copy_reporter())


def copy_reporter() -> Callable[[CopyTally], None]:
    """Return what tells of a copy's progress every few seconds."""
    shown = time.monotonic()

    def report(tally: CopyTally) -> None:
        nonlocal shown
        if time.monotonic() - shown > REPORT_SECONDS:
            shown = time.monotonic()
            message(f"{tally.copied} copied, {tally.there} were there already …")

    return report
