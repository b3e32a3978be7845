"""Reference images as figures: cut out from a plain background, else on a card."""

from __future__ import annotations

import cv2
import numpy as np

from ..planes import F32, U8, to_u8

SIDE = 100
LEAST, MOST = 0.03, 0.8
# A shape that takes more than this share of one side, its foot aside, has no background around it.
MAX_EDGE = 0.1
KEPT_SIDE = 720
# How far a pixel is from a plain background's colour (RGB distance), and how much of the edges must be nearer.
PLAIN, PLAIN_SHARE = 26.0, 0.93


def figure_of(rgba: U8) -> U8:
    """Return a reference image as a straight-alpha RGBA figure without empty edges."""
    rgba = _smaller(rgba)
    if float(np.mean(rgba[..., 3] < 128)) > 0.02:
        return _trimmed(rgba)
    rgb = np.ascontiguousarray(rgba[..., :3])
    alpha = _keyed(rgb)
    if alpha is None:
        alpha = _grabbed(rgb)
    if alpha is None:
        return _card(rgba)
    return _trimmed(np.dstack([rgba[..., :3], alpha]))


def _smaller(rgba: U8) -> U8:
    scale = KEPT_SIDE / max(rgba.shape[:2])
    if scale >= 1:
        return rgba
    size = (max(1, round(rgba.shape[1] * scale)), max(1, round(rgba.shape[0] * scale)))
    return cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)


def _keyed(rgb: U8) -> U8 | None:
    """Return the opacity of what stands before one colour, or before a soft gradient, exact to the pixel; else None."""
    rows, columns = rgb.shape[:2]
    if min(rows, columns) < 24:
        return None
    apart = np.linalg.norm(rgb.astype(np.float32) - _background(rgb), axis=2)
    apart = cv2.GaussianBlur(apart, (0, 0), 0.8)
    band = max(2, round(min(rows, columns) * 0.02))
    # What stands on the lower edge is part of the figure, so only the other sides tell how plain the background is.
    sides = np.concatenate([apart[:band].ravel(), apart[:, :band].ravel(), apart[:, -band:].ravel()])
    limit = max(PLAIN, 3.5 * float(np.median(sides)))
    if float(np.mean(sides < limit)) < PLAIN_SHARE:
        return None
    mask = _largest((apart > limit).astype(np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = cv2.drawContours(np.zeros_like(mask), contours, -1, 1, -1)
    if not LEAST < float(whole.mean()) < MOST:
        return None
    # A pixel less all around, so that no rim of the background remains, and a soft edge.
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    soft = cv2.GaussianBlur(cv2.erode(whole, kernel).astype(np.float32), (0, 0), 0.8)
    return to_u8(255 * np.clip((soft - 0.2) / 0.6, 0, 1))


def _background(rgb: U8) -> F32:
    """Return the background's colours, as a plane through those of the upper three edges."""
    rows, columns = rgb.shape[:2]
    band = max(2, round(min(rows, columns) * 0.02))
    edge = np.zeros((rows, columns), bool)
    edge[:band] = True
    edge[:, :band] = True
    edge[:, -band:] = True
    y, x = np.nonzero(edge)
    step = max(1, len(y) // 4000)
    y, x = y[::step], x[::step]
    points = np.column_stack([np.ones(len(y)), x / columns, y / rows]).astype(np.float32)
    colours = rgb[y, x].astype(np.float32)
    plane = np.linalg.lstsq(points, colours, rcond=None)[0]
    # Once more without what does not lie on the plane, such as a figure that touches an edge.
    near = np.linalg.norm(points @ plane - colours, axis=1) < PLAIN
    if near.sum() > len(near) / 2:
        plane = np.linalg.lstsq(points[near], colours[near], rcond=None)[0]
    across = np.linspace(0, 1, columns, dtype=np.float32)[None, :, None]
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
    return plane[0] + plane[1] * across + plane[2] * down


def _grabbed(rgb: U8) -> U8 | None:
    rows, columns = rgb.shape[:2]
    scale = min(1.0, SIDE / max(rows, columns))
    size = (round(columns * scale), round(rows * scale))
    if min(size) < 24:
        return None
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    inset = (round(size[0] * 0.06), round(size[1] * 0.05), round(size[0] * 0.88), round(size[1] * 0.93))
    labels = np.zeros(size[::-1], np.uint8)
    cv2.setRNGSeed(1)
    cv2.grabCut(small, labels, inset, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_RECT)
    mask = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    mask = _largest(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel, iterations=2)
    if not LEAST < float(mask.mean()) < MOST or _on_edge(mask, inset) > MAX_EDGE or not _stands_out(small, mask):
        return None
    # Shrunk by a pixel, so that no rim of the old background remains.
    soft = cv2.GaussianBlur(cv2.erode(mask, kernel).astype(np.float32), (0, 0), 0.9)
    full = cv2.resize(soft, (columns, rows), interpolation=cv2.INTER_CUBIC)
    return to_u8(255 * np.clip((full - 0.35) / 0.4, 0, 1))


def _largest(mask: U8) -> U8:
    """Return a mask of the largest piece and those at least a fifth as large."""
    count, labels, facts, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return mask
    areas = facts[1:, cv2.CC_STAT_AREA]
    kept = [number + 1 for number, area in enumerate(areas) if area >= areas.max() / 5]
    return np.isin(labels, kept).astype(np.uint8)


def _on_edge(mask: U8, box: tuple[int, int, int, int]) -> float:
    left, top, wide, high = box
    inner = mask[top : top + high, left : left + wide]
    return max(float(side.mean()) for side in (inner[0], inner[:, 0], inner[:, -1]))


def _stands_out(rgb: U8, mask: U8) -> bool:
    """Check whether the colours inside differ from those outside along nearly all of the edge."""
    kernel = np.ones((3, 3), np.uint8)
    edge = (mask > 0) & (cv2.erode(mask, kernel) == 0)
    edge[:2], edge[-2:], edge[:, :2], edge[:, -2:] = False, False, False, False
    if edge.sum() < 24:
        return False
    share = mask.astype(np.float32)
    near: list[F32] = []
    for part in (share, 1 - share):
        weight = cv2.boxFilter(part, -1, (9, 9))[..., None]
        near.append(cv2.boxFilter(rgb.astype(np.float32) * part[..., None], -1, (9, 9)) / np.maximum(weight, 1e-3))
    apart = np.linalg.norm(near[0] - near[1], axis=2)[edge]
    return float(np.mean(apart > 22)) >= 0.75


def _trimmed(rgba: U8) -> U8:
    rows, columns = np.flatnonzero(rgba[..., 3].max(1) > 8), np.flatnonzero(rgba[..., 3].max(0) > 8)
    if not len(rows):
        return rgba
    return np.ascontiguousarray(rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _card(rgba: U8) -> U8:
    """Return an image on a white card with round corners."""
    border = max(4, round(min(rgba.shape[:2]) * 0.04))
    rgb = cv2.copyMakeBorder(rgba[..., :3], border, border, border, border, cv2.BORDER_CONSTANT, value=(248, 247, 243))
    high, wide = rgb.shape[:2]
    alpha = np.zeros((high, wide), np.uint8)
    radius = border * 2
    cv2.rectangle(alpha, (radius, 0), (wide - radius - 1, high - 1), 255, -1)
    cv2.rectangle(alpha, (0, radius), (wide - 1, high - radius - 1), 255, -1)
    for x in (radius, wide - radius - 1):
        for y in (radius, high - radius - 1):
            cv2.circle(alpha, (x, y), radius, 255, -1, cv2.LINE_AA)
    return np.dstack([rgb, alpha])
