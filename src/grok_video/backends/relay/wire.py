"""What a relayed server is told and says, in the dialects of the field (wire-format.md 1 and 2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urljoin

from ...domain.errors import BackendError, Moderated, Unavailable, UpstreamConfused, UpstreamExpired, UpstreamFailed
from ...domain.task import Task
from ..upstream.api import MODERATION, Answer, Api
from ..upstream.media import data_uri
from ..upstream.poller import State

Dialect = Literal["grok", "openai", "unified"]

# The status words of the field: what official APIs, aggregators and their forks say.
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
RESULT_PLACES = (
    ("output", "url"), ("video_url",), ("url",), ("detail", "url"), ("result_url",), ("metadata", "url"),
    ("video", "url"), ("data", "video_url"), ("data", "url"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """One POST: a path, and what reads what httpx2 is given to send."""

    path: str
    content: Callable[[], Mapping[str, Any]]


def create_letter(
    task: Task, model: str, dialect: Dialect, pictures: Sequence[Path], prompt: str, seconds: int
) -> Letter:
    """Ask for a new video."""
    fields = _fields(task, model, prompt, seconds, dialect)
    if dialect == "unified":
        return Letter("/video/create", partial(_with_uris, fields, pictures))
    return Letter("/videos", partial(_with_files, fields, pictures))


def remix_letter(task: Task, model: str, dialect: Dialect, source: str) -> Letter:
    """Ask for a remix of one of the upstream's own videos."""
    if dialect == "openai":
        return Letter(f"/videos/{path_id(source)}/remix", lambda: {"json": {"prompt": task.prompt}})
    body = _fields(task, model, task.prompt, None, dialect)
    if dialect == "unified":
        return Letter("/video/remix", lambda: {"json": {**body, "task_id": source}})
    return Letter(f"/videos/{path_id(source)}/remix", lambda: {"json": body})


def extend_letter(task: Task, model: str, dialect: Dialect, head: Path, pictures: Sequence[Path]) -> Letter:
    """Ask for a video that goes on where a file ends."""
    fields = _fields(task, model, task.prompt, task.seconds, dialect)
    return Letter("/videos/extensions", partial(_with_files, fields, pictures, head))


def _with_uris(fields: Mapping[str, Any], pictures: Sequence[Path]) -> dict[str, Any]:
    return {"json": {**fields, "images": [data_uri(one, _kind(one)) for one in pictures]}}


def _with_files(fields: Mapping[str, Any], pictures: Sequence[Path], video: Path | None = None) -> dict[str, Any]:
    # A part without a file name is a plain field; so the body is multipart with and without pictures.
    parts: list[tuple[str, Any]] = [(name, (None, str(value))) for name, value in fields.items()]
    if video is not None:
        parts.append(("video", (video.name, video.read_bytes(), "video/mp4")))
    parts += [("input_reference", (one.name, one.read_bytes(), _kind(one))) for one in pictures]
    return {"files": parts}


def _fields(task: Task, model: str, prompt: str, seconds: int | None, dialect: Dialect) -> dict[str, Any]:
    fields: dict[str, Any] = {"model": model, "prompt": prompt}
    if dialect == "openai":
        fields["size"] = f"{task.width}x{task.height}"
    else:
        fields |= {"size": task.resolution.value, "aspect_ratio": task.aspect_ratio.value, "seed": task.seed}
    if seconds is not None:
        fields["duration" if dialect == "unified" else "seconds"] = seconds
    return fields


def _kind(picture: Path) -> str:
    return "image/png" if picture.suffix == ".png" else "image/jpeg"


def path_id(upstream_id: str) -> str:
    """Write an id into a path; `:` stays as every client sends it."""
    return quote(upstream_id, safe=":")


def id_of(answer: Answer) -> str | None:
    """Find the task's id in an answer to a POST."""
    data = answer.fields.get("data")
    places = [answer.fields, data if isinstance(data, dict) else {}]
    found = [place.get(name) for place in places for name in ("id", "task_id", "request_id", "video_id")]
    return next((str(one) for one in found if isinstance(one, str | int) and str(one)), None)


async def look(api: Api, dialect: Dialect, upstream_id: str) -> State:
    """Look at a task, whatever words the upstream has for its status."""
    path = f"/videos/{path_id(upstream_id)}"
    if dialect == "unified":
        path = f"/video/query?id={quote(upstream_id, safe='')}"
    answer = await api.get(path)
    if answer.status == 404:
        raise UpstreamExpired("The upstream does not know this video any more.")
    if answer.status == 429 or answer.status >= 500:
        raise Unavailable(f"The upstream answered {answer.status}.", retry_after=answer.retry_after)
    if answer.status not in (200, 202):
        raise api.look_refusal(answer)
    body = _inner(answer.fields)
    status = re.sub(r"[\s-]+", "_", str(body.get("status") or body.get("task_status") or "").strip().lower())
    if status in DONE | FAILED | EXPIRED:
        return State(True, 100.0, {**body, "status": status})
    if status in PENDING or (answer.status == 202 and not status):
        return State(False, percent_of(body.get("progress")), body)
    if not status and address_in(body):
        return State(True, 100.0, {**body, "status": "completed"})
    raise UpstreamConfused(f"The upstream's status {status[:40]!r} means nothing here.")


def _inner(body: dict[str, Any]) -> dict[str, Any]:
    data = body.get("data")
    return data if "status" not in body and isinstance(data, dict) else body


def percent_of(progress: Any) -> float | None:
    """Read a progress said as 42, "42", "42%" or 0.42."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%?\s*", str(progress)) if progress is not None else None
    if found is None or isinstance(progress, bool):
        return None
    number = float(found[1])
    return 100 * number if isinstance(progress, float) and number <= 1 else min(number, 100.0)


def address_in(body: Mapping[str, Any]) -> str | None:
    """Find the result's address in the places where clients look for it."""
    for places in RESULT_PLACES:
        found: Any = body
        for name in places:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, str) and found:
            return found
    return None


def address_of(body: Mapping[str, Any], api: Api, upstream_id: str) -> str:
    """Give where the finished file is, /content if nothing else is said; raise what a bad end means."""
    status = body.get("status")
    if status in EXPIRED:
        raise UpstreamExpired
    if status in FAILED:
        raise _failure(body, api)
    found = address_in(body)
    if found is None:
        return content_of(api, upstream_id)
    return urljoin(api.base_url + "/", found)


def content_of(api: Api, upstream_id: str) -> str:
    """Give where the upstream's API itself has the finished file."""
    return f"{api.base_url}/videos/{path_id(upstream_id)}/content"


def _failure(body: Mapping[str, Any], api: Api) -> BackendError:
    said = api.words_of(Answer(200, dict(body))) or api.scrub(str(body.get("fail_reason") or ""))
    if "moderation_blocked" in said or any(word in said.lower() for word in MODERATION):
        return Moderated()
    return UpstreamFailed(f"The upstream could not make the video: {said or 'it does not say why'}")


def cost_of(body: Mapping[str, Any]) -> float | None:
    """Give what the upstream says that it cost, in US dollars."""
    metadata = body.get("metadata")
    for place in (metadata, body):
        cost: Any = place.get("cost") if isinstance(place, dict) else None
        if isinstance(cost, int | float) and not isinstance(cost, bool):
            return float(cost)
    return None
