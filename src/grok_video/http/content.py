"""The files of a video: video, thumbnail and spritesheet, with Range, HEAD and ETag."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..domain.errors import InvalidKey
from ..domain.media import MEDIA_TYPES, VARIANTS, image_type, slug
from ..domain.task import Task
from ..ports import Storage
from ..service import VideoService
from .ids import id_of, parse_task_id
from .links import LinkSigner
from .owned_tasks import OwnedTasks
from .session import session_token
from .stored_files import file_response


class ContentRoutes:
    """Serves files to their owner's key, or to the holder of a signed link."""

    def __init__(self, *, service: VideoService, storage: Storage, tasks: OwnedTasks, signer: LinkSigner) -> None:
        self._service = service
        self._storage = storage
        self._tasks = tasks
        self._signer = signer

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/videos/{id}/content", self.content, methods=["GET"]),
            Route("/v1/videos/{id}/preview", self.preview, methods=["GET"]),
        ]

    async def content(self, request: Request) -> Response:
        """GET and HEAD /v1/videos/{id}/content?variant=, with &wait=SECONDS."""
        task = await self._task(request)
        variant = request.query_params.get("variant", "video")
        file = await self._service.content(task, variant)
        download = "download" in request.query_params
        if not download and _may_redirect(request) and (link := await self._storage.link(file.key)) is not None:
            return RedirectResponse(link, 302, {"cache-control": "no-store"})
        return file_response(
            request,
            self._storage,
            file,
            media_type=MEDIA_TYPES[VARIANTS[variant]],
            filename=f"{id_of(task).replace(':', '_')}.{VARIANTS[variant]}",
            title=f"{slug(task.prompt)}-{task.id.hex[-6:]}.{VARIANTS[variant]}" if download else None,
            disposition="attachment" if download else "inline",
            headers={"cache-control": "private, max-age=86400, immutable"},
        )

    async def preview(self, request: Request) -> Response:
        """GET and HEAD /v1/videos/{id}/preview: an image of the unfinished video, or the finished one's thumbnail."""
        task = await self._task(request)
        image = await self._service.preview(task)
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        return Response(image, media_type=image_type(image) or "application/octet-stream", headers=headers)

    async def _task(self, request: Request) -> Task:
        query = request.query_params
        if "signature" not in query or "authorization" in request.headers:
            return await self._tasks.get(request)
        task_id = parse_task_id(request.path_params["id"])
        expires, signature = query.get("expires", ""), query["signature"]
        if task_id is None or not self._signer.valid(task_id, expires, signature, now=time.time()):
            raise InvalidKey("This link has expired or is not genuine: read the video again for a new one.")
        task = await self._service.get_signed(task_id)
        await self._tasks.check_owner(task)
        return await self._tasks.read(request, task_id, task.owner)


def _may_redirect(request: Request) -> bool:
    """Check whether a client may be sent to the storage itself: its links are for GET, and not for the studio's page.

    The page's policy and its reading of frames allow this server alone.
    """
    return request.method == "GET" and session_token(request) is None
