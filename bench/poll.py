"""The cost of ten thousand tasks that wait for an upstream: one poll loop in one worker."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from . import Row, Server, running

TASKS = 10_000
WINDOW_SECONDS = 30.0
FILL_SECONDS = 900.0
CPU_TARGET, MEMORY_TARGET = 100 / 3, 250.0
UPSTREAM = ("bench.poll", "upstream")
CONFIG = f"""
backend = "xai"
max_queued = {TASKS * 2}
drain_seconds = 0
[backends.xai]
api_key = "bench"
requests_per_minute = 1000000
at_once = {TASKS}
"""


def measure(rounds: int) -> list[Row]:
    """Fill one worker with waiting tasks and measure it in several windows."""
    with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as folder:
        data = Path(folder)
        config = data / "grok-video.toml"
        with running(*UPSTREAM, log=data / "upstream.log") as upstream:
            address = f'base_url = "http://{upstream.host}:{upstream.port}/v1"'
            config.write_text(CONFIG + address, encoding="utf-8")
            serve = ("grok_video", "serve", "--port", "0", "--data-dir", folder, "--config", str(config))
            with running(*serve, log=data / "serve.log") as server:
                began = time.monotonic()
                asyncio.run(_fill(server, (data / "operator-key").read_text(encoding="utf-8").strip()))
                _wait(lambda: _count(data, "SELECT COUNT(*) FROM paid_call WHERE upstream_id IS NOT NULL") >= TASKS)
                filled = time.monotonic() - began
                time.sleep(WINDOW_SECONDS)
                windows = [_window(server, upstream, data) for _ in range(rounds)]
    return [
        Row("waiting tasks", [float(TASKS)], "count"),
        Row("accepted, sent and waiting after", [filled], "s"),
        Row("CPU of the serve process", [window["cpu"] for window in windows], "% of a core", CPU_TARGET),
        Row("RSS of the serve process", [window["rss"] for window in windows], "MB", MEMORY_TARGET),
        Row("PSS of the whole tree", [window["pss"] for window in windows], "MB"),
        Row("polls", [window["polls"] for window in windows], "per s"),
        Row("rows written", [window["rows"] for window in windows], "per s"),
    ]


async def _fill(server: Server, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    body = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1}
    async with httpx2.AsyncClient(base_url=f"http://{server.host}:{server.port}", headers=headers, timeout=60) as http:

        async def some(count: int) -> None:
            for _ in range(count):
                (await http.post("/v1/videos", json=body)).raise_for_status()

        await asyncio.gather(*[some(TASKS // 8) for _ in range(8)])


def _window(server: Server, upstream: Server, data: Path) -> dict[str, float]:
    process = server.tree()[0]
    polls, rows, times, began = _polls(upstream), _rows(data), process.cpu_times(), time.perf_counter()
    time.sleep(WINDOW_SECONDS)
    took, after = time.perf_counter() - began, process.cpu_times()
    return {
        "cpu": 100 * (after.user + after.system - times.user - times.system) / took,
        "rss": process.memory_info().rss / 1e6,
        "pss": sum(process.memory_full_info().pss for process in server.tree()) / 1e6,
        "polls": (_polls(upstream) - polls) / took,
        "rows": (_rows(data) - rows) / took,
    }


def _polls(upstream: Server) -> int:
    return int(httpx2.get(f"http://{upstream.host}:{upstream.port}/count").json())


def _rows(data: Path) -> int:
    """Count the changes of rows: each draws a number of its owner."""
    return _count(data, "SELECT SUM(changes) FROM api_key")


def _count(data: Path, statement: str) -> int:
    connection = sqlite3.connect(f"file:{data / 'grok-video.db'}?mode=ro", uri=True, timeout=30)
    try:
        return int(connection.execute(statement).fetchone()[0] or 0)
    finally:
        connection.close()


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + FILL_SECONDS
    while not until():
        if time.monotonic() > deadline:
            raise RuntimeError("the tasks did not reach the upstream in time")
        time.sleep(1)


class _Upstream:
    """Accepts everything and finishes nothing; a job's progress grows by one percent at each poll."""

    def __init__(self) -> None:
        self.looks: dict[str, int] = {}
        self.polls = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path: str = scope["path"]
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
            name = f"job-{len(self.looks)}"
            self.looks[name] = 0
            await _say(send, 200, b'{"request_id":"%s"}' % name.encode())
        elif path == "/readyz":
            await _say(send, 200, b"{}")
        elif path == "/count":
            await _say(send, 200, b"%d" % self.polls)
        else:
            self.polls += 1
            name = path.rpartition("/")[2]
            self.looks[name] = min(99, self.looks.get(name, 0) + 1)
            await _say(send, 202, b'{"status":"pending","progress":%d}' % self.looks[name])


async def _say(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _serve_upstream() -> None:
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(_Upstream(), port=0, log_level="warning", access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    print(f"upstream on http://{host}:{port}", file=sys.stderr, flush=True)
    await serving


if __name__ == "__main__":
    asyncio.run(_serve_upstream())
