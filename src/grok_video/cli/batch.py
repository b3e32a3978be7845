"""`create --batch`: many prompts, each to a file of its own; a second run continues where the first ended."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..client import AsyncGrokVideo, AsyncVideo, GrokVideoError, NotFoundError
from .batch_file import REMOTE, Line, read_lines
from .output import message, print_json, wants_json

# How often a line is requested again, each time under another key, if its earlier tasks have failed.
MAX_TRIES = 20


def run_batch(file: Path, folder: Path, parallel: int, as_json: bool, images: Sequence[str], **fields: Any) -> bool:
    """Create the video of every line; return whether all succeeded."""
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    is_json = file.suffix in (".jsonl", ".ndjson")
    lines = read_lines(text, folder, is_json=is_json, images=images, fields=fields, images_from=file.parent)
    folder.mkdir(parents=True, exist_ok=True)
    results = asyncio.run(_run(lines, parallel, wants_json(as_json)))
    succeeded = sum(results)
    message(
        f"{succeeded} of {len(lines)} videos in {folder}"
        + ("" if succeeded == len(lines) else "; run again for the rest")
    )
    return succeeded == len(lines)


async def _run(lines: Sequence[Line], parallel: int, as_json: bool) -> list[bool]:
    slots = asyncio.Semaphore(parallel)
    async with AsyncGrokVideo() as client:

        async def create(line: Line) -> bool:
            async with slots:
                return await _make(client, line, as_json)

        return await asyncio.gather(*[create(line) for line in lines])


async def _make(client: AsyncGrokVideo, line: Line, as_json: bool) -> bool:
    report = _reporter(line, as_json)
    if line.target.exists():
        report("exists already", {"status": "completed"})
        return True
    try:
        video = await request_video(client, line)
        if not video.done:
            video = await client.wait(video.id)
        if video.failed:
            error = video.error or {}
            report(f"failed: {error.get('message')}", video.raw)
            return False
        line.target.parent.mkdir(parents=True, exist_ok=True)
        await client.download(video.id, line.target)
    except GrokVideoError as error:
        report(f"failed: {error}", {"status": "failed", "error": {"code": error.code, "message": str(error)}})
        return False
    report(str(line.target), video.raw)
    return True


async def request_video(client: AsyncGrokVideo, line: Line) -> AsyncVideo:
    """Request a line's video, or find the one that an earlier run requested, unless it has failed or was deleted."""
    digests = [
        image if image.startswith(REMOTE) else hashlib.sha256(Path(image).read_bytes()).hexdigest()
        for image in line.images
    ]
    request = json.dumps([line.digest, str(line.target.resolve()), digests, dict(line.fields)])
    key = hashlib.sha256(request.encode()).hexdigest()[:40]
    for attempt in range(MAX_TRIES):
        try:
            video = await client.create(
                line.prompt, line.images, idempotency_key=f"batch-{key}-{attempt}", **line.fields
            )
        except NotFoundError as error:
            # The server knows the key, but the video was deleted.
            if error.code != "video_not_found":
                raise
        else:
            if not video.failed:
                return video
    raise GrokVideoError(f"Line {line.number} failed {MAX_TRIES} times.")


def _reporter(line: Line, as_json: bool) -> Callable[[str, Mapping[str, Any]], None]:
    def report(text: str, raw: Mapping[str, Any]) -> None:
        if as_json:
            print_json({"line": line.number, "prompt": line.prompt, "file": str(line.target), **raw})
        else:
            print(f"{line.number:>4}  {text}", flush=True)

    return report
