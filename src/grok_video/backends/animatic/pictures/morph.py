"""From one image to another: by optical flow if they are alike, staged if not; exact at both ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..painting.canvas import noise, rng
from ..planes import F32, U8, Frame, mix, to_u8, zoom_into
from .still import eased

F64 = NDArray[np.float64]
FLOW_SIDE = 640
# Each image is warped alone except in the middle: that halves the work and shows less of both at once.
BLEND_FROM = 0.44
# The images are alike if following the flow removes this share of their difference, or leaves this little.
GOOD_SHARE = 0.72
GOOD_LEVELS = 9.0
PUSH = 0.14
# A flow is the camera's if a linear motion of the whole image leaves little more of the difference than the flow does.
CAMERA_SHARE, CAMERA_LEVELS, CAMERA_PIXELS = 1.1, 0.5, 2.0
COMPARED = 320
# OpenCV's stubs require a second map and an initial flow, which may be None.
LEFT_OUT: Any = None


class Morph:
    """A video from a first to a last frame; `alike` says whether it follows the flow."""

    def __init__(self, first: Frame, last: Frame, frames: int, seed: int = 0) -> None:
        self._first, self._last, self._frames = first, last, frames
        ahead, back = _flow(first.y, last.y), _flow(last.y, first.y)
        self.alike = _alike(first.y, last.y, back)
        self._drawn: _Flowing | _Staged = (
            _Flowing(first, last, ahead, back) if self.alike else _Staged(first, last, seed)
        )

    def draw(self, number: int) -> Frame:
        """Return frame `number` of the requested count; it is valid until the next call."""
        share = number / max(1, self._frames - 1)
        if share <= 0:
            return self._first
        if share >= 1:
            return self._last
        return self._drawn.draw(share)


class _Flowing:
    """Each image warped along the flow towards the other."""

    def __init__(self, first: Frame, last: Frame, ahead: F32, back: F32) -> None:
        self._ahead, self._back = _warp_of(first, last, ahead), _warp_of(last, first, back)

    def draw(self, share: float) -> Frame:
        # Never quite at rest, so that no two frames are identical.
        share = 0.3 * share + 0.7 * eased(share)
        blend = eased((share - BLEND_FROM) / (1 - 2 * BLEND_FROM))
        if blend <= 0:
            return self._ahead.frame(share)
        if blend >= 1:
            return self._back.frame(1 - share)
        return mix(self._ahead.frame(share), self._back.frame(1 - share), blend)


class _CameraMove:
    """A frame that is moved as a whole by a share of a linear motion, the 2 x 3 matrix of its flow."""

    def __init__(self, frame: Frame, matrix: F64) -> None:
        self._frame, self._matrix = frame, matrix
        self._out = Frame.empty(frame.y.shape[1], frame.y.shape[0])

    def frame(self, share: float) -> Frame:
        """Return the frame moved by this share of the motion; it is valid until the next call."""
        moved = np.eye(2, 3) + share * self._matrix
        half = moved * (1, 1, 0.5)
        out = self._out
        _move(self._frame.y, moved, cv2.INTER_LINEAR, out.y)
        _move(self._frame.u, half, cv2.INTER_NEAREST, out.u)
        _move(self._frame.v, half, cv2.INTER_NEAREST, out.v)
        return out


class _Warp:
    """A frame that is warped along a flow; its maps and its output are reused.

    Maps are one plane for each direction: OpenCV reads them in half the time of one with both.
    """

    def __init__(self, frame: Frame, flow: F32) -> None:
        self._frame = frame
        self._luma, self._chroma = _Maps(flow), _Maps(_halved(flow))
        self._out = Frame.empty(frame.y.shape[1], frame.y.shape[0])

    def frame(self, share: float) -> Frame:
        """Return the frame warped by this share of the flow; it is valid until the next call."""
        out = self._out
        across, down = self._luma.at(share)
        cv2.remap(self._frame.y, across, down, cv2.INTER_LINEAR, out.y, cv2.BORDER_REPLICATE)
        # Nearest-neighbour suffices for chroma and takes half the time.
        across, down = self._chroma.at(share)
        for source, target in ((self._frame.u, out.u), (self._frame.v, out.v)):
            cv2.remap(source, across, down, cv2.INTER_NEAREST, target, cv2.BORDER_REPLICATE)
        return out


class _Maps:
    """Where each pixel comes from, for any share of a flow."""

    def __init__(self, flow: F32) -> None:
        rows, width = flow.shape[:2]
        self._flows = [np.ascontiguousarray(flow[..., axis]) for axis in (0, 1)]
        self._grids = [np.ascontiguousarray(axis) for axis in _axes(width, rows)]
        self._maps = [np.empty_like(part) for part in self._flows]

    def at(self, share: float) -> Sequence[F32]:
        """Return the maps across and down; they are valid until the next call."""
        for flow, grid, out in zip(self._flows, self._grids, self._maps, strict=True):
            cv2.scaleAdd(flow, -share, grid, out)
        return self._maps


def _move(plane: U8, matrix: F64, quality: int, out: U8) -> None:
    cv2.warpAffine(plane, matrix, out.shape[::-1], out, quality, cv2.BORDER_REPLICATE)


def _warp_of(frame: Frame, other: Frame, flow: F32) -> _CameraMove | _Warp:
    """Return how a frame follows its flow to another: as a whole if the flow is a camera's, else every pixel alone."""
    matrix = _camera_motion(frame.y, other.y, flow)
    return _Warp(frame, flow) if matrix is None else _CameraMove(frame, matrix)


