"""Files that are uploaded before they are used: images, for a day."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import InvalidKey, InvalidValue, MissingField, NotFound
from ..domain.request import Upload
from ..ports import Storage
from ..runtime.fairness import ByteBudget
from ..service import VideoService
from .auth import Authenticator
from .bodies import FILE, read_fields
from .ids import file_id, parse_file_id
from .links import LinkSigner, request_base
from .responses import json_response
from .stored_files import file_response


class FileRoutes:
    """POST /v1/files, and reading and deleting one's own."""

    def __init__(
        self, *, service: VideoService, storage: Storage, auth: Authenticator, signer: LinkSigner, bodies: ByteBudget
    ) -> None:
        self._service = service
        self._storage = storage
        self._uploads = service.uploads
        self._auth = auth
        self._signer = signer
        self._bodies = bodies

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/files", self.add, methods=["POST"]),
            Route("/v1/files/{id}", self.delete, methods=["DELETE"]),
            Route("/v1/files/{id}/content", self.content, methods=["GET"]),
        ]

    async def add(self, request: Request) -> Response:
        """POST /v1/files with an image in `file`; `purpose` of OpenAI's packages is accepted."""
        owner = (await self._auth.key(request)).id
        async with self._bodies.counting(owner) as arrived, read_fields(request, FILE, arrived=arrived) as raw:
            file: Any = raw.get("file")
            if file is None:
                raise MissingField("file is missing: send an image as multipart/form-data.", param="file")
            if isinstance(file, list):
                raise InvalidValue("There are several files; send one in each request.", param="file")
            if not isinstance(file, Upload):
                raise InvalidValue("file is a text; send an image as multipart/form-data.", param="file")
            added = await self._service.add_file(file, owner)
        return json_response({
            "id": file_id(added.id),
            "object": "file",
            "bytes": added.bytes,
            "created_at": int(added.created_at),
            "expires_at": int(added.expires_at),
            "filename": f"{file_id(added.id)}.png",
            "purpose": "user_data",
            "status": "processed",
            "width": added.width,
            "height": added.height,
            "url": self._signer.file_link(added.id, owner, request_base(request), added.expires_at),
        })  # fmt: skip

    async def content(self, request: Request) -> Response:
        """GET and HEAD /v1/files/{id}/content, with the key or by the signed link."""
        query, number = request.query_params, _read_id(request)
        if "signature" in query and "authorization" not in request.headers:
            owner = query.get("owner", "")
            expires = query.get("expires", "")
            if not owner or not self._signer.valid(number, expires, query["signature"], owner, now=time.time()):
                raise InvalidKey("This link has expired or is not genuine: upload the file again.")
            if not await self._auth.is_active(owner):
                raise InvalidKey("The key that this link was made with is revoked.")
        else:
            owner = (await self._auth.key(request)).id
        file = await self._uploads.stat(number, owner)
        headers = {"cache-control": "private, max-age=3600"}
        return file_response(request, self._storage, file, media_type="image/png", headers=headers)

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/files/{id}."""
        owner = (await self._auth.key(request)).id
        number = _read_id(request)
        await self._uploads.delete(number, owner)
        return json_response({"id": file_id(number), "object": "file", "deleted": True})


def _read_id(request: Request) -> UUID:
    text: str = request.path_params["id"]
    number = parse_file_id(text)
    if number is None:
        raise NotFound(f"There is no file {text[:80]!r}.", param="id")
    return number
