"""Responses to status reads, kept until anything is committed to the database."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from .auth import SCOPE_KEY, Caller

# Until when the content of a response is true, in seconds since 1970, if an endpoint knows.
FRESH_UNTIL = "grok_video.fresh_until"

LIMIT = 1024
# Together at most this much, and none for a query that a client makes long to have many of them.
MAX_BYTES = 16 << 20
MAX_QUERY = 256
# A signed link lives a day: one that was signed up to a minute ago is as good as a new one.
MAX_AGE_SECONDS = 60

Endpoint = Callable[[Request], Awaitable[Response]]


class ResponseCache:
    """Repeats the last response to a GET as long as nothing was committed, by whatever process.

    Clients read a task's status far more often than anything changes. `version` returns another number after every
    commit (the Changes port); nothing is kept while it returns None. Revoking a key is a commit too, and the ends of
    keys, sessions and videos are kept with the response, so it never outlives the right to read it. `repeated` is
    called for each repeated response, and may refuse the request.
    """

    def __init__(
        self,
        version: Callable[[], int | None],
        repeated: Callable[[Request, Caller], None] = lambda _request, _caller: None,
    ) -> None:
        self._version = version
        self._repeated = repeated
        self._valid_for: tuple[int | None, int] = (None, 0)
        self._responses: dict[tuple[object, ...], tuple[Response, Caller | None, float]] = {}
        self._bytes = 0

    def cached(self, endpoint: Endpoint) -> Endpoint:
        """Return an endpoint that repeats responses; long polls (`?wait=`) always reach the original."""

        async def wrapped(request: Request) -> Response:
            version = self._version()
            query = request.scope["query_string"]
            if version is None or (query and (len(query) > MAX_QUERY or "wait" in request.query_params)):
                return await endpoint(request)
            return await self._get(request, endpoint, version)

        return wrapped

    async def _get(self, request: Request, endpoint: Endpoint, version: int) -> Response:
        valid_for = (version, int(time.monotonic()) // MAX_AGE_SECONDS)
        if valid_for != self._valid_for or len(self._responses) >= LIMIT or self._bytes >= MAX_BYTES:
            self._responses.clear()
            self._bytes = 0
            self._valid_for = valid_for
        key = _key(request)
        kept = self._responses.get(key)
        if kept is None or kept[2] <= time.time():
            response = await endpoint(request)
            # Another task on the loop, or another process, may have changed something meanwhile.
            if self._valid_for == valid_for and self._version() == version:
                caller: Caller | None = request.scope.get(SCOPE_KEY)
                until = min(caller.until if caller else math.inf, request.scope.get(FRESH_UNTIL, math.inf))
                self._responses[key] = response, caller, until
                self._bytes += len(response.body)
            return response
        if kept[1] is not None:
            self._repeated(request, kept[1])
        return kept[0]


def _key(request: Request) -> tuple[object, ...]:
    headers, scope = request.headers, request.scope
    base = (scope["scheme"], headers.get("host"))
    caller = tuple(headers.get(name) for name in ("authorization", "cookie", "sec-fetch-site", "origin"))
    return caller, base, scope["path"], scope["query_string"]
