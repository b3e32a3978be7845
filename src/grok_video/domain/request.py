"""What was asked, said neutrally: the same value whatever format it came in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from .errors import InvalidValue
from .prompt import Prompt, check_references

FPS = 24
MAX_IMAGES = 7
MAX_TOTAL_SECONDS = 60
MAX_SEED = 2**32 - 1


class Format(StrEnum):
    """How a request was said on the wire."""

    OPENAI = "openai"
    UNIFIED = "unified"


class Operation(StrEnum):
    """What to do: make a new video, or derive one from a source."""

    CREATE = "create"
    REMIX = "remix"
    EXTEND = "extend"


class Mode(StrEnum):
    """What the images of a create are for."""

    TEXT = "text"
    FIRST_FRAME = "first_frame"
    FIRST_LAST_FRAME = "first_last_frame"
    REFERENCE = "reference"


class AspectRatio(StrEnum):
    """The five shapes (design.md 4: Frames)."""

    R16_9 = "16:9"
    R9_16 = "9:16"
    R3_2 = "3:2"
    R2_3 = "2:3"
    R1_1 = "1:1"

    @property
    def value_ratio(self) -> float:
        """Width over height."""
        width, height = self.value.split(":")
        return int(width) / int(height)


class Resolution(StrEnum):
    """The short side: 720 or 1080 pixels."""

    P720 = "720P"
    P1080 = "1080P"

    @property
    def short_side(self) -> int:
        """The short side in pixels."""
        return int(self.value[:-1])


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that came with the request; two are equal when their SHA-256 is."""

    sha256: str
    size: int
    param: str = field(default="images", compare=False)
    data: bytes | None = field(default=None, compare=False, repr=False)
    path: str | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Url:
    """An address to fetch through the guard."""

    url: str
    param: str = field(default="images", compare=False)


@dataclass(frozen=True, slots=True)
class TaskRef:
    """Another task, by id."""

    task_id: UUID
    param: str = field(default="video", compare=False)


Source = Upload | Url | TaskRef


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """One asked-for video.

    `seconds` is the wanted length of the new clip or segment; `source` is what a remix or extend starts
    from; `size_label` is the caller's own word for the size, echoed and never interpreted again.
    """

    operation: Operation
    prompt: Prompt
    model: str | None = None
    seconds: int | None = None
    aspect_ratio: AspectRatio | None = None
    resolution: Resolution | None = None
    images: tuple[Source, ...] = ()
    source: Source | None = None
    start_time: float | None = None
    seed: int | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    size_label: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if len(self.images) > MAX_IMAGES:
            raise InvalidValue(f"{len(self.images)} images came; at most {MAX_IMAGES} are allowed.", param="images")
        check_references(self.prompt, len(self.images))

    @property
    def mode(self) -> Mode:
        """Tell what the images are for (design.md 4: Modes)."""
        return mode_of(len(self.images), bool(self.prompt.references))


def mode_of(images: int, has_references: bool) -> Mode:
    """Tell what images are for: none, the first frame, first and last frame, or references."""
    if images == 0:
        return Mode.TEXT
    if has_references or images > 2:
        return Mode.REFERENCE
    return Mode.FIRST_FRAME if images == 1 else Mode.FIRST_LAST_FRAME


def frame_size(ratio: AspectRatio, resolution: Resolution) -> tuple[int, int]:
    """Give width and height in pixels; the short side is the resolution (design.md 4: Frames)."""
    short = resolution.short_side
    long_side = round(short * max(ratio.value_ratio, 1 / ratio.value_ratio))
    return (long_side, short) if ratio.value_ratio >= 1 else (short, long_side)


def nearest_ratio(width: int, height: int) -> AspectRatio:
    """Find the ratio closest to a picture's, on a logarithmic scale so that tall and wide weigh alike."""
    actual = math.log(width / height)
    return min(AspectRatio, key=lambda ratio: abs(math.log(ratio.value_ratio) - actual))


def frames_of(seconds: float) -> int:
    """Count whole frames in a time, forgiving float noise (decisions.md: floor(t x 24 + 1e-6))."""
    return math.floor(seconds * FPS + 1e-6)


