"""The cache of status responses repeats what is still true, and keeps few bytes whatever clients ask for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from starlette.requests import Request
from starlette.responses import Response

from grok_video.domain.errors import RateLimited
from grok_video.http.auth import SCOPE_KEY, Caller
from grok_video.http.cache import MAX_BYTES, SHOWN, RepeatedResponses, ResponseCache
from grok_video.ports import NO_LIMITS, Key
from tests.factories import new_task

pytestmark = pytest.mark.anyio

KEY = Key(id="key_1", name="me", prefix="gv-", operator=False, created_at=0.0, revoked_at=None, limits=NO_LIMITS)


def request(query: str = "", *, key: str = "one", path: str = "/v1/videos/1") -> Request:
    headers = [(b"authorization", f"Bearer {key}".encode())]
    return Request(
        {"type": "http", "method": "GET", "scheme": "http", "path": path, "headers": headers,
         "query_string": query.encode()}
    )  # fmt: skip


@dataclass
class Program:
    """A database's version, the states of its tasks, and an endpoint that shows one of them."""

    version: int | None = 1
    states: dict[UUID, Hashable] = field(default_factory=dict[UUID, Hashable])
    task: Any = field(default_factory=new_task)
    body: bytes = b"{}"
    caller: Caller = field(default_factory=lambda: Caller(KEY))
    commit_meanwhile: bool = False
    made: int = 0
    asked: int = 0
    looks: int = 0

    def __post_init__(self) -> None:
        self.states[self.task.id] = "first"
        self.cache = ResponseCache(self.look, self.state)
        self.read = self.cache.cached(self.endpoint)

    def look(self) -> int | None:
        self.looks += 1
        return self.version

    async def state(self, task_id: UUID) -> Hashable | None:
        self.asked += 1
        return self.states.get(task_id)

    async def endpoint(self, request: Request) -> Response:
        self.made += 1
        request.scope[SCOPE_KEY] = self.caller
        request.scope[SHOWN] = self.task
        if self.commit_meanwhile and self.version is not None:
            self.version += 1
        return Response(self.body)

    async def get(self, request: Request) -> Response:
        """Read as the application does, each request in its own turn of the loop."""
        await asyncio.sleep(0)
        found = await self.cache.find(request.scope)
        return found[0] if found else await self.read(request)


@pytest.fixture
def program() -> Program:
    return Program()


async def test_a_response_is_repeated_to_the_same_caller_alone(program: Program) -> None:
    first = await program.get(request())
    assert await program.get(request()) is first
    assert await program.get(request(key="another")) is not first
    assert await program.get(request(path="/v1/videos/2")) is not first
    assert await program.get(request("x=1")) is not first


async def test_a_commit_about_other_rows_costs_each_caller_one_request_and_each_task_one_look(program: Program) -> None:
    paths = [f"/v1/videos/{number}" for number in range(3)]
    for path in paths:
        await program.get(request(path=path))
    program.version, program.asked = 2, 0
    for _ in range(2):
        for path in paths:
            await program.get(request(path=path))
    # The first request after the commit was authenticated; the other two tasks were compared once.
    assert program.made == len(paths) + 1
    assert program.asked == len(paths)


async def test_a_changed_or_deleted_task_is_read_again(program: Program) -> None:
    for change in ("second", None):
        await program.get(request())
        await program.get(request(path="/v1/videos/2"))
        before = program.made
        program.version = (program.version or 0) + 1
        program.states[program.task.id] = change
        await program.get(request(path="/v1/videos/2"))
        await program.get(request())
        assert program.made == before + 2


async def test_what_is_committed_while_an_endpoint_responds_is_not_missed(program: Program) -> None:
    program.commit_meanwhile = True
    await program.get(request())
    program.commit_meanwhile = False
    await program.get(request())
    assert program.made == 2


async def test_a_response_ends_with_its_video_and_with_its_caller(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    for end in ("video", "key"):
        program.task = replace(new_task(), expires_at=now + 5 if end == "video" else None)
        program.states[program.task.id] = "first"
        program.caller = Caller(replace(KEY, limits=replace(NO_LIMITS, expires_at=now + 5 if end == "key" else None)))
        path, before = f"/v1/videos/{end}", program.made
        await program.get(request(path=path, key=end))
        now += 4
        await program.get(request(path=path, key=end))
        assert program.made == before + 1
        now += 1
        await program.get(request(path=path, key=end))
        assert program.made == before + 2


async def test_links_are_signed_again_after_a_minute(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    await program.get(request())
    now += 60
    await program.get(request())
    assert program.made == 2


async def test_long_polls_and_long_requests_are_answered_but_not_kept(program: Program) -> None:
    for query, key in (("wait=20", "one"), ("w%61it=20", "one"), ("x=" + "y" * 1000, "one"), ("", "k" * 4000)):
        before = program.made
        for _ in range(3):
            await program.get(request(query, key=key))
        assert program.made == before + 3


async def test_nothing_is_kept_without_a_version(program: Program) -> None:
    program.version = None
    for _ in range(3):
        await program.get(request())
    assert program.made == 3


async def test_large_responses_are_not_kept_by_the_thousand(program: Program) -> None:
    program.body = bytes(MAX_BYTES // 4)
    kept = [await program.get(request(f"x={number}")) for number in range(20)]
    assert program.made == 20
    # Those of the first rounds were dropped: only a few are found again.
    found = [(await program.cache.find(request(f"x={number}").scope) or (None,))[0] for number in range(20)]
    assert 1 <= sum(response in kept for response in found if response) <= 4


async def test_a_response_that_replaces_another_takes_its_room(program: Program) -> None:
    program.body = bytes(MAX_BYTES // 4)
    first = await program.get(request("first"))
    for version in range(2, 20):
        program.version = version
        await program.get(request("again"))
    program.states[program.task.id] = "first"
    assert await program.cache.find(request("again").scope)
    await program.get(request("first"))
    assert (await program.cache.find(request("first").scope) or (None,))[0] is first


async def test_requests_that_arrived_together_share_one_look_at_the_version(program: Program) -> None:
    await program.get(request())
    program.version, program.looks = 2, 0
    await asyncio.gather(*(program.get(request()) for _ in range(5)))
    assert program.looks <= 3
    # A later request sees what was committed since.
    program.version = 3
    before = program.made
    await program.get(request())
    assert program.made == before + 1


async def test_a_repeated_response_counts_and_may_be_refused(program: Program) -> None:
    counted: list[Caller] = []
    sent: list[Any] = []

    def repeated(_request: Request, caller: Caller) -> None:
        counted.append(caller)
        if len(counted) > 1:
            raise RateLimited("too many", retry_after=1)

    async def refuse(_request: Request, error: Exception) -> Response:
        return Response(str(error), status_code=429)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await (await program.read(Request(scope)))(scope, receive, send)

    async def send(message: Any) -> None:
        sent.append(message)

    middleware = RepeatedResponses(app, program.cache, repeated, refuse)
    for _ in range(3):
        await middleware(request().scope, None, send)
    assert [message["status"] for message in sent[::2]] == [200, 200, 429]
    assert counted == [program.caller] * 2
