"""Signed, time-limited media links: a browser opens them without a key, and nobody can forge them."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from starlette.requests import Request

from ..domain.request import FileRef, TaskRef
from ..domain.task import Task, TaskStatus
from .ids import file_id, id_of, parse_file_id, parse_task_id

LIFETIME_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Links:
    """A task's links, passed to the formats as values; None until the file exists. `base` is the server's address."""

    video: str | None = None
    thumbnail: str | None = None
    spritesheet: str | None = None
    base: str = ""


class LinkSigner:
    """Signs and checks links of the form /v1/videos/{id}/content?expires=…&signature=…."""

    def __init__(self, secret: bytes, public_url: str | None) -> None:
        self._secret = secret
        self._public_url = public_url.rstrip("/").removesuffix("/v1") if public_url else None

    def links(self, task: Task, base: str) -> Links:
        """Return newly signed links of a completed task; `base` is the request's own scheme and host."""
        base = self._public_url or base
        if task.status is not TaskStatus.COMPLETED or task.expired(time.time()):
            return Links(base=base)
        expires = int(time.time()) + LIFETIME_SECONDS
        if task.expires_at is not None:
            expires = min(expires, int(task.expires_at))
        address = f"{base}/v1/videos/{id_of(task)}/content?expires={expires}&signature={self._sign(task.id, expires)}"
        return Links(address, f"{address}&variant=thumbnail", f"{address}&variant=spritesheet", base)

    def valid(self, number: UUID, expires: str, signature: str, owner: str = "", *, now: float | None = None) -> bool:
        """Check whether a signature is genuine and, given a time, not expired."""
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            return False
        genuine = hmac.compare_digest(self._sign(number, int(expires), owner).encode(), signature.encode())
        return genuine and (now is None or int(expires) >= now)

    def file_link(self, number: UUID, owner: str, base: str, expires_at: float) -> str:
        """Return the signed link of an owner's uploaded file, good until the file's end."""
        expires = int(expires_at)
        address = f"{self._public_url or base}/v1/files/{file_id(number)}/content"
        return f"{address}?owner={owner}&expires={expires}&signature={self._sign(number, expires, owner)}"

    def own_link(self, url: str, param: str) -> TaskRef | FileRef | None:
        """Return what one of our own signed links means, whatever its host; None for any other URL."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        segments = parts.path.rstrip("/").split("/")
        if len(segments) < 4 or segments[-1] != "content" or segments[-3] not in ("videos", "files"):
            return None
        of_file = segments[-3] == "files"
        number = parse_file_id(segments[-2]) if of_file else parse_task_id(segments[-2])
        query = parse_qs(parts.query)
        expires, signature, owner = (query.get(name, [""])[0] for name in ("expires", "signature", "owner"))
        if number is None or not self.valid(number, expires, signature, owner if of_file else ""):
            return None
        return FileRef(number, param=param) if of_file else TaskRef(number, param=param)

    def _sign(self, number: UUID, expires: int, owner: str = "") -> str:
        signed = f"{number.hex}:{expires}" + (f":{owner}" if owner else "")
        return hmac.digest(self._secret, signed.encode(), "sha256").hex()


def request_base(request: Request) -> str:
    """Return the scheme and host that a request came by."""
    # Building a URL object would cost more than reading the task.
    host = request.headers.get("host") or "{}:{}".format(*(request.scope.get("server") or ("localhost", 80)))
    return f"{request.scope['scheme']}://{host}"
