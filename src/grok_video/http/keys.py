"""API keys over HTTP, for the operator."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import InvalidValue, NotFound
from ..ports import Key, KeyStore
from .auth import Authenticator
from .bodies import read_fields
from .responses import json_response


class KeyRoutes:
    """GET, POST and DELETE /v1/keys."""

    def __init__(self, *, keys: KeyStore, auth: Authenticator) -> None:
        self._keys = keys
        self._auth = auth

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/keys", self.list_keys, methods=["GET"]),
            Route("/v1/keys", self.create_key, methods=["POST"]),
            Route("/v1/keys/{id}", self.revoke_key, methods=["DELETE"]),
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