def parse_ratio(raw: object) -> AspectRatio:
    """Read an aspect ratio; raise InvalidValue listing the five."""
    text = str(raw).strip().replace("x", ":").replace("/", ":")
    try:
        return AspectRatio(text)
    except ValueError:
        raise InvalidValue(
            f"aspect_ratio is {str(raw)[:40]!r}; use one of: {', '.join(AspectRatio)}.", param="aspect_ratio"
        ) from None


_PIXELS = re.compile(r"(\d{2,5})\s*[x×*]\s*(\d{2,5})", re.IGNORECASE)


def parse_size(raw: object) -> tuple[Resolution | None, AspectRatio | None]:
    """Read a size in any accepted spelling: 720P, 1080p, HD, WIDTHxHEIGHT, or a ratio put into it.

    Raises InvalidValue naming 720P and 1080P (decisions.md: Intake and requests).
    """
    text = str(raw).strip()
    word = text.upper()
    if word in ("720P", "720", "HD", "1080P", "1080", "FHD"):
        return (Resolution.P1080 if word in ("1080P", "1080", "FHD") else Resolution.P720), None
    if text in set(AspectRatio):
        return None, AspectRatio(text)
    pixels = _PIXELS.fullmatch(text)
    if pixels and min(width := int(pixels[1]), height := int(pixels[2])) >= 64:
        tier = min(Resolution, key=lambda one: abs(one.short_side - min(width, height)))
        return tier, nearest_ratio(width, height)
    raise InvalidValue(
        f"size is {text[:40]!r}; use 720P or 1080P (or WIDTHxHEIGHT, which picks the nearest of them).",
        param="size",
    )


def parse_number(raw: object, param: str) -> float:
    """Read a finite number said as int, float or text; raise InvalidValue."""
    try:
        if isinstance(raw, bool) or not isinstance(raw, int | float | str):
            raise ValueError
        number = float(raw)
        if not math.isfinite(number):
            raise ValueError
    except (ValueError, OverflowError):
        raise InvalidValue(f"{param} is {str(raw)[:40]!r}; send a number.", param=param) from None
    return number


def parse_seconds(raw: object) -> int:
    """Read a duration said as 6, "6" or 6.0; its range is the model's business."""
    try:
        number = parse_number(raw, "seconds")
    except InvalidValue:
        number = math.nan
    if not number.is_integer():
        raise InvalidValue(
            f"seconds is {str(raw)[:40]!r}; send a whole number from 1 to 15 "
            "(grok-video-3-pro is always 10, grok-video-3-max always 15).",
            param="seconds",
        )
    return int(number)


def parse_seed(raw: object) -> int:
    """Read a seed from 0 to 2^32-1."""
    number = parse_number(raw, "seed")
    if not number.is_integer() or not 0 <= number <= MAX_SEED:
        raise InvalidValue(f"seed is {str(raw)[:40]!r}; send a whole number from 0 to {MAX_SEED}.", param="seed")
    return int(number)


def parse_start_time(raw: object) -> float:
    """Read the second of the source at which an extension starts; it must be above 0."""
    number = parse_number(raw, "start_time")
    if number <= 0:
        raise InvalidValue(
            f"start_time is {str(raw)[:40]!r}; send seconds above 0 and within the source.",
            param="start_time",
        )
    return number


def parse_metadata(raw: object) -> tuple[tuple[str, str], ...]:
    """Read the caller's own string pairs: at most 16, keys up to 64 and values up to 512 characters."""
    if raw is None:
        return ()
    if not isinstance(raw, Mapping):
        raise InvalidValue("metadata must be an object of texts.", param="metadata")
    pairs: list[tuple[str, str]] = []
    for key, value in raw.items():  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(value, str | int | float) or len(str(key)) > 64 or len(str(value)) > 512:
            raise InvalidValue("metadata takes texts: keys up to 64 and values up to 512 characters.", param="metadata")
        if "\x00" in f"{key}{value}":
            raise InvalidValue("metadata contains a NUL character.", param="metadata")
        pairs.append((str(key), value if isinstance(value, str) else str(value)))
    if len(pairs) > 16:
        raise InvalidValue(f"metadata has {len(pairs)} entries; at most 16 are allowed.", param="metadata")
    return tuple(sorted(pairs))
