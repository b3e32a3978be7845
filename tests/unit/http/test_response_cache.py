"""The cache of status responses keeps few bytes, whatever clients ask for."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from grok_video.http.cache import MAX_BYTES, ResponseCache

pytestmark = pytest.mark.anyio


def request(query: str) -> Request:
    return Request(
        {"type": "http", "method": "GET", "scheme": "http", "path": "/v1/videos/1", "headers": [],
         "query_string": query.encode()}
    )  # fmt: skip


async def test_large_responses_are_not_kept_by_the_thousand() -> None:
    made = 0

    async def endpoint(_request: Request) -> Response:
        nonlocal made
        made += 1
        return Response(bytes(MAX_BYTES // 4))

    cache = ResponseCache(lambda: 1)
    read = cache.cached(endpoint)
    kept = [await read(request(f"x={number}")) for number in range(20)]
    assert made == 20
    # Those of the first rounds were dropped: only a few are found again.
    found = [await read(request(f"x={number}")) in kept for number in range(20)]
    assert sum(found) <= 4


async def test_a_long_query_is_answered_but_not_kept() -> None:
    made = 0

    async def endpoint(_request: Request) -> Response:
        nonlocal made
        made += 1
        return Response(b"{}")

    read = ResponseCache(lambda: 1).cached(endpoint)
    for _ in range(3):
        await read(request("x=" + "y" * 1000))
    assert made == 3
    for _ in range(3):
        await read(request("x=y"))
    assert made == 4
