"""API keys and the server's own secrets as rows."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from ..ports import Key
from .database import Database
from .tables import api_key, secret

OPERATOR = "operator"
_COLUMNS = sa.select(
    api_key.c.id,
    api_key.c.name,
    api_key.c.prefix,
    api_key.c.operator,
    api_key.c.created_at,
    api_key.c.revoked_at,
    api_key.c.sha256,
)


class SqlKeyStore:
    """The KeyStore port; keys are 256-bit random, so a bare SHA-256 is the right hash (http.md 13)."""

    def __init__(self, database: Database) -> None:
        self._db = database
        living = api_key.c.revoked_at.is_(None)
        self._by_secret = database.point(_COLUMNS.where(api_key.c.sha256 == sa.bindparam("key"), living))
        self._by_id = database.point(_COLUMNS.where(api_key.c.id == sa.bindparam("key"), living))

    async def authenticate(self, given: str) -> Key | None:
        """Find the living key with this secret."""
        rows = await self._by_secret(_digest(given))
        return _key(rows[0]) if rows else None

    async def find(self, key_id: str) -> Key | None:
        """Find the living key with this id."""
        rows = await self._by_id(key_id)
        return _key(rows[0]) if rows else None

    async def ensure_operator(self, given: str, *, replace: bool = False) -> bool:
        """Make the operator key of this secret if there is none; tell whether the living one is it."""
        return await self._db.run(lambda: self._ensure_operator(given, replace))

    def _ensure_operator(self, given: str, replace: bool) -> bool:
        with self._db.begin() as connection:
            if not self._db.sqlite:
                connection.execute(sa.text("LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE"))
            row = connection.execute(sa.select(api_key.c.sha256).where(api_key.c.id == OPERATOR)).first()
            if row is None:
                connection.execute(sa.insert(api_key).values(_values(OPERATOR, "operator", given, operator=1)))
                return True
            if replace and row.sha256 != _digest(given):
                connection.execute(
                    sa.update(api_key)
                    .where(api_key.c.id == OPERATOR)
                    .values(sha256=_digest(given), prefix=given[:8], revoked_at=None)
                )
            return replace or row.sha256 == _digest(given)

    async def create(self, name: str) -> tuple[Key, str]:
        """Make a key; the secret is returned this once."""
        made, key_id = new_secret(), f"key_{uuid4().hex[:16]}"

        def write() -> Key:
            with self._db.begin() as connection:
                connection.execute(sa.insert(api_key).values(_values(key_id, name, made)))
                return _key(connection.execute(_COLUMNS.where(api_key.c.id == key_id)).one())

        return await self._db.run(write), made

    async def list(self) -> Sequence[Key]:
        """List all keys, oldest first."""
        rows = await self._db.run(lambda: self._db.rows(_COLUMNS.order_by(api_key.c.created_at)))
        return [_key(row) for row in rows]

    async def revoke(self, key_id: str) -> Key | None:
        """Revoke a key; None when there is none by that id."""

        def write() -> Key | None:
            with self._db.begin() as connection:
                connection.execute(
                    sa.update(api_key)
                    .where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
                    .values(revoked_at=time.time())
                )
                row = connection.execute(_COLUMNS.where(api_key.c.id == key_id)).first()
                return _key(row) if row else None

        return await self._db.run(write)

    def signing_secret(self) -> bytes:
        """Give the key that signs media URLs, the same for every process on this database."""
        with self._db.begin() as connection:
            if not self._db.sqlite:
                connection.execute(sa.text("LOCK TABLE secret IN SHARE ROW EXCLUSIVE MODE"))
            row = connection.execute(sa.select(secret.c.value).where(secret.c.name == "media-url")).first()
            if row is not None:
                return row.value
            value = secrets.token_bytes(32)
            connection.execute(sa.insert(secret).values(name="media-url", value=value, created_at=time.time()))
            return value


def new_secret() -> str:
    """Draw a new API key: 256 random bits."""
    return f"gv-{secrets.token_urlsafe(32)}"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _values(key_id: str, name: str, value: str, *, operator: int = 0) -> dict[str, object]:
    return {
        "id": key_id,
        "name": name,
        "prefix": value[:8],
        "sha256": _digest(value),
        "operator": operator,
        "created_at": time.time(),
        "changes": 0,
    }


def _key(row: Sequence[Any]) -> Key:
    return Key(row[0], row[1], row[2], bool(row[3]), row[4], row[5], row[6])
