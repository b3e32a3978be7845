"""Floods of one key, or of strangers, while another key goes on as usual."""

from __future__ import annotations

import io
import json
import resource
import socket
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
import numpy as np
from PIL import Image
from tests.factories import image_bytes

from .report import Tally
from .target import Target, Watch

# A bound for quiet machines, times three: these are shared.
OWN_COST_SECONDS = 3 * 1.0
BODY = {"model": "grok-video-3", "prompt": "x", "seconds": 1}


def strangers(attacked: Target, count: int, seconds: float, *, p99: float | None) -> Tally:
    """Open idle connections, half headers and half bodies, without any key."""
    tally = Tally("idle, half and slow connections")
    url = httpx2.URL(attacked.server.base)
    head = b"POST /v1/videos HTTP/1.1\r\nHost: x\r\n"
    begun = head + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with ExitStack() as stack:
        for number in range(count):
            connection = stack.enter_context(socket.create_connection((url.host, url.port or 80), timeout=10))
            connection.sendall((b"", head, begun)[number % 3])
            tally.outcomes["open"] += 1
        with Watch(attacked) as watch:
            time.sleep(seconds)
        watch.judge(tally, p99=p99)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return tally


def slow_readers(attacked: Target, count: int, seconds: float) -> Tally:
    """Open event streams and downloads that read nothing."""
    tally = Tally("streams and downloads not read")
    url = httpx2.URL(attacked.server.base)
    key = f"Host: x\r\nAuthorization: Bearer {attacked.victim.secret}\r\n\r\n"
    with ExitStack() as stack:
        for number in range(count):
            path = f"/v1/videos/{attacked.video}/content" if number % 4 == 0 else "/v1/events"
            connection = stack.enter_context(socket.create_connection((url.host, url.port or 80), timeout=10))
            connection.sendall(f"GET {path} HTTP/1.1\r\n{key}".encode())
            tally.outcomes["open"] += 1
        with Watch(attacked) as watch:
            time.sleep(seconds)
        watch.judge(tally)
    return tally


