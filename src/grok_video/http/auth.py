"""Who asks: `Authorization: Bearer KEY`."""

from __future__ import annotations

from starlette.requests import Request

from ..domain.errors import InvalidKey
from ..ports import Key, KeyStore


class Authenticator:
    """Finds the key that a request came with."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    async def key(self, request: Request) -> Key:
        """Give the request's living key; raise InvalidKey."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise InvalidKey("No API key: send `Authorization: Bearer KEY`.")
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
