"""The studio: its files, and signing in to it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic_core import to_json
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from ..domain.errors import InvalidKey, MissingField
from ..ports import Key
from .auth import Authenticator, from_our_page
from .forms import read_fields
from .session import LIFETIMES, SESSION, TICKET, SessionSigner, cookie_name

FOLDER = Path(str(files("grok_video") / "studio"))
MOST_BYTES = 16 * 1024
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    # Asked again each time and answered by 304: a new version is seen at once.
    "cache-control": "no-cache",
}


class StudioFiles(StaticFiles):
    """The page's files with its headers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await super().__call__(scope, receive, with_headers)


class StudioRoutes:
    """GET / for browsers, /studio/ for the page's files, /v1/session to sign in and out."""

    def __init__(self, *, auth: Authenticator, sessions: SessionSigner, version: str) -> None:
        self._auth = auth
        self._sessions = sessions
        self._version = version

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route("/", self.root, methods=["GET"]),
            Route("/v1/session", self.look, methods=["GET"]),
            Route("/v1/session", self.sign_in, methods=["POST"]),
            Route("/v1/session", self.sign_out, methods=["DELETE"]),
            Route("/v1/session/ticket", self.ticket, methods=["POST"]),
        ]

    @staticmethod
    def mount() -> Mount:
        """Give the page's files."""
        return Mount("/studio", StudioFiles(directory=FOLDER))

    async def root(self, request: Request) -> Response:
        """Give the page to browsers, and to programs a line that says what this is."""
        if "text/html" in request.headers.get("accept", ""):
            return FileResponse(FOLDER / "index.html", headers={**HEADERS, "vary": "accept"})
        body = {"name": "grok-video", "version": self._version, "api": "/openapi.json"}
        return JSONResponse(body, headers={"vary": "accept"})

    async def look(self, request: Request) -> Response:
        """GET /v1/session: whose session this is; nobody's is no error, for a page has to ask."""
        try:
            return self._answer(await self._auth.key(request))
        except InvalidKey:
            return _json({"object": "session", "id": None, "name": None, "operator": False})

    async def sign_in(self, request: Request) -> Response:
        """POST /v1/session with `key`, or with the `ticket` of a link: set the cookie."""
        if not from_our_page(request):
            raise InvalidKey("Signing in is for the studio's own pages.")
        # Read before anybody is known to us: no more than such a body needs.
        async with read_fields(request, most=MOST_BYTES) as fields:
            said, ticket = fields.get("key"), fields.get("ticket")
        if isinstance(ticket, str):
            key = await self._auth.token(ticket, TICKET)
            if key is None:
                raise InvalidKey("This link is too old: open a new one, or sign in with your key.", param="ticket")
        elif isinstance(said, str) and said.strip():
            key = await self._auth.secret(said)
        else:
            raise MissingField("key is missing: send your API key.", param="key")
        answer = self._answer(key)
        token, _ = self._sessions.issue(key, SESSION)
        answer.set_cookie(
            cookie_name(request), token, max_age=LIFETIMES[SESSION], path="/", httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer

    async def sign_out(self, request: Request) -> Response:
        """DELETE /v1/session: forget the cookie."""
        answer = JSONResponse({"object": "session", "deleted": True})
        answer.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="strict")
        return answer

    async def ticket(self, request: Request) -> Response:
        """POST /v1/session/ticket: a token for a link that signs in, good for a minute."""
        token, expires = self._sessions.issue(await self._auth.key(request), TICKET)
        return _json({"object": "session.ticket", "ticket": token, "expires_at": expires})

    @staticmethod
    def _answer(key: Key) -> Response:
        return _json({"object": "session", "id": key.id, "name": key.name, "operator": key.operator})


def _json(body: dict[str, Any]) -> Response:
    return Response(to_json(body), media_type="application/json", headers={"cache-control": "no-store"})
