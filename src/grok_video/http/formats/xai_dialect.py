"""The dialect of xAI's API: parse and render (docs/dev/wire-format.md 10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from ...domain.errors import GrokVideoError, InvalidValue
from ...domain.request import Format, Mode, Operation, Resolution, Source, VideoRequest
from ...domain.task import Task, TaskStatus
from ..fields import Fields
from ..links import Links
from ..parsing import images_of, read_request
from ..sources import ImageNames, read_source
from .common import ended_without_video, seconds_of

FORMAT = Format.XAI
DEFAULT_SECONDS = 8
DEFAULT_EXTENSION_SECONDS = 6
ACCEPTED_STATUS = 200
PENDING_STATUS = 202
SECONDS_NAMES = ("duration", "seconds")
IMAGES = ImageNames(
    plain=("reference_images",),
    first=("image", "input_reference"),
    last=("last_frame",),
    mode=Mode.REFERENCE,
    beside=True,
)
# What would make another video than the one that is returned, or put it somewhere else.
REFUSED = ("keyframes", "reference_audios", "output")
TICKS_PER_USD = 10**10

# Error codes of tasks by xAI's words for them; any other is its internal_error.
_CODES = {
    "cancelled": "failed_precondition", "rejected": "invalid_argument", "source_missing": "failed_precondition",
    "backend_auth": "permission_denied", "backend_quota": "permission_denied",
    "backend_unavailable": "service_unavailable", "upstream_lost": "service_unavailable",
    "upstream_timed_out": "service_unavailable",
}  # fmt: skip
_TAG = re.compile(r"<image_(\d+)>", re.IGNORECASE)


def is_edit(json: bool, fields: Fields) -> bool:
    """Check whether a POST to /v1/videos/edits is xAI's: JSON with a URL in `video.url`."""
    return json and _is_url(_video_url(fields))


def is_extension(json: bool, fields: Fields) -> bool:
    """Check whether a POST to /v1/videos/extensions is xAI's.

    It is JSON with an http(s) or data URL in `video.url`, a model of xAI's, and no `start_time`.
    """
    model = fields.raw.get("model")
    return (
        json
        and _is_url(_video_url(fields))
        and isinstance(model, str)
        and model.startswith("grok-imagine")
        and not any(fields.find("start_time", "startTime"))
    )


def source_of(fields: Fields) -> Source:
    """Return the video of an edit or extension; raise InvalidImage or InvalidValue naming the field."""
    fields.known.add("video")
    return read_source(_video_url(fields), "video.url", fields.own_link)


def _video_url(fields: Fields) -> Any:
    video = fields.raw.get("video")
    return cast("Mapping[str, Any]", video).get("url") if isinstance(video, Mapping) else None


def _is_url(value: object) -> bool:
    return isinstance(value, str) and value[:8].lower().startswith(("http://", "https://", "data:"))


def parse(fields: Fields, operation: Operation, source: Source | None = None) -> VideoRequest:
    """Return the request that the fields describe; raise an InvalidRequest or ModelNotFound naming the field.

    Tags are `<IMAGE_1>` and so on, or count from 0 if there is an `<IMAGE_0>`; they name references, behind the image
    that is the first frame.
    """
    for name, value in fields.find(*REFUSED):
        if value not in ([], {}, False):
            raise InvalidValue(f"{name} is not supported by this server: leave it out.", param=name)
    try:
        images, mode = images_of(fields, operation, IMAGES)
    except GrokVideoError as error:
        raise fields.with_client_name(error) from None
    prompt = fields.raw.get("prompt")
    if isinstance(prompt, str):
        beside = 1 if mode is Mode.FIRST_FRAME and len(images) > 1 else 0
        fields = replace(fields, raw={**fields.raw, "prompt": _with_our_tags(prompt, beside)})
    request = read_request(
        fields,
        operation,
        seconds_names=SECONDS_NAMES,
        source=source,
        images=lambda _fields, _operation: (images, mode),
        prompt_with_frames=False,
    )
    if operation is Operation.EXTEND and request.seconds is None:
        return replace(request, seconds=DEFAULT_EXTENSION_SECONDS)
    if operation is Operation.CREATE and request.resolution is None:
        return replace(request, resolution=Resolution.P480)
    return request


def _with_our_tags(prompt: str, beside: int) -> str:
    numbers = [int(number) for number in _TAG.findall(prompt)]
    shift = beside + (1 if 0 in numbers else 0)
    return _TAG.sub(lambda tag: f"@img{int(tag[1]) + shift}", prompt)


def request_id(task: Task) -> str:
    """Return a task's id as xAI writes it: the UUID."""
    return str(task.id)


def render_accepted(task: Task, _links: Links) -> dict[str, Any]:
    """Return the response to a POST."""
    return {"request_id": request_id(task)}


def render(task: Task, links: Links) -> dict[str, Any]:
    """Return an ended task; nothing while it is pending, when xAI's body is empty too."""
    if not task.status.final:
        return {}
    cost = task.facts.get("cost")
    usage = {"usage": {"cost_in_usd_ticks": round(cost * TICKS_PER_USD)}} if isinstance(cost, int | float) else {}
    common = {"model": task.model_label or task.model, **usage}
    if task.error is not None and task.error.code == "moderation_blocked":
        return {"status": "done", **common, "progress": 100, "video": {"respect_moderation": False}}
    if ended_without_video(task):
        code = _CODES.get(task.error.code, "internal_error") if task.error else "internal_error"
        return {"status": "failed", **common, "error": {"code": code, "message": _reason(task)}}
    if links.video is None:
        return {"status": "expired"}
    seconds = float(seconds_of(task))
    video: dict[str, Any] = {
        "url": links.video,
        "duration": int(seconds) if seconds.is_integer() else seconds,
        "respect_moderation": True,
    }
    if "storage_options" in task.ignored:
        video["storage_error"] = "This server has no Files API for videos; the video is at its URL."
    return {"status": "done", **common, "progress": 100, "video": video}


def _reason(task: Task) -> str:
    if task.error is not None:
        return task.error.message
    return "The video was cancelled." if task.status is TaskStatus.CANCELLED else "The video failed."


def render_error(error: GrokVideoError, status: int, _kind: str) -> tuple[int, dict[str, Any]]:
    """Return an error in xAI's form: a code, and the message in `error`."""
    return status, {"code": error.code, "error": error.message}
