"""Cutting, joining and resizing videos; call this in sandbox children."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import av.error
import cv2
import numpy as np
from av.bitstream import BitStreamFilterContext

from ..domain.errors import FileInvalid
from ..domain.request import FPS
from .clip import probe
from .containers import open_video
from .encode import SAMPLE_RATE, Mp4Writer
from .footage import Planes, frames, sound
from .jobs import Piece

# By how many frames, and at most a quarter, an upstream's video may be too short: its last frame is repeated.
SPARE_FRAMES = 12
# Samples over which the sound fades where two pieces meet, so that there is no click.
FADE = 256
# Most upstreams leave these tags out, and players then guess.
TAGS = "h264_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1:video_full_range_flag=0"
BT709_OR_UNTAGGED = (1, 2)
JPEG_QUALITY = 94


def splice(
    send: Callable[[Any], None], pieces: tuple[Piece, ...], output: str, size: tuple[int, int], comment: str = ""
) -> bool:
    """Join pieces into one video of a size; return whether any had to be enlarged.

    A single piece that already is what was requested is copied without re-encoding. Raises FileInvalid for a file that
    is not a video or is too short.
    """
    try:
        if len(pieces) == 1 and _fits(pieces[0], size):
            _copy(pieces[0].path, output, comment)
            return False
        return _join(send, pieces, output, size, comment)
    except (av.error.FFmpegError, IndexError) as error:
        raise FileInvalid(f"The video cannot be read: {error}.") from None


def _join(
    send: Callable[[Any], None], pieces: tuple[Piece, ...], output: str, size: tuple[int, int], comment: str
) -> bool:
    width, height = size
    total, done, enlarged = sum(piece.frames for piece in pieces), 0, False
    with Mp4Writer(output, width, height, preset="veryfast", crf=18, comment=comment) as writer:
        for piece in pieces:
            small = _is_smaller(piece.path, size)
            enlarged = enlarged or small
            spare = min(SPARE_FRAMES, piece.frames // 4)
            source = frames(
                Path(piece.path), width, height, piece.frames, start=piece.start, method="LANCZOS", spare=spare,
                speed=piece.speed,
            )  # fmt: skip
            for planes in source:
                writer.frame(sharpen(planes, height) if small else planes)
                done += 1
                if done % 12 == 0:
                    send(100 * done / total)
            writer.sound(_sound_of(piece))
    return enlarged


def _sound_of(piece: Piece) -> Any:
    samples = piece.frames * SAMPLE_RATE // FPS
    samples_of_piece = sound(Path(piece.path), samples, start=piece.start * SAMPLE_RATE // FPS)
    if samples_of_piece is None:
        return np.zeros((samples, 2), np.int16)
    ramp = np.linspace(0, 1, min(FADE, samples // 2), dtype=np.float32)[:, None]
    if piece.start:
        samples_of_piece[: len(ramp)] = (samples_of_piece[: len(ramp)] * ramp).astype(np.int16)
    tail = samples_of_piece[samples - len(ramp) :]
    samples_of_piece[samples - len(ramp) :] = (tail * ramp[::-1]).astype(np.int16)
    return samples_of_piece


def sharpen(planes: Planes, height: int) -> Planes:
    """Return enlarged planes with sharper edges: an unsharp mask on the luma."""
    light = planes[:height]
    soft = cv2.GaussianBlur(light, (0, 0), 1.2)
    out = planes.copy()
    out[:height] = cv2.addWeighted(light, 1.35, soft, -0.35, 0)
    return out


def _is_smaller(path: str, size: tuple[int, int]) -> bool:
    with open_video(path) as container:
        stream = container.streams.video[0]
        return max(size[0] / stream.width, size[1] / stream.height) > 1.01


def _fits(piece: Piece, size: tuple[int, int]) -> bool:
    with open_video(piece.path) as container:
        stream = container.streams.video[0]
        plain = "mp4" in container.format.name and stream.codec_context.name == "h264"
        plain = plain and stream.pix_fmt == "yuv420p" and bool(container.streams.audio)
        plain = plain and stream.codec_context.colorspace in BT709_OR_UNTAGGED
    if not plain or piece.start or piece.speed != 1:
        return False
    clip = probe(piece.path)
    return (clip.width, clip.height, clip.frames) == (*size, piece.frames) and round(clip.fps, 3) == FPS


def _copy(path: str, output: str, comment: str) -> None:
    with (
        open_video(path) as source,
        av.open(output, "w", format="mp4", options={"movflags": "+faststart"}) as target,
    ):
        if comment:
            target.metadata["comment"] = comment
        copied = [source.streams.video[0], source.streams.audio[0]]
        streams = {stream.index: target.add_stream_from_template(stream) for stream in copied}
        tag = BitStreamFilterContext(TAGS, copied[0], streams[copied[0].index])
        for packet in source.demux(copied):
            if packet.dts is None:
                continue
            index = packet.stream.index
            for tagged in tag.filter(packet) if index == copied[0].index else [packet]:
                tagged.stream = streams[index]
                target.mux(tagged)


def still(path: str, number: int, output: str) -> None:
    """Write one frame of a video, counted at 24 per second, as a JPEG."""
    with open_video(path) as container:
        stream = container.streams.video[0]
        width, height = stream.width // 2 * 2, stream.height // 2 * 2
    planes = next(frames(Path(path), width, height, 1, start=number))
    _write_jpeg(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), output)


def crop(path: str, output: str, size: tuple[int, int] | None) -> None:
    """Write an image as a JPEG, cropped to a size's aspect ratio, never enlarged; transparent parts become white."""
    image = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    if image is None:
        raise FileInvalid("A stored image cannot be read.")
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if image.shape[2] == 4:
        alpha = image[..., 3:].astype(np.float32) / 255
        image = (image[..., :3] * alpha + 255 * (1 - alpha) + 0.5).astype(np.uint8)
    if size is not None:
        image = _cut(image, *size)
    _write_jpeg(image, output)


def _cut(image: Any, width: int, height: int) -> Any:
    rows, columns = image.shape[:2]
    cut_width = min(columns, round(rows * width / height))
    cut_height = min(rows, round(columns * height / width))
    left, top = (columns - cut_width) // 2, (rows - cut_height) // 2
    part = image[top : top + cut_height, left : left + cut_width]
    if cut_width <= width and cut_height <= height:
        return part
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)


def _write_jpeg(image: Any, output: str) -> None:
    if not cv2.imwrite(output, image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]):
        raise FileInvalid("An image could not be written.")