def _camera_motion(image: U8, other: U8, flow: F32) -> F64 | None:
    """Return the matrix of a linear motion that explains an image's flow to another one, or None."""
    rows, width = image.shape
    step = max(8, width // 80)
    at = _grid(width, rows)[step // 2 :: step, step // 2 :: step].reshape(-1, 2)
    moved = flow[step // 2 :: step, step // 2 :: step].reshape(-1, 2)
    found, _ = cv2.estimateAffine2D(at, moved, method=cv2.RANSAC, ransacReprojThreshold=CAMERA_PIXELS)
    # The stubs do not say that there may be no solution.
    if cast("Any", found) is None:
        return None
    matrix = np.asarray(found, np.float64)
    a, b, small, scale = _compared(image, other, flow)
    whole = (np.eye(2, 3) + matrix) * (1, 1, scale)
    size = a.shape[::-1]
    seen = cv2.warpAffine(np.full_like(a, 255), whole, size) == 255
    as_whole = cv2.absdiff(cv2.warpAffine(a, whole, size, flags=cv2.INTER_LINEAR), b)
    alone = cv2.absdiff(cv2.remap(a, _grid(*size) - small, LEFT_OUT, cv2.INTER_LINEAR), b)
    if not seen.any() or as_whole[seen].mean() > CAMERA_SHARE * alone[seen].mean() + CAMERA_LEVELS:
        return None
    return matrix


def _compared(image: U8, other: U8, flow: F32) -> tuple[U8, U8, F32, float]:
    """Return two images and a flow at the size in which they are compared, and its scale."""
    rows, width = image.shape
    scale = COMPARED / max(rows, width)
    size = (round(width * scale), round(rows * scale))
    a, b = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (image, other))
    return a, b, cv2.resize(flow, size, interpolation=cv2.INTER_AREA) * np.float32(scale), scale


class _Staged:
    """The camera pushes into the first image; the second grows out of its middle, and the camera comes to rest."""

    FROM, TO = 0.38, 0.62

    def __init__(self, first: Frame, last: Frame, seed: int) -> None:
        self._first, self._last = first, last
        rows, width = first.y.shape
        self._out, self._over = Frame.empty(width, rows), Frame.empty(width, rows)
        self._order = _wipe_order(width, rows, seed)

    def draw(self, share: float) -> Frame:
        gone = eased((share - self.FROM) / (self.TO - self.FROM))
        if gone < 1:
            zoom_into(self._first, self._out, 1 + PUSH * _away(share / self.TO))
        if gone <= 0:
            return self._out
        target = self._over if gone < 1 else self._out
        zoom_into(self._last, target, 1 + PUSH * _away((1 - share) / (1 - self.FROM)))
        if gone < 1:
            self._wipe(gone)
        return self._out

    def _wipe(self, gone: float) -> None:
        """Blend in the second image where its turn has come, with soft edges."""
        soft = 26.0
        steps = np.arange(256, dtype=np.float32)
        table = to_u8(255 * np.clip((gone * (255 + 2 * soft) - soft - steps) / soft * 0.5 + 0.5, 0, 1))
        alpha = cv2.LUT(self._order, table)
        alpha_half = cv2.resize(alpha, (alpha.shape[1] // 2, alpha.shape[0] // 2), interpolation=cv2.INTER_AREA)
        for below, above, share in (
            (self._out.y, self._over.y, alpha),
            (self._out.u, self._over.u, alpha_half),
            (self._out.v, self._over.v, alpha_half),
        ):
            cv2.multiply(below, cv2.bitwise_not(share), below, 1 / 255)
            cv2.add(below, cv2.multiply(above, share, scale=1 / 255), below)


def _away(share: float) -> float:
    return 0.35 * share + 0.65 * share**2


def _wipe_order(width: int, rows: int, seed: int) -> U8:
    """Return when each pixel changes: from the middle outwards, with edges like clouds."""
    size = (width // 4, rows // 4)
    across = np.linspace(-1, 1, size[0], dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, size[1], dtype=np.float32)[:, None]
    order = np.hypot(across, down) + 0.34 * noise(*size, rng(seed, "wipe"), cells=4, octaves=4)
    low, high = float(order.min()), float(order.max())
    return cv2.resize(to_u8(255 * (order - low) / max(high - low, 1e-6)), (width, rows), interpolation=cv2.INTER_LINEAR)


def _flow(first: U8, second: U8) -> F32:
    """Return dense optical flow, estimated at a smaller size and smoothed, in full-size pixels, rows x columns x 2."""
    rows, width = first.shape
    scale = FLOW_SIDE / max(rows, width)
    size = (round(width * scale), round(rows * scale))
    even = cv2.createCLAHE(2.0, (8, 8))
    small = [even.apply(cv2.resize(image, size, interpolation=cv2.INTER_AREA)) for image in (first, second)]
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(small[0], small[1], LEFT_OUT)
    flow = cv2.GaussianBlur(flow, (0, 0), 5)
    return cv2.resize(flow, (width, rows), interpolation=cv2.INTER_LINEAR) / np.float32(scale)


def _alike(first: U8, last: U8, back: F32) -> bool:
    """Check whether following the flow removes most of the difference of two images, or little is left."""
    a, b, small, _ = _compared(first, last, back)
    moved = cv2.remap(a, _grid(*a.shape[::-1]) + small, LEFT_OUT, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    left, plain = float(cv2.absdiff(moved, b).mean()), float(cv2.absdiff(a, b).mean())
    return left <= GOOD_LEVELS or left <= GOOD_SHARE * plain


def _grid(width: int, rows: int) -> F32:
    return np.dstack(_axes(width, rows))


def _axes(width: int, rows: int) -> tuple[F32, F32]:
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(rows, dtype=np.float32))
    return across, down


def _halved(flow: F32) -> F32:
    rows, width = flow.shape[:2]
    return cv2.resize(flow, (width // 2, rows // 2), interpolation=cv2.INTER_AREA) / np.float32(2)
