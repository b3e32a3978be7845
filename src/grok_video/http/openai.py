"""The OpenAI-compatible format: parse, render (wire-format.md 1 and 2)."""

from __future__ import annotations

from typing import Any

from ..domain.request import Operation, Source, VideoRequest
from ..domain.task import Task, public_id
from .fields import Fields, read_request
from .links import Links
from .rendering import common_fields, ended_badly, seconds_of

DEFAULT_SECONDS = 6
SECONDS_NAMES = ("seconds", "duration", "video_length")


def parse(fields: Fields, operation: Operation, source: Source | None = None) -> VideoRequest:
    """Read a request said in this format."""
    return read_request(fields, operation, seconds_names=SECONDS_NAMES, source=source)


def render(task: Task, links: Links) -> dict[str, Any]:
    """Write a task as a video object; status is one of the four words that OpenAI's poll() knows."""
    remixed = task.operation is Operation.REMIX and task.source_id
    return {
        "id": task.public_id,
        "object": "video",
        "status": "failed" if ended_badly(task) else task.status.value,
        "created_at": int(task.created_at),
        "completed_at": int(task.completed_at) if task.completed_at else None,
        "expires_at": int(task.expires_at) if task.expires_at else None,
        "seconds": seconds_of(task),
        "remixed_from_video_id": public_id(task.source_id, task.format) if remixed and task.source_id else None,
        **common_fields(task, links),
    }


def render_list(tasks: list[dict[str, Any]], has_more: bool) -> dict[str, Any]:
    """Write a page of video objects; the next page is after `last_id`."""
    return {
        "object": "list",
        "data": tasks,
        "first_id": tasks[0]["id"] if tasks else None,
        "last_id": tasks[-1]["id"] if tasks else None,
        "has_more": has_more,
    }


def render_deleted(task: Task) -> dict[str, Any]:
    """Write the answer to a delete."""
    return {"id": task.public_id, "object": "video.deleted", "deleted": True}
