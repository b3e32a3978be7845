"""Health, readiness and metrics."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..domain.errors import InvalidKey, RateLimited
from .auth import Authenticator
from .responses import json_response


class HealthRoutes:
    """GET /healthz, /readyz and /metrics."""

    def __init__(
        self,
        *,
        auth: Authenticator,
        ready: Callable[[], Awaitable[bool]],
        problems: Callable[[], Awaitable[Mapping[str, str | None]]],
        metrics: Callable[[], bytes],
    ) -> None:
        self._auth = auth
        self._ready = ready
        self._problems = problems
        self._metrics = metrics
        self._checked_at = -1.0
        self._was_ready = False

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/health", self.healthz, methods=["GET"]),
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]

    async def healthz(self, _request: Request) -> Response:
        """Respond that the process is alive."""
        return json_response({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """Respond whether requests can be served, and to the operator which backends are up."""
        # The check writes, and anybody may ask: a second's answers are one.
        if time.monotonic() - self._checked_at >= 1.0:
            self._checked_at, self._was_ready = time.monotonic(), await self._ready()
        ready = self._was_ready
        body: dict[str, Any] = {"status": "ready" if ready else "not ready"}
        if await self._is_operator(request):
            problems = await self._problems()
            body["backends"] = {name: {"up": problem is None, "error": problem} for name, problem in problems.items()}
        return json_response(body, status=200 if ready else 503)

    async def _is_operator(self, request: Request) -> bool:
        """Check whether the operator asks; whoever else asks, a key must not make a server look unready."""
        if "authorization" not in request.headers:
            return False
        try:
            await self._auth.operator(request)
        except (InvalidKey, RateLimited):
            return False
        return True

    async def metrics(self, request: Request) -> Response:
        """Return Prometheus metrics, for the operator."""
        await self._auth.operator(request)
        return PlainTextResponse(self._metrics(), media_type="text/plain; version=0.0.4")
