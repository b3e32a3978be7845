"""The documentation at /help, as it was built into the package."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ..domain.errors import NotFound

PACKAGE = Path(str(files("grok_video")))
# A wheel contains the site; in a checkout, `make install` and `make docs` build it.
PLACES = (PACKAGE / "help", PACKAGE.parents[1] / "build" / "site")
SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


class HelpRoutes:
    """Serves the documentation's pages, or says how to get them."""

    def __init__(self, places: tuple[Path, ...] = PLACES) -> None:
        self._folder = next((place for place in places if (place / "index.html").is_file()), None)

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        if self._folder is None:
            return [Route("/help", self.missing), Route("/help/{path:path}", self.missing)]
        return [Route("/help", to_folder), Mount("/help", HelpFiles(directory=self._folder, html=True))]

    async def missing(self, _request: Request) -> Response:
        """GET /help in an installation without the pages."""
        raise NotFound("This installation has no documentation: run `make docs` in the checkout, and start again.")


async def to_folder(request: Request) -> Response:
    """GET /help: on to /help/, because the addresses in its pages are relative."""
    return RedirectResponse("/help/")


class HelpFiles(StaticFiles):
    """Serves the site's files; each page may run the scripts that are written in it, and no other inline ones."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: Any, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return a file with its headers."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "no-cache"
        response.headers["x-content-type-options"] = "nosniff"
        if isinstance(response, FileResponse) and response.media_type == "text/html":
            response.headers["content-security-policy"] = policy(Path(full_path).read_bytes())
        return response


def policy(page: bytes) -> str:
    """Return the content security policy of a page: what is from this server, and the page's own inline scripts."""
    digests = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in SCRIPT.findall(page)]
    scripts = " ".join(f"'sha256-{digest}'" for digest in dict.fromkeys(digests))
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
