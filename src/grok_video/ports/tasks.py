"""Tasks: their rows, their paid calls, the queue, and waiting for changes."""

from __future__ import annotations

from asyncio import Event
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from ..domain.request import Format, Operation
from ..domain.task import Clip, Task, TaskError, TaskStatus


@dataclass(frozen=True, slots=True)
class Idempotency:
    """What identifies a repeated POST: the caller's key, or the body alone for an SDK's silent retry.

    `fingerprint` is a SHA-256 over the owner, the path and the canonical fields. `retry` says that the client marked
    the request as a retry.
    """

    fingerprint: str
    key: str | None = None
    retry: bool = False


class IdempotencyStore(Protocol):
    """Idempotency keys: a reservation before the work, the task's id after it."""

    async def reserve(self, owner: str, idempotency: Idempotency) -> UUID | None:
        """Reserve a key before anything is fetched; return the first task's id if this is a repeat.

        Waits while a concurrent duplicate is being accepted. Raises IdempotencyConflict for another body under the
        same key.
        """
        ...

    async def release(self, owner: str, idempotency: Idempotency) -> None:
        """Delete a reservation because the POST was refused."""
        ...

    async def purge(self) -> int:
        """Delete expired keys; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class Filters:
    """Which of an owner's tasks to list: those that match every given filter.

    Every one of `words` must be in the prompt, in upper or lower case and at the beginning of a word
    (`domain.search.contains`). `sources` selects tasks derived from these.
    """

    words: tuple[str, ...] = ()
    statuses: frozenset[TaskStatus] = frozenset()
    operation: Operation | None = None
    model: str | None = None
    sources: tuple[UUID, ...] = ()


class RetryReason(StrEnum):
    """Why an attempt ended without a result; only crashes and failures are counted."""

    HANDED_BACK = "handed_back"
    CRASHED = "crashes"
    FAILED = "failures"


Admit = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """An owner's queued, and queued or running, tasks, and the queued tasks of all owners."""

    queued: int
    unfinished: int
    all_queued: int


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deleted task: its id, the format it was made in, and the owner's change number of its deletion."""

    id: UUID
    format: Format
    change: int


class TaskStore(Protocol):
    """Task rows, the single source of truth. A late write of an older attempt is refused (returns False)."""

    async def create(
        self, new: Task, idempotency: Idempotency | None = None, *, admit: Admit = lambda _queued, _unfinished: None
    ) -> Task:
        """Insert the task with its inputs, complete its idempotency key and enqueue it, in one transaction.

        Its priority makes owners take turns in its backend's queue. `admit` is called in the transaction with the
        owner's queued and unfinished tasks, and may raise. Raises SourceExpired if the source's files were deleted.
        """
        ...

    async def get(self, task_id: UUID) -> Task | None:
        """Return one task as it is now, or None."""
        ...

    async def state(self, task_id: UUID) -> Hashable | None:
        """Return another value after every change to a task's row, whoever made it; None if there is no such task."""
        ...

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
        ...

    async def count(self, owner: str) -> TaskCounts:
        """Return how many tasks of an owner are queued and unfinished, and how many are queued in all."""
        ...

    async def begin(self, task_id: UUID, attempt: int) -> Task | None:
        """Move this attempt to in_progress and return its task; None if it was cancelled or superseded."""
        ...

    async def progress(self, percents: Sequence[tuple[Task, int]]) -> None:
        """Raise the progress of running attempts, up to 99 and never back, in one transaction."""
        ...

    async def finish(self, task_id: UUID, attempt: int, clip: Clip, facts: Mapping[str, Any]) -> bool:
        """Complete the task; its files must be stored already."""
        ...

    async def fail(self, task_id: UUID, attempt: int, error: TaskError, facts: Mapping[str, Any] | None = None) -> bool:
        """End the task as failed, or as cancelled if that is the error's code."""
        ...

    async def retry(
        self, task_id: UUID, attempt: int, *, reason: RetryReason, delay: float = 0.0, backend: str | None = None
    ) -> bool:
        """Requeue the task as the next attempt after `delay` seconds, in one transaction.

        With `backend` the task moves to that backend's queue and its failure count starts again. A task with a
        cancellation request ends as cancelled instead.
        """
        ...

    async def request_cancel(self, task_id: UUID) -> Task | None:
        """Cancel a queued task at once; flag a running one for its worker to stop."""
        ...

    async def superseded_or_cancelled(self, running: Mapping[UUID, int]) -> frozenset[UUID]:
        """Return which of these running attempts must stop: cancelled, deleted, finished or superseded."""
        ...

    async def cancel_requested(self) -> frozenset[UUID]:
        """Return the running tasks of all owners that have a cancellation request."""
        ...

    async def list_stalled(self, since: float, *, limit: int, skip: int = 0) -> Sequence[Task]:
        """Return unfinished tasks of all owners that did not change since a time, oldest change first."""
        ...

    async def expect(self, task_id: UUID) -> None:
        """Record that inputs are being stored for a task that does not exist yet; `create` ends this."""
        ...

    async def list_abandoned(self, before: float, *, limit: int) -> Sequence[UUID]:
        """Return tasks that were expected before a time (seconds since 1970) and were never created."""
        ...

    async def forget_expected(self, task_ids: Sequence[UUID]) -> None:
        """Expect these tasks no longer, because their inputs were deleted."""
        ...

    async def delete(self, task_id: UUID) -> bool:
        """Delete the row and what belongs to it."""
        ...

    async def changes(self, owner: str, after: int, *, limit: int = 200) -> Sequence[Task]:
        """Return an owner's tasks that changed after a change number, in the order of change."""
        ...

    async def deletions(self, owner: str, after: int, *, limit: int = 200) -> Sequence[Deletion]:
        """Return an owner's deletions of the last week after a change number, in the order of change."""
        ...

    async def forget_deletions(self, before: float) -> int:
        """Delete the deletions before a time (seconds since 1970); return how many."""
        ...

    async def change_numbers(self) -> Mapping[str, int]:
        """Return the newest change number of every owner, which is what all readers of changes ask first."""
        ...

    async def latest_change(self, owner: str) -> int:
        """Return the owner's newest change number."""
        ...


