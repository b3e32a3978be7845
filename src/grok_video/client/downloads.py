"""How both clients save a file: complete or not at all, resuming where the last attempt ended."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2

from .calls import Call, path_of
from .errors import ServerError, error_of
from .video import OnProgress


class Download:
    """One download, in `<target>.<id>.<variant>.part` until it is complete.

    A video's files never change, so a partial file stays valid.
    """

    def __init__(self, video_id: str, target: Path, variant: str, on_progress: OnProgress | None) -> None:
        if target.is_dir():
            raise IsADirectoryError(f"{target} is a folder; give the name of a file")
        self.target = target
        self.part = target.with_name(f"{target.name}.{video_id.replace(':', '_')}.{variant}.part")
        self._id = video_id
        self._variant = variant
        self._on_progress = on_progress
        self._done = 0
        self._total: int | None = None

    def call(self) -> Call:
        """Return the request for the missing part."""
        self._done = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Range": f"bytes={self._done}-"} if self._done else {}
        return Call("GET", f"{path_of(self._id)}/content", params={"variant": self._variant}, headers=headers)

    def begin(self, response: httpx2.Response) -> str:
        """Check the response's headers and return the mode to open the partial file with; raise its error, if any.

        Raises ServerError for a range that was not requested.
        """
        if response.status_code == 206:
            match = re.match(r"bytes (\d+)-\d+/(\d+)", response.headers.get("content-range", ""))
            if match is None or int(match[1]) != self._done:
                self.part.unlink(missing_ok=True)
                raise ServerError("The server sent another range of the file than requested.", status=206)
            self._total = int(match[2])
            return "ab"
        if response.status_code == 416:
            # The partial file is longer than the remote one, so it is not a prefix of it: start over.
            self.part.unlink(missing_ok=True)
        if response.status_code != 200:
            raise error_of(response)
        length = response.headers.get("content-length", "")
        self._done, self._total = 0, int(length) if length.isdigit() else None
        return "wb"

    def wrote(self, count: int) -> None:
        """Count written bytes and report the progress."""
        self._done += count
        if self._on_progress is not None:
            self._on_progress(self._done, self._total)

    def finish(self) -> Path:
        """Move the complete file to its target path; raise ServerError if it is incomplete."""
        if self._total is not None and self._done != self._total:
            raise ServerError(f"The server sent {self._done} of {self._total} bytes.", status=206)
        self.part.replace(self.target)
        return self.target
