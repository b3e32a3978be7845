"""Downloading addresses that users bring, through ssrfguard's policy.

One lookup per connection, every answer checked, and the checked address dialled: the guard sits in
httpcore's network backend, so redirects pass it like first requests (http.md 11).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import httpcore2
import httpx2
from ssrfguard import Address, BlockedURLError, Policy, Resolver, SSRFGuardError, Target, resolve

from ..domain.errors import FetchFailed

MAX_REDIRECTS = 3
PUBLIC_PORTS = frozenset({80, 443})
HEADERS = [
    (b"User-Agent", b"grok-video"),
    (b"Accept", b"image/*, video/*;q=0.9, */*;q=0.1"),
    (b"Accept-Encoding", b"identity"),
]
READ_SECONDS = 10.0
HTTP_ERRORS = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    httpcore2.UnsupportedProtocol,
)


Origin = tuple[str, str, int | None]


class AddressRefused(FetchFailed):
    """That address is not allowed."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer whose body has not been read yet; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    _answer: httpcore2.Response

    async def chunks(self) -> AsyncIterator[bytes]:
        """Read the body; raise FetchFailed when it breaks off."""
        try:
            async for chunk in self._answer.aiter_stream():
                yield chunk
        except (OSError, *HTTP_ERRORS) as error:
            raise FetchFailed(str(error) or type(error).__name__) from None


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Dials only addresses that the policy allows."""

    def __init__(
        self,
        policy: Policy,
        resolver: Resolver | None = None,
        inner: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._policy = policy
        # A name server that hangs may hold these threads, and no others.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="resolve")
        self._resolver = resolver
        # Its type is a stand-in where anyio is missing, which it never is here.
        self._inner = inner or cast(httpcore2.AsyncNetworkBackend, httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve once, check every answer, dial the first that connects."""
        target = Target(scheme="http", host=host, port=port, host_as_written=host)
        answers = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: resolve(target, policy=self._policy, resolver=self._resolver)
        )
        self._check_port(port, answers)
        failure: Exception = OSError(f"{host} has no address")
        for answer in answers[: self._policy.max_connection_attempts]:
            try:
                return await self._inner.connect_tcp(str(answer.ip), port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def _check_port(self, port: int, answers: Sequence[Address]) -> None:
        if port in PUBLIC_PORTS:
            return
        for answer in answers:
            if not any(answer.ip in network for network in self._policy.allowed_networks):
                raise BlockedURLError(f"port {port}", "that port is open in the operator's own networks only")

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.AsyncNetworkStream:
        """Refuse: no URL of a user's names a local socket."""
        raise SSRFGuardError("unix sockets are not allowed")

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)


class Fetcher:
    """Downloads to a file: byte, time and redirect limits; no cookies, no proxies, no credentials.

    `allow` holds networks (CIDR) that the operator lets in although they are private.
    """

    def __init__(
        self,
        *,
        allow: Iterable[str] = (),
        seconds: float = 15.0,
        resolver: Resolver | None = None,
        inner: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        allowed = tuple(allow)
        # Services of a private network rarely live on 80 and 443; the backend keeps to it that only they may not.
        ports = frozenset(range(1, 65536)) if allowed else PUBLIC_PORTS
        self._policy = Policy(allowed_networks=allowed, allowed_ports=ports)  # pyright: ignore[reportArgumentType]
        self._seconds = seconds
        self._guarded = httpcore2.AsyncConnectionPool(
            network_backend=GuardedBackend(self._policy, resolver, inner), max_connections=20
        )
        self._plain = httpcore2.AsyncConnectionPool(max_connections=20)

    async def download(self, url: str, target: Path, *, max_bytes: int, param: str) -> None:
        """Download a URL to a file; raise FetchFailed naming `param`, leaving no file."""
        try:
            async with asyncio.timeout(self._seconds), self.open(url, {}) as answer:
                if answer.status != 200:
                    raise FetchFailed(f"it answered {answer.status}")
                if answer.headers.get("content-encoding", "identity") != "identity":
                    # None was asked for, and a small gzip may be a large file.
                    raise FetchFailed("it came compressed, which was not asked for")
                await _save(answer, target, max_bytes)
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
        """Open a URL through the guard, redirects too; raise FetchFailed, AddressRefused for a forbidden address.

        Addresses of a `trusted` origin need no guard; credentials go to no other one.
        """
        timeouts = {"timeout": {"connect": 5.0, "read": read_seconds, "write": 5.0, "pool": read_seconds}}
        async with AsyncExitStack() as stack:
            for _ in range(MAX_REDIRECTS + 1):
                try:
                    url = str(httpx2.URL(url))
                    at_home = trusted is not None and origin_of(url) == trusted
                    if not at_home:
                        self._policy.check_url(url)
                    sent = [
                        *HEADERS,
                        *[(one.encode(), value.encode()) for one, value in headers.items()
                          if at_home or one.lower() != "authorization"],
                    ]  # fmt: skip
                    pool = self._plain if at_home else self._guarded
                    answer = await stack.enter_async_context(pool.stream("GET", url, headers=sent, extensions=timeouts))
                except SSRFGuardError as error:
                    raise AddressRefused(f"that address is not allowed ({error})") from None
                except (OSError, ValueError, httpx2.InvalidURL, *HTTP_ERRORS) as error:
                    raise FetchFailed(str(error) or type(error).__name__) from None
                came = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
                if answer.status not in (301, 302, 303, 307, 308):
                    yield Opened(answer.status, came, answer)
                    return
                url = urljoin(url, came.get("location", ""))
                await stack.aclose()
        raise FetchFailed(f"it redirects more than {MAX_REDIRECTS} times")

    async def close(self) -> None:
        """Close the connections."""
        await self._guarded.aclose()
        await self._plain.aclose()


def origin_of(url: str) -> Origin:
    """Give an address's scheme, host and port."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(parts.scheme)


async def _save(answer: Opened, target: Path, max_bytes: int) -> None:
    total = 0
    with target.open("wb") as file:
        async for chunk in answer.chunks():
            total += len(chunk)
            if total > max_bytes:
                raise FetchFailed(f"it is larger than {max_bytes} bytes")
            file.write(chunk)
