"""Requests to the server, with Python's own library: ComfyUI needs nothing more installed."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT_SECONDS = 60
# A read waits for the next change, at most this many seconds, so that an interruption is soon seen.
WAIT_SECONDS = 2


class RequestFailed(RuntimeError):
    """The server refused a request, or could not make a video; the message is the server's."""


class Server:
    """A server of the Grok Video API."""

    def __init__(self, address: str = "") -> None:
        address = address or os.environ.get("GROK_VIDEO_BASE_URL") or DEFAULT_URL
        self._base = address.rstrip("/").removesuffix("/v1") + "/v1"
        self._key = os.environ.get("GROK_VIDEO_API_KEY", "")

    def submit(self, path: str, fields: Mapping[str, Any]) -> str:
        """Request a video and return its id; fields without a value are left out. Raises RequestFailed."""
        present = {name: value for name, value in fields.items() if value not in (None, "", [])}
        return json.loads(self._send("POST", path, present))["id"]

    def wait(self, video_id: str, on_progress: Callable[[int], None], check: Callable[[], None]) -> dict[str, Any]:
        """Return a completed video; raise RequestFailed. `check` may raise, and then the video is cancelled."""
        path = f"/videos/{quote(video_id, safe='')}"
        try:
            while True:
                video = json.loads(self._send("GET", f"{path}?wait={WAIT_SECONDS}&until=change"))
                on_progress(video["progress"])
                if video["status"] == "completed":
                    return video
                if video["status"] == "failed":
                    raise RequestFailed(f"{video['error']['code']}: {video['error']['message']}")
                check()
        except RequestFailed:
            raise
        except BaseException:
            self._send("POST", f"{path}/cancel")
            raise

    def content(self, video_id: str) -> bytes:
        """Return a completed video's file."""
        return self._send("GET", f"/videos/{quote(video_id, safe='')}/content")

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> bytes:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            raise RequestFailed(_reason(error)) from None
        except OSError as error:
            raise RequestFailed(f"The server at {self._base} cannot be reached: {error}") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return json.loads(error.read())["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return f"The server answered with status {error.code}."
