"""The studio: its files."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from .responses import json_response

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
    """GET / for browsers, /docs, and /studio/ for the files of both pages."""

    def __init__(self, *, version: str) -> None:
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
