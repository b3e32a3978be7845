"""Media files in memory."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
import weakref
from collections.abc import AsyncIterator, Sequence
from pathlib import Path, PurePosixPath

from ..ports import StoredFile


class InMemoryStorage:
    """The Storage port: contents in memory, unfinished files in a temporary folder that is deleted with the object."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, float]] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="grok-video-memory-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def scratch(self, name: str) -> Path:
        """Return a path for an unfinished file in the temporary folder."""
        return self._folder / f"{name}.tmp"

    async def put(self, key: str, file: Path) -> None:
        """Take in a finished file and delete it from disk."""
        self._files[_checked(key)] = (file.read_bytes(), time.time())
        file.unlink()

    async def copy(self, key: str, to: str) -> None:
        """Store a file's content under another key too; raise FileNotFoundError."""
        self._files[_checked(to)] = (self._content(key), time.time())

    async def fetch(self, key: str, to: Path) -> Path:
        """Write a file's content to a path; raise FileNotFoundError."""
        to.write_bytes(self._content(key))
        return to

    async def stat(self, key: str) -> StoredFile:
        """Return a file's facts; raise FileNotFoundError."""
        content = self._content(key)
        digest = hashlib.sha256(content).hexdigest()
        return StoredFile(key, len(content), self._files[key][1], f'"{digest}"')

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield a part of a file; raise FileNotFoundError."""
        if content := self._content(key)[start:end]:
            yield content

    async def link(self, key: str) -> str | None:
        """Return None: there is no URL of it."""
        return None

    async def list(self, prefix: str) -> AsyncIterator[StoredFile]:
        """Yield the files below a folder."""
        for key in [key for key in self._files if key.startswith(f"{prefix}/")]:
            yield await self.stat(key)

    async def delete(self, prefix: str) -> int:
        """Delete the file with this key, or every file below this folder, and return how many bytes that frees."""
        _checked(prefix)
        deleted = [key for key in self._files if key == prefix or key.startswith(f"{prefix}/")]
        return sum(len(self._files.pop(key)[0]) for key in deleted)

    async def usage(self, prefix: str | None = None) -> int:
        """Return the bytes of all videos and their inputs, or of what is below a folder."""
        folders = (prefix,) if prefix else ("media", "inputs")
        counted = [key for key in self._files if key.startswith(tuple(f"{folder}/" for folder in folders))]
        return sum(len(self._files[key][0]) for key in counted)

    async def older_than(self, prefix: str, before: float) -> Sequence[str]:
        """Return the keys directly below a folder that were last changed before a time."""
        changed: dict[str, float] = {}
        for key, (_, at) in self._files.items():
            if key.startswith(f"{prefix}/"):
                child = f"{prefix}/{key.removeprefix(f'{prefix}/').partition('/')[0]}"
                changed[child] = max(at, changed.get(child, 0.0))
        return [child for child, at in changed.items() if at < before]

    async def sweep(self, before: float) -> None:
        """Do nothing: the temporary folder ends with the object."""

    def _content(self, key: str) -> bytes:
        if _checked(key) not in self._files:
            raise FileNotFoundError(key)
        return self._files[key][0]


def _checked(key: str) -> str:
    if not key or key.startswith("/") or ".." in PurePosixPath(key).parts:
        raise ValueError(f"{key!r} is not a storage key")
    return key
