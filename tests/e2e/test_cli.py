"""The command line against a real server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Server, start_server
from tests.factories import image_bytes
from tests.warm import run_module

PROGRAM = [sys.executable, "-m", "grok_video"]


def run(server: Server | None, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GROK_VIDEO_")}
    ours = {"GROK_VIDEO_BASE_URL": server.base, "GROK_VIDEO_DATA_DIR": str(server.data)} if server else {}
    return run_module("grok_video", arguments, {**clean, **ours, **environment}, folder, 100)


def test_create_waits_downloads_and_prints_json(fake_server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(image_bytes(200, 200))
    ran = run(
        fake_server, tmp_path, "create", "a cat", "-i", "a.png", "--seconds", "1", "-o", "sub/out.mp4", "--seed", "5"
    )
    assert ran.returncode == 0, ran.stderr
    video = json.loads(ran.stdout)
    assert (video["status"], video["metadata"]["seed"], video["metadata"]["mode"]) == ("completed", 5, "first_frame")
    assert (tmp_path / "sub" / "out.mp4").read_bytes()[4:8] == b"ftyp"
    assert "saved" in ran.stderr


def test_a_scene_is_read_edited_and_made(animatic_server: Server, tmp_path: Path) -> None:
    read = json.loads(run(animatic_server, tmp_path, "read", "a cat on a beach", "--seed", "4").stdout)
    assert read["understood"] == ["cat", "beach"]
    (tmp_path / "scene.json").write_text(json.dumps(read["scene"]))
    assert run(animatic_server, tmp_path, "scene", "lint", "scene.json").stdout == "scene.json: ok\n"
    made = run(animatic_server, tmp_path, "create", "--scene", "scene.json", "--seconds", "1", "-o", "cat.mp4")
    assert made.returncode == 0, made.stderr
    shown = run(animatic_server, tmp_path, "scene", "show", json.loads(made.stdout)["id"])
    assert json.loads(shown.stdout) == read["scene"]
    both = run(animatic_server, tmp_path, "create", "a cat", "--scene", "scene.json")
    assert (both.returncode, "a prompt, a scene" in both.stderr) == (2, True)
    missing = run(animatic_server, tmp_path, "remix", "@last", "--scene", "none.json")
    assert (missing.returncode, "none.json cannot be read" in missing.stderr) == (2, True)


def test_the_other_commands(fake_server: Server, tmp_path: Path) -> None:
    run(fake_server, tmp_path, "create", "a dog", "--seconds", "1", "--no-wait")
    created = json.loads(run(fake_server, tmp_path, "create", "a cat", "--seconds", "1", "--no-wait").stdout)["id"]
    assert run(fake_server, tmp_path, "wait", created).returncode == 0
    assert json.loads(run(fake_server, tmp_path, "get", created).stdout)["status"] == "completed"
    listed = run(fake_server, tmp_path, "list", "--limit", "2").stdout.splitlines()
    assert len(listed) == 2
    assert json.loads(listed[0])["id"] == created
    ran = run(fake_server, tmp_path, "remix", created, "at night", "-o", "remix.mp4")
    assert json.loads(ran.stdout)["remixed_from_video_id"] == created
    ran = run(fake_server, tmp_path, "extend", created, "more", "--at", "0.5", "--seconds", "1")
    extended = json.loads(ran.stdout)
    assert extended["seconds"] == "1.5"
    assert (tmp_path / f"{extended['id']}.mp4").exists()
    ran = run(fake_server, tmp_path, "download", created, "--variant", "thumbnail")
    assert Path(tmp_path / ran.stdout.strip()).read_bytes()[8:12] == b"WEBP"
    assert {json.loads(line)["id"] for line in run(fake_server, tmp_path, "models").stdout.splitlines()} >= {
        "grok-video-3"
    }
    pending = json.loads(run(fake_server, tmp_path, "create", "x", "-m", "grok-video-3-max", "--no-wait").stdout)["id"]
    assert json.loads(run(fake_server, tmp_path, "cancel", pending).stdout)["status"] in ("failed", "in_progress")


def test_keys(fake_server: Server, tmp_path: Path) -> None:
    created = json.loads(run(fake_server, tmp_path, "keys", "create", "--name", "phone").stdout)
    listed = run(fake_server, tmp_path, "keys", "list").stdout
    assert created["id"] in listed
    assert created["key"] not in listed
    assert run(fake_server, tmp_path, "list", GROK_VIDEO_API_KEY=created["key"]).returncode == 0
    limited = json.loads(run(fake_server, tmp_path, "keys", "limit", created["id"], "--rpm", "900").stdout)
    assert limited["rpm"] == 900
    rotated = json.loads(run(fake_server, tmp_path, "keys", "rotate", created["id"], "--overlap", "1").stdout)
    assert rotated["key"] != created["key"]
    recorded = run(fake_server, tmp_path, "audit", "--limit", "2").stdout
    assert [(entry["action"], entry["target"]) for entry in map(json.loads, recorded.splitlines())] == [
        ("key_rotated", created["id"]), ("key_changed", created["id"]),
    ]  # fmt: skip
    theirs = {"GROK_VIDEO_API_KEY": created["key"]}
    assert run(fake_server, tmp_path, "sessions", "list", **theirs).stdout == ""
    assert json.loads(run(fake_server, tmp_path, "sessions", "end", **theirs).stdout)["ended"] == 0
    video = json.loads(run(fake_server, tmp_path, "create", "x", "--no-wait", **theirs).stdout)["id"]
    kept = json.loads(run(fake_server, tmp_path, "keep", video, "--json", **theirs).stdout)
    assert kept["metadata"]["keep"] is True
    released = json.loads(run(fake_server, tmp_path, "keep", video, "--release", "--json", **theirs).stdout)
    assert "keep" not in released["metadata"]
    assert run(fake_server, tmp_path, "keys", "purge", created["id"], "--yes").returncode == 1
    assert json.loads(run(fake_server, tmp_path, "keys", "revoke", created["id"]).stdout)["revoked_at"]
    assert run(fake_server, tmp_path, "keys", "purge", created["id"]).returncode == 2
    purged = json.loads(run(fake_server, tmp_path, "keys", "purge", created["id"], "--yes").stdout)
    assert purged == {"id": created["id"], "deleted": 1}
    ran = run(fake_server, tmp_path, "list", GROK_VIDEO_API_KEY=created["key"])
    assert ran.returncode == 4
    assert "GROK_VIDEO_API_KEY" in ran.stderr


def test_exit_codes(fake_server: Server, tmp_path: Path) -> None:
    assert run(fake_server, tmp_path, "create").returncode == 2
    assert run(fake_server, tmp_path, "create", "x", "-i", "none.png").returncode == 2
    refused = run(fake_server, tmp_path, "create", "x", "--size", "4K")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "720P or 1080P" in refused.stderr
    assert run(fake_server, tmp_path, "get", "video_" + "0" * 32).returncode == 1
    ran = run(fake_server, tmp_path, "create", "x", "-m", "grok-video-3-max", "--timeout", "0")
    assert ran.returncode == 124
    assert "video_" in ran.stderr
    nobody = run(None, tmp_path, "list", GROK_VIDEO_BASE_URL="http://127.0.0.1:9", GROK_VIDEO_API_KEY="k")
    assert nobody.returncode == 1
    assert "cannot be reached" in nobody.stderr
    no_key = run(fake_server, tmp_path, "list", GROK_VIDEO_DATA_DIR=str(tmp_path / "elsewhere"))
    assert no_key.returncode == 4


def _heed_interrupts() -> None:
    # A shell's background jobs ignore interrupts, and so do all their children.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupting_names_the_task_which_goes_on(fake_server: Server, tmp_path: Path) -> None:
    environment = {**os.environ, "GROK_VIDEO_BASE_URL": fake_server.base, "GROK_VIDEO_API_KEY": fake_server.key}
    process = subprocess.Popen(
        [*PROGRAM, "create", "x", "-m", "grok-video-3-max", "--size", "1080P"], cwd=tmp_path, env=environment,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=_heed_interrupts,
    )  # fmt: skip
    with fake_server.client() as http:
        before = http.get("/v1/videos", params={"limit": 1}).json()["first_id"]
        deadline = time.monotonic() + 60
        while http.get("/v1/videos", params={"limit": 1}).json()["first_id"] == before:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=60)
    assert process.returncode == 130, talk
    assert "continues: grok-video wait video_" in talk


def test_help_and_completion(tmp_path: Path) -> None:
    text = run(None, tmp_path, "--help").stdout
    for command in ("serve", "worker", "create", "remix", "extend", "get", "list", "wait", "cancel", "download", "keys",
                    "models", "doctor", "demo"):  # fmt: skip
        assert command in text
    shown = run(None, tmp_path, "--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "_GROK_VIDEO_COMPLETE" in shown.stdout or "complete" in shown.stdout


def test_doctor(fake_server: Server, tmp_path: Path) -> None:
    well = run(fake_server, tmp_path, "doctor")
    assert well.returncode == 0, well.stdout
    assert "FAIL" not in well.stdout
    ill = run(fake_server, tmp_path, "doctor", GROK_VIDEO_DATABASE_URL="postgresql://127.0.0.1:9/none")
    assert ill.returncode == 1
    assert "GROK_VIDEO_DATABASE_URL" in ill.stdout


def test_first_start_says_where_the_key_is_and_keeps_it_private(tmp_path: Path) -> None:
    first = start_server(tmp_path / "data", "--backend", "fake")
    first.stop()
    # Not itself: what is no terminal may be a log that others read.
    assert f"Your API key is in {tmp_path / 'data' / 'operator-key'}" in first.log.read_text()
    assert first.key not in first.log.read_text()
    assert (tmp_path / "data" / "operator-key").stat().st_mode & 0o777 == 0o600
    second = start_server(tmp_path / "data", "--backend", "fake")
    try:
        assert second.key == first.key
        assert first.key not in second.log.read_text()
    finally:
        second.stop()
    assert second.process.returncode == 0


def test_a_worker_of_its_own_makes_the_videos_of_a_server_without(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", "--backend", "fake", "--no-worker")
    worker = None
    try:
        with server.client() as http:
            created = http.post("/v1/videos", json={"model": "grok-video-3", "prompt": "x", "seconds": 1}).json()["id"]
            time.sleep(1.5)
            assert http.get(f"/v1/videos/{created}").json()["status"] == "queued"
        with (tmp_path / "worker.log").open("wb") as log:
            command = [*PROGRAM, "worker", "--backend", "fake", "--data-dir", str(server.data)]
            worker = subprocess.Popen(command, stdout=log, stderr=log)
        assert server.finish(created)["status"] == "completed"
    finally:
        if worker:
            worker.terminate()
            worker.wait(30)
        server.stop()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_serve_on_either_database(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}" if kind == "sqlite" else request.getfixturevalue("fresh_postgres")
    server = start_server(tmp_path / "data", "--backend", "fake", "--database-url", url)
    try:
        with server.client() as http:
            created = http.post("/v1/videos", json={"model": "grok-video-3", "prompt": "x", "seconds": 1}).json()["id"]
        assert server.finish(created)["status"] == "completed"
    finally:
        server.stop()
