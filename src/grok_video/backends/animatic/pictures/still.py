"""A camera move into one image: near parts grow more than distant ones, and no border is ever visible."""

from __future__ import annotations

from math import ceil, exp, floor, sin

import cv2
import numpy as np

from ....domain.request import FPS
from ..planes import U8, Frame, enlarged, over, to_u8, zoom_into

EASE_SECONDS = 3.2
MAX_ZOOM = 0.15
# How much more the near parts grow.
PARALLAX = 0.35
DEPTH_SIDE = 192
# With a larger near part, nothing counts as near.
MAX_NEAR = 0.45
EDGE = 4


class Still:
    """A move over one image; frame 0 is the image itself."""

    def __init__(self, frame: Frame, camera: str, *, first: int = 0, speed: float = 1.0) -> None:
        self._still, self._camera, self._first, self._speed = frame, camera, first, speed
        rows, width = frame.y.shape
        self._out = Frame.empty(width, rows)
        self._near: _Near | None = None
        if camera != "static":
            mask = near_mask(frame)
            self._near = _Near(frame, mask) if mask is not None else None
            self._far = _filled(frame, mask) if mask is not None else frame

    def draw(self, number: int) -> Frame:
        """Return frame `number`, counted from `first`; it is valid until the next call."""
        t = (number - self._first) / FPS * self._speed
        if t <= 0 or self._camera == "static":
            return self._still
        # It starts from rest and eases out, so that neither end jerks.
        gone = 1 - exp(-((t / EASE_SECONDS) ** 1.25))
        x, y = self._direction(t, gone)
        out = self._out
        zoom_into(self._far, out, 1 + MAX_ZOOM * gone, x, y)
        if self._near:
            self._near.lay(out, 1 + MAX_ZOOM * (1 + PARALLAX) * gone, x, y)
        return out

    def _direction(self, t: float, gone: float) -> tuple[float, float]:
        """Return the shift as shares of the room that the zoom leaves, from -1 to 1."""
        match self._camera:
            case "pan_left":
                return -0.95, 0.0
            case "pan_right":
                return 0.95, 0.0
            case "tilt_up":
                return 0.0, -0.95
            case "tilt_down":
                return 0.0, 0.95
            case "orbit":
                return 0.8 * sin(0.5 * t), 0.25 * gone
            case "handheld":
                return 0.5 * sin(2.1 * t), 0.5 * sin(1.7 * t + 1) * gone
            case _:
                return 0.12, -0.08


def near_mask(frame: Frame) -> U8 | None:
    """Return an estimate of what is near: what differs from the image's border, and more so lower down.

    Bytes of the frame's size; None if nothing stands out, or everything does.
    """
    rows, width = frame.y.shape
    scale = DEPTH_SIDE / max(rows, width)
    size = (max(16, round(width * scale)), max(16, round(rows * scale)))
    planes = [
        cv2.resize(channel, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        for channel in (frame.y, frame.u, frame.v)
    ]
    colour = cv2.GaussianBlur(np.dstack([planes[0], 1.6 * planes[1], 1.6 * planes[2]]), (0, 0), 1.5)
    edge = max(2, min(size) // 14)
    border = np.concatenate(
        [colour[:edge].reshape(-1, 3), colour[:, :edge].reshape(-1, 3), colour[:, -edge:].reshape(-1, 3)]
    )
    # Compared with the nearest of a few colours of the border.
    kinds = np.stack([np.percentile(border, share, axis=0) for share in (10, 35, 65, 90)])
    away = np.min([np.linalg.norm(colour - kind, axis=2) for kind in kinds], axis=0)
    across = np.abs(np.linspace(-1, 1, size[0], dtype=np.float32))[None, :]
    down = np.linspace(0, 1, size[1], dtype=np.float32)[:, None]
    score = away * (1 - 0.75 * across**4) * (0.45 + 0.75 * down)
    high = float(np.percentile(score, 97))
    if high < 12:
        return None
    mask = (score > 0.42 * high).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    mask = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel, iterations=2), cv2.MORPH_OPEN, kernel)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(mask, outlines, -1, 1, -1)
    share = float(mask.mean())
    if not 0.015 < share < MAX_NEAR:
        return None
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2.2)
    return to_u8(255 * cv2.resize(soft, (width, rows), interpolation=cv2.INTER_CUBIC))


