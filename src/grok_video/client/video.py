"""A video as the server describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from .errors import VideoFailed

Image = str | Path
OnProgress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class VideoData:
    """The data of a video, in the OpenAI format; `raw` is the whole response body.

    `position` (in the queue, from 1) and `eta` (seconds) are set only while you wait for the video.
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
        """Whether the video has completed or failed."""
        return self.status in ("completed", "failed")

    @property
    def failed(self) -> bool:
        """Whether the video has failed."""
        return self.status == "failed"

    def raise_for_status(self) -> Self:
        """Return the video itself; raise VideoFailed if it has failed."""
        if self.failed:
            error = self.error or {}
            raise VideoFailed(error.get("message") or "The video failed.", code=error.get("code"))
        return self


def fields_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of VideoData that a response body contains."""
    return {
        **{name: raw[name] for name in ("id", "status", "progress", "model", "seconds", "size")},
        **{name: raw.get(name) for name in ("prompt", "video_url", "error")},
        "metadata": raw.get("metadata") or {},
        "raw": raw,
    }


AnyVideo = TypeVar("AnyVideo", bound=VideoData)
