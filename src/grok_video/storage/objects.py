"""Media files in an object store: S3 and what speaks its protocol; Google's and Azure's by the same library."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from ..domain.errors import StorageUnavailable
from ..domain.media import file_headers
from ..ports import StoredFile
from .local_copies import LocalCache, ProcessFolder

if TYPE_CHECKING:
    from obstore import SignCapableStore

PART_BYTES = 8 << 20
PARTS_AT_ONCE = 4
# The first piece is small, so that a player starts early.
FIRST_PIECE = 256 << 10
PIECE = 4 << 20
LINK_LIFETIME = timedelta(hours=1)
# Name of the metadata that says which content was uploaded.
DIGEST = "sha256"


class ObjectStorage:
    """The Storage port on a bucket; `links` signs the URLs that clients fetch from, where they may.

    Every request is retried with growing, random pauses; a whole upload or nothing appears. Parts of an upload that a
    crash interrupted stay until a lifecycle rule of the bucket deletes them (docs/how-to/scale.md).
    """

    def __init__(
        self, store: ObjectStore, *, scratch: ProcessFolder, cache: LocalCache, links: SignCapableStore | None = None
    ) -> None:
        self._store = store
        self._scratch = scratch
        self._cache = cache
        self._links = links

    def scratch(self, name: str) -> Path:
        """Return a path for an unfinished file in this process's own folder."""
        return self._scratch.path / f"{name}.tmp"

    async def put(self, key: str, file: Path) -> None:
        """Upload a finished file, large ones in parts, and keep it in the cache."""
        path, digest = _checked(key), await asyncio.to_thread(_sha256, file)
        attributes = {**file_headers(key), DIGEST: digest}
        self._cache.forget(key)
        with _errors(key):
            await obstore.put_async(
                self._store, path, file, attributes=attributes, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            )
        self._cache.adopt(key, file)

    async def copy(self, key: str, to: str) -> None:
        """Copy a file inside the store."""
        with _errors(key):
            await obstore.copy_async(self._store, _checked(key), _checked(to))

    async def fetch(self, key: str, to: Path) -> Path:
        """Link the cached copy of a file, or download it, checked against its digest."""
        path = _checked(key)

        async def download(target: Path) -> None:
            with _errors(key):
                found = await obstore.get_async(self._store, path)
                digest = hashlib.sha256()
                with target.open("wb") as file:
                    async for chunk in found.stream(min_chunk_size=1 << 20):
                        await asyncio.to_thread(_write, file, chunk, digest)
            expected = found.attributes.get(DIGEST)
            if expected is not None and digest.hexdigest() != expected:
                raise StorageUnavailable(f"The content of {key} in the storage differs from what was uploaded.")

        await self._cache.fetch(key, to, download)
        return to

    async def stat(self, key: str) -> StoredFile:
        """Return a file's facts."""
        with _errors(key):
            return _facts(await obstore.head_async(self._store, _checked(key)))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield a part of a file in pieces of up to 4 MiB, each fetched when it is asked for."""
        path = _checked(key)
        end = (await self.stat(key)).size if end is None else end
        piece = FIRST_PIECE
        while start < end:
            with _errors(key):
                content = await obstore.get_range_async(self._store, path, start=start, end=min(end, start + piece))
            if not content:
                return
            yield bytes(content)
            start += len(content)
            piece = PIECE

    async def link(self, key: str) -> str | None:
        """Return a signed URL that is valid for an hour, if clients may fetch from the store."""
        if self._links is None:
            return None
        with _errors(key):
            return await obstore.sign_async(self._links, "GET", _checked(key), LINK_LIFETIME)

    async def list(self, prefix: str) -> AsyncIterator[StoredFile]:
        """Yield the files below a folder, a thousand per request."""
        with _errors(prefix):
            async for batch in obstore.list(self._store, prefix=_checked(prefix), chunk_size=1000):
                for found in batch:
                    yield _facts(found)

    async def delete(self, prefix: str) -> int:
        """Delete a file or what is below a folder."""
        self._cache.forget(prefix)
        try:
            found = [await self.stat(prefix)]
        except FileNotFoundError:
            found = [file async for file in self.list(prefix)]
        if found:
            # Another process may delete the same meanwhile.
            with suppress(FileNotFoundError), _errors(prefix):
                await obstore.delete_async(self._store, [file.key for file in found])
        return sum(file.size for file in found)

    async def usage(self, prefix: str | None = None) -> int:
        """Return the bytes of all videos and their inputs, or of what is below a folder, by listing them."""
        total = 0
        for folder in (prefix,) if prefix else ("media", "inputs"):
            async for file in self.list(folder):
                total += file.size
        return total

    async def older_than(self, prefix: str, before: float) -> Sequence[str]:
        """Return the keys directly below a folder of which nothing was changed since a time."""
        changed: dict[str, float] = {}
        async for file in self.list(prefix):
            child = f"{prefix}/{file.key.removeprefix(f'{prefix}/').partition('/')[0]}"
            changed[child] = max(file.modified, changed.get(child, 0.0))
        return [child for child, at in changed.items() if at < before]

    async def sweep(self, before: float) -> None:
        """Delete the folders of dead processes, and cached copies that were not used since a time."""
        await asyncio.to_thread(self._scratch.sweep, before)
        await asyncio.to_thread(self._cache.sweep, before)


@contextmanager
def _errors(key: str) -> Generator[None]:
    """Raise FileNotFoundError where there is no such object, StorageUnavailable for every other error of the store."""
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(key) from None
    except BaseError as error:
        reason = str(error).splitlines()[0][:300]
        raise StorageUnavailable(f"The storage does not respond properly: {reason}", retry_after=5) from error


def _facts(found: Any) -> StoredFile:
    etag = str(found["e_tag"] or "").strip('"')
    return StoredFile(found["path"], found["size"], found["last_modified"].timestamp(), f'"{etag}"')


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write(file: Any, chunk: Any, digest: Any) -> None:
    file.write(chunk)
    digest.update(chunk)


def _checked(key: str) -> str:
    if not key or key.startswith("/") or ".." in PurePosixPath(key).parts:
        raise ValueError(f"{key!r} is not a storage key")
    return key
