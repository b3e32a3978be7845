"""The cost of two thousand open event streams in one process: memory, and what status reads notice of them."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from . import Row, Server, ratios, running

STREAMS = 2_000
READS = 400
KIB_TARGET = 60.0
# As much as the noise of these machines.
P99_TARGET = 1.5
AT_ONCE = 100


def measure(rounds: int) -> list[Row]:
    """Read statuses without and with the streams in turn; each stream is told of a new task at the end."""
    # A server of its own each time: memory that was used before is not grown again.
    found = [_measured() for _ in range(rounds)]
    without, during = [each["without"] for each in found], [each["during"] for each in found]
    return [
        Row("memory of a stream", [each["kib"] for each in found], "KiB", KIB_TARGET),
        Row("p99 of status reads: with streams / without", ratios(during, without), target=P99_TARGET),
        Row("p99 of status reads: without", [1000 * value for value in without], "ms"),
        Row("p99 of status reads: with streams", [1000 * value for value in during], "ms"),
        Row("streams told of a new task", [each["told"] for each in found], "count", float(STREAMS), at_least=True),
        Row("until all were told", [each["seconds"] for each in found], "s"),
    ]


def _measured() -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as folder:
        data = Path(folder)
        serve = ("grok_video", "serve", "--backend", "fake", "--port", "0", "--data-dir", folder)
        with running(*serve, log=data / "serve.log") as server:
            key = (data / "operator-key").read_text(encoding="utf-8").strip()
            return asyncio.run(_round(server, key, server.make_video(key)))


async def _round(server: Server, key: str, path: str) -> dict[str, float]:
    process = server.tree()[0]
    await _p99(server, key, path)
    without, before = await _p99(server, key, path), process.memory_info().rss
    streams: list[asyncio.StreamReader] = []
    writers: list[asyncio.StreamWriter] = []
    for begin in range(0, STREAMS, AT_ONCE):
        opened = await asyncio.gather(*[_open(server, key) for _ in range(begin, min(STREAMS, begin + AT_ONCE))])
        streams += [reader for reader, _ in opened]
        writers += [writer for _, writer in opened]
    await asyncio.sleep(2)
    kib = (process.memory_info().rss - before) / 1024 / STREAMS
    during = await _p99(server, key, path)
    began = time.perf_counter()
    telling = [asyncio.create_task(_told(reader)) for reader in streams]
    await asyncio.to_thread(server.make_video, key)
    told = sum(await asyncio.gather(*telling))
    seconds = time.perf_counter() - began
    for writer in writers:
        writer.close()
    await asyncio.sleep(2)
    return {"without": without, "during": during, "kib": kib, "told": float(told), "seconds": seconds}


async def _open(server: Server, key: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a stream and read until its first event number."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(_request(server, key, "/v1/events"))
    await reader.readuntil(b"id: ")
    return reader, writer


async def _told(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(60):
            await reader.readuntil(b"event: task")
        return True
    except (TimeoutError, asyncio.IncompleteReadError):
        return False


async def _p99(server: Server, key: str, path: str) -> float:
    """Return the 99th percentile of a status read's seconds, one after the other."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    times: list[float] = []
    for _ in range(READS):
        began = time.perf_counter()
        writer.write(_request(server, key, path))
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        times.append(time.perf_counter() - began)
    writer.close()
    return quantiles(times, n=100)[98]


def _request(server: Server, key: str, path: str) -> bytes:
    host = f"{server.host}:{server.port}"
    return f"GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n\r\n".encode()
