"""The KeyStore port, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from grok_video.tasks.database import Database
from grok_video.tasks.keys import SqlKeyStore

pytestmark = pytest.mark.anyio


async def test_one_operator_key_and_one_winner(database: Database) -> None:
    stores = [SqlKeyStore(database) for _ in range(4)]
    made = [one for one in await asyncio.gather(*(store.ensure_operator() for store in stores)) if one]
    assert len(made) == 1
    key = stores[0].authenticate(made[0])
    assert key is not None
    assert (key.operator, key.id) == (True, "operator")


async def test_a_given_secret_replaces_the_operators(database: Database) -> None:
    store = SqlKeyStore(database)
    old = await store.ensure_operator()
    assert old is not None
    assert await store.ensure_operator("a-new-secret") is None
    assert store.authenticate(old) is None
    key = store.authenticate("a-new-secret")
    assert key is not None
    assert key.id == "operator"


async def test_keys_live_until_revoked(database: Database) -> None:
    store = SqlKeyStore(database)
    await store.ensure_operator()
    key, secret = await store.create("phone")
    assert store.authenticate(secret) == key
    assert store.authenticate(secret + "x") is None
    assert [one.name for one in await store.list()] == ["operator", "phone"]
    revoked = await store.revoke(key.id)
    assert revoked is not None
    assert revoked.revoked_at is not None
    assert store.authenticate(secret) is None
    assert await store.revoke("key_nothing") is None


async def test_no_secret_is_stored(database: Database) -> None:
    store = SqlKeyStore(database)
    _, secret = await store.create("phone")
    listed = str(await store.list())
    assert secret not in listed
    assert secret[:8] in listed


async def test_the_signing_secret_stays(database: Database) -> None:
    first, second = SqlKeyStore(database).signing_secret(), SqlKeyStore(database).signing_secret()
    assert first == second
    assert len(first) == 32
