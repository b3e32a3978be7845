"""Finished files: probing, thumbnails, spritesheets. Facts come from decoding, never from a request."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from PIL import Image

from ..domain.errors import InvalidImage, Rejected
from ..domain.request import FPS
from ..domain.task import Clip
from .encode import SAMPLE_RATE, Mp4Writer

SHEET_COLUMNS = 5
SHEET_ROWS = 5
SHEET_CELL = 320
THUMBNAIL_SIDE = 640
MAX_SOURCE_SECONDS = 60
MAX_SOURCE_PIXELS = 3840 * 2160


class WrongOutput(Rejected):
    """The finished file is not what was asked."""

    code = "wrong_output"


def probe(path: str) -> Clip:
    """Read a video's facts by walking its packets; raise WrongOutput when it is no whole video."""
    try:
        with av.open(path) as container:
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
        raise WrongOutput(f"The finished file can not be read: {error}.") from None


def finish(path: str, thumbnail: str, sheet: str, expected: tuple[int, int, int]) -> Clip:
    """Probe a finished file, check it against (width, height, frames), and draw its two stills.

    Raises WrongOutput when the file differs from what was asked.
    """
    clip = probe(path)
    got = (clip.width, clip.height, clip.frames)
    if got != expected or round(clip.fps, 3) != FPS:
        raise WrongOutput(
            f"The finished file has {got[0]}x{got[1]}, {got[2]} frames at {clip.fps:g} per second; "
            f"asked were {expected[0]}x{expected[1]}, {expected[2]} frames at {FPS}."
        )
    draw_stills(path, clip, thumbnail, sheet)
    return clip


def draw_stills(path: str, clip: Clip, thumbnail: str, sheet: str) -> None:
    """Write a WebP thumbnail from a third into the clip and a 5x5 JPEG spritesheet over all of it."""
    cells = SHEET_COLUMNS * SHEET_ROWS
    wanted = [round(index * (clip.frames - 1) / (cells - 1)) for index in range(cells)]
    poster = clip.frames // 3
    scale = SHEET_CELL / max(clip.width, clip.height)
    cell = (round(clip.width * scale), round(clip.height * scale))
    canvas = Image.new("RGB", (cell[0] * SHEET_COLUMNS, cell[1] * SHEET_ROWS))
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for number, frame in enumerate(container.decode(stream)):
            if number == poster:
                picture = frame.to_image()
                picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
                picture.save(thumbnail, format="WEBP", quality=82)
            if number in wanted:
                small = frame.to_image(width=cell[0], height=cell[1])
                for place in (index for index, one in enumerate(wanted) if one == number):
                    canvas.paste(small, (place % SHEET_COLUMNS * cell[0], place // SHEET_COLUMNS * cell[1]))
    canvas.save(sheet, format="JPEG", quality=85)


def admit_source(source: str, target: str, param: str) -> tuple[int, int, int]:
    """Decode an uploaded video whole, turn it upright, and store it as a 24 fps MP4 of our own.

    Returns width, height and frames. Raises InvalidImage naming `param` for what is no video, is cut off,
    or lasts longer than a minute.
    """
    try:
        with av.open(source, format=_container(source, param)) as container:
            stream = container.streams.video[0]
            width, height = stream.codec_context.width, stream.codec_context.height
            if width * height > MAX_SOURCE_PIXELS or min(width, height) < 16:
                raise InvalidImage(f"{param} is {width}x{height}, which is not a usable size.", param=param)
            promised = float((stream.duration or 0) * (stream.time_base or 0)) or (container.duration or 0) / 1e6
            if promised > MAX_SOURCE_SECONDS + 0.5:
                raise InvalidImage(
                    f"{param} lasts {promised:.1f} seconds; up to {MAX_SOURCE_SECONDS} are allowed.", param=param
                )
            facts = _rewrite(container, target)
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise InvalidImage(f"{param} can not be read as a video: {error}.", param=param) from None
    if facts[2] < 1 or facts[2] < (promised - 0.5) * FPS:
        raise InvalidImage(
            f"{param} is cut off: {facts[2] / FPS:.1f} of {promised:.1f} seconds can be decoded.", param=param
        )
    return facts


def _rewrite(container: Any, target: str) -> tuple[int, int, int]:
    """Write every frame anew at 24 per second, upright and of even size, with the sound that there is."""
    pace = _Pace(target)
    sound: list[Any] = []
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=SAMPLE_RATE)
    streams = [container.streams.video[0], *container.streams.audio[:1]]
    tick = 1 / float(container.streams.video[0].average_rate or FPS)
    for frame in container.decode(*streams):
        if isinstance(frame, av.AudioFrame):
            sound += [piece.to_ndarray().reshape(-1, 2) for piece in resampler.resample(frame)]
        else:
            pace.show(_upright(frame), frame.time or 0.0, tick)
    return pace.finish(sound)


class _Pace:
    """Shows frames at 24 per second: each stands until the next one comes, those between two ticks are skipped."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._writer: Mp4Writer | None = None
        self._held: Any = None
        self._start = self._end = 0.0
        self._written = 0

    def show(self, planes: Any, time: float, tick: float) -> None:
        """Hold the frame of a time in seconds, which stands for `tick` seconds at least."""
        if self._writer is None:
            height, width = planes.shape[0] * 2 // 3, planes.shape[1]
            self._writer = Mp4Writer(self._target, width, height, preset="ultrafast", crf=14)
            self._start = time
        else:
            self._hold_until(math.ceil((time - self._start) * FPS - 1e-3))
        self._held, self._end = planes, time - self._start + tick

    def _hold_until(self, frames: int) -> None:
        while self._writer is not None and self._written < min(frames, MAX_SOURCE_SECONDS * FPS):
            self._writer.frame(self._held)
            self._written += 1

    def finish(self, sound: list[Any]) -> tuple[int, int, int]:
        """Write the last frame and the sound; give width, height and frames."""
        if self._writer is None:
            return 0, 0, 0
        self._hold_until(max(1, round(self._end * FPS)))
        if sound:
            self._writer.sound(np.concatenate(sound)[: self._written * SAMPLE_RATE // FPS])
        self._writer.close()
        return self._held.shape[1], self._held.shape[0] * 2 // 3, self._written


def _upright(frame: Any) -> Any:
    """Give a frame's I420 planes, turned as its display matrix says and cut to even size."""
    if frame.width % 2 or frame.height % 2 or frame.format.name != "yuv420p":
        frame = frame.reformat(width=frame.width // 2 * 2, height=frame.height // 2 * 2, format="yuv420p")
    planes = frame.to_ndarray(format="yuv420p")
    turns = round(frame.rotation / 90) % 4
    if not turns:
        return planes
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    flat = planes.reshape(-1)
    y, chroma = flat[: width * height].reshape(height, width), flat[width * height :]
    u, v = (one.reshape(height // 2, width // 2) for one in np.split(chroma, 2))
    turned = [np.rot90(plane, turns) for plane in (y, u, v)]
    return np.concatenate([plane.reshape(-1) for plane in turned]).reshape(-1, turned[0].shape[1])


def _container(path: str, param: str) -> str:
    with Path(path).open("rb") as file:
        head = file.read(12)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if head[4:8] in (b"ftyp", b"moov", b"wide", b"mdat"):
        return "mov"
    raise InvalidImage(f"{param} is not a video: send MP4, MOV or WebM.", param=param)
