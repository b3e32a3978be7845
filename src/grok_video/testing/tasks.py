"""Tasks, idempotency keys and paid calls in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from ..domain.errors import Cancelled, IdempotencyConflict, SourceExpired
from ..domain.search import contains
from ..domain.task import Clip, Task, TaskError, TaskStatus
from ..ports import Admit, Deletion, Filters, Idempotency, PaidCall, RetryReason, TaskCounts

UNFINISHED = (TaskStatus.QUEUED, TaskStatus.IN_PROGRESS)
RETRY_SECONDS = 600
KEY_SECONDS = 24 * 3600
Enqueue = Callable[[Task, float], None]


@dataclass(slots=True)
class _Reservation:
    fingerprint: str
    created_at: float
    task_id: UUID | None = None


class InMemoryIdempotencyStore:
    """The IdempotencyStore port for one process."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], _Reservation] = {}
        self._changed = asyncio.Event()

    async def reserve(self, owner: str, idempotency: Idempotency) -> UUID | None:
        """Reserve a key; return the first task's id if this is a repeat; wait for a concurrent duplicate."""
        key = (owner, _row_key(idempotency))
        while True:
            row, changed = self._rows.get(key), self._changed
            if row is None or self._expired(row, idempotency):
                self._rows[key] = _Reservation(idempotency.fingerprint, time.time())
                return None
            if row.fingerprint != idempotency.fingerprint:
                raise IdempotencyConflict()
            if row.task_id is not None:
                return row.task_id
            await changed.wait()

    async def release(self, owner: str, idempotency: Idempotency) -> None:
        """Delete a reservation because the POST was refused."""
        key = (owner, _row_key(idempotency))
        if (row := self._rows.get(key)) and row.task_id is None:
            del self._rows[key]
            self._announce()

    async def purge(self) -> int:
        """Delete expired keys; return how many."""
        now = time.time()
        expired = [
            key
            for key, row in self._rows.items()
            if row.created_at < now - (RETRY_SECONDS if key[1].startswith("body:") else KEY_SECONDS)
        ]
        for key in expired:
            del self._rows[key]
        return len(expired)

    def complete(self, owner: str, idempotency: Idempotency, task_id: UUID) -> None:
        """Store the task's id under its key; raise IdempotencyConflict if the reservation was lost."""
        row = self._rows.get((owner, _row_key(idempotency)))
        if row is None or row.task_id is not None:
            raise IdempotencyConflict("Another request has taken this Idempotency-Key meanwhile.")
        row.task_id, row.created_at = task_id, time.time()
        self._announce()

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    @staticmethod
    def _expired(row: _Reservation, idempotency: Idempotency) -> bool:
        if row.task_id is None:
            return False
        if idempotency.key is None:
            return not idempotency.retry or row.created_at < time.time() - RETRY_SECONDS
        return row.created_at < time.time() - KEY_SECONDS


class InMemoryLedger:
    """The Ledger port; an InMemoryTaskStore made with it deletes a task's calls with the task."""

    def __init__(self) -> None:
        self.store: InMemoryTaskStore | None = None
        self._calls: dict[UUID, dict[str, tuple[int, PaidCall]]] = {}

    async def claim(self, task_id: UUID, attempt: int, step: str) -> PaidCall | None:
        """Claim a call for this attempt; return None if the attempt may make it, else the earlier call."""
        calls = self._calls.setdefault(task_id, {})
        if step in calls:
            calls[step] = (attempt, calls[step][1])
            return calls[step][1]
        task = await self.store.get(task_id) if self.store else None
        if task is None or not _current(task, attempt):
            raise Cancelled
        calls[step] = (attempt, PaidCall(step, task.backend, time.time()))
        return None

    async def accept(self, task_id: UUID, step: str, upstream_id: str) -> None:
        """Store the upstream's id of an accepted call."""
        calls = self._calls.get(task_id, {})
        if step in calls:
            attempt, call = calls[step]
            calls[step] = (attempt, replace(call, upstream_id=upstream_id))

    async def release(self, task_id: UUID, attempt: int, step: str) -> None:
        """Delete this attempt's call because the upstream certainly did not accept it."""
        calls = self._calls.get(task_id, {})
        if step in calls and calls[step][0] == attempt and calls[step][1].upstream_id is None:
            del calls[step]

    async def calls(self, task_id: UUID) -> Sequence[PaidCall]:
        """Return a task's calls, oldest first."""
        return [call for _, call in self._calls.get(task_id, {}).values()]

    def forget(self, task_id: UUID) -> None:
        """Delete a task's calls."""
        self._calls.pop(task_id, None)


