"""Downloads, without a network: no packet leaves this process."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpcore2
import pytest

from grok_video.domain.errors import FetchFailed, InvalidValue
from grok_video.runtime.fetch import Fetcher


class Inner(httpcore2.AsyncNetworkBackend):
    """Answers every connection with the next of some scripted responses, and notes who was dialled."""

    def __init__(self, *responses: bytes, refuse: Iterable[str] = ()) -> None:
        self.responses = list(responses)
        self.refuse = set(refuse)
        self.dialled: list[tuple[str, int]] = []
        self.sent: list[bytes] = []

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        self.dialled.append((host, port))
        if host in self.refuse:
            raise httpcore2.ConnectError("refused")
        return Stream(self, self.responses.pop(0))

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        raise AssertionError("a unix socket was dialled")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Stream(httpcore2.AsyncMockStream):
    """Plays one response in pieces and keeps what was written."""

    def __init__(self, inner: Inner, response: bytes) -> None:
        super().__init__([response[at : at + 1000] for at in range(0, len(response), 1000)])
        self._inner = inner

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.sent.append(buffer)


PUBLIC = "93.184.216.34"
HOSTS = {"good.example": [PUBLIC], "two.example": ["93.184.216.35", PUBLIC], "evil.example": ["10.0.0.7"]}


def resolver(hosts: dict[str, list[str]] = HOSTS) -> Callable[..., list[Any]]:
    """A `socket.getaddrinfo` that knows a few names; numbers it reads as the system does."""

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        try:
            addresses = hosts.get(host) or [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            addresses = [host.strip("[]")] if ":" in host else []
        if not addresses:
            raise socket.gaierror(f"{host} is unknown")
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port, 0, 0) if family == socket.AF_INET6 else (address, port))
            for address in addresses
            for family in [socket.AF_INET6 if ":" in address else socket.AF_INET]
        ]

    return look_up


def response(body: bytes = b"a picture", status: str = "200 OK", **headers: str) -> bytes:
    lines = {"Content-Length": str(len(body)), "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def redirect(target: str, status: str = "302 Found") -> bytes:
    return response(b"", status, Location=target)


async def fetch(
    url: str, folder: Path, inner: Inner, hosts: dict[str, list[str]] = HOSTS, **options: Any
) -> bytes | FetchFailed:
    """Download; return the file's content, or the error, after which there must be no file."""
    fetcher = Fetcher(resolver=resolver(hosts), inner=inner, **options)
    target = folder / "file"
    try:
        await fetcher.download(url, target, max_bytes=5000, param="images[0]")
        return target.read_bytes()
    except FetchFailed as caught:
        error = caught
    finally:
        await fetcher.close()
    assert not target.exists()
    assert (error.code, error.param) == ("image_fetch_failed", "images[0]")
    assert "images[0]" in error.message
    return error


@pytest.mark.anyio
async def test_a_public_response_is_dialled_at_the_checked_address(tmp_path: Path) -> None:
    inner = Inner(response())
    assert await fetch("http://good.example/a.png?x=1", tmp_path, inner) == b"a picture"
    assert inner.dialled == [(PUBLIC, 80)]
    sent = b"".join(inner.sent)
    assert b"GET /a.png?x=1 HTTP/1.1" in sent
    assert b"Host: good.example" in sent
    for secret in (b"cookie", b"authorization", b"referer"):
        assert secret not in sent.lower()


@pytest.mark.anyio
async def test_a_name_is_looked_up_once(tmp_path: Path) -> None:
    requested: list[str] = []

    def rebinding(host: str, *rest: Any) -> list[Any]:
        requested.append(host)
        # Private from the second lookup on.
        return resolver({"good.example": [PUBLIC if len(requested) == 1 else "10.0.0.1"]})(host, *rest)

    inner = Inner(response())
    fetcher = Fetcher(resolver=rebinding, inner=inner)
    await fetcher.download("http://good.example/", tmp_path / "file", max_bytes=100, param="x")
    assert (requested, inner.dialled) == (["good.example"], [(PUBLIC, 80)])
    await fetcher.close()


@pytest.mark.anyio
async def test_tls_goes_to_the_checked_address_too(tmp_path: Path) -> None:
    inner = Inner(response())
    assert await fetch("https://good.example/", tmp_path, inner) == b"a picture"
    assert inner.dialled == [(PUBLIC, 443)]


