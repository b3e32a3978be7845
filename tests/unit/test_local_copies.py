"""The local cache of a bucket's files, and folders that end with their process."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from grok_video.storage.local_copies import LocalCache, ProcessFolder

pytestmark = pytest.mark.anyio


class Origin:
    """Where files come from, and how often."""

    def __init__(self) -> None:
        self.downloads = 0

    async def download(self, target: Path) -> None:
        self.downloads += 1
        await asyncio.sleep(0.01)
        target.write_bytes(b"x" * 40)


async def test_a_file_is_downloaded_once_however_many_wait(tmp_path: Path) -> None:
    origin, cache = Origin(), LocalCache(tmp_path / "cache", 100)
    await asyncio.gather(*[cache.fetch("media/a.mp4", tmp_path / str(number), origin.download) for number in range(9)])
    assert origin.downloads == 1
    assert {(tmp_path / str(number)).read_bytes() for number in range(9)} == {b"x" * 40}


async def test_the_least_recently_used_goes_and_readers_keep_theirs(tmp_path: Path) -> None:
    origin, cache = Origin(), LocalCache(tmp_path / "cache", 100)
    for name in ("a", "b", "a", "c"):
        await cache.fetch(f"media/{name}", tmp_path / name, origin.download)
        time.sleep(0.01)
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["media+a", "media+c"]
    assert (tmp_path / "b").read_bytes() == b"x" * 40
    assert origin.downloads == 3


async def test_what_is_larger_than_the_cache_passes_through(tmp_path: Path) -> None:
    origin, cache = Origin(), LocalCache(tmp_path / "cache", 30)
    await cache.fetch("media/a", tmp_path / "a", origin.download)
    assert (tmp_path / "a").read_bytes() == b"x" * 40
    assert list((tmp_path / "cache").iterdir()) == []


async def test_a_failed_download_leaves_nothing(tmp_path: Path) -> None:
    cache = LocalCache(tmp_path / "cache", 100)

    async def fail(target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError("the network is away")

    with pytest.raises(OSError, match="away"):
        await cache.fetch("media/a", tmp_path / "a", fail)
    assert list((tmp_path / "cache").iterdir()) == []
    assert not (tmp_path / "a").exists()


async def test_deleted_and_old_files_are_forgotten(tmp_path: Path) -> None:
    origin, cache = Origin(), LocalCache(tmp_path / "cache", 1000)
    for key in ("inputs/t/1.png", "inputs/t/2.png", "inputs/tt", "media/a"):
        await cache.fetch(key, tmp_path / "x", origin.download)
    cache.forget("inputs/t")
    cache.forget("media/a")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["inputs+tt"]
    cache.sweep(time.time() - 60)
    assert len(list((tmp_path / "cache").iterdir())) == 1
    cache.sweep(time.time() + 60)
    assert list((tmp_path / "cache").iterdir()) == []


def test_folders_of_dead_processes_are_deleted_and_no_others(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        dead = ProcessFolder(tmp_path)
        (dead.path / "a.tmp").write_bytes(b"x")
        os._exit(0)
    os.waitpid(child, 0)
    alive, other = ProcessFolder(tmp_path), ProcessFolder(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    alive.sweep(time.time() - 60)
    assert len(list(tmp_path.iterdir())) == 3, "a folder may be new"
    alive.sweep(time.time() + 60)
    assert sorted(tmp_path.iterdir()) == sorted([alive.path, other.path])
