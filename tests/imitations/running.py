"""An ASGI application behind a real socket, in a thread of the test process, that can die and come back."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Self

import uvicorn

START_SECONDS = 10
RESET = struct.pack("ii", 1, 0)


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it listens and that ends by cutting everything off.

    Off the main thread, uvicorn leaves the signal handlers alone by itself.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.servers = []
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        self.loop = asyncio.get_running_loop()
        self.leaving = asyncio.Event()
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Wait to be told to leave, without ticking."""
        await self.on_tick(0)
        await self.leaving.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Cut everything off: nothing is finished politely here."""
        self.cut()
        await self.lifespan.shutdown()

    def cut(self) -> None:
        """Close the listening socket, reset every connection and leave; only in the loop's own thread."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            _reset(connection.transport)
        self.leaving.set()


class Background:
    """A context manager that runs an ASGI application on a free port of 127.0.0.1; with websockets on request."""

    def __init__(
        self, app: Callable[..., Any], *, lifespan: Literal["on", "off"] = "off", websockets: bool = False
    ) -> None:
        self.app = app
        self.lifespan = lifespan
        self.websockets = websockets
        self.port = 0
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        """Check whether it listens."""
        return self._server is not None

    def __enter__(self) -> Self:
        self.revive()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def revive(self) -> None:
        """Listen, on the same port as before if there was one."""
        if self.alive:
            return
        self._join()
        # Only with the protocol named does asyncio switch off Nagle's delay on what is accepted.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self.port))
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        server = _Server(self._config())
        self._thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        if not server.ready.wait(START_SECONDS):
            raise RuntimeError("the application did not start")
        self._server = server

    def die(self) -> None:
        """Stop listening and reset every connection at once, from whatever thread."""
        server, self._server = self._server, None
        if server is None:
            return
        if threading.current_thread() is self._thread:
            server.cut()
            return
        done = threading.Event()

        def cut() -> None:
            server.cut()
            done.set()

        server.loop.call_soon_threadsafe(cut)
        done.wait(START_SECONDS)

    def stop(self) -> None:
        """Die, and wait until the thread is gone."""
        self.die()
        self._join()

    def reset(self, scope: dict[str, Any]) -> None:
        """Reset the connection of a request; only from within the application."""
        if transport := self._transport(scope):
            _reset(transport)

    def hang_up(self, scope: dict[str, Any]) -> None:
        """Close the connection of a request after what was sent so far; only from within the application."""
        if transport := self._transport(scope):
            transport.close()

    def _transport(self, scope: dict[str, Any]) -> asyncio.Transport | None:
        connections = self._server.server_state.connections if self._server else ()
        return next((each.transport for each in connections if each.client == tuple(scope["client"])), None)

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self.app, loop="asyncio", http="h11", ws="websockets-sansio" if self.websockets else "none",
            lifespan=self.lifespan, log_config=None, log_level="critical", access_log=False, server_header=False,
            date_header=False, timeout_keep_alive=60,
        )  # fmt: skip

    def _join(self) -> None:
        if self._thread is not None:
            self._thread.join(START_SECONDS)
            self._thread = None


def _reset(transport: asyncio.Transport) -> None:
    """Close a connection with RST instead of FIN."""
    if connection := transport.get_extra_info("socket"):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    transport.abort()
