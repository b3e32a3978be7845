"""Enqueueing attempts in DBOS's tables, inside our own transaction (decision 0003)."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from dbos import DBOSClient

from ..domain.task import Task
from ..store.database import DBOS_SCHEMA, Database

APPLICATION = "grok-video"
# Pinned by hand: DBOS's default is a hash of the source, so that every upgrade would strand all queued tasks.
VERSION = "1"
WORKFLOW = "video"


def queue_name(backend: str) -> str:
    """Return the name of a backend's queue."""
    return f"video.{backend}"


def workflow_id(task_id: UUID, attempt: int) -> str:
    """Return the id of the workflow of one attempt at a task."""
    return f"{task_id}:{attempt}"


def parse_workflow_id(text: str) -> tuple[UUID, int] | None:
    """Return the task and attempt of a workflow id; None for a workflow that is not ours."""
    task, _, attempt = text.rpartition(":")
    try:
        return UUID(task), int(attempt)
    except ValueError:
        return None


class TaskQueue:
    """Enqueues attempts; every process has one, with or without a worker."""

    def __init__(self, database: Database) -> None:
        self._client = DBOSClient(
            system_database_url=database.url,
            dbos_system_schema=DBOS_SCHEMA,
            application_name=APPLICATION,
            lazy=True,
        )

    def enqueue(self, connection: sa.Connection, task: Task, delay: float = 0.0) -> None:
        """Enqueue the task's current attempt in the caller's transaction, to run after `delay` seconds."""
        options: dict[str, object] = {
            "workflow_name": WORKFLOW,
            "queue_name": queue_name(task.backend),
            "workflow_id": workflow_id(task.id, task.attempt),
            "app_version": VERSION,
        }
        if task.priority:
            options["priority"] = task.priority
        if delay:
            options["delay_seconds"] = delay
        self._client.enqueue_in_transaction(connection, options, str(task.id), task.attempt)  # pyright: ignore[reportArgumentType]

    def close(self) -> None:
        """Close the client."""
        self._client.destroy()
