"""Benchmarks, as ratios of two things measured in turn, because machines are noisy."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psutil

RATIO = "ratio"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
_ADDRESS = re.compile(rb"on http://([\d.]+):(\d+)")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the value of every round, and a target for the median, at most or `at_least`."""

    name: str
    values: Sequence[float]
    unit: str = RATIO
    target: float | None = None
    at_least: bool = False

    def __str__(self) -> str:
        """Return the line; a figure that is not a ratio is marked as absolute."""
        middle = median(self.values)
        numbers = "".join(f"{_number(value):>9}" for value in (middle, min(self.values), max(self.values)))
        unit = RATIO if self.unit == RATIO else f"{self.unit} (absolute)"
        verdict = ""
        if self.target is not None:
            met = middle >= self.target if self.at_least else middle <= self.target
            verdict = f"{'>=' if self.at_least else '<='} {self.target:g}: {'met' if met else 'MISSED'}"
        return f"  {self.name:<55}{numbers}  {unit:<23}{verdict}".rstrip()


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def show(title: str, rows: Sequence[Row]) -> None:
    """Print one measurement's table."""
    print(f"{title:<57}{'median':>9}{'least':>9}{'most':>9}  {'unit':<23}target")
    for row in rows:
        print(row)
    print(flush=True)


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Divide round by round."""
    return [figure / other for figure, other in zip(over, under, strict=True)]


@dataclass(frozen=True, slots=True)
class Server:
    """A server that we started; `ready_seconds` is the time until /readyz answered 200."""

    process: subprocess.Popen[bytes]
    host: str
    port: int
    ready_seconds: float

    def request(self, method: str, path: str, key: str = "", body: object = None) -> tuple[int, Any]:
        """Send one request and return the status and the JSON response."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=90)
        try:
            headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def make_video(self, key: str) -> str:
        """Create a video of one second and return its path in the API."""
        body = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1}
        status, task = self.request("POST", "/v1/videos", key, body)
        deadline = time.monotonic() + START_SECONDS
        while status == 200 and task["status"] in ("queued", "in_progress") and time.monotonic() < deadline:
            status, task = self.request("GET", f"/v1/videos/{task['id']}?wait=20", key)
        if status != 200 or task["status"] != "completed":
            raise RuntimeError(f"no video was made: {status} {task}")
        return f"/v1/videos/{task['id']}"

    def tree(self) -> list[psutil.Process]:
        """Return the server's process and its descendants."""
        import psutil

        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]

    def cpu(self) -> float:
        """Return the CPU seconds, user and system, that the tree has used."""
        return sum(times.user + times.system for times in (process.cpu_times() for process in self.tree()))


@contextmanager
def running(*module: str, log: Path) -> Generator[Server]:
    """Start `python -m ...`, a server that prints its address, and end it and its children afterwards."""
    import psutil

    environment = {name: value for name, value in os.environ.items() if not name.startswith("GROK_VIDEO_")}
    with log.open("wb") as file:
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", *module], stdout=file, stderr=file, env=environment)
    family: list[psutil.Process] = []
    try:
        server = _ready(process, log, started)
        yield server
        family = server.tree()[1:]
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for left in psutil.wait_procs(family, 5)[1]:
            left.kill()


def _ready(process: subprocess.Popen[bytes], log: Path, started: float) -> Server:
    while time.perf_counter() - started < START_SECONDS and process.poll() is None:
        if match := _ADDRESS.search(log.read_bytes()):
            host, port = match[1].decode(), int(match[2])
            if Server(process, host, port, 0).request("GET", "/readyz")[0] == 200:
                return Server(process, host, port, time.perf_counter() - started)
        time.sleep(0.005)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')}")
