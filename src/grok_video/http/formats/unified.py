"""The Unified format: parse and render (docs/dev/wire-format.md 1 and 5)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ...domain.request import Format, Operation, Source, VideoRequest
from ...domain.task import Task, TaskStatus
from ..errors import render_error as render_error
from ..fields import Fields
from ..ids import id_of
from ..links import Links
from ..parsing import read_request
from .common import common_fields, ended_without_video, seconds_of

FORMAT = Format.UNIFIED
DEFAULT_SECONDS = 10
ACCEPTED_STATUS = PENDING_STATUS = 200
SECONDS_NAMES = ("duration", "seconds", "video_length")


def parse(fields: Fields, operation: Operation, source: Source | None = None) -> VideoRequest:
    """Return the request that the fields describe; raise an InvalidRequest or ModelNotFound naming the field."""
    return read_request(fields, operation, seconds_names=SECONDS_NAMES, source=source)


def render(task: Task, links: Links) -> dict[str, Any]:
    """Return a task as a Unified object; its status is processing, completed or failed."""
    status = "failed" if ended_without_video(task) else "processing"
    if task.status is TaskStatus.COMPLETED:
        status = "completed"
    seconds = seconds_of(task)
    return {
        "id": id_of(task),
        "status": status,
        "seconds": seconds,
        "duration": float(seconds) if "." in seconds else int(seconds),
        "ratio": task.aspect_ratio.value,
        # Some clients require it; this server does not rewrite prompts.
        "enhanced_prompt": task.prompt,
        **common_fields(task, links),
    }


def render_accepted(task: Task, links: Links) -> dict[str, Any]:
    """Return the response to a POST; that to a create is the only Unified one with `created_at` (RFC 3339)."""
    if task.operation is not Operation.CREATE:
        return render(task, links)
    created = datetime.fromtimestamp(task.created_at, UTC).isoformat(timespec="milliseconds")
    return {**render(task, links), "created_at": created.replace("+00:00", "Z")}
