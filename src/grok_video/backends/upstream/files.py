"""Fetching a finished file at once: resumed where the line breaks, checked for kind and size."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from ...domain.errors import FetchFailed, FileGone, FileInvalid, FileTorn
from ...media.fetch import AddressRefused, Fetcher, Opened, origin_of

TRIES = 4
AT_ONCE = 4
STALLED_SECONDS = 60.0
TOTAL_SECONDS = 1800.0
KINDS = ("video/", "application/octet-stream", "binary/octet-stream", "application/mp4")


class Files:
    """Downloads from an upstream; so many at once from each host.

    Addresses of the upstream's own origin are the operator's word and get its headers; all others pass
    the guard without them (design.md 7).
    """

    def __init__(self, fetcher: Fetcher, base_url: str, headers: dict[str, str], max_bytes: int) -> None:
        self._fetcher = fetcher
        self._origin = origin_of(base_url)
        self._headers = {"Authorization": headers["Authorization"]} if "Authorization" in headers else {}
        self._max_bytes = max_bytes
        self._places: dict[str, asyncio.Semaphore] = {}

    async def fetch(self, url: str, target: Path) -> None:
        """Download to a file; raise FileGone, FileInvalid or FileTorn, leaving none."""
        place = self._places.setdefault(urlsplit(url).netloc, asyncio.Semaphore(AT_ONCE))
        download = _Download(target, self._max_bytes)
        try:
            async with place, asyncio.timeout(TOTAL_SECONDS):
                await self._whole(url, download)
        except BaseException as error:
            target.unlink(missing_ok=True)
            if isinstance(error, TimeoutError):
                raise FileTorn("The upstream's finished file takes too long to fetch.") from None
            raise

    async def _whole(self, url: str, download: _Download) -> None:
        tries, reason = 0, ""
        while tries < TRIES:
            had = download.have
            try:
                asking = {**download.asking(), **self._headers}
                opening = self._fetcher.open(url, asking, trusted=self._origin, read_seconds=STALLED_SECONDS)
                async with opening as answer:
                    await download.take(answer)
                return
            except AddressRefused as refused:
                raise FileInvalid(f"The upstream's finished file lies elsewhere: {refused.message}.") from None
            except (FetchFailed, _Broken) as error:
                reason = str(error)
            # Only what brings nothing new counts against it.
            tries = 0 if download.have > had else tries + 1
            await asyncio.sleep(min(5.0, 0.1 * 2**tries))
        raise FileTorn(f"The upstream's finished file never came whole: {reason}.")


class _Broken(Exception):
    """The line broke; what has come so far is kept."""


class _Download:
    """A file that grows over as many answers as it takes."""

    def __init__(self, target: Path, max_bytes: int) -> None:
        self._target = target
        self._max_bytes = max_bytes
        self._mark: str | None = None
        self.have = 0

    def asking(self) -> dict[str, str]:
        """Give the headers that ask for what is missing, if the file is still the same."""
        if not self.have or self._mark is None:
            return {}
        return {"Range": f"bytes={self.have}-", "If-Range": self._mark}

    async def take(self, answer: Opened) -> None:
        """Append or begin anew, as the answer says."""
        if answer.status in (404, 403, 401, 410):
            raise FileGone(f"The upstream answers {answer.status} for its finished file.")
        if answer.status == 416:
            self.have = 0
            raise _Broken("it changed while it was fetched")
        if answer.status not in (200, 206):
            raise _Broken(f"it answered {answer.status}")
        kind = answer.headers.get("content-type", "video/").lower()
        if not kind.startswith(KINDS):
            raise FileInvalid(f"The upstream's finished file is {kind.split(';')[0][:60]}, no video.")
        if answer.status == 200:
            self.have = 0
        length = answer.headers.get("content-length", "")
        whole = self.have + int(length) if length.isdigit() else None
        if whole is not None and whole > self._max_bytes:
            raise FileInvalid(f"The upstream's finished file has {whole} bytes; at most {self._max_bytes} are taken.")
        mark = answer.headers.get("etag") or answer.headers.get("last-modified")
        self._mark = None if mark is None or mark.startswith("W/") else mark
        await self._append(answer, whole)

    async def _append(self, answer: Opened, whole: int | None) -> None:
        with self._target.open("r+b" if self.have else "wb") as file:
            file.seek(self.have)
            file.truncate()
            try:
                async for chunk in answer.chunks():
                    self.have += len(chunk)
                    if self.have > self._max_bytes:
                        raise FileInvalid(f"The upstream's finished file is larger than {self._max_bytes} bytes.")
                    file.write(chunk)
            except FetchFailed as broken:
                raise _Broken(broken.message) from None
        if whole is not None and self.have != whole:
            raise _Broken(f"{self.have} of {whole} bytes came")
        if not self.have:
            raise _Broken("it is empty")
