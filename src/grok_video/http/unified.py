"""The unified format: parse, render (wire-format.md 1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..domain.request import Operation, Source, VideoRequest
from ..domain.task import Task, TaskStatus
from .fields import Fields, read_request
from .links import Links
from .rendering import common_fields, ended_badly, seconds_of

DEFAULT_SECONDS = 10
SECONDS_NAMES = ("duration", "seconds", "video_length")


def parse(fields: Fields, operation: Operation, source: Source | None = None) -> VideoRequest:
    """Read a request said in this format."""
    return read_request(fields, operation, seconds_names=SECONDS_NAMES, source=source)


def render(task: Task, links: Links) -> dict[str, Any]:
    """Write a task; status is processing, completed or failed."""
    status = "failed" if ended_badly(task) else "processing"
    if task.status is TaskStatus.COMPLETED:
        status = "completed"
    seconds = seconds_of(task)
    return {
        "id": task.public_id,
        "status": status,
        "seconds": seconds,
        "duration": float(seconds) if "." in seconds else int(seconds),
        "ratio": task.aspect_ratio.value,
        # Some clients require it; nothing here rewrites a prompt.
        "enhanced_prompt": task.prompt,
        **common_fields(task, links),
    }


def render_created(task: Task, links: Links) -> dict[str, Any]:
    """Write the answer to a create: alone in this format it says when, as RFC 3339."""
    created = datetime.fromtimestamp(task.created_at, UTC).isoformat(timespec="milliseconds")
    return {**render(task, links), "created_at": created.replace("+00:00", "Z")}
