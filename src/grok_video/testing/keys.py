"""API keys in memory."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from ..ports import Key

OPERATOR = "operator"


class InMemoryKeyStore:
    """The KeyStore port; like the real one it keeps only SHA-256 hashes of secrets."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}

    async def authenticate(self, secret: str) -> Key | None:
        """Return the active key with this secret, or None."""
        digest = _digest(secret)
        return next((key for key in self._keys.values() if key.digest == digest and key.revoked_at is None), None)

    async def find(self, key_id: str) -> Key | None:
        """Return the active key with this id, or None."""
        key = self._keys.get(key_id)
        return key if key and key.revoked_at is None else None

    async def ensure_operator(self, secret: str, *, replace: bool = False) -> bool:
        """Create the operator key if none exists; return True if the active operator key matches this secret."""
        key = self._keys.get(OPERATOR)
        if key is None or (replace and key.digest != _digest(secret)):
            self._keys[OPERATOR] = _key(OPERATOR, "operator", secret, operator=True)
        return self._keys[OPERATOR].digest == _digest(secret)

    async def create(self, name: str) -> tuple[Key, str]:
        """Create a key and return it with its secret, which cannot be read again."""
        secret = f"gv-{secrets.token_urlsafe(32)}"
        key = _key(f"key_{uuid4().hex[:16]}", name, secret)
        self._keys[key.id] = key
        return key, secret

    async def list(self) -> Sequence[Key]:
        """Return all keys, oldest first."""
        return list(self._keys.values())

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
