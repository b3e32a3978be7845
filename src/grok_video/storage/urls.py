"""Opening a storage by its URL."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.errors import CannotStart, StorageUnavailable
from ..ports import Storage
from .folder import FolderStorage

if TYPE_CHECKING:
    from obstore.store import AzureStore, ClientConfig, GCSStore, RetryConfig, S3Config, S3Store


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """How remote storage is used: a folder for this machine's copies, and how many bytes of them are kept.

    With `links` clients are sent to signed URLs, on `links_endpoint` if they reach the store by another address.
    """

    folder: Path
    cache_bytes: int = 2 << 30
    links: bool = False
    links_endpoint: str | None = None


def open_storage(url: str, options: RemoteOptions) -> Storage:
    """Return the storage at a URL; raise CannotStart for one whose options are wrong."""
    if url.startswith("file://"):
        return FolderStorage(Path(url.removeprefix("file://")))
    return _open_remote(url, options)


def _open_remote(url: str, options: RemoteOptions) -> Storage:
    from obstore.exceptions import BaseError

    from .local_copies import LocalCache, ProcessFolder
    from .objects import ObjectStorage

    try:
        store = _store(url)
        links = _store(url, options.links_endpoint) if options.links else None
    except (BaseError, ValueError) as error:
        raise CannotStart(f"The storage {url} cannot be used: {str(error).splitlines()[0]}") from None
    scratch = ProcessFolder(options.folder)
    cache = LocalCache(scratch.path / "cache", options.cache_bytes)
    return ObjectStorage(store, scratch=scratch, cache=cache, links=links)


def _store(url: str, endpoint: str | None = None) -> S3Store | GCSStore | AzureStore:
    """Return the library's store: credentials, region, endpoint and encryption are read from the environment."""
    from obstore.store import AzureStore, GCSStore, S3Store

    retries: RetryConfig = {
        "max_retries": 8,
        "retry_timeout": timedelta(seconds=60),
        "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=10), "base": 2},
    }
    client: ClientConfig = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=120)}
    if not url.startswith("s3:"):
        kind = GCSStore if url.startswith("gs:") else AzureStore
        return kind.from_url(url, client_options=client, retry_config=retries)
    # Every upload carries a checksum, which the store compares with what it received.
    config: S3Config = {"checksum_algorithm": "SHA256"}
    endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT")
    if endpoint is not None:
        config["endpoint"] = endpoint
        # Without TLS, if the operator wrote so.
        client["allow_http"] = endpoint.startswith("http:")
    return S3Store.from_url(url, config=config, client_options=client, retry_config=retries)


async def check_storage(storage: Storage, url: str) -> None:
    """Raise CannotStart if the storage cannot be written to, read and deleted from."""
    key = f"checks/{os.getpid()}"
    file = storage.scratch("check")
    try:
        file.write_bytes(b"grok-video")
        await storage.put(key, file)
        _ = [chunk async for chunk in storage.read(key)]
        await storage.delete(key)
    except (StorageUnavailable, OSError) as error:
        raise CannotStart(f"The storage {url} cannot be used: {error}. Check GROK_VIDEO_STORAGE_URL.") from None
    finally:
        file.unlink(missing_ok=True)
