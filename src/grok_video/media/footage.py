"""Frames and sound of a finished video, at 24 frames per second and any size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from ..domain.errors import FileInvalid
from ..domain.request import FPS
from .encode import SAMPLE_RATE

Planes = NDArray[np.uint8]

# FFmpeg's numbers of the two matrices of standard definition; what says nothing is taken for bt709, as players do.
BT601 = (5, 6)


def frames(
    path: Path, width: int, height: int, count: int, *, start: int = 0, method: str | None = None, spare: int = 10**6
) -> Iterator[Planes]:
    """Give I420 frames (height*3/2 x width) from frame `start` on, sampled at 24 per second, cropped to fill.

    `method` is FFmpeg's name of a scaler. Where the file ends early its last frame stays; more than `spare`
    such frames, or none at all, raise FileInvalid.
    """
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        decoded = container.decode(stream)
        current, coming = next(decoded, None), next(decoded, None)
        if current is None:
            raise FileInvalid("The video has no frame that can be decoded.")
        begin, tick = current.time or 0.0, 1 / float(stream.average_rate or FPS)
        fitted: Planes | None = None
        for number in range(start, start + count):
            while coming is not None and (coming.time or 0.0) - begin <= number / FPS + 1e-4:
                current, coming, fitted = coming, next(decoded, None), None
            missing = number / FPS - ((current.time or 0.0) - begin) - tick
            if coming is None and missing > (spare - 0.5) / FPS:
                raise FileInvalid(f"The video ends after {number - spare} frames; {start + count} are needed.")
            if fitted is None:
                fitted = fit(current, width, height, method)
            yield fitted


def fit(frame: Any, width: int, height: int, method: str | None = None) -> Planes:
    """Give a frame's I420 planes, scaled and cropped evenly to fill a size."""
    if frame.colorspace in BT601:
        frame = frame.reformat(src_colorspace="ITU601", dst_colorspace="ITU709", format="yuv420p")
    if (frame.width, frame.height) == (width, height):
        return frame.to_ndarray(format="yuv420p")
    scale = max(width / frame.width, height / frame.height)
    across = max(width, round(frame.width * scale / 2) * 2)
    down = max(height, round(frame.height * scale / 2) * 2)
    planes = frame.reformat(width=across, height=down, format="yuv420p", interpolation=method).to_ndarray()
    left, top = (across - width) // 4 * 2, (down - height) // 4 * 2
    flat, luma = planes.reshape(-1), across * down
    parts = [planes[top : top + height, left : left + width]]
    for plane in np.split(flat[luma:], 2):
        colour = plane.reshape(down // 2, across // 2)
        parts.append(colour[top // 2 : (top + height) // 2, left // 2 : (left + width) // 2])
    return np.concatenate([one.reshape(-1) for one in parts]).reshape(height * 3 // 2, width)


def sound(path: Path, samples: int, *, start: int = 0) -> NDArray[np.int16] | None:
    """Give samples of a video's sound as 44.1 kHz stereo, padded with silence; None without any."""
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
            if total >= start + samples:
                break
        else:
            parts += [piece.to_ndarray().reshape(-1, 2) for piece in resampler.resample(None)]
    whole = np.zeros((samples, 2), np.int16)
    if parts:
        found = np.concatenate(parts)[start : start + samples]
        whole[: len(found)] = found
    return whole
