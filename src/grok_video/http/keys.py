"""API keys over HTTP, for the operator."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import InvalidValue, NotFound
from ..domain.models import Catalog
from ..ports import NO_LIMITS, Action, Key, KeyStore, SessionStore
from ..runtime.concurrency import in_thread
from ..service import VideoService
from .auth import Authenticator
from .bodies import read_fields
from .formats import openai
from .ids import read_plain_id
from .key_fields import parse_limits, parse_name, parse_overlap
from .owned_tasks import OwnedTasks
from .pages import read_page
from .responses import json_response
from .unreadable import reading

log = structlog.get_logger()

DELETED_AT_ONCE = 200


class KeyRoutes:
    """/v1/keys, and the libraries of keys.

    `save_operator_key` stores a new secret of the operator where the command line finds it; None if a setting says it.
    """

    def __init__(
        self,
        *,
        keys: KeyStore,
        sessions: SessionStore,
        auth: Authenticator,
        service: VideoService,
        tasks: OwnedTasks,
        save_operator_key: Callable[[str], None] | None,
        catalog: Catalog,
    ) -> None:
        self._catalog = catalog
        self._keys = keys
        self._sessions = sessions
        self._auth = auth
        self._service = service
        self._tasks = tasks
        self._save_operator_key = save_operator_key

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/keys", self.list_keys, methods=["GET"]),
            Route("/v1/keys", self.create_key, methods=["POST"]),
            Route("/v1/keys/{id}", self.change_key, methods=["PATCH"]),
            Route("/v1/keys/{id}", self.revoke_key, methods=["DELETE"]),
            Route("/v1/keys/{id}/rotate", self.rotate_key, methods=["POST"]),
            Route("/v1/keys/{id}/videos", self.list_videos, methods=["GET"]),
            Route("/v1/keys/{id}/videos", self.delete_videos, methods=["DELETE"]),
        ]

    async def list_keys(self, request: Request) -> Response:
        """GET /v1/keys."""
        await self._auth.operator(request)
        return json_response({"object": "list", "data": [_render(key) for key in await self._keys.list()]})

    async def create_key(self, request: Request) -> Response:
        """POST /v1/keys: the only response that contains the secret."""
        operator = await self._auth.operator(request)
        async with read_fields(request) as fields:
            with reading(request):
                name, limits = parse_name(fields.get("name")), parse_limits(fields, NO_LIMITS)
        key, secret = await self._keys.create(name, limits)
        await self._auth.record(request, Action.KEY_CREATED, actor=operator.id, target=key.id)
        return json_response({**_render(key), "key": secret})

    async def change_key(self, request: Request) -> Response:
        """PATCH /v1/keys/{id}: set its limits; null removes one."""
        operator, key = await self._any_key(request)
        async with read_fields(request) as fields:
            with reading(request):
                limits = parse_limits(fields, key.limits)
        if key.operator and limits.expires_at is not None:
            raise InvalidValue("The operator's key cannot expire.", param="expires_at")
        changed = await self._keys.set_limits(key.id, limits) or key
        await self._auth.record(request, Action.KEY_CHANGED, actor=operator.id, target=key.id)
        return json_response(_render(changed))

    async def rotate_key(self, request: Request) -> Response:
        """POST /v1/keys/{id}/rotate: a new secret; the old one works for `overlap_hours` more. Ends its sessions."""
        operator, key = await self._any_key(request)
        async with read_fields(request) as fields:
            with reading(request):
                overlap = parse_overlap(fields.get("overlap_hours"))
        if key.operator and self._save_operator_key is None:
            raise InvalidValue("GROK_VIDEO_API_KEY sets the operator's key: change it there.", param="id")
        if overlap and key.previous_until is not None and key.previous_until > time.time():
            raise InvalidValue(
                "The secret before the last rotation still works; send overlap_hours 0 to end it now.",
                param="overlap_hours",
            )
        # Before, because a failure after it would lose the new secret.
        await self._sessions.end(key.id)
        rotated = await self._keys.rotate(key.id, overlap)
        if rotated is None:
            raise InvalidValue("The key is revoked or has expired.", param="id")
        changed, secret = rotated
        if key.operator and self._save_operator_key is not None:
            try:
                await in_thread(partial(self._save_operator_key, secret))
            except OSError:
                # The response is the only place left where the operator sees the new secret.
                log.exception("the operator's new key was not stored in its file")
        await self._auth.record(request, Action.KEY_ROTATED, actor=operator.id, target=key.id)
        return json_response({**_render(changed), "key": secret})

    async def revoke_key(self, request: Request) -> Response:
        """DELETE /v1/keys/{id}."""
        operator = await self._auth.operator(request)
        key_id = read_plain_id(request)
        if key_id == operator.id:
            raise InvalidValue("The operator's key cannot be revoked; set GROK_VIDEO_API_KEY to change it.", param="id")
        key = await self._keys.revoke(key_id)
        if key is None:
            raise NotFound(f"There is no key {key_id!r}.", param="id")
        await self._sessions.end(key.id)
        await self._auth.record(request, Action.KEY_REVOKED, actor=operator.id, target=key.id)
        return json_response(_render(key))

    async def list_videos(self, request: Request) -> Response:
        """GET /v1/keys/{id}/videos: the library of any key, revoked ones included."""
        _, key = await self._any_key(request)
        with reading(request):
            limit, ascending, after, filters = read_page(request.query_params, self._catalog)
        tasks, has_more = await self._service.list(
            key.id, limit=limit, after=after, ascending=ascending, filters=filters
        )
        return json_response(openai.render_list([self._tasks.video(request, task) for task in tasks], has_more))

    async def delete_videos(self, request: Request) -> Response:
        """DELETE /v1/keys/{id}/videos: delete the library of a revoked key; repeat it while `has_more`."""
        operator, key = await self._any_key(request)
        if key.revoked_at is None:
            raise InvalidValue("The key is active: revoke it before you delete all of its videos.", param="id")
        deleted, has_more = await self._service.delete_all(key.id, limit=DELETED_AT_ONCE)
        if deleted:
            await self._auth.record(request, Action.LIBRARY_DELETED, actor=operator.id, target=key.id)
        return json_response({"id": key.id, "object": "key.videos", "deleted": deleted, "has_more": has_more})

    async def _any_key(self, request: Request) -> tuple[Key, Key]:
        """Return the operator's key and the one that the path names, active or not; raise InvalidKey or NotFound."""
        operator = await self._auth.operator(request)
        key_id = request.path_params["id"]
        key = next((key for key in await self._keys.list() if key.id == key_id), None)
        if key is None:
            raise NotFound(f"There is no key {key_id[:80]!r}.", param="id")
        return operator, key


def _render(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "object": "key",
        "name": key.name,
        "prefix": key.prefix,
        "operator": key.operator,
        "created_at": int(key.created_at),
        "revoked_at": int(key.revoked_at) if key.revoked_at else None,
        "expires_at": int(key.limits.expires_at) if key.limits.expires_at else None,
        "rpm": key.limits.rpm,
        "concurrency": key.limits.concurrency,
        "previous_key_until": int(until) if (until := key.previous_until) and until > time.time() else None,
    }
