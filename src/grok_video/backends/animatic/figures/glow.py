"""Light and smoke around a figure: a rocket's fire, a lighthouse's beam, the glow of flames and lamps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

import cv2
import numpy as np

from ..painting.backdrop import Backdrop
from ..painting.light import Colour, hex_colour
from ..planes import F32, Frame, rgb_to_yuv, to_u8
from ..scene import Subject
from .flipbook import Page, page

GLOWING = frozenset("🔥🏕🕯🏮💡🎃🪔")


@dataclass(frozen=True, slots=True)
class Glow:
    """Pages drawn behind or in front of a figure, `rate` cycles per second; `up` is their height in figure heights."""

    pages: Sequence[Page]
    rate: float
    up: float
    before: bool = False

    def lay(self, frame: Frame, x: float, foot: float, body: int, t: float) -> None:
        """Draw the page of second `t`; `foot` is the row of the figure's feet."""
        self.pages[int(self.rate * t % 1.0 * len(self.pages))].lay(frame, x, foot - self.up * body)


def glow_of(subject: Subject, motion: str, body: int, backdrop: Backdrop) -> Glow | None:
    """Return the glow of a figure, or None."""
    dark = backdrop.light.lamps > 0.15
    if motion == "rise" and subject.figure == "🚀":
        return Glow([_fire(body, step / 6) for step in range(6)], 2.0, 0.08)
    if subject.figure == "lighthouse" and dark:
        return Glow([_beam(backdrop, body, step / 24) for step in range(24)], 0.16, 0.86, before=True)
    if subject.figure[0] in GLOWING and dark:
        return Glow([_glow(body, 0.85 + 0.15 * sin(2 * pi * step / 5)) for step in range(5)], 1.7, 0.5)
    return None


def _painted(alpha: F32, colour: F32 | Colour, anchor: tuple[float, float]) -> Page:
    y, u, v = rgb_to_yuv(np.broadcast_to(np.asarray(colour, np.float32), (*alpha.shape, 3)))
    return page(to_u8(np.dstack([y * alpha, u * alpha, v * alpha, 255 * alpha])), anchor)


def _fire(body: int, turn: float) -> Page:
    """Return the pages of a flame that turns to smoke downwards."""
    high, wide = round(body * 1.5), round(body * 0.9)
    down = np.linspace(0, 1, high, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, wide, dtype=np.float32)[None, :]
    wave = 0.06 * np.sin(9 * down + 2 * pi * turn) * down
    reach = 0.16 + 0.5 * down**0.8 * (1 + 0.12 * np.sin(21 * down - 4 * pi * turn))
    alpha = np.clip(1 - np.abs(across - wave) / reach, 0, 1) ** 0.8 * np.clip(1.15 * (1 - down), 0, 1)
    hot, warm, smoke = (np.asarray(hex_colour(code), np.float32) for code in ("fff6c8", "ff9a2e", "d9d4d0"))
    first, second = np.clip(down / 0.18, 0, 1)[..., None], np.clip((down - 0.2) / 0.3, 0, 1)[..., None]
    colour = (hot + (warm - hot) * first) * (1 - second) + smoke * second
    return _painted(alpha * np.float32(0.92), np.repeat(colour, wide, axis=1), (wide / 2, 0.0))


def _beam(backdrop: Backdrop, body: int, turn: float) -> Page:
    """Return the pages of a rotating light's two beams, foreshortened as they turn towards and away from us."""
    long, high = round(backdrop.width * 0.62), round(body * 0.5)
    facing = cos(2 * pi * turn)
    across = np.linspace(-1, 1, 2 * long, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, high, dtype=np.float32)[:, None]
    away = np.abs(across) / max(0.06, abs(facing))
    spread = 0.06 + 0.55 * away
    shape = np.clip(1 - (np.abs(down) / spread) ** 2, 0, 1) * np.clip(1 - away, 0, 1) ** 1.3
    lamp = np.exp(-((across * 2 * long / high) ** 2 + down**2) * 7)
    alpha = np.clip(0.5 * shape + lamp * (0.4 + 0.5 * (1 - abs(facing))), 0, 0.9)
    return _painted(alpha, hex_colour("fff1c4"), (long, high / 2))


def _glow(body: int, strength: float) -> Page:
    size = round(body * 2.6)
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    fall = np.clip(1 - np.hypot(axis[None, :], axis[:, None]), 0, 1) ** 2
    return _painted(
        cv2.GaussianBlur(fall, (0, 0), 3) * np.float32(0.5 * strength), hex_colour("ffb054"), (size / 2, size / 2)
    )
