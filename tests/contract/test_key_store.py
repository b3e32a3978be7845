"""The KeyStore port, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from grok_video.tasks.database import Database
from grok_video.tasks.keys import SqlKeyStore, new_secret

pytestmark = pytest.mark.anyio


async def test_one_operator_key_and_one_winner(database: Database) -> None:
    stores = [SqlKeyStore(database) for _ in range(4)]
    secrets = [new_secret() for _ in stores]
    won = await asyncio.gather(*(store.ensure_operator(one) for store, one in zip(stores, secrets, strict=True)))
    assert sum(won) == 1
    winner = secrets[won.index(True)]
    key = await stores[0].authenticate(winner)
    assert key is not None
    assert (key.operator, key.id) == (True, "operator")
    assert await stores[0].ensure_operator(winner), "after a crash the winner knows itself again"


async def test_a_given_secret_replaces_the_operators(database: Database) -> None:
    store = SqlKeyStore(database)
    assert await store.ensure_operator("the-old-secret")
    assert await store.ensure_operator("a-new-secret", replace=True)
    assert await store.authenticate("the-old-secret") is None
    key = await store.authenticate("a-new-secret")
    assert key is not None
    assert key.id == "operator"


async def test_keys_live_until_revoked(database: Database) -> None:
    store = SqlKeyStore(database)
    await store.ensure_operator("the-operators-secret")
    key, secret = await store.create("phone")
    assert await store.authenticate(secret) == key
    assert await store.authenticate(secret + "x") is None
    assert [one.name for one in await store.list()] == ["operator", "phone"]
    revoked = await store.revoke(key.id)
    assert revoked is not None
    assert revoked.revoked_at is not None
    assert await store.authenticate(secret) is None
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


async def test_living_keys_are_found_by_id_with_their_digest(database: Database) -> None:
    store = SqlKeyStore(database)
    await store.ensure_operator("the-old-secret")
    before = await store.find("operator")
    await store.ensure_operator("a-new-secret", replace=True)
    after = await store.find("operator")
    assert before is not None
    assert after is not None
    assert before.digest != after.digest
    key, _ = await store.create("phone")
    assert await store.find(key.id) == key
    await store.revoke(key.id)
    assert await store.find(key.id) is None
    assert await store.find("key_nothing") is None
