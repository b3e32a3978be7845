"""Blocking work on threads that is never left running behind its caller's back, and folders to spool in."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

SPOOL_PREFIX = "grok-video-spool-"


async def in_thread(function: Callable[[], T], executor: Executor | None = None) -> T:
    """Run blocking work on a thread; when cancelled, wait for it to end before saying so."""
    work = asyncio.get_running_loop().run_in_executor(executor, function)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def spool_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for one request's files."""
    return tempfile.TemporaryDirectory(prefix=SPOOL_PREFIX)


def sweep_spool(before: float) -> int:
    """Delete spool folders that a killed process left, last changed before a time; return how many."""
    stale = [path for path in Path(tempfile.gettempdir()).glob(f"{SPOOL_PREFIX}*") if path.stat().st_mtime < before]
    for path in stale:
        shutil.rmtree(path, ignore_errors=True)
    return len(stale)
