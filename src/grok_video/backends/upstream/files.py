"""Downloading a finished file: resumed when the connection breaks, checked for type and size."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from ...domain.errors import AddressRefused, DownloadGone, DownloadIncomplete, FetchFailed, FileInvalid
from ...runtime.fetch import Fetcher, Opened, origin_of

TRIES = 4
PER_HOST = 4
STALLED_SECONDS = 60.0
TOTAL_SECONDS = 1800.0
CONTENT_TYPES = ("video/", "application/octet-stream", "binary/octet-stream", "application/mp4")


class Files:
    """Downloads from an upstream, PER_HOST at once from each host.

    URLs of the upstream's own origin are trusted, because the operator configured it, and get its headers; all others
    pass the address guard without them (decision 0011).
    """

    def __init__(self, fetcher: Fetcher, base_url: str, headers: dict[str, str], max_bytes: int) -> None:
        self._fetcher = fetcher
        self._origin = origin_of(base_url)
        self._headers = {"Authorization": headers["Authorization"]} if "Authorization" in headers else {}
        self._max_bytes = max_bytes
        self._slots: dict[str, asyncio.Semaphore] = {}

    async def fetch(self, url: str, target: Path) -> None:
        """Download to a file; raise DownloadGone, FileInvalid or DownloadIncomplete and leave no file."""
        slot = self._slots.setdefault(urlsplit(url).netloc, asyncio.Semaphore(PER_HOST))
        download = _Download(target, self._max_bytes)
        try:
            async with slot, asyncio.timeout(TOTAL_SECONDS):
                await self._download(url, download)
        except BaseException as error:
            target.unlink(missing_ok=True)
            if isinstance(error, TimeoutError):
                raise DownloadIncomplete("The upstream's finished file takes too long to download.") from None
            raise

    async def _download(self, url: str, download: _Download) -> None:
        tries, reason = 0, ""
        while tries < TRIES:
            before = download.received
            try:
                headers = {**download.headers(), **self._headers}
                opening = self._fetcher.open(url, headers, trusted=self._origin, read_seconds=STALLED_SECONDS)
                async with opening as response:
                    await download.append(response)
                return
            except AddressRefused as refused:
                raise FileInvalid(
                    f"The upstream's finished file is at a forbidden address: {refused.message}."
                ) from None
            except (FetchFailed, _Broken) as error:
                reason = str(error)
            # Only tries that bring nothing new count.
            tries = 0 if download.received > before else tries + 1
            await asyncio.sleep(min(5.0, 0.1 * 2**tries))
        raise DownloadIncomplete(f"The upstream's finished file could not be downloaded completely: {reason}.")


class _Broken(Exception):
    """The connection broke; what was received so far is kept."""


class _Download:
    """A file that grows over as many responses as it takes."""

    def __init__(self, target: Path, max_bytes: int) -> None:
        self._target = target
        self._max_bytes = max_bytes
        self._etag: str | None = None
        self.received = 0

    def headers(self) -> dict[str, str]:
        """Return the headers that request the missing part, if the file is still the same."""
        if not self.received or self._etag is None:
            return {}
        return {"Range": f"bytes={self.received}-", "If-Range": self._etag}

    async def append(self, response: Opened) -> None:
        """Append the response's body, or start again if it is the whole file."""
        if response.status in (404, 403, 401, 410):
            raise DownloadGone(f"The upstream responds with {response.status} for its finished file.")
        if response.status == 416:
            self.received = 0
            raise _Broken("it changed during the download")
        if response.status not in (200, 206):
            raise _Broken(f"the server responded with {response.status}")
        content_type = response.headers.get("content-type", "video/").lower()
        if not content_type.startswith(CONTENT_TYPES):
            raise FileInvalid(f"The upstream's finished file is {content_type.split(';')[0][:60]}, not a video.")
        if response.status == 200:
            self.received = 0
        length = response.headers.get("content-length", "")
        total = self.received + int(length) if length.isdigit() else None
        if total is not None and total > self._max_bytes:
            raise FileInvalid(f"The upstream's finished file has {total} bytes; at most {self._max_bytes} are allowed.")
        etag = response.headers.get("etag") or response.headers.get("last-modified")
        self._etag = None if etag is None or etag.startswith("W/") else etag
        await self._write(response, total)

    async def _write(self, response: Opened, total: int | None) -> None:
        with self._target.open("r+b" if self.received else "wb") as file:
            file.seek(self.received)
            file.truncate()
            try:
                async for chunk in response.chunks():
                    self.received += len(chunk)
                    if self.received > self._max_bytes:
                        raise FileInvalid(f"The upstream's finished file is larger than {self._max_bytes} bytes.")
                    file.write(chunk)
            except FetchFailed as broken:
                raise _Broken(broken.message) from None
        if total is not None and self.received != total:
            raise _Broken(f"{self.received} of {total} bytes were received")
        if not self.received:
            raise _Broken("it is empty")
