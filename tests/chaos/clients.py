"""Clients that never give up: they create, cancel and delete videos, and follow the event stream."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2

CREATORS = 3
FINAL = ("completed", "failed", "cancelled")
GIVE_UP_SECONDS = 120.0
NEW_TASKS = 12
FINISH_SECONDS = 60.0


@dataclass
class Followed:
    """What the event stream told of a task."""

    change: int = 0
    progress: int = 0
    status: str = ""
    deleted: bool = False


@dataclass
class Clients:
    """Threads that create tasks under idempotency keys, and one that follows the events."""

    servers: Sequence[str]
    secret: str
    accepted: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    events: int = 0
    _told: dict[str, Followed] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)
    _creating: threading.Event = field(default_factory=threading.Event)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self, seed: int) -> None:
        """Start the threads."""
        self._creating.set()
        chances = random.Random(seed)
        self._threads = [
            threading.Thread(target=self._create, args=(number, random.Random(chances.getrandbits(32))), daemon=True)
            for number in range(CREATORS)
        ]
        self._threads.append(threading.Thread(target=self._follow, daemon=True))
        for thread in self._threads:
            thread.start()

    def stop_creating(self) -> None:
        """Let each creator end what it has begun."""
        self._creating.clear()
        for thread in self._threads[:CREATORS]:
            thread.join(GIVE_UP_SECONDS + 10)

    def stop(self) -> None:
        """End all threads."""
        self._creating.clear()
        self._stopped.set()

    def all_ended(self) -> bool:
        """Check whether every accepted task that was not deleted has ended, by asking a server."""
        with suppress(httpx2.HTTPError), self._client(self.servers[0]) as http:
            queued = http.get("/v1/videos", params={"status": "queued,in_progress", "limit": "1"})
            return queued.status_code == 200 and queued.json()["data"] == []
        return False

    def new_tasks_end(self) -> bool:
        """Create as many tasks as run at once and more, and wait until all of them are completed."""
        names = [self._accepted(f"after-{number}", _body(random.Random(number), f"after {number}"))
                 for number in range(NEW_TASKS)]  # fmt: skip
        deadline = time.monotonic() + FINISH_SECONDS
        with self._client(self.servers[0]) as http:
            while time.monotonic() < deadline:
                states = [http.get(f"/v1/videos/video_{name}").json()["status"] for name in names if name]
                if all(state in FINAL for state in states):
                    return True
                time.sleep(0.3)
        return False

    def missing_events(self) -> list[str]:
        """Return the accepted tasks of whose end or deletion no event told."""
        return [
            name for name in self.accepted.values()
            if not (told := self._told.get(name, Followed())).deleted
            and (name in self.deleted or told.status not in FINAL)
        ]  # fmt: skip

    def _client(self, server: str, timeout: float = 10.0) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {self.secret}"}
        return httpx2.Client(base_url=server, headers=headers, timeout=timeout, trust_env=False)

    def _create(self, number: int, chance: random.Random) -> None:
        count = 0
        while self._creating.is_set():
            key = f"{number}-{count}"
            name = self._accepted(key, _body(chance, f"storm {key}"), chance)
            count += 1
            if name and chance.random() < 0.06:
                self._send("POST", f"/v1/videos/video_{name}/cancel", chance)
            if name and count > 8 and chance.random() < 0.06:
                self._delete(chance)
            time.sleep(chance.uniform(0.05, 0.5))

    def _accepted(self, key: str, body: dict[str, Any], chance: random.Random | None = None) -> str | None:
        """Create a task, however often that takes; return its id."""
        answer = self._send("POST", "/v1/videos", chance or random.Random(0), json=body, key=key)
        if answer is None:
            self.problems.append(f"{key} was not accepted within {GIVE_UP_SECONDS:g} s")
            return None
        if answer.status_code != 200:
            self.problems.append(f"{key} was refused: {answer.status_code} {answer.text[:200]}")
            return None
        name = answer.json()["id"].removeprefix("video_")
        self.accepted[key] = name
        return name

    def _delete(self, chance: random.Random) -> None:
        name = chance.choice(list(self.accepted.values()))
        if name in self.deleted:
            return
        answer = self._send("DELETE", f"/v1/videos/video_{name}", chance)
        # A repeated request finds what the first one has deleted.
        if answer is not None and answer.status_code in (200, 404):
            self.deleted.add(name)

    def _send(
        self, method: str, path: str, chance: random.Random, *, json: Any = None, key: str | None = None
    ) -> httpx2.Response | None:
        """Send a request to any server until one answers properly; return None if none does for long."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        headers = {"idempotency-key": key} if key else {}
        while time.monotonic() < deadline and not self._stopped.is_set():
            with suppress(httpx2.HTTPError), self._client(chance.choice(self.servers)) as http:
                answer = http.request(method, path, json=json, headers=headers)
                if answer.status_code < 500 and answer.status_code not in (409, 429):
                    return answer
            time.sleep(0.2)
        return None

    def _follow(self) -> None:
        """Read the event stream, from one server or the other, and go on where it broke."""
        chance, last = random.Random(1), 0
        while not self._stopped.is_set():
            headers = {"last-event-id": str(last)}
            with (
                suppress(httpx2.HTTPError, ValueError),
                self._client(chance.choice(self.servers), timeout=3.0) as http,
                http.stream("GET", "/v1/events", headers=headers) as stream,
            ):
                kind = ""
                for line in stream.iter_lines():
                    if self._stopped.is_set():
                        return
                    name, _, value = line.partition(": ")
                    if name == "event":
                        kind = value
                    elif name == "id":
                        if int(value) < last:
                            self.problems.append(f"event {value} came after {last}")
                        last = int(value)
                    elif name == "data":
                        self._note(kind, last, json.loads(value))
            time.sleep(0.05)

    def _note(self, kind: str, change: int, data: dict[str, Any]) -> None:
        if kind not in ("task", "deleted"):
            return
        self.events += 1
        name = uuid.UUID(data["id"].removeprefix("video_").removeprefix("grok:")).hex
        told = self._told.setdefault(name, Followed())
        if kind == "deleted":
            told.deleted = True
            return
        if data["progress"] < told.progress:
            self.problems.append(f"the progress of {name} went from {told.progress} to {data['progress']}")
        if told.status in FINAL and data["status"] != told.status:
            self.problems.append(f"{name} was {told.status}, and is {data['status']}")
        told.change, told.progress, told.status = change, data["progress"], data["status"]


def _body(chance: random.Random, prompt: str) -> dict[str, Any]:
    # The fake's videos are ten seconds long, and two cores have other things to do.
    if chance.random() < 0.7:
        return {"model": "grok-video-3", "prompt": prompt, "seconds": 1}
    delay = f"{chance.choice([0.0, 0.2, 1.0]):g}"
    return {"model": "grok-video-3-pro", "prompt": prompt, "size": "720x720", "metadata": {"fake_delay": delay}}
