"""Images as YUV 4:2:0 planes: converted once, composited per frame.

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

# The names document the element types; OpenCV's stubs have none, and numpy's widen to float64.
U8 = NDArray[Any]
F32 = NDArray[Any]
# Narrower gaps in a layer are drawn together with their surroundings.
GAP = 48
# Empty rows kept above a layer's first one, for sub-pixel windows.
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
        """Return an uninitialised frame."""
        return cls.of(np.empty((height * 3 // 2, width), np.uint8))

    @classmethod
    def of(cls, buffer: U8) -> Frame:
        """Return the frame of a buffer."""
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
        """Return a copy."""
        return Frame.of(self.buffer.copy())


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane twice: shifted a quarter and three quarters of a pixel to the left.

    So any horizontal position is matched to a quarter of a pixel by a free slice, and equally sharp each time.
    """

    early: U8
    late: U8

    @classmethod
    def of(cls, plane: U8) -> Plane:
        """Return a plane with both shifts."""
        after = np.concatenate([plane[:, 1:], plane[:, -1:]], axis=1)
        return cls(cv2.addWeighted(plane, 0.75, after, 0.25, 0), cv2.addWeighted(plane, 0.25, after, 0.75, 0))

    def window(self, x: float, y: float, width: int, height: int) -> U8:
        """Return a window whose top left corner is at (x, y); vertical sub-pixel positions cost more."""
        halves = floor(2 * x)
        plane, left = (self.late if halves & 1 else self.early), halves >> 1
        if y == int(y):
            return plane[int(y) : int(y) + height, left : left + width]
        return cv2.getRectSubPix(plane, (width, height), (left + (width - 1) / 2, y + (height - 1) / 2))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A painted, premultiplied layer: planes and how much of the background shows through (0-255).

    Rows above `clear` show nothing of the layer, those from `solid` on nothing but it. If `columns` is given, only
    these ranges show anything above `solid`. `cut` empty rows were removed from its top.
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
        """Return an opaque layer."""
        return cls(Plane.of(y), Plane.of(u), Plane.of(v))

    @classmethod
    def blended(cls, y: U8, u: U8, v: U8, keep: U8, keep_half: U8) -> Sheet:
        """Return a layer of premultiplied planes and their transparency, without the empty rows at its top."""
        clear, solid = _spans(keep, keep_half)
        cut = max(0, clear // 2 * 2 - SPARE)
        y, keep = y[cut:], keep[cut:]
        u, v, keep_half = u[cut // 2 :], v[cut // 2 :], keep_half[cut // 2 :]
        columns = _seen_columns(keep, keep_half)
        planes = Plane.of(y), Plane.of(u), Plane.of(v), Plane.of(keep), Plane.of(keep_half)
        return cls(*planes, clear - cut, max(0, solid - cut), columns, cut)


def _spans(keep: U8, keep_half: U8) -> tuple[int, int]:
    """Return the first row that is not fully transparent, and the first from which all are opaque."""
    low = np.minimum(keep.min(1), np.repeat(keep_half.min(1), 2))
    high = np.maximum(keep.max(1), np.repeat(keep_half.max(1), 2))
    visible, open_rows = np.flatnonzero(low < 255), np.flatnonzero(high > 0)
    return int(visible[0]) if len(visible) else len(low), int(open_rows[-1]) + 1 if len(open_rows) else 0


def _seen_columns(keep: U8, keep_half: U8) -> tuple[tuple[int, int], ...]:
    """Return the even ranges of columns that show anything, near ones joined; none if that is nearly all."""
    low = np.minimum(keep.min(0), np.repeat(keep_half.min(0), 2))
    visible = np.flatnonzero(low < 255)
    if not len(visible):
        return ()
    gaps = np.flatnonzero(np.diff(visible) > GAP)
    starts, ends = [visible[0], *visible[gaps + 1]], [*visible[gaps], visible[-1]]
    spans = tuple((int(start) // 2 * 2, int(end) // 2 * 2 + 2) for start, end in zip(starts, ends, strict=True))
    return spans if sum(end - start for start, end in spans) < 0.7 * len(low) else ()


def rgb_to_yuv(rgb: F32) -> tuple[F32, F32, F32]:
    """Return RGB floats 0-1 as limited-range BT.709 planes, all at full size."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        16 + 219 * luma,
        128 + 224 * (blue - luma) / np.float32(1.8556),
        128 + 224 * (red - luma) / np.float32(1.5748),
    )


def to_u8(values: F32) -> U8:
    """Return values rounded and clipped to bytes."""
    # Half of numpy's time for clip and astype.
    return cv2.convertScaleAbs(np.maximum(values, 0))


def half(plane: F32) -> F32:
    """Return averages of 2x2 pixels."""
    return cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA)


def image_frame(rgb: U8, width: int, height: int) -> Frame:
    """Return an RGB byte image of exactly this size as a frame."""
    frame = Frame.empty(width, height)
    y, u, v = rgb_to_yuv(rgb.astype(np.float32) / 255)
    frame.y[:], frame.u[:], frame.v[:] = to_u8(y), to_u8(half(u)), to_u8(half(v))
    return frame


@dataclass(frozen=True, slots=True)
class Laid:
    """A layer's position on a frame: its point (x, y) is at the left end of row `top`; rows end at `bottom`.

    `then` draws what belongs on the layer, on its visible rows (start, end) of the frame.
    """

    sheet: Sheet
    x: float
    y: float
    top: int
    bottom: int
    then: Callable[[Frame, int, int], None] | None = None

    @property
    def start(self) -> int:
        """Return the first frame row, even, that may show anything of the layer."""
        return max(self.top, _even_down(self.top + self.sheet.clear - self.y - 1))

    def solid_from(self, start: int) -> int:
        """Return the first frame row, even, from which the layer is opaque, given its first visible row."""
        if self.sheet.keep is None:
            return self.top
        return max(start, -_even_down(self.y - self.top - self.sheet.solid - 1))


def lay(frame: Frame, layers: Sequence[Laid]) -> None:
    """Draw layers from far to near, each on its visible rows only."""
    cover = frame.y.shape[0]
    rows: list[tuple[int, int, int]] = []
    for layer in reversed(layers):
        start, end = layer.start, min(layer.bottom, cover)
        solid = min(layer.solid_from(start), end)
        rows.append((start, solid, end))
        if end == cover:
            cover = max(start, min(solid, cover))
    for layer, (start, solid, end) in zip(layers, reversed(rows), strict=True):
        _lay_rows(frame, layer, start, solid, opaque=False)
        _lay_rows(frame, layer, solid, end, opaque=True)
        if layer.then:
            layer.then(frame, min(start, end), end)


def _lay_rows(frame: Frame, layer: Laid, start: int, end: int, *, opaque: bool) -> None:
    if end <= start:
        return
    width = frame.y.shape[1]
    columns = [(0, width)]
    if layer.sheet.columns and not opaque:
        columns = [
            (max(0, _even_down(left - layer.x - 1)), min(width, -_even_down(layer.x - right - 1)))
            for left, right in layer.sheet.columns
        ]
    for left, right in columns:
        if right > left:
            _lay_box(frame, layer, (left, start, right, end), opaque=opaque)


def _lay_box(frame: Frame, layer: Laid, box: tuple[int, int, int, int], *, opaque: bool) -> None:
    left, start, right, end = box
    sheet, x, y = layer.sheet, layer.x + left, layer.y + start - layer.top
    full = (x, y, right - left, end - start)
    small = (x / 2, y / 2, (right - left) // 2, (end - start) // 2)
    keep = keep_half = None
    if sheet.keep is not None and sheet.keep_half is not None and not opaque:
        keep, keep_half = sheet.keep.window(*full), sheet.keep_half.window(*small)
    over(frame.y[start:end, left:right], sheet.y.window(*full), keep)
    for target, colour in ((frame.u, sheet.u), (frame.v, sheet.v)):
        over(target[start // 2 : end // 2, left // 2 : right // 2], colour.window(*small), keep_half)


def over(target: U8, colour: U8, keep: U8 | None) -> None:
    """Draw premultiplied bytes over others; `keep` is how much of those shows through, None for nothing."""
    if keep is None:
        target[:] = colour
        return
    cv2.multiply(target, keep, target, 1 / 255)
    cv2.add(target, colour, target)


def _even_down(value: float) -> int:
    return floor(value / 2) * 2


def mix(first: Frame, second: Frame, share: float) -> Frame:
    """Return a blend of two frames; `share` is the second's."""
    if share <= 0:
        return first
    if share >= 1:
        return second
    return Frame.of(cv2.addWeighted(first.buffer, 1 - share, second.buffer, share, 0))


def enlarged(plane: U8, zoom: float, left: float, top: float, width: int, height: int) -> U8:
    """Return a plane's part from (left, top) on, `zoom` times as large, exact to a fraction of a pixel.

    A sub-pixel window, then a resize: a third of warpAffine's cost. Given factors and no size, OpenCV's resize uses
    exactly these factors.
    """
    wide, high = ceil(width / zoom), ceil(height / zoom)
    part = cv2.getRectSubPix(plane, (wide, high), (left + (wide - 1) / 2, top + (high - 1) / 2))
    return cv2.resize(part, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR)[:height, :width]


def zoom_into(source: Frame, target: Frame, zoom: float, x: float = 0.0, y: float = 0.0) -> None:
    """Draw a frame enlarged, without borders; x and y shift the view, -1 to 1 of the room that the zoom leaves."""
    for plane, out in ((source.y, target.y), (source.u, target.u), (source.v, target.v)):
        rows, width = plane.shape
        left, top = ((length - length / zoom) / 2 * (1 + at) for length, at in ((width, x), (rows, y)))
        out[:] = enlarged(plane, zoom, left, top, width, rows)
