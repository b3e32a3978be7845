"""Sessions of the studio: a cookie made from an API key, invisible to the page's scripts.

EventSource and <video> cannot send an Authorization header. A token contains its key's id and is signed with the key's
digest, so that it ends when the key is revoked or replaced.
"""

from __future__ import annotations

import hmac
import time

from starlette.requests import Request

from ..ports import Key

SESSION = "session"
TICKET = "ticket"
LIFETIMES = {SESSION: 30 * 24 * 3600, TICKET: 60}


class SessionSigner:
    """Issues and checks tokens of the form KEY_ID.EXPIRES.SIGNATURE."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, key: Key, purpose: str) -> tuple[str, int]:
        """Return a new token and when it expires, in seconds since 1970."""
        expires = int(time.time()) + LIFETIMES[purpose]
        return f"{key.id}.{expires}.{self._sign(key, purpose, expires)}", expires

    @staticmethod
    def key_id(token: str) -> str | None:
        """Return the id of the key that a token claims, unchecked; None if the token is malformed."""
        parts = token.split(".")
        return parts[0] if len(parts) == 3 and len(token) < 300 and token.isascii() and token.isprintable() else None

    def valid(self, token: str, key: Key, purpose: str) -> bool:
        """Check whether a token is genuine, for this key and purpose, and not expired."""
        _, expires, signature = token.split(".")
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            return False
        ours = hmac.compare_digest(self._sign(key, purpose, int(expires)).encode(), signature.encode())
        return ours and int(expires) >= time.time()

    def _sign(self, key: Key, purpose: str, expires: int) -> str:
        return hmac.digest(self._secret, f"{purpose}:{key.id}:{key.digest}:{expires}".encode(), "sha256").hex()


def cookie_name(request: Request) -> str:
    """Return the cookie's name; it contains the port because browsers share cookies among the ports of a host."""
    port = request.headers.get("host", "").rpartition(":")[2]
    return f"grok_video_session_{port}" if port.isascii() and port.isdigit() else "grok_video_session"
