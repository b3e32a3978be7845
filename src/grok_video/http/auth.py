"""Authentication: `Authorization: Bearer KEY`, or the studio's session cookie on our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from ..domain.errors import InvalidKey
from ..ports import Key, KeyStore
from .session import SESSION, SessionSigner, cookie_name

SAFE = ("GET", "HEAD", "OPTIONS")


class Authenticator:
    """Finds the API key of a request."""

    def __init__(self, keys: KeyStore, sessions: SessionSigner) -> None:
        self._keys = keys
        self._sessions = sessions

    async def key(self, request: Request) -> Key:
        """Return the request's active key; raise InvalidKey."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secret.strip():
            return await self.secret(secret)
        # A proxy in front of us may use Basic authorization for itself.
        if cookie := request.cookies.get(cookie_name(request)):
            return await self._by_cookie(request, cookie)
        raise InvalidKey("No API key: send `Authorization: Bearer KEY`.")

    async def is_active(self, key_id: str) -> bool:
        """Check whether a key is active."""
        return await self._keys.find(key_id) is not None

    async def secret(self, secret: str) -> Key:
        """Return the active key with a secret; raise InvalidKey."""
        key = await self._keys.authenticate(secret.strip())
        if key is None:
            raise InvalidKey("This API key is wrong or revoked: send `Authorization: Bearer KEY`.")
        return key

    async def operator(self, request: Request) -> Key:
        """Return the operator's key; raise InvalidKey for any other."""
        key = await self.key(request)
        if not key.operator:
            raise InvalidKey("This needs the operator's key.")
        return key

    async def token(self, token: str, purpose: str) -> Key | None:
        """Return the active key that a token was issued for, or None."""
        key_id = self._sessions.key_id(token)
        key = await self._keys.find(key_id) if key_id else None
        return key if key and self._sessions.valid(token, key, purpose) else None

    async def _by_cookie(self, request: Request, cookie: str) -> Key:
        if not from_our_page(request):
            raise InvalidKey("The session is for the studio's own pages: send `Authorization: Bearer KEY`.")
        key = await self.token(cookie, SESSION)
        if key is None:
            raise InvalidKey("The session has expired or was revoked. Sign in again.")
        return key


def from_our_page(request: Request) -> bool:
    """Check whether a browser sends this request for a page of ours; the session cookie is ignored otherwise.

    Browsers send Sec-Fetch-Site to trustworthy hosts only (https, localhost). To others they send Origin with every
    unsafe method, and SameSite=Strict protects the rest.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin" or (site == "none" and request.method in SAFE)
    if request.method in SAFE:
        return True
    return _host_of(request.headers.get("origin", "")) == request.headers.get("host")


def _host_of(origin: str) -> str | None:
    """Return an origin's host and port; None for what is no origin."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None
