"""The audit log over HTTP, for the operator."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import InvalidValue
from ..ports import Action, AuditEntry, AuditLog
from .auth import Authenticator
from .responses import json_response
from .spellings import parse_number
from .unreadable import reading


class AuditRoutes:
    """GET /v1/audit."""

    def __init__(self, *, audit: AuditLog, auth: Authenticator) -> None:
        self._audit = audit
        self._auth = auth

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("/v1/audit", self.entries, methods=["GET"])]

    async def entries(self, request: Request) -> Response:
        """Return a page of entries, newest first: ?limit=, ?before=NUMBER, ?action=."""
        await self._auth.operator(request)
        query = request.query_params
        with reading(request):
            limit = _whole(query.get("limit", "100"), "limit", 1, 1000)
            before = _whole(query["before"], "before", 0, 2**53) if "before" in query else None
            name = query.get("action")
            if name is not None and name not in list(Action):
                raise InvalidValue(f"action is {name[:40]!r}; send one of: {', '.join(Action)}.", param="action")
        action = Action(name) if name else None
        entries = await self._audit.list(limit=limit + 1, before=before, action=action)
        data = [_render(entry) for entry in entries[:limit]]
        return json_response({"object": "list", "data": data, "has_more": len(entries) > limit})


def _whole(raw: str, param: str, least: int, most: int) -> int:
    number = parse_number(raw, param)
    if not number.is_integer() or not least <= number <= most:
        raise InvalidValue(f"{param} is {raw[:40]!r}; send {least} to {most}.", param=param)
    return int(number)


def _render(entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "object": "audit.entry",
        "at": int(entry.at),
        "action": entry.action.value,
        "actor": entry.actor,
        "target": entry.target,
        "address": entry.address,
    }
