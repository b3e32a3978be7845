"""Copying all media from one storage to another, so that it can be interrupted and repeated."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from ..domain.media import INPUTS, UPLOADS
from ..ports import Storage, StoredFile

FOLDERS = ("media", INPUTS, UPLOADS)
AT_ONCE = 8


@dataclass(slots=True)
class CopyTally:
    """How many files were copied, in bytes too; how many were there already; which differ after the copy."""

    copied: int = 0
    copied_bytes: int = 0
    there: int = 0
    different: int = 0


async def copy_all(source: Storage, target: Storage, report: Callable[[CopyTally], None] = lambda _: None) -> CopyTally:
    """Copy every file that the target lacks or has with another content; each copy is read back and compared.

    Raises StorageUnavailable or OSError; another run goes on where this one ended.
    """
    tally = CopyTally()
    waiting = set[asyncio.Task[None]]()
    try:
        for folder in FOLDERS:
            async for file in source.list(folder):
                waiting.add(asyncio.create_task(_copy_file(source, target, file, tally)))
                if len(waiting) >= AT_ONCE:
                    waiting = await _some(waiting)
                report(tally)
        while waiting:
            waiting = await _some(waiting)
            report(tally)
    finally:
        for copy in waiting:
            copy.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    return tally


async def _some(waiting: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    """Wait until a copy has ended, raise its error, and return those that still run."""
    done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for copy in done:
        copy.result()
    return waiting


async def _copy_file(source: Storage, target: Storage, file: StoredFile, tally: CopyTally) -> None:
    try:
        digest = await sha256(source, file.key)
        if await _has(target, file, digest):
            tally.there += 1
            return
        fresh = target.scratch(uuid4().hex)
        try:
            await source.fetch(file.key, fresh)
            await target.put(file.key, fresh)
        finally:
            fresh.unlink(missing_ok=True)
    except FileNotFoundError:
        # It was deleted while the library was copied.
        return
    if await _has(target, file, digest):
        tally.copied += 1
        tally.copied_bytes += file.size
    else:
        tally.different += 1


async def _has(storage: Storage, file: StoredFile, digest: str) -> bool:
    """Check whether a storage has this file with this content, which is read as a whole."""
    try:
        return (await storage.stat(file.key)).size == file.size and await sha256(storage, file.key) == digest
    except FileNotFoundError:
        return False


async def sha256(storage: Storage, key: str) -> str:
    """Return the SHA-256 of a file's content in hexadecimal; raise FileNotFoundError."""
    digest = hashlib.sha256()
    async for chunk in storage.read(key):
        digest.update(chunk)
    return digest.hexdigest()
