"""API keys and the server's signing secret as rows."""

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
from .tables import api_key
from .tables import secret as secret_table

OPERATOR = "operator"
MIN_SHOWN = 20
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
    """The KeyStore port. Secrets are 256 random bits, so a plain SHA-256 is the right hash."""

    def __init__(self, database: Database) -> None:
        self._db = database
        active = api_key.c.revoked_at.is_(None)
        self._by_secret = database.point(_COLUMNS.where(api_key.c.sha256 == sa.bindparam("key"), active))
        self._by_id = database.point(_COLUMNS.where(api_key.c.id == sa.bindparam("key"), active))

    async def authenticate(self, secret: str) -> Key | None:
        """Return the active key with this secret, or None."""
        rows = await self._by_secret(_digest(secret))
        return _key(rows[0]) if rows else None

    async def find(self, key_id: str) -> Key | None:
        """Return the active key with this id, or None."""
        rows = await self._by_id(key_id)
        return _key(rows[0]) if rows else None

    async def ensure_operator(self, secret: str, *, replace: bool = False) -> bool:
        """Create the operator key if none exists; return True if the active operator key matches this secret."""
        return await self._db.run(lambda: self._ensure_operator(secret, replace))

    def _ensure_operator(self, secret: str, replace: bool) -> bool:
        with self._db.begin() as connection:
            if not self._db.sqlite:
                connection.execute(sa.text("LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE"))
            row = connection.execute(sa.select(api_key.c.sha256).where(api_key.c.id == OPERATOR)).first()
            if row is None:
                connection.execute(sa.insert(api_key).values(_values(OPERATOR, "operator", secret, operator=1)))
                return True
            if replace and row.sha256 != _digest(secret):
                connection.execute(
                    sa.update(api_key)
                    .where(api_key.c.id == OPERATOR)
                    .values(sha256=_digest(secret), prefix=secret[:8], revoked_at=None)
                )
            return replace or row.sha256 == _digest(secret)

    async def create(self, name: str) -> tuple[Key, str]:
        """Create a key and return it with its secret, which cannot be read again."""
        secret, key_id = new_secret(), f"key_{uuid4().hex[:16]}"

        def write() -> Key:
            with self._db.begin() as connection:
                connection.execute(sa.insert(api_key).values(_values(key_id, name, secret)))
                return _key(connection.execute(_COLUMNS.where(api_key.c.id == key_id)).one())

        return await self._db.run(write), secret

    async def list(self) -> Sequence[Key]:
        """Return all keys, oldest first."""
        rows = await self._db.run(lambda: self._db.rows(_COLUMNS.order_by(api_key.c.created_at)))
        return [_key(row) for row in rows]

    async def revoke(self, key_id: str) -> Key | None:
        """Revoke a key and return it; None if there is no such key."""

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
        """Return the key that signs media links, the same for every process on this database."""
        with self._db.begin() as connection:
            if not self._db.sqlite:
                connection.execute(sa.text("LOCK TABLE secret IN SHARE ROW EXCLUSIVE MODE"))
            row = connection.execute(sa.select(secret_table.c.value).where(secret_table.c.name == "media-url")).first()
            if row is not None:
                return row.value
            value = secrets.token_bytes(32)
            connection.execute(sa.insert(secret_table).values(name="media-url", value=value, created_at=time.time()))
            return value


def new_secret() -> str:
    """Return a new random secret of 256 bits."""
    return f"gv-{secrets.token_urlsafe(32)}"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _values(key_id: str, name: str, value: str, *, operator: int = 0) -> dict[str, object]:
    return {
        "id": key_id,
        "name": name,
        # The beginning tells keys apart; of a short one it would be most of the secret.
        "prefix": value[:8] if len(value) >= MIN_SHOWN else "",
        "sha256": _digest(value),
        "operator": operator,
        "created_at": time.time(),
        "changes": 0,
    }


def _key(row: Sequence[Any]) -> Key:
    return Key(row[0], row[1], row[2], bool(row[3]), row[4], row[5], row[6])
