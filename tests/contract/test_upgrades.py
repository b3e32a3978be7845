"""Databases of newer versions: programs start with those that still work for them, and read what those wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from grok_video.domain.errors import CannotStart
from grok_video.domain.request import Format
from grok_video.domain.task import Clip
from grok_video.store.database import Database
from grok_video.store.idempotency import SqlIdempotencyStore
from grok_video.store.keys import SqlKeyStore
from grok_video.store.tables import schema_compatibility, task
from grok_video.store.tasks import SqlTaskStore
from tests.factories import new_task

pytestmark = pytest.mark.anyio


KEY = "k" * 32


@pytest.fixture
def newer(database_url: str, tmp_path: Path) -> Database:
    """A database whose schema this version does not know."""
    database = Database(database_url)
    database.migrate()
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE grok_video_version SET version_num = '9999'"))
    return database


def set_oldest(database: Database, oldest: str | None) -> None:
    with database.begin() as connection:
        connection.execute(sa.delete(schema_compatibility))
        if oldest is not None:
            connection.execute(sa.insert(schema_compatibility).values(oldest=oldest))


def revision(database: Database) -> str:
    with database.begin() as connection:
        return connection.execute(sa.text("SELECT version_num FROM grok_video_version")).scalar_one()


def test_a_newer_database_that_works_with_this_program_is_used_as_it_is(newer: Database) -> None:
    newer.migrate()
    assert revision(newer) == "9999"
    newer.close()


@pytest.mark.parametrize("oldest", ["9998", None])
def test_a_newer_database_that_needs_a_newer_program_is_refused(newer: Database, oldest: str | None) -> None:
    set_oldest(newer, oldest)
    with pytest.raises(CannotStart, match=r"newer version of grok-video \(its schema is 9999"):
        newer.migrate()
    newer.close()


async def test_what_a_newer_version_adds_to_a_task_is_ignored(newer: Database) -> None:
    keys = SqlIdempotencyStore(newer)
    store = SqlTaskStore(newer, idempotency=keys, enqueue=lambda *_: None)
    await SqlKeyStore(newer).ensure_operator(KEY)
    created = await store.create(new_task())
    await store.begin(created.id, 1)
    await store.finish(created.id, 1, Clip(64, 64, 24.0, 24, 9), {})
    with newer.begin() as connection:
        row = connection.execute(sa.select(task.c.request, task.c.result)).one()
        request, result = json.loads(row.request), json.loads(row.result)
        request |= {"format": "telepathy", "mood": "sad", "video": {**_input(), "hue": 7}}
        request["inputs"] = [{**_input(), "hue": 7}]
        result["clip"]["codec"] = "av2"
        values = {"request": json.dumps(request), "result": json.dumps(result)}
        connection.execute(sa.update(task).values(values))
    found = await store.get(created.id)
    assert found is not None
    assert found.clip == Clip(64, 64, 24.0, 24, 9)
    assert (found.format, found.inputs[0].key, found.video and found.video.width) == (Format.OPENAI, "x", 1)
    newer.close()


def _input() -> dict[str, object]:
    return {"key": "x", "width": 1, "height": 1, "seconds": None, "frames": None}
