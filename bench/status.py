"""The cost of a status read against a bare ASGI function on the same uvicorn.

Of one task again and again, of thousands in turn, and of thousands in turn while another process commits.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

from . import Row, Server, ratios, running
from .idle import BARE

WINDOW_SECONDS = 4.0
CONNECTIONS = 32
TASKS = 3000
COMMITS_PER_SECOND = 10
TARGET = 3.0
TARGET_IN_TURN = 2.5
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class _Window:
    """One server's idle window and the load window right after it."""

    def __init__(self, server: Server, paths: Path, key: str) -> None:
        before, began = server.cpu(), time.perf_counter()
        time.sleep(WINDOW_SECONDS)
        between, middle = server.cpu(), time.perf_counter()
        self.requests, self.body = _load(server, paths, key, WINDOW_SECONDS)
        after, ended = server.cpu(), time.perf_counter()
        self.seconds = ended - middle
        self.idle_share = (between - before) / (middle - began)
        self.busy_share = (after - between) / self.seconds
        self.raw = (after - between) / self.requests
        self.net = self.raw - self.idle_share * self.seconds / self.requests


def measure(rounds: int) -> list[Row]:
    """Load this server, in three ways, and the bare one in turn, each right after its own idle window."""
    names = ("one task", f"{TASKS} tasks", f"{TASKS} tasks and commits", "bare")
    windows: dict[str, list[_Window]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as folder:
        data = Path(folder)
        serve = ("grok_video", "serve", "--backend", "fake", "--port", "0", "--data-dir", folder)
        with running(*serve, log=data / "serve.log") as server, running(*BARE, log=data / "bare.log") as other:
            key = (data / "operator-key").read_text(encoding="utf-8").strip()
            one, many = data / "one.txt", data / "many.txt"
            one.write_text(server.make_video(key), encoding="utf-8")
            with closing(sqlite3.connect(data / "grok-video.db", timeout=30)) as database:
                many.write_text("\n".join(_copies(database)), encoding="utf-8")
            for side, paths in ((server, one), (server, many), (other, one)):
                _load(side, paths, key, 2.0)
            for _ in range(rounds):
                windows["one task"].append(_Window(server, one, key))
                windows[names[1]].append(_Window(server, many, key))
                with _commits(data / "grok-video.db"):
                    windows[names[2]].append(_Window(server, many, key))
                windows["bare"].append(_Window(other, one, key))
    net, raw = "CPU per request, idle taken off", "CPU per request, idle included"
    bare = windows["bare"]
    rows: list[Row] = []
    for name, target in zip(names[:3], (TARGET, TARGET_IN_TURN, None), strict=True):
        measured = ratios([window.net for window in windows[name]], [window.net for window in bare])
        rows.append(Row(f"{net}: {name} / bare", measured, target=target))
        rows.append(Row(f"{raw}: {name} / bare", ratios([it.raw for it in windows[name]], [it.raw for it in bare])))
    for name in names:
        rows += [
            Row(f"{net}: {name}", [window.net * 1e6 for window in windows[name]], "µs"),
            Row(f"idle CPU just before: {name}", [window.idle_share * 100 for window in windows[name]], "% of a core"),
            Row(f"CPU under load: {name}", [window.busy_share * 100 for window in windows[name]], "% of a core"),
            Row(f"requests per second: {name}", [it.requests / it.seconds for it in windows[name]], "1/s"),
            Row(f"body: {name}", [window.body for window in windows[name]], "bytes"),
        ]
    return rows


def _copies(database: sqlite3.Connection) -> list[str]:
    """Copy the finished task's row under other ids and return the paths of the copies."""
    row = list(database.execute("SELECT * FROM task").fetchone())
    names = [column[1] for column in database.execute("PRAGMA table_info(task)")]
    ids = [uuid4().hex for _ in range(TASKS)]
    with database:
        for number, copy in enumerate(ids):
            values = {**dict(zip(names, row, strict=True)), "id": copy, "change": 1_000_000 + number}
            marks = ", ".join("?" * len(names))
            database.execute(f"INSERT INTO task ({', '.join(names)}) VALUES ({marks})", list(values.values()))
    return [f"/v1/videos/video_{copy}" for copy in ids]


@contextmanager
def _commits(path: Path) -> Generator[None]:
    """Let another connection commit something else, many times a second, as workers do."""
    ended = threading.Event()

    def commit() -> None:
        with closing(sqlite3.connect(path, timeout=30)) as database:
            database.execute("CREATE TABLE IF NOT EXISTS bench (number INTEGER)")
            while not ended.wait(1 / COMMITS_PER_SECOND):
                with database:
                    database.execute("INSERT INTO bench VALUES (1)")

    thread = threading.Thread(target=commit)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _load(server: Server, paths: Path, key: str, seconds: float) -> tuple[int, int]:
    """Let another process request the paths of a file; return the number of responses and the bytes of a body."""
    command = [sys.executable, "-m", "bench.status", server.host, str(server.port), str(paths), key, str(seconds)]
    value = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=seconds + 60).stdout.split()
    return int(value[0]), int(value[1])


class _Caller(asyncio.Protocol):
    """One keep-alive connection: the next request is sent after the last response."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self._requests, self._until = requests, until
        self._buffer = b""
        self.answered = self.body = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Send the first request."""
        self._transport = transport
        transport.write(next(self._requests))

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
            self._transport.write(next(self._requests))
        else:
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Raise an error if the server closed the connection."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("the server closed the connection"))


async def _call(host: str, port: int, paths: Path, key: str, seconds: float) -> None:
    ending = f" HTTP/1.1\r\nhost: {host}:{port}\r\nauthorization: Bearer {key}\r\n\r\n"
    requests = cycle([f"GET {path}{ending}".encode() for path in paths.read_text(encoding="utf-8").split()])
    until, loop = time.perf_counter() + seconds, asyncio.get_running_loop()
    created = [await loop.create_connection(lambda: _Caller(requests, until), host, port) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(caller.done for _, caller in created))
    print(sum(caller.answered for _, caller in created), created[0][1].body)


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_call(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], float(sys.argv[5])))
