"""Styles laid over whole frames: film, noir, watercolour, neon, pastel, vintage."""

from __future__ import annotations

import cv2
import numpy as np

from ..painting.canvas import noise, rng
from ..planes import F32, U8, Frame, to_u8

# Per style: contrast, black level, saturation, and what is added to u and v.
TONES = {
    "film": (1.05, 4.0, 0.92, -2.0, 3.0),
    "noir": (1.16, 14.0, 0.0, 0.0, 0.0),
    "watercolour": (0.82, 34.0, 0.86, 0.0, 2.0),
    "neon": (1.14, -8.0, 1.4, 8.0, 4.0),
    "pastel": (0.72, 58.0, 0.7, 2.0, 5.0),
    "vintage": (0.9, 16.0, 0.4, -16.0, 10.0),
}
GRAIN = {"film": 7.0, "vintage": 6.0, "noir": 5.0}


class Finish:
    """Gives frames the look of a style; None leaves them unchanged."""

    def __init__(self, style: str | None, width: int, height: int, seed: int) -> None:
        self._tables: tuple[U8, U8, U8] | None = None
        self._grain: tuple[U8, U8] | None = None
        self._paper: U8 | None = None
        self._size = (width, height)
        if style is None:
            return
        contrast, lift, colour, du, dv = TONES[style]
        steps = np.arange(256, dtype=np.float32)
        self._tables = (
            _table(16 + (steps - 16 - 95) * contrast + 95 + lift),
            _table(128 + (steps - 128) * colour + du),
            _table(128 + (steps - 128) * colour + dv),
        )
        generator = rng(seed, "grain")
        if style in GRAIN:
            # Larger than the frame, so that each frame uses another part.
            grain = generator.normal(0, GRAIN[style], (height + 64, width + 64)).astype(np.float32)
            self._grain = to_u8(grain), to_u8(-grain)
        if style == "watercolour":
            blots = noise(width // 2, height // 2, generator, cells=7, octaves=5)
            paper = cv2.resize(blots, (width, height), interpolation=cv2.INTER_CUBIC)
            fibre = generator.normal(0, 1, (height, width)).astype(np.float32)
            self._paper = to_u8(255 * np.clip(0.95 + 0.05 * paper + 0.012 * cv2.GaussianBlur(fibre, (0, 0), 0.8), 0, 1))

    def lay(self, frame: Frame, number: int) -> None:
        """Change frame `number` in place."""
        if self._tables is None:
            return
        for plane, table in zip((frame.y, frame.u, frame.v), self._tables, strict=True):
            cv2.LUT(plane, table, plane)
        if self._paper is not None:
            cv2.multiply(frame.y, self._paper, frame.y, 1 / 255)
        if self._grain is not None:
            width, height = self._size
            x, y = number * 37 % 64, number * 23 % 64
            lighter, darker = (grain[y : y + height, x : x + width] for grain in self._grain)
            cv2.add(frame.y, lighter, frame.y)
            cv2.subtract(frame.y, darker, frame.y)


def _table(values: F32) -> U8:
    return to_u8(np.clip(values, 12, 242))
