"""A task: one requested video, from acceptance to its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from .request import AspectRatio, Format, Mode, Operation, Resolution


class TaskStatus(StrEnum):
    """The state of a task."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether the task has ended: completed, failed or cancelled."""
        return self not in (TaskStatus.QUEUED, TaskStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class StoredInput:
    """A stored input image or source video: its storage key and probed facts."""

    key: str
    width: int
    height: int
    seconds: float | None = None
    frames: int | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """A finished file's probed facts: pixels, frames, bytes."""

    width: int
    height: int
    fps: float
    frames: int
    bytes: int


@dataclass(frozen=True, slots=True)
class TaskError:
    """Why a task failed."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Task:
    """One requested video.

    `seconds` is the length of the new clip or segment; `frames` is the planned length of the whole result. `source_id`
    is the task it derives from, `video` the uploaded source video. Times are seconds since 1970. `change` is the
    owner's change number, for resuming event streams. `priority` orders a backend's queue, lowest first. `kept` tasks
    never expire. `scene` is what the caller wants to see instead of what the prompt says. `crashes` and `failures`
    count attempts that died with their worker or failed in the backend.
    """

    id: UUID
    owner: str
    format: Format
    operation: Operation
    mode: Mode
    model: str
    prompt: str
    aspect_ratio: AspectRatio
    resolution: Resolution
    width: int
    height: int
    seconds: int
    frames: int
    seed: int
    backend: str
    created_at: float
    updated_at: float
    status: TaskStatus = TaskStatus.QUEUED
    progress: int = 0
    attempt: int = 1
    crashes: int = 0
    failures: int = 0
    size_label: str | None = None
    model_label: str | None = None
    ignored: tuple[str, ...] = ()
    ratio_given: bool = False
    preset: str | None = None
    source_id: UUID | None = None
    source_frames: int | None = None
    start_frame: int | None = None
    inputs: tuple[StoredInput, ...] = ()
    video: StoredInput | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    scene: Mapping[str, Any] | None = None
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    clip: Clip | None = None
    error: TaskError | None = None
    completed_at: float | None = None
    expires_at: float | None = None
    files_deleted_at: float | None = None
    kept: bool = False
    cancel_requested_at: float | None = None
    change: int = 0
    priority: int = 0

    def expired(self, now: float) -> bool:
        """Check whether the task's files are gone, or count as gone, at a time."""
        lifetime_over = self.expires_at is not None and self.expires_at <= now and self.status.final
        return self.files_deleted_at is not None or lifetime_over
