"""Pictures as YUV 4:2:0 planes: conversion once, compositing per frame (renderer.md 1, no. 2).

BT.709, limited range. An I420 frame is uint8, height*3/2 x width, as PyAV takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

# The names are documentation: OpenCV's stubs carry no element types, and numpy's widen to float64.
U8 = NDArray[Any]
F32 = NDArray[Any]
# Holes in a layer that are narrower than this are drawn along.
GAP = 48
# Empty rows that stay above a layer's first one, for a window between two pixels to reach into.
SPARE = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """An I420 buffer and its three planes, which are views of it."""

    buffer: U8
    y: U8
    u: U8
    v: U8

    @classmethod
    def empty(cls, width: int, height: int) -> Frame:
        """Make an uninitialised frame."""
        return cls.of(np.empty((height * 3 // 2, width), np.uint8))

    @classmethod
    def of(cls, buffer: U8) -> Frame:
        """Look at a buffer's planes."""
        height, width = buffer.shape[0] * 2 // 3, buffer.shape[1]
        flat = buffer.reshape(-1)
        luma, chroma = width * height, width * height // 4
        half = (height // 2, width // 2)
        return cls(
            buffer,
            flat[:luma].reshape(height, width),
            flat[luma : luma + chroma].reshape(half),
            flat[luma + chroma : luma + 2 * chroma].reshape(half),
        )

    def copy(self) -> Frame:
        """Copy the pixels."""
        return Frame.of(self.buffer.copy())


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane twice: pulled a quarter and three quarters of a pixel to the left.

    So any place across is met to a quarter of a pixel by a slice that costs nothing, and equally sharp each time.
    """

    early: U8
    late: U8

    @classmethod
    def of(cls, plane: U8) -> Plane:
        """Pull a plane both ways."""
        after = np.concatenate([plane[:, 1:], plane[:, -1:]], axis=1)
        return cls(cv2.addWeighted(plane, 0.75, after, 0.25, 0), cv2.addWeighted(plane, 0.25, after, 0.75, 0))

    def window(self, x: float, y: float, width: int, height: int) -> U8:
        """Cut a window whose top left corner is at (x, y); sub-pixel down as well, at a price."""
        halves = floor(2 * x)
        plane, left = (self.late if halves & 1 else self.early), halves >> 1
        if y == int(y):
            return plane[int(y) : int(y) + height, left : left + width]
        return cv2.getRectSubPix(plane, (width, height), (left + (width - 1) / 2, y + (height - 1) / 2))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A painted, premultiplied layer: planes and what of the ground below shows through (0-255).

    The rows above `clear` show nothing of it, those from `solid` on nothing but it. Where `columns` is given, only
    these ranges show anything above `solid`. `cut` empty rows were taken off its top.
    """

    y: Plane
    u: Plane
    v: Plane
    keep: Plane | None = None
    keep_half: Plane | None = None
    clear: int = 0
    solid: int = 0
    columns: tuple[tuple[int, int], ...] = ()
    cut: int = 0

    @classmethod
    def opaque(cls, y: U8, u: U8, v: U8) -> Sheet:
        """Make a layer that hides all."""
        return cls(Plane.of(y), Plane.of(u), Plane.of(v))

    @classmethod
    def blended(cls, y: U8, u: U8, v: U8, keep: U8, keep_half: U8) -> Sheet:
        """Make a layer of premultiplied planes and what they leave; empty rows at its top are not kept."""
        clear, solid = _spans(keep, keep_half)
        cut = max(0, clear // 2 * 2 - SPARE)
        y, keep = y[cut:], keep[cut:]
        u, v, keep_half = u[cut // 2 :], v[cut // 2 :], keep_half[cut // 2 :]
        columns = _seen_columns(keep, keep_half)
        planes = Plane.of(y), Plane.of(u), Plane.of(v), Plane.of(keep), Plane.of(keep_half)
        return cls(*planes, clear - cut, max(0, solid - cut), columns, cut)


def _spans(keep: U8, keep_half: U8) -> tuple[int, int]:
    """Give the first row that is not fully clear, and the first from which all are fully opaque."""
    low = np.minimum(keep.min(1), np.repeat(keep_half.min(1), 2))
    high = np.maximum(keep.max(1), np.repeat(keep_half.max(1), 2))
    seen, open_rows = np.flatnonzero(low < 255), np.flatnonzero(high > 0)
    return int(seen[0]) if len(seen) else len(low), int(open_rows[-1]) + 1 if len(open_rows) else 0


def _seen_columns(keep: U8, keep_half: U8) -> tuple[tuple[int, int], ...]:
    """Give the even ranges of columns that show anything, near ones joined; none where that is nearly all."""
    low = np.minimum(keep.min(0), np.repeat(keep_half.min(0), 2))
    seen = np.flatnonzero(low < 255)
    if not len(seen):
        return ()
    gaps = np.flatnonzero(np.diff(seen) > GAP)
    starts, ends = [seen[0], *seen[gaps + 1]], [*seen[gaps], seen[-1]]
    found = tuple((int(start) // 2 * 2, int(end) // 2 * 2 + 2) for start, end in zip(starts, ends, strict=True))
    return found if sum(end - start for start, end in found) < 0.7 * len(low) else ()


def rgb_to_yuv(rgb: F32) -> tuple[F32, F32, F32]:
    """Convert RGB floats 0-1 to limited-range BT.709 planes, all at full size."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        16 + 219 * luma,
        128 + 224 * (blue - luma) / np.float32(1.8556),
        128 + 224 * (red - luma) / np.float32(1.5748),
    )


def to_u8(values: F32) -> U8:
    """Round and clip to bytes."""
    # Half of numpy's time for clip and astype.
    return cv2.convertScaleAbs(np.maximum(values, 0))


def half(plane: F32) -> F32:
    """Average 2x2 pixels."""
    return cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA)


def picture_frame(rgb: U8, width: int, height: int) -> Frame:
    """Turn an RGB byte picture of exactly this size into a frame."""
    frame = Frame.empty(width, height)
    y, u, v = rgb_to_yuv(rgb.astype(np.float32) / 255)
    frame.y[:], frame.u[:], frame.v[:] = to_u8(y), to_u8(half(u)), to_u8(half(v))
    return frame


@dataclass(frozen=True, slots=True)
class Laid:
    """A layer's place on a frame: its point (x, y) lies at the left end of row `top`; rows end at `bottom`.

    `then` draws what lies on it, on those rows (start, end) of the frame where it is seen.
    """

    sheet: Sheet
    x: float
    y: float
    top: int
    bottom: int
    then: Callable[[Frame, int, int], None] | None = None

    @property
    def start(self) -> int:
        """Give the first frame row, even, that may show anything of it."""
        return max(self.top, _even_down(self.top + self.sheet.clear - self.y - 1))

    def solid_from(self, start: int) -> int:
        """Give the first frame row, even, from which nothing shows through, given the first of any."""
        if self.sheet.keep is None:
            return self.top
        return max(start, -_even_down(self.y - self.top - self.sheet.solid - 1))


def lay(frame: Frame, layers: Sequence[Laid]) -> None:
    """Lay layers from far to near, each on those rows alone where it is seen."""
    cover = frame.y.shape[0]
    rows: list[tuple[int, int, int]] = []
    for one in reversed(layers):
        start, end = one.start, min(one.bottom, cover)
        solid = min(one.solid_from(start), end)
        rows.append((start, solid, end))
        if end == cover:
            cover = max(start, min(solid, cover))
    for one, (start, solid, end) in zip(layers, reversed(rows), strict=True):
        _lay_rows(frame, one, start, solid, opaque=False)
        _lay_rows(frame, one, solid, end, opaque=True)
        if one.then:
            one.then(frame, min(start, end), end)


def _lay_rows(frame: Frame, one: Laid, start: int, end: int, *, opaque: bool) -> None:
    if end <= start:
        return
    width = frame.y.shape[1]
    columns = [(0, width)]
    if one.sheet.columns and not opaque:
        columns = [
            (max(0, _even_down(left - one.x - 1)), min(width, -_even_down(one.x - right - 1)))
            for left, right in one.sheet.columns
        ]
    for left, right in columns:
        if right > left:
            _lay_box(frame, one, (left, start, right, end), opaque=opaque)


def _lay_box(frame: Frame, one: Laid, box: tuple[int, int, int, int], *, opaque: bool) -> None:
    left, start, right, end = box
    sheet, x, y = one.sheet, one.x + left, one.y + start - one.top
    full = (x, y, right - left, end - start)
    small = (x / 2, y / 2, (right - left) // 2, (end - start) // 2)
    keep = keep_half = None
    if sheet.keep is not None and sheet.keep_half is not None and not opaque:
        keep, keep_half = sheet.keep.window(*full), sheet.keep_half.window(*small)
    over(frame.y[start:end, left:right], sheet.y.window(*full), keep)
    for target, colour in ((frame.u, sheet.u), (frame.v, sheet.v)):
        over(target[start // 2 : end // 2, left // 2 : right // 2], colour.window(*small), keep_half)


def over(target: U8, colour: U8, keep: U8 | None) -> None:
    """Lay premultiplied bytes over others; `keep` is what of those shows through, None for nothing."""
    if keep is None:
        target[:] = colour
        return
    cv2.multiply(target, keep, target, 1 / 255)
    cv2.add(target, colour, target)


def _even_down(value: float) -> int:
    return floor(value / 2) * 2


def mix(first: Frame, second: Frame, share: float) -> Frame:
    """Blend two frames; `share` is the second's."""
    if share <= 0:
        return first
    if share >= 1:
        return second
    return Frame.of(cv2.addWeighted(first.buffer, 1 - share, second.buffer, share, 0))


def enlarged(plane: U8, zoom: float, left: float, top: float, width: int, height: int) -> U8:
    """Show a plane's part from (left, top) on `zoom` times as large; exact to a fraction of a pixel.

    A sub-pixel window, then a resize: a third of warpAffine's cost (renderer.md 4: Zoom plan). Given factors and no
    size, OpenCV's resize keeps to the very factors.
    """
    wide, high = ceil(width / zoom), ceil(height / zoom)
    part = cv2.getRectSubPix(plane, (wide, high), (left + (wide - 1) / 2, top + (high - 1) / 2))
    return cv2.resize(part, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR)[:height, :width]


def zoom_into(source: Frame, target: Frame, zoom: float, x: float = 0.0, y: float = 0.0) -> None:
    """Enlarge a frame without borders; x and y shift the view, -1 to 1 of the room that the zoom leaves."""
    for plane, out in ((source.y, target.y), (source.u, target.u), (source.v, target.v)):
        rows, width = plane.shape
        left, top = ((length - length / zoom) / 2 * (1 + at) for length, at in ((width, x), (rows, y)))
        out[:] = enlarged(plane, zoom, left, top, width, rows)
