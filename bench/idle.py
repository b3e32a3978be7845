"""The cost of an idle server against a bare one: start, memory, CPU."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import Row, Server, ratios, running

SETTLE_SECONDS = 5.0
WINDOW_SECONDS = 10.0
START_TARGET, MEMORY_TARGET, CPU_TARGET = 3.0, 250.0, 5.0
MEGABYTE = 1e6
BARE = ("bench.idle", "bare")
READY_JSON = b'{"id":"' + b"x" * 341 + b'"}'


class _Idle:
    """One start: its duration, the memory after five idle seconds, and the CPU of ten seconds."""

    def __init__(self, server: Server) -> None:
        self.start = server.ready_seconds
        time.sleep(SETTLE_SECONDS)
        full = [process.memory_full_info() for process in server.tree()]
        self.alone = full[0].rss / MEGABYTE
        self.rss = sum(memory.rss for memory in full) / MEGABYTE
        self.pss = sum(memory.pss for memory in full) / MEGABYTE
        self.uss = sum(memory.uss for memory in full) / MEGABYTE
        self.processes = len(full)
        before, began = server.cpu(), time.perf_counter()
        time.sleep(WINDOW_SECONDS)
        self.cpu = (server.cpu() - before) / (time.perf_counter() - began) * 100


def measure(rounds: int) -> list[Row]:
    """Start this server, on a folder that it has used before, and the bare one in turn."""
    ours: list[_Idle] = []
    bare: list[_Idle] = []
    worked: list[float] = []
    with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as folder:
        data = Path(folder)
        serve = ("grok_video", "serve", "--port", "0", "--data-dir", folder)
        with running(*serve, log=data / "serve.log") as server:
            first = server.ready_seconds
        for _ in range(rounds):
            with running(*serve, log=data / "serve.log") as server:
                ours.append(_Idle(server))
                # For the first video the process loads the vocabulary: shown, but not idle.
                server.make_video((data / "operator-key").read_text(encoding="utf-8").strip())
                worked.append(server.tree()[0].memory_info().rss / MEGABYTE)
            with running(*BARE, log=data / "bare.log") as other:
                bare.append(_Idle(other))
    return [*_against(ours, bare), *_absolute(ours, bare, first, worked)]


def _against(ours: Sequence[_Idle], bare: Sequence[_Idle]) -> list[Row]:
    return [
        Row("warm start until /readyz is 200 / bare", ratios([our.start for our in ours], [our.start for our in bare])),
        Row("RSS of the serve process / bare", ratios([our.alone for our in ours], [our.alone for our in bare])),
        Row("PSS of the whole tree / bare", ratios([our.pss for our in ours], [our.pss for our in bare])),
    ]


def _absolute(ours: Sequence[_Idle], bare: Sequence[_Idle], first: float, worked: Sequence[float]) -> list[Row]:
    return [
        Row("warm start until /readyz is 200", [our.start for our in ours], "s", START_TARGET),
        Row("first start, on an empty folder", [first], "s"),
        Row("start: bare", [run.start for run in bare], "s"),
        Row("RSS of the serve process", [our.alone for our in ours], "MB", MEMORY_TARGET),
        Row("RSS of the whole tree, shared pages counted again", [our.rss for our in ours], "MB"),
        Row("PSS of the whole tree", [our.pss for our in ours], "MB", MEMORY_TARGET),
        Row("USS of the whole tree", [our.uss for our in ours], "MB"),
        Row("processes in the tree", [our.processes for our in ours], "count"),
        Row("RSS of the serve process after its first video", worked, "MB"),
        Row("RSS: bare", [run.alone for run in bare], "MB"),
        Row("CPU of the whole tree", [our.cpu for our in ours], "% of a core", CPU_TARGET),
        Row("CPU: bare", [run.cpu for run in bare], "% of a core"),
    ]


async def _answer(_scope: Any, _receive: Any, send: Any) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(READY_JSON))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": READY_JSON})


async def _serve_bare() -> None:
    import uvicorn

    # The settings of `serve`, with the parser named.
    config = uvicorn.Config(
        _answer,
        port=0,
        http="httptools",
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    print(f"bare on http://{host}:{port}", file=sys.stderr, flush=True)
    await serving


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_bare())
