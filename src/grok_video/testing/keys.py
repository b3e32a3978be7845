"""API keys in memory."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from ..ports import NO_LIMITS, Key, KeyLimits

OPERATOR = "operator"


class InMemoryKeyStore:
    """The KeyStore port; like the real one it keeps only SHA-256 hashes of secrets."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}

    async def authenticate(self, secret: str) -> Key | None:
        """Return the active key with this secret, or with this one before a rotation whose overlap lasts, or None."""
        now, digest = time.time(), _digest(secret)
        for key in self._keys.values():
            previous = key.previous_digest == digest and now < (key.previous_until or 0.0)
            if key.active(now) and (key.digest == digest or previous):
                return key
        return None

    async def find(self, key_id: str) -> Key | None:
        """Return the active key with this id, or None."""
        key = self._keys.get(key_id)
        return key if key and key.active(time.time()) else None

    async def ensure_operator(self, secret: str, *, replace: bool = False) -> bool:
        """Create the operator key if none exists; return True if the active operator key matches this secret."""
        key = self._keys.get(OPERATOR)
        if key is None or (replace and key.digest != _digest(secret)):
            self._keys[OPERATOR] = _key(OPERATOR, "operator", secret, operator=True)
        return self._keys[OPERATOR].digest == _digest(secret)

    async def create(self, name: str, limits: KeyLimits = NO_LIMITS) -> tuple[Key, str]:
        """Create a key and return it with its secret, which cannot be read again."""
        secret = f"gv-{secrets.token_urlsafe(32)}"
        key = replace(_key(f"key_{uuid4().hex[:16]}", name, secret), limits=limits)
        self._keys[key.id] = key
        return key, secret

    async def list(self) -> Sequence[Key]:
        """Return all keys, oldest first."""
        return list(self._keys.values())

    async def set_limits(self, key_id: str, limits: KeyLimits) -> Key | None:
        """Replace a key's limits and return it; None if there is no such key."""
        if key_id in self._keys:
            self._keys[key_id] = replace(self._keys[key_id], limits=limits)
        return self._keys.get(key_id)

    async def rotate(self, key_id: str, overlap: float) -> tuple[Key, str] | None:
        """Give an active key a new secret and return both; the old one works for `overlap` seconds more."""
        key = await self.find(key_id)
        if key is None:
            return None
        secret = f"gv-{secrets.token_urlsafe(32)}"
        self._keys[key_id] = replace(
            key, prefix=secret[:8], digest=_digest(secret), previous_digest=key.digest,
            previous_until=time.time() + overlap,
        )  # fmt: skip
        return self._keys[key_id], secret

    async def revoke(self, key_id: str) -> Key | None:
        """Revoke a key and return it; None if there is no such key."""
        key = self._keys.get(key_id)
        if key is not None and key.revoked_at is None:
            self._keys[key_id] = replace(key, revoked_at=time.time())
        return self._keys.get(key_id)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(key_id: str, name: str, secret: str, *, operator: bool = False) -> Key:
    return Key(key_id, name, secret[:8], operator, time.time(), digest=_digest(secret))
