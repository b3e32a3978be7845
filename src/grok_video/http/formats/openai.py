"""The OpenAI-compatible format: parse and render (docs/dev/wire-format.md 1 and 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...domain.request import Format, Operation, Source, VideoRequest
from ...domain.task import Task
from ..errors import render_error as render_error
from ..fields import Fields
from ..ids import id_of, public_id
from ..links import Links
from ..parsing import read_request
from .common import common_fields, ended_without_video, seconds_of

FORMAT = Format.OPENAI
DEFAULT_SECONDS = 6
ACCEPTED_STATUS = PENDING_STATUS = 200
SECONDS_NAMES = ("seconds", "duration", "video_length")


def parse(fields: Fields, operation: Operation, source: Source | None = None) -> VideoRequest:
    """Return the request that the fields describe; raise an InvalidRequest or ModelNotFound naming the field."""
    return read_request(fields, operation, seconds_names=SECONDS_NAMES, source=source)


def render(task: Task, links: Links) -> dict[str, Any]:
    """Return a task as a video object; its status is one of the four that OpenAI's poll() knows."""
    remix_source = task.source_id if task.operation is Operation.REMIX else None
    return {
        "id": id_of(task),
        "object": "video",
        "status": "failed" if ended_without_video(task) else task.status.value,
        "created_at": int(task.created_at),
        "completed_at": int(task.completed_at) if task.completed_at else None,
        "expires_at": int(task.expires_at) if task.expires_at else None,
        "seconds": seconds_of(task),
        "remixed_from_video_id": public_id(remix_source, task.format) if remix_source else None,
        **common_fields(task, links),
    }


def render_accepted(task: Task, links: Links) -> dict[str, Any]:
    """Return the response to a create, remix or extension: the task as it is now."""
    return render(task, links)


def render_list(videos: Sequence[dict[str, Any]], has_more: bool) -> dict[str, Any]:
    """Return a page of video objects; the next page is after `last_id`."""
    return {
        "object": "list",
        "data": list(videos),
        "first_id": videos[0]["id"] if videos else None,
        "last_id": videos[-1]["id"] if videos else None,
        "has_more": has_more,
    }


def render_deleted(video_id: str) -> dict[str, Any]:
    """Return the response to a deletion, and its event."""
    return {"id": video_id, "object": "video.deleted", "deleted": True}
