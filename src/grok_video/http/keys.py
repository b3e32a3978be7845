"""API keys over HTTP, for the operator."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import InvalidValue, NotFound
from ..ports import Key, KeyStore
from ..service import VideoService
from .auth import Authenticator
from .bodies import read_fields
from .formats import openai
from .owned_tasks import OwnedTasks
from .pages import read_page
from .responses import json_response
from .unreadable import reading

DELETED_AT_ONCE = 200


class KeyRoutes:
    """/v1/keys, and the libraries of keys."""

    def __init__(self, *, keys: KeyStore, auth: Authenticator, service: VideoService, tasks: OwnedTasks) -> None:
        self._keys = keys
        self._auth = auth
        self._service = service
        self._tasks = tasks

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/keys", self.list_keys, methods=["GET"]),
            Route("/v1/keys", self.create_key, methods=["POST"]),
            Route("/v1/keys/{id}", self.revoke_key, methods=["DELETE"]),
            Route("/v1/keys/{id}/videos", self.list_videos, methods=["GET"]),
            Route("/v1/keys/{id}/videos", self.delete_videos, methods=["DELETE"]),
        ]

    async def list_keys(self, request: Request) -> Response:
        """GET /v1/keys."""
        await self._auth.operator(request)
        return json_response({"object": "list", "data": [_render(key) for key in await self._keys.list()]})

    async def create_key(self, request: Request) -> Response:
        """POST /v1/keys: the only response that contains the secret."""
        await self._auth.operator(request)
        async with read_fields(request) as fields:
            name = fields.get("name")
        if not isinstance(name, str) or not 1 <= len(name) <= 200 or "\x00" in name:
            raise InvalidValue("name is missing or not a text of 1 to 200 characters.", param="name")
        key, secret = await self._keys.create(name)
        return json_response({**_render(key), "key": secret})

    async def revoke_key(self, request: Request) -> Response:
        """DELETE /v1/keys/{id}."""
        operator = await self._auth.operator(request)
        if request.path_params["id"] == operator.id:
            raise InvalidValue("The operator's key cannot be revoked; set GROK_VIDEO_API_KEY to change it.", param="id")
        key = await self._keys.revoke(request.path_params["id"])
        if key is None:
            raise NotFound(f"There is no key {request.path_params['id'][:80]!r}.", param="id")
        return json_response(_render(key))

    async def list_videos(self, request: Request) -> Response:
        """GET /v1/keys/{id}/videos: the library of any key, revoked ones included."""
        key = await self._any_key(request)
        with reading(request):
            limit, ascending, after, filters = read_page(request.query_params)
        tasks, has_more = await self._service.list(
            key.id, limit=limit, after=after, ascending=ascending, filters=filters
        )
        return json_response(openai.render_list([self._tasks.video(request, task) for task in tasks], has_more))

    async def delete_videos(self, request: Request) -> Response:
        """DELETE /v1/keys/{id}/videos: delete the library of a revoked key; repeat it while `has_more`."""
        key = await self._any_key(request)
        if key.revoked_at is None:
            raise InvalidValue("The key is active: revoke it before you delete all of its videos.", param="id")
        deleted, has_more = await self._service.delete_all(key.id, limit=DELETED_AT_ONCE)
        return json_response({"id": key.id, "object": "key.videos", "deleted": deleted, "has_more": has_more})

    async def _any_key(self, request: Request) -> Key:
        """Return the key that the path names, active or revoked, to the operator; raise InvalidKey or NotFound."""
        await self._auth.operator(request)
        key_id = request.path_params["id"]
        key = next((key for key in await self._keys.list() if key.id == key_id), None)
        if key is None:
            raise NotFound(f"There is no key {key_id[:80]!r}.", param="id")
        return key


def _render(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "object": "key",
        "name": key.name,
        "prefix": key.prefix,
        "operator": key.operator,
        "created_at": int(key.created_at),
        "revoked_at": int(key.revoked_at) if key.revoked_at else None,
    }
