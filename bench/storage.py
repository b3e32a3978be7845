"""The storage in S3 against that in a folder, side by side: our CPU and the time of each operation.

S3 is moto on the same machine, in a process of its own: it says what our side costs, not how fast a bucket is.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.imitations.s3 import S3

from grok_video.ports import Storage
from grok_video.storage.folder import FolderStorage
from grok_video.storage.urls import RemoteOptions, open_storage

from . import Row, ratios

VIDEO_BYTES = 4 << 20
RANGE_BYTES = 64 << 10
TIMES = 20


def measure(rounds: int) -> list[Row]:
    """Measure both in turn."""
    return asyncio.run(_measure(rounds))


async def _measure(rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as name, S3(signed=False) as s3:
        os.environ |= s3.environment
        sides: dict[str, Storage] = {
            "folder": FolderStorage(Path(name) / "folder"),
            "S3": open_storage(s3.url(), RemoteOptions(Path(name) / "scratch")),
        }
        found: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for _ in range(rounds):
            for side, storage in sides.items():
                for operation, cost in (await _operations(storage)).items():
                    found.setdefault((operation, side), []).append(cost)
    rows: list[Row] = []
    for operation in dict.fromkeys(name for name, _ in found):
        folder, bucket = found[operation, "folder"], found[operation, "S3"]
        rows.append(Row(f"CPU of {operation}: S3 / folder", ratios([it[0] for it in bucket], [it[0] for it in folder])))
        for side, costs in (("folder", folder), ("S3", bucket)):
            rows.append(Row(f"CPU of {operation}: {side}", [1000 * cost[0] for cost in costs], "ms"))
            rows.append(Row(f"time of {operation}: {side}", [1000 * cost[1] for cost in costs], "ms"))
    return rows


async def _operations(storage: Storage) -> dict[str, tuple[float, float]]:
    """Return the seconds of CPU and of time that each operation takes."""
    content = os.urandom(VIDEO_BYTES)

    async def put(number: int) -> None:
        file = storage.scratch(f"bench-{number}")
        file.write_bytes(content)
        await storage.put(f"media/{number}.mp4", file)

    async def read(number: int) -> None:
        if sum([len(chunk) async for chunk in storage.read(f"media/{number}.mp4")]) != VIDEO_BYTES:
            raise RuntimeError("the storage returned something else")

    async def read_range(number: int) -> None:
        start = VIDEO_BYTES // 2
        chunks = storage.read(f"media/{number}.mp4", start, start + RANGE_BYTES)
        if sum([len(chunk) async for chunk in chunks]) != RANGE_BYTES:
            raise RuntimeError("the storage returned something else")

    async def stat(number: int) -> None:
        await storage.stat(f"media/{number}.mp4")

    async def delete(number: int) -> None:
        await storage.delete(f"media/{number}.mp4")

    return {
        "putting 4 MiB": await _cost(put),
        "reading 4 MiB": await _cost(read),
        "reading a range of 64 KiB": await _cost(read_range),
        "facts of a file": await _cost(stat),
        "deleting a file": await _cost(delete),
    }


async def _cost(do: Callable[[int], Awaitable[None]]) -> tuple[float, float]:
    cpu, began = time.process_time(), time.perf_counter()
    for number in range(TIMES):
        await do(number)
    return (time.process_time() - cpu) / TIMES, (time.perf_counter() - began) / TIMES
