"""Mapping tasks to rows and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar, TypeVarTuple, cast
from uuid import UUID

import sqlalchemy as sa
from pydantic_core import from_json

from ..domain.request import AspectRatio, Format, Mode, Operation, Resolution
from ..domain.task import Clip, StoredInput, Task, TaskError, TaskStatus
from ..ports import Filters
from .tables import task as task_table

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# Literally the condition of the indexes of unfinished tasks.
UNFINISHED_ROWS = task_table.c.completed_at.is_(None)

COLUMNS = sa.select(
    task_table.c.id,
    task_table.c.owner,
    task_table.c.status,
    task_table.c.progress,
    task_table.c.attempt,
    task_table.c.crashes,
    task_table.c.failures,
    task_table.c.backend,
    task_table.c.created_at,
    task_table.c.updated_at,
    task_table.c.completed_at,
    task_table.c.expires_at,
    task_table.c.files_deleted_at,
    task_table.c.kept,
    task_table.c.cancel_requested_at,
    task_table.c.change,
    task_table.c.priority,
    task_table.c.request,
    task_table.c.result,
)


# The columns of a new row (insert_values); the others have defaults.
INSERTED = (
    "id", "owner", "status", "progress", "attempt", "crashes", "failures", "backend", "created_at", "updated_at",
    "expires_at", "source_id", "change", "priority", "request",
)  # fmt: skip


def unfinished(statement: sa.Select[*Ts], index: str) -> sa.Select[*Ts]:
    """Return a query of unfinished tasks alone, by an index that has no others."""
    return by_index(statement.where(UNFINISHED_ROWS), index)


def by_index(statement: sa.Select[*Ts], index: str) -> sa.Select[*Ts]:
    """Return a query that SQLite, which has no statistics here, answers by an index of few tasks."""
    return statement.with_hint(task_table, f"INDEXED BY {index}", "sqlite")


def matching(filters: Filters, *, sqlite: bool) -> list[sa.ColumnElement[bool]]:
    """Return filters as SQL conditions, without the owner's."""
    # SQLite reads JSON from text as it is, and a cast would make it a number; PostgreSQL needs the cast.
    request = task_table.c.request
    planned = sa.type_coerce(request, sa.JSON) if sqlite else sa.cast(request, sa.JSON)
    same: list[tuple[str, str | None]] = [("operation", filters.operation), ("model", filters.model)]
    conditions = [planned[name].as_string() == value for name, value in same if value is not None]
    conditions += [planned["prompt"].as_string().icontains(word, autoescape=True) for word in filters.words]
    if filters.statuses:
        conditions.append(task_table.c.status.in_([status.value for status in filters.statuses]))
    if filters.sources:
        conditions.append(task_table.c.source_id.in_([source.hex for source in filters.sources]))
    return conditions


def request_json(task: Task) -> str:
    """Return the planned request as JSON, inputs included: they are only read together with their task."""
    return json.dumps(
        {
            "format": task.format,
            "operation": task.operation,
            "mode": task.mode,
            "model": task.model,
            "prompt": task.prompt,
            "preset": task.preset,
            "aspect_ratio": task.aspect_ratio,
            "ratio_given": task.ratio_given,
            "resolution": task.resolution,
            "width": task.width,
            "height": task.height,
            "seconds": task.seconds,
            "frames": task.frames,
            "seed": task.seed,
            "size_label": task.size_label,
            "source_id": task.source_id.hex if task.source_id else None,
            "source_frames": task.source_frames,
            "start_frame": task.start_frame,
            "inputs": [asdict(image) for image in task.inputs],
            "video": asdict(task.video) if task.video else None,
            "metadata": task.metadata,
            **({"scene": task.scene} if task.scene else {}),
            **({"model_label": task.model_label} if task.model_label else {}),
            **({"ignored": task.ignored} if task.ignored else {}),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def result_json(*, clip: Clip | None = None, error: TaskError | None = None, facts: Any = None) -> str:
    """Return the outcome of a task as JSON."""
    return json.dumps(
        {
            "clip": asdict(clip) if clip else None,
            "error": asdict(error) if error else None,
            "facts": dict(facts or {}),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def insert_values(task: Task, change: int) -> dict[str, Any]:
    """Return the column values of a new row."""
    return {
        "id": task.id.hex,
        "owner": task.owner,
        "status": task.status.value,
        "progress": task.progress,
        "attempt": task.attempt,
        "crashes": task.crashes,
        "failures": task.failures,
        "backend": task.backend,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "expires_at": task.expires_at,
        "source_id": task.source_id.hex if task.source_id else None,
        "change": change,
        "priority": task.priority,
        "request": request_json(task),
    }


def _known(kind: type[T], values: Mapping[str, Any]) -> T:
    """Return an object without the values that a newer version may have added."""
    try:
        return kind(**values)
    except TypeError:
        names = {field.name for field in fields(cast(Any, kind))}
        return kind(**{name: value for name, value in values.items() if name in names})


def read_format(name: str) -> Format:
    """Return a format; OpenAI's for one that only a newer version knows."""
    try:
        return Format(name)
    except ValueError:
        return Format.OPENAI


def task_from_row(row: Sequence[Any]) -> Task:
    """Return the task of a row selected by COLUMNS."""
    (id_, owner, status, progress, attempt, crashes, failures, backend, created, updated, completed, expires,
     files_deleted, kept, cancel, change, priority, request, result) = row  # fmt: skip
    planned = from_json(request)
    outcome = from_json(result) if result else {}
    clip, error, video = outcome.get("clip"), outcome.get("error"), planned["video"]
    return Task(
        id=UUID(id_),
        owner=owner,
        format=read_format(planned["format"]),
        operation=Operation(planned["operation"]),
        mode=Mode(planned["mode"]),
        model=planned["model"],
        prompt=planned["prompt"],
        preset=planned["preset"],
        aspect_ratio=AspectRatio(planned["aspect_ratio"]),
        ratio_given=planned["ratio_given"],
        resolution=Resolution(planned["resolution"]),
        width=planned["width"],
        height=planned["height"],
        seconds=planned["seconds"],
        frames=planned["frames"],
        seed=planned["seed"],
        size_label=planned["size_label"],
        model_label=planned.get("model_label"),
        ignored=tuple(planned.get("ignored", ())),
        source_id=UUID(planned["source_id"]) if planned["source_id"] else None,
        source_frames=planned["source_frames"],
        start_frame=planned["start_frame"],
        inputs=tuple(_known(StoredInput, image) for image in planned["inputs"]),
        video=_known(StoredInput, video) if video else None,
        metadata=tuple((key, value) for key, value in planned["metadata"]),
        scene=planned.get("scene"),
        backend=backend,
        created_at=created,
        updated_at=updated,
        completed_at=completed,
        expires_at=expires,
        files_deleted_at=files_deleted,
        kept=bool(kept),
        cancel_requested_at=cancel,
        status=TaskStatus(status),
        progress=progress,
        attempt=attempt,
        crashes=crashes,
        failures=failures,
        change=change,
        priority=priority,
        clip=_known(Clip, clip) if clip else None,
        error=_known(TaskError, error) if error else None,
        facts=outcome.get("facts") or {},
    )
