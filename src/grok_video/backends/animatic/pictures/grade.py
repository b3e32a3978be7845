"""Frames of an existing video, and new looks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ....media import footage
from ..painting.light import GRADES, hex_colour
from ..planes import U8, Frame


def source_frames(path: Path, width: int, height: int, count: int) -> Iterator[Frame]:
    """Yield the first `count` frames, sampled at 24 per second and cropped to fill the size.

    If the file ends early, its last frame is repeated.
    """
    return (Frame.of(planes) for planes in footage.frames(path, width, height, count))


class Grade:
    """A new look for the frames of a video, one lookup table per plane; a `plain` one only changes the time of day."""

    def __init__(self, time: str | None, look: float, tint: str | None, *, plain: bool = False) -> None:
        steps = np.arange(256, dtype=np.float32)
        light, du, dv = {
            "night": (0.5, 16.0, -6.0),
            "dusk": (0.68, 9.0, 0.0),
            "sunset": (0.88, -14.0, 16.0),
            "dawn": (0.94, -5.0, 10.0),
            "day": (1.06, 0.0, 0.0),
        }.get(time or "", (1.0, 0.0, 0.0))
        if not plain:
            red, green, blue = hex_colour(tint or GRADES[int(look * len(GRADES)) % len(GRADES)])
            luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
            strength = 0.6 if tint else 0.45
            du += strength * 224 * (blue - luma) / 1.8556 * 0.5
            dv += strength * 224 * (red - luma) / 1.5748 * 0.5
        self._y = _table(16 + (steps - 16) * light)
        self._u = _table(128 + (steps - 128) * 0.8 + du)
        self._v = _table(128 + (steps - 128) * 0.8 + dv)

    def apply(self, frame: Frame) -> Frame:
        """Return the frame with the new look."""
        out = Frame.empty(frame.y.shape[1], frame.y.shape[0])
        for source, table, target in ((frame.y, self._y, out.y), (frame.u, self._u, out.u), (frame.v, self._v, out.v)):
            cv2.LUT(source, table, target)
        return out

    def partly(self, frame: Frame, share: float) -> None:
        """Apply a share of the look to a frame, in place."""
        steps = np.arange(256, dtype=np.float32)
        for plane, table in ((frame.y, self._y), (frame.u, self._u), (frame.v, self._v)):
            cv2.LUT(plane, _table(steps + share * (table.astype(np.float32) - steps)), plane)


def _table(values: NDArray[Any]) -> U8:
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)
