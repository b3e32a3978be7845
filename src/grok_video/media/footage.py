"""Reading frames and sound of a video, at 24 frames per second and any size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from ..domain.errors import FileInvalid
from ..domain.request import FPS
from .containers import open_video
from .encode import SAMPLE_RATE

Planes = NDArray[np.uint8]

# FFmpeg's numbers of the two standard-definition matrices. Untagged video counts as bt709, as in players.
BT601 = (5, 6)


def frames(
    path: Path,
    width: int,
    height: int,
    count: int,
    *,
    start: int = 0,
    method: str | None = None,
    spare: int = 10**6,
    speed: float = 1.0,
) -> Iterator[Planes]:
    """Yield `count` I420 frames (height*3/2 x width) from frame `start` on, sampled at 24 per second, cropped to fill.

    `method` is FFmpeg's name of a scaler, `speed` how many of the video's seconds pass in one second. If the file ends
    early, its last frame is repeated. Raises FileInvalid for more than `spare` repeated frames, or if there is no frame
    at all.
    """
    with open_video(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        decoded = container.decode(stream)
        current, following = next(decoded, None), next(decoded, None)
        if current is None:
            raise FileInvalid("The video has no frame that can be decoded.")
        start_time, tick = current.time or 0.0, 1 / float(stream.average_rate or FPS)
        fitted: Planes | None = None
        for number in range(start, start + count):
            at = number / FPS * speed
            while following is not None and (following.time or 0.0) - start_time <= at + 1e-4:
                current, following, fitted = following, next(decoded, None), None
            missing = at - ((current.time or 0.0) - start_time) - tick
            if following is None and missing > (spare - 0.5) / FPS:
                raise FileInvalid(f"The video ends after {number - spare} frames; {start + count} are needed.")
            if fitted is None:
                fitted = fit(current, width, height, method)
            yield fitted


def fit(frame: Any, width: int, height: int, method: str | None = None) -> Planes:
    """Return a frame's I420 planes, scaled and cropped evenly to fill a size."""
    if frame.colorspace in BT601:
        frame = frame.reformat(src_colorspace="ITU601", dst_colorspace="ITU709", format="yuv420p")
    if (frame.width, frame.height) == (width, height):
        return frame.to_ndarray(format="yuv420p")
    scale = max(width / frame.width, height / frame.height)
    scaled_width = max(width, round(frame.width * scale / 2) * 2)
    scaled_height = max(height, round(frame.height * scale / 2) * 2)
    planes = frame.reformat(
        width=scaled_width, height=scaled_height, format="yuv420p", interpolation=method
    ).to_ndarray()
    left, top = (scaled_width - width) // 4 * 2, (scaled_height - height) // 4 * 2
    flat, luma = planes.reshape(-1), scaled_width * scaled_height
    parts = [planes[top : top + height, left : left + width]]
    for plane in np.split(flat[luma:], 2):
        colour = plane.reshape(scaled_height // 2, scaled_width // 2)
        parts.append(colour[top // 2 : (top + height) // 2, left // 2 : (left + width) // 2])
    return np.concatenate([part.reshape(-1) for part in parts]).reshape(height * 3 // 2, width)


def sound(path: Path, samples: int, *, start: int = 0) -> NDArray[np.int16] | None:
    """Return samples of a video's sound as 44.1 kHz stereo, padded with silence; None if it has no sound."""
    with open_video(str(path)) as container:
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
        available = np.concatenate(parts)[start : start + samples]
        whole[: len(available)] = available
    return whole
