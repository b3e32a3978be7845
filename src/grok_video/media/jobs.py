"""Work on pictures and videos for sandbox children, by name: the server itself loads none of the libraries for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ..domain.task import Clip

MAX_PICTURE_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Named:
    """A function of this package by `module.name`, imported where it is called; it pickles as its name."""

    name: str

    def __call__(self, *args: Any) -> Any:
        """Import it and call it."""
        module, _, function = self.name.rpartition(".")
        return getattr(import_module(f".{module}", __package__), function)(*args)


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames of a video at 24 per second: so many from `start` on."""

    path: str
    frames: int
    start: int = 0


finish: Callable[[str, str, str, tuple[int, int, int]], Clip] = Named("clip.finish")
admit_source: Callable[[str, str, str], tuple[int, int, int]] = Named("clip.admit_source")
decode_picture: Callable[[str, str, str], tuple[int, int]] = Named("images.decode_picture")
splice: Callable[[Callable[[Any], None], tuple[Piece, ...], str, tuple[int, int], str], bool] = Named("splice.splice")
still: Callable[[str, int, str], None] = Named("splice.still")
cropped: Callable[[str, str, tuple[int, int] | None], None] = Named("splice.cropped")
