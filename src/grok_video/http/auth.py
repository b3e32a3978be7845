"""Who asks: `Authorization: Bearer KEY`, or the studio's session cookie on our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from ..domain.errors import InvalidKey
from ..ports import Key, KeyStore
from .session import SESSION, SessionSigner, cookie_name

SAFE = ("GET", "HEAD", "OPTIONS")


class Authenticator:
    """Finds the key that a request came with."""

    def __init__(self, keys: KeyStore, sessions: SessionSigner) -> None:
        self._keys = keys
        self._sessions = sessions

    async def key(self, request: Request) -> Key:
        """Give the request's living key; raise InvalidKey."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secret.strip():
            return await self.secret(secret)
        # A proxy before us may want Basic authorization for itself.
        if cookie := request.cookies.get(cookie_name(request)):
            return await self._by_cookie(request, cookie)
        raise InvalidKey("No API key: send `Authorization: Bearer KEY`.")

    async def living(self, key_id: str) -> bool:
        """Tell whether a key still lives."""
        return await self._keys.find(key_id) is not None

    async def secret(self, secret: str) -> Key:
        """Give the living key of a secret; raise InvalidKey."""
        key = await self._keys.authenticate(secret.strip())
        if key is None:
            raise InvalidKey("This API key is wrong or revoked: send `Authorization: Bearer KEY`.")
        return key

    async def operator(self, request: Request) -> Key:
        """Give the operator's key; raise InvalidKey for any other."""
        key = await self.key(request)
        if not key.operator:
            raise InvalidKey("This needs the operator's key.")
        return key

    async def token(self, token: str, purpose: str) -> Key | None:
        """Give the living key that a token of ours stands for."""
        key_id = self._sessions.names(token)
        key = await self._keys.find(key_id) if key_id else None
        return key if key and self._sessions.genuine(token, key, purpose) else None

    async def _by_cookie(self, request: Request, cookie: str) -> Key:
        if not from_our_page(request):
            raise InvalidKey("The session is for the studio's own pages: send `Authorization: Bearer KEY`.")
        key = await self.token(cookie, SESSION)
        if key is None:
            raise InvalidKey("This session is over: sign in again.")
        return key


def from_our_page(request: Request) -> bool:
    """Tell whether a browser sends this for a page of ours; a cookie counts for nothing else.

    Browsers say so in Sec-Fetch-Site, but only to hosts they trust (https, localhost); to others they
    send Origin with everything that changes anything, and SameSite=Strict guards the rest.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin" or (site == "none" and request.method in SAFE)
    if request.method in SAFE:
        return True
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")
