"""Frames and sound of an existing video, at 24 frames per second and any size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ...domain.errors import Rejected
from ...domain.request import FPS
from ...media.encode import SAMPLE_RATE
from .light import GRADES, hex_colour
from .planes import U8, Frame


def frames(path: Path, width: int, height: int, count: int) -> Iterator[Frame]:
    """Give the first `count` frames, sampled at 24 per second and cropped to fill the size.

    Where the file ends early its last frame stays.
    """
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        decoded = container.decode(stream)
        held = next(decoded, None)
        if held is None:
            raise Rejected("The source video has no frame that can be decoded.")
        start = held.time or 0.0
        current, coming = _fitted(held, width, height), next(decoded, None)
        for number in range(count):
            while coming is not None and (coming.time or 0.0) - start <= number / FPS + 1e-4:
                current, coming = _fitted(coming, width, height), next(decoded, None)
            yield current


def _fitted(frame: Any, width: int, height: int) -> Frame:
    if (frame.width, frame.height) == (width, height):
        return Frame.of(frame.to_ndarray(format="yuv420p"))
    scale = max(width / frame.width, height / frame.height)
    across = max(width, round(frame.width * scale / 2) * 2)
    down = max(height, round(frame.height * scale / 2) * 2)
    scaled = Frame.of(frame.reformat(width=across, height=down, format="yuv420p").to_ndarray())
    left, top = (across - width) // 4 * 2, (down - height) // 4 * 2
    out = Frame.empty(width, height)
    out.y[:] = scaled.y[top : top + height, left : left + width]
    for source, target in ((scaled.u, out.u), (scaled.v, out.v)):
        target[:] = source[top // 2 : (top + height) // 2, left // 2 : (left + width) // 2]
    return out


def sound(path: Path, samples: int) -> NDArray[np.int16] | None:
    """Give the first samples of a video's sound as 44.1 kHz stereo, padded with silence; None without."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=SAMPLE_RATE)
        # PyAV's stubs allow every sample type here; the resampler gives int16.
        parts: list[NDArray[Any]] = []
        total = 0
        for frame in container.decode(container.streams.audio[0]):
            for piece in resampler.resample(frame):
                parts.append(piece.to_ndarray().reshape(-1, 2))
                total += len(parts[-1])
            if total >= samples:
                break
        else:
            parts += [piece.to_ndarray().reshape(-1, 2) for piece in resampler.resample(None)]
    whole = np.zeros((samples, 2), np.int16)
    if parts:
        found = np.concatenate(parts)[:samples]
        whole[: len(found)] = found
    return whole


class Grade:
    """A new look for real frames, one table per plane; a `plain` one only changes the time of day."""

    def __init__(self, time: str | None, look: float, tint: str | None, *, plain: bool = False) -> None:
        steps = np.arange(256, dtype=np.float32)
        light, du, dv = {
            "night": (0.5, 16.0, -6.0),
            "dusk": (0.68, 9.0, 0.0),
            "sunset": (0.88, -14.0, 16.0),
            "dawn": (0.94, -5.0, 10.0),
            "day": (1.06, 0.0, 0.0),
        }.get(time or "", (1.0, 0.0, 0.0))
        if not plain:
            red, green, blue = hex_colour(tint or GRADES[int(look * len(GRADES)) % len(GRADES)])
            luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
            strength = 0.6 if tint else 0.45
            du += strength * 224 * (blue - luma) / 1.8556 * 0.5
            dv += strength * 224 * (red - luma) / 1.5748 * 0.5
        self._y = _table(16 + (steps - 16) * light)
        self._u = _table(128 + (steps - 128) * 0.8 + du)
        self._v = _table(128 + (steps - 128) * 0.8 + dv)

    def apply(self, frame: Frame) -> Frame:
        """Give the frame in its new look."""
        out = Frame.empty(frame.y.shape[1], frame.y.shape[0])
        for source, table, target in ((frame.y, self._y, out.y), (frame.u, self._u, out.u), (frame.v, self._v, out.v)):
            cv2.LUT(source, table, target)
        return out

    def partly(self, frame: Frame, share: float) -> None:
        """Take a frame, in place, a share of the way."""
        steps = np.arange(256, dtype=np.float32)
        for plane, table in ((frame.y, self._y), (frame.u, self._u), (frame.v, self._v)):
            cv2.LUT(plane, _table(steps + share * (table.astype(np.float32) - steps)), plane)


def _table(values: NDArray[Any]) -> U8:
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)
