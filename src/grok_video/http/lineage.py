"""What a video was made from: its lineage, and its input images."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import NotFound
from ..ports import Storage
from ..service import VideoService
from .formats import openai
from .ids import id_of, read_task_id
from .owned_tasks import OwnedTasks
from .responses import json_response
from .stored_files import file_response


class LineageRoutes:
    """GET /v1/videos/{id}/lineage, /inputs and /inputs/{number}."""

    def __init__(self, *, service: VideoService, storage: Storage, tasks: OwnedTasks) -> None:
        self._service = service
        self._storage = storage
        self._tasks = tasks

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/videos/{id}/lineage", self.lineage, methods=["GET"]),
            Route("/v1/videos/{id}/inputs", self.inputs, methods=["GET"]),
            Route("/v1/videos/{id}/inputs/{number}", self.input, methods=["GET"]),
        ]

    async def lineage(self, request: Request) -> Response:
        """List a video's ancestors and their descendants, oldest first; `source_video_id` makes the list a tree."""
        owner = await self._tasks.owner(request)
        tasks = await self._service.lineage(read_task_id(request.path_params["id"]), owner)
        return json_response(openai.render_list([self._tasks.video(request, task) for task in tasks], False))

    async def inputs(self, request: Request) -> Response:
        """List the images that a video was made from."""
        task = await self._tasks.get(request)
        images = [
            {"object": "input", "number": number, "width": image.width, "height": image.height,
             "path": f"/v1/videos/{id_of(task)}/inputs/{number}"}
            for number, image in enumerate(task.inputs, 1)
        ]  # fmt: skip
        return json_response({"object": "list", "data": images})

    async def input(self, request: Request) -> Response:
        """Return one of these images as PNG, as it was stored."""
        number = request.path_params["number"]
        if not (number.isascii() and number.isdigit() and len(number) < 3):
            raise NotFound(f"There is no image {number[:20]!r}; images are counted from 1.")
        file = await self._service.input_file(await self._tasks.get(request), int(number))
        headers = {"cache-control": "private, max-age=86400, immutable"}
        return file_response(request, self._storage, file, media_type="image/png", headers=headers)
