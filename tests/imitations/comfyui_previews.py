"""The binary events of the imitated ComfyUI: how they are laid out, and the preview images in them."""

from __future__ import annotations

import colorsys
import hashlib
import io
import json
import struct
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageOps

# protocol.py. UNENCODED_PREVIEW_IMAGE (2) is never sent: server.py:1291 turns it into PREVIEW_IMAGE.
PREVIEW_IMAGE, TEXT, PREVIEW_IMAGE_WITH_METADATA = 1, 3, 4
# The image format in PREVIEW_IMAGE (server.py:1322); 2 is PNG, but samplers only send JPEG (latent_preview.py:37).
JPEG = 1
# The default of --preview-size; the longer side of every preview has this many pixels (server.py:1321).
PREVIEW_PIXELS = 512
# The methods that show previews (cli_args.py:122).
METHODS = ("auto", "latent2rgb", "taesd")
GOLDEN = 0.618034


def preview_event(image: Image.Image) -> bytes:
    """Return the event 1: type and image format as 4 bytes each, big-endian, then the JPEG (server.py:1311)."""
    return struct.pack(">II", PREVIEW_IMAGE, JPEG) + _jpeg(image)


def described_event(image: Image.Image, about: Mapping[str, Any]) -> bytes:
    """Return the event 4: type, length of the metadata, metadata as JSON, then the JPEG (server.py:1335)."""
    text = json.dumps({**about, "image_type": "image/jpeg"}).encode()
    return struct.pack(">II", PREVIEW_IMAGE_WITH_METADATA, len(text)) + text + _jpeg(image)


def text_event(text: str, node_id: str) -> bytes:
    """Return the event 3: type, length of the node id, node id, then the text, both in UTF-8 (server.py:1469)."""
    node = node_id.encode()
    return struct.pack(">II", TEXT, len(node)) + node + text.encode()


def preview_colour(prompt: str, number: int) -> tuple[int, int, int]:
    """Return the plain colour of a preview; `number` counts the previews of a prompt from 1, over all its samplers.

    The hue moves on by the golden ratio of the circle, so that each of the first 30 previews differs from all others.
    """
    start = hashlib.sha256(prompt.encode()).digest()[0] / 256
    red, green, blue = colorsys.hsv_to_rgb((start + number * GOLDEN) % 1, 0.6, 0.8)
    return round(255 * red), round(255 * green), round(255 * blue)


def preview_image(prompt: str, number: int, size: tuple[int, int]) -> Image.Image:
    """Return a preview in the size of the latent: one pixel for each of its pixels (latent_preview.py:72)."""
    return Image.new("RGB", size, preview_colour(prompt, number))


def _jpeg(image: Image.Image) -> bytes:
    """Return an image as JPEG, enlarged or reduced so that it just fits into 512 x 512 pixels."""
    buffer = io.BytesIO()
    scaled = ImageOps.contain(image, (PREVIEW_PIXELS, PREVIEW_PIXELS), Image.Resampling.BILINEAR)
    scaled.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()
