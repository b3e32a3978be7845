"""`serve` and `worker`, the commands that load the server."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import uvicorn

from ..bootstrap import Container, build, http_parts, operator_key_file, operator_ticket
from ..domain.errors import CannotStart
from ..http.app import create_app
from ..http.connections import ConnectionLimits, Connections, LimitedProtocol
from ..settings import Settings, default_data_dir
from ..telemetry import configure_logging
from .output import message, program
from .starting import (
    LOOPBACK_HOSTS,
    check_api_key,
    check_data_dir,
    check_media_folder,
    check_memory,
    explained,
    listen,
    raise_descriptors,
    read_settings,
)

# Longer than clients (httpx 5 s, browsers and most balancers 60 s) keep an idle connection, so that it is the client
# that closes it: a server that closes first loses the request that is on its way just then.
KEEP_ALIVE_SECONDS = 75
DEFAULT_PORT = 8000
MAX_CONNECTIONS = 8192
# Files, the database, upstreams and children need some of them too.
OTHER_DESCRIPTORS = 256


def serve(config: Path | None, worker: bool, flags: dict[str, Any], on_ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `on_ready` is called with a greeting once requests are accepted."""
    with explained():
        settings = read_settings(config, flags)
        configure_logging(settings.log_level)
        check_api_key(settings)
        # Before anything is made: a server without a port must leave nothing behind.
        with closing(listen(settings.host, settings.port)) as listener:
            check_data_dir(settings.data_dir)
            check_media_folder(settings.media_folder)
            if worker:
                check_memory(settings)
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                runner.run(_serve(settings, worker, listener, on_ready))


async def _serve(settings: Settings, worker: bool, listener: socket.socket, on_ready: Callable[[str], None]) -> None:
    container = build(settings, worker=worker)
    secret = await container.start()
    try:
        if secret is not None:
            _show_key(secret, settings)
        app = create_app(http_parts(container))
        connections = Connections(_limits(settings))
        sweeping = asyncio.create_task(connections.sweep())
        server = _Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                lifespan="off",
                http=cast("type[asyncio.Protocol]", partial(LimitedProtocol, connections)),
                ws="none",
                forwarded_allow_ips=[*LOOPBACK_HOSTS, *settings.trusted_proxies],
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=3,
                server_header=False,
            )
        )
        _on_stop_signals(server.stop)
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if server.started:
            host, port = listener.getsockname()[:2]
            base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            link = await _sign_in_link(container, base)
            on_ready(_greeting(base, link, settings))
        await serving
        sweeping.cancel()
    finally:
        await container.stop()


def work(config: Path | None, flags: dict[str, Any], on_ready: Callable[[str], None]) -> None:
    """Take tasks from the queue until SIGINT or SIGTERM."""
    with explained():
        settings = read_settings(config, flags)
        configure_logging(settings.log_level)
        check_data_dir(settings.data_dir)
        check_media_folder(settings.media_folder)
        check_memory(settings)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_work(settings, on_ready))


async def _work(settings: Settings, on_ready: Callable[[str], None]) -> None:
    container = build(settings)
    if not container.taken:
        lacking = "; ".join(f"{name}: {container.backends[name].lacks}" for name in settings.worker_names)
        raise CannotStart(f"There is nothing that this worker could make. {lacking}.")
    secret = await container.start()
    try:
        if secret is not None:
            _show_key(secret, settings)
        stop = asyncio.Event()
        _on_stop_signals(stop.set)
        on_ready(", ".join(container.taken))
        await stop.wait()
    finally:
        await container.stop()


class _Server(uvicorn.Server):
    """A uvicorn that leaves signals to us: its own handling ends the process before tasks are requeued."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture no signals."""
        yield

    def stop(self) -> None:
        """Finish the current requests, then return; at a second call, return at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


def _on_stop_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _limits(settings: Settings) -> ConnectionLimits:
    """Return how many connections this process takes; its limit of file descriptors is raised as far as allowed."""
    total = settings.max_connections or min(MAX_CONNECTIONS, raise_descriptors() - OTHER_DESCRIPTORS)
    return ConnectionLimits(
        max(total, 16), settings.max_connections_per_address, exempt=tuple(settings.trusted_proxies)
    )


def _show_key(secret: str, settings: Settings) -> None:
    """Show the new operator's key at a terminal; elsewhere it would stay in a log."""
    if sys.stderr.isatty():
        message(f"First start. Your API key, shown only once:\n  {secret}")
    else:
        message(f"First start. Your API key is in {operator_key_file(settings.data_dir)}")


def _greeting(base: str, link: str | None, settings: Settings) -> str:
    """Return what a server says once requests are accepted."""
    # A command finds the default address and folder by itself.
    places = [f"GROK_VIDEO_BASE_URL={base}"] if settings.port != DEFAULT_PORT else []
    places += [f"GROK_VIDEO_DATA_DIR={settings.data_dir}"] if settings.data_dir != default_data_dir() else []
    open_studio = " ".join([*places, program(), "open"])
    key_file = operator_key_file(settings.data_dir)
    lines = [f"Grok Video API on {base}/v1 (Ctrl-C to stop)"]
    if link is None:
        lines.append(f"Studio:   {base}/ (a link that signs in: {open_studio})")
    else:
        lines.append(f"Studio:   {link}")
        lines.append(f"          signs in, within one minute; later: {open_studio}")
    lines.append(f"API key:  {'the one in GROK_VIDEO_API_KEY' if settings.api_key else f'in {key_file}'}")
    return "\n".join(lines)


async def _sign_in_link(container: Container, base: str) -> str | None:
    """Return a link that opens the studio signed in; None where more than this machine could read it in a log."""
    local = container.settings.host in LOOPBACK_HOSTS or sys.stderr.isatty()
    ticket = await operator_ticket(container) if local else None
    return f"{base}/#ticket={ticket}" if ticket else None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    import uvloop

    return uvloop.new_event_loop
