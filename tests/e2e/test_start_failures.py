"""What keeps a server from starting: one sentence, no traceback, exit code 2 for settings and 1 for everything else."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path

from tests.conftest import start_server
from tests.e2e.test_cli import run


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run(None, folder, "serve", "--port", "0", "--data-dir", str(folder / "data"), *arguments, **environment)


def check_refusal(ran: subprocess.CompletedProcess[str], code: int, *texts: str) -> None:
    assert ran.returncode == code, ran.stderr
    assert "Traceback" not in ran.stderr
    for text in texts:
        assert text in ran.stderr
    assert ran.stderr.count("\n") == 1, ran.stderr


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ran = start(tmp_path, "--port", str(port))
    check_refusal(ran, 1, f"Port {port} is in use by", f"(pid {os.getpid()})", f"--port {port + 1}")
    assert not (tmp_path / "data").exists(), "nothing is left behind"
    check_refusal(start(tmp_path, "--host", "192.0.2.1"), 1, "192.0.2.1 is not an address of this machine")
    check_refusal(start(tmp_path, "--host", "no host"), 1, "no host is not an address")


def test_a_data_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    check_refusal(start(tmp_path), 1, f"The data folder {tmp_path / 'data'} cannot be made", "--data-dir")
    (tmp_path / "data").unlink()
    (tmp_path / "data").mkdir()
    if os.geteuid() == 0:
        os.chown(tmp_path / "data", 65534, 65534)
        check_refusal(start(tmp_path), 1, "belongs to nobody, but this is root", "--data-dir")


def test_a_newer_database(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", "--backend", "fake")
    server.stop()
    with sqlite3.connect(tmp_path / "data" / "grok-video.db") as database:
        database.execute("UPDATE grok_video_version SET version_num = '9999'")
        database.execute("UPDATE schema_compatibility SET oldest = '9999'")
    database.close()
    check_refusal(start(tmp_path), 1, "newer version of grok-video", "9999", "0009")
    (tmp_path / "data" / "grok-video.db").write_bytes(b"no database" * 1000)
    check_refusal(start(tmp_path), 1, "cannot be used: file is not a database")


def test_a_database_that_is_away(tmp_path: Path) -> None:
    url = "postgresql://me:s3cret@127.0.0.1:9/videos"
    ran = start(tmp_path, "--database-url", url)
    check_refusal(ran, 1, "postgresql", "127.0.0.1:9/videos cannot be used", "GROK_VIDEO_DATABASE_URL")
    assert "s3cret" not in ran.stderr


def test_wrong_settings(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("max_queued = 5\nhost = \n")
    check_refusal(start(tmp_path, "--config", str(tmp_path / "a.toml")), 2, "not valid TOML", "line 2")
    (tmp_path / "a.toml").write_text("max_qeued = 5\n")
    check_refusal(start(tmp_path, "--config", str(tmp_path / "a.toml")), 2, "Did you mean max_queued?")
    check_refusal(start(tmp_path, GROK_VIDEO_CONCURRENCY="many"), 2, "GROK_VIDEO_CONCURRENCY: ", "integer")
    check_refusal(start(tmp_path, "--backend", "animatc"), 2, "animatc")
    check_refusal(start(tmp_path, GROK_VIDEO_RENDER_MEMORY_MIB="999999999"), 1, "A render may take 999999999 MiB")
    for url in ("foo", "mysql://h/d"):
        check_refusal(start(tmp_path, "--database-url", url), 2, "--database-url: ", "postgresql://")
    check_refusal(start(tmp_path, GROK_VIDEO_ALLOW_NETWORKS="10.0.0.0/8"), 2, "GROK_VIDEO_ALLOW_NETWORKS: ", "list")
    check_refusal(start(tmp_path, GROK_VIDEO_ALLOW_NETWORKS='["10.0.0.0/99"]'), 2, "GROK_VIDEO_ALLOW_NETWORKS: ")
    check_refusal(start(tmp_path, GROK_VIDEO_PUBLIC_URL="foo"), 2, "GROK_VIDEO_PUBLIC_URL: ", "https://")
    check_refusal(start(tmp_path, GROK_VIDEO_STORAGE_URL="file:///proc/x"), 1, "The media folder /proc/x")
    (tmp_path / "a.toml").write_text('[models."grok-video-9"]\nbackend = "fake"\n')
    check_refusal(start(tmp_path, "--config", str(tmp_path / "a.toml")), 2, "there is no model 'grok-video-9'")
    assert run(None, tmp_path, "worker", "--config", "none.toml").returncode == 2


def test_a_variable_without_effect_is_a_warning(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", "--backend", "fake", GROK_VIDEO_PROT="1")
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(20)
    assert "GROK_VIDEO_PROT is not a setting and has no effect. Did you mean GROK_VIDEO_PORT?" in server.log.read_text()


def test_a_folder_and_a_database_that_others_could_read_are_made_private(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    (data / "grok-video.db").touch(mode=0o644)
    server = start_server(data, "--backend", "fake")
    try:
        assert data.stat().st_mode & 0o777 == 0o700
        files = list(data.glob("grok-video.db*"))
        assert len(files) == 3
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    finally:
        server.stop()


def test_a_short_operator_key_is_refused_where_others_reach_the_server(tmp_path: Path) -> None:
    check_refusal(start(tmp_path, "--host", "0.0.0.0", GROK_VIDEO_API_KEY="hunter2"), 2, "7 characters", "openssl rand")
    server = start_server(tmp_path / "data", "--backend", "fake", GROK_VIDEO_API_KEY="hunter2")
    try:
        assert "warning: GROK_VIDEO_API_KEY has 7 characters" in server.log.read_text()
        with server.client() as http:
            assert [key["prefix"] for key in http.get("/v1/keys").json()["data"]] == [""]
    finally:
        server.stop()
