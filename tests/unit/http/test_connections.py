"""The limits of connections: who is let in, who makes room, and who takes too long."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from grok_video.http.connections import ConnectionLimits, Connections, LimitedProtocol


@dataclass(eq=False)
class Fake:
    """Stands for a connection: what `Connections` uses of the protocol."""

    connections: Connections
    address: str = "192.0.2.1"
    idle: bool = False
    received: int = 0
    received_at: float = 0.0
    closed: bool = False
    read_paused: bool = False
    flow: Any = field(init=False)
    transport: Any = field(init=False)

    def __post_init__(self) -> None:
        self.flow = self.transport = self

    def close(self) -> None:
        self.closed = True

    def evict(self) -> None:
        self.closed = True
        self.connections.left(cast("LimitedProtocol", self), self.address)

    def enter(self) -> bool:
        return self.connections.admit(cast("LimitedProtocol", self), self.address)

    def say(self, method: str) -> None:
        getattr(self.connections, method)(self)


def made(total: int = 3, **more: Any) -> Connections:
    return Connections(ConnectionLimits(total, **more))


def test_at_the_limit_the_oldest_without_a_request_makes_room() -> None:
    connections = made()
    first, second, third, fourth = (Fake(connections) for _ in range(4))
    assert all(fake.enter() for fake in (first, second, third))
    first.say("complete")
    assert fourth.enter()
    assert [fake.closed for fake in (first, second, third, fourth)] == [False, True, False, False]


def test_one_without_headers_goes_before_one_that_is_sending_its_body() -> None:
    connections = made()
    body, head, busy = (Fake(connections) for _ in range(3))
    assert all(fake.enter() for fake in (body, head, busy))
    body.say("waits_for_body")
    busy.say("complete")
    assert Fake(connections).enter()
    assert (body.closed, head.closed) == (False, True)


def test_those_inside_stay_if_all_have_requests_and_one_line_is_logged_a_minute() -> None:
    connections = made(2)
    inside = [Fake(connections) for _ in range(2)]
    for fake in inside:
        assert fake.enter()
        fake.say("complete")
    with capture_logs() as logs:
        assert not any(Fake(connections).enter() for _ in range(50))
    assert [entry["event"] for entry in logs] == ["too many connections"]
    assert not any(fake.closed for fake in inside)
    connections.left(cast("LimitedProtocol", inside[0]), inside[0].address)
    assert Fake(connections).enter()


def test_an_address_has_its_share_and_loopback_and_proxies_have_no_limit() -> None:
    connections = made(100, per_address=2, exempt=("10.0.0.0/8",))
    assert [Fake(connections, "192.0.2.1").enter() for _ in range(3)] == [True, True, False]
    assert Fake(connections, "192.0.2.2").enter()
    for address in ("127.0.0.1", "::1", "10.1.2.3"):
        assert all(Fake(connections, address).enter() for _ in range(5))


@pytest.mark.parametrize(
    ("state", "received", "seconds", "closed"),
    [
        ("head", 0, 9, False),
        ("head", 0, 11, True),
        ("idle", 0, 11, False),
        ("body", 0, 19, False),
        ("body", 0, 21, True),
        ("body", 50 * 1000, 60, False),
        ("body", 50 * 1000, 71, True),
        ("stalled", 50 * 1000, 19, False),
        ("stalled", 50 * 1000, 21, True),
        ("paused", 0, 1000, False),
        ("complete", 0, 1000, False),
    ],
)
def test_headers_and_bodies_have_their_time(state: str, received: int, seconds: float, closed: bool) -> None:
    connections = made(3, header_seconds=10, body_seconds=20, bytes_per_second=1000)
    fake = Fake(connections, idle=state == "idle", received=received, read_paused=state == "paused")
    assert fake.enter()
    if state in ("body", "stalled", "paused"):
        fake.say("waits_for_body")
    fake.received_at = time.monotonic() + (seconds if state == "body" and received else 0)
    if state == "complete":
        fake.say("complete")
    connections.close_late(time.monotonic() + seconds)
    assert fake.closed is closed


def test_time_in_which_we_do_not_read_is_not_the_client_s() -> None:
    connections = made(3, header_seconds=10, body_seconds=20)
    fake = Fake(connections, read_paused=True)
    fake.enter()
    fake.say("waits_for_body")
    now = time.monotonic()
    connections.close_late(now + 100)
    fake.read_paused = False
    connections.close_late(now + 110)
    assert not fake.closed
    connections.close_late(now + 130)
    assert fake.closed


def test_an_address_with_its_share_does_not_take_the_place_of_others() -> None:
    connections = made(3, per_address=2)
    others = [Fake(connections, "192.0.2.9"), Fake(connections, "192.0.2.1"), Fake(connections, "192.0.2.1")]
    assert all(fake.enter() for fake in others)
    assert not Fake(connections, "192.0.2.1").enter()
    assert not others[0].closed
