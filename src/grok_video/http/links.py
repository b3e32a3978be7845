"""Signed, time-limited media addresses: a browser opens them without a key, nobody forges them."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from starlette.requests import Request

from ..domain.task import Task, TaskStatus, parse_task_id

LIFETIME_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Links:
    """A task's addresses, handed to the formats as values; None until there is a file."""

    video: str | None = None
    thumbnail: str | None = None
    spritesheet: str | None = None


NO_LINKS = Links()


class LinkSigner:
    """Signs and checks addresses of the form /v1/videos/{id}/content?expires=…&signature=…."""

    def __init__(self, secret: bytes, public_url: str | None) -> None:
        self._secret = secret
        self._public_url = public_url.rstrip("/").removesuffix("/v1") if public_url else None

    def links(self, task: Task, base: str) -> Links:
        """Sign a completed task's addresses afresh; `base` is the request's own scheme and host."""
        if task.status is not TaskStatus.COMPLETED:
            return NO_LINKS
        expires = int(time.time()) + LIFETIME_SECONDS
        if task.expires_at is not None:
            expires = min(expires, int(task.expires_at))
        address = (
            f"{self._public_url or base}/v1/videos/{task.public_id}/content"
            f"?expires={expires}&signature={self._sign(task.id, expires)}"
        )
        return Links(address, f"{address}&variant=thumbnail", f"{address}&variant=spritesheet")

    def valid(self, task_id: UUID, expires: str, signature: str, *, now: float | None = None) -> bool:
        """Tell whether a signature is ours and, given a time, still lives."""
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            return False
        genuine = hmac.compare_digest(self._sign(task_id, int(expires)).encode(), signature.encode())
        return genuine and (now is None or int(expires) >= now)

    def own_link(self, url: str) -> UUID | None:
        """Read the task out of one of our own signed addresses, whatever host it names."""
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
    """Give the scheme and host that a request came by."""
    # From the scope: building a URL object costs more than reading the task.
    host = request.headers.get("host") or "{}:{}".format(*(request.scope.get("server") or ("localhost", 80)))
    return f"{request.scope['scheme']}://{host}"
