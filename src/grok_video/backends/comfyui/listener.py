"""Progress and previews of running prompts, from ComfyUI's websocket; without one there are none, and no harm."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from ...domain.media import MAX_PREVIEW_BYTES
from ..upstream.api import Api
from .workflows import Graph, percent_of

log = structlog.get_logger()

AGAIN_SECONDS = 3.0
# A websocket is closed when nobody has asked for progress for so long.
IDLE_SECONDS = 60.0
MAX_MESSAGE = 16 << 20
# Prompts whose progress is kept, those of other clients included.
MAX_PROMPTS = 256
# Asks for previews that say which prompt they are of.
FEATURES = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
PREVIEW, PREVIEW_WITH_METADATA = 1, 4


class Listener:
    """Listens to each engine that jobs are asked about, as long as they are."""

    def __init__(self) -> None:
        self._states: dict[str, Mapping[str, Any]] = {}
        # Of the prompts that were asked about only; others' may be confidential, and are large.
        self._previews: dict[str, bytes | None] = {}
        # A preview does not say whose it is, but follows the progress of its prompt.
        self._working_on: dict[str, str] = {}
        self._asked_at: dict[str, float] = {}
        self._listening: dict[str, asyncio.Task[None]] = {}

    def percent(self, api: Api, prompt_id: str, graph: Graph) -> float | None:
        """Return a running prompt's progress, or None as long as nothing was heard of it."""
        url = api.base_url
        self._asked_at[url] = time.monotonic()
        self._previews.setdefault(prompt_id)
        if len(self._previews) > MAX_PROMPTS:
            self._previews.pop(next(iter(self._previews)))
        if url not in self._listening or self._listening[url].done():
            self._listening[url] = asyncio.create_task(self._listen(url, dict(api.headers)))
        states = self._states.get(prompt_id)
        return None if states is None else percent_of(graph, states)

    def preview(self, prompt_id: str) -> bytes | None:
        """Return the newest image of a running prompt's video, if there is one that was not returned yet."""
        image = self._previews.get(prompt_id)
        if image is not None:
            self._previews[prompt_id] = None
        return image

    def forget(self, prompt_id: str) -> None:
        """Forget a prompt that has ended."""
        self._states.pop(prompt_id, None)
        self._previews.pop(prompt_id, None)

    async def _listen(self, url: str, headers: dict[str, str]) -> None:
        # A new client id for each connection: the engine forgets a reused one when its old connection closes. Prompts
        # are queued without one, so that their progress goes to every client.
        while time.monotonic() - self._asked_at[url] < IDLE_SECONDS:
            address = f"{url.replace('http', 'ws', 1)}/ws?clientId={uuid.uuid4().hex}"
            key = {"Authorization": headers["Authorization"]} if "Authorization" in headers else {}
            try:
                async with connect(
                    address, additional_headers=key, user_agent_header="grok-video", proxy=None, max_size=MAX_MESSAGE
                ) as socket:
                    await socket.send(FEATURES)
                    await self._read(url, socket)
            except (OSError, WebSocketException, TimeoutError) as error:
                log.debug("no progress from the engine", engine=url, reason=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self, url: str, socket: Any) -> None:
        while (left := self._asked_at[url] + IDLE_SECONDS - time.monotonic()) > 0:
            async with asyncio.timeout(left):
                message = await socket.recv()
            if isinstance(message, str):
                self._note(url, message)
            else:
                self._note_preview(url, message)

    def _note_preview(self, url: str, message: bytes) -> None:
        prompt_id, image = preview_in(message)
        prompt_id = prompt_id or self._working_on.get(url)
        if 0 < len(image) <= MAX_PREVIEW_BYTES and prompt_id in self._previews:
            self._previews[prompt_id] = image

    def _note(self, url: str, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            return
        data = message.get("data") if isinstance(message, dict) else None
        if isinstance(data, dict) and message.get("type") == "progress_state" and isinstance(data.get("nodes"), dict):
            prompt_id = self._working_on[url] = str(data.get("prompt_id"))
            self._states[prompt_id] = data["nodes"]
            if len(self._states) > MAX_PROMPTS:
                self._states.pop(next(iter(self._states)))

    async def close(self) -> None:
        """Close the websockets."""
        for listening in self._listening.values():
            listening.cancel()
        await asyncio.gather(*self._listening.values(), return_exceptions=True)


def preview_in(message: bytes) -> tuple[str | None, bytes]:
    """Return the prompt id, if it is told, and the image of a binary message; no image if it is another one.

    Numbers are unsigned, of four bytes, the highest first: the kind of message, and then either the kind of image or
    the length of the metadata.
    """
    kind, number = int.from_bytes(message[:4]), int.from_bytes(message[4:8])
    if kind == PREVIEW:
        return None, message[8:]
    if kind != PREVIEW_WITH_METADATA:
        return None, b""
    try:
        metadata = json.loads(message[8 : 8 + number])
        return str(metadata["prompt_id"]), message[8 + number :]
    except (ValueError, LookupError, TypeError):
        return None, b""
