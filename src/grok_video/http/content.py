"""The files: video, thumbnail, spritesheet, with Range, HEAD and ETag."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ..domain.errors import InvalidKey, VideoExpired
from ..domain.task import Task, parse_task_id
from ..ports import Storage
from ..service import VideoService
from .auth import Authenticator
from .links import LinkSigner

MEDIA_TYPES = {"video": "video/mp4", "thumbnail": "image/webp", "spritesheet": "image/jpeg"}
SUFFIXES = {"video": "mp4", "thumbnail": "webp", "spritesheet": "jpg"}


class VideoResponse(FileResponse):
    """A file in 1 MiB chunks, which halves the CPU of the default (http.md 7)."""

    chunk_size = 1 << 20


class ContentRoutes:
    """Serves files to their owner's key, or to whoever holds a signed address."""

    def __init__(self, *, service: VideoService, storage: Storage, auth: Authenticator, signer: LinkSigner) -> None:
        self._service = service
        self._storage = storage
        self._auth = auth
        self._signer = signer

    def routes(self) -> list[Route]:
        """Give the route."""
        return [Route("/v1/videos/{id}/content", self.content, methods=["GET"])]

    async def content(self, request: Request) -> Response:
        """GET and HEAD /v1/videos/{id}/content?variant=."""
        task = self._task(request)
        variant = request.query_params.get("variant", "video")
        key = self._service.content_key(task, variant)
        try:
            path = await self._storage.fetch(key)
        except FileNotFoundError:
            raise VideoExpired("The file of this video is gone.") from None
        return VideoResponse(
            path,
            media_type=MEDIA_TYPES[variant],
            filename=f"{task.id}.{SUFFIXES[variant]}",
            content_disposition_type="attachment" if "download" in request.query_params else "inline",
            headers={
                "cache-control": "private, max-age=86400, immutable",
                "x-content-type-options": "nosniff",
            },
        )

    def _task(self, request: Request) -> Task:
        task_id = parse_task_id(request.path_params["id"])
        query = request.query_params
        if "signature" in query and "authorization" not in request.headers:
            good = task_id and self._signer.valid(
                task_id, query.get("expires", ""), query["signature"], now=time.time()
            )
            if not good:
                raise InvalidKey("This link has expired or is not genuine: read the video again for a new one.")
            return self._service.signed(task_id)
        return self._service.get(task_id, self._auth.key(request).id)
