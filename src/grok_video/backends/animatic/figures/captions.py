"""Small paper tags with a word: the names of paper figures, and what is written on signs."""

from __future__ import annotations

import unicodedata

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..planes import U8
from .fonts import wide_font

LONGEST = 22


def tag(text: str, high: int) -> U8 | None:
    """Return a paper tag `high` pixels high as straight-alpha RGBA, or None if no font can write the text."""
    size = max(8, round(high * 0.62))
    written = _latin(text)[:LONGEST]
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont
    if written:
        font = ImageFont.load_default(size)
    elif path := wide_font():
        written, font = text[:LONGEST], ImageFont.truetype(path, size)
    else:
        return None
    left, top, right, bottom = font.getbbox(written)
    edge = max(2, round(high * 0.16))
    image = Image.new("RGBA", (round(right - left) + 4 * edge, max(high, round(bottom - top) + 2 * edge)))
    draw = ImageDraw.Draw(image)
    box = (0, 0, image.width - 1, image.height - 1)
    draw.rounded_rectangle(box, edge, fill=(250, 247, 238, 255), outline=(150, 140, 118, 255), width=max(1, edge // 4))
    at = (2 * edge - left, (image.height - (bottom - top)) / 2 - top)
    draw.text(at, written, fill=(60, 54, 44, 255), font=font)
    return np.asarray(image)


def _latin(text: str) -> str:
    """Return a text without accents if that leaves plain Latin letters, else ""."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("œ", "oe").replace("æ", "ae"))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return plain if plain.isascii() else ""
