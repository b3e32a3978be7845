"""Output: data to stdout, messages to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from ..client import OnProgress, VideoData


def message(text: str) -> None:
    """Print a message to stderr."""
    print(text, file=sys.stderr, flush=True)


def wants_json(requested: bool) -> bool:
    """Check whether data is printed as JSON: if requested, or if stdout is not a terminal."""
    return requested or not sys.stdout.isatty()


def print_json(value: Any) -> None:
    """Print one JSON object on a line of its own."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def show(video: VideoData, as_json: bool) -> None:
    """Print a video as JSON or as a line of text."""
    if wants_json(as_json):
        print_json(video.raw)
        return
    columns = [video.id, video.status, f"{video.progress} %", f"{video.seconds} s", video.size, video.prompt or ""]
    print("  ".join(columns))
    not_understood: list[str] = video.metadata.get("not_understood") or []
    if not_understood:
        message(f"not understood: {', '.join(not_understood)}")
    if video.error:
        message(f"{video.error['code']}: {video.error['message']}")


@contextmanager
def progress_bar(label: str) -> Generator[Callable[[VideoData], None]]:
    """Show a video's progress on stderr if it is a terminal: queue position, percent, time left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        line = bar.add_task(label, total=100, state="")

        def change(video: VideoData) -> None:
            bar.update(line, completed=video.progress, state=state_of(video))

        yield change


def state_of(video: VideoData) -> str:
    """Return a video's progress in a few words."""
    if video.done:
        return video.status
    left = "" if video.eta is None else f", about {_length(video.eta)} left"
    if video.status == "in_progress":
        return f"{video.progress} %{left}"
    return (f"queued, position {video.position}" if video.position else "queued") + left


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


@contextmanager
def download_bar() -> Generator[OnProgress]:
    """Show a download's progress on stderr if it is a terminal."""
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn("downloading"), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        line = bar.add_task("download", total=None)

        def progress(done: int, total: int | None) -> None:
            bar.update(line, completed=done, total=total)

        yield progress
