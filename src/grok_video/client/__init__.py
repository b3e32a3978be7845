"""A small client for the Grok Video API, sync and async.

with GrokVideo() as client:
    video = client.create("a cat dancing in the rain", seconds=6)
    client.download(client.wait(video.id).id, "cat.mp4")
"""

from __future__ import annotations

from .aio import AsyncGrokVideo
from .errors import (
    AuthenticationError,
    ConflictError,
    ConnectionFailed,
    GrokVideoError,
    InvalidRequestError,
    NotFoundError,
    RateLimitError,
    ServerError,
    VideoFailed,
    WaitTimeout,
)
from .sync import GrokVideo
from .video import Image, OnChange, OnProgress, Video

__all__ = [
    "AsyncGrokVideo",
    "AuthenticationError",
    "ConflictError",
    "ConnectionFailed",
    "GrokVideo",
    "GrokVideoError",
    "Image",
    "InvalidRequestError",
    "NotFoundError",
    "OnChange",
    "OnProgress",
    "RateLimitError",
    "ServerError",
    "Video",
    "VideoFailed",
    "WaitTimeout",
]
