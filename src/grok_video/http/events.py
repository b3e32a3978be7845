"""One stream of all of an owner's task changes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from pydantic_core import to_json
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import InvalidValue
from ..service import VideoService
from . import openai
from .auth import Authenticator
from .links import LinkSigner, request_base
from .queue import render_places

PING_SECONDS = 15
LOOK_SECONDS = 10.0
QUEUE_LOOK_SECONDS = 2.0


class EventRoutes:
    """GET /v1/events: `event: task`, resumable by Last-Event-ID; with ?queue=true also `event: queue`."""

    def __init__(self, *, service: VideoService, auth: Authenticator, signer: LinkSigner) -> None:
        self._service = service
        self._auth = auth
        self._signer = signer

    def routes(self) -> list[Route]:
        """Give the route."""
        return [Route("/v1/events", self.events, methods=["GET"])]

    async def events(self, request: Request) -> Response:
        """Stream the newest state of each task that changes, numbered per owner."""
        owner = (await self._auth.key(request)).id
        last = request.headers.get("last-event-id") or request.query_params.get("last_event_id")
        if last is not None and not (last.isascii() and last.isdigit() and len(last) < 19):
            raise InvalidValue(f"Last-Event-ID is {last[:40]!r}; send a change number.", param="Last-Event-ID")
        after = await self._service.latest_change(owner) if last is None else int(last)
        base = request_base(request)
        queue = request.query_params.get("queue") == "true"
        return EventSourceResponse(self._stream(owner, after, base, queue), ping=PING_SECONDS)

    async def _stream(self, owner: str, after: int, base: str, queue: bool) -> AsyncIterator[ServerSentEvent]:
        # Something at once, so that clients see an open stream before the first change.
        # Its number dispatches nothing, but whoever loses the stream before that takes it up from here.
        yield ServerSentEvent(comment="open", id=str(after))
        told, told_at = "", 0.0
        async for tasks in self._service.follow(
            owner, after, look_seconds=QUEUE_LOOK_SECONDS if queue else LOOK_SECONDS
        ):
            if not await self._auth.living(owner):
                return
            for task in tasks:
                body = to_json(openai.render(task, self._signer.links(task, base))).decode()
                yield ServerSentEvent(data=body, event="task", id=str(task.change))
            # Others' tasks move this owner's up the queue, so every change may matter; once a second is enough.
            if queue and time.monotonic() - told_at >= 1.0:
                told_at = time.monotonic()
                places = to_json(render_places(await self._service.places(owner))).decode()
                if places != told:
                    told = places
                    yield ServerSentEvent(data=places, event="queue")
