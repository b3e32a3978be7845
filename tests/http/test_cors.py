"""Pages of other origins: preflights and exposed headers for those that are allowed, nothing for others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.conftest import Server, start_server

PAGE = "http://127.0.0.1:5173"
OTHER = "https://elsewhere.example"


@contextmanager
def served(data: Path, origins: str) -> Iterator[httpx2.Client]:
    server: Server = start_server(data, "--backend", "fake", GROK_VIDEO_CORS_ORIGINS=origins)
    try:
        with server.client() as http:
            yield http
    finally:
        server.stop()


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A server that allows one page."""
    with served(tmp_path_factory.mktemp("cors"), f"https://app.example.com, {PAGE}") as http:
        yield http


def preflight(http: httpx2.Client, path: str, method: str, origin: str = PAGE) -> httpx2.Response:
    # As the openai package in a browser asks for it; a preflight carries no key.
    headers = {
        "Origin": origin, "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,x-stainless-lang",
    }  # fmt: skip
    return httpx2.options(f"{http.base_url}/{path}", headers=headers, trust_env=False)


@pytest.mark.parametrize(("path", "method"), [
    ("v1/videos", "POST"), ("v1/videos", "GET"), ("v1/video/create", "POST"), ("v1/video/query?id=x", "GET"),
    ("v1/videos/video_1/content", "GET"), ("v1/videos/video_1", "DELETE"), ("v1/videos/video_1", "PATCH"),
    ("v1/events", "GET"), ("v1/models", "GET"), ("openapi.json", "GET"),
])  # fmt: skip
def test_a_preflight_of_every_public_route_is_answered(listed: httpx2.Client, path: str, method: str) -> None:
    answer = preflight(listed, path, method)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert method in answer.headers["access-control-allow-methods"]
    assert "idempotency-key" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers


def test_another_origin_gets_nothing(listed: httpx2.Client) -> None:
    refused = preflight(listed, "v1/videos", "POST", OTHER)
    assert (refused.status_code, refused.headers.get("access-control-allow-origin")) == (400, None)
    assert "access-control-allow-origin" not in listed.get("/v1/models", headers={"Origin": OTHER}).headers


def test_responses_and_errors_can_be_read_with_their_headers(listed: httpx2.Client) -> None:
    for answer in (
        listed.post("/v1/videos", json={"prompt": "a cat", "seconds": 1}, headers={"Origin": PAGE}),
        listed.post("/v1/videos", json={}, headers={"Origin": PAGE}),
        listed.get("/v1/videos/video_1", headers={"Origin": PAGE}),
        listed.get("/v1/nothing", headers={"Origin": PAGE}),
    ):
        assert answer.headers["access-control-allow-origin"] == PAGE, answer.status_code
        exposed = answer.headers["access-control-expose-headers"]
        for name in ("Content-Range", "Retry-After", "openai-poll-after-ms"):
            assert name in exposed
        assert "Origin" in answer.headers["vary"]


def test_a_cookie_does_not_work_from_another_origin(listed: httpx2.Client) -> None:
    key, base = listed.headers["Authorization"].removeprefix("Bearer "), str(listed.base_url).rstrip("/")
    assert listed.post("/v1/session", json={"key": key}, headers={"Origin": PAGE}).status_code == 401
    signed_in = listed.post("/v1/session", json={"key": key}, headers={"Origin": base})
    cookie = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0]}
    same = {"Origin": base, **cookie}
    assert httpx2.get(f"{base}/v1/videos", headers=same, trust_env=False).status_code == 200
    assert httpx2.get(f"{base}/v1/videos", headers={"Origin": PAGE, **cookie}, trust_env=False).status_code == 401


def test_every_page_if_the_operator_says_so(tmp_path: Path) -> None:
    with served(tmp_path, "*") as http:
        assert preflight(http, "v1/videos", "POST", OTHER).headers["access-control-allow-origin"] == "*"
        answer = http.get("/v1/models", headers={"Origin": OTHER})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


def test_no_page_by_default(http: httpx2.Client) -> None:
    assert preflight(http, "v1/videos", "POST").status_code == 405
    assert "access-control-allow-origin" not in http.get("/v1/models", headers={"Origin": PAGE}).headers
