"""The folders of the imitated ComfyUI: uploads, outputs with their counters, and what /view finds in them."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .engine import Received

KINDS = ("input", "output", "temp")


@dataclass(frozen=True)
class Viewed:
    """What /view answers: a file, or a status without a body."""

    status: int
    path: Path | None = None
    content_type: str = ""


class Folders:
    """The folders input, output and temp below a root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for kind in KINDS:
            (root / kind).mkdir(parents=True, exist_ok=True)

    def by_type(self, kind: str) -> Path | None:
        """Return a folder by the name that requests give it."""
        return self.root / kind if kind in KINDS else None

    def uploaded(self, kind: str) -> list[str]:
        """Return the names of the images or videos that lie directly in the input folder."""
        names = sorted(path.name for path in (self.root / "input").iterdir() if path.is_file())
        guessed = {name: (mimetypes.guess_type(name, strict=False)[0] or "").partition("/")[0] for name in names}
        return [name for name in names if guessed[name] == kind]

    def annotated(self, name: str) -> tuple[str, Path | None]:
        """Split "name [output]" into the name and the folder (folder_paths.py:annotated_filepath)."""
        for kind in KINDS:
            if name.endswith(f"[{kind}]"):
                return name[: -len(kind) - 3], self.root / kind
        return name, None

    def exists(self, name: Any) -> bool:
        """Check whether a node finds the file of this name, in the input folder unless the name says another."""
        name, folder = self.annotated(name)
        folder = folder or self.root / "input"
        path = Path(os.path.abspath(folder / name))
        return _within(folder, path) and path.exists()

    def path(self, name: str) -> Path:
        """Return the path of a node's input file; raise ValueError if it is outside its folder."""
        name, folder = self.annotated(name)
        folder = folder or self.root / "input"
        path = Path(os.path.abspath(folder / name))
        if not _within(folder, path):
            raise ValueError(f"Invalid file path: {name!r}")
        return path

    def upload(self, noted: Received) -> tuple[int, dict[str, Any] | None]:
        """Store the file of a POST /upload/image (server.py:397); any file is taken, also a video."""
        form = dict(reversed(noted.fields))
        kind = form.get("type", "input")
        part = next((each for each in noted.files if each.name == "image"), None)
        # The real server has no answer to either: an unbound variable, and a text without a file.
        if kind not in KINDS or (part is None and form.get("image")):
            return 500, None
        if part is None or not part.filename:
            return 400, None
        folder, subfolder = self.root / kind, form.get("subfolder", "")
        target = Path(os.path.abspath(folder / os.path.normpath(subfolder) / part.filename))
        if not _within(folder, target):
            return 400, None
        (folder / os.path.normpath(subfolder)).mkdir(parents=True, exist_ok=True)
        if not target.parent.is_dir():
            return 500, None
        name, same = part.filename, False
        if form.get("overwrite") not in ("true", "1"):
            name, same = _free_name(folder / os.path.normpath(subfolder), part.filename, part.data)
        if not same:
            (folder / os.path.normpath(subfolder) / name).write_bytes(part.data)
        return 200, {"name": name, "subfolder": subfolder, "type": kind}

    def view(self, query: Mapping[str, str]) -> Viewed:
        """Find what a GET /view asks for (server.py:515)."""
        if "filename" not in query:
            return Viewed(404)
        name, folder = self.annotated(query["filename"])
        if not name or name[0] == "/" or ".." in name:
            return Viewed(400)
        folder = folder or self.by_type(query.get("type", "output"))
        if folder is None:
            return Viewed(400)
        inner = Path(os.path.abspath(folder / query.get("subfolder", "")))
        if not _within(folder, inner):
            return Viewed(403)
        path = inner / os.path.basename(name)
        if not path.is_file():
            return Viewed(404)
        return Viewed(200, path, mimetypes.guess_type(path.name)[0] or "application/octet-stream")

    def free_output(self, prefix: str, width: int, height: int, kind: str = "output") -> tuple[Path, str, int, str]:
        """Return the folder, the base name, the next counter and the subfolder (folder_paths.py:520)."""
        filled = os.path.normpath(_filled(prefix, width, height))
        subfolder, name = os.path.dirname(filled), os.path.basename(filled)
        folder = self.root / kind / subfolder
        if not _within(self.root / kind, Path(os.path.abspath(folder))):
            raise Exception("**** ERROR: Saving image outside the output folder is not allowed.")
        folder.mkdir(parents=True, exist_ok=True)
        used = [_counter(path.name, name) for path in folder.iterdir() if path.name.startswith(f"{name}_")]
        return folder, name, max(used, default=0) + 1, subfolder

    def forget_temporary(self) -> None:
        """Empty the temp folder, as every start does."""
        for path in (self.root / "temp").iterdir():
            path.unlink()


def _within(folder: Path, path: Path) -> bool:
    return path == folder or folder in path.parents


def _free_name(folder: Path, filename: str, data: bytes) -> tuple[str, bool]:
    """Return a name that is free, or one that holds the same content already, and which of the two it is."""
    stem, suffix = os.path.splitext(filename)
    name, number = filename, 1
    while (folder / name).exists():
        if hashlib.sha256((folder / name).read_bytes()).digest() == hashlib.sha256(data).digest():
            return name, True
        name = f"{stem} ({number}){suffix}"
        number += 1
    return name, False


def _filled(prefix: str, width: int, height: int) -> str:
    now = time.localtime()
    values = {
        "width": str(width), "height": str(height), "year": str(now.tm_year), "month": f"{now.tm_mon:02}",
        "day": f"{now.tm_mday:02}", "hour": f"{now.tm_hour:02}", "minute": f"{now.tm_min:02}",
        "second": f"{now.tm_sec:02}",
    }  # fmt: skip
    for name, value in values.items():
        prefix = prefix.replace(f"%{name}%", value)
    return prefix


def _counter(filename: str, name: str) -> int:
    digits = filename[len(name) + 1 :].partition(".")[0].partition("_")[0]
    return int(digits) if digits.isdecimal() else 0
