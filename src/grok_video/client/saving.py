"""How both clients save a file: whole or not at all, and from where the last try ended."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2

from .calls import Call, path_of
from .errors import ServerError, error_of
from .video import OnProgress


class Saving:
    """One file on its way, as `<target>.<id>.<variant>.part` until it is whole.

    A file of a video never changes, so that a part is good for as long as it lies there.
    """

    def __init__(self, video_id: str, target: Path, variant: str, on_progress: OnProgress | None) -> None:
        self.target = target
        self.part = target.with_name(f"{target.name}.{video_id.replace(':', '_')}.{variant}.part")
        self._id = video_id
        self._variant = variant
        self._on_progress = on_progress
        self._done = 0
        self._total: int | None = None

    def call(self) -> Call:
        """Ask for what is still missing."""
        self._done = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Range": f"bytes={self._done}-"} if self._done else {}
        return Call("GET", f"{path_of(self._id)}/content", params={"variant": self._variant}, headers=headers)

    def begin(self, answer: httpx2.Response) -> str:
        """Look at the answer's head and give the mode to open the part with; raise what it refuses with.

        Raises ServerError for a part of the file that was not asked for.
        """
        if answer.status_code == 206:
            found = re.match(r"bytes (\d+)-\d+/(\d+)", answer.headers.get("content-range", ""))
            if found is None or int(found[1]) != self._done:
                self.part.unlink(missing_ok=True)
                raise ServerError("The server sent another part of the file than was asked for.", status=206)
            self._total = int(found[2])
            return "ab"
        if answer.status_code == 416:
            # Longer than the file: it is none of it.
            self.part.unlink(missing_ok=True)
        if answer.status_code != 200:
            raise error_of(answer)
        length = answer.headers.get("content-length", "")
        self._done, self._total = 0, int(length) if length.isdigit() else None
        return "wb"

    def wrote(self, count: int) -> None:
        """Note that so many bytes were written."""
        self._done += count
        if self._on_progress is not None:
            self._on_progress(self._done, self._total)

    def finish(self) -> Path:
        """Put the whole file in its place; raise ServerError when some of it did not come."""
        if self._total is not None and self._done != self._total:
            raise ServerError(f"The server sent {self._done} of {self._total} bytes.", status=206)
        self.part.replace(self.target)
        return self.target
