"""The durable queue: DBOS takes attempts from the queues, the runner runs them (decision 0003)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig

from ..store.database import DBOS_SCHEMA, Database
from ..store.executors import Executors
from .accepted import AcceptedAttempts
from .cleanup import Cleanup
from .queue import APPLICATION, VERSION, WORKFLOW, queue_name, workflow_id
from .reaper import Reaper
from .runner import TaskRunner

log = structlog.get_logger()

POLL_SECONDS = 0.5
# How long what DBOS knows of a queue is kept: only a worker's start changes it.
LIMIT_SECONDS = 60.0
HOUSEKEEPING_SECONDS = 3600.0
KEEP_FINISHED_SECONDS = 24 * 3600.0
# Much longer than any POST takes.
ORPHAN_SECONDS = 3600.0


class DbosEngine:
    """The Engine port with a worker in this process.

    `concurrency` is the number of concurrent tasks of each configured backend; only their queues are polled. DBOS is a
    process-wide singleton, so at most one engine may be started at a time.
    """

    def __init__(
        self,
        *,
        database: Database,
        runner: TaskRunner,
        executors: Executors,
        reaper: Reaper,
        cleanup: Cleanup,
        concurrency: Mapping[str, int],
    ) -> None:
        self._db = database
        self._runner = runner
        self._executors = executors
        self._reaper = reaper
        self._cleanup = cleanup
        self._concurrency = concurrency
        self._accepted: AcceptedAttempts | None = None
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start taking tasks from the queues."""
        await asyncio.to_thread(self._executors.heartbeat)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": self._db.url,
            "dbos_system_schema": DBOS_SCHEMA,
            "application_version": VERSION,
            "executor_id": self._executors.id,
            "max_executor_threads": 16,
            "log_level": "ERROR",
            "run_migrations": False,
            "use_listen_notify": not self._db.sqlite,
            # We use none of these notifications, but a stop waits for one round.
            "notification_listener_polling_interval_sec": POLL_SECONDS / 2,
        }
        dbos = DBOS(config=config)
        # DBOS has no public way to say that a workflow goes on elsewhere.
        accepted = self._accepted = AcceptedAttempts(dbos._active_workflows_set.add)  # pyright: ignore[reportPrivateUsage]
        DBOS.workflow(name=WORKFLOW)(self._workflow(accepted))
        DBOS.listen_queues([queue_name(backend) for backend in self._concurrency])
        await asyncio.to_thread(self._register_queues)
        # DBOS runs workflows on the loop of the thread that launches it.
        DBOS.launch()
        self._limit_here(dbos)
        loops = (
            self._runner.watch(), self._runner.watch_previews(), accepted.watch(), self._reaper.watch(),
            self._cleanup.watch(), self._housekeeping(),
        )  # fmt: skip
        for loop in loops:
            self._loops.append(asyncio.create_task(loop))

    def _register_queues(self) -> None:
        # Before the launch, whose first round reads them.
        client = DBOSClient(
            system_database_url=self._db.url,
            dbos_system_schema=DBOS_SCHEMA,
            application_name=APPLICATION,
            lazy=True,
        )
        for backend, concurrency in self._concurrency.items():
            client.register_queue(
                queue_name(backend),
                worker_concurrency=concurrency,
                polling_interval_sec=POLL_SECONDS,
                on_conflict="always_update",
            )
        client.destroy()

    def _limit_here(self, dbos: DBOS) -> None:
        """Make DBOS take no more tasks than this process has room for.

        DBOS keeps a queue's limits in the database, where the last worker to start sets those of all, and it reads them
        before each round. There is no public way to give a process its own, so this changes what was read, and spares
        an idle worker half of its reads.
        """
        database: Any = dbos._sys_db  # pyright: ignore[reportPrivateUsage]
        read: Callable[..., Any] = database.get_queue
        own = {queue_name(backend): concurrency for backend, concurrency in self._concurrency.items()}
        kept: dict[str, tuple[Any, float]] = {}

        def get_queue(name: str, **options: Any) -> Any:
            queue, until = kept.get(name, (None, 0.0))
            if queue is None or time.monotonic() >= until:
                queue = read(name, **options)
                if queue is not None and name in own:
                    queue._worker_concurrency = own[name]
                    kept[name] = queue, time.monotonic() + LIMIT_SECONDS
            return queue

        database.get_queue = get_queue

    def _workflow(self, accepted: AcceptedAttempts):  # pyright: ignore[reportUnknownParameterType]
        runner = self._runner

        async def video(task_id: str, attempt: int) -> str:
            task = UUID(task_id)
            return await accepted.run(
                workflow_id(task, attempt),
                lambda accept: runner.run(task, attempt, lambda backend: accept(queue_name(backend))),
            )

        return video

    async def drain(self, timeout: float) -> None:
        """Stop taking tasks, give running ones `timeout` seconds, and requeue the rest."""
        await self._runner.drain(timeout)
        if self._accepted is not None:
            await self._accepted.drain()
        for loop in self._loops:
            loop.cancel()
            with suppress(asyncio.CancelledError):
                await loop
        self._loops.clear()
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        # DBOS made its own thread pool the loop's default executor and has just shut it down.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(self._executors.retire)

    async def cancel(self, task_id: UUID) -> None:
        """Stop a task that runs in this process at once."""
        await self._runner.stop(task_id, "cancel")

    async def purge(self, older_than: float) -> int:
        """Delete finished queue records older than a time; return how many."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(older_than))
        purged = 0
        while records := await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED"], completed_before=stamp, limit=500
        ):
            await DBOS.delete_workflows_async([record.workflow_id for record in records])
            purged += len(records)
        return purged

    async def _housekeeping(self) -> None:
        while True:
            try:
                await self._reaper.delete_orphans(time.time() - ORPHAN_SECONDS)
                await self.purge(time.time() - KEEP_FINISHED_SECONDS)
            except Exception:
                # Housekeeping can wait for the next round.
                log.exception("housekeeping failed")
            await asyncio.sleep(HOUSEKEEPING_SECONDS)


class QueueOnlyEngine:
    """The Engine port without a worker: other processes take the tasks."""

    async def start(self) -> None:
        """Do nothing: there is nothing to start."""

    async def drain(self, timeout: float) -> None:
        """Do nothing: no task runs here."""

    async def cancel(self, task_id: UUID) -> None:
        """Do nothing: the worker that runs the task sees its row within half a second."""

    async def purge(self, older_than: float) -> int:
        """Do nothing: workers purge."""
        return 0
