"""Serving a finished video with ranges, and every fault of a download."""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from .running import Background
from .xai_faults import Fault, endless, until_gone

MP4 = "video/mp4"
PAGE = "<!doctype html><title>Just a moment...</title><p>Checking your browser.</p>"
PIECE = 65536


class Torn(Response):
    """An answer that promises more than it sends, and then ends."""

    def __init__(self, background: Background, whole: Response, keep: int) -> None:
        super().__init__()
        self.background, self.whole, self.keep = background, whole, keep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = self.whole.raw_headers
        await send({"type": "http.response.start", "status": self.whole.status_code, "headers": headers})
        body = bytes(self.whole.body)[: self.keep]
        await send({"type": "http.response.body", "body": body, "more_body": True})
        self.background.hang_up(dict(scope))
        await until_gone(receive)


def answer_file(background: Background, data: bytes, headers: Mapping[str, str], fault: Fault | None) -> Response:
    """Respond to a request for a video, with the configured fault if there is one."""
    kind = fault.kind if fault else None
    if kind == "missing":
        return JSONResponse({"error": "Not found"}, 404)
    if kind == "forbidden":
        return HTMLResponse("<h1>403 Forbidden</h1>", 403)
    if kind == "html":
        return HTMLResponse(PAGE)
    if kind == "endless":
        return endless(MP4, data[:PIECE])
    if fault and kind == "redirect":
        return Response(status_code=302, headers={"location": fault.options["to"]})
    if kind == "junk":
        data = random.Random(len(data)).randbytes(len(data))
    if kind == "no_range":
        return Response(data, media_type=MP4, headers={"etag": etag(data)})
    start, whole = _ranged(data, headers)
    if whole.status_code not in (200, 206):
        return whole
    if kind == "torn":
        return Torn(background, whole, len(whole.body) // 2)
    if kind == "torn_always":
        return Torn(background, whole, max(0, len(data) // 2 - start))
    if fault and kind == "slow":
        return _slow(whole, fault.options)
    return whole


def etag(data: bytes) -> str:
    """Name this content."""
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def _ranged(data: bytes, headers: Mapping[str, str]) -> tuple[int, Response]:
    """Answer 200, 206 or 416, and say at which byte the answer starts."""
    common = {"accept-ranges": "bytes", "etag": etag(data)}
    requested = headers.get("range")
    if requested is None or headers.get("if-range", common["etag"]) != common["etag"]:
        return 0, Response(data, media_type=MP4, headers=common)
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", requested.strip())
    if not match or not any(match.groups()):
        return 0, Response(data, media_type=MP4, headers=common)
    first, last = match.groups()
    start = int(first) if first else max(0, len(data) - int(last))
    stop = min(len(data), int(last) + 1) if first and last else len(data)
    if first and last and int(last) < int(first):
        return 0, Response(data, media_type=MP4, headers=common)
    if start >= len(data):
        return 0, Response(status_code=416, headers={**common, "content-range": f"bytes */{len(data)}"})
    common["content-range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return start, Response(data[start:stop], 206, common, MP4)


def _slow(whole: Response, options: Mapping[str, Any]) -> Response:
    """Send the same answer in small pieces with a pause before each."""
    size = options.get("chunk_bytes", 4096)

    async def pieces() -> AsyncIterator[bytes]:
        body = bytes(whole.body)
        for start in range(0, len(body), size):
            await asyncio.sleep(options["chunk_seconds"])
            yield body[start : start + size]

    return StreamingResponse(pieces(), whole.status_code, dict(whole.headers))
