"""Data to stdout, talk to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..client import GrokVideo, OnChange, OnProgress, Video


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
    """Show how far a video is on stderr, where that is a terminal: place in the queue, percent, time left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        line = bar.add_task(label, total=100, state="")

        def change(video: Video) -> None:
            bar.update(line, completed=video.progress, state=state_of(video))

        yield change


def state_of(video: Video) -> str:
    """Say in a few words how far a video is."""
    if video.done:
        return video.status
    left = "" if video.eta is None else f", about {_length(video.eta)} left"
    if video.status == "in_progress":
        return f"{video.progress} %{left}"
    return (f"no. {video.position} in line" if video.position else "queued") + left


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


@contextmanager
def download_bar() -> Generator[OnProgress]:
    """Show how far a download is on stderr, where that is a terminal."""
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn("downloading"), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        line = bar.add_task("download", total=None)

        def progress(done: int, total: int | None) -> None:
            bar.update(line, completed=done, total=total)

        yield progress
