"""The server under attack, its keys, and those who watch it."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
from tests.conftest import Server, start_server

from .report import Tally

# Three times what is promised: the machine may be busy with other tests.
MAX_SECONDS = 15.0
MAX_GROWTH = 200_000_000
# In a prompt of the victim: where this appears in a response to somebody else, something leaked.
SECRET = "SECRET-OF-THE-VICTIM"
SETTLE_SECONDS = 1.0
PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the server under attack."""

    id: str
    secret: str


@dataclass(slots=True)
class Target:
    """A running server with an attacker's key, a victim's key, and a finished video of the victim."""

    server: Server
    attacker: Key
    victim: Key
    video: str

    def client(self, secret: str | None = None, **options: Any) -> httpx2.Client:
        """Return a client with a key, the attacker's by default."""
        return self.server.client(secret or self.attacker.secret, **options)

    def raw(self, request: bytes, *, seconds: float = MAX_SECONDS + 2) -> bytes:
        """Send bytes on a connection of their own and return what comes back until it is closed."""
        url = httpx2.URL(self.server.base)
        answer = b""
        with socket.create_connection((url.host, url.port or 80), timeout=seconds) as connection:
            try:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    answer += part
            except (ConnectionError, OSError):
                # Closed on us: what was received counts.
                pass
        return answer

    def check(
        self,
        tally: Tally,
        name: str,
        answer: httpx2.Response,
        *,
        allowed: frozenset[int] = frozenset(),
        own: bool = False,
    ) -> None:
        """Count a response; a 5xx that is not allowed, a leak (unless it is `own`) or a slow answer is a failure."""
        status = answer.status_code
        tally.outcomes[str(status)] += 1
        if status >= 500 and status not in allowed:
            tally.fail(f"{status} for {name}: {answer.text[:120]}")
        if not own and leaks(answer.content):
            tally.fail(f"leak in {name}: {answer.text[:120]}")
        if answer.elapsed.total_seconds() > MAX_SECONDS:
            tally.fail(f"{answer.elapsed.total_seconds():.1f} s for {name}")


def leaks(content: bytes) -> bool:
    """Check whether a response contains what no stranger may see."""
    return SECRET.encode() in content or b"Traceback (most recent" in content


@contextmanager
def target(*arguments: str, program: tuple[str, ...] = ("grok_video",), **settings: str) -> Generator[Target]:
    """Start a server with the fake backend in a folder of its own, and end it afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="grok-video-attack-") as folder,
        serving(Path(folder) / "data", *arguments, program=program, **settings) as started,
    ):
        yield started


@contextmanager
def serving(
    data: Path, *arguments: str, program: tuple[str, ...] = ("grok_video",), **settings: str
) -> Generator[Target]:
    """Start a server on a data folder, with two keys and a video, and end it afterwards."""
    variables = {f"GROK_VIDEO_{name.upper()}": value for name, value in settings.items()}
    server = start_server(data, "--backend", "fake", *arguments, program=program, **variables)
    try:
        with server.client() as operator:
            keys = [operator.post("/v1/keys", json={"name": name}).json() for name in ("attacker", "victim")]
        attacker, victim = (Key(key["id"], key["key"]) for key in keys)
        with server.client(victim.secret) as client:
            body = {"model": "grok-video-3", "prompt": SECRET, "seconds": 1}
            video = finished(client, client.post("/v1/videos", json=body).json())
        yield Target(server, attacker, victim, video["id"])
    finally:
        server.stop()


def finished(client: httpx2.Client, video: dict[str, Any]) -> dict[str, Any]:
    """Wait until a video has ended, and return it."""
    while video["status"] not in ("completed", "failed"):
        video = client.get(f"/v1/videos/{video['id']}", params={"wait": 10}).json()
    return video


class Watch:
    """Reads the victim's video again and again, and the server's memory, while something else goes on."""

    def __init__(self, attacked: Target) -> None:
        self._target = attacked
        self._stop = threading.Event()
        self._process = psutil.Process(attacked.server.process.pid)
        self.times: list[float] = []
        self.errors: list[str] = []
        self.before = self.peak = self.after = 0

    def __enter__(self) -> Watch:
        self.before = self.peak = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)
        time.sleep(SETTLE_SECONDS)
        self.after = self._process.memory_info().rss

    def _run(self) -> None:
        with self._target.client(self._target.victim.secret) as client:
            while not self._stop.wait(PAUSE_SECONDS):
                started = time.perf_counter()
                try:
                    status = client.get(f"/v1/videos/{self._target.video}").status_code
                except httpx2.HTTPError as error:
                    self.errors.append(type(error).__name__)
                    continue
                self.times.append(time.perf_counter() - started)
                if status != 200:
                    self.errors.append(str(status))
                self.peak = max(self.peak, self._process.memory_info().rss)

    def judge(self, tally: Tally, *, p99: float | None = None) -> None:
        """Add the figures to a tally; fail it for memory that stays, reads that fail or hang, or a higher p99."""
        ordered = sorted(self.times) or [0.0]
        figure = ordered[int(len(ordered) * 0.99)]
        tally.notes.append(
            f"reads meanwhile: {len(self.times)}, p50 {ordered[len(ordered) // 2] * 1000:.1f} ms, "
            f"p99 {figure * 1000:.0f} ms, worst {ordered[-1] * 1000:.0f} ms; memory {self.before >> 20} MiB, "
            f"peak {self.peak >> 20}, afterwards {self.after >> 20}"
        )
        if self.errors:
            tally.fail(f"{len(self.errors)} reads of another key failed: {sorted(set(self.errors))}")
        if ordered[-1] > MAX_SECONDS:
            tally.fail(f"a read of another key took {ordered[-1]:.1f} s")
        if p99 is not None and figure > p99:
            tally.fail(f"p99 of another key's reads is {figure * 1000:.0f} ms, more than {p99 * 1000:.0f} ms")
        if self.after - self.before > MAX_GROWTH:
            tally.fail(f"memory stays {self.after - self.before >> 20} MiB higher")


def as_text(headers: Mapping[str, str]) -> str:
    """Return headers as lines of a request."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())
