"""Films made of given pictures: a still with a camera move, a morph between two, cards in a scene."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, exp, radians, sin
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ...domain.request import FPS
from .cast import lay_warped
from .planes import F32, U8, Frame, mix, picture_frame, rgb_to_yuv, to_u8

EASE_SECONDS = 3.2
MOST_ZOOM = 0.16
FLOW_SIDE = 640
BLEND_FROM = 0.3
# OpenCV's stubs do not know that a second map and a first guess at the flow may be left out.
LEFT_OUT: Any = None


def load_rgba(path: Path) -> U8:
    """Read a stored picture as RGBA bytes."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGBA"))


def cover(rgba: U8, width: int, height: int) -> U8:
    """Scale and crop a picture to fill this size; see-through parts become white paper."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    rgb = to_u8(rgba[..., :3] * alpha + 255 * (1 - alpha))
    rows, columns = rgb.shape[:2]
    scale = max(width / columns, height / rows)
    size = (max(width, round(columns * scale)), max(height, round(rows * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = rgb if size == (columns, rows) else cv2.resize(rgb, size, interpolation=method)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(scaled[top : top + height, left : left + width])


class Still:
    """A camera move over one frame: frame 0 is the picture itself, and no border is ever seen."""

    def __init__(self, frame: Frame, camera: str, *, first: int = 0) -> None:
        self._still = frame
        self._camera = camera
        self._first = first
        rows, width = frame.y.shape
        self._out = Frame.empty(width, rows)

    def draw(self, number: int) -> Frame:
        """Draw frame `number`, counted from `first`."""
        t = (number - self._first) / FPS
        if t <= 0 or self._camera == "static":
            return self._still.copy()
        # It starts from rest and eases out, so that neither end jerks.
        gone = 1 - exp(-((t / EASE_SECONDS) ** 1.6))
        zoom = 1 + MOST_ZOOM * gone
        x, y = self._direction(t, gone)
        out = self._out
        for plane, target in ((self._still.y, out.y), (self._still.u, out.u), (self._still.v, out.v)):
            _move(plane, target, zoom, x, y)
        return out

    def _direction(self, t: float, gone: float) -> tuple[float, float]:
        """Give the shift as shares of the room that the zoom leaves, from -1 to 1."""
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


def _move(plane: U8, target: U8, zoom: float, x: float, y: float) -> None:
    rows, width = plane.shape
    room = 1 - 1 / zoom
    matrix = np.array(
        [[1 / zoom, 0, (width - 1) * room * (1 + x) / 2], [0, 1 / zoom, (rows - 1) * room * (1 + y) / 2]], np.float32
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(plane, matrix, (width, rows), target, flags=flags, borderMode=cv2.BORDER_REPLICATE)


class Morph:
    """From one frame to another along the optical flow between them; exact at both ends.

    Each picture is warped alone but for a while in the middle: that halves the work, and shows less of both at once.
    """

    def __init__(self, first: Frame, last: Frame, frames: int) -> None:
        self._first, self._last, self._frames = first, last, frames
        self._ahead = _Warp(first, _flow(first.y, last.y))
        self._back = _Warp(last, _flow(last.y, first.y))

    def draw(self, number: int) -> Frame:
        """Draw frame `number` of the asked count."""
        share = number / max(1, self._frames - 1)
        if share <= 0:
            return self._first
        if share >= 1:
            return self._last
        share = _eased(share)
        blend = _eased(min(1.0, max(0.0, (share - BLEND_FROM) / (1 - 2 * BLEND_FROM))))
        if blend <= 0:
            return self._ahead.frame(share)
        if blend >= 1:
            return self._back.frame(1 - share)
        return mix(self._ahead.frame(share), self._back.frame(1 - share), blend)


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)


class _Warp:
    """A frame that is pushed along a flow; its maps and its output are kept and drawn over again."""

    def __init__(self, frame: Frame, flow: F32) -> None:
        self._frame, self._flow, self._flow_half = frame, flow, _halved(flow)
        rows, width = frame.y.shape
        self._grid, self._grid_half = _grid(width, rows), _grid(width // 2, rows // 2)
        self._map, self._map_half = np.empty_like(flow), np.empty_like(self._flow_half)
        self._out = Frame.empty(width, rows)

    def frame(self, share: float) -> Frame:
        """Give the frame pushed by this share of the flow; good until the next call."""
        cv2.scaleAdd(self._flow, -share, self._grid, self._map)
        cv2.scaleAdd(self._flow_half, -share, self._grid_half, self._map_half)
        out = self._out
        for source, target, where in (
            (self._frame.y, out.y, self._map),
            (self._frame.u, out.u, self._map_half),
            (self._frame.v, out.v, self._map_half),
        ):
            cv2.remap(source, where, LEFT_OUT, cv2.INTER_LINEAR, target, cv2.BORDER_REPLICATE)
        return out


def _flow(first: U8, second: U8) -> F32:
    """Estimate dense flow at a smaller size, smoothed; in full-size pixels, rows x columns x 2."""
    rows, width = first.shape
    scale = FLOW_SIDE / max(rows, width)
    size = (round(width * scale), round(rows * scale))
    even = cv2.createCLAHE(2.0, (8, 8))
    small = [even.apply(cv2.resize(one, size, interpolation=cv2.INTER_AREA)) for one in (first, second)]
    found = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(small[0], small[1], LEFT_OUT)
    found = cv2.GaussianBlur(found, (0, 0), 5)
    return cv2.resize(found, (width, rows), interpolation=cv2.INTER_LINEAR) / np.float32(scale)


def _grid(width: int, rows: int) -> F32:
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(rows, dtype=np.float32))
    return np.dstack([across, down])


def _halved(flow: F32) -> F32:
    rows, width = flow.shape[:2]
    return cv2.resize(flow, (width // 2, rows // 2), interpolation=cv2.INTER_AREA) / np.float32(2)


@dataclass(frozen=True, slots=True)
class Card:
    """A reference picture as a YUVA patch, hung at (x, y), the middle of it in frame pixels."""

    patch: U8
    x: float
    y: float
    phase: float


class Cards:
    """Reference pictures, left to right in the caller's order, every one of them always in sight."""

    def __init__(self, pictures: list[U8], width: int, height: int, *, first: int = 0) -> None:
        self._first = first
        count = len(pictures)
        columns = count if count <= 4 else (count + 1) // 2
        lines = 1 if count <= 4 else 2
        if height > width and count > 1:
            columns, lines = (1, count) if count <= 3 else (2, (count + 1) // 2)
        cell_x, cell_y = width * 0.92 / columns, height * 0.8 / lines
        self._cards: list[Card] = []
        for number, picture in enumerate(pictures):
            line, column = divmod(number, columns)
            patch = _card_patch(picture, cell_x * 0.78, cell_y * 0.74)
            x = width * 0.04 + cell_x * (column + 0.5)
            y = height * 0.08 + cell_y * (line + 0.5)
            self._cards.append(Card(patch, x, y, number / count))

    def lay(self, frame: Frame, number: int) -> None:
        """Hang the cards into frame `number`, each swaying on its own."""
        t = (number - self._first) / FPS
        for card in self._cards:
            turn = 2.6 * sin(1.1 * t + 6.28 * card.phase)
            lift = 0.02 * frame.y.shape[0] * sin(1.5 * t + 6.28 * card.phase + 1)
            _lay_turned(frame, card.patch, card.x, card.y + lift, turn)


def _lay_turned(frame: Frame, patch: U8, x: float, y: float, degrees: float) -> None:
    rows, columns = patch.shape[:2]
    turn = radians(degrees)
    turned = np.array([[cos(turn), -sin(turn)], [sin(turn), cos(turn)]])
    lay_warped(frame, patch, turned, (columns / 2, rows / 2), (x, y))


def _card_patch(rgba: U8, most_wide: float, most_high: float) -> U8:
    rows, columns = rgba.shape[:2]
    scale = min(most_wide / columns, most_high / rows)
    size = (max(8, round(columns * scale)), max(8, round(rows * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(rgba, size, interpolation=method).astype(np.float32) / 255
    rgb, alpha = small[..., :3], small[..., 3]
    if float(alpha.min()) > 0.5:
        rgb, alpha = _framed(rgb)
    y, u, v = rgb_to_yuv(np.ascontiguousarray(rgb))
    return to_u8(np.dstack([y * alpha, u * alpha, v * alpha, 255 * alpha]))


def _framed(rgb: F32) -> tuple[F32, F32]:
    """Put a picture on white card with round corners and a soft shadow."""
    rows, columns = rgb.shape[:2]
    border = max(3, round(min(rows, columns) * 0.035))
    pad = border * 3
    high, wide = rows + 2 * border, columns + 2 * border
    card = np.zeros((high + 2 * pad, wide + 2 * pad), np.float32)
    radius = border * 2
    cv2.rectangle(card, (pad + radius, pad), (pad + wide - radius - 1, pad + high - 1), 1.0, -1)
    cv2.rectangle(card, (pad, pad + radius), (pad + wide - 1, pad + high - radius - 1), 1.0, -1)
    for x in (pad + radius, pad + wide - radius - 1):
        for y in (pad + radius, pad + high - radius - 1):
            cv2.circle(card, (x, y), radius, 1.0, -1, cv2.LINE_AA)
    shadow = cv2.GaussianBlur(np.roll(card, border, 0), (0, 0), pad / 2.6) * np.float32(0.5)
    picture = np.full((*card.shape, 3), 0.97, np.float32)
    picture[pad + border : pad + border + rows, pad + border : pad + border + columns] = rgb
    alpha = card + shadow * (1 - card)
    covered = (card / np.maximum(alpha, 1e-6))[..., None]
    return picture * covered, alpha


def still_frame(path: Path, width: int, height: int) -> Frame:
    """Read a stored picture as a frame of this size."""
    return picture_frame(cover(load_rgba(path), width, height), width, height)
