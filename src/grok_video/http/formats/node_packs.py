"""The older `/v2/videos/generations` of node packs and gateways: parse and render (docs/dev/wire-format.md 11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...domain.request import Format, Operation, Resolution, Source, VideoRequest
from ...domain.task import Task, TaskStatus
from ..errors import render_error as render_error
from ..fields import Fields
from ..ids import id_of
from ..links import Links
from ..parsing import read_request
from ..spellings import parse_flag
from .common import ended_without_video

FORMAT = Format.UNIFIED
DEFAULT_SECONDS = 10
SECONDS_NAMES = ("duration", "seconds", "video_length")
ACCEPTED_STATUS = PENDING_STATUS = 200


def parse(fields: Fields, operation: Operation, source: Source | None = None) -> VideoRequest:
    """Return the request that the fields describe; raise an InvalidRequest or ModelNotFound naming the field.

    `hd` is 1080P if no resolution is named; `private` is accepted, as every video is.
    """
    high = fields.read("hd", lambda raw: parse_flag(raw, "hd"))
    fields.known.add("private")
    request = read_request(fields, operation, seconds_names=SECONDS_NAMES, source=source)
    return replace(request, resolution=Resolution.P1080) if high and request.resolution is None else request


def render_accepted(task: Task, _links: Links) -> dict[str, Any]:
    """Return the response to a POST."""
    return {"task_id": id_of(task)}


def render(task: Task, links: Links) -> dict[str, Any]:
    """Return a task; `progress` is a text with a percent sign, and times are 0 until they are known."""
    status = {TaskStatus.QUEUED: "QUEUED", TaskStatus.IN_PROGRESS: "IN_PROGRESS", TaskStatus.COMPLETED: "SUCCESS"}
    failed = ended_without_video(task)
    return {
        "task_id": id_of(task),
        "platform": "grok-video",
        "action": task.operation.value,
        "status": "FAILURE" if failed else status[task.status],
        "fail_reason": task.error.message if task.error else "cancelled" if failed else "",
        "submit_time": int(task.created_at),
        "finish_time": int(task.completed_at or 0),
        "progress": f"{task.progress}%",
        "data": {"output": links.video, "model": task.model_label or task.model} if links.video else None,
    }
