"""Blocking work on threads that is never left running behind its caller's back, and folders to spool in."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TypeVar

import psutil

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
    return tempfile.TemporaryDirectory(prefix=f"{SPOOL_PREFIX}{os.getpid()}-")


def sweep_spool(before: float) -> int:
    """Delete spool folders that a killed process left, last changed before a time; return how many.

    A living one's are never touched: a task may wait for its upstream for hours.
    """
    found = Path(tempfile.gettempdir()).glob(f"{SPOOL_PREFIX}*")
    stale = [path for path in found if path.stat().st_mtime < before and not _living(path)]
    for path in stale:
        shutil.rmtree(path, ignore_errors=True)
    return len(stale)


def _living(folder: Path) -> bool:
    """Tell whether the process that made a folder still runs: its number, if it is as old as the folder."""
    number = folder.name.removeprefix(SPOOL_PREFIX).partition("-")[0]
    try:
        return psutil.Process(int(number)).create_time() <= folder.stat().st_ctime + 1
    except (ValueError, psutil.NoSuchProcess):
        return False
