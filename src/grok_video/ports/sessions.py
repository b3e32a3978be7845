"""Sessions of the studio, and the tickets that open them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser; times are seconds since 1970. `address` and `user_agent` are those of the sign-in."""

    id: str
    key_id: str
    created_at: float
    expires_at: float
    address: str
    user_agent: str


class SessionStore(Protocol):
    """Sessions and tickets by random tokens, of which only SHA-256 hashes are stored."""

    async def open(self, key_id: str, *, seconds: float, address: str, user_agent: str) -> tuple[Session, str]:
        """Open a session of a key and return it with its token, which cannot be read again."""
        ...

    async def find(self, token: str) -> Session | None:
        """Return the session with this token, or None if there is none or it has expired."""
        ...

    async def list(self, key_id: str) -> Sequence[Session]:
        """Return a key's sessions that have not expired, newest first."""
        ...

    async def end(self, key_id: str, session_id: str | None = None) -> int:
        """End one session of a key, or all of them with their tickets; return how many sessions."""
        ...

    async def issue_ticket(self, key_id: str, *, seconds: float) -> str:
        """Return a token that `redeem` accepts once, within some seconds."""
        ...

    async def redeem(self, ticket: str) -> str | None:
        """Use a ticket up and return its key's id; None if there is none, it was used, or it has expired."""
        ...

    async def purge(self) -> int:
        """Delete what has expired; return how many."""
        ...
