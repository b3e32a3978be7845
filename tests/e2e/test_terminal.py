"""The command line in a terminal, and batches."""

from __future__ import annotations

import base64
import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image
from typer.main import get_command

from grok_video.cli.app import app
from grok_video.cli.batch import request_video
from grok_video.cli.batch_file import read_lines
from grok_video.cli.output import state_of
from grok_video.cli.thumbnails import escape, protocol
from grok_video.client import AsyncGrokVideo, VideoData
from grok_video.domain.media import slug
from tests.conftest import Server

from .test_cli import PROGRAM, run


def terminal(server: Server, folder: Path, *arguments: str, until: str | None = None, **more: str) -> str:
    """Run a command in a pseudo-terminal of 120 columns and return what was shown; end it after `until`."""
    environment = {
        **os.environ, "GROK_VIDEO_BASE_URL": server.base, "GROK_VIDEO_DATA_DIR": str(server.data), "TERM": "xterm",
        "COLUMNS": "120", "LINES": "40", **more,
    }  # fmt: skip
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *arguments], cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    shown, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        ready, _, _ = select.select([master], [], [], 0.2)
        if ready:
            try:
                shown += os.read(master, 65536)
            except OSError:
                break
        if until and re.search(until, shown.decode(errors="replace")):
            process.terminate()
            break
    process.wait(30)
    os.close(master)
    return shown.decode(errors="replace")


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_a_terminal_shows_progress_and_a_table(fake_server: Server, tmp_path: Path) -> None:
    with fake_server.client() as http:
        body = {"model": "grok-video-3", "prompt": "before it", "seconds": 1, "metadata": {"fake_delay": "1"}}
        ids = [http.post("/v1/videos", json=body).json()["id"] for _ in range(4)]
    shown = plain(terminal(fake_server, tmp_path, "wait", ids[-1]))
    assert re.search(r"queued, position \d|\d+ %", shown), shown
    assert "completed" in shown
    listed = plain(terminal(fake_server, tmp_path, "list", "--search", "before it", "--limit", "3"))
    assert re.search(r"id\s+status\s+seconds\s+size\s+age\s+prompt", listed)
    assert len(re.findall(r"video_[0-9a-f]{32}\s+completed\s+1\s+1280x720\s+\d+s\s+before it", listed)) == 3


def test_watch_shows_changes_as_they_come(fake_server: Server, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "watch"], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "GROK_VIDEO_BASE_URL": fake_server.base, "GROK_VIDEO_API_KEY": fake_server.key},
    )  # fmt: skip
    assert process.stdout
    try:
        with fake_server.client() as http:
            # The stream tells of what happens once it is open: asked for until it is.
            ids = {http.post("/v1/videos", json={"model": "grok-video-3", "prompt": "seen", "seconds": 1}).json()["id"]}
            os.set_blocking(process.stdout.fileno(), False)
            observed: list[dict[str, Any]] = []
            deadline = time.monotonic() + 30
            while not any(event["id"] in ids and event["status"] == "completed" for event in observed):
                assert time.monotonic() < deadline
                body = {"model": "grok-video-3", "prompt": "seen", "seconds": 1}
                ids.add(http.post("/v1/videos", json=body).json()["id"])
                time.sleep(0.5)
                observed += [json.loads(line) for line in process.stdout.readlines() if line.strip()]
        numbers = [int(event["event"]) for event in observed]
        assert numbers == sorted(numbers)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
    assert "seen" in plain(terminal(fake_server, tmp_path, "watch", until="seen"))


