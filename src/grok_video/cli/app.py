"""The commands, and how their errors become exit codes."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from .. import __version__
from ..client import AuthenticationError, ConnectionFailed, GrokVideoError, WaitTimeout
from . import access, account, admin, browse, comfyui, maintenance, scenes, storage, videos
from .commands import Commands
from .options import Config, DatabaseUrl, DataDir
from .output import message

app = Commands(name="grok-video")
videos.register(app)
browse.register(app)
scenes.register(app)

BackendName = Annotated[
    str | None, typer.Option("--backend", metavar="NAME", help="backend of models without a route of their own")
]
Concurrency = Annotated[
    int | None, typer.Option("--concurrency", metavar="N", min=1, help="concurrent tasks; default: number of cores")
]


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"grok-video {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="show the version and exit")
    ] = False,
    profile: Annotated[
        str | None, typer.Option("--profile", help="server and key that `grok-video login` stored under this name")
    ] = None,
) -> None:
    """Make videos with the Grok Video API, and serve it.

    The default backend, the animatic, is procedural previz, not generative AI.
    """
    if profile is not None:
        # The flag wins over the environment, which must not lead to another server.
        os.environ["GROK_VIDEO_PROFILE"] = profile
        for name in ("GROK_VIDEO_BASE_URL", "GROK_VIDEO_API_KEY"):
            os.environ.pop(name, None)


def serve(
    config: Config = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    backend: BackendName = None,
    concurrency: Concurrency = None,
    host: Annotated[str | None, typer.Option(help="address to listen on; default 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on; default 8000, 0 for any")] = None,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="also render videos in this process")] = True,
    worker_backends: Annotated[
        str | None, typer.Option("--worker-backends", metavar="NAMES", help="backends of this process; default: all")
    ] = None,
) -> None:
    """Serve the API and the studio, with an embedded worker."""
    from .serving import serve as run_server

    flags = _flags(
        data_dir=data_dir, database_url=database_url, backend=backend, concurrency=concurrency, host=host, port=port,
        worker_backends=worker_backends,
    )  # fmt: skip
    run_server(
        config,
        worker,
        flags,
        message,
    )


def worker(
    config: Config = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    backend: BackendName = None,
    concurrency: Concurrency = None,
    backends: Annotated[
        str | None,
        typer.Option("--backends", metavar="NAMES", help="take the tasks of these backends only, comma-separated"),
    ] = None,
) -> None:
    """Render videos for a server that uses the same database and storage."""
    from .serving import work

    flags = _flags(
        data_dir=data_dir, database_url=database_url, backend=backend, concurrency=concurrency,
        worker_backends=backends,
    )  # fmt: skip
    work(config, flags, lambda backends: message(f"Worker for {backends} is ready (Ctrl-C to stop)"))


app.add(serve, panel="Run a server")
app.add(worker, panel="Run a server")
admin.register(app)
comfyui.register(app)
storage.register(app)
maintenance.register(app)
access.register(app)
account.register(app)


def _flags(**flags: Any) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}


def run() -> None:
    """Run the command line; errors become a line on stderr and an exit code (docs/reference/cli.md)."""
    try:
        app(standalone_mode=True)
    except WaitTimeout as error:
        _stop(str(error), 124)
    except AuthenticationError as error:
        if error.status is None:
            # It was found before any request, and says itself what to do.
            _stop(str(error), 4)
        _stop(
            f"{error}\nSet GROK_VIDEO_API_KEY, run `grok-video login`, or run this command on the server's machine "
            "with the same data folder.",
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
