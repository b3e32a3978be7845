"""Signing in to the studio and out of it, and the sessions of a key."""

from __future__ import annotations

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..domain.errors import InvalidKey, MissingField, NotFound
from ..ports import Action, Key, Session, SessionStore
from .auth import Authenticator, from_our_page
from .bodies import read_fields
from .ids import read_plain_id
from .responses import NO_STORE, json_response
from .session import SESSION_SECONDS, TICKET_SECONDS, delete_cookie, session_token, set_cookie
from .unreadable import reading


class SignInRoutes:
    """/v1/session to sign in and out, /v1/session/ticket for links, /v1/sessions for all sessions of a key."""

    def __init__(self, *, auth: Authenticator, sessions: SessionStore) -> None:
        self._auth = auth
        self._sessions = sessions

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/session", self.session, methods=["GET"]),
            Route("/v1/session", self.sign_in, methods=["POST"]),
            Route("/v1/session", self.sign_out, methods=["DELETE"]),
            Route("/v1/session/ticket", self.ticket, methods=["POST"]),
            Route("/v1/sessions", self.list_sessions, methods=["GET"]),
            Route("/v1/sessions", self.end_sessions, methods=["DELETE"]),
            Route("/v1/sessions/{id}", self.end_session, methods=["DELETE"]),
        ]

    async def session(self, request: Request) -> Response:
        """GET /v1/session: whose session this is; no session is not an error, because a page has to ask."""
        try:
            return _owner(await self._auth.key(request))
        except InvalidKey:
            return json_response({"object": "session", "id": None, "name": None, "operator": False}, headers=NO_STORE)

    async def sign_in(self, request: Request) -> Response:
        """POST /v1/session with `key`, or with the `ticket` of a link: set the cookie."""
        if not from_our_page(request):
            raise InvalidKey("Signing in is for the studio's own pages.")
        self._auth.count_address(request)
        async with read_fields(request) as fields:
            secret, ticket = fields.get("key"), fields.get("ticket")
        with reading(request):
            if isinstance(ticket, str):
                key = await self._auth.ticket(request, ticket)
            elif isinstance(secret, str) and secret.strip():
                key = await self._auth.secret(request, secret)
            else:
                raise MissingField("key is missing: send your API key.", param="key")
        self._auth.count_key(request, key)
        client = request.client.host if request.client else ""
        agent = request.headers.get("user-agent", "")
        session, token = await self._sessions.open(key.id, seconds=SESSION_SECONDS, address=client, user_agent=agent)
        await self._auth.record(request, Action.SIGNED_IN, actor=key.id, target=session.id)
        response = _owner(key)
        set_cookie(response, request, token)
        return response

    async def sign_out(self, request: Request) -> Response:
        """DELETE /v1/session: end the session, and delete the cookie."""
        token = session_token(request)
        session = await self._sessions.find(token) if token and from_our_page(request) else None
        if session is not None:
            await self._sessions.end(session.key_id, session.id)
            await self._auth.record(request, Action.SIGNED_OUT, actor=session.key_id, target=session.id)
        response = json_response({"object": "session", "deleted": True})
        delete_cookie(response, request)
        return response

    async def ticket(self, request: Request) -> Response:
        """POST /v1/session/ticket: a token for a link that signs in once, valid for a minute.

        For keys only: a session could otherwise renew itself for ever.
        """
        caller = await self._auth.caller(request)
        if caller.session is not None:
            raise InvalidKey("Tickets are for API keys: send `Authorization: Bearer KEY`.")
        ticket = await self._sessions.issue_ticket(caller.key.id, seconds=TICKET_SECONDS)
        expires = int(time.time()) + TICKET_SECONDS
        body = {"object": "session.ticket", "ticket": ticket, "expires_at": expires}
        return json_response(body, headers=NO_STORE)

    async def list_sessions(self, request: Request) -> Response:
        """GET /v1/sessions: where the key is signed in."""
        caller = await self._auth.caller(request)
        current = caller.session.id if caller.session else None
        sessions = await self._sessions.list(caller.key.id)
        return json_response({"object": "list", "data": [_render(session, current) for session in sessions]})

    async def end_session(self, request: Request) -> Response:
        """DELETE /v1/sessions/{id}: end one session of the key."""
        key, session_id = await self._auth.key(request), read_plain_id(request)
        if not await self._sessions.end(key.id, session_id):
            raise NotFound(f"There is no session {session_id[:80]!r}.", param="id")
        return await self._ended(request, key, 1, session_id)

    async def end_sessions(self, request: Request) -> Response:
        """DELETE /v1/sessions: end all sessions of the key, the current one included."""
        key = await self._auth.key(request)
        return await self._ended(request, key, await self._sessions.end(key.id), None)

    async def _ended(self, request: Request, key: Key, count: int, session_id: str | None) -> Response:
        await self._auth.record(request, Action.SESSIONS_ENDED, actor=key.id, target=session_id)
        return json_response({"object": "sessions", "ended": count})


def _owner(key: Key) -> Response:
    body = {"object": "session", "id": key.id, "name": key.name, "operator": key.operator}
    return json_response(body, headers=NO_STORE)


def _render(session: Session, current: str | None) -> dict[str, Any]:
    return {
        "id": session.id,
        "object": "session.entry",
        "created_at": int(session.created_at),
        "expires_at": int(session.expires_at),
        "address": session.address,
        "user_agent": session.user_agent,
        "current": session.id == current,
    }
