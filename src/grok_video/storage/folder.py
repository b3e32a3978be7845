"""Media files in a local folder."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

DEFAULT_MIN_FREE_MIB = 1024


class LocalStorage:
    """The Storage port on one folder: files appear complete, by rename, or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root
        (root / "media").mkdir(parents=True, exist_ok=True)
        (root / "inputs").mkdir(parents=True, exist_ok=True)
        (root / "uploads").mkdir(parents=True, exist_ok=True)

    def scratch(self, name: str) -> Path:
        """Return a path for an unfinished file, beside the finished ones, so that a rename suffices."""
        return self._root / "media" / f"{name}.tmp"

    async def put(self, key: str, file: Path) -> None:
        """Move a finished file in: sync it, rename it, sync the folder."""
        await asyncio.to_thread(self._put, key, file)

    def _put(self, key: str, file: Path) -> None:
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
        try:
            file.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy_in(file, target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _copy_in(self, file: Path, target: Path) -> None:
        beside = target.with_name(f"{target.name}.tmp")
        with file.open("rb") as source, beside.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        beside.replace(target)
        file.unlink()

    async def fetch(self, key: str) -> Path:
        """Return the file's path; raise FileNotFoundError."""
        path = self._path(key)
        if not path.is_file():
            raise FileNotFoundError(key)
        return path

    async def delete(self, prefix: str) -> int:
        """Delete the file or folder with this key, and return how many bytes that frees."""
        path = self._path(prefix)
        if path.is_dir():
            return await asyncio.to_thread(self._delete_folder, path)
        with suppress(FileNotFoundError):
            size = path.stat().st_size
            path.unlink()
            return size
        return 0

    @staticmethod
    def _delete_folder(path: Path) -> int:
        size = _size_below(path)
        shutil.rmtree(path, ignore_errors=True)
        return size

    async def usage(self, prefix: str | None = None) -> int:
        """Return the bytes of all videos and their inputs, or of what is below a folder."""
        folders = [self._path(name) for name in ((prefix,) if prefix else ("media", "inputs"))]
        return await asyncio.to_thread(lambda: sum(map(_size_below, folders)))

    async def older_than(self, prefix: str, before: float) -> Sequence[str]:
        """Return the keys directly below a folder that were last changed before a time."""
        return await asyncio.to_thread(self._older_than, prefix, before)

    def _older_than(self, prefix: str, before: float) -> Sequence[str]:
        keys: list[str] = []
        # The folder may not exist yet, and others may delete files meanwhile.
        with suppress(FileNotFoundError):
            for path in self._path(prefix).iterdir():
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < before:
                        keys.append(f"{prefix}/{path.name}")
        return keys

    def _path(self, key: str) -> Path:
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root.resolve()) or path == self._root.resolve():
            raise ValueError(f"{key!r} is not a storage key")
        return path


def _size_below(folder: Path) -> int:
    total = 0
    # Others may delete files and folders meanwhile.
    for inner, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(inner, name)).st_size
    return total


def room_on(folders: Sequence[Path], min_free_mib: int | None) -> Callable[[], bool]:
    """Return a check whether every folder's disk has more room than the low-water mark."""

    def has_room() -> bool:
        for folder in folders:
            disk = shutil.disk_usage(folder)
            mark = min(DEFAULT_MIN_FREE_MIB << 20, disk.total // 20) if min_free_mib is None else min_free_mib << 20
            if disk.free < mark:
                return False
        return True

    return has_room