def large_bodies(attacked: Target, mebibytes: int, at_once: int) -> Tally:
    """Send bodies as large as they get: one long text, many small values, forms; several at once."""
    tally = Tally("large bodies")
    size = mebibytes << 20
    bodies: list[tuple[str, bytes]] = [
        ("application/json", json.dumps({**BODY, "images": ["A" * (size // 7)] * 7}).encode()),
        ("application/json", b'{"images": [' + b"1," * (size // 4) + b"1]}"),
        ("application/json", json.dumps({**BODY, "size": "1280" + " " * size + "x720"}).encode()),
        ("application/json", b'{"a": ' + b"[" * (size // 8)),
        ("application/x-www-form-urlencoded", b"a=" + b"%41" * (size // 3)),
        ("multipart/form-data; boundary=e", _form(size)),
    ]
    with Watch(attacked) as watch, ThreadPoolExecutor(at_once) as threads:
        jobs = [body for body in bodies for _ in range(at_once)]

        def send(job: tuple[str, bytes]) -> str:
            try:
                with attacked.client() as client:
                    answer = client.post("/v1/videos", content=job[1], headers={"content-type": job[0]})
                    if answer.status_code == 200:
                        client.delete(f"/v1/videos/{answer.json()['id']}")
                    return str(answer.status_code)
            except httpx2.HTTPError as error:
                # Refused before it was all sent: the connection was closed on us.
                return type(error).__name__

        for status in threads.map(send, jobs):
            tally.outcomes[status] += 1
            if status.startswith("5"):
                tally.fail(f"{status} for a large body")
    watch.judge(tally)
    return tally


def repeated_reads(attacked: Target, count: int) -> Tally:
    """Read one video by ever new queries, each of which a cache might keep."""
    tally = Tally("reads with ever new queries")
    with Watch(attacked) as watch, attacked.client(attacked.attacker.secret) as client:
        video = client.post("/v1/videos", json={**BODY, "prompt": "x" * 4000, "metadata": {"fake_delay": "20"}}).json()
        for number in range(count):
            path = f"/v1/videos/{video['id']}?x={number}{'y' * 200}"
            attacked.check(tally, "a read", client.get(path))
        client.delete(f"/v1/videos/{video['id']}")
    watch.judge(tally)
    return tally


def bombs(attacked: Target, at_once: int, seconds: float) -> Tally:
    """Send images that take long to decode, many at once; another key's small image takes its own time."""
    tally = Tally("images that take long to decode")
    bomb = _slow_png()
    with _flooding(lambda: _post_image(attacked, attacked.attacker.secret, bomb), at_once) as flood:
        alone = _post_image(attacked, attacked.victim.secret, image_bytes(64, 64))[0]
        with Watch(attacked) as watch:
            deadline, times = time.monotonic() + seconds, list[float]()
            while time.monotonic() < deadline:
                took, status = _post_image(attacked, attacked.victim.secret, image_bytes(64, 64))
                tally.outcomes[f"victim's {status}"] += 1
                times.append(took)
        for status, count in flood.items():
            tally.outcomes[f"attacker's {status}"] += count
    watch.judge(tally)
    tally.notes.append(f"the victim's image: {alone:.2f} s first, then at most {max(times):.2f} s")
    if max(times) > OWN_COST_SECONDS:
        tally.fail(f"another key's image took {max(times):.1f} s")
    return tally


def queue(attacked: Target, count: int, render_seconds: float) -> Tally:
    """Queue thousands of tasks with one key; another key's first task starts within one render."""
    tally = Tally("tasks of one key in the queue")
    body = {**BODY, "metadata": {"fake_delay": str(render_seconds)}}
    with Watch(attacked) as watch, ThreadPoolExecutor(4) as threads, attacked.client() as client:
        posts = [threads.submit(client.post, "/v1/videos", json=body) for _ in range(count)]
        for post in posts:
            attacked.check(tally, "a task", post.result())
        with attacked.client(attacked.victim.secret) as victim:
            trace = [_time_to_start(victim, body) for _ in range(3)]
    watch.judge(tally)
    tally.notes.append(
        f"behind {tally.outcomes['200']} tasks of {render_seconds:g} s each, the victim's started after "
        + ", ".join(f"{seconds:.1f} s" for seconds in trace)
    )
    if trace[0] > 3 * (render_seconds + 1):
        tally.fail(f"another key's first task waited {trace[0]:.1f} s")
    return tally


def _time_to_start(client: httpx2.Client, body: dict[str, Any]) -> float:
    started = time.monotonic()
    video = client.post("/v1/videos", json=body).json()
    while video["status"] == "queued":
        video = client.get(f"/v1/videos/{video['id']}", params={"wait": 5, "until": "change"}).json()
    return time.monotonic() - started


@contextmanager
def _flooding(post: Callable[[], tuple[float, str]], at_once: int) -> Generator[dict[str, int]]:
    """Repeat a request on some threads for the block, and count the statuses."""
    stop, statuses, lock = threading.Event(), dict[str, int](), threading.Lock()

    def run() -> None:
        while not stop.is_set():
            try:
                _, status = post()
            except httpx2.HTTPError as error:
                status = type(error).__name__
            with lock:
                statuses[status] = statuses.get(status, 0) + 1

    threads = [threading.Thread(target=run, daemon=True) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    try:
        yield statuses
    finally:
        stop.set()
        # Those that still wait for an answer end with the server.
        for thread in threads:
            thread.join(0.1)


def _post_image(attacked: Target, secret: str, content: bytes) -> tuple[float, str]:
    """Return how long a POST with an image took, and its status; what is accepted is deleted."""
    with attacked.client(secret) as client:
        started = time.monotonic()
        try:
            answer = client.post("/v1/videos", data={**BODY, "seconds": "1"}, files={"images[]": ("a.png", content)})
        except httpx2.HTTPError as error:
            return time.monotonic() - started, type(error).__name__
        took = time.monotonic() - started
        if answer.status_code == 200:
            client.delete(f"/v1/videos/{answer.json()['id']}")
        return took, str(answer.status_code)


def _slow_png() -> bytes:
    """Encode an image with as many pixels as are allowed in a few hundred kilobytes."""
    rows = np.add.outer(np.arange(6200), np.arange(6200)) // 64 % 256
    buffer = io.BytesIO()
    Image.fromarray(np.repeat(rows.astype(np.uint8)[..., None], 3, axis=2)).save(buffer, format="PNG")
    return buffer.getvalue()


def _form(size: int) -> bytes:
    part = b'--e\r\nContent-Disposition: form-data; name="images[]"; filename="a.png"\r\n\r\n'
    return b"".join(part + bytes(size // 8) + b"\r\n" for _ in range(8)) + b"--e--\r\n"


def silent_names(attacked: Target, at_once: int) -> Tally:
    """Send URLs whose name servers stay silent; another key's URL is fetched as usual."""
    tally = Tally("URLs at silent name servers")

    def post(secret: str, host: str) -> tuple[float, str]:
        with attacked.client(secret) as client:
            started = time.monotonic()
            answer = client.post("/v1/videos", json={**BODY, "images": [f"http://{host}/a.png"]})
            took = time.monotonic() - started
            if answer.status_code == 200:
                client.delete(f"/v1/videos/{answer.json()['id']}")
            return took, str(answer.status_code)

    # The first image of a server waits until the process that decodes has started.
    post(attacked.victim.secret, "good.example")
    with (
        _flooding(lambda: post(attacked.attacker.secret, "silent.example"), at_once) as flood,
        Watch(attacked) as watch,
    ):
        times = [post(attacked.victim.secret, "good.example") for _ in range(5)]
        time.sleep(2)
    for _, status in times:
        tally.outcomes[f"victim's {status}"] += 1
        if status != "200":
            tally.fail(f"{status} for another key's URL")
    for status, count in flood.items():
        tally.outcomes[f"attacker's {status}"] += count
    watch.judge(tally)
    slowest = max(took for took, _ in times)
    tally.notes.append(f"the victim's URLs took at most {slowest:.2f} s")
    if slowest > OWN_COST_SECONDS:
        tally.fail(f"another key's URL took {slowest:.1f} s")
    return tally
