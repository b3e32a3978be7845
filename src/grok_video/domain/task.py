"""A task: one asked-for video, and the life it may lead."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from .request import FPS, AspectRatio, Format, Mode, Operation, Resolution


class TaskStatus(StrEnum):
    """Where a task is in its life."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Tell whether nothing will happen any more."""
        return self not in (TaskStatus.QUEUED, TaskStatus.IN_PROGRESS)


TRANSITIONS: dict[TaskStatus, frozenset[TaskStatus]] = {
    TaskStatus.QUEUED: frozenset({TaskStatus.IN_PROGRESS, TaskStatus.FAILED, TaskStatus.CANCELLED}),
    TaskStatus.IN_PROGRESS: frozenset(
        {TaskStatus.QUEUED, TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED}
    ),
    TaskStatus.COMPLETED: frozenset(),
    TaskStatus.FAILED: frozenset(),
    TaskStatus.CANCELLED: frozenset(),
}


def can_become(old: TaskStatus, new: TaskStatus) -> bool:
    """Tell whether a status may follow another; back to queued only for the next attempt."""
    return new in TRANSITIONS[old]


@dataclass(frozen=True, slots=True)
class StoredInput:
    """A picture or source video taken in: its storage key and probed facts."""

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

    @property
    def seconds(self) -> str:
        """The length as the wire says it: frames / 24, at most 3 decimals, no trailing zeros."""
        return format_seconds(self.frames)


@dataclass(frozen=True, slots=True)
class TaskError:
    """Why a task failed."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Task:
    """One asked-for video.

    `seconds` is the length of the new clip or segment, `frames` the whole result's as planned;
    `source_id` is the task it derives from, `video` the source video's key when it was uploaded;
    times are seconds since 1970; `change` is the owner's change number, for resuming event streams;
    `crashes` and `failures` count attempts that died with their worker or failed in the backend.
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
    ratio_given: bool = False
    preset: str | None = None
    source_id: UUID | None = None
    source_frames: int | None = None
    start_frame: int | None = None
    inputs: tuple[StoredInput, ...] = ()
    video: StoredInput | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    clip: Clip | None = None
    error: TaskError | None = None
    completed_at: float | None = None
    expires_at: float | None = None
    cancel_requested_at: float | None = None
    change: int = 0

    @property
    def public_id(self) -> str:
        """The id as the task's own format writes it."""
        return public_id(self.id, self.format)


def public_id(task_id: UUID, fmt: Format) -> str:
    """Write an id: `video_<32 hex>` in the OpenAI format, `grok:<uuid>` in the Unified one."""
    return f"video_{task_id.hex}" if fmt is Format.OPENAI else f"grok:{task_id}"


_ID = re.compile(
    r"(?:[A-Za-z0-9._-]{1,64}:)?(?:(?:grok:|video_|task_)?)"
    r"([0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
    re.IGNORECASE,
)


def parse_task_id(text: str) -> UUID | None:
    """Read an id in any accepted spelling, with or without a `model:` prefix; None if it is none."""
    found = _ID.fullmatch(text.strip().replace("%3A", ":").replace("%3a", ":"))
    return UUID(found[1]) if found else None


def format_seconds(frames: int) -> str:
    """Write frames as seconds with at most 3 decimals and no trailing zeros."""
    return f"{frames / FPS:.3f}".rstrip("0").rstrip(".")
