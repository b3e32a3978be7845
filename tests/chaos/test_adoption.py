"""Workers that die, hang or lose their database: others take over their tasks, and what comes late is refused."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from tests.conftest import Server, start_server

from .cable import Cable

KEY = "k" * 32
# What is promised: silence is noticed after 30 seconds, and the next worker polls each second.
ADOPTED_SECONDS = 60
RUNS_SECONDS = 4


class Cluster:
    """An API process and workers that share a database and a folder, each with its own data folder and host name."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self._folder = folder
        self._common = {
            "GROK_VIDEO_STORAGE_URL": f"file://{folder}/media", "GROK_VIDEO_API_KEY": KEY,
            "GROK_VIDEO_DATABASE_URL": database_url,
        }  # fmt: skip
        self.servers: list[Server] = []
        self.api = self.start("api", "--no-worker")

    def start(self, name: str, *arguments: str, skew: float = 0, **environment: str) -> Server:
        server = start_server(
            self._folder / name, "--backend", "fake", *arguments, **{**self._common, **environment},
            program=("tests.chaos.elsewhere", f"host-{name}", str(skew)),
        )  # fmt: skip
        self.servers.append(server)
        return server

    def create(self, seconds: float) -> str:
        body = {"prompt": "a cat", "seconds": 1, "metadata": {"fake_delay": str(seconds)}}
        with self.api.client() as http:
            return http.post("/v1/videos", json=body).raise_for_status().json()["id"]

    def get(self, video_id: str) -> dict[str, Any]:
        with self.api.client() as http:
            return http.get(f"/v1/videos/{video_id}").raise_for_status().json()

    def digest(self, video_id: str) -> str:
        with self.api.client() as http:
            content = http.get(f"/v1/videos/{video_id}/content").raise_for_status().content
        return hashlib.sha256(content).hexdigest()

    def wait(self, video_id: str, *statuses: str, seconds: float = 100) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while (video := self.get(video_id))["status"] not in statuses:
            assert time.monotonic() < deadline, video
            time.sleep(0.1)
        return video

    def files(self, video_id: str) -> set[str]:
        number = video_id.removeprefix("video_")
        media = self._folder / "media" / "media"
        return {path.name for path in (media / str(UUID(number))).iterdir()}

    def stop(self) -> None:
        for server in reversed(self.servers):
            server.process.send_signal(signal.SIGCONT)
            server.stop()


@pytest.mark.timeout(300)
def test_tasks_of_lost_workers_are_adopted_and_their_late_results_refused(fresh_postgres: str, tmp_path: Path) -> None:
    parts = urlsplit(fresh_postgres)
    cable = Cable(Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432")
    cluster = Cluster(tmp_path, fresh_postgres)
    try:
        one = ("--concurrency", "1")
        # Each takes the one task that there is when it starts.
        healthy = cluster.start("healthy", *one, skew=-5)
        kept = cluster.create(50)
        cluster.wait(kept, "in_progress")
        hung = cluster.start("hung", *one)
        cut = cluster.start(
            "cut", *one, GROK_VIDEO_DATABASE_URL=f"postgresql://postgres:@127.0.0.1:{cable.port}{parts.path}"
        )
        killed = cluster.start("killed", *one, skew=5)
        doomed = [cluster.create(RUNS_SECONDS) for _ in range(3)]
        for video_id in doomed:
            cluster.wait(video_id, "in_progress", seconds=RUNS_SECONDS)
        os.kill(hung.process.pid, signal.SIGSTOP)
        cable.cut()
        killed.process.kill()
        lost = time.monotonic()
        cluster.start("survivor", "--concurrency", "3", skew=5)
        for video_id in doomed:
            cluster.wait(video_id, "queued", "completed", seconds=ADOPTED_SECONDS)
        print(f"adopted after {time.monotonic() - lost:.1f} s")
        ends = [cluster.wait(video_id, "completed") for video_id in doomed]
        digests = [cluster.digest(video_id) for video_id in doomed]
        assert [cluster.files(video_id) for video_id in doomed] == [{"2.mp4", "2.webp", "2.jpg"}] * 3

        os.kill(hung.process.pid, signal.SIGCONT)
        cable.mend()
        # Long enough for what they were making, and for it to be refused.
        time.sleep(RUNS_SECONDS + 2)
        assert [cluster.get(video_id)["completed_at"] for video_id in doomed] == [end["completed_at"] for end in ends]
        assert [cluster.digest(video_id) for video_id in doomed] == digests
        assert [cluster.files(video_id) for video_id in doomed] == [{"2.mp4", "2.webp", "2.jpg"}] * 3

        # Nobody took the healthy worker's task, and those that came back work again.
        cluster.wait(kept, "completed")
        assert cluster.files(kept) == {"1.mp4", "1.webp", "1.jpg"}
        again = [cluster.create(RUNS_SECONDS) for _ in range(6)]
        for video_id in again:
            cluster.wait(video_id, "in_progress", seconds=RUNS_SECONDS)
        for video_id in again:
            assert cluster.wait(video_id, "completed")
        assert healthy.process.poll() is None
        assert cut.process.poll() is None
    finally:
        cable.mend()
        cluster.stop()
        cable.close()
