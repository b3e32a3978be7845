"""Local copies of files in remote storage: a cache with a size limit, and a folder that ends with its process."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

LOCK = "in-use"
PART = ".part"
NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP)


def link_or_copy(source: Path, target: Path) -> None:
    """Make a second name of a file, or a copy where the file system has no links; raise FileNotFoundError."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        shutil.copyfile(source, target)


class ProcessFolder:
    """A folder for one process's unfinished files, below a common one; it is locked while the process runs.

    It ends with the process, or, after a crash, by the next sweep of another.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = root
        self.path = Path(tempfile.mkdtemp(dir=root))
        self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def sweep(self, before: float) -> None:
        """Delete the folders of processes that have ended, last changed before a time."""
        for folder in self._root.iterdir():
            # Others may delete it meanwhile.
            with suppress(FileNotFoundError):
                if folder != self.path and folder.stat().st_mtime < before and not _locked(folder / LOCK):
                    shutil.rmtree(folder, ignore_errors=True)


def _locked(file: Path) -> bool:
    try:
        handle = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


class LocalCache:
    """Files of remote storage that are needed again, up to a size; the least recently used are deleted first.

    Readers get links of their own, so what they read stays theirs when the cache deletes it.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._max_bytes = max_bytes
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def fetch(self, key: str, to: Path, download: Callable[[Path], Awaitable[None]]) -> None:
        """Make a link to a cached file, which is downloaded if it is not here yet; once, however many wait for it."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            slot = self._slot(key)
            try:
                os.utime(slot)
                await asyncio.to_thread(link_or_copy, slot, to)
            except FileNotFoundError:
                fresh = slot.with_name(slot.name + PART)
                try:
                    await download(fresh)
                    await asyncio.to_thread(link_or_copy, fresh, to)
                    self.adopt(key, fresh)
                finally:
                    fresh.unlink(missing_ok=True)

    def adopt(self, key: str, file: Path) -> None:
        """Take over a file whose content is that of a key, and delete what is too much."""
        if file.stat().st_size <= self._max_bytes:
            slot = self._slot(key)
            try:
                file.replace(slot)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
            else:
                os.utime(slot)
                self._trim()
                return
        file.unlink()

    def forget(self, prefix: str) -> None:
        """Delete a file, or those below a folder."""
        self._slot(prefix).unlink(missing_ok=True)
        for slot in self._folder.glob(f"{_name(prefix + '/')}*"):
            slot.unlink(missing_ok=True)

    def sweep(self, before: float) -> None:
        """Delete what was last used before a time: others may have deleted those videos."""
        for slot in self._folder.iterdir():
            with suppress(FileNotFoundError):
                if slot.stat().st_mtime < before:
                    slot.unlink()

    def _trim(self) -> None:
        found = list[tuple[os.stat_result, Path]]()
        for slot in self._folder.iterdir():
            # A sweep may delete it meanwhile.
            with suppress(FileNotFoundError):
                if slot.suffix != PART:
                    found.append((slot.stat(), slot))
        used = sorted(found, key=lambda pair: pair[0].st_mtime)
        total = sum(facts.st_size for facts, _ in used)
        for facts, slot in used:
            if total <= self._max_bytes:
                return
            slot.unlink(missing_ok=True)
            total -= facts.st_size

    def _slot(self, key: str) -> Path:
        return self._folder / _name(key)


def _name(key: str) -> str:
    """Return the file name of a key, with which those of the keys below it begin."""
    return key.replace("/", "+")
