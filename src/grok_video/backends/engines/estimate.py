"""The progress of engines that do not tell it: estimated from how long their earlier jobs took."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

# Seconds per frame before any job has finished.
FIRST_GUESS = 1.0
# The weight of the newest job.
NEWEST = 0.3
STEP_SECONDS = 1.0
MOST_PERCENT = 95.0


class Estimate:
    """Learns the seconds per frame of an engine."""

    def __init__(self) -> None:
        self._per_frame: float | None = None

    def follow(self, frames: int, progress: Callable[[float], None]) -> Following:
        """Report an estimated progress of a job with this many frames until it is stopped."""
        return Following(self, frames, progress)

    def seconds(self, frames: int) -> float:
        """Return how long a job with this many frames takes."""
        return frames * (FIRST_GUESS if self._per_frame is None else self._per_frame)

    def learn(self, frames: int, seconds: float) -> None:
        """Learn from a finished job."""
        newest = seconds / frames
        self._per_frame = newest if self._per_frame is None else NEWEST * newest + (1 - NEWEST) * self._per_frame


class Following:
    """One job that is estimated."""

    def __init__(self, estimate: Estimate, frames: int, progress: Callable[[float], None]) -> None:
        self._estimate = estimate
        self._frames = frames
        self._progress = progress
        self._began = time.monotonic()
        self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        expected = max(1e-3, self._estimate.seconds(self._frames))
        while True:
            await asyncio.sleep(STEP_SECONDS)
            passed = (time.monotonic() - self._began) / expected
            # It slows down where the estimate was too short, and never says that it is done.
            self._progress(MOST_PERCENT * (1 - math.exp(-2 * passed)))

    def finished(self) -> None:
        """Learn from the job's end."""
        self._estimate.learn(self._frames, time.monotonic() - self._began)

    def stop(self) -> None:
        """Report no more."""
        self._telling.cancel()
