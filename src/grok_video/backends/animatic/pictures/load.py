"""Loading input images as frames."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..planes import U8, Frame, image_frame, to_u8


def load_rgba(path: Path) -> U8:
    """Return a stored image, 8-bit RGB or RGBA as the intake stores it, as RGBA bytes."""
    # OpenCV takes half of Pillow's time.
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if stored is None or stored.ndim != 3 or stored.dtype != np.uint8:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("RGBA"))
    return cv2.cvtColor(stored, cv2.COLOR_BGRA2RGBA if stored.shape[2] == 4 else cv2.COLOR_BGR2RGBA)


def cover(rgba: U8, width: int, height: int) -> U8:
    """Return an image scaled and cropped to fill a size; transparent parts become white."""
    rgb = np.ascontiguousarray(rgba[..., :3])
    if int(rgba[..., 3].min()) < 255:
        alpha = rgba[..., 3:].astype(np.float32) / 255
        rgb = to_u8(rgb * alpha + 255 * (1 - alpha))
    rows, columns = rgb.shape[:2]
    scale = max(width / columns, height / rows)
    size = (max(width, round(columns * scale)), max(height, round(rows * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = rgb if size == (columns, rows) else cv2.resize(rgb, size, interpolation=method)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(scaled[top : top + height, left : left + width])


def still_frame(path: Path, width: int, height: int) -> Frame:
    """Return a stored image as a frame of this size."""
    return image_frame(cover(load_rgba(path), width, height), width, height)
