"""The files that commands write: where, and by which name."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import typer

from ..client import GrokVideo, VideoData
from ..domain.media import slug

SUFFIXES = {"video": "mp4", "thumbnail": "webp", "spritesheet": "jpg"}


def named_from_prompt(video: VideoData, suffix: str) -> str:
    """Return a file name that tells what a video shows, and which one of the same prompt it is."""
    digest = hashlib.sha256(video.id.encode()).hexdigest()
    return f"{slug(video.prompt or '')}-{digest[:6]}.{suffix}"


def default_name(video: VideoData, suffix: str) -> str:
    """Return the file name of a video without -o: from its prompt at a terminal, else `<id>.<suffix>`, for scripts."""
    if sys.stdout.isatty():
        return named_from_prompt(video, suffix)
    return f"{video.id.replace(':', '_')}.{suffix}"


def check_target(output: Path | None) -> None:
    """Raise BadParameter for an output that cannot be written, before anything is requested or paid for."""
    if output is None:
        return
    folder = output if output.is_dir() else output.parent
    existing = next(place for place in (folder, *folder.parents) if place.exists() or place == place.parent)
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise typer.BadParameter(
            f"{output} cannot be written: {existing} is not a folder of yours", param_hint="--output"
        )


def target_of(output: Path | None, video: VideoData, suffix: str) -> Path:
    """Return the file to write: -o itself, a file in it if it is a folder, else a name of its own."""
    if output is not None and not output.is_dir():
        return output
    return (output or Path()) / default_name(video, suffix)


def save(client: GrokVideo, video: VideoData, target: Path, variant: str = "video") -> Path:
    """Save a file of a finished video, with its progress, into a folder that is made if needed."""
    from .output import download_bar

    target.parent.mkdir(parents=True, exist_ok=True)
    with download_bar() as progress:
        return client.download(video.id, target, variant=variant, on_progress=progress)
