"""The commands, and what they have in common."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..client import AuthenticationError, ConnectionFailed, GrokVideoError, WaitTimeout
from . import library, operating, videos
from .output import say

app = typer.Typer(
    name="grok-video",
    help="Make videos through the Grok Video API, and serve it. "
    "The default backend, the animatic, is procedural previz, no generative AI.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
videos.register(app)
library.register(app)
operating.register(app)

Config = Annotated[Path | None, typer.Option("--config", help="a grok-video.toml")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="folder for everything that is kept")]
DatabaseUrl = Annotated[str | None, typer.Option("--database-url", help="sqlite:///… or postgresql://…")]
BackendName = Annotated[str | None, typer.Option("--backend", help="backend of every model without a route")]
Concurrency = Annotated[int | None, typer.Option("--concurrency", min=1, help="tasks at once; default: cores")]


@app.command()
def serve(
    config: Config = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    backend: BackendName = None,
    concurrency: Concurrency = None,
    host: Annotated[str | None, typer.Option(help="address to listen on; default 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on; default 8000, 0 for any")] = None,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="also make the videos here")] = True,
) -> None:
    """Serve the API, with an embedded worker."""
    from .serving import serve as run_server

    flags = _flags(
        data_dir=data_dir, database_url=database_url, backend=backend, concurrency=concurrency, host=host, port=port
    )
    run_server(
        config,
        worker,
        flags,
        lambda address: say(f"Grok Video API on {address}/v1, the studio on {address}/ (Ctrl-C stops it)"),
    )


@app.command()
def worker(
    config: Config = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    backend: BackendName = None,
    concurrency: Concurrency = None,
) -> None:
    """Make videos for a server that runs elsewhere on the same database and storage."""
    from .serving import work

    flags = _flags(data_dir=data_dir, database_url=database_url, backend=backend, concurrency=concurrency)
    work(config, flags, lambda backends: say(f"Worker for {backends} is ready (Ctrl-C stops it)"))


def _flags(**given: Any) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def run() -> None:
    """Run the command line; errors become a line on stderr and an exit code (design.md 5)."""
    try:
        app(standalone_mode=True)
    except WaitTimeout as error:
        _stop(str(error), 124)
    except AuthenticationError as error:
        _stop(f"{error}\nSet GROK_VIDEO_API_KEY, or run where the server's data folder is.", 4)
    except ConnectionFailed as error:
        _stop(f"{error}\nStart it with `grok-video serve`, or set GROK_VIDEO_BASE_URL to where it is.", 1)
    except (GrokVideoError, OSError, ValueError) as error:
        _stop(str(error), 1)
    except KeyboardInterrupt:
        _stop("interrupted", 130)


def _stop(message: str, code: int) -> None:
    say(f"grok-video: {message}")
    sys.exit(code)
