"""The KeyStore port: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import time

import pytest

from grok_video.ports import KeyLimits, KeyStore

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


async def test_a_key_expires(keys: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    until = time.time() + 60
    key, secret = await keys.create("phone", KeyLimits(expires_at=until))
    assert await keys.authenticate(secret) == key
    monkeypatch.setattr(time, "time", lambda: until + 1)
    assert await keys.authenticate(secret) is None
    assert await keys.find(key.id) is None
    assert key.id in [listed.id for listed in await keys.list()]
    later = KeyLimits(expires_at=until + 60)
    assert await keys.set_limits(key.id, later) is not None
    assert await keys.find(key.id) is not None


async def test_limits_are_stored_and_replaced(keys: KeyStore) -> None:
    key, secret = await keys.create("phone", KeyLimits(rpm=60, concurrency=2))
    found = await keys.authenticate(secret)
    assert found is not None
    assert found.limits == KeyLimits(rpm=60, concurrency=2)
    changed = await keys.set_limits(key.id, KeyLimits(rpm=5))
    assert changed is not None
    assert changed.limits == KeyLimits(rpm=5)
    assert await keys.set_limits("key_nothing", KeyLimits()) is None


async def test_after_a_rotation_both_secrets_work_until_the_overlap_ends(
    keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, first = await keys.create("phone")
    rotated = await keys.rotate(key.id, 100.0)
    assert rotated is not None
    changed, second = rotated
    assert changed.id == key.id
    assert changed.prefix == second[:8]
    for secret in (first, second):
        found = await keys.authenticate(secret)
        assert found is not None
        assert found.id == key.id
    again = await keys.rotate(key.id, 100.0)
    assert again is not None
    assert await keys.authenticate(first) is None, "only the last one before"
    assert await keys.authenticate(second) is not None
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 101)
    assert await keys.authenticate(second) is None
    assert await keys.authenticate(again[1]) is not None


async def test_what_cannot_rotate(keys: KeyStore) -> None:
    key, secret = await keys.create("phone")
    assert await keys.rotate("key_nothing", 0.0) is None
    await keys.rotate(key.id, 100.0)
    await keys.revoke(key.id)
    assert await keys.authenticate(secret) is None, "revoked with its overlap"
    assert await keys.rotate(key.id, 0.0) is None
