"""Media files in memory."""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from collections.abc import Sequence
from pathlib import Path, PurePosixPath


class InMemoryStorage:
    """The Storage port: contents in memory, written to a temporary folder when they are fetched.

    The folder is deleted with the object.
    """

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

    async def fetch(self, key: str) -> Path:
        """Return a file with this key's content; raise FileNotFoundError."""
        if _checked(key) not in self._files:
            raise FileNotFoundError(key)
        path = self._folder / "fetched" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._files[key][0])
        return path

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


def _checked(key: str) -> str:
    if not key or key.startswith("/") or ".." in PurePosixPath(key).parts:
        raise ValueError(f"{key!r} is not a storage key")
    return key
