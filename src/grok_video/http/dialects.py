"""The routes of other APIs' dialects: xAI's, OpenRouter's, and the older one of node packs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import NotFound
from ..domain.models import MODELS, Catalog, ModelSpec
from ..domain.request import AspectRatio, Mode, Operation, Resolution, frame_size
from ..ports import Capabilities
from ..service import VideoService
from .cache import ResponseCache
from .content import ContentRoutes
from .errors import ErrorRenderer
from .fields import Fields
from .formats import node_packs, openrouter, xai_dialect
from .models import lengths_of
from .owned_tasks import OwnedTasks
from .responses import json_response
from .submission import Intent, Submitter, WireFormat
from .task_responses import TaskResponses

# The forms of errors below these paths (docs/dev/wire-format.md 10 and 12).
ERROR_FORMS: Mapping[str, ErrorRenderer] = {
    "/api/v1/videos": openrouter.render_error,
    "/v1/video-generation-models": xai_dialect.render_error,
}


class DialectRoutes:
    """Creates and reads videos as clients of other APIs do."""

    def __init__(
        self,
        *,
        service: VideoService,
        tasks: OwnedTasks,
        submitter: Submitter,
        responses: TaskResponses,
        cache: ResponseCache,
        content: ContentRoutes,
        catalog: Catalog,
    ) -> None:
        self._catalog = catalog
        self._service = service
        self._tasks = tasks
        self._submitter = submitter
        self._responses = responses
        self._cached = cache.cached
        self._content = content
        self._started = int(time.time())

    def routes(self) -> list[Route]:
        """Return the routes; fixed paths come before those with an id."""
        return [
            Route("/v1/videos/generations", self.create_xai, methods=["POST"]),
            Route("/v1/video-generation-models", self.xai_models, methods=["GET"]),
            Route("/v1/video-generation-models/{id}", self.xai_model, methods=["GET"]),
            Route("/v2/videos/generations", self.create_node_pack, methods=["POST"]),
            Route("/v2/videos/generations/{id}", self._cached(self.get_node_pack), methods=["GET"]),
            Route("/api/v1/videos", self.create_openrouter, methods=["POST"]),
            Route("/api/v1/videos/models", self.openrouter_models, methods=["GET"]),
            Route("/api/v1/videos/{id}", self._cached(self.get_openrouter), methods=["GET"]),
            Route("/api/v1/videos/{id}/content", self.openrouter_content, methods=["GET"]),
        ]

    async def create_xai(self, request: Request) -> Response:
        """POST /v1/videos/generations, xAI's create."""
        task, _ = await self._submitter.submit(request, Intent(xai_dialect, Operation.CREATE))
        return self._responses.accepted(request, task, xai_dialect)

    async def xai_models(self, request: Request) -> Response:
        """GET /v1/video-generation-models: the names of xAI's models that this server knows, beside its own."""
        await self._tasks.key(request)
        names = [*MODELS, *(name for name in self._catalog.aliases if name.startswith("grok-imagine"))]
        return json_response({"models": [self._xai_model(name) for name in names]})

    async def xai_model(self, request: Request) -> Response:
        """GET /v1/video-generation-models/{id}."""
        await self._tasks.key(request)
        name = request.path_params["id"]
        self._catalog.find(name)
        return json_response(self._xai_model(name))

    def _xai_model(self, name: str) -> dict[str, Any]:
        return {
            "id": name,
            "object": "model",
            "created": self._started,
            "owned_by": "grok-video",
            "version": "1",
            "aliases": [],
            "input_modalities": ["text", "image", "video"],
            "output_modalities": ["video"],
        }

    async def create_node_pack(self, request: Request) -> Response:
        """POST /v2/videos/generations."""
        task, _ = await self._submitter.submit(request, Intent(node_packs, Operation.CREATE))
        return self._responses.accepted(request, task, node_packs)

    async def get_node_pack(self, request: Request) -> Response:
        """GET /v2/videos/generations/{id}."""
        return await self._get(request, node_packs)

    async def create_openrouter(self, request: Request) -> Response:
        """POST /api/v1/videos; `previous_job_id` makes it an edit or extension."""
        task, _ = await self._submitter.submit(request, _openrouter_intent)
        return self._responses.accepted(request, task, openrouter)

    async def get_openrouter(self, request: Request) -> Response:
        """GET /api/v1/videos/{id}."""
        return await self._get(request, openrouter)

    async def openrouter_content(self, request: Request) -> Response:
        """GET and HEAD /api/v1/videos/{id}/content; there is one video, of index 0."""
        index = request.query_params.get("index", "0")
        if index != "0":
            raise NotFound(f"There is one video, of index 0, and none of index {index[:40]!r}.", param="index")
        return await self._content.content(request)

    async def openrouter_models(self, request: Request) -> Response:
        """GET /api/v1/videos/models."""
        await self._tasks.key(request)
        return json_response({"data": [self._model(spec) for spec in MODELS.values()]})

    async def _get(self, request: Request, wire_format: WireFormat) -> Response:
        return self._responses.current(request, await self._tasks.get(request), wire_format)

    def _model(self, spec: ModelSpec) -> dict[str, Any]:
        _, capabilities = self._service.capabilities(spec.name)
        price = capabilities.cost_per_second
        return {
            "id": spec.name,
            "canonical_slug": spec.name,
            "name": spec.name,
            "description": spec.description,
            "created": self._started,
            "supported_resolutions": [resolution.lower() for resolution in capabilities.resolutions],
            "supported_aspect_ratios": list(capabilities.aspect_ratios),
            "supported_sizes": _sizes(capabilities),
            "supported_durations": lengths_of(spec, capabilities),
            "supported_frame_images": _frames(capabilities),
            "generate_audio": capabilities.audio,
            "seed": True,
            "creativity": None,
            "upscale_factor": None,
            "pricing_skus": None if price is None else {"per-video-second": str(price)},
            "allowed_passthrough_parameters": [],
        }


def _openrouter_intent(fields: Fields) -> Intent:
    return Intent(openrouter, *openrouter.derivation(fields))


def _sizes(capabilities: Capabilities) -> list[str]:
    shapes: list[tuple[AspectRatio, Resolution]] = [
        (ratio, resolution) for resolution in capabilities.resolutions for ratio in capabilities.aspect_ratios
    ]
    return ["{}x{}".format(*frame_size(ratio, resolution)) for ratio, resolution in shapes]


def _frames(capabilities: Capabilities) -> list[str]:
    able = capabilities.modes
    return [
        *(["first_frame"] if Mode.FIRST_FRAME in able else []),
        *(["last_frame"] if Mode.FIRST_LAST_FRAME in able else []),
    ]
