"""The progress of running prompts, from ComfyUI's websocket; without one there is no progress, and nothing is lost."""

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

from ..upstream.api import Api
from .workflows import Graph, percent_of

log = structlog.get_logger()

AGAIN_SECONDS = 3.0
# A websocket is closed when nobody has asked for progress for so long.
IDLE_SECONDS = 60.0
MAX_MESSAGE = 16 << 20
# Prompts whose progress is kept, those of other clients included.
MAX_PROMPTS = 256


class Listener:
    """Listens to each engine that jobs are asked about, as long as they are."""

    def __init__(self) -> None:
        self._states: dict[str, Mapping[str, Any]] = {}
        self._asked_at: dict[str, float] = {}
        self._listening: dict[str, asyncio.Task[None]] = {}

    def percent(self, api: Api, prompt_id: str, graph: Graph) -> float | None:
        """Return a running prompt's progress, or None as long as nothing was heard of it."""
        url = api.base_url
        self._asked_at[url] = time.monotonic()
        if url not in self._listening or self._listening[url].done():
            self._listening[url] = asyncio.create_task(self._listen(url, dict(api.headers)))
        states = self._states.get(prompt_id)
        return None if states is None else percent_of(graph, states)

    def forget(self, prompt_id: str) -> None:
        """Forget a prompt that has ended."""
        self._states.pop(prompt_id, None)

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
                    await self._read(url, socket)
            except (OSError, WebSocketException, TimeoutError) as error:
                log.debug("no progress from the engine", engine=url, reason=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self, url: str, socket: Any) -> None:
        while (left := self._asked_at[url] + IDLE_SECONDS - time.monotonic()) > 0:
            async with asyncio.timeout(left):
                message = await socket.recv()
            if isinstance(message, str):
                self._note(message)

    def _note(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            return
        data = message.get("data") if isinstance(message, dict) else None
        if isinstance(data, dict) and message.get("type") == "progress_state" and isinstance(data.get("nodes"), dict):
            self._states[str(data.get("prompt_id"))] = data["nodes"]
            if len(self._states) > MAX_PROMPTS:
                self._states.pop(next(iter(self._states)))

    async def close(self) -> None:
        """Close the websockets."""
        for listening in self._listening.values():
            listening.cancel()
        await asyncio.gather(*self._listening.values(), return_exceptions=True)
