"""Media files in a local folder."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ..ports import StoredFile
from .local_copies import link_or_copy

DEFAULT_MIN_FREE_MIB = 1024
CHUNK = 1 << 20
UNFINISHED = ".tmp"


class FolderStorage:
    """The Storage port on one folder: files appear by rename."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        (root / "media").mkdir(parents=True, exist_ok=True)
        (root / "inputs").mkdir(parents=True, exist_ok=True)
        (root / "uploads").mkdir(parents=True, exist_ok=True)

    def scratch(self, name: str) -> Path:
        """Return a path for an unfinished file, beside the finished ones, so that a rename suffices."""
        return self._root / "media" / f"{name}{UNFINISHED}"

    async def put(self, key: str, file: Path) -> None:
        """Move a finished file in: sync it, rename it, sync the folder."""
        await asyncio.to_thread(self._put, key, file)

    def _put(self, key: str, file: Path) -> None:
        target = self._path(key)
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
        self._make_folder(target.parent)
        try:
            self._move(file, target)
        except FileNotFoundError:
            # Another process has just deleted the last file of this folder, and the folder with it.
            self._make_folder(target.parent)
            self._move(file, target)
        _sync_folder(target.parent)

    @staticmethod
    def _make_folder(folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            _sync_folder(folder.parent)

    def _move(self, file: Path, target: Path) -> None:
        try:
            file.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy_in(file, target)

    def _copy_in(self, file: Path, target: Path) -> None:
        beside = target.with_name(f"{target.name}{UNFINISHED}")
        with file.open("rb") as source, beside.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        beside.replace(target)
        file.unlink()

    async def copy(self, key: str, to: str) -> None:
        """Link a file under another key; raise FileNotFoundError."""
        target = self._path(to)

        def copy() -> None:
            beside = target.with_name(f"{target.name}{UNFINISHED}")
            target.parent.mkdir(parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            link_or_copy(self._path(key), beside)
            self._put(to, beside)

        await asyncio.to_thread(copy)

    async def fetch(self, key: str, to: Path) -> Path:
        """Link a file to where the caller reads it, or copy it there from another file system."""
        await asyncio.to_thread(link_or_copy, self._path(key), to)
        return to

    async def stat(self, key: str) -> StoredFile:
        """Return a file's facts, with its path."""
        path = self._path(key)
        if not path.is_file():
            raise FileNotFoundError(key)
        return _facts(key, path)

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield a part of a file in chunks of 1 MiB."""
        with await asyncio.to_thread(self._path(key).open, "rb") as file:
            end = os.fstat(file.fileno()).st_size if end is None else end
            file.seek(start)
            while start < end and (chunk := await asyncio.to_thread(file.read, min(CHUNK, end - start))):
                start += len(chunk)
                yield chunk

    async def link(self, key: str) -> str | None:
        """Return None: only this server can read the folder."""
        return None

    async def list(self, prefix: str) -> AsyncIterator[StoredFile]:
        """Yield the finished files below a folder."""
        walk = self._walk(prefix)
        while (file := await asyncio.to_thread(next, walk, None)) is not None:
            yield file

    def _walk(self, prefix: str) -> Iterator[StoredFile]:
        for inner, _, names in os.walk(self._path(prefix)):
            for name in names:
                path = Path(inner, name)
                # Others may delete files meanwhile.
                with suppress(FileNotFoundError):
                    if path.suffix != UNFINISHED:
                        yield _facts(path.relative_to(self._root).as_posix(), path)

    async def delete(self, prefix: str) -> int:
        """Delete the file or folder with this key, and return how many bytes that frees."""
        path = self._path(prefix)
        if path.is_dir():
            return await asyncio.to_thread(self._delete_folder, path)
        with suppress(FileNotFoundError):
            size = path.stat().st_size
            path.unlink()
            if path.parent.parent != self._root:
                # Only an empty folder can be removed.
                with suppress(OSError):
                    path.parent.rmdir()
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

    async def sweep(self, before: float) -> None:
        """Do nothing: what dead attempts left in the folder is deleted by their names."""

    def _path(self, key: str) -> Path:
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root) or path == self._root:
            raise ValueError(f"{key!r} is not a storage key")
        return path


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _size_below(folder: Path) -> int:
    total = 0
    # Others may delete files and folders meanwhile.
    for inner, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                if not name.endswith(UNFINISHED):
                    total += os.stat(os.path.join(inner, name)).st_size
    return total


def _facts(key: str, path: Path) -> StoredFile:
    facts = path.stat()
    return StoredFile(key, facts.st_size, facts.st_mtime, f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"', path)


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