class SearchIndex(Protocol):
    """The words of prompts, by which lists are searched; new tasks are found without it."""

    async def add_new(self, limit: int = 500) -> int:
        """Add the words of tasks that it lacks; return how many tasks."""
        ...


@dataclass(frozen=True, slots=True)
class PaidCall:
    """A call that an upstream may bill: when it was sent, and its id once the upstream has accepted it."""

    step: str
    backend: str
    sent_at: float
    upstream_id: str | None = None


class Ledger(Protocol):
    """Paid calls as rows, which must survive every crash."""

    async def claim(self, task_id: UUID, attempt: int, step: str) -> PaidCall | None:
        """Claim a call for this attempt, durably; return None if the attempt may make it, else the earlier call.

        Raises Cancelled if the attempt was cancelled or superseded.
        """
        ...

    async def accept(self, task_id: UUID, step: str, upstream_id: str) -> None:
        """Store the upstream's id of an accepted call, whichever attempt is the current one."""
        ...

    async def release(self, task_id: UUID, attempt: int, step: str) -> None:
        """Delete this attempt's call because the upstream certainly did not accept it."""
        ...

    async def calls(self, task_id: UUID) -> Sequence[PaidCall]:
        """Return a task's calls, oldest first."""
        ...


class Changes(Protocol):
    """Wakes readers when any task changes, in whatever process."""

    def snapshot(self) -> Event:
        """Return a token to pass to `wait`; take it before reading, so that no later change is missed."""
        ...

    async def wait(self, since: Event, timeout: float) -> None:
        """Return when something changed since the token was taken, or after `timeout` seconds."""
        ...

    def version(self) -> int | None:
        """Return a number that differs after every commit of any process, or None if that is not available.

        Compare numbers only with those returned to the same thread.
        """
        ...


class Engine(Protocol):
    """The durable queue. The store enqueues in its own transaction; the engine does the rest."""

    async def start(self) -> None:
        """Start taking tasks from the queues."""
        ...

    async def drain(self, timeout: float) -> None:
        """Stop taking tasks, give running ones `timeout` seconds, and requeue the rest."""
        ...

    async def cancel(self, task_id: UUID) -> None:
        """Stop a task that runs in this process at once; other processes see the row within half a second."""
        ...

    async def purge(self, older_than: float) -> int:
        """Delete finished queue records older than a time; return how many."""
        ...
