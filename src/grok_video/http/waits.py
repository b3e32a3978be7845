"""The long poll: `?wait=SECONDS` and `&until=change` (docs/dev/wire-format.md 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from ..domain.errors import InvalidValue
from ..domain.task import Task
from .spellings import parse_number

MAX_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a request waits, in seconds, and whether only until the next change."""

    seconds: float
    until_change: bool


def wait_of(request: Request) -> Wait | None:
    """Return what `?wait=` and `&until=` say, or None without `wait`; raise InvalidValue for other values."""
    query = request.query_params if request.scope["query_string"] else {}
    wait = query.get("wait")
    if wait is None:
        return None
    seconds = parse_number(wait, "wait")
    if seconds < 0:
        raise InvalidValue(f"wait is {wait[:40]!r}; send seconds from 0 to 60.", param="wait")
    until = query.get("until", "end")
    if until not in ("end", "change"):
        raise InvalidValue(f"until is {until[:40]!r}; send end or change.", param="until")
    return Wait(min(seconds, MAX_SECONDS), until == "change")


async def while_connected(request: Request, work: Coroutine[Any, Any, Task]) -> Task | None:
    """Return the task that the work returns, or None if the client disconnects first; the work is then cancelled."""
    working = asyncio.create_task(work)
    disconnecting = asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait({working, disconnecting}, return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        working.cancel()
        disconnecting.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
