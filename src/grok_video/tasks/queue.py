"""Putting tasks on DBOS's queues, inside our own transaction."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from dbos import DBOSClient

from ..domain.task import Task
from .database import DBOS_SCHEMA, Database

APPLICATION = "grok-video"
# Pinned by hand: DBOS's own default is a hash of the source, and an upgrade would strand every task.
VERSION = "1"
WORKFLOW = "video"


def queue_name(backend: str) -> str:
    """Name a backend's queue."""
    return f"video.{backend}"


def workflow_id(task_id: UUID, attempt: int) -> str:
    """Name the workflow of one attempt at a task."""
    return f"{task_id}:{attempt}"


def parse_workflow_id(text: str) -> tuple[UUID, int] | None:
    """Read a workflow's name back; None for one that is not ours."""
    task, _, attempt = text.rpartition(":")
    try:
        return UUID(task), int(attempt)
    except ValueError:
        return None


class TaskQueue:
    """The enqueueing side, which every process has, workers or not."""

    def __init__(self, database: Database) -> None:
        self._client = DBOSClient(
            system_database_url=database.url,
            dbos_system_schema=DBOS_SCHEMA,
            application_name=APPLICATION,
            lazy=True,
        )

    def enqueue(self, connection: sa.Connection, task: Task, delay: float = 0.0) -> None:
        """Enqueue this attempt of a task in the caller's transaction, `delay` seconds from now."""
        options: dict[str, object] = {
            "workflow_name": WORKFLOW,
            "queue_name": queue_name(task.backend),
            "workflow_id": workflow_id(task.id, task.attempt),
            "app_version": VERSION,
        }
        if delay:
            options["delay_seconds"] = delay
        self._client.enqueue_in_transaction(connection, options, str(task.id), task.attempt)  # pyright: ignore[reportArgumentType]

    def close(self) -> None:
        """Close the client."""
        self._client.destroy()
