"""The AuditLog port: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from grok_video.ports import Action, AuditLog
from grok_video.store.audit import SqlAuditLog
from grok_video.store.database import Database
from grok_video.store.tables import audit_entry
from grok_video.testing import InMemoryAuditLog

pytestmark = pytest.mark.anyio


@pytest.fixture
def audit(adapter_database: Database | None) -> AuditLog:
    return InMemoryAuditLog() if adapter_database is None else SqlAuditLog(adapter_database)


async def test_entries_come_back_newest_first(audit: AuditLog) -> None:
    await audit.record(Action.SIGNED_IN, actor="operator", target="s1", address="192.0.2.1")
    await audit.record(Action.WRONG_KEYS, actor=None, address="192.0.2.2")
    await audit.record(Action.KEY_CREATED, actor="operator", target="key_1")
    entries = await audit.list(limit=10)
    assert [(entry.action, entry.actor, entry.target, entry.address) for entry in entries] == [
        (Action.KEY_CREATED, "operator", "key_1", None),
        (Action.WRONG_KEYS, None, None, "192.0.2.2"),
        (Action.SIGNED_IN, "operator", "s1", "192.0.2.1"),
    ]
    assert entries[0].at == pytest.approx(time.time(), abs=5)
    assert await audit.list(limit=1) == entries[:1]
    assert await audit.list(limit=10, before=entries[0].number) == entries[1:]
    assert await audit.list(limit=10, action=Action.SIGNED_IN) == entries[2:]


async def test_no_entry_is_changed_or_deleted(database: Database) -> None:
    await SqlAuditLog(database).record(Action.SIGNED_IN, actor="operator")
    for change in (sa.update(audit_entry).values(actor="nobody"), sa.delete(audit_entry)):
        with pytest.raises(DatabaseError, match="append-only"), database.begin() as connection:
            connection.execute(change)
    assert [entry.actor for entry in await SqlAuditLog(database).list(limit=10)] == ["operator"]
