"""Functions for sandbox children, by name: the server process itself loads none of the media libraries.

Their types are those of the results as they arrive, through JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

MAX_IMAGE_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LazyFunction:
    """A function of this package by `module.name`, imported when it is called; it pickles as its name."""

    name: str

    def __call__(self, *args: Any) -> Any:
        """Import the function and call it."""
        module, _, function = self.name.rpartition(".")
        return getattr(import_module(f".{module}", __package__), function)(*args)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a video at 24 frames per second: `frames` frames from frame `start` on.

    `speed` is how fast the images are played; the sound keeps its own speed.
    """

    path: str
    frames: int
    start: int = 0
    speed: float = 1.0


facts: Callable[[str], Mapping[str, Any]] = LazyFunction("clip.facts")
finish: Callable[[str, str, str, tuple[int, int, int]], Mapping[str, Any]] = LazyFunction("clip.finish")
admit_source: Callable[[str, str, str], tuple[int, int, int]] = LazyFunction("clip.admit_source")
decode_image: Callable[[str, str, str], tuple[int, int]] = LazyFunction("images.decode_image")
splice: Callable[[Callable[[Any], None], tuple[Piece, ...], str, tuple[int, int], str], bool] = LazyFunction(
    "splice.splice"
)
still: Callable[[str, int, str], None] = LazyFunction("splice.still")
crop: Callable[[str, str, tuple[int, int] | None], None] = LazyFunction("splice.crop")
