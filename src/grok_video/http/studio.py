"""The studio: its files, and signing in to it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from ..domain.errors import InvalidKey, MissingField
from ..ports import Key
from .auth import Authenticator, from_our_page
from .bodies import read_fields
from .responses import NO_STORE, json_response
from .session import LIFETIMES, SESSION, TICKET, SessionSigner, cookie_name

FOLDER = Path(str(files("grok_video") / "studio"))
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    # Revalidated each time and answered by 304, so that a new version is seen at once.
    "cache-control": "no-cache",
}


class StudioFiles(StaticFiles):
    """Serves the page's files with its headers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await super().__call__(scope, receive, with_headers)


class StudioRoutes:
    """GET / for browsers, /docs, /studio/ for the files of both pages, /v1/session to sign in and out."""

    def __init__(self, *, auth: Authenticator, sessions: SessionSigner, version: str) -> None:
        self._auth = auth
        self._sessions = sessions
        self._version = version

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/", self.root, methods=["GET"]),
            Route("/v1", self.root, methods=["GET"]),
            Route("/docs", self.api_docs, methods=["GET"]),
            Route("/docs/", self.api_docs, methods=["GET"]),
            Route("/redoc", self.api_docs, methods=["GET"]),
            Route("/favicon.ico", self.icon, methods=["GET"]),
            Route("/v1/session", self.session, methods=["GET"]),
            Route("/v1/session", self.sign_in, methods=["POST"]),
            Route("/v1/session", self.sign_out, methods=["DELETE"]),
            Route("/v1/session/ticket", self.ticket, methods=["POST"]),
        ]

    @staticmethod
    def mount() -> Mount:
        """Return the mount of the page's files."""
        return Mount("/studio", StudioFiles(directory=FOLDER))

    async def root(self, request: Request) -> Response:
        """Return the page to browsers, and to programs a JSON object that names the server."""
        if "text/html" in request.headers.get("accept", ""):
            return FileResponse(FOLDER / "index.html", headers={**HEADERS, "vary": "accept"})
        body = {"name": "grok-video", "version": self._version, "api": "/openapi.json", "docs": "/docs"}
        return json_response(body, headers={"vary": "accept"})

    async def api_docs(self, _request: Request) -> Response:
        """GET /docs: the page of the API, made from /openapi.json in the browser."""
        return FileResponse(FOLDER / "api-docs.html", headers=HEADERS)

    async def icon(self, _request: Request) -> Response:
        """GET /favicon.ico, which browsers request on their own."""
        return FileResponse(FOLDER / "icon.svg", headers=HEADERS)

    async def session(self, request: Request) -> Response:
        """GET /v1/session: whose session this is; no session is not an error, because a page has to ask."""
        try:
            return _session(await self._auth.key(request))
        except InvalidKey:
            return json_response({"object": "session", "id": None, "name": None, "operator": False}, headers=NO_STORE)

    async def sign_in(self, request: Request) -> Response:
        """POST /v1/session with `key`, or with the `ticket` of a link: set the cookie."""
        if not from_our_page(request):
            raise InvalidKey("Signing in is for the studio's own pages.")
        # The caller is not authenticated yet, so the body is bounded by what a key or ticket needs.
        async with read_fields(request) as fields:
            secret, ticket = fields.get("key"), fields.get("ticket")
        if isinstance(ticket, str):
            key = await self._auth.token(ticket, TICKET)
            if key is None:
                raise InvalidKey("This link is too old: open a new one, or sign in with your key.", param="ticket")
        elif isinstance(secret, str) and secret.strip():
            key = await self._auth.secret(secret)
        else:
            raise MissingField("key is missing: send your API key.", param="key")
        response = _session(key)
        token, _ = self._sessions.issue(key, SESSION)
        response.set_cookie(
            cookie_name(request), token, max_age=LIFETIMES[SESSION], path="/", httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        return response

    async def sign_out(self, request: Request) -> Response:
        """DELETE /v1/session: delete the cookie."""
        response = json_response({"object": "session", "deleted": True})
        response.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="strict")
        return response

    async def ticket(self, request: Request) -> Response:
        """POST /v1/session/ticket: a token for a link that signs in, valid for a minute."""
        token, expires = self._sessions.issue(await self._auth.key(request), TICKET)
        return json_response({"object": "session.ticket", "ticket": token, "expires_at": expires}, headers=NO_STORE)


def _session(key: Key) -> Response:
    body = {"object": "session", "id": key.id, "name": key.name, "operator": key.operator}
    return json_response(body, headers=NO_STORE)
