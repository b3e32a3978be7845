"""Downloading URLs that users send, through ssrfguard's policy (decision 0011).

One lookup per connection, every address checked, and the checked address dialled. The guard is httpcore's network
backend, so that redirects pass it like first requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import httpcore2
import httpx2
from ssrfguard import (
    DEFAULT_DENIED,
    Address,
    AddressTable,
    Block,
    BlockedURLError,
    Policy,
    Reach,
    Resolver,
    SSRFGuardError,
    Target,
    resolve,
)

from ..domain.errors import AddressRefused, FetchFailed
from .concurrency import in_daemon_thread
from .fairness import FairSlots

MAX_REDIRECTS = 3
PUBLIC_PORTS = frozenset({80, 443})
HEADERS = [
    (b"User-Agent", b"grok-video"),
    (b"Accept", b"image/*, video/*;q=0.9, */*;q=0.1"),
    (b"Accept-Encoding", b"identity"),
]
READ_SECONDS = 10.0
# Downloads and lookups of names at once, in all and for one owner. A request has at most 7 URLs.
DOWNLOADS, DOWNLOADS_PER_OWNER = 40, 8
LOOKUPS, LOOKUPS_PER_OWNER = 32, 8
# Not in ssrfguard's table, which follows the registries: Azure's host services, and IPv4 behind a SIIT translator.
MORE_DENIED = (
    Block(ip_network("168.63.129.16/32"), "Azure host services", "none", Reach.DENIED),
    Block(ip_network("::ffff:0:0:0/96"), "IPv4-translated", "RFC 2765", Reach.DENIED),
)
HTTP_ERRORS = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    httpcore2.UnsupportedProtocol,
)


Origin = tuple[str, str, int | None]


@dataclass(frozen=True, slots=True)
class Opened:
    """A response whose body has not been read yet; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    _response: httpcore2.Response

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body; raise FetchFailed if the connection breaks."""
        try:
            async for chunk in self._response.aiter_stream():
                yield chunk
        except (OSError, *HTTP_ERRORS) as error:
            raise FetchFailed(str(error) or type(error).__name__) from None


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """A network backend that dials only addresses allowed by the policy."""

    def __init__(
        self,
        policy: Policy,
        resolver: Resolver | None = None,
        inner: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._policy = policy
        self._lookups = FairSlots(LOOKUPS, LOOKUPS_PER_OWNER)
        self._resolver = resolver
        self.owner: ContextVar[str] = ContextVar("owner", default="")
        # The declared type is a placeholder for when anyio is not installed.
        self._inner = inner or cast(httpcore2.AsyncNetworkBackend, httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve once, check every address, and dial the first that connects."""
        target = Target(scheme="http", host=host, port=port, host_as_written=host)
        addresses = await self._look_up(target)
        self._check_port(port, addresses)
        failure: Exception = OSError(f"{host} has no address")
        for address in addresses[: self._policy.max_connection_attempts]:
            try:
                return await self._inner.connect_tcp(str(address.ip), port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _look_up(self, target: Target) -> Sequence[Address]:
        """Look a name up on a thread, within the slots of the owner who asks."""
        owner = self.owner.get()
        await self._lookups.acquire(owner)
        lookup = in_daemon_thread(lambda: resolve(target, policy=self._policy, resolver=self._resolver))

        def ended(done: asyncio.Future[Any]) -> None:
            self._lookups.release(owner)
            # Nobody may be waiting for it any longer, and then nobody needs its error.
            done.exception()

        # A name server that stays silent keeps the slot after the caller has given up, as its thread goes on.
        lookup.add_done_callback(ended)
        return await asyncio.shield(lookup)

    def _check_port(self, port: int, addresses: Sequence[Address]) -> None:
        if port in PUBLIC_PORTS:
            return
        for address in addresses:
            if not any(address.ip in network for network in self._policy.allowed_networks):
                raise BlockedURLError(f"port {port}", "that port is allowed in the operator's own networks only")

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.AsyncNetworkStream:
        """Refuse: no user's URL may name a local socket."""
        raise SSRFGuardError("unix sockets are not allowed")

    async def sleep(self, seconds: float) -> None:
        """Sleep for some seconds."""
        await asyncio.sleep(seconds)


class Fetcher:
    """Downloads to files, with byte, time and redirect limits; no cookies, no proxies, no credentials.

    `allow` lists private networks (CIDR) that the operator allows. `seconds` limits a whole download.
    """

    def __init__(
        self,
        *,
        allow: Iterable[str] = (),
        seconds: float = 15.0,
        resolver: Resolver | None = None,
        inner: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        allowed = tuple(ip_network(network) for network in allow)
        # Services of a private network rarely use ports 80 and 443. For all others the network backend checks the port.
        ports = frozenset(range(1, 65536)) if allowed else PUBLIC_PORTS
        self._policy = Policy(
            allowed_networks=allowed,
            allowed_ports=ports,
            denied_networks=AddressTable((*DEFAULT_DENIED.blocks, *MORE_DENIED)),
        )
        self._seconds = seconds
        self._guard = GuardedBackend(self._policy, resolver, inner)
        self._guarded = httpcore2.AsyncConnectionPool(network_backend=self._guard, max_connections=DOWNLOADS + 20)
        self._plain = httpcore2.AsyncConnectionPool(max_connections=20)
        self._downloads = FairSlots(DOWNLOADS, DOWNLOADS_PER_OWNER)

    async def download(self, url: str, target: Path, *, max_bytes: int, param: str, owner: str = "") -> None:
        """Download a URL for an owner to a file; raise FetchFailed naming `param` and leave no file."""
        self._guard.owner.set(owner)
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._downloads.hold(owner),
                self.open(url, {}) as response,
            ):
                if response.status != 200:
                    raise FetchFailed(f"the server responded with {response.status}")
                if response.headers.get("content-encoding", "identity") != "identity":
                    # Compression was not requested, and a small gzip may be a large file.
                    raise FetchFailed("the server sent it compressed, which was not requested")
                await _save(response, target, max_bytes)
        except TimeoutError:
            target.unlink(missing_ok=True)
            raise FetchFailed(f"{param} could not be fetched: it took too long.", param=param) from None
        except FetchFailed as error:
            target.unlink(missing_ok=True)
            raise FetchFailed(f"{param} could not be fetched: {error.message}.", param=param) from None
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    @asynccontextmanager
    async def open(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        trusted: Origin | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> AsyncGenerator[Opened]:
        """Open a URL and its redirects through the guard; raise FetchFailed, or AddressRefused for a forbidden address.

        URLs of the `trusted` origin bypass the guard; credentials are sent to it alone.
        """
        timeouts = {"timeout": {"connect": 5.0, "read": read_seconds, "write": 5.0, "pool": read_seconds}}
        async with AsyncExitStack() as stack:
            for _ in range(MAX_REDIRECTS + 1):
                try:
                    url = str(httpx2.URL(url))
                    is_trusted = trusted is not None and origin_of(url) == trusted
                    if not is_trusted:
                        self._policy.check_url(url)
                    sent = [
                        *HEADERS,
                        *[(name.encode(), value.encode()) for name, value in headers.items()
                          if is_trusted or name.lower() != "authorization"],
                    ]  # fmt: skip
                    pool = self._plain if is_trusted else self._guarded
                    stream = pool.stream("GET", url, headers=sent, extensions=timeouts)
                    response = await stack.enter_async_context(stream)
                except SSRFGuardError as error:
                    raise AddressRefused(f"that address is not allowed ({error})") from None
                except (OSError, ValueError, httpx2.InvalidURL, *HTTP_ERRORS) as error:
                    raise FetchFailed(str(error) or type(error).__name__) from None
                received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                if response.status not in (301, 302, 303, 307, 308):
                    yield Opened(response.status, received, response)
                    return
                try:
                    url = urljoin(url, received.get("location", ""))
                except ValueError:
                    raise FetchFailed("it redirects to something that is no URL") from None
                await stack.aclose()
        raise FetchFailed(f"it redirects more than {MAX_REDIRECTS} times")

    async def close(self) -> None:
        """Close the connections."""
        await self._guarded.aclose()
        await self._plain.aclose()


def origin_of(url: str) -> Origin:
    """Return a URL's scheme, host and port."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(parts.scheme)


async def _save(response: Opened, target: Path, max_bytes: int) -> None:
    total = 0
    with target.open("wb") as file:
        async for chunk in response.chunks():
            total += len(chunk)
            if total > max_bytes:
                raise FetchFailed(f"it is larger than {max_bytes} bytes")
            file.write(chunk)
