"""Sessions of the studio and their tickets as rows."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from ..ports import Session
from .database import Database
from .tables import studio_session as table

_COLUMNS = sa.select(
    table.c.id, table.c.key_id, table.c.created_at, table.c.expires_at, table.c.address, table.c.user_agent
)
MAX_USER_AGENT = 200
# Sessions and tickets of a key; a new one ends the oldest.
MAX_PER_KEY = 50


class SqlSessionStore:
    """The SessionStore port. Tokens are 256 random bits, so a plain SHA-256 is the right hash."""

    def __init__(self, database: Database) -> None:
        self._db = database
        is_session = table.c.ticket == sa.literal_column("0")
        self._by_token = database.point(_COLUMNS.where(table.c.sha256 == sa.bindparam("key"), is_session))

    async def open(self, key_id: str, *, seconds: float, address: str, user_agent: str) -> tuple[Session, str]:
        """Open a session of a key and return it with its token."""
        now = time.time()
        session = Session(uuid4().hex, key_id, now, now + seconds, address[:64], user_agent[:MAX_USER_AGENT])
        return session, await self._insert(session, ticket=False)

    async def find(self, token: str) -> Session | None:
        """Return the session with this token, or None if there is none or it has expired."""
        rows = await self._by_token(_digest(token))
        session = Session(*rows[0]) if rows else None
        return session if session and session.expires_at > time.time() else None

    async def list(self, key_id: str) -> Sequence[Session]:
        """Return a key's sessions that have not expired, newest first."""
        current = (table.c.key_id == key_id, table.c.ticket == 0, table.c.expires_at > time.time())
        statement = _COLUMNS.where(*current).order_by(table.c.created_at.desc())
        return [Session(*row) for row in await self._db.run(lambda: self._db.rows(statement))]

    async def end(self, key_id: str, session_id: str | None = None) -> int:
        """End one session of a key, or all of them with their tickets; return how many sessions."""
        if session_id is not None:
            return await self._delete(table.c.key_id == key_id, table.c.id == session_id)
        await self._delete(table.c.key_id == key_id, table.c.ticket == 1)
        return await self._delete(table.c.key_id == key_id)

    async def issue_ticket(self, key_id: str, *, seconds: float) -> str:
        """Return a token that `redeem` accepts once, within some seconds."""
        now = time.time()
        return await self._insert(Session(uuid4().hex, key_id, now, now + seconds, "", ""), ticket=True)

    async def redeem(self, ticket: str) -> str | None:
        """Use a ticket up and return its key's id."""
        used_up = (
            sa.delete(table)
            .where(table.c.sha256 == _digest(ticket), table.c.ticket == 1)
            .returning(table.c.key_id, table.c.expires_at)
        )

        def write() -> Any:
            with self._db.begin() as connection:
                return connection.execute(used_up).first()

        row = await self._db.run(write)
        return row.key_id if row and row.expires_at > time.time() else None

    async def purge(self) -> int:
        """Delete what has expired; return how many."""
        return await self._delete(table.c.expires_at <= time.time())

    async def _insert(self, session: Session, *, ticket: bool) -> str:
        token = secrets.token_urlsafe(32)
        values = {
            "sha256": _digest(token), "id": session.id, "key_id": session.key_id, "ticket": int(ticket),
            "created_at": session.created_at, "expires_at": session.expires_at, "address": session.address,
            "user_agent": session.user_agent,
        }  # fmt: skip

        newest = (
            sa.select(table.c.sha256)
            .where(table.c.key_id == session.key_id)
            .order_by(table.c.created_at.desc())
            .limit(MAX_PER_KEY)
        )

        def write() -> None:
            with self._db.begin() as connection:
                connection.execute(sa.insert(table).values(values))
                older = (table.c.key_id == session.key_id, table.c.sha256.not_in(newest))
                connection.execute(sa.delete(table).where(*older))

        await self._db.run(write)
        return token

    async def _delete(self, *conditions: sa.ColumnElement[bool]) -> int:
        def write() -> int:
            with self._db.begin() as connection:
                self._db.notify(connection)
                return connection.execute(sa.delete(table).where(*conditions)).rowcount

        return await self._db.run(write)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
