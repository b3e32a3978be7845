"""Adapters of every port."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from grok_video.domain.request import AspectRatio, Format, Mode, Operation, Resolution
from grok_video.domain.task import Task
from grok_video.tasks.database import Database
from grok_video.tasks.keys import SqlKeyStore


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
async def owner(database: Database) -> str:
    await SqlKeyStore(database).ensure_operator("the-operators-secret")
    return "operator"


def new_task(owner: str = "operator", **fields: Any) -> Task:
    now = time.time()
    task = Task(
        id=uuid4(), owner=owner, format=Format.OPENAI, operation=Operation.CREATE, mode=Mode.TEXT,
        model="grok-video-3", prompt="a cat", aspect_ratio=AspectRatio.R16_9, resolution=Resolution.P720,
        width=1280, height=720, seconds=1, frames=24, seed=7, backend="fake", created_at=now, updated_at=now,
    )  # fmt: skip
    return replace(task, **fields)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path
