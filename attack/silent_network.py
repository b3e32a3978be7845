"""The network of silent_names: names and connections are answered here, so that no packet leaves the machine."""

from __future__ import annotations

import socket
import time
from functools import partial
from typing import Any

import httpcore2
from tests.factories import image_bytes

from grok_video import bootstrap
from grok_video.cli import main
from grok_video.runtime.fetch import Fetcher

ADDRESS = "93.184.215.14"
SILENT_SECONDS = 30.0


def look_up(host: str, *_rest: Any) -> list[Any]:
    """Resolve a name: silent ones after half a minute, all to one public address."""
    if str(host).startswith("silent"):
        time.sleep(SILENT_SECONDS)
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ADDRESS, 80))]


class Answering(httpcore2.AsyncNetworkBackend):
    """Answers every connection with an image."""

    async def connect_tcp(self, *_args: Any, **_options: Any) -> httpcore2.AsyncNetworkStream:
        """Return a connection that holds a response already."""
        image = image_bytes(64, 64)
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(image)}\r\nConnection: close\r\n\r\n"
        return httpcore2.AsyncMockStream([head.encode(), image])


def run() -> None:
    """Run `grok-video` in this network."""
    bootstrap.Fetcher = partial(Fetcher, resolver=look_up, inner=Answering())
    main()