@pytest.mark.anyio
async def test_another_response_is_tried_when_one_is_away(tmp_path: Path) -> None:
    inner = Inner(response(), refuse=["93.184.216.35"])
    assert await fetch("http://two.example/", tmp_path, inner) == b"a picture"
    assert inner.dialled == [("93.184.216.35", 80), (PUBLIC, 80)]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.7", "172.16.4.4", "192.168.1.1", "127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.1.1", "169.254.169.254",
        "100.64.0.1", "100.100.100.200", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::",
        "fc00::1", "fd12:3456::1", "fe80::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "168.63.129.16", "::ffff:0:127.0.0.1",
    ],
)  # fmt: skip
async def test_no_address_inside_is_ever_dialled(tmp_path: Path, address: str) -> None:
    inner = Inner(response())
    named = await fetch("http://evil.example/", tmp_path, inner, {"evil.example": [address]})
    literal = await fetch(f"http://[{address}]/" if ":" in address else f"http://{address}/", tmp_path, inner)
    assert isinstance(named, FetchFailed)
    assert isinstance(literal, FetchFailed)
    assert inner.dialled == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/", "http://0x7f000001/", "http://017700000001/", "http://127.1/", "http://localhost/",
        "http://①②⑦.0.0.1/", "http://good.example@127.0.0.1/", "http://user:pass@good.example/", "http://good.example:22/",
        "http://good.example:6379/", "https://good.example:8443/", "file:///etc/passwd", "ftp://good.example/a.png",
        "gopher://good.example/", "data:image/png;base64,AAAA", "http:///a", "http://", "//good.example/", "",
        "good.example", "http://good.example\\@127.0.0.1/", "http://127.0.0.1#@good.example/", "http://[::ffff:7f00:1]/",
        "http://evil.example./", "http://unknown.example/", "http://good.example:99999/", "http://[::1",
        "http://good.example/\r\nHost: x", "javascript:alert(1)",
    ],
)  # fmt: skip
async def test_tricky_urls_dial_nobody(tmp_path: Path, url: str) -> None:
    inner = Inner(response())
    hosts = {**HOSTS, "localhost": ["127.0.0.1"], "evil.example.": ["10.0.0.7"]}
    assert isinstance(await fetch(url, tmp_path, inner, hosts), FetchFailed)
    assert inner.dialled == []


@pytest.mark.anyio
@pytest.mark.parametrize("answers", [[PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "::1"]])
async def test_one_private_response_spoils_all(tmp_path: Path, answers: list[str]) -> None:
    inner = Inner(response())
    assert isinstance(await fetch("http://mixed.example/", tmp_path, inner, {"mixed.example": answers}), FetchFailed)
    assert inner.dialled == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/", "http://evil.example/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd",
        "http://good.example:22/", "http://user@good.example/", "//10.0.0.1/x", "http://[", "//[x", "http://a[b]/",
    ],
)  # fmt: skip
async def test_a_redirect_inside_is_not_followed(tmp_path: Path, target: str) -> None:
    inner = Inner(redirect(target), response())
    assert isinstance(await fetch("http://good.example/", tmp_path, inner), FetchFailed)
    assert inner.dialled == [(PUBLIC, 80)]


@pytest.mark.anyio
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Again", "308 Moved"])
async def test_a_redirect_outside_is_followed(tmp_path: Path, status: str) -> None:
    inner = Inner(redirect("/there", status), redirect("https://two.example/end", status), response(b"the end"))
    assert await fetch("http://good.example/", tmp_path, inner) == b"the end"
    assert inner.dialled == [(PUBLIC, 80), (PUBLIC, 80), ("93.184.216.35", 443)]
    assert b"GET /there" in b"".join(inner.sent)


@pytest.mark.anyio
async def test_three_redirects_are_enough(tmp_path: Path) -> None:
    around = redirect("http://good.example/again")
    assert await fetch("http://good.example/", tmp_path, Inner(*[around] * 3, response())) == b"a picture"
    inner = Inner(*[around] * 4, response())
    error = await fetch("http://good.example/", tmp_path, inner)
    assert isinstance(error, FetchFailed)
    assert "redirects" in error.message
    assert len(inner.dialled) == 4


@pytest.mark.anyio
async def test_a_redirect_to_nowhere_is_refused(tmp_path: Path) -> None:
    assert isinstance(
        await fetch("http://good.example/", tmp_path, Inner(*[response(b"", "302 Found")] * 5)), FetchFailed
    )


@pytest.mark.anyio
async def test_a_file_may_be_as_large_as_allowed_and_no_larger(tmp_path: Path) -> None:
    assert await fetch("http://good.example/", tmp_path, Inner(response(bytes(5000)))) == bytes(5000)
    assert isinstance(await fetch("http://good.example/", tmp_path, Inner(response(bytes(5001)))), FetchFailed)
    endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + bytes(9000)
    assert isinstance(await fetch("http://good.example/", tmp_path, Inner(endless)), FetchFailed)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "answer",
    [
        response(status="404 Not Found"), response(status="500 Broken"), response(b"", "204 No Content"),
        response(status="206 Partial Content"), response(Content_Encoding="gzip"), response(Content_Encoding="br"),
        response(Content_Length="100"), b"", b"SSH-2.0-OpenSSH\r\n",
    ],
)  # fmt: skip
async def test_other_responses_are_refused(tmp_path: Path, answer: bytes) -> None:
    assert isinstance(await fetch("http://good.example/", tmp_path, Inner(answer)), FetchFailed)


