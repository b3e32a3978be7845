"""The queue as clients see it: positions, the load of backends, workers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.request import Format
from ..ports import BackendLoad, QueuePosition, QueueStats, WorkerProcess
from .auth import Authenticator
from .ids import public_id
from .responses import json_response


class QueueRoutes:
    """GET /v1/queue."""

    def __init__(
        self,
        *,
        stats: QueueStats,
        auth: Authenticator,
        problems: Callable[[], Awaitable[Mapping[str, str | None]]],
    ) -> None:
        self._stats = stats
        self._auth = auth
        self._problems = problems

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("/v1/queue", self.queue, methods=["GET"])]

    async def queue(self, request: Request) -> Response:
        """Return the positions of the caller's tasks, the state of the backends and, for the operator, the workers."""
        key = await self._auth.key(request)
        loads = {load.backend: load for load in await self._stats.loads()}
        backends = [
            render_load(loads.pop(name, BackendLoad(name)), problem)
            for name, problem in (await self._problems()).items()
        ]
        # Tasks may still wait for a backend that this server is no longer configured with.
        orphans = [load for load in loads.values() if load.queued or load.in_progress]
        workers = [_worker(worker) for worker in await self._stats.workers()] if key.operator else None
        body = {
            "object": "queue",
            "data": render_positions(await self._stats.positions(key.id)),
            "backends": [*backends, *(render_load(load, "It is not configured here.") for load in orphans)],
            "workers": workers,
        }
        return json_response(body)


def render_positions(positions: Sequence[QueuePosition]) -> list[dict[str, Any]]:
    """Return queue positions with ids as the OpenAI format writes them."""
    return [
        {
            "id": public_id(position.task_id, Format.OPENAI),
            "position": position.position,
            "eta_seconds": position.eta,
        }
        for position in positions
    ]


def render_load(load: BackendLoad, problem: str | None) -> dict[str, Any]:
    """Return a backend's load and whether it is up."""
    rate = load.seconds_per_video_second
    return {
        "name": load.backend,
        "up": problem is None,
        "error": problem,
        "queued": load.queued,
        "in_progress": load.in_progress,
        "seconds_per_second": None if rate is None else round(rate, 2),
    }


def _worker(worker: WorkerProcess) -> dict[str, Any]:
    return {
        "host": worker.host,
        "pid": worker.pid,
        "started_at": int(worker.started_at),
        "seen_at": int(worker.heartbeat_at),
        "alive": worker.alive,
    }
