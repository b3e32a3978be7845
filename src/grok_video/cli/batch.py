"""`create --batch`: many prompts at once, each to a file of its own; run again, it goes on where it ended."""

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

from ..client import AsyncGrokVideo, GrokVideoError, NotFoundError, Video
from ..client.calls import REMOTE
from .output import find_key, put, say, wants_json

# How often a line whose earlier tasks all failed is asked for anew under one key each.
MOST_TRIES = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One prompt of the file, what tells it from the same prompt elsewhere in it, and where its video goes."""

    number: int
    prompt: str
    mark: str
    target: Path


def read_lines(text: str, folder: Path) -> list[Line]:
    """Read one prompt per line; empty lines and those that begin with # are left out.

    A file is named by its prompt, and by how often that came before, so that other lines may come and go.
    """
    prompts = [line.strip() for line in text.splitlines()]
    wanted = [prompt for prompt in prompts if prompt and not prompt.startswith("#")]
    seen: Counter[str] = Counter()
    lines: list[Line] = []
    for number, prompt in enumerate(wanted, 1):
        seen[prompt] += 1
        mark = hashlib.sha256(f"{seen[prompt]}:{prompt}".encode()).hexdigest()
        lines.append(Line(number, prompt, mark, folder / f"{slug(prompt)}-{mark[:6]}.mp4"))
    return lines


def slug(prompt: str) -> str:
    """Make a short file name of a prompt, in whatever script."""
    return re.sub(r"[^\w]+", "-", prompt.lower()).strip("-")[:40].rstrip("-") or "video"


def run_batch(file: Path, folder: Path, parallel: int, as_json: bool, images: Sequence[str], **fields: Any) -> bool:
    """Make the video of every line; tell whether all were made."""
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    lines = read_lines(text, folder)
    folder.mkdir(parents=True, exist_ok=True)
    results = asyncio.run(_run(lines, parallel, wants_json(as_json), images, fields))
    made = sum(results)
    say(f"{made} of {len(lines)} videos in {folder}" + ("" if made == len(lines) else "; run it again for the rest"))
    return made == len(lines)


async def _run(
    lines: Sequence[Line], parallel: int, as_json: bool, images: Sequence[str], fields: Mapping[str, Any]
) -> list[bool]:
    at_once = asyncio.Semaphore(parallel)
    async with AsyncGrokVideo(api_key=find_key()) as client:

        async def one(line: Line) -> bool:
            async with at_once:
                return await _make(client, line, as_json, images, fields)

        return await asyncio.gather(*[one(line) for line in lines])


async def _make(
    client: AsyncGrokVideo, line: Line, as_json: bool, images: Sequence[str], fields: Mapping[str, Any]
) -> bool:
    tell = _teller(line, as_json)
    if line.target.exists():
        tell("there already", {"status": "completed"})
        return True
    try:
        video = await ask(client, line, images, fields)
        if not video.done:
            video = await client.wait(video.id)
        if video.failed:
            error = video.error or {}
            tell(f"failed: {error.get('message')}", video.raw)
            return False
        await client.download(video.id, line.target)
    except GrokVideoError as error:
        tell(f"failed: {error}", {"status": "failed", "error": {"code": error.code, "message": str(error)}})
        return False
    tell(str(line.target), video.raw)
    return True


async def ask(client: AsyncGrokVideo, line: Line, images: Sequence[str], fields: Mapping[str, Any]) -> Video:
    """Ask for a line's video, or find the one that an earlier run asked for, unless that has failed or is gone."""
    pictures = [one if one.startswith(REMOTE) else hashlib.sha256(Path(one).read_bytes()).hexdigest() for one in images]
    asked = json.dumps([line.mark, str(line.target.resolve()), pictures, dict(fields)])
    mark = hashlib.sha256(asked.encode()).hexdigest()[:40]
    for attempt in range(MOST_TRIES):
        try:
            video = await client.create(line.prompt, images, idempotency_key=f"batch-{mark}-{attempt}", **fields)
        except NotFoundError as error:
            # The server knows the key, but the video was deleted.
            if error.code != "video_not_found":
                raise
        else:
            if not video.failed:
                return video
    raise GrokVideoError(f"Line {line.number} failed {MOST_TRIES} times.")


def _teller(line: Line, as_json: bool) -> Callable[[str, Mapping[str, Any]], None]:
    def tell(text: str, raw: Mapping[str, Any]) -> None:
        if as_json:
            put({"line": line.number, "prompt": line.prompt, "file": str(line.target), **raw})
        else:
            print(f"{line.number:>4}  {text}", flush=True)

    return tell
