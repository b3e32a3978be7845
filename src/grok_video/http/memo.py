"""Answers to status requests, kept until anything is committed to the database."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

LIMIT = 1024
# A signed address lives a day: one that was signed up to a minute ago is as good as a fresh one.
MAX_AGE_SECONDS = 60


class AnswerMemo:
    """Gives a repeated GET its last answer as long as nothing changed, whatever process wrote.

    Clients ask for a task's status far more often than anything changes. `version` gives another
    number after every commit (the Changes port); where it gives None nothing is kept. Revoking a key is
    a commit too, so an answer never outlives the right to read it.
    """

    def __init__(self, version: Callable[[], int | None]) -> None:
        self._version = version
        self._of: tuple[int | None, int] = (None, 0)
        self._answers: dict[tuple[object, ...], Response] = {}

    async def answer(self, request: Request, make: Callable[[], Awaitable[Response]]) -> Response:
        """Give the kept answer to this request, or make it and keep it."""
        version = self._version()
        if version is None:
            return await make()
        moment = (version, int(time.monotonic()) // MAX_AGE_SECONDS)
        if moment != self._of or len(self._answers) >= LIMIT:
            self._answers.clear()
            self._of = moment
        headers, scope = request.headers, request.scope
        base = (scope["scheme"], headers.get("host"))
        who = tuple(headers.get(name) for name in ("authorization", "cookie", "sec-fetch-site", "origin"))
        asked = (who, base, scope["path"], scope["query_string"])
        kept = self._answers.get(asked)
        if kept is None:
            kept = await make()
            # What another task on the loop, or another process, changed meanwhile may be missing in it.
            if self._of == moment and self._version() == version:
                self._answers[asked] = kept
        return kept
