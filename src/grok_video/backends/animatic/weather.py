"""Rain, snow, fog, lightning and glittering water, laid on a frame at a time."""

from __future__ import annotations

from math import exp, sin

import cv2
import numpy as np

from . import paint
from .planes import F32, U8, Frame, to_u8, window

FLASH_EVERY = 3.4


class Weather:
    """Falling and drifting things as tiles that repeat, so that any time can be drawn at once."""

    def __init__(self, kind: str, width: int, height: int, seed: int) -> None:
        self._kind = kind
        self._size = (width, height)
        self._seed = seed
        self._tiles: list[tuple[U8, float, float]] = []
        if kind in ("rain", "storm"):
            for number, (count, length, speed, light) in enumerate(((170, 0.05, 1.5, 46), (110, 0.085, 2.1, 74))):
                tile = _rain_tile(width, height, paint.rng(seed, "rain", number), count, length, light)
                self._tiles.append((tile, -0.16 * speed, speed))
        elif kind == "snow":
            for number, (count, size, speed, light) in enumerate(
                ((240, 1.3, 0.07, 120), (150, 2.3, 0.12, 165), (60, 4.0, 0.2, 200))
            ):
                tile = _snow_tile(width, height, paint.rng(seed, "snow", number), count, size, light)
                self._tiles.append((tile, 0.02, speed))
        self._fog = _fog_sheet(width, height, seed) if kind == "fog" else None

    def lay(self, frame: Frame, t: float) -> None:
        """Add the weather of second `t`."""
        width, height = self._size
        for number, (tile, drift, fall) in enumerate(self._tiles):
            sway = 0.012 * sin(0.9 * t + 2.1 * number) if self._kind == "snow" else 0.0
            x, y = (-(drift * t + sway) * height) % width, (-fall * t * height) % height
            cv2.add(frame.y, window(tile, x, y, width, height), frame.y)
        if self._fog is not None:
            x = 0.012 * t * width % width
            veil = window(self._fog, x, 0, width, height)
            cv2.multiply(frame.y, cv2.bitwise_not(veil), frame.y, 1 / 255)
            cv2.add(frame.y, cv2.convertScaleAbs(veil, alpha=205 / 255), frame.y)
        if self._kind == "storm" and (flash := self._flash(t)) > 1:
            cv2.add(frame.y, np.full_like(frame.y, round(flash)), frame.y)

    def _flash(self, t: float) -> float:
        number = int(t / FLASH_EVERY)
        start = (number + 0.2 + 0.6 * paint.rng(self._seed, "flash", number).random()) * FLASH_EVERY
        since = t - start
        return 95 * exp(-since / 0.09) + 60 * exp(-abs(since - 0.2) / 0.06) if since >= 0 else 0.0


class Glitter:
    """Light on water: two sparse ripple textures that slide against each other."""

    def __init__(self, width: int, height: int, top: int, seed: int, light: float) -> None:
        self._width, self._top, self._rows = width, top, height - top
        self._tiles = [
            _ripple_tile(width, self._rows, paint.rng(seed, "glitter", number), light) for number in range(2)
        ]

    def lay(self, t: float, slide: float, frame: Frame, start: int, end: int) -> None:
        """Add the light of second `t` on rows of the frame; `slide` follows the camera."""
        first, second = self._tiles
        start = max(start, self._top)
        at, rows = start - self._top, end - start
        left = window(first, (0.021 * t * self._width + slide) % self._width, at, self._width, rows)
        right = window(second, (-0.016 * t * self._width + slide) % self._width, at, self._width, rows)
        target = frame.y[start:end]
        cv2.add(target, cv2.multiply(left, right, scale=1 / 90), target)


def _wrapped(tile: U8) -> U8:
    return np.tile(tile, (2, 2))


def _rain_tile(width: int, height: int, generator: np.random.Generator, count: int, length: float, light: int) -> U8:
    tile = np.zeros((height, width), np.uint8)
    thick = max(1, round(height / 720))
    for _ in range(round(count * width / height)):
        x, y = generator.random() * width, generator.random() * height
        end = (round(x + 0.16 * length * height), round(y - length * height))
        cv2.line(tile, (round(x), round(y)), end, int(light * (0.5 + generator.random() / 2)), thick, cv2.LINE_AA)
    return _wrapped(tile)


def _snow_tile(width: int, height: int, generator: np.random.Generator, count: int, size: float, light: int) -> U8:
    tile = np.zeros((height, width), np.uint8)
    for _ in range(round(count * width / height)):
        centre = (round(generator.random() * width * 16), round(generator.random() * height * 16))
        radius = round(size * height / 720 * (0.6 + 0.8 * generator.random()) * 16)
        cv2.circle(tile, centre, radius, int(light * (0.6 + 0.4 * generator.random())), -1, cv2.LINE_AA, 4)
    return _wrapped(cv2.GaussianBlur(tile, (0, 0), max(0.5, size * height / 2400)))


def _fog_sheet(width: int, height: int, seed: int) -> U8:
    veil = paint.noise(width, height, paint.rng(seed, "fog"), cells=3, octaves=4)
    # Mirrored, so that the drift wraps without a seam.
    wide: F32 = np.concatenate([veil, veil[:, ::-1]], axis=1)
    wide = cv2.resize(wide, (2 * width, height))
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    return to_u8(255 * np.clip((0.18 + 0.62 * wide) * (0.35 + 0.65 * np.sin(down * 2.4)), 0, 0.8))


def _ripple_tile(width: int, rows: int, generator: np.random.Generator, light: float) -> U8:
    tile = np.zeros((rows, width), np.uint8)
    for _ in range(round(620 * width / 1280)):
        near = generator.random() ** 0.7
        y, x = near * rows, generator.random() * width
        long = (0.006 + 0.034 * near) * width
        thick = max(1, round((0.5 + 2.2 * near) * rows / 280))
        cv2.line(
            tile, (round(x), round(y)), (round(x + long), round(y)),
            int(light * (0.4 + 0.6 * generator.random())), thick, cv2.LINE_AA,
        )  # fmt: skip
    return np.tile(tile, (1, 2))
