"""The queue: creates against DBOS's bare enqueue on the same database, and two workers against one."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

from dbos import DBOSClient

from grok_video.domain.request import AspectRatio, Format, Mode, Operation, Resolution
from grok_video.domain.task import Task
from grok_video.store.database import DBOS_SCHEMA, Database
from grok_video.store.idempotency import SqlIdempotencyStore
from grok_video.store.keys import OPERATOR, SqlKeyStore
from grok_video.store.tasks import SqlTaskStore
from grok_video.worker.queue import APPLICATION, VERSION, WORKFLOW, TaskQueue

from . import Row, ratios, running
from .costs import Client, database, worker

CREATES = 300
SLEEPING_TASKS = 24
SLEEP_SECONDS = 8
AT_ONCE = 4
END_SECONDS = 240.0


def measure(rounds: int) -> list[Row]:
    """Measure creates on both databases, then let one worker and two make the same number of tasks that sleep."""
    rows: list[Row] = []
    for kind in ("SQLite", "PostgreSQL"):
        with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as name, database(kind, Path(name)) as made:
            ours, bare = asyncio.run(_creates(made.url, Path(name) / "data", rounds))
        rows += [
            Row(f"{kind}: CPU of a create / DBOS's bare enqueue", ratios(ours, bare), target=1.2),
            Row(f"{kind}: CPU of a create", [1000 * seconds for seconds in ours], "ms"),
            Row(f"{kind}: CPU of DBOS's bare enqueue", [1000 * seconds for seconds in bare], "ms"),
        ]
    one, two = zip(*[(_drain(1), _drain(2)) for _ in range(rounds)], strict=True)
    return [
        *rows,
        Row("tasks that sleep, per second: two workers / one", ratios(one, two), target=1.8, at_least=True),
        Row(f"{SLEEPING_TASKS} tasks of {SLEEP_SECONDS} s, {AT_ONCE} at once: one worker", one, "s"),
        Row(f"{SLEEPING_TASKS} tasks of {SLEEP_SECONDS} s, {AT_ONCE} at once: two workers", two, "s"),
    ]


async def _creates(url: str, folder: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Return the CPU seconds of a create and of a bare enqueue, both from an event loop, measured in turn."""
    folder.mkdir(exist_ok=True)
    made = Database(url)
    made.migrate()
    await SqlKeyStore(made).ensure_operator("gv-" + "x" * 40)
    queue = TaskQueue(made)
    store = SqlTaskStore(made, idempotency=SqlIdempotencyStore(made), enqueue=queue.enqueue)
    client = DBOSClient(
        system_database_url=made.url, dbos_system_schema=DBOS_SCHEMA, application_name=APPLICATION, lazy=True
    )

    async def enqueue() -> None:
        options: Any = {
            "workflow_name": WORKFLOW, "queue_name": "bare", "workflow_id": uuid4().hex, "app_version": VERSION,
        }  # fmt: skip
        await client.enqueue_async(options, uuid4().hex, 1)

    async def create() -> None:
        await store.create(_task())

    ours: list[float] = []
    bare: list[float] = []
    await asyncio.gather(create(), enqueue())
    for _ in range(rounds):
        ours.append(await _cpu(create))
        bare.append(await _cpu(enqueue))
    client.destroy()
    queue.close()
    made.close()
    return ours, bare


async def _cpu(do: Callable[[], Awaitable[None]]) -> float:
    began = time.process_time()
    for _ in range(CREATES):
        await do()
    return (time.process_time() - began) / CREATES


def _task() -> Task:
    now = time.time()
    return Task(
        id=uuid4(), owner=OPERATOR, format=Format.OPENAI, operation=Operation.CREATE, mode=Mode.TEXT,
        model="grok-video-3", prompt="a cat walks over a bridge in the rain at night", preset=None,
        aspect_ratio=AspectRatio("16:9"), resolution=Resolution("720P"), width=1280, height=720, seconds=6, frames=144,
        seed=1, size_label="1280x720", backend="fake", created_at=now, updated_at=now,
    )  # fmt: skip


def _drain(workers: int) -> float:
    """Return the seconds in which so many workers make the tasks that sleep."""
    body = {
        "model": "grok-video-3", "prompt": "a cat", "seconds": 1, "metadata": {"fake_delay": str(SLEEP_SECONDS)},
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as name:
        data = Path(name) / "data"
        flags = ("--data-dir", str(data), "--backend", "fake")
        serve = ("grok_video", "serve", "--no-worker", "--port", "0", *flags)
        with running(*serve, log=Path(name) / "serve.log") as server, ExitStack() as stack:
            client = Client(server, (data / "operator-key").read_text(encoding="utf-8").strip())
            for number in range(workers):
                log = Path(name) / f"worker-{number}.log"
                stack.enter_context(worker((*flags, "--concurrency", str(AT_ONCE)), log))
            time.sleep(8)
            began = time.monotonic()
            ids = [client.ask("POST", "/v1/videos", body)["id"] for _ in range(SLEEPING_TASKS)]
            while any(client.ask("GET", f"/v1/videos/{video}")["status"] != "completed" for video in ids):
                if time.monotonic() - began > END_SECONDS:
                    raise RuntimeError("the videos were not made in time")
                time.sleep(0.2)
            return time.monotonic() - began
