"""How SGLang fetches and reads the images and videos of a request, at the POST and in the worker."""

from __future__ import annotations

import base64
import binascii
import io
import os
import re
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import av
import numpy as np
from PIL import Image, ImageOps

from .engine_videos import read_image
from .sglang_models import Failure
from .xai_videos import encode

# runtime/entrypoints/openai/video_api.py:67-77
VIDEO_SUFFIXES = {".avi", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm"}
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
CONTAINERS = set("mov mp4 m4a 3gp 3g2 mj2 matroska webm wav mp3 flac ogg".split())
POST_BYTES, WORKER_BYTES = 50 << 20, 64 << 20
HERE = {"127.0.0.1", "localhost", "::1"}
BAD_IMAGE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)


@dataclass(frozen=True)
class Media:
    """What probing the material of a condition of MiniMax-H3 tells; `image` is None for a video or audio."""

    data: bytes
    width: float = 0
    height: float = 0
    image: np.ndarray | None = None
    video_seconds: float = 0
    audio_seconds: float = 0


def looks_like_video(name: Any, content_type: str = "") -> bool:
    """Check whether SGLang takes a source for a video; runtime/entrypoints/openai/video_api.py:193-208."""
    if content_type.lower().startswith("video/"):
        return True
    if not isinstance(name, str):
        return False
    path = name.split("?", 1)[0].split("#", 1)[0]
    return name.lower().startswith("data:video") or os.path.splitext(path)[1].lower() in VIDEO_SUFFIXES


def save_reference(url: str) -> bytes:
    """Return the image that `reference_url` names, at the POST; runtime/entrypoints/openai/utils.py:408-563."""
    if url.lower().startswith(("http://", "https://")):
        try:
            return _image_from_the_web(url)
        except (OSError, ValueError) as error:
            raise ValueError(f"Failed to download image from URL {url}: {error}") from error
    if not url.startswith("data:image"):
        raise ValueError("Unsupported image url format")
    hint = "Failed to decode base64 image. Expected format: `data:[<media-type>];base64,<data>`"
    match = re.match(r"data:([^,;\r\n]*)(;base64)?,((?s:.*))", url)
    if not match:
        raise ValueError(hint)
    if not match.group(2):
        raise ValueError(f"{hint} (missing ;base64 marker)")
    if not match.group(3):
        raise ValueError(f"{hint} (empty data payload)")
    try:
        return base64.b64decode(match.group(3))
    except binascii.Error as error:
        raise ValueError(f"Failed to decode base64 image: {error}") from error


def load_image(source: str, saved: Mapping[str, bytes]) -> np.ndarray:
    """Return the image of `image_path` in the worker, or raise `Failure`.

    See runtime/utils/vision.py:140-172 and get_image_bytes in srt/utils/common.py:2185-2200.
    """
    try:
        data = saved[source] if source in saved else _worker_bytes(source)
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except Image.UnidentifiedImageError as error:
        raise Failure(f"cannot identify image file {source[:100]!r}") from error
    except BAD_IMAGE as error:
        raise Failure(str(error)) from error


def material(uri: str, kind: str) -> Media:
    """Return the probed material of a condition; raise ValueError, or OSError for what cannot be fetched.

    See minimax_h3/material_io.py:803-920 and 356-533.
    """
    scheme = next((name for name in ("data", "base64") if uri.startswith(f"{name}:")), "") or urlsplit(uri).scheme
    if scheme in ("http", "https"):
        data = _download(uri, 120, 1 << 40)[0]
        if not data:
            raise ValueError(f"HTTP material body is empty: {uri}")
    elif scheme in ("data", "base64"):
        data = _base64_material(uri)
    elif scheme in ("", "file"):
        path = unquote(urlsplit(uri).path) if scheme else uri
        raise FileNotFoundError(f"MiniMax H3 material source does not exist or is not a file: {path}")
    else:
        raise NotImplementedError(f"MiniMax H3 material localization does not support URI scheme {scheme!r}")
    return _image(data) if kind == "image" else _media(data, kind)


