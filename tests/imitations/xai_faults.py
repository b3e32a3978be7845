"""Which faults can be asked for, and the answers that go wrong on purpose."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from .running import Background
from .xai_inputs import Shape, error_body

STATUS = {"status", "retry_after", "body"}
KINDS: dict[str, dict[str, set[str]]] = {
    "submit": {
        "status": STATUS, "delay": {"seconds"}, "drop_before": set(), "drop_after": set(), "die_after": set(),
        "nonsense": {"accept"}, "no_id": {"accept"}, "endless": set(),
        "moderate": set(), "fail": {"code", "message"}, "expire": set(), "stuck": set(),
    },
    "poll": {
        "status": STATUS, "nonsense": set(), "drop": set(), "endless": set(), "delay": {"seconds"}, "unknown": set(),
        "no_url": set(),
    },
    "file": {
        "missing": set(), "forbidden": set(), "torn": set(), "torn_always": set(), "no_range": set(), "html": set(),
        "junk": set(), "endless": set(), "slow": {"chunk_seconds", "chunk_bytes"}, "delay": {"seconds"},
        "changed": set(), "wrong_seconds": set(), "redirect": {"to"},
    },
}  # fmt: skip
NEEDED = {"status": {"status"}, "delay": {"seconds"}, "slow": {"chunk_seconds"}, "redirect": {"to"}}
FOR_EVER = {"torn_always"}
OUTCOMES = {"moderate": "moderated", "fail": "failed", "expire": "expired", "stuck": "stuck"}

MESSAGES: dict[int, tuple[Shape, str]] = {
    400: ("object", "The request is not valid."),
    402: ("pair", "Your team has run out of credits."),
    403: ("pair", "Your API key does not have permission to do this."),
    429: ("pair", "Too many requests. Your team's rate limit is reached."),
    529: ("object", "The service is overloaded."),
}
NONSENSE = b'{"request_id": '


@dataclass
class Fault:
    """One thing that shall go wrong, some number of times."""

    kind: str
    left: int
    options: Mapping[str, Any] = field(default_factory=dict)


class Faults:
    """The faults that wait at each place, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Fault]] = {where: deque() for where in KINDS}

    def put(self, where: str, kind: str, times: int, options: Mapping[str, Any]) -> None:
        """Queue a fault, or complain about one that does not exist."""
        if kind not in KINDS.get(where, {}):
            raise ValueError(f"no fault {kind!r} at {where!r}")
        if wrong := (set(options) - KINDS[where][kind]) | (NEEDED.get(kind, set()) - set(options)):
            raise TypeError(f"options of {where} {kind}: {', '.join(sorted(wrong))} unknown or missing")
        with self._lock:
            self._waiting[where].append(Fault(kind, -1 if kind in FOR_EVER else times, options))

    def next(self, where: str) -> str | None:
        """Name the fault that is next, without using it up."""
        with self._lock:
            return self._waiting[where][0].kind if self._waiting[where] else None

    def take(self, where: str) -> Fault | None:
        """Use up the next fault, once."""
        with self._lock:
            waiting = self._waiting[where]
            if not waiting:
                return None
            fault = waiting[0]
            fault.left -= fault.left > 0
            if fault.left == 0:
                waiting.popleft()
            return fault

    def clear(self) -> None:
        """Forget all that has not happened yet."""
        with self._lock:
            for waiting in self._waiting.values():
                waiting.clear()


class Silence(Response):
    """No answer at all: the connection is reset."""

    def __init__(self, background: Background) -> None:
        super().__init__()
        self.background = background

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.background.reset(dict(scope))
        await until_gone(receive)


async def until_gone(receive: Receive) -> None:
    """Wait until the connection is closed."""
    while (await receive())["type"] != "http.disconnect":
        pass


def status_answer(options: Mapping[str, Any]) -> Response:
    """Answer with an error status and the body that belongs to it, or the one given."""
    status, body = options["status"], options.get("body")
    headers = {} if options.get("retry_after") is None else {"retry-after": str(options["retry_after"])}
    if isinstance(body, str):
        return HTMLResponse(body, status, headers)
    if body is None:
        shape, message = MESSAGES.get(status, ("text", "Something went wrong."))
        body = error_body(shape, message, code=f"error_{status}")
    return JSONResponse(body, status, headers)


def nonsense() -> Response:
    """Answer 200 with a body that is no JSON."""
    return Response(NONSENSE, media_type="application/json")


def endless(media_type: str, chunk: bytes = b" " * 65536) -> Response:
    """Answer 200 with a body that never ends."""
    return StreamingResponse(_for_ever(chunk), media_type=media_type)


async def _for_ever(chunk: bytes) -> AsyncIterator[bytes]:
    while True:
        yield chunk
        await asyncio.sleep(0.005)
