"""A figure's own motion: pages that are bent, turned and stretched a little differently.

Nothing slides like paper, and drawing a page by plain slices costs a tenth of transforming the figure each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, exp, pi, radians, sin
from typing import Any

import cv2
import numpy as np

from ..planes import F32, U8, Frame, Plane, over

PAGES = 12
# Bends are computed on a grid of this many pixels and interpolated between.
STEP = 8
# OpenCV's stubs require a second map, which may be None.
LEFT_OUT: Any = None

# The displacement across and up, in shares of the height, at u (-1 left to 1 right) and v (0 feet to 1 head).
Pull = Callable[[F32, F32, float], tuple[F32, F32]]
# Rotation (degrees) and stretch (across, up) of the whole figure.
Turn = Callable[[float], tuple[float, float, float]]


def _stride(u: F32, v: F32, turn: float) -> tuple[F32, F32]:
    leg = np.clip(1 - v / 0.36, 0, 1)
    side = np.tanh(5 * u)
    return 0.1 * leg * sin(turn) * side + 0.02 * v * sin(2 * turn), 0.07 * leg * np.clip(cos(turn) * side, 0, None)


def _swim(u: F32, v: F32, turn: float) -> tuple[F32, F32]:
    tail = np.clip((u + 1) / 2, 0, None) ** 1.5
    return 0.012 * tail * np.cos(2.4 * u - turn) + 0 * v, 0.085 * tail * np.sin(2.4 * u - turn) + 0 * v


def _flap(u: F32, v: F32, turn: float) -> tuple[F32, F32]:
    wing = np.abs(u) ** 1.4 * np.clip(v * 2.2 - 0.3, 0, 1)
    return -0.05 * np.sign(u) * wing * (1 - cos(turn)), 0.16 * wing * sin(turn)


def _sway(u: F32, v: F32, turn: float) -> tuple[F32, F32]:
    return 0.045 * v**1.7 * sin(turn) + 0.012 * v * np.sin(2 * turn + 5 * u), 0.01 * v * np.sin(turn + 4 * u)


def _dance(u: F32, v: F32, turn: float) -> tuple[F32, F32]:
    arms = np.clip(np.abs(u) - 0.4, 0, 1) * np.exp(-(((v - 0.42) / 0.18) ** 2))
    legs = np.clip(1 - v / 0.25, 0, 1) * np.tanh(4 * u)
    across = 0.05 * np.sin(pi * v) * sin(turn) + 0 * u
    return across, 0.3 * arms * (0.55 + 0.45 * np.sin(turn + pi * (u > 0))) + 0.06 * legs * sin(turn)


def _breathe(u: F32, v: F32, turn: float) -> tuple[F32, F32]:
    chest = np.exp(-(((v - 0.45) / 0.3) ** 2))
    return 0.012 * chest * u * sin(turn), 0.014 * v * sin(turn) + 0 * u


def _idle(u: F32, v: F32, turn: float) -> tuple[F32, F32]:
    tail = np.clip(u - 0.45, 0, 1) * np.clip(v * 2, 0, 1)
    across, up = _breathe(u, v, turn)
    return across + 0.06 * tail * sin(2 * turn) + 0.02 * np.clip(v - 0.55, 0, 1) * sin(turn), up


def _wave(u: F32, v: F32, turn: float) -> tuple[F32, F32]:
    arm = np.clip(u - 0.35, 0, 1) * np.exp(-(((v - 0.42) / 0.2) ** 2))
    across, up = _breathe(u, v, turn)
    return across + 0.12 * arm * sin(2 * turn), up + 0.55 * arm * (0.8 + 0.2 * sin(2 * turn))


def _flame(u: F32, v: F32, turn: float) -> tuple[F32, F32]:
    return 0.07 * v**1.3 * np.sin(turn + 4 * v) + 0 * u, 0.05 * v * np.sin(2 * turn + 3 * u)


def _none(u: F32, v: F32, _turn: float) -> tuple[F32, F32]:
    return 0 * (u + v), 0 * (u + v)


def _upright(_turn: float) -> tuple[float, float, float]:
    return 0.0, 1.0, 1.0


def _landing(turn: float) -> tuple[float, float, float]:
    beat = turn / (2 * pi)
    squash = 0.15 * exp(-((min(beat, 1 - beat) / 0.08) ** 2))
    stretch = 0.05 * sin(pi * beat)
    return 0.0, 1 + squash - stretch, 1 - squash + stretch


@dataclass(frozen=True, slots=True)
class Bend:
    """A figure's own motion: cycles per second, displacement, rotation, pages per cycle.

    `middle` rotates about the figure's middle instead of its feet. With `once` the pages are shown one time, and the
    last one stays.
    """

    rate: float
    pull: Pull = _none
    turn: Turn = _upright
    pages: int = PAGES
    middle: bool = False
    once: bool = False


def _gait(turn: float) -> tuple[float, float, float]:
    hop = abs(sin(turn))
    return 3.5 * sin(turn), 1.02 - 0.04 * hop, 0.98 + 0.05 * hop


def _yaw(turn: float) -> tuple[float, float, float]:
    """Turn about the upright axis, as on a turntable: narrow when seen from the side."""
    across = cos(turn)
    return 0.0, (1 if across >= 0 else -1) * max(0.16, abs(across)), 1.0


def _step(turn: float) -> tuple[float, float, float]:
    return 12 * sin(turn), 1.0, 1 + 0.06 * cos(4 * turn)


def bends() -> dict[str, Bend]:
    """Return every motion by its name."""
    return {
        "run": Bend(1.45, _stride, _gait),
        "walk": Bend(0.9, _stride, _gait),
        "drive": Bend(1.9, _none, lambda turn: (0.7 * sin(turn), 1.0, 1 + 0.012 * sin(2 * turn))),
        "swim": Bend(0.9, _swim),
        "float": Bend(0.24, _none, lambda turn: (4.5 * sin(turn), 1.0, 1.0)),
        "fly": Bend(2.6, _flap, middle=True),
        "hover": Bend(0.35, _none, lambda turn: (5 * sin(turn), 1.0, 1.0), middle=True),
        "jump": Bend(1 / 1.1, _idle, _landing),
        "dance": Bend(0.525, _dance, _step),
        "spin": Bend(0.42, _none, lambda turn: (-turn * 180 / pi, 1.0, 1.0), pages=24, middle=True),
        "fall": Bend(0.35, _none, lambda turn: (16 * sin(turn), 1.0, 1.0), middle=True),
        "rise": Bend(4.0, _none, lambda turn: (0.6 * sin(turn), 1.0, 1.0), pages=4, middle=True),
        "turntable": Bend(0.16, _none, _yaw, pages=24),
        **dict.fromkeys(("moonrise", "moonset", "sky"), Bend(0.1, _none, pages=1, middle=True)),
        "ascend": Bend(0.3, _none, lambda turn: (4 * sin(turn), 1.0, 1.0), middle=True),
        "wave": Bend(0.9, _wave),
        "sleep": Bend(0.31, _breathe, lambda turn: (0.8 * cos(turn), 1.06 - 0.02 * sin(turn), 0.78 + 0.03 * sin(turn))),
        "sway": Bend(0.3, _sway, lambda turn: (2.2 * sin(turn), 1.0, 1.0)),
        "flame": Bend(1.5, _flame),
        "sit": Bend(0.3, _breathe),
        "kneel": Bend(0.3, _breathe),
        "crawl": Bend(0.7, _stride, _gait),
        "climb": Bend(0.7, _stride),
        "slide": Bend(0.5, _none, lambda turn: (3 * sin(turn), 1.0, 1.0)),
        "roll": Bend(0.55, _none, lambda turn: (-turn * 180 / pi, 1.0, 1.0), pages=24, middle=True),
        "surf": Bend(0.4, _none, lambda turn: (7 * sin(turn), 1.0, 1.0)),
        "shake": Bend(3.0, _none, lambda turn: (2.5 * sin(turn), 1.0, 1 + 0.015 * sin(2 * turn))),
        "lunge": Bend(0.8, _none, lambda turn: (-16 * max(0.0, sin(turn)), 1.0, 1 + 0.03 * sin(turn))),
        "peck": Bend(0.9, _none, lambda turn: (-20 * max(0.0, sin(turn)) ** 2, 1.0, 1.0)),
        "lean": Bend(0.45, _idle, lambda turn: (8 * sin(turn), 1.0, 1.0)),
        "chatter": Bend(1.3, _idle, lambda turn: (3 * sin(turn), 1.0, 1 + 0.05 * sin(2 * turn))),
        "grow": Bend(
            0.18,
            _none,
            lambda turn: (0.0, 0.35 + 0.95 * turn / (2 * pi), 0.35 + 0.95 * turn / (2 * pi)),
            pages=24,
            once=True,
        ),
        "shrink": Bend(
            0.18,
            _none,
            lambda turn: (0.0, 1.15 - 0.75 * turn / (2 * pi), 1.1 - 0.85 * turn / (2 * pi)),
            pages=24,
            once=True,
        ),
        "stand": Bend(0.2, _none, lambda turn: (0.3 * cos(turn), 1.0, 1 + 0.008 * sin(turn))),
        "bob": Bend(0.42, _idle, lambda turn: (2.2 * sin(turn), 1.0, 1 + 0.018 * cos(2 * turn))),
    }


@dataclass(frozen=True, slots=True)
class Page:
    """Hold a figure's premultiplied planes and their transparency; (x, y) leads from its anchor to its corner."""

    y: Plane
    keep: Plane
    u: Plane
    v: Plane
    keep_half: Plane
    x: int
    top: int

    def lay(self, frame: Frame, x: float, y: float, *, mirrored: bool = False) -> None:
        """Draw the page, or its mirror image, with its anchor at (x, y) of the frame."""
        rows, columns = frame.y.shape
        high, wide = self.y.early.shape
        # The horizontal position to half a pixel, as a window that slides over the page.
        halves = -round(2 * (x + (-(self.x + wide) if mirrored else self.x)))
        left, late = -(halves >> 1), bool(halves & 1)
        top = round(y + self.top)
        x0, x1 = max(0, left) // 2 * 2, min(columns, left + wide) // 2 * 2
        y0, y1 = max(0, top) // 2 * 2, min(rows, top + high) // 2 * 2
        x0, y0 = x0 + 2 * (x0 < left), y0 + 2 * (y0 < top)
        if x1 <= x0 or y1 <= y0:
            return
        cut = _Cut(y0 - top, x0 - left, y1 - y0, x1 - x0, late, mirrored)
        small = _Cut((y0 - top) // 2, (x0 - left) // 2, (y1 - y0) // 2, (x1 - x0) // 2, late, mirrored)
        full, less = np.s_[y0:y1, x0:x1], np.s_[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2]
        over(frame.y[full], cut.of(self.y), cut.of(self.keep))
        kept = small.of(self.keep_half)
        over(frame.u[less], small.of(self.u), kept)
        over(frame.v[less], small.of(self.v), kept)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Hold a part of a page's planes in one of two sub-pixel shifts; a mirror image's columns count from its left."""

    top: int
    left: int
    rows: int
    columns: int
    late: bool
    mirrored: bool

    def of(self, plane: Plane) -> U8:
        """Return this part of a plane."""
        # Mirrored, a shift of a quarter becomes one of three quarters.
        pulled = plane.late if self.late != self.mirrored else plane.early
        left = pulled.shape[1] - self.left - self.columns if self.mirrored else self.left
        part = pulled[self.top : self.top + self.rows, left : left + self.columns]
        return cv2.flip(part, 1) if self.mirrored else part


def page(sprite: U8, anchor: tuple[float, float]) -> Page:
    """Return a page of a premultiplied YUVA image; `anchor` is the point that is placed."""
    seen_rows, seen_columns = np.flatnonzero(sprite[..., 3].max(1)), np.flatnonzero(sprite[..., 3].max(0))
    if not len(seen_rows):
        seen_rows = seen_columns = np.array([0, 3])
    # A clear edge of two pixels, so that a sub-pixel shift loses nothing, and even sizes.
    top, left = max(0, int(seen_rows[0]) - 2), max(0, int(seen_columns[0]) - 2)
    high, wide = (int(seen_rows[-1]) + 4 - top) // 2 * 2, (int(seen_columns[-1]) + 5 - left) // 2 * 2
    box = sprite[top : top + high, left : left + wide]
    box = cv2.copyMakeBorder(
        box, 0, high - box.shape[0], 0, wide - box.shape[1], cv2.BORDER_CONSTANT, value=(0, 0, 0, 0)
    )
    y, _, _, alpha = cv2.split(box)
    _, u, v, alpha_half = cv2.split(cv2.resize(box, (wide // 2, high // 2), interpolation=cv2.INTER_AREA))
    return Page(
        Plane.of(y),
        Plane.of(cv2.bitwise_not(alpha)),
        Plane.of(u),
        Plane.of(v),
        Plane.of(cv2.bitwise_not(alpha_half)),
        left - round(anchor[0]),
        top - round(anchor[1]),
    )


def pose_page(sprite: U8, bend: Bend, number: int) -> Page:
    """Return page `number` of a motion of a premultiplied YUVA figure that is drawn anew for each page."""
    degrees, across, up = bend.turn(2 * pi * number / bend.pages)
    rows, columns = sprite.shape[:2]
    foot = (columns / 2, float(rows))
    anchor = (foot[0], foot[1] - rows / 2) if bend.middle else foot
    if (degrees, across, up) == (0.0, 1.0, 1.0):
        return page(sprite, anchor)
    pad = round(rows * (0.22 if bend.middle else 0.12))
    wide = cv2.copyMakeBorder(sprite, pad, pad // 2, pad, pad, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    x, y, angle = anchor[0] + pad, anchor[1] + pad, radians(degrees)
    turned = np.array([[across * cos(angle), -up * sin(angle)], [across * sin(angle), up * cos(angle)]])
    matrix = np.column_stack([turned, np.array([x, y]) - turned @ np.array([x, y])])
    return page(cv2.warpAffine(wide, matrix, wide.shape[1::-1]), (x, y))


def book(sprite: U8, bend: Bend) -> list[Page]:
    """Return the pages of one motion cycle of a premultiplied YUVA figure; its feet stand mid-way on the last row."""
    rows, columns = sprite.shape[:2]
    pad = round(rows * (0.16 if not bend.middle else 0.22))
    wide = cv2.copyMakeBorder(sprite, pad, pad // 2, pad, pad, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    foot = (pad + columns / 2, pad + rows)
    anchor = (foot[0], foot[1] - rows / 2) if bend.middle else foot
    if bend.pages == 1:
        return [page(wide, anchor)]
    high, across = wide.shape[:2]
    size = (across // STEP + 2, high // STEP + 2)
    # Where OpenCV's resize assumes the centres of its cells.
    x, y = np.meshgrid(
        (np.arange(size[0]) + 0.5) * across / size[0] - 0.5, (np.arange(size[1]) + 0.5) * high / size[1] - 0.5
    )
    pages: list[Page] = []
    for number in range(bend.pages):
        turn = 2 * pi * number / bend.pages
        degrees, stretch_x, stretch_y = bend.turn(turn)
        angle = radians(degrees)
        dx, dy = x - anchor[0], y - anchor[1]
        back_x = (dx * cos(angle) + dy * sin(angle)) / stretch_x
        back_y = (dy * cos(angle) - dx * sin(angle)) / stretch_y
        from_x, from_y = back_x + anchor[0], back_y + anchor[1]
        u, v = (from_x - foot[0]) / (columns / 2), (foot[1] - from_y) / rows
        pull_x, pull_up = bend.pull(np.clip(u, -1.3, 1.3), np.clip(v, 0, 1.3), turn)
        maps = np.dstack([from_x - pull_x * rows, from_y + pull_up * rows]).astype(np.float32)
        fine = cv2.resize(maps, (across, high), interpolation=cv2.INTER_LINEAR)
        bent = cv2.remap(wide, fine, LEFT_OUT, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        pages.append(page(bent, anchor))
    return pages
