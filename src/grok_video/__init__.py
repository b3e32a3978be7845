"""Grok Video: a self-hosted server for the Grok Video API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import AsyncGrokVideo, GrokVideo

__all__ = ["AsyncGrokVideo", "GrokVideo", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # The client is imported when it is first used, so that importing the package is cheap.
    if name in ("AsyncGrokVideo", "GrokVideo"):
        from . import client

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
