"""Pictures as YUV 4:2:0 planes: conversion once, compositing per frame (renderer.md 1, no. 2).

BT.709, limited range. An I420 frame is uint8, height*3/2 x width, as PyAV takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

# The names are documentation: OpenCV's stubs carry no element types, and numpy's widen to float64.
U8 = NDArray[Any]
F32 = NDArray[Any]


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
class Sheet:
    """A painted, premultiplied layer: planes and what of the ground below shows through (0-255).

    The rows above `clear` show nothing of it, those from `solid` on nothing but it.
    """

    y: U8
    u: U8
    v: U8
    keep: U8 | None = None
    keep_half: U8 | None = None
    clear: int = 0
    solid: int = 0


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
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)


def half(plane: F32) -> F32:
    """Average 2x2 pixels."""
    return cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA)


def sheet(rgb: F32, alpha: F32 | None = None) -> Sheet:
    """Turn a painted RGB float picture, and its alpha, into a layer of even size."""
    y, u, v = rgb_to_yuv(rgb)
    if alpha is None:
        return Sheet(to_u8(y), to_u8(half(u)), to_u8(half(v)))
    alpha_half = half(alpha)
    keep, keep_half = to_u8(255 * (1 - alpha)), to_u8(255 * (1 - alpha_half))
    clear, solid = _spans(keep, keep_half)
    return Sheet(to_u8(y * alpha), to_u8(half(u * alpha)), to_u8(half(v * alpha)), keep, keep_half, clear, solid)


def _spans(keep: U8, keep_half: U8) -> tuple[int, int]:
    """Give the first row that is not fully clear, and the first from which all are fully opaque."""
    low = np.minimum(keep.min(1), np.repeat(keep_half.min(1), 2))
    high = np.maximum(keep.max(1), np.repeat(keep_half.max(1), 2))
    seen, open_rows = np.flatnonzero(low < 255), np.flatnonzero(high > 0)
    return int(seen[0]) if len(seen) else len(low), int(open_rows[-1]) + 1 if len(open_rows) else 0


def picture_frame(rgb: U8, width: int, height: int) -> Frame:
    """Turn an RGB byte picture of exactly this size into a frame."""
    frame = Frame.empty(width, height)
    y, u, v = rgb_to_yuv(rgb.astype(np.float32) / 255)
    frame.y[:], frame.u[:], frame.v[:] = to_u8(y), to_u8(half(u)), to_u8(half(v))
    return frame


def window(plane: U8, x: float, y: float, width: int, height: int) -> U8:
    """Cut a sub-pixel window whose top left corner is at (x, y)."""
    if x == int(x) and y == int(y):
        return plane[int(y) : int(y) + height, int(x) : int(x) + width]
    return cv2.getRectSubPix(plane, (width, height), (x + (width - 1) / 2, y + (height - 1) / 2))


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

    @property
    def solid(self) -> int:
        """Give the first frame row, even, from which nothing shows through."""
        if self.sheet.keep is None:
            return self.top
        return max(self.start, -_even_down(self.y - self.top - self.sheet.solid - 1))


def lay(frame: Frame, layers: Sequence[Laid]) -> None:
    """Lay layers from far to near, each on those rows alone where it is seen."""
    cover = frame.y.shape[0]
    bottoms: list[int] = []
    for one in reversed(layers):
        end = min(one.bottom, cover)
        bottoms.append(end)
        if end == cover:
            cover = max(one.start, min(one.solid, cover))
    for one, end in zip(layers, reversed(bottoms), strict=True):
        solid = min(one.solid, end)
        _lay_rows(frame, one, one.start, solid, opaque=False)
        _lay_rows(frame, one, solid, end, opaque=True)
        if one.then and end > one.start:
            one.then(frame, one.start, end)


def _lay_rows(frame: Frame, one: Laid, start: int, end: int, *, opaque: bool) -> None:
    if end <= start:
        return
    sheet, width, x, y = one.sheet, frame.y.shape[1], one.x, one.y + start - one.top
    keep = keep_half = None
    if sheet.keep is not None and sheet.keep_half is not None and not opaque:
        keep = window(sheet.keep, x, y, width, end - start)
        keep_half = window(sheet.keep_half, x / 2, y / 2, width // 2, (end - start) // 2)
    _over(frame.y[start:end], sheet.y, keep, x, y)
    for target, colour in ((frame.u, sheet.u), (frame.v, sheet.v)):
        _over(target[start // 2 : end // 2], colour, keep_half, x / 2, y / 2)


def _over(target: U8, colour: U8, keep: U8 | None, x: float, y: float) -> None:
    rows, width = target.shape
    over = window(colour, x, y, width, rows)
    if keep is None:
        target[:] = over
        return
    cv2.multiply(target, keep, target, 1 / 255)
    cv2.add(target, over, target)


def _even_down(value: float) -> int:
    return floor(value / 2) * 2


def add_light(frame: Frame, light: U8, x: int, y: int) -> None:
    """Add a brightness picture's window to the luma: rain, snow, glitter."""
    rows, width = frame.y.shape
    cv2.add(frame.y, light[y : y + rows, x : x + width], frame.y)


def mix(first: Frame, second: Frame, share: float) -> Frame:
    """Blend two frames; `share` is the second's."""
    if share <= 0:
        return first
    if share >= 1:
        return second
    return Frame.of(cv2.addWeighted(first.buffer, 1 - share, second.buffer, share, 0))


def zoomed(frame: Frame, factor: float) -> Frame:
    """Enlarge about the middle, without borders."""
    if factor <= 1.0005:
        return frame
    rows, width = frame.y.shape
    out = Frame.empty(width, rows)
    for plane, target in ((frame.y, out.y), (frame.u, out.u), (frame.v, out.v)):
        height, across = plane.shape
        matrix = np.array(
            [
                [1 / factor, 0, (across - 1) / 2 * (1 - 1 / factor)],
                [0, 1 / factor, (height - 1) / 2 * (1 - 1 / factor)],
            ],
            np.float32,
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(plane, matrix, (across, height), target, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return out
