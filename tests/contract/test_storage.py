"""The Storage port: in a folder and in memory."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from grok_video.ports import Storage
from grok_video.storage import LocalStorage
from grok_video.testing import InMemoryStorage

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["folder", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return LocalStorage(tmp_path / "store") if request.param == "folder" else InMemoryStorage()


async def put(storage: Storage, key: str, content: bytes) -> Path:
    file = storage.scratch("unfinished")
    file.write_bytes(content)
    await storage.put(key, file)
    return file


async def test_a_file_goes_in_complete_and_comes_back(storage: Storage) -> None:
    scratch = await put(storage, "media/one.mp4", b"video")
    assert (await storage.fetch("media/one.mp4")).read_bytes() == b"video"
    assert not scratch.exists()


async def test_a_file_from_another_file_system(storage: Storage, tmp_path: Path) -> None:
    shared = Path("/dev/shm")
    foreign = (shared if shared.is_dir() else tmp_path) / f"grok-video-test-{tmp_path.name}"
    foreign.write_bytes(b"x" * 100)
    await storage.put("inputs/t/1.png", foreign)
    assert (await storage.fetch("inputs/t/1.png")).stat().st_size == 100
    assert not foreign.exists()


async def test_putting_twice_replaces(storage: Storage) -> None:
    for content in (b"first", b"second"):
        await put(storage, "media/x", content)
    assert (await storage.fetch("media/x")).read_bytes() == b"second"


async def test_deleting_files_folders_and_nothing(storage: Storage) -> None:
    for number in range(2):
        await put(storage, f"inputs/t/{number}", b"x")
    await put(storage, "inputs/tt", b"x")
    await storage.delete("inputs/t")
    await storage.delete("inputs/t")
    await storage.delete("media/none.mp4")
    with pytest.raises(FileNotFoundError):
        await storage.fetch("inputs/t/0")
    assert (await storage.fetch("inputs/tt")).read_bytes() == b"x"


async def test_old_keys_are_listed_once_per_folder(storage: Storage) -> None:
    for key in ("inputs/t/1.png", "inputs/t/2.png", "inputs/u/source"):
        await put(storage, key, b"x")
    assert sorted(await storage.older_than("inputs", time.time() + 60)) == ["inputs/t", "inputs/u"]
    assert list(await storage.older_than("inputs", time.time() - 60)) == []


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "media/../../x", ""])
async def test_keys_stay_inside(storage: Storage, key: str) -> None:
    with pytest.raises(ValueError, match="storage key"):
        await storage.fetch(key)


async def test_what_is_uploaded_is_counted_apart(storage: Storage) -> None:
    assert await storage.usage("uploads/nobody") == 0
    assert list(await storage.older_than("uploads/nobody", time.time() + 60)) == []
    for key in ("uploads/key_1/a", "uploads/key_1/b", "uploads/key_2/c", "media/one.mp4"):
        await put(storage, key, b"1234")
    assert (await storage.usage(), await storage.usage("uploads"), await storage.usage("uploads/key_1")) == (4, 12, 8)
    assert sorted(await storage.older_than("uploads", time.time() + 60)) == ["uploads/key_1", "uploads/key_2"]
