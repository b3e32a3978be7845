"""Blocking work on threads that never outlives its caller, and temporary folders for spooled files."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import Self, TypeVar

import psutil

T = TypeVar("T")

SPOOL_PREFIX = "grok-video-spool-"


async def in_thread(function: Callable[[], T], executor: Executor | None = None) -> T:
    """Run blocking work on a thread; a cancelled caller waits until the work has ended."""
    work = asyncio.get_running_loop().run_in_executor(executor, function)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def in_daemon_thread(function: Callable[[], T]) -> asyncio.Future[T]:
    """Run blocking work on a thread of its own, which does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def deliver(outcome: Callable[[], None]) -> None:
        # The loop may be closed, and nobody waits any longer.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if done.done() else outcome())

    def run() -> None:
        try:
            result = function()
        except Exception as error:
            failure = error
            deliver(lambda: done.set_exception(failure))
        else:
            deliver(lambda: done.set_result(result))

    threading.Thread(target=run, daemon=True).start()
    return done


def spool_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder for the files of one request or task."""
    return tempfile.TemporaryDirectory(prefix=f"{SPOOL_PREFIX}{os.getpid()}-")


class SpoolFolder:
    """A temporary folder that is made when its path is first used: most tasks wait without any file."""

    __slots__ = ("_folder",)

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def path(self) -> Path:
        """The folder, which exists until the end of the context."""
        if self._folder is None:
            self._folder = spool_folder()
        return Path(self._folder.name)

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete the folder, if there is one."""
        if self._folder is not None:
            self._folder.cleanup()


def sweep_spool(before: float) -> int:
    """Delete spool folders of killed processes, last changed before a time; return how many.

    Folders of running processes stay: a task may wait for its upstream for hours.
    """
    folders = Path(tempfile.gettempdir()).glob(f"{SPOOL_PREFIX}*")
    stale = [folder for folder in folders if folder.stat().st_mtime < before and not _in_use(folder)]
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
    return len(stale)


def _in_use(folder: Path) -> bool:
    """Check whether the process that made a folder still runs: its pid, if it started before the folder was made."""
    pid = folder.name.removeprefix(SPOOL_PREFIX).partition("-")[0]
    try:
        return psutil.Process(int(pid)).create_time() <= folder.stat().st_ctime + 1
    except (ValueError, psutil.NoSuchProcess):
        return False
