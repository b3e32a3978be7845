"""Models, keys, health, metrics."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ..domain.errors import InvalidValue, NotFound
from ..domain.models import MAX_SECONDS, MIN_SECONDS, MODELS, ModelSpec, find_model
from ..ports import Capabilities, Key, KeyStore
from ..service import VideoService
from .auth import Authenticator
from .forms import read_fields


class OpsRoutes:
    """What operators and clients ask beside videos."""

    def __init__(
        self,
        *,
        service: VideoService,
        keys: KeyStore,
        auth: Authenticator,
        ready: Callable[[], Awaitable[bool]],
        wrong: Callable[[], Awaitable[Mapping[str, str | None]]],
        metrics: Callable[[], bytes],
    ) -> None:
        self._service = service
        self._keys = keys
        self._auth = auth
        self._ready = ready
        self._wrong = wrong
        self._metrics = metrics
        self._started = int(time.time())

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
            Route("/v1/models", self.models, methods=["GET"]),
            Route("/v1/models/{id}", self.model, methods=["GET"]),
            Route("/v1/keys", self.list_keys, methods=["GET"]),
            Route("/v1/keys", self.create_key, methods=["POST"]),
            Route("/v1/keys/{id}", self.revoke_key, methods=["DELETE"]),
        ]

    async def healthz(self, _request: Request) -> Response:
        """Say that the process lives."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, _request: Request) -> Response:
        """Say whether requests can be served, and which backends are up: tasks wait for one that is not."""
        ready, wrong = await self._ready(), await self._wrong()
        body = {
            "status": "ready" if ready else "not ready",
            "backends": {name: {"up": text is None, "error": text} for name, text in wrong.items()},
        }
        return JSONResponse(body, status_code=200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Prometheus metrics, for the operator."""
        await self._auth.operator(request)
        return PlainTextResponse(self._metrics(), media_type="text/plain; version=0.0.4")

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        await self._auth.key(request)
        return _json({"object": "list", "data": [self._model(spec) for spec in MODELS.values()]})

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{id}."""
        await self._auth.key(request)
        return _json(self._model(find_model(request.path_params["id"])))

    def _model(self, spec: ModelSpec) -> dict[str, Any]:
        backend, able = self._service.capabilities(spec.name)
        return {
            "id": spec.name,
            "object": "model",
            "created": self._started,
            "owned_by": "grok-video",
            "description": spec.description,
            "capabilities": _capabilities(spec, backend, able),
        }

    async def list_keys(self, request: Request) -> Response:
        """GET /v1/keys."""
        await self._auth.operator(request)
        return _json({"object": "list", "data": [_key(one) for one in await self._keys.list()]})

    async def create_key(self, request: Request) -> Response:
        """POST /v1/keys: the secret is shown this once."""
        await self._auth.operator(request)
        async with read_fields(request) as fields:
            name = fields.get("name")
        if not isinstance(name, str) or not 1 <= len(name) <= 200 or "\x00" in name:
            raise InvalidValue("name is missing or not a text of 1 to 200 characters.", param="name")
        key, secret = await self._keys.create(name)
        return _json({**_key(key), "key": secret})

    async def revoke_key(self, request: Request) -> Response:
        """DELETE /v1/keys/{id}."""
        operator = await self._auth.operator(request)
        if request.path_params["id"] == operator.id:
            raise InvalidValue(
                "The operator's key can not be revoked; set GROK_VIDEO_API_KEY to change it.", param="id"
            )
        key = await self._keys.revoke(request.path_params["id"])
        if key is None:
            raise NotFound(f"There is no key {request.path_params['id'][:80]!r}.", param="id")
        return _json(_key(key))


def _capabilities(spec: ModelSpec, backend: str, able: Capabilities) -> dict[str, Any]:
    seconds: Iterable[int] = [spec.fixed_seconds] if spec.fixed_seconds else range(MIN_SECONDS, MAX_SECONDS + 1)
    return {
        "backend": backend,
        "operations": sorted(able.operations),
        "modes": sorted(able.modes),
        "sizes": list(able.resolutions),
        "aspect_ratios": list(able.aspect_ratios),
        "seconds": [one for one in seconds if able.min_seconds <= one <= able.max_seconds],
        "max_images": able.max_images,
        "audio": able.audio,
        "generative": able.generative,
        "remote": able.remote,
        "cost_per_second": able.cost_per_second,
    }


def _key(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "object": "key",
        "name": key.name,
        "prefix": key.prefix,
        "operator": key.operator,
        "created_at": int(key.created_at),
        "revoked_at": int(key.revoked_at) if key.revoked_at else None,
    }


def _json(body: dict[str, Any]) -> Response:
    return Response(to_json(body), media_type="application/json")
