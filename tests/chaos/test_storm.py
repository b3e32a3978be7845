"""A short storm on each database, and whether the independent reader notices what it is for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from grok_video.domain.media import VARIANTS
from tests.conftest import start_server

from .records import Records, problems_of_files, problems_of_rows, read_records
from .storm import rage, show

SECONDS = 10
SEED = 20261127


@pytest.mark.timeout(500)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_short_storm_leaves_everything_whole(kind: str) -> None:
    result = rage(kind, SECONDS, SEED)
    show(kind, SEED, result)
    assert result.problems == []
    assert result.done["kill"] >= 5
    assert result.accepted >= 10
    assert result.events >= 2 * result.accepted


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The data of a server that made two videos and failed one, and what the client was told."""
    data = tmp_path_factory.mktemp("calm") / "data"
    server = start_server(data, "--backend", "fake")
    accepted: dict[str, str] = {}
    try:
        for number, metadata in enumerate(({}, {}, {"fake_fail": "rejected"})):
            with server.client() as http:
                body = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1, "metadata": metadata}
                name = http.post("/v1/videos", json=body).json()["id"]
            server.finish(name)
            accepted[str(number)] = name.removeprefix("video_")
    finally:
        server.stop()
    for log in data.glob("*.log"):
        log.unlink()
    return data, accepted


def test_the_reader_finds_nothing_where_nothing_is_wrong(calm: tuple[Path, dict[str, str]]) -> None:
    data, accepted = calm
    records = read_records(f"sqlite:///{data / 'grok-video.db'}")
    # A refusal by the backend does not happen in storms, and counts as unsound there.
    (problem,) = problems_of_rows(records, accepted, set())
    assert "failed as" in problem
    assert problems_of_files(records, data) == []


def _tear(records: Records, data: Path, name: str) -> None:
    film = data / "media" / str(UUID(name)) / "1.mp4"
    film.write_bytes(film.read_bytes()[:-1])


def _cut(records: Records, data: Path, name: str) -> None:
    film = data / "media" / str(UUID(name)) / "1.mp4"
    result = json.loads(records.tasks[name]["result"])
    result["clip"]["frames"] += 1
    records.tasks[name]["result"] = json.dumps(result)
    assert film.exists()


def _lose_still(records: Records, data: Path, name: str) -> None:
    (data / "media" / str(UUID(name)) / f"1.{VARIANTS['thumbnail']}").unlink()


def _orphan(records: Records, data: Path, name: str) -> None:
    (data / "inputs" / str(uuid4())).mkdir(parents=True)
    (next((data / "inputs").iterdir()) / "1.png").touch()


def _lose_row(records: Records, data: Path, name: str) -> None:
    del records.tasks[name]


def _second_row(records: Records, data: Path, name: str) -> None:
    other = uuid4().hex
    records.tasks[other] = {**records.tasks[name], "id": other, "status": "failed", "result": None}


def _running(records: Records, data: Path, name: str) -> None:
    records.tasks[name]["status"] = "in_progress"


def _queued(records: Records, data: Path, name: str) -> None:
    records.workflows["ENQUEUED"] += 1


def _unknown_call(records: Records, data: Path, name: str) -> None:
    records.calls.append({"task_id": name, "upstream_id": None})


def _stray_call(records: Records, data: Path, name: str) -> None:
    records.calls.append({"task_id": uuid4().hex, "upstream_id": "job"})


@pytest.mark.parametrize(("plant", "noticed"), [
    (_tear, "lost or torn"), (_cut, "has not 25 frames"), (_lose_still, "is lost"), (_orphan, "belongs to nothing"),
    (_lose_row, "was accepted and is lost"), (_second_row, "no client was told"), (_running, "is in_progress"),
    (_queued, "the queue still has"), (_unknown_call, "outcome is unknown"), (_stray_call, "left without its task"),
])  # fmt: skip
def test_the_reader_notices_a_planted_fault(
    calm: tuple[Path, dict[str, str]], tmp_path: Path, plant: Callable[..., Any], noticed: str
) -> None:
    data, accepted = tmp_path / "data", calm[1]
    shutil.copytree(calm[0], data)
    records = read_records(f"sqlite:///{data / 'grok-video.db'}")
    plant(records, data, accepted["0"])
    problems = problems_of_rows(records, accepted, set()) + problems_of_files(records, data)
    assert any(noticed in problem for problem in problems), problems
