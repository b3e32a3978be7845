"""Images, videos and audio that clients hand to the imitated vLLM-Omni, decoded as it does."""

from __future__ import annotations

import base64
import binascii
import io
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import av
import numpy as np
from PIL import Image

from .engine import Upload
from .vllm_omni_errors import Refused, refused

MIB = 1024 * 1024
# helpers.py:79-91: what MiniMax H3 takes; other models have no limits.
H3_BYTES = {"image": 30 * MIB, "video": 50 * MIB, "audio": 15 * MIB}
H3_COUNT = 12
H3_IMAGES = frozenset({"jpeg", "png", "webp", "heic", "heif"})
H3_SUFFIXES = {"video": (".mp4", ".mov"), "audio": (".wav", ".mp3")}
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif")
AUDIO_SUFFIXES = (".wav", ".mp3", ".m4a", ".aac", ".flac", ".ogg")

Web = Mapping[str, bytes]


@dataclass(frozen=True)
class Clip:
    """A video or audio file as it arrived."""

    data: bytes
    suffix: str = ".mp4"


@dataclass(frozen=True)
class Probe:
    """What a media file says about itself; times in seconds."""

    formats: frozenset[str]
    codec: str
    seconds: float
    width: int = 0
    height: int = 0
    fps: float = 0
    audio_codecs: tuple[str, ...] = ()
    audio_seconds: float = 0


def suffix_of(upload: Upload) -> str:
    """Return the suffix of an uploaded file's name, in lower case."""
    return PurePosixPath(upload.filename).suffix.lower()


def kind_of(upload: Upload) -> str:
    """Tell what an upload is by its content type, then its suffix; video if nothing says otherwise."""
    # helpers.py:704 (_uploaded_media_kind)
    declared = upload.content_type.lower().partition("/")[0]
    if declared in ("image", "audio"):
        return declared
    if suffix_of(upload) in IMAGE_SUFFIXES:
        return "image"
    if suffix_of(upload) in AUDIO_SUFFIXES:
        return "audio"
    return "video"


def check_h3_upload(upload: Upload, *, lenient: bool = False) -> None:
    """Check the size of an upload for MiniMax H3 and, if it is an image, its format."""
    # helpers.py:718-786 (_minimax_h3_upload_limit, _read_upload_limited, _validate_minimax_h3_image_payload)
    kind = kind_of(upload)
    if len(upload.data) > H3_BYTES[kind]:
        raise refused(f"Uploaded reference exceeds the {H3_BYTES[kind] // MIB} MiB size limit.")
    if kind != "image" and not lenient:
        return
    try:
        with Image.open(io.BytesIO(upload.data)) as image:
            found = (image.format or "").lower()
    except (OSError, ValueError):
        if kind != "image":
            return
        raise refused(f"Invalid uploaded image reference: {upload.filename}") from None
    if found not in H3_IMAGES:
        found = found or "unknown"
        raise refused(f"MiniMax H3 reference images must use JPG, JPEG, PNG, WEBP, HEIC, or HEIF; got {found}.")


def read_image(data: bytes, source: str) -> Image.Image:
    """Return an image as RGB, or refuse it."""
    # video_api_utils.py:122 (_decode_image_bytes)
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.convert("RGB")
    except (OSError, ValueError):
        raise refused(f"Invalid {source}: provided content is not a valid image.") from None


def read_upload(upload: Upload) -> Image.Image | Clip:
    """Return what `input_reference` holds: an image if it can be read as one, else a video."""
    # video_api_utils.py:194 (_decode_media_bytes)
    try:
        return read_image(upload.data, "input_reference")
    except Refused:
        if is_video(upload.data):
            return Clip(upload.data, suffix_of(upload) or ".mp4")
    raise refused("Invalid input_reference: provided content is not a valid image or video.")


def fetched(url: str, kind: str, web: Web) -> bytes:
    """Return the bytes behind a data URL or an http(s) URL in `web`; refuse others, and what cannot be had."""
    # video_api_utils.py:234-389 (decode_image_url, decode_video_url, decode_audio_url)
    source = f"{kind}_reference.{kind}_url"
    if url.startswith(f"data:{kind}"):
        try:
            return base64.b64decode(url.partition(",")[2])
        except (binascii.Error, ValueError):
            raise refused(f"Invalid {source}: {kind} data is not valid base64.") from None
    if not url.startswith(("http://", "https://")):
        raise refused(f"Invalid {source}: must be an http(s) URL or data URL.")
    if url not in web:
        raise refused(f"Invalid {source}: failed to download {kind}.")
    return web[url]


def is_video(data: bytes) -> bool:
    """Check whether at least one frame can be decoded."""
    try:
        with av.open(io.BytesIO(data)) as container:
            return next(container.decode(video=0), None) is not None
    except (av.FFmpegError, IndexError):
        return False


def frame_count(data: bytes, most: int | None = None) -> int:
    """Count the frames of a video, up to a number."""
    with av.open(io.BytesIO(data)) as container:
        count = sum(1 for _ in container.decode(video=0))
    return count if most is None else min(count, most)


def first_frames(data: bytes, count: int) -> list[np.ndarray]:
    """Return the first frames of a video as RGB; the last one repeated if it has fewer."""
    with av.open(io.BytesIO(data)) as container:
        decoded = itertools.islice(container.decode(video=0), count)
        frames = [frame.to_ndarray(format="rgb24") for frame in decoded]
    return frames + frames[-1:] * (count - len(frames))


def probe(data: bytes) -> Probe | None:
    """Return what a media file says about itself, or None if it is none."""
    try:
        with av.open(io.BytesIO(data)) as container:
            formats = frozenset(container.format.name.split(","))
            voices = container.streams.audio
            whole = (container.duration or 0) / av.time_base
            codecs = tuple(voice.codec_context.name for voice in voices)
            spoken = float(voices[0].duration * voices[0].time_base) if voices and voices[0].duration else whole
            if not container.streams.video:
                return Probe(formats, codecs[0] if codecs else "", spoken, audio_codecs=codecs, audio_seconds=spoken)
            video = container.streams.video[0]
            seconds = float(video.duration * video.time_base) if video.duration else whole
            fps = float(video.base_rate or video.average_rate or 0)
            codec = video.codec_context.name
            return Probe(formats, codec, seconds, video.width, video.height, fps, codecs, spoken if codecs else 0)
    except av.FFmpegError:
        return None
