"""Faults of the machine: a disk that fills up, a database that somebody else holds."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.factories import image_bytes

from .report import Tally
from .target import Target, finished, serving

FULL = frozenset({503, 507})
BODY = {"model": "grok-video-3", "prompt": "x", "seconds": 1}


def full_disk() -> Tally:
    """Fill a small disk to the last byte: new work is refused, deletes and reads go on, nothing is lost."""
    tally = Tally("a full disk")
    with _small_disk(64) as disk:
        if disk is None:
            tally.notes.append("not tried: mounting a small disk needs root")
            return tally
        with serving(disk / "data", min_free_mib="4") as attacked:
            _fill(attacked, tally, disk)
    return tally


def _fill(attacked: Target, tally: Tally, disk: Path) -> None:
    with attacked.client(attacked.victim.secret) as client:
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
            except OSError:
                pass
        files = {"images[]": ("a.png", image_bytes())}
        attempts = {
            "a POST": client.post("/v1/videos", json=BODY),
            "a POST with an image": client.post("/v1/videos", data={**BODY, "seconds": "1"}, files=files),
        }
        for name, answer in attempts.items():
            attacked.check(tally, name, answer, allowed=FULL)
            if answer.status_code != 507:
                tally.fail(f"{answer.status_code} for {name} on a full disk")
        attacked.check(tally, "a read", client.get(f"/v1/videos/{attacked.video}"), own=True)
        attacked.check(tally, "readiness", client.get("/readyz"), allowed=FULL)
        deleted = client.delete(f"/v1/videos/{attacked.video}")
        attacked.check(tally, "a delete", deleted, allowed=FULL)
        if deleted.status_code != 200:
            tally.fail(f"{deleted.status_code} for a delete on a full disk")
        filler.unlink()
        video = client.post("/v1/videos", json=BODY)
        attacked.check(tally, "a POST afterwards", video)
        if video.status_code == 200 and finished(client, video.json())["status"] != "completed":
            tally.fail("no video is made after the disk was full")


def locked_database(attacked: Target, seconds: float) -> Tally:
    """Hold the database's write lock: reads go on, writes wait or are 503, and nothing is made twice."""
    tally = Tally("a locked database")
    with attacked.client(attacked.victim.secret) as client:
        before = len(client.get("/v1/videos", params={"limit": 100}).json()["data"])
        with closing(sqlite3.connect(attacked.server.data / "grok-video.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            started = time.monotonic()
            attacked.check(tally, "a read", client.get(f"/v1/videos/{attacked.video}"), own=True)
            if time.monotonic() - started > 1:
                tally.fail(f"a read took {time.monotonic() - started:.1f} s")
            time.sleep(seconds)
            other.execute("COMMIT")
        answer = client.post("/v1/videos", json=BODY)
        attacked.check(tally, "a POST afterwards", answer)
        after = len(client.get("/v1/videos", params={"limit": 100}).json()["data"])
        if after != before + 1:
            tally.fail(f"{after - before} videos for one POST")
        client.delete(f"/v1/videos/{answer.json()['id']}")
    return tally


@contextmanager
def _small_disk(mebibytes: int) -> Generator[Path | None]:
    """Mount a small disk in memory; None if that is not allowed."""
    with tempfile.TemporaryDirectory(prefix="grok-video-attack-disk-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", folder]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=False)