def films(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def results_of(ran: subprocess.CompletedProcess[str]) -> dict[int, dict[str, Any]]:
    return {load["line"]: load for load in map(json.loads, ran.stdout.splitlines())}


def test_a_batch_makes_a_file_per_line_and_goes_on_where_it_ended(fake_server: Server, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a cat\n# not this one\n\n一只狐狸\na cat\n", encoding="utf-8")
    command = ("create", "--batch", "prompts.txt", "-o", "films", "--seconds", "1", "--parallel", "2", "--seed", "5")
    ran = run(fake_server, tmp_path, *command)
    assert ran.returncode == 0, ran.stderr
    first = results_of(ran)
    names = films(tmp_path / "films")
    assert [re.sub(r"-[0-9a-f]{6}\.mp4$", "", name) for name in names] == ["a-cat", "a-cat", "一只狐狸"]
    assert {video["status"] for video in first.values()} == {"completed"}
    assert len({video["id"] for video in first.values()}) == 3, "the same prompt twice is asked for twice"
    Path(tmp_path / first[2]["file"]).unlink()
    again = results_of(run(fake_server, tmp_path, *command))
    assert again[2]["id"] == first[2]["id"], "found again, not made again"
    assert "id" not in again[1], "there already"
    assert films(tmp_path / "films") == names
    # A new line before them changes no other file.
    prompts.write_text("a new one\na cat\n一只狐狸\na cat\n", encoding="utf-8")
    moved = results_of(run(fake_server, tmp_path, *command))
    assert ["id" in moved[line] for line in (1, 2, 3, 4)] == [True, False, False, False]
    # What was deleted on the server is created again.
    with fake_server.client() as http:
        http.delete(f"/v1/videos/{first[2]['id']}")
    Path(tmp_path / first[2]["file"]).unlink()
    anew = results_of(run(fake_server, tmp_path, *command))
    assert anew[3]["status"] == "completed"
    assert anew[3]["id"] != first[2]["id"]


def test_a_batch_tells_what_failed(fake_server: Server, tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text(f"a cat\n{'x' * 5000}\n", encoding="utf-8")
    ran = run(fake_server, tmp_path, "create", "--batch", "prompts.txt", "--seconds", "1")
    assert ran.returncode == 1
    results = results_of(ran)
    assert results[1]["status"] == "completed"
    assert results[2]["error"]["code"] == "prompt_too_long"
    assert "1 of 2 videos" in ran.stderr


@pytest.mark.anyio
async def test_what_failed_or_is_gone_is_requested_anew_by_the_next_run(tmp_path: Path) -> None:
    raw = {"id": "v", "progress": 0, "model": "m", "seconds": "1", "size": "720P"}
    keys: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            return httpx2.Response(200, json={**raw, "status": "failed"})
        if len(keys) == 2:
            return httpx2.Response(404, json={"error": {"message": "gone", "code": "video_not_found"}})
        return httpx2.Response(200, json={**raw, "status": "queued"})

    line = read_lines("a cat", tmp_path)[0]
    async with AsyncGrokVideo("http://x", "k", transport=httpx2.MockTransport(answer)) as client:
        assert (await request_video(client, line)).status == "queued"
        line = read_lines("a cat", tmp_path, images=[str(tmp_path / "a.png")])[0]
        (tmp_path / "a.png").write_bytes(b"one")
        await request_video(client, line)
        (tmp_path / "a.png").write_bytes(b"another")
        await request_video(client, line)
    assert [key.rpartition("-")[2] for key in keys] == ["0", "1", "2", "0", "0"]
    assert len({key.rpartition("-")[0] for key in keys}) == 3, "another picture is another request"


def test_open_prints_a_link_that_signs_in(fake_server: Server, tmp_path: Path) -> None:
    ran = run(fake_server, tmp_path, "open", "--url")
    assert re.fullmatch(re.escape(fake_server.base) + r"/#ticket=[\w-]{43}\n", ran.stdout)
    assert fake_server.key not in ran.stdout


def test_delete_and_list_by_status(fake_server: Server, tmp_path: Path) -> None:
    created = json.loads(run(fake_server, tmp_path, "create", "to go", "--seconds", "1", "-o", "x.mp4").stdout)
    match = run(fake_server, tmp_path, "ls", "-s", "to go", "--status", "completed").stdout.splitlines()
    assert created["id"] in {json.loads(line)["id"] for line in match}
    assert run(fake_server, tmp_path, "delete", created["id"], "--yes").returncode == 0
    assert run(fake_server, tmp_path, "get", created["id"]).returncode == 1


def test_both_or_neither_of_prompt_and_batch_is_a_usage_error(fake_server: Server, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("x")
    assert run(fake_server, tmp_path, "create", "x", "--batch", "p.txt").returncode == 2
    assert run(fake_server, tmp_path, "create").returncode == 2
    assert run(fake_server, tmp_path, "create", "--batch", "none.txt").returncode == 2
    assert run(fake_server, tmp_path, "create", "--batch", "p.txt", "--no-wait").returncode == 2


def test_a_server_that_is_away_is_named_with_what_to_do(tmp_path: Path) -> None:
    away = run(None, tmp_path, "list", GROK_VIDEO_BASE_URL="http://127.0.0.1:9", GROK_VIDEO_API_KEY="k")
    assert "grok-video serve" in away.stderr


def test_ids_are_completed_from_the_newest_videos(fake_server: Server, tmp_path: Path) -> None:
    with fake_server.client() as http:
        created = http.post("/v1/videos", json={"model": "grok-video-3", "prompt": "to complete", "seconds": 1}).json()
    environment = {
        **os.environ, "GROK_VIDEO_BASE_URL": fake_server.base, "GROK_VIDEO_API_KEY": fake_server.key,
        "_GROK_VIDEO_COMPLETE": "complete_bash", "COMP_WORDS": f"grok-video get {created['id'][:12]}",
        "COMP_CWORD": "2",
    }  # fmt: skip
    program = Path(sys.executable).parent / "grok-video"
    shown = subprocess.run([program], env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert created["id"] in shown.stdout.split()


@pytest.mark.parametrize(
    ("environment", "known"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"TERM": "xterm"}, None),
    ],
)
def test_terminals_that_show_images_are_known(environment: dict[str, str], known: str | None) -> None:
    assert protocol(environment) == known


def test_images_go_out_as_each_protocol_wants_them() -> None:
    png = bytes(range(256)) * 40
    kitty = escape(png, "kitty")
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", kitty)
    assert parts[0][0] == "a=T,f=100,r=12,m=1"
    assert [head for head, _ in parts[1:]] == ["m=1"] * (len(parts) - 2) + ["m=0"]
    assert all(len(data) <= 4096 for _, data in parts)
    assert base64.b64decode("".join(data for _, data in parts)) == png
    inline = re.fullmatch(r"\x1b\]1337;File=inline=1;[^:]*:(.*)\a\n", escape(png, "iterm"))
    assert inline
    assert base64.b64decode(inline[1]) == png


def test_a_kitty_sees_the_thumbnail(fake_server: Server, tmp_path: Path) -> None:
    created = json.loads(run(fake_server, tmp_path, "create", "kitty", "--seconds", "1", "-o", "x.mp4").stdout)["id"]
    shown = terminal(fake_server, tmp_path, "get", created, KITTY_WINDOW_ID="1")
    data = "".join(re.findall(r"\x1b_G[^;]*;([^\x1b]*)\x1b\\", shown))
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.format == "PNG"
        assert image.width / image.height == pytest.approx(16 / 9, rel=0.02)


VIDEO = {"id": "v", "status": "queued", "progress": 0, "model": "m", "seconds": "1", "size": "720P"}


@pytest.mark.parametrize(
    ("status", "progress", "position", "eta", "value"),
    [
        ("queued", 0, None, None, "queued"),
        ("queued", 0, 3, 40.4, "queued, position 3, about 40 s left"),
        ("in_progress", 40, None, 240.0, "40 %, about 4 min left"),
        ("in_progress", 40, None, None, "40 %"),
        ("completed", 100, None, None, "completed"),
    ],
)
def test_how_far_a_video_is(status: str, progress: int, position: int | None, eta: float | None, value: str) -> None:
    raw = {**VIDEO, "status": status, "progress": progress}
    video = VideoData("v", status, progress, "m", None, "1", "720P", None, None, {}, raw, position, eta)
    assert state_of(video) == value


def test_lines_of_a_batch_have_names_of_their_own(tmp_path: Path) -> None:
    lines = read_lines("a/b: c?\n\n#x\n" + "y" * 99 + "\n???\n", tmp_path)
    names = [line.target.name for line in lines]
    assert [name[:-11] for name in names] == ["a-b-c", "y" * 40, "video"]
    assert [line.target.name for line in read_lines("new\na/b: c?\na/b: c?", tmp_path)][1] == names[0]
    twice = read_lines("x\nx\nX", tmp_path)
    assert len({row.target for row in twice}) == 3
    assert slug("Ünïcode — und_so") == "ünïcode-und_so"


def test_every_command_says_what_it_does() -> None:
    commands = vars(get_command(app))["commands"]
    assert len(commands) >= 18
    assert all(command.help for command in commands.values())
