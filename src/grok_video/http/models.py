"""The models and what their backends can do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.models import MAX_SECONDS, MIN_SECONDS, MODELS, Catalog, ModelSpec
from ..ports import Capabilities
from ..service import VideoService
from .auth import Authenticator
from .responses import json_response

# The words of aggregators (new-api and its clients) for models behind these routes.
ENDPOINT_TYPES = ["openai-video", "grok视频"]


class ModelRoutes:
    """GET /v1/models and /v1/models/{id}."""

    def __init__(self, *, service: VideoService, auth: Authenticator, catalog: Catalog) -> None:
        self._service = service
        self._catalog = catalog
        self._auth = auth
        self._started = int(time.time())

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/models", self.models, methods=["GET"]),
            Route("/v1/models/{id}", self.model, methods=["GET"]),
        ]

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        await self._auth.key(request)
        return json_response({"object": "list", "data": [self._model(spec) for spec in MODELS.values()]})

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{id}; an alias answers as the model that it means, under its own name."""
        await self._auth.key(request)
        name = request.path_params["id"]
        return json_response({**self._model(self._catalog.find(name)), "id": name})

    def _model(self, spec: ModelSpec) -> dict[str, Any]:
        backend, capabilities = self._service.capabilities(spec.name)
        paid = self._service.may_cost(spec.name)
        return {
            "id": spec.name,
            "object": "model",
            "created": self._started,
            "owned_by": "grok-video",
            "description": spec.description,
            "aliases": self._catalog.aliases_of(spec.name),
            "supported_endpoint_types": ENDPOINT_TYPES,
            "capabilities": {**_capabilities(spec, backend, capabilities), "paid": paid},
        }


def lengths_of(spec: ModelSpec, capabilities: Capabilities) -> list[int]:
    """Return the lengths in seconds of a model's new videos."""
    lengths: Iterable[int] = [spec.fixed_seconds] if spec.fixed_seconds else range(MIN_SECONDS, MAX_SECONDS + 1)
    return [length for length in lengths if capabilities.min_seconds <= length <= capabilities.max_seconds]


def _native(native: Sequence[str] | None, known: Sequence[str]) -> Sequence[str]:
    return known if native is None else native


def _capabilities(spec: ModelSpec, backend: str, capabilities: Capabilities) -> dict[str, Any]:
    return {
        "backend": backend,
        "operations": sorted(capabilities.operations),
        "modes": sorted(capabilities.modes),
        "sizes": list(capabilities.resolutions),
        "native_sizes": list(_native(capabilities.native_resolutions, capabilities.resolutions)),
        "aspect_ratios": list(capabilities.aspect_ratios),
        "native_aspect_ratios": list(_native(capabilities.native_aspect_ratios, capabilities.aspect_ratios)),
        "seconds": lengths_of(spec, capabilities),
        "max_images": capabilities.max_images,
        "audio": capabilities.audio,
        "generative": capabilities.generative,
        "remote": capabilities.remote,
        "scenes": capabilities.scenes,
        "references_beside_first_frame": capabilities.references_beside_first_frame,
        "cost_per_second": capabilities.cost_per_second,
        "costs": dict(capabilities.costs),
        "engine_model": capabilities.engine_model,
        "licence": capabilities.licence,
        "progress_measured": capabilities.progress_measured,
        "previews": capabilities.previews,
        "unavailable": capabilities.missing,
    }
