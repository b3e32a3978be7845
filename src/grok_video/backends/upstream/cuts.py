"""Which frames of a video a plan of calls uses."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = -1


@dataclass(frozen=True, slots=True)
class Cut:
    """Frames, at 24 per second, of the source (`of` is SOURCE) or of the result of call number `of` in the plan."""

    of: int
    start: int
    frames: int
