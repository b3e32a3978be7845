"""Sessions in memory."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from uuid import uuid4

from ..ports import Session

MAX_PER_KEY = 50


class InMemorySessionStore:
    """The SessionStore port for one process."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._tickets: dict[str, tuple[str, float]] = {}

    async def open(self, key_id: str, *, seconds: float, address: str, user_agent: str) -> tuple[Session, str]:
        """Open a session of a key and return it with its token."""
        now, token = time.time(), secrets.token_urlsafe(32)
        self._sessions[token] = Session(uuid4().hex, key_id, now, now + seconds, address, user_agent)
        own = [other for other, session in self._sessions.items() if session.key_id == key_id]
        for oldest in own[:-MAX_PER_KEY]:
            del self._sessions[oldest]
        return self._sessions[token], token

    async def find(self, token: str) -> Session | None:
        """Return the session with this token, or None if there is none or it has expired."""
        session = self._sessions.get(token)
        return session if session and session.expires_at > time.time() else None

    async def list(self, key_id: str) -> Sequence[Session]:
        """Return a key's sessions that have not expired, newest first."""
        now = time.time()
        sessions = [session for session in self._sessions.values() if session.key_id == key_id]
        return [session for session in reversed(sessions) if session.expires_at > now]

    async def end(self, key_id: str, session_id: str | None = None) -> int:
        """End one session of a key, or all of them with their tickets; return how many sessions."""
        ended = [
            token
            for token, session in self._sessions.items()
            if session.key_id == key_id and session_id in (None, session.id)
        ]
        for token in ended:
            del self._sessions[token]
        if session_id is None:
            self._tickets = {token: ticket for token, ticket in self._tickets.items() if ticket[0] != key_id}
        return len(ended)

    async def issue_ticket(self, key_id: str, *, seconds: float) -> str:
        """Return a token that `redeem` accepts once, within some seconds."""
        token = secrets.token_urlsafe(32)
        self._tickets[token] = (key_id, time.time() + seconds)
        return token

    async def redeem(self, ticket: str) -> str | None:
        """Use a ticket up and return its key's id."""
        key_id, expires_at = self._tickets.pop(ticket, ("", 0.0))
        return key_id if expires_at > time.time() else None

    async def purge(self) -> int:
        """Delete what has expired; return how many."""
        now, before = time.time(), len(self._sessions) + len(self._tickets)
        self._sessions = {token: session for token, session in self._sessions.items() if session.expires_at > now}
        self._tickets = {token: ticket for token, ticket in self._tickets.items() if ticket[1] > now}
        return before - len(self._sessions) - len(self._tickets)
