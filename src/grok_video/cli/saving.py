"""The files that commands write: where, and by which name."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

from ..client import GrokVideo, VideoData

SUFFIXES = {"video": "mp4", "thumbnail": "webp", "spritesheet": "jpg"}


def slug(prompt: str) -> str:
    """Return the beginning of a prompt as a file name, in any script."""
    return re.sub(r"[^\w]+", "-", prompt.lower()).strip("-")[:40].rstrip("-") or "video"


def named_from_prompt(video: VideoData, suffix: str) -> str:
    """Return a file name that tells what a video shows, and which one of the same prompt it is."""
    digest = hashlib.sha256(video.id.encode()).hexdigest()
    return f"{slug(video.prompt or '')}-{digest[:6]}.{suffix}"


def default_name(video: VideoData, suffix: str) -> str:
    """Return the file name of a video without -o: from its prompt at a terminal, else `<id>.<suffix>`, for scripts."""
    if sys.stdout.isatty():
        return named_from_prompt(video, suffix)
    return f"{video.id.replace(':', '_')}.{suffix}"


def save(client: GrokVideo, video: VideoData, target: Path, variant: str = "video") -> Path:
    """Save a file of a finished video, with its progress, into a folder that is made if needed."""
    from .output import download_bar

    target.parent.mkdir(parents=True, exist_ok=True)
    with download_bar() as progress:
        return client.download(video.id, target, variant=variant, on_progress=progress)
