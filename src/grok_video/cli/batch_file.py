"""The file of `create --batch`: a prompt per line, or in a .jsonl file an object per line with settings of its own."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import typer

from ..domain.media import slug

REMOTE = ("http://", "https://", "data:")
# Field of a .jsonl file -> argument of the client's `create`, and the type that a value must have.
SETTINGS: dict[str, tuple[str, type]] = {
    "model": ("model", str),
    "seconds": ("seconds", int),
    "ratio": ("aspect_ratio", str),
    "aspect_ratio": ("aspect_ratio", str),
    "size": ("size", str),
    "seed": ("seed", int),
}
NAMES: dict[type, str] = {str: "a text", int: "a whole number", list: "a list"}
KNOWN = ("prompt", *SETTINGS, "images", "output")


@dataclass(frozen=True, slots=True)
class Line:
    """One video to create; `digest` tells it from the same line elsewhere in the file."""

    number: int
    prompt: str
    digest: str
    target: Path
    images: Sequence[str]
    fields: Mapping[str, Any]


def read_lines(
    text: str,
    folder: Path,
    *,
    is_json: bool = False,
    images: Sequence[str] = (),
    fields: Mapping[str, Any] | None = None,
    images_from: Path | None = None,
) -> list[Line]:
    """Return one line per prompt, without empty lines and those that begin with #; raise BadParameter for a wrong one.

    `images` and `fields` are for lines without their own; the images of an object are files in `images_from`. File
    names depend on the line and on how often it occurred before, so that other lines may be added or removed.
    """
    observed: Counter[str] = Counter()
    lines: list[Line] = []
    for number, line in _used(text):
        settings = _settings(line, number) if is_json else {"prompt": line}
        content = json.dumps(settings, sort_keys=True) if is_json else line
        observed[content] += 1
        digest = hashlib.sha256(f"{observed[content]}:{content}".encode()).hexdigest()
        own = {argument: settings[name] for name, (argument, _) in SETTINGS.items() if name in settings}
        own_images = [_image(image, images_from or Path(), number) for image in settings.get("images", ())]
        lines.append(
            Line(
                number=len(lines) + 1,
                prompt=settings["prompt"],
                digest=digest,
                target=folder / (settings.get("output") or f"{slug(settings['prompt'])}-{digest[:6]}.mp4"),
                images=own_images or images,
                fields={**(fields or {}), **own},
            )
        )
    _check_targets(lines)
    return lines


def _check_targets(lines: Sequence[Line]) -> None:
    """Raise BadParameter for two lines that would write the same file."""
    first: dict[Path, Line] = {}
    for line in lines:
        if (other := first.setdefault(line.target, line)) is not line:
            raise typer.BadParameter(
                f"videos {other.number} and {line.number} would both be written to {line.target}", param_hint="--batch"
            )


def _used(text: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line and not line.startswith("#"):
            yield number, line


def _settings(line: str, number: int) -> dict[str, Any]:
    try:
        settings: Any = json.loads(line)
    except ValueError as error:
        raise _wrong(number, f"not valid JSON: {error}") from None
    if not isinstance(settings, dict) or not isinstance(cast("dict[str, Any]", settings).get("prompt"), str):
        raise _wrong(number, 'write an object with a prompt, such as {"prompt": "a cat", "seconds": 5}')
    checked = cast("dict[str, Any]", settings)
    for name, value in checked.items():
        if name not in KNOWN:
            raise _wrong(number, f"there is no field {name!r}; use: {', '.join(KNOWN)}")
        kind = SETTINGS[name][1] if name in SETTINGS else list if name == "images" else str
        if not isinstance(value, kind) or isinstance(value, bool):
            raise _wrong(number, f"{name} is {value!r}; write {NAMES[kind]}")
    return checked


def _image(image: Any, folder: Path, number: int) -> str:
    if isinstance(image, str) and image.startswith(REMOTE):
        return image
    if not isinstance(image, str) or not (folder / image).is_file():
        raise _wrong(number, f"there is no image {folder / str(image)}")
    return str(folder / image)


def _wrong(number: int, problem: str) -> typer.BadParameter:
    return typer.BadParameter(f"line {number}: {problem}", param_hint="--batch")
