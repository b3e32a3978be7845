"""One event stream of all task changes of an owner."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable

from pydantic_core import to_json
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import InvalidValue
from ..ports import Deletion, QueueStats
from ..service import VideoService
from .auth import Authenticator
from .formats import openai
from .ids import public_id
from .links import LinkSigner, request_base
from .queue_status import render_positions

PING_SECONDS = 15
POLL_SECONDS = 10.0
QUEUE_POLL_SECONDS = 2.0
# A stream with nothing to send asks no more often whether its key is still good.
ALLOWED_SECONDS = 1.0


class EventRoutes:
    """GET /v1/events: `event: task` and `deleted`, resumable by Last-Event-ID; with ?queue=true also `event: queue`."""

    def __init__(self, *, service: VideoService, stats: QueueStats, auth: Authenticator, signer: LinkSigner) -> None:
        self._service = service
        self._stats = stats
        self._auth = auth
        self._signer = signer

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("/v1/events", self.events, methods=["GET"])]

    async def events(self, request: Request) -> Response:
        """Stream the newest state of each task that changes, numbered per owner."""
        caller = await self._auth.caller(request)
        owner = caller.key.id
        last = request.headers.get("last-event-id") or request.query_params.get("last_event_id")
        if last is not None and not (last.isascii() and last.isdigit() and len(last) < 19):
            raise InvalidValue(f"Last-Event-ID is {last[:40]!r}; send a change number.", param="Last-Event-ID")
        after = await self._service.latest_change(owner) if last is None else int(last)
        base = request_base(request)
        queue = request.query_params.get("queue") == "true"

        async def allowed() -> bool:
            return await self._auth.still_valid(request, caller)

        return EventSourceResponse(self._stream(owner, after, base, queue, allowed), ping=PING_SECONDS)

    async def _stream(
        self, owner: str, after: int, base: str, queue: bool, allowed: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[ServerSentEvent]:
        # Clients see an open stream before the first change. The id lets a client that loses the stream before then
        # resume from here.
        yield ServerSentEvent(comment="open", id=str(after))
        sent, sent_at, allowed_at = "", 0.0, time.monotonic()
        poll_seconds = QUEUE_POLL_SECONDS if queue else POLL_SECONDS
        async for changes in self._service.follow(owner, after, poll_seconds=poll_seconds):
            # Every commit wakes every stream, and most have nothing to send.
            if changes or time.monotonic() - allowed_at >= ALLOWED_SECONDS:
                allowed_at = time.monotonic()
                if not await allowed():
                    return
            for change in changes:
                if isinstance(change, Deletion):
                    name, body = "deleted", openai.render_deleted(public_id(change.id, change.format))
                else:
                    name, body = "task", openai.render(change, self._signer.links(change, base))
                yield ServerSentEvent(data=to_json(body).decode(), event=name, id=str(change.change))
            # Other owners' tasks move this owner's up the queue, so any change may matter; once a second is enough.
            if queue and time.monotonic() - sent_at >= 1.0:
                sent_at = time.monotonic()
                positions = to_json(render_positions(await self._stats.positions(owner))).decode()
                if positions != sent:
                    sent = positions
                    yield ServerSentEvent(data=positions, event="queue")
