"""Cutting, joining and resizing finished videos; to be called in sandbox children."""

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
from .encode import SAMPLE_RATE, Mp4Writer
from .footage import Planes, frames, sound
from .jobs import Piece

# Frames that an upstream's video may be shorter than asked: its last frame stays that long, which nobody sees.
SPARE_FRAMES = 12
# Sound is faded over this many samples where two pieces meet, so that nothing clicks.
FADE = 256
# What most upstreams leave unsaid, and players then guess.
TAGS = "h264_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1:video_full_range_flag=0"
BT709_OR_UNSAID = (1, 2)
JPEG_QUALITY = 94


def splice(
    send: Callable[[Any], None], pieces: tuple[Piece, ...], output: str, size: tuple[int, int], comment: str = ""
) -> bool:
    """Join pieces into one video of a size; tell whether any had to be enlarged.

    A single piece that is all that was asked already is passed on as it is. Raises FileInvalid for what is
    no video or too short.
    """
    try:
        if len(pieces) == 1 and _is_right(pieces[0], size):
            _pass_on(pieces[0].path, output, comment)
            return False
        return _join(send, pieces, output, size, comment)
    except (av.error.FFmpegError, IndexError) as error:
        raise FileInvalid(f"The video can not be read: {error}.") from None


def _join(
    send: Callable[[Any], None], pieces: tuple[Piece, ...], output: str, size: tuple[int, int], comment: str
) -> bool:
    width, height = size
    total, done, enlarged = sum(one.frames for one in pieces), 0, False
    with Mp4Writer(output, width, height, preset="veryfast", crf=18, comment=comment) as writer:
        for piece in pieces:
            small = _is_smaller(piece.path, size)
            enlarged = enlarged or small
            drawn = frames(
                Path(piece.path), width, height, piece.frames, start=piece.start, method="LANCZOS", spare=SPARE_FRAMES
            )
            for planes in drawn:
                writer.frame(sharpened(planes, height) if small else planes)
                done += 1
                if done % 12 == 0:
                    send(100 * done / total)
            writer.sound(_sound_of(piece))
    return enlarged


def _sound_of(piece: Piece) -> Any:
    samples = piece.frames * SAMPLE_RATE // FPS
    found = sound(Path(piece.path), samples, start=piece.start * SAMPLE_RATE // FPS)
    if found is None:
        return np.zeros((samples, 2), np.int16)
    ramp = np.linspace(0, 1, min(FADE, samples // 2), dtype=np.float32)[:, None]
    if piece.start:
        found[: len(ramp)] = (found[: len(ramp)] * ramp).astype(np.int16)
    found[samples - len(ramp) :] = (found[samples - len(ramp) :] * ramp[::-1]).astype(np.int16)
    return found


def sharpened(planes: Planes, height: int) -> Planes:
    """Bring back some of the edge that enlarging has taken: an unsharp mask on the brightness."""
    light = planes[:height]
    soft = cv2.GaussianBlur(light, (0, 0), 1.2)
    out = planes.copy()
    out[:height] = cv2.addWeighted(light, 1.35, soft, -0.35, 0)
    return out


def _is_smaller(path: str, size: tuple[int, int]) -> bool:
    with av.open(path) as container:
        stream = container.streams.video[0]
        return max(size[0] / stream.width, size[1] / stream.height) > 1.01


def _is_right(piece: Piece, size: tuple[int, int]) -> bool:
    with av.open(piece.path) as container:
        stream = container.streams.video[0]
        plain = "mp4" in container.format.name and stream.codec_context.name == "h264"
        plain = plain and stream.pix_fmt == "yuv420p" and bool(container.streams.audio)
        plain = plain and stream.codec_context.colorspace in BT709_OR_UNSAID
    if not plain or piece.start:
        return False
    clip = probe(piece.path)
    return (clip.width, clip.height, clip.frames) == (*size, piece.frames) and round(clip.fps, 3) == FPS


def _pass_on(path: str, output: str, comment: str) -> None:
    with (
        av.open(path) as source,
        av.open(output, "w", format="mp4", options={"movflags": "+faststart"}) as target,
    ):
        if comment:
            target.metadata["comment"] = comment
        wanted = [source.streams.video[0], source.streams.audio[0]]
        streams = {one.index: target.add_stream_from_template(one) for one in wanted}
        tag = BitStreamFilterContext(TAGS, wanted[0], streams[wanted[0].index])
        for packet in source.demux(wanted):
            if packet.dts is None:
                continue
            index = packet.stream.index
            for one in tag.filter(packet) if index == wanted[0].index else [packet]:
                one.stream = streams[index]
                target.mux(one)


def still(path: str, number: int, output: str) -> None:
    """Store one frame of a video, counted at 24 per second, as a JPEG."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        width, height = stream.width // 2 * 2, stream.height // 2 * 2
    planes = next(frames(Path(path), width, height, 1, start=number))
    _write_jpeg(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), output)


def cropped(path: str, output: str, size: tuple[int, int] | None) -> None:
    """Store a picture as a JPEG, cut evenly to a size's shape, never enlarged; see-through parts on white."""
    picture = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise FileInvalid("A stored picture can not be read.")
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    if picture.shape[2] == 4:
        alpha = picture[..., 3:].astype(np.float32) / 255
        picture = (picture[..., :3] * alpha + 255 * (1 - alpha) + 0.5).astype(np.uint8)
    if size is not None:
        picture = _cut(picture, *size)
    _write_jpeg(picture, output)


def _cut(picture: Any, width: int, height: int) -> Any:
    rows, columns = picture.shape[:2]
    across = min(columns, round(rows * width / height))
    down = min(rows, round(columns * height / width))
    left, top = (columns - across) // 2, (rows - down) // 2
    part = picture[top : top + down, left : left + across]
    if across <= width and down <= height:
        return part
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)


def _write_jpeg(picture: Any, output: str) -> None:
    if not cv2.imwrite(output, picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]):
        raise FileInvalid("A picture could not be stored.")
