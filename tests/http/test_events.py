"""The event stream."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx2

from tests.conftest import Server

from .test_api import create


def read(lines: Iterator[str]) -> dict[str, Any]:
    """Read the next task event."""
    event: dict[str, str] = {}
    for line in lines:
        if not line and "data" in event:
            return {**event, "body": json.loads(event["data"])}
        if not line:
            event = {}
        name, _, value = line.partition(": ")
        if name in ("event", "id", "data"):
            event[name] = value
    raise AssertionError("the stream ended")


def test_all_changes_come_over_one_stream_and_resume(http: httpx2.Client, fake_server: Server) -> None:
    with http.stream("GET", "/v1/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        next(lines)
        created = {create(http)["id"], create(http)["id"]}
        observed: dict[str, list[str]] = {name: [] for name in created}
        numbers: list[int] = []
        while not all(states and states[-1] == "completed" for states in observed.values()):
            event = read(lines)
            assert event["event"] == "task"
            if event["body"]["id"] in observed:
                numbers.append(int(event["id"]))
                observed[event["body"]["id"]].append(event["body"]["status"])
    assert numbers == sorted(set(numbers))
    with http.stream("GET", "/v1/events", headers={"last-event-id": str(numbers[0] - 1)}) as stream:
        again = stream.iter_lines()
        missed = set[str]()
        # Another test's video may change meanwhile.
        while not created <= missed:
            missed.add(read(again)["body"]["id"])


def test_a_stream_tells_of_its_owners_tasks_only(http: httpx2.Client, fake_server: Server) -> None:
    key = http.post("/v1/keys", json={"name": "listener"}).json()["key"]
    with fake_server.client(key) as other, other.stream("GET", "/v1/events") as stream:
        lines = stream.iter_lines()
        next(lines)
        create(http)
        mine: list[str] = []

        def make() -> None:
            with fake_server.client(key) as client:
                mine.append(create(client)["id"])

        thread = threading.Timer(0.5, make)
        thread.start()
        heard = read(lines)["body"]["id"]
        thread.join()
    assert heard == mine[0]


def test_a_stream_ends_with_its_key_and_begins_with_its_number(http: httpx2.Client, fake_server: Server) -> None:
    created = http.post("/v1/keys", json={"name": "short"}).json()
    with fake_server.client(created["key"]) as other, other.stream("GET", "/v1/events") as stream:
        lines = stream.iter_lines()
        assert [next(lines), next(lines)] == [": open", "id: 0"]
        http.delete(f"/v1/keys/{created['id']}")
        create(http)
        assert [line for line in lines if not line.startswith(":")] in ([""], [])


def test_a_deletion_is_told_and_told_again_to_who_resumes(http: httpx2.Client) -> None:
    with http.stream("GET", "/v1/events") as stream:
        lines = stream.iter_lines()
        start = next(line for line in lines if line.startswith("id: ")).removeprefix("id: ")
        made = create(http)["id"]
        http.delete(f"/v1/videos/{made}")
        while (event := read(lines))["event"] != "deleted" or event["body"]["id"] != made:
            pass
        assert event["body"] == {"id": made, "object": "video.deleted", "deleted": True}
    with http.stream("GET", "/v1/events", headers={"last-event-id": start}) as stream:
        lines = stream.iter_lines()
        while (again := read(lines))["body"]["id"] != made:
            pass
        assert again == event
