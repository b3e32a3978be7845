"""A server whose storage fails or is slow while a file says so: `python -m tests.chaos.bad_storage FILE serve …`."""

from __future__ import annotations

import errno
import runpy
import sys
import time
from pathlib import Path
from typing import Any

SLOW_SECONDS = 0.5


def break_storage(state: Path) -> None:
    """Let the folder's writes and reads do what the file says: `slow`, `full`, `error`, or nothing."""
    from grok_video.storage.folder import FolderStorage

    def troubled(method: Any) -> Any:
        def call(self: Any, *arguments: Any) -> Any:
            kind = state.read_text()
            if kind == "slow":
                time.sleep(SLOW_SECONDS)
            elif kind:
                raise OSError(errno.ENOSPC if kind == "full" else errno.EIO, f"storage: {kind}")
            return method(self, *arguments)

        return call

    FolderStorage._put = troubled(FolderStorage._put)


# Children of the server import this module again, under another name.
if __name__ == "__main__":
    break_storage(Path(sys.argv.pop(1)))
    runpy.run_module("grok_video", run_name="__main__", alter_sys=True)
