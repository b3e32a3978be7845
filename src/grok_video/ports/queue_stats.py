"""Queue statistics: positions, load, workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """Where an unfinished task stands.

    `position` counts from 1 in its backend's queue and is None once the task is in progress. `eta` is in seconds, and
    None while the backend has not finished anything yet.
    """

    task_id: UUID
    position: int | None
    eta: float | None


@dataclass(frozen=True, slots=True)
class BackendLoad:
    """How much work a backend has.

    `seconds_per_video_second` is the time per second of 1280x720 video, measured on recently finished tasks.
    """

    backend: str
    queued: int = 0
    in_progress: int = 0
    seconds_per_video_second: float | None = None


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A worker process as its heartbeat describes it; times are seconds since 1970."""

    host: str
    pid: int
    started_at: float
    heartbeat_at: float
    alive: bool


class QueueStats(Protocol):
    """Reads the queue as a whole; never changes it."""

    async def positions(self, owner: str) -> Sequence[QueuePosition]:
        """Return the positions of an owner's unfinished tasks, oldest first, at most 500."""
        ...

    async def loads(self) -> Sequence[BackendLoad]:
        """Return the load of each backend with unfinished or recently finished tasks."""
        ...

    async def workers(self) -> Sequence[WorkerProcess]:
        """Return the worker processes, oldest first."""
        ...
