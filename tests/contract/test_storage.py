"""The Storage port."""

from __future__ import annotations

from pathlib import Path

import pytest

from grok_video.storage import LocalStorage

pytestmark = pytest.mark.anyio


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


async def test_a_file_goes_in_whole_and_comes_back(storage: LocalStorage) -> None:
    made = storage.scratch("one.1")
    made.write_bytes(b"video")
    await storage.put("media/one.mp4", made)
    assert (await storage.fetch("media/one.mp4")).read_bytes() == b"video"
    assert not made.exists()


async def test_a_file_from_another_file_system(storage: LocalStorage, tmp_path: Path) -> None:
    shared = Path("/dev/shm")
    foreign = (shared if shared.is_dir() else tmp_path) / f"grok-video-test-{tmp_path.name}"
    foreign.write_bytes(b"x" * 100)
    await storage.put("inputs/t/1.png", foreign)
    assert (await storage.fetch("inputs/t/1.png")).stat().st_size == 100
    assert not foreign.exists()


async def test_putting_twice_replaces(storage: LocalStorage) -> None:
    for text in (b"first", b"second"):
        made = storage.scratch("x")
        made.write_bytes(text)
        await storage.put("media/x", made)
    assert (await storage.fetch("media/x")).read_bytes() == b"second"


async def test_deleting_files_folders_and_nothing(storage: LocalStorage) -> None:
    for number in range(2):
        made = storage.scratch(str(number))
        made.write_bytes(b"x")
        await storage.put(f"inputs/t/{number}", made)
    await storage.delete("inputs/t")
    await storage.delete("inputs/t")
    await storage.delete("media/none.mp4")
    with pytest.raises(FileNotFoundError):
        await storage.fetch("inputs/t/0")


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "media/../../x", ""])
async def test_keys_stay_inside(storage: LocalStorage, key: str) -> None:
    with pytest.raises(ValueError, match="storage key"):
        await storage.fetch(key)
