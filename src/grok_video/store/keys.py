"""API keys and the server's signing secret as rows."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from ..ports import NO_LIMITS, Key, KeyLimits
from .database import Database
from .tables import api_key, studio_session
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
    api_key.c.expires_at,
    api_key.c.rpm,
    api_key.c.concurrency,
    api_key.c.previous_sha256,
    api_key.c.previous_until,
)


class SqlKeyStore:
    """The KeyStore port. Secrets are 256 random bits, so a plain SHA-256 is the right hash."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._by_secret = database.point(_COLUMNS.where(api_key.c.sha256 == sa.bindparam("key")))
        self._by_previous = database.point(_COLUMNS.where(api_key.c.previous_sha256 == sa.bindparam("key")))
        self._by_id = database.point(_COLUMNS.where(api_key.c.id == sa.bindparam("key")))

    async def authenticate(self, secret: str) -> Key | None:
        """Return the active key with this secret, or with this one before a rotation whose overlap lasts, or None."""
        now, digest = time.time(), _digest(secret)
        if rows := await self._by_secret(digest):
            key = _key(rows[0])
        elif rows := await self._by_previous(digest):
            key = _key(rows[0])
            if (key.previous_until or 0.0) <= now:
                return None
        else:
            return None
        return key if key.active(now) else None

    async def find(self, key_id: str) -> Key | None:
        """Return the active key with this id, or None."""
        rows = await self._by_id(key_id)
        key = _key(rows[0]) if rows else None
        return key if key and key.active(time.time()) else None

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
                # Whoever had the old secret is signed out.
                connection.execute(sa.delete(studio_session).where(studio_session.c.key_id == OPERATOR))
                connection.execute(
                    sa.update(api_key)
                    .where(api_key.c.id == OPERATOR)
                    .values(
                        sha256=_digest(secret), prefix=_prefix(secret), revoked_at=None, previous_sha256=None,
                        previous_until=None,
                    )
                )  # fmt: skip
            return replace or row.sha256 == _digest(secret)

    async def create(self, name: str, limits: KeyLimits = NO_LIMITS) -> tuple[Key, str]:
        """Create a key and return it with its secret, which cannot be read again."""
        secret, key_id = new_secret(), f"key_{uuid4().hex[:16]}"

        def write() -> Key:
            with self._db.begin() as connection:
                values = {**_values(key_id, name, secret), **asdict(limits)}
                connection.execute(sa.insert(api_key).values(values))
                return _key(connection.execute(_COLUMNS.where(api_key.c.id == key_id)).one())

        return await self._db.run(write), secret

    async def list(self) -> Sequence[Key]:
        """Return all keys, oldest first."""
        rows = await self._db.run(lambda: self._db.rows(_COLUMNS.order_by(api_key.c.created_at)))
        return [_key(row) for row in rows]

    async def set_limits(self, key_id: str, limits: KeyLimits) -> Key | None:
        """Replace a key's limits and return it; None if there is no such key."""
        return await self._change(key_id, **asdict(limits))

    async def rotate(self, key_id: str, overlap: float) -> tuple[Key, str] | None:
        """Give an active key a new secret and return both; the old one works for `overlap` seconds more."""
        secret = new_secret()
        if await self.find(key_id) is None:
            return None
        rotated = await self._change(
            key_id,
            sha256=_digest(secret),
            prefix=_prefix(secret),
            previous_sha256=api_key.c.sha256,
            previous_until=time.time() + overlap,
        )
        return (rotated, secret) if rotated else None

    async def revoke(self, key_id: str) -> Key | None:
        """Revoke a key and return it; None if there is no such key."""
        return await self._change(key_id, revoked_at=sa.func.coalesce(api_key.c.revoked_at, time.time()))

    async def _change(self, key_id: str, **values: Any) -> Key | None:
        def write() -> Key | None:
            with self._db.begin() as connection:
                connection.execute(sa.update(api_key).where(api_key.c.id == key_id).values(**values))
                self._db.notify(connection)
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
        "prefix": _prefix(value),
        "sha256": _digest(value),
        "operator": operator,
        "created_at": time.time(),
        "changes": 0,
    }


def _prefix(secret: str) -> str:
    # The beginning tells keys apart; of a short one it would be most of the secret.
    return secret[:8] if len(secret) >= MIN_SHOWN else ""


def _key(row: Sequence[Any]) -> Key:
    limits = KeyLimits(expires_at=row[7], rpm=row[8], concurrency=row[9])
    return Key(row[0], row[1], row[2], bool(row[3]), row[4], row[5], row[6], limits, row[10], row[11])
