"""API keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """What an operator may limit of a key; None means as the server's settings say.

    `expires_at` is in seconds since 1970, `rpm` in requests per minute, `concurrency` in unfinished tasks.
    """

    expires_at: float | None = None
    rpm: int | None = None
    concurrency: int | None = None


NO_LIMITS = KeyLimits()


@dataclass(frozen=True, slots=True)
class Key:
    """An API key without its secret; `id` owns tasks, `digest` is the secret's SHA-256 in hex.

    After a rotation the secret before it works until `previous_until`.
    """

    id: str
    name: str
    prefix: str
    operator: bool
    created_at: float
    revoked_at: float | None = None
    digest: str = field(default="", repr=False)
    limits: KeyLimits = NO_LIMITS
    previous_digest: str | None = field(default=None, repr=False)
    previous_until: float | None = None

    def active(self, now: float) -> bool:
        """Check whether the key is neither revoked nor expired at a time."""
        return self.revoked_at is None and (self.limits.expires_at is None or now < self.limits.expires_at)


class KeyStore(Protocol):
    """API keys by id and secret; only SHA-256 hashes of secrets are stored."""

    async def authenticate(self, secret: str) -> Key | None:
        """Return the active key with this secret, or with this one before a rotation whose overlap lasts, or None."""
        ...

    async def find(self, key_id: str) -> Key | None:
        """Return the active key with this id, or None."""
        ...

    async def ensure_operator(self, secret: str, *, replace: bool = False) -> bool:
        """Create the operator key if none exists; return True if the active operator key matches this secret.

        With `replace`, the secret of an existing operator key changes to this one; the owner and its tasks stay.
        """
        ...

    async def create(self, name: str, limits: KeyLimits = NO_LIMITS) -> tuple[Key, str]:
        """Create a key and return it with its secret, which cannot be read again."""
        ...

    async def list(self) -> Sequence[Key]:
        """Return all keys, oldest first, revoked ones included."""
        ...

    async def set_limits(self, key_id: str, limits: KeyLimits) -> Key | None:
        """Replace a key's limits and return it; None if there is no such key."""
        ...

    async def rotate(self, key_id: str, overlap: float) -> tuple[Key, str] | None:
        """Give an active key a new secret and return both; the old one works for `overlap` seconds more.

        None if there is no such active key.
        """
        ...

    async def revoke(self, key_id: str) -> Key | None:
        """Revoke a key and return it; None if there is no such key."""
        ...
