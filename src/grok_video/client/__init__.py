"""A small client for the Grok Video API, sync and async.

with GrokVideo() as client:
    video = client.create_and_wait("a cat dancing in the rain", seconds=6)
    video.download("cat.mp4")
"""

from __future__ import annotations

from .aio import AsyncGrokVideo, AsyncVideo
from .connection import DEFAULT_PROFILE, Connection, data_dir, find_connection, profiles_file, read_profile
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
from .sync import GrokVideo, Video
from .video import Image, OnProgress, VideoData

__all__ = [
    "DEFAULT_PROFILE",
    "AsyncGrokVideo",
    "AsyncVideo",
    "AuthenticationError",
    "ConflictError",
    "Connection",
    "ConnectionFailed",
    "GrokVideo",
    "GrokVideoError",
    "Image",
    "InvalidRequestError",
    "NotFoundError",
    "OnProgress",
    "RateLimitError",
    "ServerError",
    "Video",
    "VideoData",
    "VideoFailed",
    "WaitTimeout",
    "data_dir",
    "find_connection",
    "profiles_file",
    "read_profile",
]
