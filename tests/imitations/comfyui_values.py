"""What the nodes of the imitated ComfyUI hand to each other: models, texts, latents, images and videos."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image, ImageOps

from .engine_videos import Scene, make_video
from .xai_videos import encode, yuv_planes

AUDIO_RATE = 44100


@dataclass(frozen=True)
class Thing:
    """A model, text encoder, sampler or the like: all that matters is what it was loaded from."""

    kind: str
    name: str = ""
    steps: int = 0
    parts: tuple[Conditioning, ...] = ()


@dataclass(frozen=True)
class Vae:
    """A VAE: how many channels its latents have, and how much smaller they are in space and time."""

    name: str
    channels: int
    spatial: int
    temporal: int

    @classmethod
    def named(cls, name: str) -> Vae:
        """Return the VAE that a file or checkpoint of this name holds."""
        if "ltx" in name:
            return cls(name, 128, 32, 8)
        return cls(name, 48, 16, 4) if "wan2.2" in name else cls(name, 16, 8, 4)


@dataclass(frozen=True)
class Plan:
    """What a sampler shall show; `keyframes` are images by frame number, `source` is an MP4."""

    keyframes: Mapping[int, np.ndarray] = field(default_factory=dict[int, np.ndarray])
    references: Sequence[np.ndarray] = ()
    source: bytes | None = None
    prompt: str = ""

    def joined(self, other: Plan) -> Plan:
        """Return both together."""
        keyframes = {**self.keyframes, **other.keyframes}
        # The same picture comes in again with every sampler.
        new = [each for each in other.references if not any(each is known for known in self.references)]
        return Plan(keyframes, [*self.references, *new], other.source or self.source, other.prompt or self.prompt)


@dataclass(frozen=True)
class Conditioning:
    """A text with what was added to it; `guides` counts the latent frames that LTXVAddGuide put behind the video."""

    text: str
    plan: Plan = Plan()
    guides: int = 0


@dataclass(frozen=True)
class Latent:
    """A latent video; sizes are in latent pixels and frames; `sound` tells whether audio latents are nested in it."""

    channels: int
    frames: int
    width: int
    height: int
    batch: int = 1
    plan: Plan = Plan()
    sound: bool = False
    scaled: int = 1


@dataclass(frozen=True)
class AudioLatent:
    """Latent sound for a number of frames."""

    frames: int
    rate: float


@dataclass(frozen=True)
class Audio:
    """Sound."""


@dataclass(frozen=True)
class Images:
    """A batch of images: pixels, or the scene that will be drawn; `clip` is the MP4 that they came from untouched."""

    width: int
    height: int
    frames: int
    pictures: tuple[np.ndarray, ...] = ()
    scene: Scene | None = None
    clip: bytes | None = None

    @classmethod
    def of(cls, pictures: Sequence[np.ndarray], clip: bytes | None = None) -> Images:
        """Return a batch of RGB images of one size."""
        height, width = pictures[0].shape[:2]
        return cls(width, height, len(pictures), tuple(pictures), clip=clip)

    def drawn(self, count: int | None = None) -> tuple[np.ndarray, ...]:
        """Return the first images as pixels."""
        if self.pictures or self.scene is None:
            return self.pictures[:count]
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "scene.mp4"
            make_video(self.scene, target)
            return tuple(frames_of(target.read_bytes()))[:count]

    def resized(self, width: int, height: int, crop: str = "disabled") -> Images:
        """Return the batch in another size (comfy/utils.py:1105)."""
        if self.scene is not None:
            return replace(self, width=width, height=height, scene=replace(self.scene, width=width, height=height))
        pictures = tuple(fitted(picture, width, height, crop) for picture in self.pictures)
        return Images(width, height, self.frames, pictures, clip=self.clip)

    def as_clip(self) -> bytes:
        """Return the batch as an MP4."""
        if self.clip is not None:
            return self.clip
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "clip.mp4"
            write_pictures(self.drawn(), 24, False, target)
            return target.read_bytes()


@dataclass(frozen=True)
class Video:
    """A video: images with a frame rate and perhaps sound, or an MP4 as it was loaded."""

    images: Images | None = None
    fps: float = 24
    sound: bool = False
    clip: bytes | None = None


def fitted(picture: np.ndarray, width: int, height: int, crop: str = "center") -> np.ndarray:
    """Scale an image, after cutting it to the new ratio if `crop` is "center"."""
    old_height, old_width = picture.shape[:2]
    if crop == "center":
        old, new = old_width / old_height, width / height
        left = round((old_width - old_width * new / old) / 2) if old > new else 0
        top = round((old_height - old_height * old / new) / 2) if old < new else 0
        picture = picture[top : old_height - top, left : old_width - left]
    return cv2.resize(np.ascontiguousarray(picture), (width, height), interpolation=cv2.INTER_AREA)


def load_pictures(path: Path) -> tuple[np.ndarray, ...]:
    """Return an image as RGB, or the frames of a video; raise what the libraries raise for anything else."""
    data = path.read_bytes()
    if b"ftyp" in data[:16] or data[:4] == b"\x1aE\xdf\xa3":
        return tuple(frames_of(data))
    with Image.open(io.BytesIO(data)) as picture:
        turned = ImageOps.exif_transpose(picture).convert("RGB")
    return (np.asarray(turned),)


def frames_of(data: bytes) -> list[np.ndarray]:
    """Return the frames of a video as RGB."""
    with av.open(io.BytesIO(data)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def facts_of(data: bytes) -> tuple[float, bool]:
    """Return the frame rate of a video, and whether it has sound; raise for anything else."""
    with av.open(io.BytesIO(data)) as container:
        rate = container.streams.video[0].average_rate
        return float(rate or 24), bool(container.streams.audio)


def write_pictures(pictures: Sequence[np.ndarray], fps: float, sound: bool, target: Path) -> None:
    """Encode images as an MP4."""
    height, width = pictures[0].shape[:2]
    planes = (yuv_planes(picture, (width, height)) for picture in pictures)
    encode(target, planes, len(pictures), (width, height), Fraction(fps).limit_denominator(1001), sound)
