"""API keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Key:
    """An API key without its secret; `id` owns tasks, `digest` is the secret's SHA-256 in hex."""

    id: str
    name: str
    prefix: str
    operator: bool
    created_at: float
    revoked_at: float | None = None
    digest: str = field(default="", repr=False)


class KeyStore(Protocol):
    """API keys by id and secret; only SHA-256 hashes of secrets are stored."""

    async def authenticate(self, secret: str) -> Key | None:
        """Return the active key with this secret, or None."""
        ...

    async def find(self, key_id: str) -> Key | None:
        """Return the active key with this id, or None."""
        ...

    async def ensure_operator(self, secret: str, *, replace: bool = False) -> bool:
        """Create the operator key if none exists; return True if the active operator key matches this secret.

        With `replace`, the secret of an existing operator key changes to this one; the owner and its tasks stay.
        """
        ...

    async def create(self, name: str) -> tuple[Key, str]:
        """Create a key and return it with its secret, which cannot be read again."""
        ...

    async def list(self) -> Sequence[Key]:
        """Return all keys, oldest first, revoked ones included."""
        ...

    async def revoke(self, key_id: str) -> Key | None:
        """Revoke a key and return it; None if there is no such key."""
        ...
