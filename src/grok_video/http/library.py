"""What belongs to a video beside its file: its family, and the pictures it was made from."""

from __future__ import annotations

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ..domain.errors import NotFound
from ..domain.task import Task, parse_task_id
from ..service import VideoService
from . import openai
from .auth import Authenticator
from .links import LinkSigner, request_base


class LibraryRoutes:
    """GET /v1/videos/{id}/lineage, /inputs and /inputs/{n}."""

    def __init__(self, *, service: VideoService, auth: Authenticator, signer: LinkSigner) -> None:
        self._service = service
        self._auth = auth
        self._signer = signer

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route("/v1/videos/{id}/lineage", self.lineage, methods=["GET"]),
            Route("/v1/videos/{id}/inputs", self.inputs, methods=["GET"]),
            Route("/v1/videos/{id}/inputs/{number}", self.input, methods=["GET"]),
        ]

    async def lineage(self, request: Request) -> Response:
        """Give a video's whole family as a list, oldest first; `source_video_id` makes it a tree."""
        key = await self._auth.key(request)
        tasks = await self._service.lineage(parse_task_id(request.path_params["id"]), key.id)
        base = request_base(request)
        videos = [openai.render(one, self._signer.links(one, base)) for one in tasks]
        return Response(to_json(openai.render_list(videos, False)), media_type="application/json")

    async def inputs(self, request: Request) -> Response:
        """List the pictures that a video was made from."""
        task = await self._task(request)
        pictures = [
            {"object": "input", "number": at, "width": one.width, "height": one.height,
             "path": f"/v1/videos/{task.public_id}/inputs/{at}"}
            for at, one in enumerate(task.inputs, 1)
        ]  # fmt: skip
        return Response(to_json({"object": "list", "data": pictures}), media_type="application/json")

    async def input(self, request: Request) -> Response:
        """Give such a picture, as it was taken in."""
        number = request.path_params["number"]
        if not (number.isascii() and number.isdigit() and len(number) < 3):
            raise NotFound(f"There is no picture {number[:20]!r}; pictures are counted from 1.")
        path = await self._service.input_file(await self._task(request), int(number))
        return FileResponse(
            path, media_type="image/png",
            headers={"cache-control": "private, max-age=86400, immutable", "x-content-type-options": "nosniff"},
        )  # fmt: skip

    async def _task(self, request: Request) -> Task:
        key = await self._auth.key(request)
        return await self._service.get(parse_task_id(request.path_params["id"]), key.id)
