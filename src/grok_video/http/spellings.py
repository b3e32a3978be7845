"""Every accepted spelling of a field's value (docs/dev/wire-format.md 3); what they mean is the domain's."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from ..domain.errors import InvalidValue
from ..domain.request import MAX_SEED, AspectRatio, Resolution, nearest_ratio, nearest_resolution

# Every source is shorter; more than this many seconds would overflow as frames.
MAX_START_SECONDS = 3600
# `size` is stored and repeated in every response, as the client wrote it.
MAX_SIZE_LABEL = 32
MAX_METADATA_VALUE = 512


def parse_ratio(raw: object) -> AspectRatio | None:
    """Return an aspect ratio, None for one that follows the image; raise InvalidValue listing the allowed ones."""
    if str(raw).strip().lower() in ("auto", "adaptive"):
        return None
    text = str(raw).strip().replace("x", ":").replace("/", ":")
    try:
        return AspectRatio(text)
    except ValueError:
        raise InvalidValue(
            f"aspect_ratio is {str(raw)[:40]!r}; use one of: {', '.join(AspectRatio)}.", param="aspect_ratio"
        ) from None


RESOLUTIONS = {
    spelling: resolution
    for resolution, names in (
        (Resolution.P480, ("480P", "480", "SD")),
        (Resolution.P720, ("720P", "720", "HD")),
        (Resolution.P1080, ("1080P", "1080", "FHD")),
    )
    for spelling in names
}
_SIZES = "480P, 720P or 1080P"
_PIXELS = re.compile(r"(\d{2,5})\s*[x×*]\s*(\d{2,5})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Size:
    """What a size says: a resolution, an aspect ratio, or both as the nearest to a width and height in pixels."""

    resolution: Resolution | None = None
    ratio: AspectRatio | None = None
    pixels: tuple[int, int] | None = None


def parse_size(raw: object) -> Size:
    """Return what a size means: 720P, 1080p, HD, WIDTHxHEIGHT, or a ratio.

    Raises InvalidValue naming the resolutions (docs/dev/wire-format.md 4).
    """
    text = str(raw)[: MAX_SIZE_LABEL + 1].strip()
    word = text.upper()
    if len(str(raw)) > MAX_SIZE_LABEL:
        raise InvalidValue(f"size has {len(str(raw))} characters; use {_SIZES}.", param="size")
    if word in RESOLUTIONS:
        return Size(RESOLUTIONS[word])
    if text in set(AspectRatio):
        return Size(ratio=AspectRatio(text))
    pixels = _PIXELS.fullmatch(text)
    if pixels and min(width := int(pixels[1]), height := int(pixels[2])) >= 64:
        return Size(nearest_resolution(width, height), nearest_ratio(width, height), (width, height))
    raise InvalidValue(
        f"size is {text[:40]!r}; use {_SIZES} (or WIDTHxHEIGHT, which picks the nearest of them).",
        param="size",
    )


def parse_number(raw: object, param: str) -> float:
    """Return a finite number given as int, float or text; raise InvalidValue."""
    try:
        if isinstance(raw, bool) or not isinstance(raw, int | float | str):
            raise ValueError
        number = float(raw)
        if not math.isfinite(number):
            raise ValueError
    except (ValueError, OverflowError):
        raise InvalidValue(f"{param} is {str(raw)[:40]!r}; send a number.", param=param) from None
    return number


def parse_flag(raw: object, param: str) -> bool:
    """Return a boolean given as such or as text; raise InvalidValue."""
    word = str(raw).strip().lower() if isinstance(raw, bool | int | str) else ""
    if word in ("true", "1", "yes", "on"):
        return True
    if word in ("false", "0", "no", "off"):
        return False
    raise InvalidValue(f"{param} is {str(raw)[:40]!r}; send true or false.", param=param)


def parse_seconds(raw: object) -> int:
    """Return a duration given as 6, "6" or 6.0; the model checks its range."""
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
    """Return a seed from 0 to 2^32-1; raise InvalidValue."""
    number = parse_number(raw, "seed")
    if not number.is_integer() or not 0 <= number <= MAX_SEED:
        raise InvalidValue(f"seed is {str(raw)[:40]!r}; send a whole number from 0 to {MAX_SEED}.", param="seed")
    return int(number)


def parse_start_time(raw: object) -> float:
    """Return the second of the source at which an extension starts; raise InvalidValue unless it is above 0."""
    number = parse_number(raw, "start_time")
    if not 0 < number <= MAX_START_SECONDS:
        raise InvalidValue(
            f"start_time is {str(raw)[:40]!r}; send seconds above 0 and within the source.",
            param="start_time",
        )
    return number


def parse_metadata(raw: object) -> tuple[tuple[str, str], ...]:
    """Return the caller's metadata: at most 16 pairs, keys up to 64 and values up to 512 characters.

    Raises InvalidValue.
    """
    if raw is None:
        return ()
    if not isinstance(raw, Mapping):
        raise InvalidValue("metadata must be an object of texts.", param="metadata")
    pairs: list[tuple[str, str]] = []
    for key, value in cast("Mapping[object, object]", raw).items():
        if not isinstance(value, str | int | float) or len(str(key)) > 64 or len(str(value)) > MAX_METADATA_VALUE:
            raise InvalidValue("metadata takes texts: keys up to 64 and values up to 512 characters.", param="metadata")
        if not _is_text(f"{key}{value}"):
            raise InvalidValue("metadata contains a NUL character or half of a surrogate pair.", param="metadata")
        pairs.append((str(key), value if isinstance(value, str) else str(value)))
    if len(pairs) > 16:
        raise InvalidValue(f"metadata has {len(pairs)} entries; at most 16 are allowed.", param="metadata")
    return tuple(sorted(pairs))


def _is_text(text: str) -> bool:
    """Check whether a database and a response can hold a text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
