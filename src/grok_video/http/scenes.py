"""Scenes, where a backend draws them, and how it reads prompts."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.models import DEFAULT_MODEL, Catalog
from ..domain.prompt import MAX_PROMPT, parse_prompt
from ..service import VideoService
from .bodies import BodyLimits, read_fields
from .ids import id_of
from .owned_tasks import OwnedTasks
from .responses import json_response
from .spellings import parse_seed
from .unreadable import reading

# A prompt of 4096 characters as JSON escapes, twelve bytes each.
PROMPT = BodyLimits(json=MAX_PROMPT * 12 + 4096, form=MAX_PROMPT * 12 + 4096, files=0)


class SceneRoutes:
    """GET /v1/videos/{id}/scene and POST /v1/prompt/read."""

    def __init__(self, *, service: VideoService, tasks: OwnedTasks, catalog: Catalog) -> None:
        self._catalog = catalog
        self._service = service
        self._tasks = tasks

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/videos/{id}/scene", self.scene, methods=["GET"]),
            Route("/v1/prompt/read", self.read, methods=["POST"]),
        ]

    async def scene(self, request: Request) -> Response:
        """Return what a completed video shows, as a document that `scene` of a create or remix may be."""
        task = await self._tasks.get(request)
        return json_response({"object": "scene", "video_id": id_of(task), "scene": self._service.scene(task)})

    async def read(self, request: Request) -> Response:
        """Return how the backend of a model reads a prompt; nothing is made and nothing is stored."""
        await self._tasks.key(request)
        async with read_fields(request, PROMPT) as raw:
            with reading(request):
                prompt = parse_prompt(raw.get("prompt"))
                model = self._catalog.find(str(raw.get("model") or DEFAULT_MODEL)).name
                seed = parse_seed(raw["seed"]) if raw.get("seed") not in (None, "") else 0
        backend, read = await self._service.read_prompt(prompt.text, model, seed)
        return json_response({"object": "prompt.reading", "model": model, "backend": backend, **read})
