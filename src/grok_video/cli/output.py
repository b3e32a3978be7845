"""Data to stdout, talk to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..client import GrokVideo, OnChange, Video


def say(text: str) -> None:
    """Talk, on stderr."""
    print(text, file=sys.stderr, flush=True)


def wants_json(asked: bool) -> bool:
    """Tell whether data goes out as JSON: when asked, or when stdout is no terminal."""
    return asked or not sys.stdout.isatty()


def put(value: Any) -> None:
    """Write one JSON object on a line of its own."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def show(video: Video, as_json: bool) -> None:
    """Write a video as JSON or as a line for people."""
    if wants_json(as_json):
        put(video.raw)
        return
    words = [video.id, video.status, f"{video.progress} %", f"{video.seconds} s", video.size, video.prompt or ""]
    print("  ".join(words))
    missed: list[str] = video.metadata.get("not_understood") or []
    if missed:
        say(f"not understood: {', '.join(missed)}")
    if video.error:
        say(f"{video.error['code']}: {video.error['message']}")


def data_dir() -> Path:
    """Find the data folder as the server does, without loading the server."""
    if given := os.environ.get("GROK_VIDEO_DATA_DIR"):
        return Path(given)
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "grok-video"


def find_key() -> str | None:
    """Find the API key: the environment's, else the operator's in the data folder."""
    if given := os.environ.get("GROK_VIDEO_API_KEY"):
        return given
    try:
        return (data_dir() / "operator-key").read_text(encoding="utf-8").strip()
    except OSError:
        return None


def open_client() -> GrokVideo:
    """Make a client with the key that can be found."""
    return GrokVideo(api_key=find_key())


@contextmanager
def progress_bar(label: str) -> Generator[OnChange]:
    """Show a progress bar on stderr, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        line = bar.add_task(label, total=100)

        def change(video: Video) -> None:
            bar.update(line, completed=video.progress, description=f"{label} {video.status}")

        yield change
