"""What the server tells of a video."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import VideoFailed

Image = str | Path
OnChange = Callable[["Video"], None]
OnProgress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Video:
    """A task as the OpenAI format tells it; `raw` is the whole answer.

    `position` (its place in the queue, from 1) and `eta` (seconds) are known only while one waits.
    """

    id: str
    status: str
    progress: int
    model: str
    prompt: str | None
    seconds: str
    size: str
    video_url: str | None
    error: Mapping[str, str] | None
    metadata: Mapping[str, Any]
    raw: Mapping[str, Any] = field(repr=False)
    position: int | None = None
    eta: float | None = None

    @property
    def done(self) -> bool:
        """Tell whether nothing will happen any more."""
        return self.status in ("completed", "failed")

    @property
    def failed(self) -> bool:
        """Tell whether it ended without a video."""
        return self.status == "failed"

    def raise_for_status(self) -> Video:
        """Raise VideoFailed if it ended without a video; give itself otherwise."""
        if self.failed:
            error = self.error or {}
            raise VideoFailed(error.get("message") or "The video failed.", code=error.get("code"))
        return self

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Video:
        """Read an answer."""
        return cls(
            id=raw["id"],
            status=raw["status"],
            progress=raw["progress"],
            model=raw["model"],
            prompt=raw.get("prompt"),
            seconds=raw["seconds"],
            size=raw["size"],
            video_url=raw.get("video_url"),
            error=raw.get("error"),
            metadata=raw.get("metadata") or {},
            raw=raw,
        )
