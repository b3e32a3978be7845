"""Task ids as clients write them (docs/dev/wire-format.md 2); everywhere else a task's id is a UUID."""

from __future__ import annotations

import re
from uuid import UUID

from starlette.requests import Request

from ..domain.errors import NotFound, VideoNotFound
from ..domain.request import Format
from ..domain.task import Task

# Of keys and sessions.
PLAIN_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
_FILE_ID = re.compile(r"(?:file[-_])?([0-9a-f]{32})", re.IGNORECASE)
_ID = re.compile(
    r"(?:[A-Za-z0-9._-]{1,64}:)?(?:(?:grok:|video_|task_)?)"
    r"([0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
    re.IGNORECASE,
)


def public_id(task_id: UUID, fmt: Format) -> str:
    """Return an id as a format writes it: `grok:<uuid>` (Unified), else `video_<32 hex>`."""
    return f"grok:{task_id}" if fmt is Format.UNIFIED else f"video_{task_id.hex}"


def id_of(task: Task) -> str:
    """Return a task's id as its own format writes it."""
    return public_id(task.id, task.format)


def file_id(number: UUID) -> str:
    """Return the id of an uploaded file as clients see it."""
    return f"file-{number.hex}"


def parse_file_id(text: str) -> UUID | None:
    """Return the UUID of an uploaded file's id; None for anything else."""
    match = _FILE_ID.fullmatch(text.strip())
    return UUID(match[1]) if match else None


def read_plain_id(request: Request) -> str:
    """Return the id of a key or session that a path names; raise NotFound if none can have it."""
    text: str = request.path_params["id"]
    if not PLAIN_ID.fullmatch(text):
        raise NotFound(f"There is no {text[:80]!r}.", param="id")
    return text


def parse_task_id(text: str) -> UUID | None:
    """Return the UUID of an id in any accepted spelling, with or without a `model:` prefix; None for anything else."""
    match = _ID.fullmatch(_decoded(text.strip()))
    return UUID(match[1]) if match else None


def read_task_id(text: str) -> UUID:
    """Return the UUID of an id in any accepted spelling; raise VideoNotFound for anything else."""
    task_id = parse_task_id(text)
    if task_id is None:
        raise VideoNotFound("There is no such video. Ids look like video_<32 hex> or grok:<uuid>.")
    return task_id


def format_of(text: str) -> Format:
    """Return the format that an id is written in: `grok:` is Unified, anything else OpenAI."""
    return Format.UNIFIED if "grok:" in _decoded(text.lower()) else Format.OPENAI


def _decoded(text: str) -> str:
    return text.replace("%3A", ":").replace("%3a", ":")
