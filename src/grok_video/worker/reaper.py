"""Recovering the attempts of dead workers and of stalled tasks (decision 0007)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from dbos import DBOS

from ..domain.errors import StorageUnavailable, WorkerLost
from ..domain.media import inputs_prefix, preview_key
from ..domain.task import TaskError, TaskStatus
from ..ports import IdempotencyStore, RetryReason, SessionStore, Storage, TaskStore
from ..runtime.concurrency import sweep_spool
from ..store.executors import DEAD_AFTER_SECONDS, Executors
from .queue import parse_workflow_id, workflow_id
from .runner import ScratchFiles

log = structlog.get_logger()

HEARTBEAT_SECONDS = 5.0
# A render whose worker died this often is the likely cause, so it is not tried again.
MAX_RENDER_CRASHES = 2
# Hundreds of tasks may wait for an upstream in one worker, and hardly one of them is the cause.
MAX_WAIT_CRASHES = 10
PAGE = 200


class Reaper:
    """Moves the attempts of dead processes, and stalled tasks, on to the next attempt.

    `renders` says whether a backend makes its videos in the worker itself.
    """

    def __init__(
        self,
        *,
        executors: Executors,
        store: TaskStore,
        idempotency: IdempotencyStore,
        sessions: SessionStore,
        storage: Storage,
        renders: Callable[[str], bool],
    ) -> None:
        self._executors = executors
        self._store = store
        self._idempotency = idempotency
        self._sessions = sessions
        self._storage = storage
        self._renders = renders
        self._skipped = 0

    async def watch(self) -> None:
        """Send heartbeats and recover attempts until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._executors.heartbeat)
                await self.reap()
                await self.requeue_stalled()
            except Exception:
                # The database may be unavailable for a moment; the next round tries again.
                log.exception("recovery failed")
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def reap(self) -> int:
        """Requeue the attempts of dead processes; return how many.

        Every step is a compare-and-set or repeatable, and a dead process's row is deleted last. So two reapers at once,
        or one that dies halfway, do no harm.
        """
        requeued = 0
        for dead in await asyncio.to_thread(self._executors.list_dead):
            while workflows := await DBOS.list_workflows_async(status="PENDING", executor_id=dead, limit=PAGE):
                for workflow in workflows:
                    requeued += await self.requeue(workflow.workflow_id)
                await DBOS.cancel_workflows_async([workflow.workflow_id for workflow in workflows])
            await asyncio.to_thread(self._executors.remove, dead)
        return requeued

    async def requeue_stalled(self) -> int:
        """Requeue unfinished tasks that no queue contains, e.g. because a worker could not write a task's end.

        Our row is the source of truth: a task whose workflow has ended, or never existed, gets another attempt.
        """
        page = await self._store.list_stalled(time.time() - DEAD_AFTER_SECONDS, limit=PAGE, skip=self._skipped)
        # Thousands of tasks may wait for an upstream without a change: each round checks one page, in turn.
        self._skipped = self._skipped + PAGE if len(page) == PAGE else 0
        names = [workflow_id(task.id, task.attempt) for task in page]
        if not names:
            return 0
        workflows = await DBOS.list_workflows_async(workflow_ids=names)
        active = {
            workflow.workflow_id for workflow in workflows if workflow.status in ("PENDING", "ENQUEUED", "DELAYED")
        }
        return sum([await self.requeue(name) for name in names if name not in active])

    async def delete_orphans(self, before: float) -> None:
        """Delete what is left behind: inputs without a task, spooled files, expired idempotency keys and sessions."""
        await self.delete_orphaned_inputs(before)
        await asyncio.to_thread(sweep_spool, before)
        await self._storage.sweep(before)
        await self._idempotency.purge()
        await self._sessions.purge()

    async def delete_orphaned_inputs(self, before: float) -> int:
        """Delete inputs whose POST ended before its task was written; return for how many tasks."""
        deleted = 0
        while abandoned := await self._store.list_abandoned(before, limit=PAGE):
            for task_id in abandoned:
                await self._storage.delete(inputs_prefix(task_id))
            await self._store.forget_expected(abandoned)
            deleted += len(abandoned)
        return deleted

    async def requeue(self, name: str) -> bool:
        """Move on an attempt that nobody makes any longer, or fail a task that costs too many workers."""
        attempt_id = parse_workflow_id(name)
        if attempt_id is None:
            return False
        task_id, attempt = attempt_id
        ScratchFiles(self._storage, task_id, attempt).delete()
        # The task goes on although its old image cannot be deleted now.
        with suppress(OSError, StorageUnavailable):
            await self._storage.delete(preview_key(task_id))
        task = await self._store.get(task_id)
        if task is not None and task.status is TaskStatus.QUEUED:
            # Nothing of it was running yet.
            return await self._store.retry(task_id, attempt, reason=RetryReason.HANDED_BACK)
        allowed = MAX_RENDER_CRASHES if task is not None and self._renders(task.backend) else MAX_WAIT_CRASHES
        if task is not None and task.crashes + 1 >= allowed:
            error = WorkerLost(f"The worker died {task.crashes + 1} times while making this video.")
            return await self._store.fail(task_id, attempt, TaskError(error.code, error.message))
        log.info("requeueing", task=str(task_id), attempt=attempt)
        return await self._store.retry(task_id, attempt, reason=RetryReason.CRASHED)
