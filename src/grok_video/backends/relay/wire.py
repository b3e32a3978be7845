"""The requests and responses of a relayed server, in its dialect (docs/dev/wire-format.md 8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urljoin

from ...domain.errors import (
    BackendError,
    InvalidUpstreamResponse,
    Moderated,
    Unavailable,
    UpstreamExpired,
    UpstreamFailed,
)
from ...domain.prompt import name_of_frame, renamed_references, with_references
from ...domain.request import Mode, Resolution, frame_size
from ...domain.task import Task
from ..upstream.api import MODERATION, Api, UpstreamResponse
from ..upstream.poller import JobState
from ..upstream.preparation import data_uri

Dialect = Literal["grok", "openai", "unified"]
NATIVE_RESOLUTIONS = (Resolution.P720, Resolution.P1080)

# Status words of official APIs, aggregators and their forks.
PENDING = frozenset(
    "queued queueing in_queue pending waiting submitted submitting accepted created not_start not_started starting "
    "scheduled preparing initializing in_progress processing running generating rendering active started unknown "
    "throttled retrying".split()
)
DONE = frozenset("completed complete success succeeded successful done finished ready ok".split())
FAILED = frozenset(
    "failed failure fail error errored cancelled canceled rejected blocked moderated timeout timed_out aborted".split()
)
EXPIRED = frozenset(("expired", "deleted"))
RESULT_FIELDS = (
    ("output", "url"), ("video_url",), ("url",), ("detail", "url"), ("result_url",), ("metadata", "url"),
    ("video", "url"), ("data", "video_url"), ("data", "url"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """One POST: its path, and a function that reads the content for httpx2."""

    path: str
    content: Callable[[], Mapping[str, Any]]


def prompt_of(task: Task) -> str:
    """Return the prompt of a new video, whose tags tell an upstream what the images are for.

    Without tags, one image or two are frames there; with tags, they are references (docs/dev/wire-format.md 4).
    """
    if task.mode is Mode.REFERENCE:
        return with_references(task.prompt, len(task.inputs)) if len(task.inputs) <= 2 else task.prompt
    return renamed_references(task.prompt, name_of_frame)


def create_request(
    task: Task, model: str, dialect: Dialect, images: Sequence[Path], prompt: str, seconds: int
) -> UpstreamRequest:
    """Return the request for a new video."""
    fields = _fields(task, model, prompt, seconds, dialect)
    if dialect == "unified":
        return UpstreamRequest("/video/create", partial(_with_uris, fields, images))
    return UpstreamRequest("/videos", partial(_with_files, fields, images))


def remix_request(task: Task, model: str, dialect: Dialect, source: str) -> UpstreamRequest:
    """Return the request to remix one of the upstream's own videos."""
    if dialect == "openai":
        return UpstreamRequest(f"/videos/{path_id(source)}/remix", lambda: {"json": {"prompt": task.prompt}})
    body = _fields(task, model, task.prompt, None, dialect)
    if dialect == "unified":
        return UpstreamRequest("/video/remix", lambda: {"json": {**body, "task_id": source}})
    return UpstreamRequest(f"/videos/{path_id(source)}/remix", lambda: {"json": body})


def extend_request(task: Task, model: str, dialect: Dialect, head: Path, images: Sequence[Path]) -> UpstreamRequest:
    """Return the request for a video that continues a file."""
    fields = _fields(task, model, task.prompt, task.seconds, dialect)
    return UpstreamRequest("/videos/extensions", partial(_with_files, fields, images, head))


def _with_uris(fields: Mapping[str, Any], images: Sequence[Path]) -> dict[str, Any]:
    return {"json": {**fields, "images": [data_uri(image, _media_type(image)) for image in images]}}


def _with_files(fields: Mapping[str, Any], images: Sequence[Path], video: Path | None = None) -> dict[str, Any]:
    # A part without a file name is a plain field, so the body is multipart with and without images.
    parts: list[tuple[str, Any]] = [(name, (None, str(value))) for name, value in fields.items()]
    if video is not None:
        parts.append(("video", (video.name, video.read_bytes(), "video/mp4")))
    parts += [("input_reference", (image.name, image.read_bytes(), _media_type(image))) for image in images]
    return {"files": parts}


