"""Finished files: probing, thumbnails, spritesheets. Facts come from the file, never from the request."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from PIL import Image

from ..domain.errors import FileInvalid, InvalidImage, WrongOutput
from ..domain.request import FPS
from ..domain.task import Clip
from .containers import CODEC_NAMES, CODECS, open_video
from .encode import SAMPLE_RATE, Mp4Writer

SHEET_COLUMNS = 5
SHEET_ROWS = 5
SHEET_CELL = 320
THUMBNAIL_SIDE = 640
MAX_SOURCE_SECONDS = 60
MAX_SOURCE_PIXELS = 3840 * 2160
# A stored source has at most this many times the bits of the file that came, within these limits, in kbit/s.
GROWTH = 4
MIN_KILOBITS, MAX_KILOBITS = 6_000, 24_000


def probe(path: str) -> Clip:
    """Return a video's facts, read from its packets; raise WrongOutput if it is not a complete video."""
    try:
        with open_video(path) as container:
            stream = container.streams.video[0]
            frames = sum(1 for packet in container.demux(stream) if packet.size)
            return Clip(
                width=stream.codec_context.width,
                height=stream.codec_context.height,
                fps=float(stream.average_rate or 0),
                frames=frames,
                bytes=os.path.getsize(path),
            )
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise WrongOutput(f"The finished file cannot be read: {error}.") from None


def facts(path: str) -> Mapping[str, Any]:
    """Return a video's width, height, frames, frames per second, and whether it has sound.

    Raises FileInvalid if it is not a video.
    """
    try:
        clip = probe(path)
        with open_video(path) as container:
            sound = bool(container.streams.audio)
    except (WrongOutput, av.error.FFmpegError) as error:
        raise FileInvalid(f"The upstream's finished file cannot be read: {error}.") from None
    return {"width": clip.width, "height": clip.height, "frames": clip.frames, "fps": clip.fps, "sound": sound}


def finish(path: str, thumbnail: str, sheet: str, expected: tuple[int, int, int]) -> Clip:
    """Probe a finished file, check it against (width, height, frames), and write its thumbnail and spritesheet.

    Raises WrongOutput if the file differs from what was requested.
    """
    clip = probe(path)
    actual = (clip.width, clip.height, clip.frames)
    if actual != expected or round(clip.fps, 3) != FPS:
        raise WrongOutput(
            f"The finished file has {actual[0]}x{actual[1]}, {actual[2]} frames at {clip.fps:g} per second; "
            f"requested were {expected[0]}x{expected[1]}, {expected[2]} frames at {FPS}."
        )
    draw_stills(path, clip, thumbnail, sheet)
    return clip


