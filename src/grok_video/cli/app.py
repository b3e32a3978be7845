"""The commands, and how their errors become exit codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import __version__
from ..client import AuthenticationError, ConnectionFailed, GrokVideoError, WaitTimeout
from . import admin, browse, videos
from .output import message

app = typer.Typer(
    name="grok-video",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
videos.register(app)
browse.register(app)
admin.register(app)

Config = Annotated[Path | None, typer.Option("--config", help="path of a grok-video.toml")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="folder for all data")]
DatabaseUrl = Annotated[str | None, typer.Option("--database-url", help="sqlite:///… or postgresql://…")]
BackendName = Annotated[str | None, typer.Option("--backend", help="backend of models without a route of their own")]
Concurrency = Annotated[
    int | None, typer.Option("--concurrency", min=1, help="concurrent tasks; default: number of cores")
]


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"grok-video {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="show the version and exit")
    ] = False,
) -> None:
    """Make videos with the Grok Video API, and serve it.

    The default backend, the animatic, is procedural previz, not generative AI.
    """


@app.command()
def serve(
    config: Config = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    backend: BackendName = None,
    concurrency: Concurrency = None,
    host: Annotated[str | None, typer.Option(help="address to listen on; default 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on; default 8000, 0 for any")] = None,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="also render videos in this process")] = True,
) -> None:
    """Serve the API and the studio, with an embedded worker."""
    from .serving import serve as run_server

    flags = _flags(
        data_dir=data_dir, database_url=database_url, backend=backend, concurrency=concurrency, host=host, port=port
    )
    run_server(
        config,
        worker,
        flags,
        lambda address: message(f"Grok Video API on {address}/v1, studio on {address}/ (Ctrl-C to stop)"),
    )


@app.command()
def worker(
    config: Config = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    backend: BackendName = None,
    concurrency: Concurrency = None,
) -> None:
    """Render videos for a server that uses the same database and storage."""
    from .serving import work

    flags = _flags(data_dir=data_dir, database_url=database_url, backend=backend, concurrency=concurrency)
    work(config, flags, lambda backends: message(f"Worker for {backends} is ready (Ctrl-C to stop)"))


def _flags(**flags: Any) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}


def run() -> None:
    """Run the command line; errors become a line on stderr and an exit code (docs/reference/cli.md)."""
    try:
        app(standalone_mode=True)
    except WaitTimeout as error:
        _stop(str(error), 124)
    except AuthenticationError as error:
        _stop(
            f"{error}\nSet GROK_VIDEO_API_KEY, or run this command on the server's machine with the same data folder.",
            4,
        )
    except ConnectionFailed as error:
        _stop(f"{error}\nStart it with `grok-video serve`, or set GROK_VIDEO_BASE_URL to its URL.", 1)
    except (GrokVideoError, OSError, ValueError) as error:
        _stop(str(error), 1)
    except KeyboardInterrupt:
        _stop("interrupted", 130)


def _stop(text: str, code: int) -> None:
    message(f"grok-video: {text}")
    sys.exit(code)
