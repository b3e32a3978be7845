"""A request for a video, independent of the format it came in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from .errors import InvalidValue
from .prompt import Prompt, check_references

FPS = 24
MAX_IMAGES = 7
MAX_TOTAL_SECONDS = 60
MAX_SEED = 2**32 - 1


class Format(StrEnum):
    """The format of a request on the wire."""

    OPENAI = "openai"
    UNIFIED = "unified"
    XAI = "xai"


class Operation(StrEnum):
    """Create a new video, or derive one from a source."""

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
    """The aspect ratios (docs/dev/wire-format.md 4)."""

    R16_9 = "16:9"
    R9_16 = "9:16"
    R3_2 = "3:2"
    R2_3 = "2:3"
    R1_1 = "1:1"
    R4_3 = "4:3"
    R3_4 = "3:4"
    R21_9 = "21:9"
    R5_2 = "5:2"

    @property
    def quotient(self) -> float:
        """Width divided by height."""
        width, height = self.value.split(":")
        return int(width) / int(height)


class Resolution(StrEnum):
    """The resolutions, named by their short side: 480, 720 or 1080 pixels."""

    P480 = "480P"
    P720 = "720P"
    P1080 = "1080P"

    @property
    def short_side(self) -> int:
        """The short side in pixels."""
        return int(self.value[:-1])


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that came with the request; two are equal if their SHA-256 is."""

    sha256: str
    size: int
    param: str = field(default="images", compare=False)
    data: bytes | None = field(default=None, compare=False, repr=False)
    path: str | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Url:
    """A URL to fetch through the address guard."""

    url: str
    param: str = field(default="images", compare=False)


@dataclass(frozen=True, slots=True)
class TaskRef:
    """Another task, by id."""

    task_id: UUID
    param: str = field(default="video", compare=False)


@dataclass(frozen=True, slots=True)
class FileRef:
    """An image that was uploaded before, by id."""

    file_id: UUID
    param: str = field(default="images", compare=False)


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A file in storage, which a reference turned out to mean: its key and its bytes."""

    key: str
    size: int
    param: str = field(default="images", compare=False)


Source = Upload | Url | TaskRef | FileRef | StoredSource


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """A request for one video.

    `seconds` is the requested length of the new clip or segment. `image_mode` says what the images are for, where the
    request does; else that follows from their number and the prompt. Behind a first frame there may be references.
    `pixels` is a width and height that the caller wrote, of which each backend makes the nearest aspect ratio that it
    has; `aspect_ratio` is then the nearest of all. `source` is what a remix or extend starts from. `size_label` and
    `model_label` are the size and the model as the caller wrote them, which are echoed and never interpreted again.
    `scene` says what is seen instead of the prompt, for backends that draw scenes. `ignored` names the fields that
    nothing was made of.
    """

    operation: Operation
    prompt: Prompt
    model: str | None = None
    seconds: int | None = None
    aspect_ratio: AspectRatio | None = None
    pixels: tuple[int, int] | None = field(default=None, compare=False)
    resolution: Resolution | None = None
    images: tuple[Source, ...] = ()
    image_mode: Mode | None = None
    source: Source | None = None
    start_time: float | None = None
    seed: int | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    scene: Mapping[str, Any] | None = None
    size_label: str | None = field(default=None, compare=False)
    model_label: str | None = field(default=None, compare=False)
    ignored: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if len(self.images) > MAX_IMAGES:
            raise InvalidValue(
                f"There are {len(self.images)} images; at most {MAX_IMAGES} are allowed.", param="images"
            )
        check_references(self.prompt, len(self.images))

    @property
    def mode(self) -> Mode:
        """What the images are for (docs/dev/wire-format.md 4)."""
        if self.image_mode is not None:
            return self.image_mode
        return mode_of(len(self.images), bool(self.prompt.references) or self.scene is not None)


def mode_of(images: int, has_references: bool) -> Mode:
    """Return what this many images are for: nothing, first frame, first and last frame, or references."""
    if images == 0:
        return Mode.TEXT
    if has_references or images > 2:
        return Mode.REFERENCE
    return Mode.FIRST_FRAME if images == 1 else Mode.FIRST_LAST_FRAME


def frame_size(ratio: AspectRatio, resolution: Resolution) -> tuple[int, int]:
    """Return width and height in pixels, even; the short side is the resolution (docs/dev/wire-format.md 4)."""
    short = resolution.short_side
    long_side = 2 * round(short * max(ratio.quotient, 1 / ratio.quotient) / 2)
    return (long_side, short) if ratio.quotient >= 1 else (short, long_side)


def nearest_ratio(width: int, height: int, among: Sequence[AspectRatio] = tuple(AspectRatio)) -> AspectRatio:
    """Return the ratio closest to an image's, on a logarithmic scale, so that tall and wide count equally."""
    actual = math.log(width / height)
    return min(among, key=lambda ratio: abs(math.log(ratio.quotient) - actual))


def frames_of(seconds: float) -> int:
    """Return the whole frames in a time in seconds: floor(t x 24 + 1e-6), which tolerates float noise."""
    return math.floor(seconds * FPS + 1e-6)


def format_seconds(frames: int) -> str:
    """Return frames as seconds, with at most 3 decimals and no trailing zeros: "6", "13.167"."""
    return f"{frames / FPS:.3f}".rstrip("0").rstrip(".")


def nearest_resolution(width: int, height: int) -> Resolution:
    """Return the resolution whose short side is closest to these pixels."""
    short_side = min(width, height)
    return min(Resolution, key=lambda resolution: abs(resolution.short_side - short_side))
