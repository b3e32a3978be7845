"""Decoding images of unknown origin; call this in a sandbox child only."""

from __future__ import annotations

import errno
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from ..domain.errors import InvalidImage, StorageFull
from .jobs import MAX_IMAGE_BYTES

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MAX_PIXELS = 40_000_000
# Enough for any crop and camera move at 1080P; larger images are scaled down once, at intake.
MAX_SIDE = 2560


def decode_image(source: str, target: str, param: str) -> tuple[int, int]:
    """Decode an image completely, rotate it by its EXIF tag, store it as RGB PNG; return width and height.

    Detects JPEG, PNG, WebP, GIF and AVIF by content, checks the header's size before any pixel is decoded, and takes
    the first frame of an animation. Raises InvalidImage naming `param`.
    """
    size = Path(source).stat().st_size
    if size > MAX_IMAGE_BYTES:
        raise InvalidImage(f"{param} has {size} bytes; at most {MAX_IMAGE_BYTES} are allowed.", param=param)
    with Path(source).open("rb") as file:
        webp = webp_size(file.read(32))
    if webp:
        # Pillow's WebP reader allocates the whole canvas when it opens a file.
        _check_size(*webp, param)
    with warnings.catch_warnings():
        # Our limit is lower than Pillow's; its warning must not become our error.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(source, formats=FORMATS) as image:
                return _store(image, target, param)
        except UnidentifiedImageError:
            raise InvalidImage(f"{param} is not an image: send JPEG, PNG, WebP, GIF or AVIF.", param=param) from None
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageFull() from None
            raise InvalidImage(f"{param} cannot be decoded: {error}.", param=param) from None
        except (RuntimeError, SyntaxError, ValueError, Image.DecompressionBombError, EOFError) as error:
            raise InvalidImage(f"{param} cannot be decoded: {error}.", param=param) from None


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Return a WebP file's width and height from its first 32 bytes; None for anything else."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 30:
        return None
    match head[12:16]:
        case b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case b"VP8L":
            packed = int.from_bytes(head[21:25], "little")
            return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
        case _:
            return None


def _check_size(width: int, height: int, param: str) -> None:
    if width * height > MAX_PIXELS:
        raise InvalidImage(
            f"{param} is {width}x{height}; at most {MAX_PIXELS // 1_000_000} megapixels are allowed.",
            param=param,
        )
    if min(width, height) < 8:
        raise InvalidImage(f"{param} is {width}x{height}; at least 8x8 is needed.", param=param)
    if max(width, height) > 8 * min(width, height):
        raise InvalidImage(f"{param} is {width}x{height}; one side may be at most 8 times the other.", param=param)


def _store(image: Image.Image, target: str, param: str) -> tuple[int, int]:
    _check_size(*image.size, param)
    if image.format == "JPEG":
        # A JPEG can be decoded at a fraction of its size, in a fraction of the memory.
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
    image.load()
    rotated = ImageOps.exif_transpose(image)
    rotated.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    if rotated.mode.startswith("I") or rotated.mode == "F":
        # 16 bits are scaled to 8; a plain conversion would clip them.
        rotated = rotated.convert("I").point(lambda value: value / 257).convert("L")
    keep_alpha = rotated.mode in ("RGBA", "LA", "PA") or "transparency" in rotated.info
    stored = rotated.convert("RGBA" if keep_alpha else "RGB")
    stored.info.clear()
    stored.save(target, format="PNG", compress_level=1)
    return stored.size
