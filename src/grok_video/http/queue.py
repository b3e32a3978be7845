"""The queue as clients see it: places, what backends have to do, workers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.request import Format
from ..domain.task import public_id
from ..ports import Load, Place, WorkerProcess
from ..service import VideoService
from .auth import Authenticator


class QueueRoutes:
    """GET /v1/queue."""

    def __init__(
        self,
        *,
        service: VideoService,
        auth: Authenticator,
        wrong: Callable[[], Awaitable[Mapping[str, str | None]]],
    ) -> None:
        self._service = service
        self._auth = auth
        self._wrong = wrong

    def routes(self) -> list[Route]:
        """Give the route."""
        return [Route("/v1/queue", self.queue, methods=["GET"])]

    async def queue(self, request: Request) -> Response:
        """Tell where the caller's tasks stand, how backends do, and to the operator, who works."""
        key = await self._auth.key(request)
        loads = {one.backend: one for one in await self._service.loads()}
        backends = [render_load(loads.pop(name, Load(name)), error) for name, error in (await self._wrong()).items()]
        # Tasks may still wait for a backend that this server is no longer configured with.
        orphans = [one for one in loads.values() if one.queued or one.in_progress]
        body = {
            "object": "queue",
            "data": render_places(await self._service.places(key.id)),
            "backends": [*backends, *(render_load(one, "It is not configured here.") for one in orphans)],
            "workers": [_worker(one) for one in await self._service.workers()] if key.operator else None,
        }
        return Response(to_json(body), media_type="application/json")


def render_places(places: Sequence[Place]) -> list[dict[str, Any]]:
    """Write places, with ids as the OpenAI format says them."""
    return [
        {"id": public_id(one.task_id, Format.OPENAI), "position": one.position, "eta_seconds": one.eta}
        for one in places
    ]


def render_load(load: Load, wrong: str | None) -> dict[str, Any]:
    """Write what a backend has to do and whether it is up."""
    return {
        "name": load.backend,
        "up": wrong is None,
        "error": wrong,
        "queued": load.queued,
        "in_progress": load.in_progress,
        "seconds_per_second": None if load.pace is None else round(load.pace, 2),
    }


def _worker(worker: WorkerProcess) -> dict[str, Any]:
    return {
        "host": worker.host,
        "pid": worker.pid,
        "started_at": int(worker.started_at),
        "seen_at": int(worker.heartbeat_at),
        "alive": worker.alive,
    }
