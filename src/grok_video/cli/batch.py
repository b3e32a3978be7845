"""`create --batch`: many prompts, each to a file of its own; a second run continues where the first ended."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..client import AsyncGrokVideo, AsyncVideo, GrokVideoError, NotFoundError
from ..client.calls import REMOTE
from .output import message, print_json, wants_json

# How often a line is requested again, each time under another key, if its earlier tasks have failed.
MAX_TRIES = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One prompt of the file and its target; `digest` tells it from the same prompt on another line."""

    number: int
    prompt: str
    digest: str
    target: Path


def read_lines(text: str, folder: Path) -> list[Line]:
    """Return one line per prompt, without empty lines and those that begin with #.

    File names depend on the prompt and on how often it occurred before, so that other lines may be added or removed.
    """
    prompts = [line.strip() for line in text.splitlines()]
    used = [prompt for prompt in prompts if prompt and not prompt.startswith("#")]
    observed: Counter[str] = Counter()
    lines: list[Line] = []
    for number, prompt in enumerate(used, 1):
        observed[prompt] += 1
        digest = hashlib.sha256(f"{observed[prompt]}:{prompt}".encode()).hexdigest()
        lines.append(Line(number, prompt, digest, folder / f"{slug(prompt)}-{digest[:6]}.mp4"))
    return lines


def slug(prompt: str) -> str:
    """Return a short file name for a prompt, in any script."""
    return re.sub(r"[^\w]+", "-", prompt.lower()).strip("-")[:40].rstrip("-") or "video"


def run_batch(file: Path, folder: Path, parallel: int, as_json: bool, images: Sequence[str], **fields: Any) -> bool:
    """Create the video of every line; return whether all succeeded."""
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    lines = read_lines(text, folder)
    folder.mkdir(parents=True, exist_ok=True)
    results = asyncio.run(_run(lines, parallel, wants_json(as_json), images, fields))
    succeeded = sum(results)
    message(
        f"{succeeded} of {len(lines)} videos in {folder}"
        + ("" if succeeded == len(lines) else "; run again for the rest")
    )
    return succeeded == len(lines)


async def _run(
    lines: Sequence[Line], parallel: int, as_json: bool, images: Sequence[str], fields: Mapping[str, Any]
) -> list[bool]:
    slots = asyncio.Semaphore(parallel)
    async with AsyncGrokVideo() as client:

        async def create(line: Line) -> bool:
            async with slots:
                return await _make(client, line, as_json, images, fields)

        return await asyncio.gather(*[create(line) for line in lines])


async def _make(
    client: AsyncGrokVideo, line: Line, as_json: bool, images: Sequence[str], fields: Mapping[str, Any]
) -> bool:
    report = _reporter(line, as_json)
    if line.target.exists():
        report("exists already", {"status": "completed"})
        return True
    try:
        video = await request_video(client, line, images, fields)
        if not video.done:
            video = await client.wait(video.id)
        if video.failed:
            error = video.error or {}
            report(f"failed: {error.get('message')}", video.raw)
            return False
        await client.download(video.id, line.target)
    except GrokVideoError as error:
        report(f"failed: {error}", {"status": "failed", "error": {"code": error.code, "message": str(error)}})
        return False
    report(str(line.target), video.raw)
    return True


async def request_video(
    client: AsyncGrokVideo, line: Line, images: Sequence[str], fields: Mapping[str, Any]
) -> AsyncVideo:
    """Request a line's video, or find the one that an earlier run requested, unless it has failed or was deleted."""
    digests = [
        image if image.startswith(REMOTE) else hashlib.sha256(Path(image).read_bytes()).hexdigest() for image in images
    ]
    request = json.dumps([line.digest, str(line.target.resolve()), digests, dict(fields)])
    key = hashlib.sha256(request.encode()).hexdigest()[:40]
    for attempt in range(MAX_TRIES):
        try:
            video = await client.create(line.prompt, images, idempotency_key=f"batch-{key}-{attempt}", **fields)
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
