"""The cost of a status read against a bare ASGI function on the same uvicorn."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from . import Row, Server, ratios, running
from .idle import BARE

WINDOW_SECONDS = 4.0
CONNECTIONS = 32
TARGET = 3.0
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class _Window:
    """One server's idle window and the load window right after it."""

    def __init__(self, server: Server, path: str, key: str) -> None:
        before, began = server.cpu(), time.perf_counter()
        time.sleep(WINDOW_SECONDS)
        between, middle = server.cpu(), time.perf_counter()
        self.requests, self.body = _load(server, path, key, WINDOW_SECONDS)
        after, ended = server.cpu(), time.perf_counter()
        self.seconds = ended - middle
        self.idle_share = (between - before) / (middle - began)
        self.busy_share = (after - between) / self.seconds
        self.raw = (after - between) / self.requests
        self.net = self.raw - self.idle_share * self.seconds / self.requests


def measure(rounds: int) -> list[Row]:
    """Load this server and the bare one in turn, each right after its own idle window."""
    ours: list[_Window] = []
    bare: list[_Window] = []
    with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as folder:
        data = Path(folder)
        serve = ("grok_video", "serve", "--backend", "fake", "--port", "0", "--data-dir", folder)
        with running(*serve, log=data / "serve.log") as server, running(*BARE, log=data / "bare.log") as other:
            key = (data / "operator-key").read_text(encoding="utf-8").strip()
            path = server.make_video(key)
            for side in (server, other):
                _load(side, path, key, 1.0)
            for _ in range(rounds):
                ours.append(_Window(server, path, key))
                bare.append(_Window(other, path, key))
    net, raw = "CPU per request, idle taken off", "CPU per request, idle included"
    rows = [
        Row(f"{net}: ours / bare", ratios([our.net for our in ours], [our.net for our in bare]), target=TARGET),
        Row(f"{raw}: ours / bare", ratios([our.raw for our in ours], [our.raw for our in bare])),
    ]
    for name, windows in (("ours", ours), ("bare", bare)):
        rows += [
            Row(f"{net}: {name}", [window.net * 1e6 for window in windows], "µs"),
            Row(f"{raw}: {name}", [window.raw * 1e6 for window in windows], "µs"),
            Row(f"idle CPU just before: {name}", [window.idle_share * 100 for window in windows], "% of a core"),
            Row(f"CPU under load: {name}", [window.busy_share * 100 for window in windows], "% of a core"),
            Row(f"requests per second: {name}", [window.requests / window.seconds for window in windows], "1/s"),
            Row(f"body: {name}", [window.body for window in windows], "bytes"),
        ]
    return rows


def _load(server: Server, path: str, key: str, seconds: float) -> tuple[int, int]:
    """Let another process send requests; return the number of responses and the bytes of a body."""
    command = [sys.executable, "-m", "bench.status", server.host, str(server.port), path, key, str(seconds)]
    value = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=seconds + 60).stdout.split()
    return int(value[0]), int(value[1])


class _Caller(asyncio.Protocol):
    """One keep-alive connection: the next request is sent after the last response."""

    def __init__(self, request: bytes, until: float) -> None:
        self._request, self._until = request, until
        self._buffer = b""
        self.answered = self.body = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Send the first request."""
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Count a whole response and send the next request, until the time is over."""
        self._buffer += data
        head, _, body = self._buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None or len(body) < int(length[1]):
            return
        if not head.startswith(b"HTTP/1.1 200 "):
            self.done.set_exception(RuntimeError(self._buffer.decode(errors="replace")))
            self._transport.close()
            return
        self._buffer = b""
        self.answered, self.body = self.answered + 1, len(body)
        if time.perf_counter() < self._until:
            self._transport.write(self._request)
        else:
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Raise an error if the server closed the connection."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("the server closed the connection"))


async def _call(host: str, port: int, path: str, key: str, seconds: float) -> None:
    request = f"GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\nauthorization: Bearer {key}\r\n\r\n".encode()
    until, loop = time.perf_counter() + seconds, asyncio.get_running_loop()
    created = [await loop.create_connection(lambda: _Caller(request, until), host, port) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(caller.done for _, caller in created))
    print(sum(caller.answered for _, caller in created), created[0][1].body)


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_call(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], float(sys.argv[5])))
