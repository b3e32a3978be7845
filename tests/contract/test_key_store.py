"""The KeyStore port: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from grok_video.ports import KeyStore

pytestmark = pytest.mark.anyio


async def test_a_new_secret_replaces_the_operators(keys: KeyStore) -> None:
    assert await keys.ensure_operator("the-operators-secret")
    assert await keys.ensure_operator("a-new-secret", replace=True)
    assert await keys.authenticate("the-operators-secret") is None
    key = await keys.authenticate("a-new-secret")
    assert key is not None
    assert key.id == "operator"


async def test_keys_are_active_until_revoked(keys: KeyStore) -> None:
    key, secret = await keys.create("phone")
    assert await keys.authenticate(secret) == key
    assert await keys.authenticate(secret + "x") is None
    assert [key.name for key in await keys.list()] == ["operator", "phone"]
    revoked = await keys.revoke(key.id)
    assert revoked is not None
    assert revoked.revoked_at is not None
    assert await keys.authenticate(secret) is None
    assert await keys.revoke("key_nothing") is None


async def test_no_secret_is_stored(keys: KeyStore) -> None:
    _, secret = await keys.create("phone")
    listed = str(await keys.list())
    assert secret not in listed
    assert secret[:8] in listed


async def test_active_keys_are_found_by_id_with_their_digest(keys: KeyStore) -> None:
    before = await keys.find("operator")
    await keys.ensure_operator("a-new-secret", replace=True)
    after = await keys.find("operator")
    assert before is not None
    assert after is not None
    assert before.digest != after.digest
    key, _ = await keys.create("phone")
    assert await keys.find(key.id) == key
    await keys.revoke(key.id)
    assert await keys.find(key.id) is None
    assert await keys.find("key_nothing") is None
