"""Servers and commands that start at once: forks of a process that has the program's modules loaded.

Loading modules is most of the seconds that a server takes to start, and the tests start hundreds of servers. A fork is
a process of its own, with its own environment, output and signals. It is no child of multiprocessing's forkserver,
because the server starts one itself, and would take that one for its own. The command itself, started as users do, is
what the tests of terminals, of packages and of deployment run.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

# What `serve` loads before it accepts requests.
PRELOADED = (
    "grok_video.cli.app", "grok_video.cli.serving", "grok_video.client", "rich.console", "uvloop",
    "uvicorn.loops.auto", "uvicorn.protocols.http.httptools_impl",
    "psycopg", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql",
)  # fmt: skip


class Forker:
    """The process that is forked; it ends, with all servers that still run, when this process ends."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())], pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=without_settings(),
        )  # fmt: skip
        theirs.close()
        self._channel = ours.makefile("rw", encoding="utf-8")
        ours.close()
        self._lock = threading.Lock()
        atexit.register(self.close)

    def ask(self, what: str, **values: Any) -> Any:
        """Send a request and return its response; may be called from any thread."""
        with self._lock:
            self._channel.write(json.dumps({"what": what, **values}) + "\n")
            self._channel.flush()
            return json.loads(self._channel.readline())

    def close(self) -> None:
        """End the process."""
        self._channel.close()
        self._process.wait(10)


forker = cache(Forker)


class ForkedProcess:
    """A module that runs as a program, with what the tests use of subprocess.Popen."""

    def __init__(
        self, module: str, arguments: Sequence[str], log: Path, environment: Mapping[str, str],
        *, errors: Path | None = None, folder: Path | None = None,
    ) -> None:  # fmt: skip
        self._forker = forker()
        self.returncode: int | None = None
        self.pid: int = self._forker.ask(
            "start", module=module, arguments=list(arguments), log=str(log), environment=dict(environment),
            errors=str(errors or log), folder=str(folder or Path.cwd()),
        )  # fmt: skip

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            self.returncode = self._forker.ask("poll", pid=self.pid)
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        """Return the exit code; raise subprocess.TimeoutExpired if it runs for longer."""
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"server {self.pid}", timeout)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


def run_module(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a module to its end in a folder; raise subprocess.TimeoutExpired."""
    with tempfile.TemporaryDirectory() as place:
        output, errors = Path(place, "output"), Path(place, "errors")
        process = ForkedProcess(module, arguments, output, environment, errors=errors, folder=folder)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        return subprocess.CompletedProcess(
            [module, *arguments], code, output.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")
        )


def without_settings() -> dict[str, str]:
    """Return the environment without what configures a server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GROK_VIDEO_")}


def serve_forks(channel: IO[str]) -> None:
    """Fork for each request until the other end closes, then kill what still runs."""
    running = set[int]()
    for line in channel:
        request: dict[str, Any] = json.loads(line)
        if request.pop("what") == "start":
            response = os.fork()
            if response == 0:
                channel.close()
                become(**request)
            running.add(response)
        else:
            response = exit_code(request["pid"])
            if response is not None:
                running.discard(request["pid"])
        channel.write(json.dumps(response) + "\n")
        channel.flush()
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def exit_code(pid: int) -> int | None:
    """Return a child's exit code; None while it runs."""
    done, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def become(
    module: str, arguments: Sequence[str], log: str, errors: str, folder: str, environment: Mapping[str, str]
) -> None:
    """Run a module in this fork as if it had been started by its name, then exit."""
    for descriptor, file in ((1, log), (2, errors)):
        output = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(output, descriptor)
        os.close(output)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # Python reads this one when it starts only.
    sys.path[1:1] = [folder for folder in environment.get("PYTHONPATH", "").split(os.pathsep) if folder]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    # Ctrl-C ends the tests, which then end this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in PRELOADED:
        importlib.import_module(name)
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        requests = connection.makefile("rw", encoding="utf-8")
    serve_forks(requests)
