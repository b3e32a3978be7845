"""Small real videos that are cheap to render and easy to check."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from .xai_rules import Order

RATE = Fraction(24)
SAMPLE_RATE = 44100
SAMPLES = 1024
CAP = 720
Size = tuple[int, int]


def frame_size(ratio: str, short: int) -> Size:
    """Width and height of a ratio at a resolution."""
    across, down = (int(part) for part in ratio.split(":"))
    long = short * max(across, down) // min(across, down)
    long -= long % (16 if short == 480 else 2)
    return (long, short) if across >= down else (short, long)


def picture_size(width: int, height: int, short: int) -> Size:
    """Even width and height with the ratio of an image."""
    scale = short / min(width, height)
    return _even(width * scale), _even(height * scale)


def colour_of(prompt: str) -> tuple[int, int, int]:
    """The plain colour that a prompt is drawn in; never near white."""
    red, green, blue = (30 + byte * 150 // 255 for byte in hashlib.sha256(prompt.encode()).digest()[:3])
    return red, green, blue


def render(order: Order, target: Path, *, shorter: float = 0, other: bool = False) -> None:
    """Make the video of an order; `shorter` takes seconds off the end, `other` lets the bar move the other way."""
    if order.path == "generations":
        size, rate = _generated_size(order), RATE
        frames = _generated(order, size, other)
        count = order.seconds * RATE
    else:
        size, rate, frames = _derived(order, other)
        count = round(order.output_seconds * rate)
    count = max(1, round(count - shorter * rate))
    partial = target.with_suffix(".part")
    encode(partial, frames, count, size, rate, order.sound)
    partial.replace(target)


def _generated_size(order: Order) -> Size:
    if order.image is None:
        return frame_size(order.ratio, order.short)
    height, width = order.image.shape[:2]
    return picture_size(width, height, order.short)


def _generated(order: Order, size: Size, other: bool) -> Iterator[np.ndarray]:
    """Draw a new video: what it is about with a bar that moves over it, and the pinned frames untouched."""
    total = order.seconds * int(RATE)
    pinned = {round(time * RATE): picture for time, picture in order.keyframes}
    if order.image is not None:
        pinned[0] = order.image
    if order.last_frame is not None:
        pinned[total - 1] = order.last_frame
    if order.references:
        ground = _stripes(order, size)
    elif order.image is not None:
        ground = order.image
    else:
        ground = _plain(order.prompt, size)
    yield from _barred(ground, {at: yuv_planes(picture, size) for at, picture in pinned.items()}, total, size, other)


def _derived(order: Order, other: bool) -> tuple[Size, Fraction, Iterator[np.ndarray]]:
    """Draw an edit (the input inverted) or an extension (the input, then a plain part)."""
    assert order.clip is not None
    size = _capped(order.clip.width, order.clip.height)
    with av.open(io.BytesIO(order.clip.data)) as container:
        rate = container.streams.video[0].average_rate or RATE
    source = _decoded(order.clip.data, size)
    if order.path == "edits":
        return size, rate, (inverted(frame) if not other else frame for frame in source)
    return size, rate, _extended(source, order, size, round(order.seconds * rate), other)


def _extended(source: Iterator[np.ndarray], order: Order, size: Size, new: int, other: bool) -> Iterator[np.ndarray]:
    yield from source
    yield from _barred(_plain(order.prompt, size), {}, new, size, other)


def _barred(
    ground: np.ndarray, pinned: Mapping[int, np.ndarray], total: int, size: Size, other: bool
) -> Iterator[np.ndarray]:
    """Move a white bar over an image, except at the pinned frames."""
    base = yuv_planes(ground, size)
    width, height = size
    bar = max(2, width // 32 * 2)
    for number in range(total):
        if number in pinned:
            yield pinned[number]
            continue
        step = total - 1 - number if other else number
        left = step * (width - bar) // max(1, total - 1) // 2 * 2
        frame = base.copy()
        frame[:height, left : left + bar] = 235
        chroma = frame[height:].reshape(2, height // 2, width // 2)
        chroma[:, :, left // 2 : (left + bar) // 2] = 128
        yield frame


def _plain(prompt: str, size: Size) -> np.ndarray:
    return np.full((size[1], size[0], 3), colour_of(prompt), np.uint8)


def _stripes(order: Order, size: Size) -> np.ndarray:
    """One vertical stripe for each reference, in order, in its mean colour."""
    means = np.array([[picture.mean(axis=(0, 1)).round() for picture in order.references]], np.uint8)
    return cv2.resize(means, size, interpolation=cv2.INTER_NEAREST)


def yuv_planes(picture: np.ndarray, size: Size) -> np.ndarray:
    """Scale an RGB image and turn it into planes."""
    if (picture.shape[1], picture.shape[0]) != size:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return frame.reformat(format="yuv420p").to_ndarray()


def _decoded(data: bytes, size: Size) -> Iterator[np.ndarray]:
    with av.open(io.BytesIO(data)) as container:
        for frame in container.decode(video=0):
            yield frame.reformat(width=size[0], height=size[1], format="yuv420p").to_ndarray()


def inverted(frame: np.ndarray) -> np.ndarray:
    """Invert an image of limited range: black is 16, white 235, grey 128."""
    height = frame.shape[0] * 2 // 3
    wide = frame.astype(np.int16)
    wide[:height] = 251 - wide[:height]
    wide[height:] = 256 - wide[height:]
    return wide.clip(0, 255).astype(np.uint8)


def _capped(width: int, height: int) -> Size:
    scale = min(1.0, CAP / min(width, height))
    return _even(width * scale), _even(height * scale)


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)


def encode(target: Path, frames: Iterator[np.ndarray], count: int, size: Size, rate: Fraction, sound: bool) -> None:
    """Encode at most `count` frames, and a quiet tone as long."""
    with av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "32"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        voice = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo") if sound else None
        for number, picture in enumerate(frames):
            if number == count:
                break
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if voice is not None:
            for tone in _tone(count / rate):
                container.mux(voice.encode(tone))
            container.mux(voice.encode())


def _tone(seconds: Fraction) -> Iterator[av.AudioFrame]:
    """A quiet tone, in whole frames that end with the video."""
    for start in range(0, int(seconds * SAMPLE_RATE) - SAMPLES, SAMPLES):
        wave = 0.02 * np.sin(2 * np.pi * 440 * (start + np.arange(SAMPLES)) / SAMPLE_RATE)
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]).astype(np.float32), format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = start
        yield frame