def _filled(frame: Frame, mask: U8) -> Frame:
    """Return the frame with its near part filled from its surroundings, only where it will be covered again."""
    rows, width = frame.y.shape
    out = frame.copy()
    for plane, target in ((frame.y, out.y), (frame.u, out.u), (frame.v, out.v)):
        size = (
            (plane.shape[1] // 4, plane.shape[0] // 4)
            if plane.shape == (rows, width)
            else (plane.shape[1] // 2, plane.shape[0] // 2)
        )
        small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        hole = (cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 200).astype(np.uint8)
        filled = cv2.inpaint(small, hole, 3, cv2.INPAINT_TELEA)
        wide = cv2.resize(filled, plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
        core = cv2.resize(mask, plane.shape[::-1], interpolation=cv2.INTER_LINEAR) > 250
        target[core] = wide[core]
    return out


class _Near:
    """The near part, cropped and premultiplied, drawn a little larger than the rest."""

    def __init__(self, frame: Frame, mask: U8) -> None:
        rows, columns = np.flatnonzero(mask.max(1) > 2), np.flatnonzero(mask.max(0) > 2)
        self._top, self._left = int(rows[0]) // 2 * 2, int(columns[0]) // 2 * 2
        bottom, right = -(-int(rows[-1] + 1) // 2) * 2, -(-int(columns[-1] + 1) // 2) * 2
        box = np.s_[self._top : bottom, self._left : right]
        small = np.s_[self._top // 2 : bottom // 2, self._left // 2 : right // 2]
        alpha = mask[box]
        alpha_half = cv2.resize(alpha, (alpha.shape[1] // 2, alpha.shape[0] // 2), interpolation=cv2.INTER_AREA)
        # A clear edge, so that a sub-pixel shift loses nothing.
        edged = [
            cv2.copyMakeBorder(cover, EDGE, EDGE, EDGE, EDGE, cv2.BORDER_CONSTANT) for cover in (alpha, alpha_half)
        ]
        planes = [cv2.copyMakeBorder(frame.y[box], EDGE, EDGE, EDGE, EDGE, cv2.BORDER_REPLICATE)]
        planes += [
            cv2.copyMakeBorder(plane[small], EDGE, EDGE, EDGE, EDGE, cv2.BORDER_REPLICATE)
            for plane in (frame.u, frame.v)
        ]
        self._y, self._u, self._v = (
            cv2.multiply(plane, edged[number > 0], scale=1 / 255) for number, plane in enumerate(planes)
        )
        self._keep, self._keep_half = cv2.bitwise_not(edged[0]), cv2.bitwise_not(edged[1])

    def lay(self, frame: Frame, zoom: float, x: float, y: float) -> None:
        """Draw it as a zoom into the whole image would show it."""
        rows, width = frame.y.shape
        box = (self._left, self._top)
        self._lay_plane((frame.y,), (self._y,), self._keep, zoom, (x, y), box, (width, rows))
        half = (self._left / 2, self._top / 2)
        planes = ((frame.u, frame.v), (self._u, self._v))
        self._lay_plane(*planes, self._keep_half, zoom, (x, y), half, (width // 2, rows // 2))

    @staticmethod
    def _lay_plane(
        targets: tuple[U8, ...], sources: tuple[U8, ...], keep: U8, zoom: float, shift: tuple[float, float],
        corner: tuple[float, float], size: tuple[int, int],
    ) -> None:  # fmt: skip
        high, wide = keep.shape
        starts: list[float] = []
        spans: list[tuple[int, int]] = []
        for at, length, part, to in zip(corner, size, (wide, high), shift, strict=True):
            # The edge of the box on the frame, and its first whole pixel inside the box.
            edge = (at - EDGE - (length - length / zoom) / 2 * (1 + to)) * zoom
            first, last = max(0, ceil(edge)), min(length, floor(edge + part * zoom))
            starts.append((first - edge) / zoom)
            spans.append((first, last))
        (x0, x1), (y0, y1) = spans
        if x1 <= x0 or y1 <= y0:
            return
        left, top = starts
        kept = enlarged(keep, zoom, left, top, x1 - x0, y1 - y0)
        for target, source in zip(targets, sources, strict=True):
            over(target[y0:y1, x0:x1], enlarged(source, zoom, left, top, x1 - x0, y1 - y0), kept)


def eased(share: float) -> float:
    """Return a smooth 0 to 1 that starts and stops softly."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)
