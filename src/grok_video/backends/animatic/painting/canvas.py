"""A layer while it is painted: straight YUV bytes and alpha, drawn by OpenCV, which keeps scenes cheap.

Coordinates are pixels of the layer; colours are RGB shares of 1. Fields of light are computed coarsely and smoothed;
shapes are drawn at full size with soft edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate

import cv2
import numpy as np

from ..planes import F32, U8, Frame, Sheet, half, rgb_to_yuv, to_u8
from .light import Colour, luma

COARSE = 8
# Shapes are positioned to a sixteenth of a pixel.
SHIFT = 4
Points = Sequence[tuple[float, float]] | F32


def rng(*key: int | str) -> np.random.Generator:
    """Return a random generator whose stream depends on the key alone."""
    numbers = [
        part if isinstance(part, int) else sum(ord(char) << (8 * (at % 4)) for at, char in enumerate(part))
        for part in key
    ]
    return np.random.default_rng([number & 0xFFFFFFFF for number in numbers])


def yuv(colour: Colour) -> tuple[float, float, float]:
    """Return one colour as limited-range BT.709 values, unrounded."""
    level = luma(colour)
    return 16 + 219 * level, 128 + 224 * (colour[2] - level) / 1.8556, 128 + 224 * (colour[0] - level) / 1.5748


def noise(width: int, height: int, generator: np.random.Generator, *, cells: int = 4, octaves: int = 4) -> F32:
    """Return isotropic fractal noise around 0, mostly within -1 to 1; `cells` is the rows of the coarsest grid."""
    total = np.zeros((height, width), np.float32)
    gain = 1.0
    for octave in range(octaves):
        rows = min(height, cells * 2**octave + 1)
        grid = generator.random((rows, max(2, round(rows * width / height))), np.float32) * 2 - 1
        total += np.float32(gain) * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        gain *= 0.55
    return total


def heights(width: int, generator: np.random.Generator, *, bumps: float, rough: float = 0.5) -> F32:
    """Return a skyline of bumps, 0 to 1; `bumps` is about their number."""
    line = np.zeros(width, np.float32)
    gain = 1.0
    for octave in range(6):
        grid = generator.random((1, max(3, round(bumps * 2**octave) + 2)), np.float32)
        line += np.float32(gain) * cv2.resize(grid, (width, 1), interpolation=cv2.INTER_CUBIC)[0]
        gain *= rough
    low, high = float(line.min()), float(line.max())
    return (line - np.float32(low)) / np.float32(max(high - low, 1e-6))


def smooth(low: float, high: float, value: F32) -> F32:
    """Return a smooth step from 0 at `low` to 1 at `high`."""
    part = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return part * part * (3 - 2 * part)


def blend(first: F32, second: F32 | Colour, share: F32 | float) -> F32:
    """Return a mix of coarse colour fields; `share` is the second's, one number or one per cell."""
    share = np.asarray(share, np.float32)
    if share.ndim == 2:
        share = share[..., None]
    return first + (np.asarray(second, np.float32) - first) * share


@cache
def _dither() -> F32:
    # Without it, smooth gradients show bands at 8 bits.
    return np.random.default_rng(5).normal(0, 0.7, (256, 256)).astype(np.float32)


