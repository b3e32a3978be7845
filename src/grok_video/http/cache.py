"""Responses to status reads, kept until the task or the caller's key may have changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..domain.errors import GrokVideoError
from ..domain.task import Task
from .auth import SCOPE_KEY, Caller

# The task that a response shows.
SHOWN = "grok_video.shown"

# Of all kept responses together; and none for a query or headers that a client makes long.
MAX_BYTES = 16 << 20
MAX_QUERY = 256
MAX_HEADERS = 2048
# What one kept response takes beside its body.
OVERHEAD_BYTES = 1024
# A signed link lives a day: one that was signed up to a minute ago is as good as a new one.
MAX_AGE_SECONDS = 60
# What authenticates a caller, and the host of the links in the response.
_HEADERS = frozenset((b"authorization", b"cookie", b"sec-fetch-site", b"origin", b"host"))

Endpoint = Callable[[Request], Awaitable[Response]]
Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class _KnownCaller:
    """Who sends these headers, at a version of the database and until a time."""

    caller: Caller
    version: int
    until: float


@dataclass(slots=True)
class _Kept:
    """A response, the state of its task, and the version of the database at which they were last compared."""

    response: Response
    task_id: UUID
    state: Hashable
    version: int
    until: float


class ResponseCache:
    """Keeps the last response to a status read, and repeats it as long as the task's row is the same.

    Clients read a task's status far more often than it changes. `version` returns another number after every commit
    of any process (the Changes port); nothing is kept while it returns None. After a commit, `state` says whether a
    task's row is still the same (TaskStore.state), and each caller's next request is authenticated anew. The ends of
    keys, sessions and videos are kept with the response, so it never outlives the right to read it.
    """

    def __init__(self, version: Callable[[], int | None], state: Callable[[UUID], Awaitable[Hashable | None]]) -> None:
        self._version = version
        self._state = state
        self._callers: dict[Headers, _KnownCaller] = {}
        self._responses: dict[tuple[Headers, str, str, bytes], _Kept] = {}
        self._bytes = 0
        self._arrived: int | None = None

    def cached(self, endpoint: Endpoint) -> Endpoint:
        """Return an endpoint whose responses are kept, except those of long polls (`?wait=`)."""

        async def wrapped(request: Request) -> Response:
            version = self._version()
            response = await endpoint(request)
            if version is not None:
                await self._keep(request, response, version)
            return response

        return wrapped

    async def find(self, scope: Scope) -> tuple[Response, Caller] | None:
        """Return the kept response to a request and its caller, or None if the endpoint must respond."""
        headers = _headers(scope)
        kept = self._responses.get((headers, scope["scheme"], scope["path"], scope["query_string"]))
        if kept is None:
            return None
        # Before the task's state: a commit in between is noticed by the next request.
        version, known, now = self._version_at_arrival(), self._callers[headers], time.time()
        if version is None or known.version != version or now >= known.until or now >= kept.until:
            return None
        if kept.version != version:
            if await self._state(kept.task_id) != kept.state:
                return None
            kept.version = version
        return kept.response, known.caller

    def _version_at_arrival(self) -> int | None:
        """Return a version that is not older than the arrival of the request that is being handled first now.

        Asking takes several system calls. The loop runs its callbacks in the order in which they were scheduled:
        whatever request is handled before `forget` had arrived before the version was asked.
        """
        if self._arrived is None:
            self._arrived = self._version()
            asyncio.get_running_loop().call_soon(self._forget)
        return self._arrived

    def _forget(self) -> None:
        self._arrived = None

    async def _keep(self, request: Request, response: Response, version: int) -> None:
        scope = request.scope
        caller: Caller | None = scope.get(SCOPE_KEY)
        task: Task | None = scope.get(SHOWN)
        headers, query = _headers(scope), scope["query_string"]
        large = len(query) > MAX_QUERY or sum(len(value) for _, value in headers) > MAX_HEADERS
        if caller is None or task is None or large or (query and "wait" in request.query_params):
            return
        state = await self._state(task.id)
        # Another task on the loop, or another process, may have changed something meanwhile.
        if state is None or self._version() != version:
            return
        if self._bytes >= MAX_BYTES:
            self._responses.clear()
            self._callers.clear()
            self._bytes = 0
        now = time.time()
        until = now + MAX_AGE_SECONDS
        if task.expires_at is not None and task.expires_at > now:
            until = min(until, task.expires_at)
        self._callers[headers] = _KnownCaller(caller, version, caller.until)
        key = (headers, scope["scheme"], scope["path"], query)
        if replaced := self._responses.get(key):
            self._bytes -= _size(replaced.response)
        self._responses[key] = _Kept(response, task.id, state, version, until)
        self._bytes += _size(response)


class RepeatedResponses:
    """Middleware that sends the responses that a cache has kept, before any routing.

    `repeated` is called for each repeated response and may refuse the request; `refuse` renders its error.
    """

    def __init__(
        self,
        app: ASGIApp,
        cache: ResponseCache,
        repeated: Callable[[Request, Caller], None],
        refuse: Callable[[Request, Exception], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._cache = cache
        self._repeated = repeated
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        found = None
        if scope["type"] == "http" and scope["method"] == "GET":
            found = await self._cache.find(scope)
        if found is None:
            await self._app(scope, receive, send)
            return
        response, caller = found
        request = Request(scope)
        try:
            self._repeated(request, caller)
        except GrokVideoError as error:
            response = await self._refuse(request, error)
        await response(scope, receive, send)


def _size(response: Response) -> int:
    return len(response.body) + OVERHEAD_BYTES


def _headers(scope: Scope) -> Headers:
    return tuple([header for header in scope["headers"] if header[0] in _HEADERS])
