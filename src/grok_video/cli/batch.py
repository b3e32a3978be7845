"""`create --batch`: many prompts, each to a file of its own; a second run continues where the first ended."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from ..client import AsyncGrokVideo, AsyncVideo, GrokVideoError, NotFoundError
from .batch_file import REMOTE, Line, read_lines
from .output import Format, message, show_object

# How often a line is requested again, each time under another key, if its earlier tasks have failed.
MAX_TRIES = 20


def run_batch(file: Path, folder: Path, parallel: int, how: Format, images: Sequence[str], **fields: Any) -> bool:
    """Create the video of every line; return whether all succeeded."""
    if folder.exists() and not folder.is_dir():
        raise typer.BadParameter(f"{folder} is a file; a batch needs a folder", param_hint="--output")
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{file} is not UTF-8: {error}", param_hint="--batch") from None
    is_json = file.suffix in (".jsonl", ".ndjson")
    lines = read_lines(text, folder, is_json=is_json, images=images, fields=fields, images_from=file.parent)
    folder.mkdir(parents=True, exist_ok=True)
    results = asyncio.run(_run(lines, parallel, how))
    succeeded = sum(results)
    message(
        f"{succeeded} of {len(lines)} videos in {folder}"
        + ("" if succeeded == len(lines) else "; run again for the rest")
    )
    return succeeded == len(lines)


async def _run(lines: Sequence[Line], parallel: int, how: Format) -> list[bool]:
    slots = asyncio.Semaphore(parallel)
    async with AsyncGrokVideo() as client:

        async def create(line: Line) -> bool:
            async with slots:
                return await _make(client, line, how)

        return await asyncio.gather(*[create(line) for line in lines])


async def _make(client: AsyncGrokVideo, line: Line, how: Format) -> bool:
    report = _reporter(line, how)
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


def _reporter(line: Line, how: Format) -> Callable[[str, Mapping[str, Any]], None]:
    def report(text: str, raw: Mapping[str, Any]) -> None:
        if how.json or how.fields:
            show_object({"line": line.number, "prompt": line.prompt, "file": str(line.target), **raw}, how)
        else:
            print(f"{line.number:>4}  {text}", flush=True)

    return report
