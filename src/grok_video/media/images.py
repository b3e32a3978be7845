"""Decoding pictures that strangers sent; to be called in a sandbox child only."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from ..domain.errors import InvalidImage

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MAX_PIXELS = 40_000_000
MAX_BYTES = 20 * 1024 * 1024
# More than 1080P needs for any crop and camera move; what is larger is shrunk once, at intake.
MAX_SIDE = 2560


def decode_picture(source: str, target: str, param: str) -> tuple[int, int]:
    """Decode a picture fully, turn it by its EXIF, store it as RGB PNG; return width and height.

    Sniffs JPEG, PNG, WebP, GIF and AVIF by content, checks the header's size before any pixel is
    decoded, and takes the first frame of an animation. Raises InvalidImage naming `param`.
    """
    size = Path(source).stat().st_size
    if size > MAX_BYTES:
        raise InvalidImage(f"{param} has {size} bytes; at most {MAX_BYTES} are allowed.", param=param)
    with warnings.catch_warnings():
        # Our own limit is lower than Pillow's; its warning must not become an error of ours.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(source, formats=FORMATS) as picture:
                return _store(picture, target, param)
        except UnidentifiedImageError:
            raise InvalidImage(f"{param} is not a picture: send JPEG, PNG, WebP, GIF or AVIF.", param=param) from None
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, EOFError) as error:
            raise InvalidImage(f"{param} can not be decoded: {error}.", param=param) from None


def _store(picture: Image.Image, target: str, param: str) -> tuple[int, int]:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise InvalidImage(
            f"{param} is {width}x{height}; at most {MAX_PIXELS // 1_000_000} megapixels are allowed.",
            param=param,
        )
    if min(width, height) < 8:
        raise InvalidImage(f"{param} is {width}x{height}; at least 8x8 is needed.", param=param)
    if max(width, height) > 8 * min(width, height):
        raise InvalidImage(f"{param} is {width}x{height}; a side may be 8 times the other.", param=param)
    if picture.format == "JPEG":
        # A JPEG can be decoded at a fraction of its size, in a fraction of the memory.
        picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
    picture.load()
    turned = ImageOps.exif_transpose(picture)
    turned.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    keep_alpha = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    stored = turned.convert("RGBA" if keep_alpha else "RGB")
    stored.info.clear()
    stored.save(target, format="PNG", compress_level=1)
    return stored.size


def looks_like_video(head: bytes) -> bool:
    """Tell MP4, MOV and WebM by their first bytes."""
    return head[4:8] == b"ftyp" or head[4:8] in (b"moov", b"wide", b"mdat") or head[:4] == b"\x1a\x45\xdf\xa3"
