"""The websockets of the imitated ComfyUI: who gets which message."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from starlette.websockets import WebSocket, WebSocketDisconnect

from .comfyui_previews import described_event, preview_event, text_event
from .running import Background

Messages = list[tuple[str, dict[str, Any]]]


@dataclass(eq=False)
class Socket:
    """A websocket that is open, with what waits to be sent over it."""

    connection: WebSocket
    loop: asyncio.AbstractEventLoop
    waiting: asyncio.Queue[str | bytes] = field(default_factory=asyncio.Queue[str | bytes])

    def put(self, message: str | bytes) -> None:
        """Queue a message, from whatever thread; a closed loop means that nobody listens any more."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.waiting.put_nowait, message)


class Sockets:
    """The open websockets, one for each client id, and the ones that lost their id to a newer one.

    `metadata` has what the clients said of themselves. It belongs to the client id, not to the websocket, so that a
    websocket that lost its id can change or delete what the newer one said (server.py:283, 305 and 326).
    """

    def __init__(self, background: Background, features: Mapping[str, Any]) -> None:
        self.background, self.features = background, features
        self.by_id: dict[str, Socket] = {}
        self.metadata: dict[str, dict[str, Any]] = {}
        self.open: set[Socket] = set()

    def send(self, event: str, data: Mapping[str, Any], client_id: str | None) -> None:
        """Send a message to one client, or to everybody if there is no client id (server.py:send_json)."""
        self._put(json.dumps({"type": event, "data": data}), client_id)

    def preview(self, image: Image.Image, about: Mapping[str, Any], client_id: str | None) -> None:
        """Send a preview with its metadata, if the client said that it can read them (progress.py:208)."""
        if self._reads_metadata(client_id):
            self._put(described_event(image, about), client_id)

    def old_preview(self, image: Image.Image, client_id: str | None) -> None:
        """Send a preview without metadata, unless the client said that it can read them (main.py:500).

        Without a client id everybody gets it, also a client that can read metadata: no client is asked then.
        """
        if not self._reads_metadata(client_id):
            self._put(preview_event(image), client_id)

    def text(self, text: str, node_id: str) -> None:
        """Send a text that a node shows, to everybody, whoever queued the prompt (server.py:1469)."""
        self._put(text_event(text, node_id), None)

    def drop(self) -> None:
        """Reset every websocket."""
        for socket in list(self.open):
            scope = dict(socket.connection.scope)
            with contextlib.suppress(RuntimeError):
                socket.loop.call_soon_threadsafe(self.background.reset, scope)

    async def serve(self, connection: WebSocket, greeting: Callable[[str], Messages]) -> None:
        """Serve a client until it disconnects (server.py:269)."""
        await connection.accept()
        client_id = connection.query_params.get("clientId", "") or uuid.uuid4().hex
        socket = Socket(connection, asyncio.get_running_loop())
        self.by_id[client_id] = socket
        self.metadata[client_id] = {"feature_flags": {}}
        self.open.add(socket)
        for event, data in greeting(client_id):
            self.send(event, data, client_id)
        sender = asyncio.create_task(_keep_sending(socket))
        try:
            await self._listen(socket, client_id)
        finally:
            sender.cancel()
            self.open.discard(socket)
            # As in server.py:325: this forgets the id, even if a newer websocket has it by now.
            self.by_id.pop(client_id, None)
            self.metadata.pop(client_id, None)

    async def _listen(self, socket: Socket, client_id: str) -> None:
        first = True
        while True:
            try:
                text = await socket.connection.receive_text()
            except (WebSocketDisconnect, RuntimeError):
                return
            except KeyError:
                continue
            # An id that is gone raises KeyError; as after anything unreadable, the next message counts as the first.
            with contextlib.suppress(ValueError, AttributeError, KeyError):
                message = json.loads(text)
                if first and message.get("type") == "feature_flags":
                    self.metadata[client_id]["feature_flags"] = message.get("data", {})
                    self.send("feature_flags", self.features, client_id)
                first = False

    def _reads_metadata(self, client_id: str | None) -> bool:
        """Check a client's feature flags: only true counts, and no id is no client (feature_flags.py:140)."""
        metadata = self.metadata.get(client_id, {}) if client_id is not None else {}
        return metadata.get("feature_flags", {}).get("supports_preview_metadata", False) is True

    def _put(self, message: str | bytes, client_id: str | None) -> None:
        known = dict(self.by_id)
        sockets = list(known.values()) if client_id is None else [known[client_id]] if client_id in known else []
        for socket in sockets:
            socket.put(message)


async def _keep_sending(socket: Socket) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await socket.waiting.get()
            if isinstance(message, str):
                await socket.connection.send_text(message)
            else:
                await socket.connection.send_bytes(message)
