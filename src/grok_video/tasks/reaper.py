"""Heartbeats, and adopting what a dead process held (decisions.md: Engine)."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID, uuid4

import sqlalchemy as sa
import structlog
from dbos import DBOS

from ..domain.task import TaskError, parse_task_id
from ..media.threads import sweep_spool
from ..ports import Setback, Storage, TaskStore
from .database import Database
from .processes import Process
from .queue import parse_workflow_id, workflow_id
from .runner import scratch_files
from .tables import executor

log = structlog.get_logger()

HEARTBEAT_SECONDS = 5.0
DEAD_AFTER_SECONDS = 30.0
# A task that took this many processes down with it is the cause, not the victim.
MAX_CRASHES = 10
PAGE = 200


def is_dead(host: str, pid: int, started_at: float, heartbeat_at: float) -> bool:
    """Tell whether a process is gone: by its pid at once on this host, else by its silence."""
    return heartbeat_at < time.time() - DEAD_AFTER_SECONDS or Process(host, pid, started_at).surely_gone()


class Executors:
    """The living processes as rows: id, host, pid, start time, heartbeat."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._process = Process.this()
        self.id = f"{self._process.host}:{uuid4()}"

    def beat(self) -> None:
        """Say that this process lives."""
        with self._db.begin() as connection:
            beaten = connection.execute(
                sa.update(executor).where(executor.c.id == self.id).values(heartbeat_at=time.time())
            )
            if beaten.rowcount == 0:
                connection.execute(
                    sa.insert(executor).values(
                        id=self.id,
                        host=self._process.host,
                        pid=self._process.pid,
                        started_at=self._process.started_at,
                        heartbeat_at=time.time(),
                    )
                )

    def dead(self) -> list[str]:
        """List processes that are gone: their pid at once on this host, else by silence."""
        rows = self._db.rows(
            sa.select(
                executor.c.id, executor.c.host, executor.c.pid, executor.c.started_at, executor.c.heartbeat_at
            ).where(executor.c.id != self.id)
        )
        return [row.id for row in rows if is_dead(row.host, row.pid, row.started_at, row.heartbeat_at)]

    def retire(self) -> None:
        """Say goodbye: whatever is still held here may be adopted at once."""
        with self._db.begin() as connection:
            connection.execute(sa.update(executor).where(executor.c.id == self.id).values(heartbeat_at=0.0))

    def forget(self, executor_id: str) -> None:
        """Remove a process's row."""
        with self._db.begin() as connection:
            connection.execute(sa.delete(executor).where(executor.c.id == executor_id))


class Reaper:
    """Moves a dead process's attempts on to the next attempt."""

    def __init__(self, *, executors: Executors, store: TaskStore, storage: Storage) -> None:
        self._executors = executors
        self._store = store
        self._storage = storage
        self._skipped = 0

    async def watch(self) -> None:
        """Beat and reap until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._executors.beat)
                await self.reap()
                await self.find_strays()
            except Exception:
                # The database may be away for a moment; the next round tries again.
                log.exception("reaping failed")
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def reap(self) -> int:
        """Adopt what dead processes held; return how many attempts moved on.

        Every step is a compare-and-set or can be repeated, so two reapers at once, or one that dies half
        way, do no harm; the dead one's row goes last.
        """
        moved = 0
        for dead in await asyncio.to_thread(self._executors.dead):
            while held := await DBOS.list_workflows_async(status="PENDING", executor_id=dead, limit=PAGE):
                for workflow in held:
                    moved += await self._adopt(workflow.workflow_id)
                await DBOS.cancel_workflows_async([workflow.workflow_id for workflow in held])
            await asyncio.to_thread(self._executors.forget, dead)
        return moved

    async def find_strays(self) -> int:
        """Move on tasks that no queue knows: a worker could not write a task's end, say.

        Our row is the truth; a live row whose workflow has ended or never was gets another attempt.
        """
        page = await self._store.silent(time.time() - DEAD_AFTER_SECONDS, limit=PAGE, skip=self._skipped)
        # Thousands may wait for an upstream in silence: a page each round, in turn.
        self._skipped = self._skipped + PAGE if len(page) == PAGE else 0
        silent = {workflow_id(one.id, one.attempt): one for one in page}
        if not silent:
            return 0
        known = await DBOS.list_workflows_async(workflow_ids=list(silent))
        living = {one.workflow_id for one in known if one.status in ("PENDING", "ENQUEUED", "DELAYED")}
        strays = [name for name in silent if name not in living]
        return sum([await self._adopt(name) for name in strays])

    async def sweep_orphans(self, before: float) -> None:
        """Delete what died processes left: inputs without a task, spooled files, old idempotency rows."""
        await self.sweep_inputs(before)
        await asyncio.to_thread(sweep_spool, before)
        await self._store.forget_marks()

    async def sweep_inputs(self, before: float) -> int:
        """Delete inputs whose POST died before its task was written; return how many folders went."""
        swept = 0
        for key in await self._storage.older("inputs", before):
            name = key.rpartition("/")[2]
            if parse_task_id(name) and await self._store.get(UUID(name)) is None:
                await self._storage.delete(key)
                swept += 1
        return swept

    async def _adopt(self, name: str) -> bool:
        held = parse_workflow_id(name)
        if held is None:
            return False
        task_id, attempt = held
        for file in scratch_files(self._storage, task_id, attempt).values():
            file.unlink(missing_ok=True)
        task = await self._store.get(task_id)
        if task is not None and task.crashes + 1 >= MAX_CRASHES:
            message = f"The worker died {task.crashes + 1} times while making this video."
            return await self._store.fail(task_id, attempt, TaskError("worker_lost", message))
        log.info("adopting", task=str(task_id), attempt=attempt)
        return await self._store.retry(task_id, attempt, why=Setback.CRASHED)
