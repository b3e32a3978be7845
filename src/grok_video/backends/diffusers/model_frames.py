"""Images and videos of the child process: a request's files as a pipeline's arguments, and its frames as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib import import_module
from math import ceil
from typing import Any, cast

import av
import numpy as np
from PIL import Image

from ...domain.request import FPS
from ...media.encode import Mp4Writer

# What a model takes for a frame that it is to make.
UNKNOWN = (128, 128, 128)
KNOWN_MASK, UNKNOWN_MASK = 0, 255
# This file is an intermediate: what is delivered is encoded from it.
CRF = 12


def arguments_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request's arguments with its tables replaced.

    `{image: FILE}` becomes an image, `{video: FILE, frames: N}` the first N frames at the model's rate, `{timeline:
    [BEGIN, END?]}` all frames of the video, grey where they are to be made, `{mask: [BEGIN, END?]}` what says so, and
    `{conditions: [BEGIN, END?]}` what LTX-2 takes in their place. BEGIN is an image or a video, END an image.
    """
    opened = _Opener(request)
    return {name: opened.open(value) for name, value in request["arguments"].items()}


class _Opener:
    def __init__(self, request: Mapping[str, Any]) -> None:
        self._size: tuple[int, int] = (request["size"][0], request["size"][1])
        self._frames: int = request["frames"]
        self._per_frame: float = FPS / request["fps"]

    def open(self, value: Any) -> Any:
        """Return a value with every table in it replaced."""
        match value:
            case {"image": str(file)}:
                with Image.open(file) as image:
                    return image.convert("RGB")
            case {"video": str(file), "frames": int(number)}:
                return self._read(file, number)
            case {"timeline": [*ends]}:
                return self._filled(ends, Image.new("RGB", self._size, UNKNOWN))
            case {"mask": [*ends]}:
                known = Image.new("L", self._size, KNOWN_MASK)
                frames = self._filled(ends, Image.new("L", self._size, UNKNOWN_MASK))
                return [frame if frame.mode == "L" else known for frame in frames]
            case {"conditions": [*ends]}:
                return [_condition(end, 0 if number == 0 else -1) for number, end in enumerate(map(self.open, ends))]
            case list() | tuple():
                return [self.open(item) for item in cast("Sequence[Any]", value)]
            case _:
                return value

    def _read(self, file: str, number: int) -> list[Image.Image]:
        """Return frames of a video at 24 per second at the model's rate; the last one is repeated."""
        with av.open(file) as container:
            every = [frame.to_image() for frame in container.decode(video=0)]
        # The frame at which footage.frames shows the model's one.
        return [every[min(len(every) - 1, ceil(index * self._per_frame - 1e-6))] for index in range(number)]

    def _filled(self, ends: list[Any], unknown: Image.Image) -> list[Image.Image]:
        begin, *rest = [self._fitted(self.open(end)) for end in ends]
        end = rest[0] if rest else []
        return [*begin, *[unknown] * (self._frames - len(begin) - len(end)), *end]

    def _fitted(self, value: Any) -> list[Image.Image]:
        images: list[Image.Image] = value if isinstance(value, list) else [value]
        return [image.resize(self._size, Image.Resampling.LANCZOS) for image in images]


def _condition(frames: Any, index: int) -> Any:
    module = import_module("diffusers.pipelines.ltx2.pipeline_ltx2_condition")
    return module.LTX2VideoCondition(frames=frames, index=index)


def write_video(request: Mapping[str, Any], made: Any, pipe: Any) -> dict[str, Any]:
    """Write what a pipeline made, without its trailing frames, and return the file's facts."""
    frames = made.frames[0]
    count = len(frames) - request["trailing"]
    height, width = frames[0].shape[:2]
    sound = _samples(made, pipe)
    rate = Fraction(request["fps"]).limit_denominator(1001)
    with Mp4Writer(request["output"], width, height, crf=CRF, fps=rate) as writer:
        for frame in frames[:count]:
            if not np.isfinite(frame).all():
                raise ValueError("a frame has values that are no numbers")
            pixels = (np.clip(frame, 0, 1) * 255 + 0.5).astype(np.uint8)
            drawn = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            planes: Any = drawn.reformat(format="yuv420p", dst_colorspace="ITU709").to_ndarray()
            writer.frame(planes)
        if sound is not None:
            writer.sound(sound)
    return {
        "width": width, "height": height, "frames": count, "fps": float(rate), "sound": sound is not None,
    }  # fmt: skip


def _samples(made: Any, pipe: Any) -> Any:
    """Return the sound as 16-bit stereo at the writer's rate, shaped (n, 2), or None if there is none."""
    audio = getattr(made, "audio", None)
    if audio is None:
        return None
    waves = np.asarray(audio[0].float().cpu(), np.float32)
    waves = np.broadcast_to(waves if waves.ndim == 2 else waves[None], (2, waves.shape[-1]))
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(waves), format="fltp", layout="stereo")
    frame.sample_rate = pipe.vocoder.config.output_sampling_rate
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=44100)
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([part.to_ndarray().reshape(-1, 2) for part in parts])
