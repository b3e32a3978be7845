"""A rolling upgrade: servers of the last commit and of this one side by side lose nothing, in both directions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Server, start_server
from tests.warm import without_settings

ROOT = Path(__file__).parents[2]
KEY = "k" * 32


@pytest.fixture(scope="module")
def last_commit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel of the commit before this one."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this is no clone: there is no last commit")
    folder = tmp_path_factory.mktemp("last-commit")
    archive = subprocess.run(["git", "archive", "--format=tar", "HEAD~1"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("the clone has one commit only")
    (folder / "tree").mkdir()
    subprocess.run(["tar", "-x", "-C", folder / "tree"], input=archive.stdout, check=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, folder / "tree"],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        content.extractall(folder / "wheel")
    return folder / "wheel"


def start_old(wheel: Path, data: Path, environment: dict[str, str]) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server of the last commit; return its process and address."""
    data.mkdir()
    log = data / "serve.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "grok_video", "serve", "--port", "0", "--data-dir", str(data)],
            env={**without_settings(), **environment, "PYTHONPATH": str(wheel)}, stdout=file, stderr=file, cwd=data,
        )  # fmt: skip
    deadline = time.monotonic() + 90
    while not (match := re.search(r"on (http://\S+)/v1", log.read_text())):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    return process, match[1]


def create(base: str, number: int) -> str:
    body = {"prompt": f"video {number}", "seconds": 1, "metadata": {"fake_delay": "1.5"}}
    return _request("POST", base, "/v1/videos", json=body)["id"]


def _request(method: str, base: str, path: str, **more: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {KEY}"}
    return httpx2.request(method, base + path, headers=headers, timeout=60, **more).raise_for_status().json()


def finished(base: str, video_id: str) -> dict[str, Any]:
    while (video := _request("GET", base, f"/v1/videos/{video_id}?wait=30"))["status"] not in ("completed", "failed"):
        pass
    return video


@pytest.mark.timeout(400)
def test_old_and_new_servers_share_their_work(last_commit: Path, database_url: str, tmp_path: Path) -> None:
    environment = {
        "GROK_VIDEO_DATABASE_URL": database_url, "GROK_VIDEO_API_KEY": KEY, "GROK_VIDEO_BACKEND": "fake",
        "GROK_VIDEO_STORAGE_URL": f"file://{tmp_path}/media",
    }  # fmt: skip
    old, old_base = start_old(last_commit, tmp_path / "old", environment)
    new: Server | None = None
    videos: list[str] = []
    try:
        videos += [create(old_base, number) for number in range(4)]
        # The new version upgrades the database under the old one, which is making videos.
        new = start_server(tmp_path / "new", **environment)
        for number in range(4, 10):
            videos.append(create((old_base, new.base)[number % 2], number))
        # The old one is stopped while both have work, and what it had begun goes on in the new one.
        old.terminate()
        assert old.wait(30) in (0, -15, 143)
        videos += [create(new.base, number) for number in range(10, 14)]
        assert [finished(new.base, video_id)["status"] for video_id in videos] == ["completed"] * len(videos)
        # Back to the old version, which the new one's database must allow.
        old, old_base = start_old(last_commit, tmp_path / "old-again", environment)
        new.stop()
        videos += [create(old_base, number) for number in range(14, 16)]
        ends = [finished(old_base, video_id) for video_id in videos]
        assert [end["status"] for end in ends] == ["completed"] * len(videos)
        assert len(_request("GET", old_base, "/v1/videos?limit=100")["data"]) == len(videos)
        headers = {"Authorization": f"Bearer {KEY}"}
        for end in ends:
            content = (
                httpx2.get(f"{old_base}/v1/videos/{end['id']}/content", headers=headers).raise_for_status().content
            )
            assert len(content) == end["bytes"]
    finally:
        old.kill()
        old.wait()
        if new is not None:
            new.stop()