def draw_stills(path: str, clip: Clip, thumbnail: str, sheet: str) -> None:
    """Write a WebP thumbnail of the frame at one third and a 5x5 JPEG spritesheet of the whole clip."""
    cells = SHEET_COLUMNS * SHEET_ROWS
    expected = [round(index * (clip.frames - 1) / (cells - 1)) for index in range(cells)]
    poster = clip.frames // 3
    scale = SHEET_CELL / max(clip.width, clip.height)
    cell = (round(clip.width * scale), round(clip.height * scale))
    canvas = Image.new("RGB", (cell[0] * SHEET_COLUMNS, cell[1] * SHEET_ROWS))
    with open_video(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for number, frame in enumerate(container.decode(stream)):
            if number == poster:
                image = frame.to_image()
                image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
                image.save(thumbnail, format="WEBP", quality=82)
            if number in expected:
                small = frame.to_image(width=cell[0], height=cell[1])
                for index in (index for index, frame_number in enumerate(expected) if frame_number == number):
                    canvas.paste(small, (index % SHEET_COLUMNS * cell[0], index // SHEET_COLUMNS * cell[1]))
    canvas.save(sheet, format="JPEG", quality=85)


def admit_source(source: str, target: str, param: str) -> tuple[int, int, int]:
    """Decode an uploaded video completely, rotate it upright, and store it as a 24 fps MP4.

    Returns width, height and frames. Raises InvalidImage naming `param` if the file is not a video, is incomplete, or
    lasts longer than a minute.
    """
    try:
        with open_video(source, _container(source, param)) as container:
            _check_codecs(container, param)
            stream = container.streams.video[0]
            width, height = stream.codec_context.width, stream.codec_context.height
            if width * height > MAX_SOURCE_PIXELS or min(width, height) < 16:
                raise InvalidImage(f"{param} is {width}x{height}, which is not a usable size.", param=param)
            declared = float((stream.duration or 0) * (stream.time_base or 0)) or (container.duration or 0) / 1e6
            if declared > MAX_SOURCE_SECONDS + 0.5:
                raise InvalidImage(
                    f"{param} lasts {declared:.1f} seconds; up to {MAX_SOURCE_SECONDS} are allowed.", param=param
                )
            facts = _rewrite(container, target, _max_kilobits(source, declared))
    except (av.error.FFmpegError, IndexError, OSError) as error:
        # Without the library's own words, which name a path of this server.
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise InvalidImage(f"{param} cannot be read as a video: {reason}.", param=param) from None
    if facts[2] < 1 or facts[2] < (declared - 0.5) * FPS:
        raise InvalidImage(
            f"{param} is incomplete: {facts[2] / FPS:.1f} of {declared:.1f} seconds can be decoded.", param=param
        )
    return facts


def _check_codecs(container: Any, param: str) -> None:
    """Raise InvalidImage if the video or its sound needs a decoder that is not in CODECS."""
    for stream in (*container.streams.video[:1], *container.streams.audio[:1]):
        name = stream.codec_context.name if stream.codec_context else "unknown"
        if name not in CODECS:
            raise InvalidImage(f"{param} is encoded as {name[:40]}; send {CODEC_NAMES}.", param=param)


def _max_kilobits(source: str, seconds: float) -> int:
    """Return how many kbit/s a stored source may have: in proportion to the file that came, within limits."""
    given = os.path.getsize(source) * 8 / 1000 / max(1.0, seconds)
    return round(min(MAX_KILOBITS, max(MIN_KILOBITS, GROWTH * given)))


def _rewrite(container: Any, target: str, max_kilobits: int) -> tuple[int, int, int]:
    """Re-encode a video at 24 frames per second, upright, with even sizes, and with its sound if it has any.

    What lasts longer than MAX_SOURCE_SECONDS, whatever the file declares, is cut off.
    """
    sampler = _FrameSampler(target, max_kilobits)
    sound: list[Any] = []
    samples = 0
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=SAMPLE_RATE)
    streams = [container.streams.video[0], *container.streams.audio[:1]]
    tick = 1 / float(container.streams.video[0].average_rate or FPS)
    for frame in container.decode(*streams):
        if isinstance(frame, av.AudioFrame):
            samples += frame.samples * SAMPLE_RATE // (frame.sample_rate or SAMPLE_RATE)
            if samples > (MAX_SOURCE_SECONDS + 1) * SAMPLE_RATE:
                continue
            sound += [piece.to_ndarray().reshape(-1, 2) for piece in resampler.resample(frame)]
        else:
            sampler.add(_upright(frame), frame.time or 0.0, tick)
    return sampler.finish(sound)


class _FrameSampler:
    """Samples frames at 24 per second: each lasts until the next one, and those between two ticks are skipped."""

    def __init__(self, target: str, max_kilobits: int) -> None:
        self._target = target
        self._max_kilobits = max_kilobits
        self._writer: Mp4Writer | None = None
        self._held: Any = None
        self._start = self._end = 0.0
        self._written = 0

    def add(self, planes: Any, time: float, tick: float) -> None:
        """Add the frame of a time in seconds, which lasts for at least `tick` seconds."""
        if self._writer is None:
            height, width = planes.shape[0] * 2 // 3, planes.shape[1]
            self._writer = Mp4Writer(
                self._target, width, height, preset="ultrafast", crf=14, max_kilobits=self._max_kilobits
            )
            self._start = time
        else:
            self._hold_until(math.ceil((time - self._start) * FPS - 1e-3))
        self._held, self._end = planes, time - self._start + tick

    def _hold_until(self, frames: int) -> None:
        while self._writer is not None and self._written < min(frames, MAX_SOURCE_SECONDS * FPS):
            self._writer.frame(self._held)
            self._written += 1

    def finish(self, sound: list[Any]) -> tuple[int, int, int]:
        """Write the last frame and the sound; return width, height and frames."""
        if self._writer is None:
            return 0, 0, 0
        self._hold_until(max(1, round(self._end * FPS)))
        if sound:
            self._writer.sound(np.concatenate(sound)[: self._written * SAMPLE_RATE // FPS])
        self._writer.close()
        return self._held.shape[1], self._held.shape[0] * 2 // 3, self._written


def _upright(frame: Any) -> Any:
    """Return a frame's I420 planes, rotated as its display matrix says and cropped to even size."""
    if frame.width % 2 or frame.height % 2 or frame.format.name != "yuv420p":
        frame = frame.reformat(width=frame.width // 2 * 2, height=frame.height // 2 * 2, format="yuv420p")
    planes = frame.to_ndarray(format="yuv420p")
    turns = round(frame.rotation / 90) % 4
    if not turns:
        return planes
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    flat = planes.reshape(-1)
    y, chroma = flat[: width * height].reshape(height, width), flat[width * height :]
    u, v = (plane.reshape(height // 2, width // 2) for plane in np.split(chroma, 2))
    rotated = [np.rot90(plane, turns) for plane in (y, u, v)]
    return np.concatenate([plane.reshape(-1) for plane in rotated]).reshape(-1, rotated[0].shape[1])


def _container(path: str, param: str) -> str:
    with Path(path).open("rb") as file:
        head = file.read(12)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if head[4:8] in (b"ftyp", b"moov", b"wide", b"mdat"):
        return "mov"
    raise InvalidImage(f"{param} is not a video: send MP4, MOV or WebM.", param=param)