class Canvas:
    """One layer being painted, `width` x `height` pixels, transparent at first."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._y = np.full((height, width), 16, np.uint8)
        self._u = np.full((height // 2, width // 2), 128, np.uint8)
        self._v = np.full((height // 2, width // 2), 128, np.uint8)
        self._alpha = np.zeros((height, width), np.uint8)

    def coarse(self) -> tuple[F32, F32]:
        """Return the x and y of each cell of a coarse field in pixels, as one row and one column."""
        across, down = max(2, self.width // COARSE), max(2, self.height // COARSE)
        return (
            np.linspace(0, self.width, across, dtype=np.float32)[None, :],
            np.linspace(0, self.height, down, dtype=np.float32)[:, None],
        )

    def fill(self, field: F32, texture: F32 | None = None) -> None:
        """Fill the layer with a coarse RGB field; `texture` varies its brightness, 0.1 by a tenth."""
        y, u, v = rgb_to_yuv(field)
        size, small = (self.width, self.height), (self.width // 2, self.height // 2)
        light = cv2.resize(y, size, interpolation=cv2.INTER_LINEAR)
        if texture is not None:
            light *= 1 + (texture if texture.shape == light.shape else cv2.resize(texture, size))
        light += _tiled(_dither(), *size)
        self._y = to_u8(light)
        grain = 0.5 * _tiled(_dither(), *small)
        self._u = to_u8(cv2.resize(u, small, interpolation=cv2.INTER_LINEAR) + grain)
        self._v = to_u8(cv2.resize(v, small, interpolation=cv2.INTER_LINEAR) - grain)

    def paste(self, y: U8, u: U8, v: U8) -> None:
        """Fill the layer with planes of its size."""
        self._y, self._u, self._v = np.ascontiguousarray(y), np.ascontiguousarray(u), np.ascontiguousarray(v)

    def flood(self, colour: Colour) -> None:
        """Fill the layer with one colour, so that the edges of shapes drawn on it mix with no other."""
        for plane, value in zip((self._y, self._u, self._v), yuv(colour), strict=True):
            plane[:] = round(value)

    def cover(self) -> None:
        """Make the whole layer opaque."""
        self._alpha[:] = 255

    def reveal(self, shapes: Iterable[Points], alpha: float = 1.0) -> None:
        """Make the inside of polygons opaque, with the colours that are there."""
        cv2.fillPoly(self._alpha, [_fixed(shape) for shape in shapes], round(255 * alpha), cv2.LINE_AA, SHIFT)

    def polygons(self, shapes: Sequence[Points], colour: Colour, *, solid: bool = True, apart: bool = False) -> None:
        """Paint polygons, onto opaque parts alone unless `solid`; `apart` (no overlaps) is faster."""
        y, u, v = (round(part) for part in yuv(colour))
        full, small = _all_fixed(shapes), _all_fixed(shapes, 0.5)
        # OpenCV leaves holes where polygons of one call overlap.
        for some, fewer in (
            [(full, small)]
            if apart and shapes
            else zip(([polygon] for polygon in full), ([polygon] for polygon in small), strict=True)
        ):
            cv2.fillPoly(self._y, some, y, cv2.LINE_AA, SHIFT)
            cv2.fillPoly(self._u, fewer, u, cv2.LINE_AA, SHIFT)
            cv2.fillPoly(self._v, fewer, v, cv2.LINE_AA, SHIFT)
            if solid:
                cv2.fillPoly(self._alpha, some, 255, cv2.LINE_AA, SHIFT)

    def rectangles(
        self,
        boxes: Sequence[tuple[float, float, float, float]],
        colour: Colour,
        *,
        solid: bool = True,
        apart: bool = False,
    ) -> None:
        """Paint upright boxes, each (left, top, right, bottom)."""
        self.polygons([[(a, b), (c, b), (c, d), (a, d)] for a, b, c, d in boxes], colour, solid=solid, apart=apart)

    def circles(
        self, discs: Sequence[tuple[float, float, float]], colour: Colour, *, solid: bool = True, flat: float = 1.0
    ) -> None:
        """Paint discs, each (x, y, radius), squeezed to `flat` of their height."""
        if not discs:
            return
        y, u, v = (round(part) for part in yuv(colour))
        rows = np.asarray(discs, np.float64)
        axes = np.column_stack([rows[:, 2], rows[:, 2] * flat])
        full = np.hstack([_fixed(rows[:, :2]), _fixed(axes)]).tolist()
        small = np.hstack([_fixed(rows[:, :2], 0.5), _fixed(axes, 0.5, offset=0)]).tolist()
        drawn = [(self._y, y, full), (self._u, u, small), (self._v, v, small)]
        for plane, value, places in [*drawn, (self._alpha, 255, full)] if solid else drawn:
            for x, down, wide, high in places:
                cv2.ellipse(plane, (x, down), (wide, high), 0, 0, 360, value, -1, cv2.LINE_AA, SHIFT)

    def dots(self, discs: Sequence[tuple[float, float, float]], colour: Colour, *, solid: bool = True) -> None:
        """Paint many small discs, each (x, y, radius), with hardly any overlap: faster than circles."""
        turn = np.linspace(0, 2 * np.pi, 9, endpoint=False)
        ring = np.column_stack([np.cos(turn), np.sin(turn)])
        self.polygons([ring * radius + (x, y) for x, y, radius in discs], colour, solid=solid, apart=True)

    def lines(self, ways: Sequence[Points], colour: Colour, thick: float, *, solid: bool = True) -> None:
        """Draw open lines, `thick` pixels wide."""
        y, u, v = yuv(colour)
        full, small = [_fixed(way) for way in ways], [_fixed(way, 0.5) for way in ways]
        wide = max(1, round(thick))
        cv2.polylines(self._y, full, False, round(y), wide, cv2.LINE_AA, SHIFT)
        for plane, value in ((self._u, u), (self._v, v)):
            cv2.polylines(plane, small, False, round(value), max(1, round(thick / 2)), cv2.LINE_AA, SHIFT)
        if solid:
            cv2.polylines(self._alpha, full, False, 255, wide, cv2.LINE_AA, SHIFT)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 1.0) -> None:
        """Add a glow, like a lens's bloom, that ends at `radius`."""
        left, right = max(0, int(x - radius) // 2 * 2), min(self.width, int(x + radius) // 2 * 2 + 2)
        top, bottom = max(0, int(y - radius) // 2 * 2), min(self.height, int(y + radius) // 2 * 2 + 2)
        if right - left < 4 or bottom - top < 4:
            return
        across = (np.arange(left, right, 2, dtype=np.float32) - np.float32(x)) / np.float32(radius)
        down = (np.arange(top, bottom, 2, dtype=np.float32) - np.float32(y)) / np.float32(radius)
        fall = np.clip(1 - np.sqrt(across[None, :] ** 2 + down[:, None] ** 2), 0, 1) ** 2 * np.float32(strength)
        target = yuv(colour)
        box, small = np.s_[top:bottom, left:right], np.s_[top // 2 : bottom // 2, left // 2 : right // 2]
        wide = cv2.resize(fall, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
        # Screen blending: light adds less on a lighter ground.
        light = self._y[box].astype(np.float32)
        self._y[box] = to_u8(
            light + wide * (target[0] - 16) * (1 - (light - 16) / 235) + _tiled(_dither(), *wide.shape[::-1])
        )
        for plane, value in ((self._u, target[1]), (self._v, target[2])):
            here = plane[small].astype(np.float32)
            plane[small] = to_u8(here + fall[: here.shape[0], : here.shape[1]] * (np.float32(value) - here))

    def veil(self, colour: Colour, weight: F32) -> None:
        """Blend a haze over the layer by a coarse field of weights, 0 to 1."""
        full = cv2.resize(weight.astype(np.float32), (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        small = half(full)
        for plane, value, share in zip((self._y, self._u, self._v), yuv(colour), (full, small, small), strict=True):
            here = plane.astype(np.float32)
            here += share * (np.float32(value) - here)
            plane[:] = to_u8(here + _tiled(_dither(), *here.shape[::-1]))

    def roughen(self, texture: F32) -> None:
        """Vary the brightness by a texture of any size, 0.1 by a tenth."""
        full = cv2.resize(texture, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        self._y = to_u8(self._y.astype(np.float32) * (1 + full))

    def fade(self, weight: F32) -> None:
        """Multiply the opacity by a coarse field of 0 to 1."""
        full = cv2.resize(weight.astype(np.float32), (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        self._alpha = to_u8(self._alpha.astype(np.float32) * full)

    def erase(self, box: tuple[float, float, float, float]) -> None:
        """Erase (left, top, right, bottom) with a soft edge."""
        left, top, right, bottom = box
        shape = [(left, top), (right, top), (right, bottom), (left, bottom)]
        cv2.fillPoly(self._alpha, [_fixed(shape)], 0, cv2.LINE_AA, SHIFT)

    def mirror_in(self, scenery: Frame, shore: int, margin_x: int, margin_y: int, clear: float) -> None:
        """Add reflections on wet ground: a frame's rows above `shore`, the brightest parts most."""
        rows = min(shore, self.height - margin_y)
        weight = np.linspace(clear, 0.25 * clear, self.height - margin_y, dtype=np.float32)[:, None]
        for plane, values, by in ((self._y, scenery.y, 1), (self._u, scenery.u, 2), (self._v, scenery.v, 2)):
            part = cv2.GaussianBlur(
                values[(shore - rows) // by : shore // by][::-1], (0, 0), sigmaX=3 / by, sigmaY=16 / by
            )
            target = plane[margin_y // by :]
            wide = cv2.resize(part, target.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
            share = cv2.resize(weight, (1, target.shape[0]))
            here = target.astype(np.float32)
            target[:] = to_u8(here + share * (wide - here))

    def dim(self, factor: U8) -> None:
        """Multiply the brightness by bytes of the layer's size; 255 leaves it unchanged."""
        self._y = cv2.multiply(self._y, factor, scale=1 / 255)

    def cast(self, reach: float, strength: float) -> U8:
        """Return the soft shadow that this layer casts on what is behind it, as paper does."""
        step = max(2, round(reach / 3))
        size = (max(2, self.width // step), max(2, self.height // step))
        small = cv2.GaussianBlur(cv2.resize(self._alpha, size, interpolation=cv2.INTER_AREA), (0, 0), 1.6)
        soft = cv2.resize(small, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        return cv2.convertScaleAbs(soft, alpha=strength)

    def sheet(self, *, opaque: bool = False, shadow: U8 | None = None) -> Sheet:
        """Return the finished sheet: premultiplied, with the shadow behind."""
        if opaque:
            return Sheet.opaque(self._y, self._u, self._v)
        alpha = self._alpha
        alpha_half = cv2.resize(alpha, (self.width // 2, self.height // 2), interpolation=cv2.INTER_AREA)
        keep, keep_half = cv2.bitwise_not(alpha), cv2.bitwise_not(alpha_half)
        y, u, v = (
            cv2.multiply(plane, by, scale=1 / 255)
            for plane, by in ((self._y, alpha), (self._u, alpha_half), (self._v, alpha_half))
        )
        if shadow is not None:
            # A shadow dims the luma behind it and keeps the chroma.
            lit = cv2.bitwise_not(shadow)
            keep = cv2.multiply(keep, lit, scale=1 / 255)
        return Sheet.blended(y, u, v, keep, keep_half)


def _tiled(tile: F32, width: int, height: int) -> F32:
    rows, columns = -(-height // tile.shape[0]), -(-width // tile.shape[1])
    return np.tile(tile, (rows, columns))[:height, :width]


def _fixed(points: Points, scale: float = 1.0, offset: float = 0.25) -> U8:
    # Pixel centres are whole numbers, so half-size planes are a quarter of a pixel off.
    away = offset if scale < 1 else 0
    return np.rint((np.asarray(points, np.float64) * scale - away) * (1 << SHIFT)).astype(np.int32)


def _all_fixed(shapes: Sequence[Points], scale: float = 1.0) -> list[U8]:
    if not shapes:
        return []
    lengths = [len(shape) for shape in shapes]
    if min(lengths) == max(lengths):
        return list(_fixed(np.asarray(shapes, np.float64), scale))
    joined = _fixed(np.concatenate([np.asarray(shape, np.float64) for shape in shapes]), scale)
    return [joined[end - length : end] for length, end in zip(lengths, accumulate(lengths), strict=True)]
