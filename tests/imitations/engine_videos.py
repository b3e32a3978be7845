"""The videos that imitated engines make: easy to check, of any size, length and frame rate."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from .xai_videos import Size, colour_of, encode, inverted, yuv_planes


@dataclass(frozen=True)
class Scene:
    """What an engine shows.

    `keyframes` are RGB images by frame number (negative numbers count from the end), drawn untouched. `references`
    become vertical stripes of their mean colours. The frames of `source`, an MP4, are shown inverted. Without any of
    them the ground is `colour_of(prompt)`. A white bar moves over everything but keyframes.
    """

    prompt: str
    width: int
    height: int
    frames: int
    fps: float = 24
    sound: bool = False
    keyframes: dict[int, np.ndarray] = field(default_factory=dict[int, np.ndarray])
    references: Sequence[np.ndarray] = ()
    source: bytes | None = None


def make_video(scene: Scene, target: Path) -> None:
    """Encode a scene as an MP4."""
    rate = Fraction(scene.fps).limit_denominator(1001)
    partial = target.with_suffix(".part")
    encode(partial, _frames(scene), scene.frames, (scene.width, scene.height), rate, scene.sound)
    partial.replace(target)


def read_image(data: bytes) -> np.ndarray:
    """Return an image's pixels as RGB; raise ValueError if it is none."""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise ValueError("not an image")
    return np.ascontiguousarray(decoded[:, :, ::-1])


def _frames(scene: Scene) -> Iterator[np.ndarray]:
    size = (scene.width, scene.height)
    pinned = {number % scene.frames: yuv_planes(image, size) for number, image in scene.keyframes.items()}
    source = list(_source(scene.source, size)) if scene.source is not None else []
    ground = yuv_planes(_ground(scene), size)
    for number in range(scene.frames):
        if number in pinned:
            yield pinned[number]
        else:
            below = inverted(source[min(number, len(source) - 1)]) if source else ground
            yield _with_bar(below, size, number / max(1, scene.frames - 1))


def _ground(scene: Scene) -> np.ndarray:
    if scene.references:
        means = np.array([[image.mean(axis=(0, 1)).round() for image in scene.references]], np.uint8)
        return cv2.resize(means, (scene.width, scene.height), interpolation=cv2.INTER_NEAREST)
    if 0 in scene.keyframes:
        return scene.keyframes[0]
    return np.full((scene.height, scene.width, 3), colour_of(scene.prompt), np.uint8)


def _source(data: bytes, size: Size) -> Iterator[np.ndarray]:
    with av.open(io.BytesIO(data)) as container:
        for frame in container.decode(video=0):
            yield frame.reformat(width=size[0], height=size[1], format="yuv420p").to_ndarray()


def _with_bar(below: np.ndarray, size: Size, share: float) -> np.ndarray:
    width, height = size
    bar = max(2, width // 32 * 2)
    left = int(share * (width - bar)) // 2 * 2
    frame = below.copy()
    frame[:height, left : left + bar] = 235
    chroma = frame[height:].reshape(2, height // 2, width // 2)
    chroma[:, :, left // 2 : (left + bar) // 2] = 128
    return frame
