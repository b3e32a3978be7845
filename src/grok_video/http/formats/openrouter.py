"""The dialect of OpenRouter's video API: parse and render (docs/dev/wire-format.md 12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ...domain.errors import GrokVideoError, InvalidValue
from ...domain.request import MAX_IMAGES, Format, Mode, Operation, Source, VideoRequest
from ...domain.task import Task, TaskStatus
from ..fields import Fields
from ..ids import id_of
from ..links import Links
from ..parsing import read_request
from ..sources import read_source, task_source

FORMAT = Format.OPENAI
DEFAULT_SECONDS = 6
ACCEPTED_STATUS = 202
PENDING_STATUS = 200
SECONDS_NAMES = ("duration", "seconds")
# For OpenRouter's own routing, logs and billing.
WITHOUT_EFFECT = ("provider", "user", "session_id", "trace")
FRAMES = ("first_frame", "last_frame")

_STATUSES = {
    TaskStatus.QUEUED: "pending",
    TaskStatus.IN_PROGRESS: "in_progress",
    TaskStatus.COMPLETED: "completed",
    TaskStatus.FAILED: "failed",
    TaskStatus.CANCELLED: "cancelled",
}


def derivation(fields: Fields) -> tuple[Operation, Source | None]:
    """Return what a POST is for: `previous_job_id` with a duration is extended by it, and without one edited.

    Raises VideoNotFound.
    """
    previous = next(fields.find("previous_job_id"), None)
    if previous is None:
        return Operation.CREATE, None
    operation = Operation.EXTEND if any(fields.find(*SECONDS_NAMES)) else Operation.REMIX
    return operation, task_source(previous[1], previous[0])


def parse(fields: Fields, operation: Operation, source: Source | None = None) -> VideoRequest:
    """Return the request that the fields describe; raise an InvalidRequest or ModelNotFound naming the field."""
    for name, _ in fields.find("callback_url"):
        raise InvalidValue(f"{name} is not supported by this server: poll polling_url instead.", param=name)
    fields.known.update(WITHOUT_EFFECT)
    return read_request(
        fields,
        operation,
        seconds_names=SECONDS_NAMES,
        source=source,
        images=_images,
        prompt_with_frames=False,
    )


def _images(fields: Fields, operation: Operation) -> tuple[tuple[Source, ...], Mode | None]:
    """Return frames, or else references; with frames OpenRouter does not use the references."""
    if operation is Operation.REMIX:
        return (), None
    frames = _frames(fields) if operation is Operation.CREATE else {}
    if not frames:
        references = _references(fields)
        return references, Mode.REFERENCE if references and operation is Operation.CREATE else None
    if FRAMES[0] not in frames:
        raise InvalidValue("frame_images has a last_frame without a first_frame: send both.", param="frame_images")
    images = tuple(frames[name] for name in FRAMES if name in frames)
    return images, Mode.FIRST_LAST_FRAME if len(images) == 2 else Mode.FIRST_FRAME


def _frames(fields: Fields) -> dict[str, Source]:
    frames: dict[str, Source] = {}
    for index, item in enumerate(_list(fields, "frame_images")):
        param = f"frame_images[{index}]"
        kind = _field(item, "frame_type")
        if kind not in FRAMES:
            message = f"{param}.frame_type is {str(kind)[:40]!r}; send first_frame or last_frame."
            raise InvalidValue(message, param=f"{param}.frame_type")
        if kind in frames:
            raise InvalidValue(f"{param} is a second {kind}.", param=param)
        frames[str(kind)] = read_source(item, param, fields.own_link)
    return frames


def _references(fields: Fields) -> tuple[Source, ...]:
    """Return the images among the references; sounds and videos are left out, as OpenRouter's providers do."""
    images: list[Source] = []
    fields.names["images"] = "input_references"
    for index, item in enumerate(_list(fields, "input_references")):
        if _field(item, "type") not in (None, "image_url"):
            continue
        if len(images) == MAX_IMAGES:
            raise InvalidValue(f"There are more than {MAX_IMAGES} images in input_references.", param="images")
        images.append(read_source(item, f"input_references[{index}]", fields.own_link))
    return tuple(images)


def _field(item: object, name: str) -> Any:
    return cast("Mapping[str, Any]", item).get(name) if isinstance(item, Mapping) else None


def _list(fields: Fields, name: str) -> list[Any]:
    value = next((value for _, value in fields.find(name)), [])
    if not isinstance(value, list):
        raise InvalidValue(f"{name} is a {type(value).__name__}; send a list.", param=name)
    return cast("list[Any]", value)


def render_accepted(task: Task, links: Links) -> dict[str, Any]:
    """Return the response to a POST."""
    return {
        "id": id_of(task),
        "generation_id": id_of(task),
        "polling_url": f"{links.base}/api/v1/videos/{id_of(task)}",
        "status": _STATUSES[task.status],
    }


def render(task: Task, links: Links) -> dict[str, Any]:
    """Return a task; its URL is signed, because clients download it without their key."""
    body = render_accepted(task, links)
    if task.status is TaskStatus.COMPLETED:
        cost = task.facts.get("cost")
        body["status"] = "completed" if links.video else "expired"
        body["usage"] = {"cost": cost if isinstance(cost, int | float) else 0, "is_byok": False}
        body["unsigned_urls"] = [links.video] if links.video else []
    if task.error is not None:
        body["error"] = task.error.message
    return body


def render_error(error: GrokVideoError, status: int, kind: str) -> tuple[int, dict[str, Any]]:
    """Return an error with its status as code; a source that has not ended is a conflict there."""
    status = 409 if error.code == "source_not_completed" else status
    metadata = {"error_type": kind, "error_code": error.code, "param": error.param}
    return status, {"error": {"code": status, "message": error.message, "metadata": metadata}}
