"""How many connections there may be, and how long one may take to send its request.

uvicorn's `limit_concurrency` refuses requests of connections that are inside already, and its only timer starts after a
response: a stranger's idle sockets would use up the process's file descriptors.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..domain.errors import GrokVideoError, InvalidValue
from .errors import STATUSES, error_body

log = structlog.get_logger()

SWEEP_SECONDS = 1.0
LOG_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits of one process.

    `total` and `per_address` are numbers of connections; loopback and the `exempt` networks (proxies) have no limit per
    address. A request's headers must arrive within `header_seconds`; its body may take `body_seconds` and, on average,
    a second more per `bytes_per_second`.
    """

    total: int
    per_address: int = 256
    exempt: tuple[str, ...] = ()
    header_seconds: float = 15.0
    body_seconds: float = 30.0
    bytes_per_second: int = 8 * 1024


class Connections:
    """The open connections of a process, and those that have not sent a complete request, oldest first."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._networks = [ip_network(network) for network in ("127.0.0.0/8", "::1/128", *limits.exempt)]
        self._open = 0
        self._by_address: Counter[str] = Counter()
        # Without complete headers, idle ones included; and with headers but an incomplete body.
        self._heads: dict[LimitedProtocol, float] = {}
        self._bodies: dict[LimitedProtocol, float] = {}
        self._swept = time.monotonic()
        self._refused = 0
        self._logged = -LOG_SECONDS

    def admit(self, protocol: LimitedProtocol, address: str) -> bool:
        """Take in a new connection, at the limit in the place of the oldest one without a request.

        Returns False if every other one has a request, or if the address has too many connections.
        """
        # The address first: one that has its share must not take the place of others.
        if self._by_address[address] >= self.limits.per_address and not self._is_exempt(address):
            self._report()
            return False
        if self._open >= self.limits.total and not self._make_room():
            self._report()
            return False
        self._open += 1
        self._by_address[address] += 1
        self._heads[protocol] = time.monotonic()
        return True

    def left(self, protocol: LimitedProtocol, address: str) -> None:
        """Forget an admitted connection."""
        self._open -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
        self.complete(protocol)

    def waits_for_headers(self, protocol: LimitedProtocol) -> None:
        """Note that a connection waits for a request, from now on."""
        self.complete(protocol)
        self._heads[protocol] = time.monotonic()

    def waits_for_body(self, protocol: LimitedProtocol) -> None:
        """Note that a connection's headers are complete."""
        self._heads.pop(protocol, None)
        self._bodies[protocol] = time.monotonic()

    def complete(self, protocol: LimitedProtocol) -> None:
        """Note that a connection's request is complete."""
        self._heads.pop(protocol, None)
        self._bodies.pop(protocol, None)

    async def sweep(self) -> None:
        """Close connections that take too long, again and again until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.close_late(time.monotonic())

    def close_late(self, now: float) -> None:
        """Close the connections whose time is over."""
        elapsed, self._swept = now - self._swept, now
        for protocol, since in list(self._heads.items()):
            # An idle connection that was used before is closed by uvicorn's own timer.
            if not protocol.idle and now - since > self.limits.header_seconds:
                protocol.transport.close()
        for protocol, since in list(self._bodies.items()):
            if protocol.flow.read_paused:
                # We do not read on: that is not the client's time.
                self._bodies[protocol] = since + elapsed
                protocol.received_at = now
                continue
            allowed = self.limits.body_seconds + protocol.received / self.limits.bytes_per_second
            stalled = now - max(since, protocol.received_at) > self.limits.body_seconds
            if stalled or now - since > allowed:
                protocol.transport.close()

    def _make_room(self) -> bool:
        """Close the oldest connection without a complete request, one without headers first; return False for none."""
        for waiting in (self._heads, self._bodies):
            oldest = next(iter(waiting), None)
            if oldest is not None:
                self._report()
                oldest.evict()
                return True
        return False

    def _report(self) -> None:
        """Log one line a minute, whatever happens in it."""
        self._refused += 1
        if time.monotonic() - self._logged >= LOG_SECONDS:
            log.warning("too many connections", open=self._open, limit=self.limits.total, closed=self._refused)
            self._logged, self._refused = time.monotonic(), 0

    def _is_exempt(self, address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in self._networks)
        except ValueError:
            return False


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with the limits of `Connections`, and with our body for what it cannot parse."""

    def __init__(self, connections: Connections, **more: Any) -> None:
        super().__init__(**more)
        self._all = connections
        self._address = ""
        self._admitted = False
        self.idle = False
        self.received = 0
        self.received_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Take the connection in, or respond 503 and close it."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._admitted = self._all.admit(self, self._address)
        if not self._admitted:
            self._refuse(
                GrokVideoError("The server has too many connections; try again later.", code="too_many_connections")
            )

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._leave()
        super().connection_lost(exc)

    def evict(self) -> None:
        """Close the connection at once, for another one."""
        self._leave()
        self.transport.abort()

    def _leave(self) -> None:
        if self._admitted:
            self._admitted = False
            self._all.left(self, self._address)

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless the connection was refused."""
        if not self._admitted:
            return
        if self.idle:
            # uvicorn's timer ends with the first byte, even if no request begins with it.
            self.idle = False
            self._all.waits_for_headers(self)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Start the request."""
        self.received = 0
        self._all.waits_for_body(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count and pass on a part of the body."""
        self.received += len(body)
        self.received_at = time.monotonic()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request is complete."""
        self._all.complete(self)
        if self.cycle.response_complete:
            # It was answered before its body was complete, and uvicorn's timer ended with the rest of the body.
            self._all.waits_for_headers(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request of the connection."""
        super().on_response_complete()
        if self._admitted and not self.transport.is_closing() and self.timeout_keep_alive_task is not None:
            self.idle = True
            self._all.waits_for_headers(self)

    def _unsupported_upgrade_warning(self) -> None:
        """Answer a request that wants another protocol in this one, without uvicorn's two lines in the log."""
        # The parser has stopped where the other protocol would begin.
        self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:
        """Respond to what is not HTTP with the body of every other error."""
        self._refuse(InvalidValue(f"{msg.rstrip('.')}: it is not valid HTTP/1.1."))

    def _refuse(self, error: GrokVideoError) -> None:
        status, kind = STATUSES[error.code]
        body = json.dumps(error_body(error, kind)).encode()
        retry = b"retry-after: 5\r\n" if status == 503 else b"x-should-retry: false\r\n"
        phrase = b"503 Service Unavailable" if status == 503 else b"400 Bad Request"
        self.transport.write(
            b"HTTP/1.1 " + phrase + b"\r\ncontent-type: application/json\r\nconnection: close\r\n" + retry
            + b"content-length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )  # fmt: skip
        self.transport.close()
