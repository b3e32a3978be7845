"""Strangers with many idle, slow and broken connections leave the others alone (no packet leaves loopback)."""

from __future__ import annotations

import json
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx2
import pytest

from tests.conftest import Server, start_server

P99_SECONDS = 0.05
LIMIT = 2100


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("connections")
    made = start_server(data, "--backend", "fake", GROK_VIDEO_MAX_CONNECTIONS=str(LIMIT))
    yield made
    made.stop()


@pytest.fixture
def many(server: Server) -> Iterator[ExitStack]:
    """Sockets of strangers, closed at the end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with ExitStack() as stack:
        yield stack
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect(server: Server, sent: bytes = b"") -> socket.socket:
    url = httpx2.URL(server.base)
    made = socket.create_connection((url.host, url.port or 80), timeout=20)
    made.sendall(sent)
    return made


def p99_of_reads(server: Server, count: int = 300) -> float:
    with server.client() as http:
        video = http.post("/v1/videos", json={"model": "grok-video-3", "prompt": "x", "seconds": 1}).json()["id"]
        times: list[float] = []
        for _ in range(count):
            started = time.perf_counter()
            assert http.get(f"/v1/videos/{video}").status_code == 200
            times.append(time.perf_counter() - started)
    return sorted(times)[int(count * 0.99)]


def test_two_thousand_idle_half_and_slow_connections_slow_nobody(server: Server, many: ExitStack) -> None:
    head = b"POST /v1/videos HTTP/1.1\r\nHost: x\r\n"
    body = head + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    for sent in (b"", head, body):
        for _ in range(LIMIT // 3 - 30):
            many.enter_context(connect(server, sent))
    # A bound that was set for a quiet machine, times three.
    assert p99_of_reads(server) < 3 * P99_SECONDS


def test_beyond_the_limit_newcomers_take_the_place_of_the_idle(server: Server, many: ExitStack) -> None:
    idle = [many.enter_context(connect(server)) for _ in range(LIMIT + 50)]
    with server.client() as http:
        assert http.get("/healthz").status_code == 200
    idle[0].settimeout(5)
    assert idle[0].recv(1) == b"", "the oldest was closed"
    assert server.log.read_text().count("too many connections") == 1


def test_what_is_not_http_gets_the_error_body(server: Server) -> None:
    with connect(server, b"nonsense\r\n\r\n") as stranger:
        answer = b""
        while chunk := stranger.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in head
    assert json.loads(body)["error"]["code"] == "invalid_value"


def test_a_request_that_wants_another_protocol_is_answered_in_this_one(server: Server) -> None:
    body = b'{"model": "grok-video-3"}'
    for upgrade in (b"websocket", b"h2c"):
        request = (
            b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: " + upgrade
            + b"\r\nContent-Type: application/json\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )  # fmt: skip
        with connect(server, request) as stranger:
            assert stranger.recv(65536).startswith(b"HTTP/1.1 401 "), upgrade
    assert "Unsupported upgrade" not in server.log.read_text()


HALF = b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
WAYS = {
    "slow headers": (b"GET /healthz HTTP/1.1\r\nX-Slow: ", b"", b"x"),
    "an answer, then blank lines": (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n", b""),
    "an answer, then the rest of the body": (HALF, b"123456789", b""),
}


def test_no_way_of_being_slow_keeps_a_connection(server: Server, many: ExitStack) -> None:
    """uvicorn's own timer ends with any byte after an answer."""
    sockets = {name: many.enter_context(connect(server, first)) for name, (first, _, _) in WAYS.items()}
    time.sleep(1)
    for name, (_, then, _) in WAYS.items():
        sockets[name].settimeout(0.2)
        sockets[name].sendall(then)
    waiting, deadline = set(WAYS), time.monotonic() + 25
    while waiting and time.monotonic() < deadline:
        for name in list(waiting):
            try:
                sockets[name].sendall(WAYS[name][2])
                ended = sockets[name].recv(65536) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
            if ended:
                waiting.discard(name)
    assert waiting == set(), "all are closed within the 15 seconds that headers may take, and a sweep"
