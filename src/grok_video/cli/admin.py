"""Commands of the operator: models, doctor, mcp, demo."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Any

import typer

from ..client import GrokVideo, find_connection
from .commands import Commands
from .options import Fields, Json
from .output import format_of, message, show_table, text_table

PANEL = "Run a server"


def register(app: Commands) -> None:
    """Add the commands."""
    app.add(models, panel="Manage videos")
    for command in (doctor, demo, mcp):
        app.add(command, panel=PANEL)


def models(fields: Fields = None, json: Json = False) -> None:
    """List the models and their backends."""
    with GrokVideo() as client:
        entries = client.models()
    how = format_of(json, fields)
    if how.json or how.fields:
        show_table(entries, how)
        return
    from rich.console import Console

    rows = [(model["id"], model["capabilities"]["backend"], model["description"]) for model in entries]
    Console().print(text_table(("model", "backend", "description"), rows))
    for line in dict.fromkeys(_made_by(model["capabilities"]) for model in entries):
        message(line)


def _made_by(capabilities: dict[str, Any]) -> str:
    """Return who makes the videos, what that can do, and the licence, in a line."""
    engine = capabilities.get("engine_model")
    backend = f"{capabilities['backend']} ({engine})" if engine else capabilities["backend"]
    if capabilities.get("unavailable"):
        return f"{backend} {capabilities['unavailable']}"
    derived = [operation for operation in capabilities["operations"] if operation != "create"]
    can = ", ".join([*capabilities["modes"], *derived]).replace("_", " ")
    licence = f"; licence: {capabilities['licence']}" if capabilities.get("licence") else ""
    return f"{backend}: {can}{licence}"


def doctor(config: Annotated[Path | None, typer.Option("--config", help="path of a grok-video.toml")] = None) -> None:
    """Check what the server needs, and say how to fix what is missing."""
    from .diagnosis import diagnose
    from .starting import explained

    healthy = True
    with explained():
        findings = list(diagnose(config))
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL' if finding.required else 'note'}  {finding.name}: {finding.text}")
        if not finding.ok and finding.fix:
            print(f"      → {finding.fix}")
        healthy = healthy and (finding.ok or not finding.required)
    raise typer.Exit(0 if healthy else 1)


def mcp(
    http: Annotated[bool, typer.Option("--http", help="streamable HTTP instead of stdio")] = False,
    host: Annotated[str, typer.Option(help="address to listen on, with --http")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on, with --http")] = 8765,
    own_key: Annotated[
        bool, typer.Option("--own-key", help="with --http: callers on this machine that send no key use yours")
    ] = False,
) -> None:
    """Serve videos as tools for AI assistants over MCP; needs the extra `mcp`.

    It uses the server at GROK_VIDEO_BASE_URL. Over HTTP, callers send their own API key as `Authorization: Bearer KEY`.
    """
    # Its client reports every request; assistants show what a server prints to stderr.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        from ..mcp import Access, build_server
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "mcp":
            raise
        message("grok-video: this command needs the mcp package: pip install 'grok-video[mcp]'")
        raise typer.Exit(1) from None
    if not http:
        connection = find_connection()
        build_server(Access(connection.base_url, connection.api_key, local_files=True)).run("stdio")
        return
    if own_key and host not in ("127.0.0.1", "localhost", "::1"):
        raise typer.BadParameter(
            "your key may be used on this machine only: listen on 127.0.0.1", param_hint="--own-key"
        )
    message(f"MCP on http://{host}:{port}/mcp (Ctrl-C to stop)")
    build_server(Access(None, find_connection().api_key if own_key else None, local_files=False)).run(
        "streamable-http", host=host, port=port
    )


def demo(
    out: Annotated[Path, typer.Option("--out", help="folder for the videos and the contact sheet")] = Path("out"),
) -> None:
    """Start a temporary server and create one video per mode and operation, through both formats."""
    from .demo import run_demo

    run_demo(out)