def cut(data: bytes, start: float, frames: int) -> bytes:
    """Return a video from a second on, at 24 fps and at most so many frames; minimax_h3/reference_encoding.py:415."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "cut.mp4"
        with av.open(io.BytesIO(data)) as container:
            stream = container.streams.video[0]
            size = stream.width // 2 * 2, stream.height // 2 * 2
            encode(target, _resampled(container, size, start), frames, size, Fraction(24), sound=False)
        return target.read_bytes()


def _image_from_the_web(url: str) -> bytes:
    data, kind = _download(url, 10, POST_BYTES)
    named = urlsplit(url).path.lower().endswith(IMAGE_SUFFIXES)
    if not named and not kind.startswith("image/") and kind != "application/octet-stream":
        raise ValueError(f"URL does not point to an image. Content-Type: {kind}")
    return data


def _worker_bytes(source: str) -> bytes:
    if source.startswith(("http://", "https://")):
        return _download(source, 3, WORKER_BYTES)[0]
    if source.startswith(("file://", "/")):
        raise FileNotFoundError(2, "No such file or directory", source)
    return base64.b64decode(source.partition(",")[2] if source.startswith("data:") else source, validate=True)


def _download(url: str, timeout: float, limit: int) -> tuple[bytes, str]:
    """Fetch a URL of this machine; any other host is not found. SGLang refuses no address, private ones included."""
    if urlsplit(url).hostname not in HERE:
        raise OSError(f"[Errno -2] Name or service not known: {url}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=min(timeout, 5)) as response:
        data = response.read(limit + 1)
        if len(data) > limit:
            raise ValueError(f"Image exceeds the {limit} byte download limit")
        return data, response.headers.get("content-type", "").lower()


def _base64_material(uri: str) -> bytes:
    header, comma, payload = uri.partition(",")
    if uri.startswith("data:"):
        if not comma:
            raise ValueError("data URI must contain a comma separator")
        if ";base64" not in header:
            raise ValueError("data URI must use ;base64 encoding")
    elif not comma:
        payload = uri.removeprefix("base64://")
    encoded = b"".join(unquote_to_bytes(payload).split())
    if not encoded:
        raise ValueError("material URI base64 payload is empty")
    if wrong := re.search(rb"[^A-Za-z0-9+/_=-]", encoded):
        raise ValueError(f"material URI has an invalid base64 character {wrong.group().decode('latin-1')!r}")
    try:
        return base64.b64decode(encoded + b"=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("material URI has an invalid base64 payload") from error


def _image(data: bytes) -> Media:
    try:
        with Image.open(io.BytesIO(data)) as image:
            kind = image.format
            width, height = ImageOps.exif_transpose(image).size
        pixels = read_image(data)
    except BAD_IMAGE as error:
        raise ValueError("MiniMax H3 image material is invalid") from error
    if kind not in ("JPEG", "PNG", "WEBP"):
        raise ValueError("MiniMax H3 image material uses an unsupported format")
    return Media(data, width, height, pixels)


def _media(data: bytes, kind: str) -> Media:
    """Probe a video or audio file; a rotation in its metadata is not looked at."""
    try:
        with av.open(io.BytesIO(data)) as container:
            return _streams(data, kind, container)
    except (av.FFmpegError, OSError) as error:
        raise ValueError("MiniMax H3 media material is invalid") from error


def _streams(data: bytes, kind: str, container: Any) -> Media:
    if not set(container.format.name.split(",")) <= CONTAINERS:
        raise ValueError("MiniMax H3 media material is invalid")
    videos, audios = container.streams.video, container.streams.audio
    if kind in ("video", "video_audio") and not videos:
        raise ValueError("MiniMax H3 video material has no video stream")
    if kind in ("audio", "video_audio") and not audios:
        raise ValueError("MiniMax H3 audio material has no audio stream")
    whole = (container.duration or 0) / av.time_base
    seconds = [
        float(stream.duration * stream.time_base) if stream.duration and stream.time_base else whole
        for stream in (*videos[:1], *audios[:1])
    ]
    if not any(seconds):
        raise ValueError("MiniMax H3 media material has no positive duration")
    width, height = (videos[0].width, videos[0].height) if videos else (0, 0)
    audio = seconds[-1] if audios else 0
    return Media(data, width, height, video_seconds=seconds[0] if videos else 0, audio_seconds=audio)


def _resampled(container: Any, size: tuple[int, int], start: float) -> Iterator[np.ndarray]:
    """Yield the frames that a player shows 24 times a second, from a second on."""
    number, last = 0, None
    for frame in container.decode(video=0):
        planes = frame.reformat(width=size[0], height=size[1], format="yuv420p").to_ndarray()
        if last is not None:
            while start + number / 24 < frame.time - 1e-6:
                yield last
                number += 1
        last = planes
    if last is not None:
        yield last
