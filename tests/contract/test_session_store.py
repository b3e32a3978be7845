"""The SessionStore port: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from grok_video.ports import SessionStore
from grok_video.store.database import Database
from grok_video.store.sessions import SqlSessionStore
from grok_video.store.tables import studio_session
from grok_video.testing import InMemorySessionStore

pytestmark = pytest.mark.anyio


@pytest.fixture
def sessions(adapter_database: Database | None) -> SessionStore:
    return InMemorySessionStore() if adapter_database is None else SqlSessionStore(adapter_database)


async def opened(sessions: SessionStore, key_id: str = "k", seconds: float = 60.0) -> str:
    _, token = await sessions.open(key_id, seconds=seconds, address="192.0.2.1", user_agent="x" * 500)
    return token


async def test_a_session_is_found_by_its_token_until_it_ends(sessions: SessionStore) -> None:
    session, token = await sessions.open("k", seconds=60, address="192.0.2.1", user_agent="Firefox")
    assert await sessions.find(token) == session
    assert (session.key_id, session.address, session.user_agent) == ("k", "192.0.2.1", "Firefox")
    assert session.expires_at - session.created_at == pytest.approx(60)
    assert await sessions.find(token + "x") is None
    assert await sessions.end("other", session.id) == 0
    assert await sessions.end("k", session.id) == 1
    assert await sessions.find(token) is None


async def test_sessions_expire(sessions: SessionStore) -> None:
    token = await opened(sessions, seconds=0.0)
    assert await sessions.find(token) is None
    assert await sessions.list("k") == []
    kept = await opened(sessions)
    assert await sessions.purge() == 1
    assert await sessions.find(kept) is not None


async def test_all_sessions_of_a_key_end_and_its_tickets(sessions: SessionStore) -> None:
    tokens = [await opened(sessions) for _ in range(3)]
    other = await opened(sessions, "other")
    ticket = await sessions.issue_ticket("k", seconds=60)
    assert len(await sessions.list("k")) == 3
    assert await sessions.end("k") == 3
    assert [await sessions.find(token) for token in tokens] == [None] * 3
    assert await sessions.redeem(ticket) is None
    assert await sessions.find(other) is not None


async def test_a_key_has_a_bounded_number_of_sessions(sessions: SessionStore) -> None:
    first, other = await opened(sessions), await opened(sessions, "other")
    tokens = [await opened(sessions) for _ in range(50)]
    assert await sessions.find(first) is None
    assert await sessions.find(tokens[0]) is not None
    assert await sessions.find(other) is not None
    assert len(await sessions.list("k")) == 50


async def test_a_ticket_works_once(sessions: SessionStore) -> None:
    ticket = await sessions.issue_ticket("k", seconds=60)
    assert await sessions.find(ticket) is None, "a ticket is no session"
    assert await sessions.redeem(await opened(sessions)) is None, "a session is no ticket"
    redeemed = await asyncio.gather(*(sessions.redeem(ticket) for _ in range(5)))
    assert sorted(redeemed, key=str) == [None, None, None, None, "k"]
    assert await sessions.redeem(await sessions.issue_ticket("k", seconds=0.0)) is None


@pytest.mark.parametrize("token", ["", "\x00", "\ud800", "ü" * 100, "a.b.c"])
async def test_odd_tokens_are_unknown(sessions: SessionStore, token: str) -> None:
    assert await sessions.find(token) is None
    assert await sessions.redeem(token) is None


async def test_the_database_alone_cannot_sign_in(database: Database) -> None:
    sessions = SqlSessionStore(database)
    token, ticket = await opened(sessions), await sessions.issue_ticket("k", seconds=60)
    stored = str(database.rows(sa.select(studio_session)))
    assert token not in stored
    assert ticket not in stored
    for column in ("sha256", "id"):
        for (value,) in database.rows(sa.select(studio_session.c[column])):
            assert await sessions.find(value) is None
            assert await sessions.redeem(value) is None
