"""Output: data to stdout, messages to stderr."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from ..client import OnProgress, VideoData

if TYPE_CHECKING:
    from rich.table import Table


def message(text: str) -> None:
    """Print a message to stderr."""
    print(text, file=sys.stderr, flush=True)


def program() -> str:
    """Return how to call this program from a shell: by its name if that is found, else by its path."""
    path = Path(sys.argv[0]).resolve()
    if "UV" in os.environ and "archive-v" in sys.prefix:
        # uvx runs it from its cache, which is on no other shell's PATH.
        return "uvx grok-video"
    found = shutil.which("grok-video")
    if path.name != "grok-video":
        return "grok-video" if found else f"{sys.executable} -m grok_video"
    return "grok-video" if found and Path(found).resolve() == path else str(path)


def wants_json(requested: bool) -> bool:
    """Check whether data is printed as JSON: if requested, or if stdout is not a terminal."""
    return requested or not sys.stdout.isatty()


def print_json(value: Any) -> None:
    """Print one JSON object on a line of its own."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


# Blanks between the columns of a table, and the least width of the last one.
GAP = 2
MIN_LAST = 8


@dataclass(frozen=True, slots=True)
class Format:
    """How a command prints data: as JSON or as text, and which fields; none means all."""

    json: bool
    fields: tuple[str, ...] = ()


def format_of(json: bool, fields: str | None = None) -> Format:
    """Return the format that --json and --fields ask for."""
    return Format(wants_json(json), tuple(name.strip() for name in (fields or "").split(",") if name.strip()))


def selected(raw: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """Return the chosen fields of an object, `metadata.seed` for one inside; raise BadParameter for another name."""
    values: dict[str, Any] = {}
    for name in fields:
        first, *inner = name.split(".")
        if first not in raw:
            raise typer.BadParameter(f"there is no field {first!r}; use: {', '.join(raw)}", param_hint="--fields")
        value: Any = raw[first]
        for part in inner:
            value = cast("Mapping[str, Any]", value).get(part) if isinstance(value, dict) else None
        values[name] = value
    return values


def show(video: VideoData, how: Format) -> None:
    """Print a video as JSON, as the chosen fields, or as a line of text."""
    if how.json or how.fields:
        show_object(video.raw, how)
        return
    columns = [video.id, video.status, f"{video.progress} %", f"{video.seconds} s", video.size, video.prompt or ""]
    print("  ".join(columns))
    not_understood: list[str] = video.metadata.get("not_understood") or []
    if not_understood:
        message(f"not understood: {', '.join(not_understood)}")
    for word, shown in (video.metadata.get("shown_as") or {}).items():
        message(f"{word} is shown as: {shown}")
    if video.error:
        message(f"{video.error['code']}: {video.error['message']}")


def show_object(raw: Mapping[str, Any], how: Format) -> None:
    """Print an object as JSON on a line of its own, or the values of the chosen fields with tabs between them."""
    chosen = selected(raw, how.fields) if how.fields else raw
    if how.json:
        print_json(chosen)
    else:
        print("\t".join(text_of(value) for value in chosen.values()))


def show_table(objects: Sequence[Mapping[str, Any]], how: Format) -> None:
    """Print objects as JSON lines, or their chosen fields as a table with a header."""
    if how.json:
        for raw in objects:
            show_object(raw, how)
        return
    from rich.console import Console

    Console().print(text_table(how.fields, [list(selected(raw, how.fields).values()) for raw in objects]))


def text_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """Return a table with a header row; only the last column is shortened where there is too little room."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, GAP, 0, 0), header_style="bold", pad_edge=False)
    cells = [[value if isinstance(value, Text) else Text(text_of(value)) for value in row] for row in rows]
    widths = [max([cell_len(name), *[row[at].cell_len for row in cells]]) for at, name in enumerate(header)]
    # Rich would shorten, or leave out, any column; the last one is the one that may be long.
    room = Console().width - sum(widths[:-1]) - GAP * (len(widths) - 1)
    for name, width in zip(header, [*widths[:-1], max(MIN_LAST, min(widths[-1], room))], strict=True):
        table.add_column(name, no_wrap=True, overflow="ellipsis", width=width)
    for row in cells:
        table.add_row(*row)
    return table


def text_of(value: Any) -> str:
    """Return a JSON value as text for a table: strings as they are, nothing for null."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


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
