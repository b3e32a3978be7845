"""A full disk and a database that is away: what clients are told, and that deletes still work."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from grok_video.domain.errors import CannotStart, DatabaseUnavailable, StorageFull
from grok_video.runtime.sandbox import Sandbox
from grok_video.storage.folder import room_on
from grok_video.store.database import Database
from tests.unit.test_service import World

PAGE = 4096


def test_an_sqlite_that_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.40.1")
    monkeypatch.setattr("sys.version_info", (3, 12, 0, "final", 0))
    with pytest.raises(CannotStart, match=r"SQLite 3\.42 or newer is needed, and this Python has 3\.40\.1"):
        Database(f"sqlite:///{tmp_path}/test.db").migrate()
    assert not (tmp_path / "test.db").exists()


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path}/test.db")
    made.migrate()
    return made


def reconnect(database: Database, pragma: str) -> None:
    """Let every connection begin with a pragma."""
    database.engine.dispose()
    event.listen(database.engine, "connect", lambda driver, _: driver.execute(pragma))


def insert(database: Database, size: int) -> None:
    with database.begin() as connection:
        statement = sa.text("INSERT OR REPLACE INTO secret (name, value, created_at) VALUES ('x', :value, 0)")
        connection.execute(statement, {"value": b"x" * size})


def test_a_full_database_is_storage_full(database: Database) -> None:
    with database.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    # The file grows no further, as on a full disk.
    reconnect(database, f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull):
        insert(database, 100 * PAGE)
    # What needs no room still works.
    database.check_writable()
    insert(database, 10)
    database.close()


def test_a_locked_database_is_unavailable_and_says_when_to_come_back(database: Database, tmp_path: Path) -> None:
    reconnect(database, "PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable) as caught:
            insert(database, 10)
        assert caught.value.retry_after == 5
        other.execute("ROLLBACK")
    insert(database, 10)
    database.close()


def test_a_defect_of_a_statement_stays_a_defect(database: Database) -> None:
    with pytest.raises(OperationalError, match="no such table"), database.begin() as connection:
        connection.execute(sa.text("SELECT * FROM missing"))
    database.close()


def fill_disk(kind: str) -> None:
    if kind == "os":
        raise OSError(errno.ENOSPC, "No space left on device")
    raise RuntimeError("avio: No space left on device")


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["os", "text"])
async def test_a_child_on_a_full_disk_ends_as_storage_full(kind: str) -> None:
    with pytest.raises(StorageFull):
        await Sandbox().run(fill_disk, kind)


@pytest.mark.anyio
async def test_below_the_mark_new_work_is_refused_and_old_work_can_be_deleted() -> None:
    room = [True]
    world = World(has_room=lambda: room[0])
    kept = await world.submit()
    room[0] = False
    with pytest.raises(StorageFull, match="delete some"):
        await world.submit()
    assert (await world.service.get(kept.id, "ann")).id == kept.id
    await world.service.delete(kept.id, "ann")
    assert (await world.store.count("ann")).all_queued == 0


@pytest.mark.anyio
async def test_files_go_first_so_that_a_full_disk_can_forget_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    task = await world.completed()

    async def full(*_: object) -> bool:
        raise StorageFull()

    monkeypatch.setattr(world.store, "delete", full)
    with pytest.raises(StorageFull):
        await world.service.delete(task.id, "ann")
    assert list(await world.storage.older_than("media", 1e12)) == []


@pytest.mark.parametrize(("mark", "expected"), [(0, True), (1 << 30, False)])
def test_the_mark_is_a_setting(tmp_path: Path, mark: int, expected: bool) -> None:
    assert room_on((tmp_path,), mark)() is expected


@pytest.mark.parametrize(("total_gib", "free_mib", "expected"), [
    (1000, 1025, True), (1000, 1023, False), (10, 513, True), (10, 511, False),
])  # fmt: skip
def test_without_a_setting_the_mark_is_a_gibibyte_or_a_twentieth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total_gib: int, free_mib: int, expected: bool
) -> None:
    disk = SimpleNamespace(total=total_gib << 30, free=free_mib << 20)
    monkeypatch.setattr("shutil.disk_usage", lambda _: disk)
    assert room_on((tmp_path,), None)() is expected
