"""Signed, time-limited media links: a browser opens them without a key, and nobody can forge them."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from starlette.requests import Request

from ..domain.task import Task, TaskStatus
from .ids import id_of, parse_task_id

LIFETIME_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Links:
    """A task's links, passed to the formats as values; None until the file exists."""

    video: str | None = None
    thumbnail: str | None = None
    spritesheet: str | None = None


NO_LINKS = Links()


class LinkSigner:
    """Signs and checks links of the form /v1/videos/{id}/content?expires=…&signature=…."""

    def __init__(self, secret: bytes, public_url: str | None) -> None:
        self._secret = secret
        self._public_url = public_url.rstrip("/").removesuffix("/v1") if public_url else None

    def links(self, task: Task, base: str) -> Links:
        """Return newly signed links of a completed task; `base` is the request's own scheme and host."""
        if task.status is not TaskStatus.COMPLETED or task.expired(time.time()):
            return NO_LINKS
        expires = int(time.time()) + LIFETIME_SECONDS
        if task.expires_at is not None:
            expires = min(expires, int(task.expires_at))
        address = (
            f"{self._public_url or base}/v1/videos/{id_of(task)}/content"
            f"?expires={expires}&signature={self._sign(task.id, expires)}"
        )
        return Links(address, f"{address}&variant=thumbnail", f"{address}&variant=spritesheet")

    def valid(self, task_id: UUID, expires: str, signature: str, *, now: float | None = None) -> bool:
        """Check whether a signature is genuine and, given a time, not expired."""
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            return False
        genuine = hmac.compare_digest(self._sign(task_id, int(expires)).encode(), signature.encode())
        return genuine and (now is None or int(expires) >= now)

    def own_link(self, url: str) -> UUID | None:
        """Return the task of one of our own signed links, whatever its host; None for any other URL."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        segments = parts.path.rstrip("/").split("/")
        if len(segments) < 4 or segments[-1] != "content" or segments[-3] != "videos":
            return None
        task_id = parse_task_id(segments[-2])
        query = parse_qs(parts.query)
        expires, signature = query.get("expires", [""])[0], query.get("signature", [""])[0]
        return task_id if task_id and self.valid(task_id, expires, signature) else None

    def _sign(self, task_id: UUID, expires: int) -> str:
        return hmac.digest(self._secret, f"{task_id.hex}:{expires}".encode(), "sha256").hex()


def request_base(request: Request) -> str:
    """Return the scheme and host that a request came by."""
    # Building a URL object would cost more than reading the task.
    host = request.headers.get("host") or "{}:{}".format(*(request.scope.get("server") or ("localhost", 80)))
    return f"{request.scope['scheme']}://{host}"
