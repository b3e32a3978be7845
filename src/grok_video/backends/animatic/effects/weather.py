"""Rain, snow, fog, lightning and glitter on water, drawn over a frame."""

from __future__ import annotations

from math import exp, sin

import cv2
import numpy as np

from ..painting.canvas import noise, rng
from ..planes import F32, U8, Frame, Plane, to_u8

FLASH_EVERY = 3.4


class Weather:
    """Rain, snow and fog as repeating tiles, so that any time can be drawn directly."""

    def __init__(self, kind: str, width: int, height: int, seed: int) -> None:
        self._kind = kind
        self._size = (width, height)
        self._seed = seed
        self._struck: tuple[int, U8] | None = None
        self._tiles: list[tuple[U8, float, float]] = []
        if kind in ("rain", "storm"):
            for number, (count, length, speed, light) in enumerate(((170, 0.05, 1.5, 46), (110, 0.085, 2.1, 74))):
                tile = _rain_tile(width, height, rng(seed, "rain", number), count, length, light)
                self._tiles.append((tile, -0.16 * speed, speed))
        elif kind == "snow":
            for number, (count, size, speed, light) in enumerate(
                ((240, 1.3, 0.07, 120), (150, 2.3, 0.12, 165), (60, 4.0, 0.2, 200))
            ):
                tile = _snow_tile(width, height, rng(seed, "snow", number), count, size, light)
                self._tiles.append((tile, 0.02, speed))
        self._fog = Plane.of(_fog_sheet(width, height, seed)) if kind == "fog" else None

    def lay(self, frame: Frame, t: float) -> None:
        """Draw the weather of second `t`."""
        width, height = self._size
        for number, (tile, drift, fall) in enumerate(self._tiles):
            sway = 0.012 * sin(0.9 * t + 2.1 * number) if self._kind == "snow" else 0.0
            x, y = (-(drift * t + sway) * height) % width, (-fall * t * height) % height
            # Falling drops are too fast for whole-pixel steps to be visible.
            cv2.add(frame.y, tile[int(y) : int(y) + height, int(x) : int(x) + width], frame.y)
        if self._fog is not None:
            x = 0.012 * t * width % width
            veil = self._fog.window(x, 0, width, height)
            cv2.multiply(frame.y, cv2.bitwise_not(veil), frame.y, 1 / 255)
            cv2.add(frame.y, cv2.convertScaleAbs(veil, alpha=205 / 255), frame.y)
        if self._kind == "storm" and (flash := self._flash(t)) > 1:
            if flash > 30:
                cv2.add(frame.y, self._bolt(int(t / FLASH_EVERY)), frame.y)
            cv2.add(frame.y, np.full_like(frame.y, round(flash)), frame.y)

    def _bolt(self, number: int) -> U8:
        """Return the lightning bolt of a flash; it is drawn once for all its frames."""
        if self._struck is None or self._struck[0] != number:
            self._struck = number, _bolt(*self._size, rng(self._seed, "bolt", number))
        return self._struck[1]

    def _flash(self, t: float) -> float:
        number = int(t / FLASH_EVERY)
        start = (number + 0.2 + 0.6 * rng(self._seed, "flash", number).random()) * FLASH_EVERY
        since = t - start
        return 95 * exp(-since / 0.09) + 60 * exp(-abs(since - 0.2) / 0.06) if since >= 0 else 0.0


def _bolt(width: int, height: int, generator: np.random.Generator) -> U8:
    """Draw a lightning bolt from the clouds down, with its glow."""
    bolt = np.zeros((height, width), np.uint8)
    x, y = width * (0.15 + 0.7 * generator.random()), 0.0
    way = [(x, y)]
    while y < height * 0.55:
        x, y = x + float(generator.normal(0, 0.035)) * height, y + height * (0.03 + 0.04 * generator.random())
        way.append((x, y))
        if generator.random() < 0.3:
            side = [(x, y)]
            for _ in range(4):
                a, b = side[-1]
                side.append((a + float(generator.normal(0.03, 0.03)) * height, b + 0.035 * height))
            cv2.polylines(bolt, [np.rint(side).astype(np.int32)], False, 120, max(1, height // 500), cv2.LINE_AA)
    cv2.polylines(bolt, [np.rint(way).astype(np.int32)], False, 220, max(2, height // 240), cv2.LINE_AA)
    small = cv2.GaussianBlur(
        cv2.resize(bolt, (width // 4, height // 4), interpolation=cv2.INTER_AREA), (0, 0), height / 120
    )
    return cv2.add(bolt, cv2.resize(cv2.convertScaleAbs(small, alpha=2.2), (width, height)))


class Glitter:
    """Glitter on water: two sparse ripple textures that slide against each other."""

    def __init__(self, width: int, height: int, top: int, seed: int, light: float) -> None:
        self._width, self._top, self._rows = width, top, height - top
        self._tiles = [
            Plane.of(_ripple_tile(width, self._rows, rng(seed, "glitter", number), light)) for number in range(2)
        ]

    def lay(self, t: float, slide: float, frame: Frame, start: int, end: int) -> None:
        """Draw the glitter of second `t` on rows of the frame; `slide` follows the camera."""
        first, second = self._tiles
        start = max(start, self._top)
        at, rows = start - self._top, end - start
        left = first.window((0.021 * t * self._width + slide) % self._width, at, self._width, rows)
        right = second.window((-0.016 * t * self._width + slide) % self._width, at, self._width, rows)
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
    veil = noise(width, height, rng(seed, "fog"), cells=3, octaves=4)
    # Mirrored, so that the texture wraps without a seam.
    wide: F32 = np.concatenate([veil, veil[:, ::-1]], axis=1)
    wide = cv2.resize(wide, (2 * width, height))
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    return to_u8(255 * np.clip((0.18 + 0.62 * wide) * (0.35 + 0.65 * np.sin(down * 2.4)), 0, 0.8))


def _ripple_tile(width: int, rows: int, generator: np.random.Generator, light: float) -> U8:
    tile = np.zeros((rows, width), np.uint8)
    # Thickness and brightness have few steps, so that all strokes of a step are drawn at once.
    near = np.sort(generator.random(620) ** 0.7)
    y, x = near * rows, generator.random(620) * width
    long = (0.006 + 0.034 * near) * width
    ends = np.rint(np.stack([np.column_stack([x, y]), np.column_stack([x + long, y])], axis=1)).astype(np.int32)
    for number, strokes in enumerate(np.array_split(ends, 12)):
        thick = max(1, round((0.5 + 2.2 * number / 12) * rows / 280))
        for shine, some in zip((0.5, 0.75, 1.0), (strokes[::3], strokes[1::3], strokes[2::3]), strict=True):
            cv2.polylines(tile, list(some), False, int(light * shine), thick, cv2.LINE_AA)
    return np.tile(tile, (1, 2))