@pytest.mark.anyio
async def test_a_file_that_was_there_does_not_stay(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    assert isinstance(await fetch("http://good.example/", tmp_path, Inner(response(status="404 No"))), FetchFailed)


@pytest.mark.anyio
async def test_a_slow_response_is_given_up(tmp_path: Path) -> None:
    class Slow(Inner):
        async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
            await asyncio.sleep(60)
            raise AssertionError

    error = await fetch("http://good.example/", tmp_path, Slow(), seconds=0.2)
    assert isinstance(error, FetchFailed)
    assert "too long" in error.message


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("http://good.example/图片.png?名=猫", b"GET /%E5%9B%BE%E7%89%87.png?%E5%90%8D=%E7%8C%AB HTTP/1.1"),
        ("http://good.example/a%20b.png#part", b"GET /a%20b.png HTTP/1.1"),
        ("http://bücher.example/", b"Host: xn--bcher-kva.example"),
    ],
)
async def test_urls_as_people_write_them(tmp_path: Path, url: str, line: bytes) -> None:
    inner = Inner(response())
    hosts = {**HOSTS, "xn--bcher-kva.example": [PUBLIC]}
    assert await fetch(url, tmp_path, inner, hosts) == b"a picture"
    assert line in b"".join(inner.sent)


@pytest.mark.anyio
async def test_the_operator_lets_a_private_network_in(tmp_path: Path) -> None:
    for url in ("http://10.1.2.3:9000/a.png", "http://evil.example:9000/a.png"):
        inner = Inner(response())
        assert await fetch(url, tmp_path, inner, allow=["10.0.0.0/8"]) == b"a picture"
        assert inner.dialled[0][1] == 9000
    inner = Inner(response())
    for url in ("http://192.168.0.1/", "http://127.0.0.1/", "http://169.254.169.254/"):
        assert isinstance(await fetch(url, tmp_path, inner, allow=["10.0.0.0/8"]), FetchFailed)
    assert inner.dialled == []


@pytest.mark.anyio
async def test_opening_a_private_network_opens_no_ports_outside(tmp_path: Path) -> None:
    inner = Inner(response())
    assert isinstance(await fetch("http://good.example:22/", tmp_path, inner, allow=["10.0.0.0/8"]), FetchFailed)
    assert inner.dialled == []


@pytest.mark.anyio
async def test_no_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://10.0.0.9:3128")
    inner = Inner(response())
    assert await fetch("http://good.example/", tmp_path, inner) == b"a picture"
    assert inner.dialled == [(PUBLIC, 80)]


def test_a_network_that_is_none_is_refused_at_once() -> None:
    with pytest.raises((ValueError, InvalidValue)):
        Fetcher(allow=["10.0.0.0/99"])


@pytest.mark.anyio
async def test_silent_name_servers_delay_only_the_owner_who_asks_them(tmp_path: Path) -> None:
    answered = threading.Event()
    inner = Inner(response())

    def silent(host: str, *rest: Any) -> list[Any]:
        if host == "silent.example":
            answered.wait(20)
        return resolver({"silent.example": [PUBLIC], "good.example": [PUBLIC]})(host, *rest)

    fetcher = Fetcher(resolver=silent, inner=inner, seconds=0.2)
    try:
        flood = [
            fetcher.download("http://silent.example/", tmp_path / str(number), max_bytes=9, param="x", owner="greedy")
            for number in range(100)
        ]
        results = await asyncio.gather(*flood, return_exceptions=True)
        assert {type(result) for result in results} == {FetchFailed}
        # Their threads are still waiting, but not all threads.
        await fetcher.download("http://good.example/", tmp_path / "x", max_bytes=100, param="x", owner="other")
        assert (tmp_path / "x").read_bytes() == b"a picture"
    finally:
        answered.set()
        await fetcher.close()


WAITING = """
import asyncio, sys, time
from pathlib import Path
from grok_video.domain.errors import FetchFailed
from grok_video.runtime.fetch import Fetcher

async def main():
    fetcher = Fetcher(resolver=lambda *_: time.sleep(60), seconds=0.1)
    try:
        await fetcher.download("http://silent.example/", Path(sys.argv[1]), max_bytes=9, param="x")
    except FetchFailed:
        print("given up")

asyncio.run(main())
"""


def test_a_silent_name_server_does_not_keep_a_process_from_ending(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WAITING, str(tmp_path / "x")], capture_output=True, text=True, timeout=30, check=True
    )
    assert ran.stdout == "given up\n"
