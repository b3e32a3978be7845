"""The cookie of a session of the studio, invisible to the page's scripts.

EventSource and <video> cannot send an Authorization header. The cookie is a random token; the session is a row.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

SESSION_SECONDS = 30 * 24 * 3600
TICKET_SECONDS = 60
MAX_TOKEN = 100


def cookie_name(request: Request) -> str:
    """Return the cookie's name; it contains the port because browsers share cookies among the ports of a host."""
    port = request.headers.get("host", "").rpartition(":")[2]
    return f"grok_video_session_{port}" if port.isascii() and port.isdigit() else "grok_video_session"


def session_token(request: Request) -> str | None:
    """Return the token of the request's cookie, or None."""
    token = request.cookies.get(cookie_name(request))
    return token if token and len(token) <= MAX_TOKEN else None


def set_cookie(response: Response, request: Request, token: str) -> None:
    """Send a session's token to the browser."""
    response.set_cookie(
        cookie_name(request), token, max_age=SESSION_SECONDS, path="/", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip


def delete_cookie(response: Response, request: Request) -> None:
    """Have the browser forget the token."""
    response.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="strict")