class InMemoryTaskStore:
    """The TaskStore port for one process.

    `enqueue(task, delay)` receives every attempt to run; `announce` is called after every commit.
    """

    def __init__(
        self,
        *,
        enqueue: Enqueue = lambda _task, _delay: None,
        announce: Callable[[], None] = lambda: None,
        idempotency: InMemoryIdempotencyStore | None = None,
        ledger: InMemoryLedger | None = None,
    ) -> None:
        self.enqueue = enqueue
        self.idempotency = idempotency or InMemoryIdempotencyStore()
        self.ledger = ledger or InMemoryLedger()
        self.ledger.store = self
        self._announce = announce
        self.rows: dict[UUID, Task] = {}
        self._changes: dict[str, int] = {}
        self._deletions: list[tuple[str, float, Deletion]] = []
        self._expected: dict[UUID, float] = {}

    async def create(
        self, new: Task, idempotency: Idempotency | None = None, *, admit: Admit = lambda _queued, _unfinished: None
    ) -> Task:
        """Insert the task, complete its idempotency key and enqueue it; all of it or nothing."""
        if new.source_id is not None:
            source = self.rows.get(new.source_id)
            if source is not None and source.files_deleted_at is not None:
                raise SourceExpired()
        counts = await self.count(new.owner)
        admit(counts.queued, counts.unfinished)
        placed = replace(new, priority=self._next_priority(new.owner, new.backend))
        self.enqueue(placed, 0.0)
        if idempotency is not None:
            self.idempotency.complete(new.owner, idempotency, new.id)
        self._expected.pop(new.id, None)
        return self._write(placed)

    async def expect(self, task_id: UUID) -> None:
        """Record that inputs are being stored for a task that does not exist yet."""
        self._expected[task_id] = time.time()

    async def list_abandoned(self, before: float, *, limit: int) -> Sequence[UUID]:
        """Return tasks that were expected before a time and were never created."""
        return [task_id for task_id, at in self._expected.items() if at < before][:limit]

    async def forget_expected(self, task_ids: Sequence[UUID]) -> None:
        """Expect these tasks no longer."""
        for task_id in task_ids:
            self._expected.pop(task_id, None)

    async def get(self, task_id: UUID) -> Task | None:
        """Return one task as it is now, or None."""
        return self.rows.get(task_id)

    async def state(self, task_id: UUID) -> Hashable | None:
        """Return another value after every change to a task's row; None if there is no such task."""
        task = self.rows.get(task_id)
        return repr(task) if task else None

    async def list(
        self,
        owner: str,
        *,
        limit: int = 20,
        after: UUID | None = None,
        ascending: bool = False,
        filters: Filters | None = None,
    ) -> Sequence[Task]:
        """Return an owner's tasks by (created_at, id), newest first unless `ascending`."""
        tasks = [task for task in self.rows.values() if task.owner == owner and _matches(task, filters or Filters())]
        tasks.sort(key=_position, reverse=not ascending)
        if after is not None:
            cursor = self.rows.get(after)
            if cursor is None:
                return []
            start = _position(cursor)
            tasks = [task for task in tasks if (_position(task) > start if ascending else _position(task) < start)]
        return tasks[:limit]

    async def count(self, owner: str) -> TaskCounts:
        """Return how many tasks of an owner are queued and unfinished, and how many are queued in all."""
        queued = [task.owner for task in self.rows.values() if task.status is TaskStatus.QUEUED]
        unfinished = sum(not task.status.final and task.owner == owner for task in self.rows.values())
        return TaskCounts(queued.count(owner), unfinished, len(queued))

    async def begin(self, task_id: UUID, attempt: int) -> Task | None:
        """Move this attempt to in_progress and return its task; None if it was cancelled or superseded."""
        task = self._find(task_id, attempt, (TaskStatus.QUEUED,))
        if task is None or task.cancel_requested_at is not None:
            return None
        return self._write(replace(task, status=TaskStatus.IN_PROGRESS))

    async def progress(self, percents: Sequence[tuple[Task, int]]) -> None:
        """Raise the progress of running attempts, up to 99 and never back."""
        for running, percent in percents:
            task = self._find(running.id, running.attempt, (TaskStatus.IN_PROGRESS,))
            if task is not None and min(99, percent) > task.progress:
                self._write(replace(task, progress=min(99, percent)))

    async def finish(self, task_id: UUID, attempt: int, clip: Clip, facts: Mapping[str, Any]) -> bool:
        """Complete the task; its files must be stored already."""
        task = self._find(task_id, attempt, (TaskStatus.IN_PROGRESS,))
        if task is None:
            return False
        ended = replace(
            task, status=TaskStatus.COMPLETED, progress=100, clip=clip, facts=dict(facts), completed_at=time.time()
        )
        self._write(ended)
        return True

    async def fail(self, task_id: UUID, attempt: int, error: TaskError, facts: Mapping[str, Any] | None = None) -> bool:
        """End the task as failed, or as cancelled if that is the error's code."""
        task = self._find(task_id, attempt, UNFINISHED)
        if task is None:
            return False
        if error.code == "cancelled":
            await self._cancel(task, facts)
        else:
            ended = replace(task, status=TaskStatus.FAILED, error=error, facts=dict(facts or {}))
            self._write(replace(ended, completed_at=time.time()))
        return True

    async def retry(
        self, task_id: UUID, attempt: int, *, reason: RetryReason, delay: float = 0.0, backend: str | None = None
    ) -> bool:
        """Requeue the task as the next attempt after `delay` seconds."""
        task = self._find(task_id, attempt, UNFINISHED)
        if task is None:
            return False
        if task.cancel_requested_at is not None:
            await self._cancel(task, None)
            return False
        requeued = replace(
            task,
            status=TaskStatus.QUEUED,
            attempt=attempt + 1,
            crashes=task.crashes + (reason is RetryReason.CRASHED),
            failures=task.failures + (reason is RetryReason.FAILED),
        )
        if backend is not None:
            priority = self._next_priority(task.owner, backend)
            requeued = replace(requeued, backend=backend, failures=0, priority=priority)
        self.enqueue(requeued, delay)
        self._write(requeued)
        return True

    async def request_cancel(self, task_id: UUID) -> Task | None:
        """Cancel a queued task at once; flag a running one for its worker to stop."""
        task = self.rows.get(task_id)
        if task is None or task.status.final:
            return task
        flagged = replace(task, cancel_requested_at=time.time())
        if task.status is TaskStatus.QUEUED:
            return await self._cancel(flagged, None)
        return self._write(flagged)

    async def superseded_or_cancelled(self, running: Mapping[UUID, int]) -> frozenset[UUID]:
        """Return which of these running attempts must stop: cancelled, deleted, finished or superseded."""
        stopped: set[UUID] = set()
        for task_id, attempt in running.items():
            task = self.rows.get(task_id)
            if task is None or not _current(task, attempt):
                stopped.add(task_id)
        return frozenset(stopped)

    async def cancel_requested(self) -> frozenset[UUID]:
        """Return the running tasks of all owners that have a cancellation request."""
        running = [task for task in self.rows.values() if task.status is TaskStatus.IN_PROGRESS]
        return frozenset(task.id for task in running if task.cancel_requested_at is not None)

    async def list_stalled(self, since: float, *, limit: int, skip: int = 0) -> Sequence[Task]:
        """Return unfinished tasks of all owners that did not change since a time, oldest change first."""
        stalled = [task for task in self.rows.values() if not task.status.final and task.updated_at < since]
        return sorted(stalled, key=lambda task: task.updated_at)[skip : skip + limit]

    async def delete(self, task_id: UUID) -> bool:
        """Delete the task and its paid calls."""
        self.ledger.forget(task_id)
        deleted = self.rows.pop(task_id, None)
        if deleted is not None:
            change = self._next_change(deleted.owner)
            self._deletions.append((deleted.owner, time.time(), Deletion(task_id, deleted.format, change)))
        self._announce()
        return deleted is not None

    async def changes(self, owner: str, after: int, *, limit: int = 200) -> Sequence[Task]:
        """Return an owner's tasks that changed after a change number, in the order of change."""
        changed = [task for task in self.rows.values() if task.owner == owner and task.change > after]
        return sorted(changed, key=lambda task: task.change)[:limit]

    async def deletions(self, owner: str, after: int, *, limit: int = 200) -> Sequence[Deletion]:
        """Return an owner's deletions after a change number, in the order of change."""
        found = [deletion for whose, _, deletion in self._deletions if whose == owner and deletion.change > after]
        return found[:limit]

    async def forget_deletions(self, before: float) -> int:
        """Delete the deletions before a time; return how many."""
        kept = [entry for entry in self._deletions if entry[1] >= before]
        forgotten = len(self._deletions) - len(kept)
        self._deletions = kept
        return forgotten

    async def change_numbers(self) -> Mapping[str, int]:
        """Return the newest change number of every owner."""
        return dict(self._changes)

    async def latest_change(self, owner: str) -> int:
        """Return the owner's newest change number."""
        return self._changes.get(owner, 0)

    async def _cancel(self, task: Task, facts: Mapping[str, Any] | None) -> Task:
        ended = dict(facts or {})
        message = "The task was cancelled."
        if await self.ledger.calls(task.id):
            message += " It had already been sent to the upstream, which may still charge for it."
            ended["upstream_may_charge"] = True
        error = TaskError("cancelled", message)
        cancelled = replace(task, status=TaskStatus.CANCELLED, error=error, facts=ended, completed_at=time.time())
        return self._write(cancelled)

    def _next_priority(self, owner: str, backend: str) -> int:
        tasks = [task for task in self.rows.values() if task.backend == backend]
        queued = [task for task in tasks if task.status is TaskStatus.QUEUED]
        fresh = [task for task in queued if task.attempt == 1]
        running = [task.priority for task in tasks if task.status is TaskStatus.IN_PROGRESS]
        next_to_run = min((task.priority for task in fresh), default=0)
        own = [task.priority for task in queued if task.owner == owner]
        return max([*running, next_to_run - 1, *own, 0]) + 1

    def _find(self, task_id: UUID, attempt: int, statuses: Sequence[TaskStatus]) -> Task | None:
        task = self.rows.get(task_id)
        return task if task and task.attempt == attempt and task.status in statuses else None

    def _next_change(self, owner: str) -> int:
        self._changes[owner] = self._changes.get(owner, 0) + 1
        return self._changes[owner]

    def _write(self, task: Task) -> Task:
        change = self._next_change(task.owner)
        if task.completed_at is not None and task.expires_at is not None and not self.rows[task.id].status.final:
            task = replace(task, expires_at=task.expires_at - task.created_at + task.completed_at)
        updated_at = time.time() if task.id in self.rows else task.updated_at
        self.rows[task.id] = replace(task, change=change, updated_at=updated_at)
        self._announce()
        return self.rows[task.id]


def _current(task: Task, attempt: int) -> bool:
    running = task.status is TaskStatus.IN_PROGRESS and task.attempt == attempt
    return running and task.cancel_requested_at is None


def _position(task: Task) -> tuple[float, str]:
    return task.created_at, task.id.hex


class InMemorySearchIndex:
    """The SearchIndex port: an InMemoryTaskStore reads its prompts themselves."""

    async def add_new(self, limit: int = 500) -> int:
        """Do nothing: there is nothing to add."""
        return 0


def _matches(task: Task, filters: Filters) -> bool:
    return (
        all(contains(task.prompt, word) for word in filters.words)
        and (not filters.statuses or task.status in filters.statuses)
        and filters.operation in (None, task.operation)
        and filters.model in (None, task.model)
        and (not filters.sources or task.source_id in filters.sources)
    )


def _row_key(idempotency: Idempotency) -> str:
    return f"key:{idempotency.key}" if idempotency.key is not None else f"body:{idempotency.fingerprint}"