def _fields(task: Task, model: str, prompt: str, seconds: int | None, dialect: Dialect) -> dict[str, Any]:
    fields: dict[str, Any] = {"model": model, "prompt": prompt}
    # The documented sizes of this API begin with 720P: less is scaled down here.
    resolution = task.resolution if task.resolution in NATIVE_RESOLUTIONS else Resolution.P720
    if dialect == "openai":
        width, height = frame_size(task.aspect_ratio, resolution)
        fields["size"] = f"{width}x{height}"
    else:
        fields |= {"size": resolution.value, "aspect_ratio": task.aspect_ratio.value, "seed": task.seed}
    if seconds is not None:
        fields["duration" if dialect == "unified" else "seconds"] = seconds
    return fields


def _media_type(image: Path) -> str:
    return "image/png" if image.suffix == ".png" else "image/jpeg"


def path_id(upstream_id: str) -> str:
    """Return an id as a path segment; `:` stays, as every client sends it."""
    return quote(upstream_id, safe=":")


def id_of(response: UpstreamResponse) -> str | None:
    """Return the task's id from a response to a POST, or None."""
    data = response.fields.get("data")
    objects = [response.fields, data if isinstance(data, dict) else {}]
    ids = [fields.get(name) for fields in objects for name in ("id", "task_id", "request_id", "video_id")]
    return next((str(value) for value in ids if isinstance(value, str | int) and str(value)), None)


async def poll(api: Api, dialect: Dialect, upstream_id: str) -> JobState:
    """Return a task's state, whatever words the upstream has for it."""
    path = f"/videos/{path_id(upstream_id)}"
    if dialect == "unified":
        path = f"/video/query?id={quote(upstream_id, safe='')}"
    response = await api.get(path)
    if response.status == 404:
        raise UpstreamExpired("The upstream no longer knows this video.")
    if response.status == 429 or response.status >= 500:
        raise Unavailable(f"The upstream responded with {response.status}.", retry_after=response.retry_after)
    if response.status not in (200, 202):
        raise api.poll_error(response)
    body = _inner(response.fields)
    status = re.sub(r"[\s-]+", "_", str(body.get("status") or body.get("task_status") or "").strip().lower())
    if status in DONE | FAILED | EXPIRED:
        return JobState(True, 100.0, {**body, "status": status})
    if status in PENDING or (response.status == 202 and not status):
        return JobState(False, percent_of(body.get("progress")), body)
    if not status and url_in(body):
        return JobState(True, 100.0, {**body, "status": "completed"})
    raise InvalidUpstreamResponse(f"The upstream's status {status[:40]!r} is unknown.")


def _inner(body: dict[str, Any]) -> dict[str, Any]:
    data = body.get("data")
    return data if "status" not in body and isinstance(data, dict) else body


def percent_of(progress: Any) -> float | None:
    """Return a progress given as 42, "42", "42%" or 0.42 in percent, or None."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%?\s*", str(progress)) if progress is not None else None
    if match is None or isinstance(progress, bool):
        return None
    number = float(match[1])
    return 100 * number if isinstance(progress, float) and number <= 1 else min(number, 100.0)


def url_in(body: Mapping[str, Any]) -> str | None:
    """Return the result's URL from the fields where clients look for it, or None."""
    for names in RESULT_FIELDS:
        value: Any = body
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str) and value:
            return value
    return None


def result_url(body: Mapping[str, Any], api: Api, upstream_id: str) -> str:
    """Return the finished file's URL, by default its /content; raise the error that the task ended with, if any."""
    status = body.get("status")
    if status in EXPIRED:
        raise UpstreamExpired
    if status in FAILED:
        raise _failure(body, api)
    url = url_in(body)
    if url is None:
        return content_url(api, upstream_id)
    return urljoin(api.base_url + "/", url)


def content_url(api: Api, upstream_id: str) -> str:
    """Return the URL of the finished file in the upstream's API."""
    return f"{api.base_url}/videos/{path_id(upstream_id)}/content"


def _failure(body: Mapping[str, Any], api: Api) -> BackendError:
    message = api.message_of(UpstreamResponse(200, dict(body))) or api.redact(str(body.get("fail_reason") or ""))
    if "moderation_blocked" in message or any(word in message.lower() for word in MODERATION):
        return Moderated()
    return UpstreamFailed(f"The upstream could not make the video: {message or 'no reason given'}")


def cost_of(body: Mapping[str, Any]) -> float | None:
    """Return the cost that the upstream reports, in US dollars, or None."""
    metadata = body.get("metadata")
    for fields in (metadata, body):
        cost: Any = fields.get("cost") if isinstance(fields, dict) else None
        if isinstance(cost, int | float) and not isinstance(cost, bool):
            return float(cost)
    return None
