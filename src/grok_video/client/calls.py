"""The requests that both clients send, and when they are retried."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from json import dumps
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx2

from .connection import find_connection
from .video import Image

RETRIES = 2
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
# Each wait holds a stream and sends requests beside it: with a common limit, many waits would block each other.
UNLIMITED = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
REMOTE = ("http://", "https://", "data:")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request."""

    method: str
    path: str
    json: Mapping[str, Any] | None = None
    data: Mapping[str, Any] | None = None
    files: Sequence[tuple[str, tuple[str, bytes, str]]] | None = None
    params: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def content(self) -> dict[str, Any]:
        """Return what is sent, as keywords for httpx."""
        return {
            "json": self.json, "data": self.data, "files": self.files, "params": self.params, "headers": self.headers
        }  # fmt: skip


def path_of(video_id: str) -> str:
    """Return a video's path; an id is one segment, whatever characters it contains.

    A bare UUID, the id in xAI's dialect, becomes one of ours, for a response in this client's format.
    """
    with suppress(ValueError):
        if "-" in video_id:
            video_id = f"video_{UUID(video_id).hex}"
    return f"/videos/{quote(video_id, safe=':')}"


def without_none(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def submission(path: str, images: Sequence[Image], key: str | None, fields: Mapping[str, Any]) -> Call:
    """Return the request for a video; all retries have one Idempotency-Key, so that none makes a second video."""
    if isinstance(images, str | Path):
        raise TypeError(f"images is one text, {str(images)[:40]!r}; give a list of files or URLs")
    headers = {"Idempotency-Key": key or uuid4().hex}
    fields = without_none(**fields)
    if any(_is_remote(image) for image in images) or not images:
        references = {"input_reference": [_as_text(image) for image in images]} if images else {}
        return Call("POST", path, json={**fields, **references}, headers=headers)
    metadata: Mapping[str, Any] = fields.pop("metadata", {})
    # A form has texts only.
    data = {name: dumps(value) if name == "scene" else str(value) for name, value in fields.items()}
    data.update({f"metadata[{name}]": str(value) for name, value in metadata.items()})
    files = [("input_reference[]", _as_part(Path(image))) for image in images]
    return Call("POST", path, data=data, files=files, headers=headers)


def _is_remote(image: Image) -> bool:
    return isinstance(image, str) and image.startswith(REMOTE)


def _as_part(path: Path) -> tuple[str, bytes, str]:
    return path.name, path.read_bytes(), mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _as_text(image: Image) -> str:
    # Beside URLs, files are sent as data URIs: two separate lists would lose the order.
    if _is_remote(image):
        return str(image)
    _, content, media_type = _as_part(Path(image))
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def listing(status: str | Sequence[str] | None, **params: Any) -> Call:
    """Return the request for one page of videos."""
    statuses = status if isinstance(status, str) or status is None else ",".join(status)
    return Call("GET", "/videos", params=without_none(**params, status=statuses))


def options(base_url: str | None, api_key: str | None, profile: str | None) -> tuple[str, dict[str, str]]:
    """Return the server's URL, ending in /v1, and the headers of every request.

    Raises AuthenticationError if there is no key.
    """
    connection = find_connection(base_url, api_key, profile=profile)
    headers = {"User-Agent": "grok-video-client", "Authorization": f"Bearer {connection.require_key()}"}
    return connection.base_url, headers


def pause(response: httpx2.Response | None, attempt: int) -> float:
    """Return how many seconds to wait before the next attempt."""
    if response is not None and (after := response.headers.get("retry-after", "")).isdigit():
        return min(float(after), 30.0)
    return 0.5 * 2.0**attempt


def may_retry(response: httpx2.Response, attempt: int) -> bool:
    """Check whether the request should be sent again."""
    refused = response.headers.get("x-should-retry") == "false"
    return attempt < RETRIES and response.status_code in RETRIED and not refused
