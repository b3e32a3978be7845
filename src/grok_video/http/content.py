"""The files of a video: video, thumbnail and spritesheet, with Range, HEAD and ETag."""

from __future__ import annotations

import asyncio
import re
import time

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ..domain.errors import InvalidKey, RangeNotSatisfiable, VideoExpired, VideoNotReady
from ..domain.media import VARIANTS, image_type
from ..domain.task import Task
from ..ports import Storage
from ..service import VideoService
from .ids import id_of, parse_task_id
from .links import LinkSigner
from .owned_tasks import OwnedTasks

MEDIA_TYPES = {"video": "video/mp4", "thumbnail": "image/webp", "spritesheet": "image/jpeg"}
RANGE = re.compile(r"bytes=(?=\d|-\d)(\d{0,18})-(\d{0,18})(?:,\s*(?:\d{1,18}-\d{0,18}|-\d{1,18}))*$")


class VideoResponse(FileResponse):
    """A file in chunks of 1 MiB, which takes half the CPU of Starlette's default."""

    chunk_size = 1 << 20


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
        key = self._service.content_key(task, variant)
        try:
            path = await self._storage.fetch(key)
        except FileNotFoundError:
            raise VideoExpired("The file of this video is gone.") from None
        response = VideoResponse(
            path,
            stat_result=path.stat(),
            media_type=MEDIA_TYPES[variant],
            filename=f"{id_of(task).replace(':', '_')}.{VARIANTS[variant]}",
            content_disposition_type="attachment" if "download" in request.query_params else "inline",
            headers={"cache-control": "private, max-age=86400, immutable", "x-content-type-options": "nosniff"},
        )
        etags = [etag.strip() for etag in request.headers.get("if-none-match", "").split(",")]
        if response.headers["etag"] in etags or "*" in etags:
            headers = {name: response.headers[name] for name in ("etag", "cache-control", "last-modified")}
            return Response(status_code=304, headers=headers)
        check_range(request, path.stat().st_size)
        return response

    async def preview(self, request: Request) -> Response:
        """GET and HEAD /v1/videos/{id}/preview: an image of the unfinished video, or the finished one's thumbnail."""
        task = await self._task(request)
        try:
            path = await self._storage.fetch(self._service.preview_key(task))
            # Read as a whole: it may be replaced or deleted at any moment.
            image = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise VideoNotReady("There is no preview of this video yet.", retry_after=2) from None
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


def check_range(request: Request, size: int) -> None:
    """Raise RangeNotSatisfiable for a range beyond the end; drop a malformed one, as RFC 9110 14.2 says."""
    header = request.headers.get("range")
    if header is None:
        return
    first = RANGE.match(header)
    if first is None or (first[1] and first[2] and int(first[2]) < int(first[1])):
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
    elif first[1] and int(first[1]) >= size:
        raise RangeNotSatisfiable(f"The file has {size} bytes; the range begins at {first[1]}.")
