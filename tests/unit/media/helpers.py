"""What several of these modules use."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from grok_video.media.encode import SAMPLE_RATE, Mp4Writer


def movie(path: Path, *, frames: int = 30, width: int = 320, height: int = 180) -> Path:
    """A video that turns from black to white, with sound."""
    with Mp4Writer(str(path), width, height) as writer:
        for number in range(frames):
            plane = np.full((height * 3 // 2, width), 128, np.uint8)
            plane[:height] = 16 + round(219 * number / max(1, frames - 1))
            writer.frame(plane)
        writer.sound(np.zeros((frames * SAMPLE_RATE // 24, 2), np.int16))
    return path
