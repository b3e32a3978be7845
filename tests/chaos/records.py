"""What is left after chaos, read from the database and the folder by nothing of the program under test."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av

SOUND_FAILURES = {
    "worker_lost", "submission_unknown", "storage_full", "storage_error", "storage_unavailable", "source_missing",
    "upstream_error", "upstream_unavailable", "download_failed", "render_crashed",
}  # fmt: skip
STILLS = {"thumbnail": "webp", "spritesheet": "jpg"}


@dataclass
class Records:
    """The rows, as dictionaries."""

    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)
    workflows: Counter[str] = field(default_factory=Counter)


def read_records(url: str) -> Records:
    """Read the tables with the database's own driver."""
    if url.startswith("sqlite"):
        connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"))
        schema = ""
    else:
        import psycopg

        connection = psycopg.connect(url)
        schema = "dbos."
    try:
        rows = [_rows(connection, f"SELECT * FROM {table}") for table in ("task", "paid_call", "idempotency")]
        states = _rows(connection, f"SELECT status FROM {schema}workflow_status")
    finally:
        connection.close()
    tasks = {row["id"]: row for row in rows[0]}
    return Records(tasks, rows[1], rows[2], Counter(row["status"] for row in states))


def _rows(connection: Any, statement: str) -> list[dict[str, Any]]:
    cursor = connection.cursor()
    cursor.execute(statement)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def end_of(row: dict[str, Any]) -> str:
    """Return a task's status, or the code of its error."""
    error = (json.loads(row["result"]) if row["result"] else {}).get("error") or {}
    return error.get("code") or row["status"]


def problems_of_rows(records: Records, accepted: dict[str, str], deleted: set[str]) -> list[str]:
    """Compare rows with what clients were told: `accepted` is key -> id, `deleted` are ids."""
    expected = set(accepted.values()) - deleted
    problems = [f"{name} was accepted and is lost" for name in expected - records.tasks.keys()]
    problems += [f"{name} exists, and no client was told of it" for name in records.tasks.keys() - expected]
    if len(set(accepted.values())) != len(accepted):
        problems.append("one task was returned for two keys")
    for name, row in records.tasks.items():
        if row["status"] not in ("completed", "failed", "cancelled"):
            problems.append(f"{name} is {row['status']}")
        elif row["status"] == "failed" and end_of(row) not in SOUND_FAILURES:
            problems.append(f"{name} failed as {row['result']}")
    for call in records.calls:
        task = records.tasks.get(call["task_id"])
        if task is None:
            problems.append(f"a paid call of {call['task_id']} is left without its task")
        elif call["upstream_id"] is None and task["status"] == "completed":
            problems.append(f"{call['task_id']} was completed with a call whose outcome is unknown")
    unfinished = {status: count for status, count in records.workflows.items() if status in UNFINISHED}
    if unfinished:
        problems.append(f"the queue still has {unfinished}")
    return problems


UNFINISHED = ("PENDING", "ENQUEUED", "DELAYED")


def problems_of_files(records: Records, data: Path) -> list[str]:
    """Compare the files with the rows: every completed video whole, and nothing else."""
    problems: list[str] = []
    wanted: set[Path] = set()
    for name, row in records.tasks.items():
        if row["status"] != "completed":
            continue
        base = data / "media" / str(uuid.UUID(name))
        clip = json.loads(row["result"])["clip"]
        film = base / f"{row['attempt']}.mp4"
        wanted |= {film, *[base / f"{row['attempt']}.{extension}" for extension in STILLS.values()]}
        if not film.exists() or film.stat().st_size != clip["bytes"]:
            problems.append(f"{name}: the video is lost or torn")
        elif _frames(film) != clip["frames"]:
            problems.append(f"{name}: the video has not {clip['frames']} frames")
    there = {path for folder in ("media", "inputs") for path in (data / folder).rglob("*") if path.is_file()}
    problems += [f"{path} is lost" for path in sorted(wanted - there)]
    problems += [f"{path} belongs to nothing" for path in sorted(there - wanted)]
    return problems


def _frames(film: Path) -> int:
    with av.open(str(film)) as container:
        return sum(1 for _ in container.decode(video=0))
