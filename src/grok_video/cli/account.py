"""The commands about the server to use: login, logout, config."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import tomlkit
import typer

from ..client import DEFAULT_PROFILE, GrokVideo, find_connection, profiles_file, read_profile
from .commands import Commands
from .options import Json
from .output import message, print_json, text_table, wants_json

PANEL = "Choose a server and key"
Profile = Annotated[str | None, typer.Option("--profile", help="name to store it under; default: default")]


def register(app: Commands) -> None:
    """Add the commands."""
    for command in (login, logout, config):
        app.add(command, panel=PANEL)


def login(
    url: Annotated[str | None, typer.Argument(metavar="URL", help="address of the server")] = None,
    profile: Profile = None,
) -> None:
    """Store the address and key of a server, for the command line and the Python client.

    The key is asked for, or read from stdin, so that it is in no list of processes and no history. It is stored in
    a file that only you can read, and sent to this server only.
    """
    name = profile or os.environ.get("GROK_VIDEO_PROFILE") or DEFAULT_PROFILE
    # A new profile is not there yet, so it must not be looked for.
    os.environ.pop("GROK_VIDEO_PROFILE", None)
    if url is None:
        if not sys.stdin.isatty():
            raise typer.BadParameter("give the address of the server; the key is read from stdin", param_hint="URL")
        url = str(typer.prompt("Server", default="http://127.0.0.1:8000", err=True))
    if not url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{url!r} is not a URL such as https://videos.example", param_hint="URL")
    if sys.stdin.isatty():
        key = str(typer.prompt("API key", hide_input=True, err=True)).strip()
    else:
        key = sys.stdin.readline().strip()
    if not key:
        raise typer.BadParameter("the API key is empty", param_hint="API key")
    with GrokVideo(url, key) as client:
        client.models()
        address = client.base_url.removesuffix("/v1")
    file = _store(name, {"base_url": address, "api_key": key})
    message(f"{address} accepts the key; stored as profile {name} in {file}")


def logout(profile: Profile = None) -> None:
    """Remove a stored server and its key."""
    name = profile or os.environ.get("GROK_VIDEO_PROFILE") or DEFAULT_PROFILE
    read_profile(name)
    file = _store(name, None)
    message(f"profile {name} removed from {file}")


def _store(name: str, values: dict[str, str] | None) -> Path:
    """Write or remove one profile and leave the others as they are, comments included."""
    file = profiles_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    profiles = tomlkit.parse(text)
    profiles.pop(name, None)
    if values is not None:
        profiles[name] = values
    # Replaced as a whole, so that a full disk leaves the old file.
    fresh = file.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        os.fchmod(handle, 0o600)
        opened.write(tomlkit.dumps(profiles))
    fresh.replace(file)
    return file


def config(
    config_file: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="a grok-video.toml")] = None,
    json: Json = False,
) -> None:
    """Show every setting, its value and where it came from: first of this client, then of a server started here."""
    from ..settings import explain_settings
    from .starting import explained

    connection = find_connection()
    key = "set, not shown" if connection.api_key else "not set"
    rows = [
        ("base_url", connection.base_url, connection.base_url_from),
        ("api_key", key, connection.api_key_from),
    ]
    with explained():
        settings = [(setting.name, setting.value, setting.source) for setting in explain_settings(config_file)]
    if wants_json(json):
        for part, entries in (("client", rows), ("server", settings)):
            for name, value, source in entries:
                print_json({"part": part, "name": name, "value": value, "source": source})
        return
    from rich.console import Console

    console = Console()
    for part, entries in (("client", rows), ("server", settings)):
        # The value last: it is the one that may be long, and it is printed whole.
        table = text_table((part, "from", "value"), [(name, source, value) for name, value, source in entries])
        table.columns[-1].no_wrap, table.columns[-1].overflow = False, "fold"
        console.print(table)
