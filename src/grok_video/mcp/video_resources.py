"""Videos and their thumbnails as resources, for clients that read those themselves."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from ..client import AsyncGrokVideo, GrokVideoError, NotFoundError
from .tools import Tools, facts_of, file_of

# A resource is one message of base64 text.
MAX_BYTES = 32 << 20


class VideoResources:
    """`grok-video://videos/{id}`, and the file and thumbnail of each."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add_to(self, server: MCPServer) -> None:
        """Add the resources to a server."""
        base = "grok-video://videos/{video_id}"
        server.resource(base, title="A video's facts", mime_type="application/json")(self.video)
        server.resource(f"{base}/video.mp4", title="A finished video", mime_type="video/mp4")(self.file)
        server.resource(f"{base}/thumbnail.webp", title="A finished video's thumbnail", mime_type="image/webp")(
            self.thumbnail
        )

    async def video(self, video_id: str, ctx: Context[Any, Any]) -> str:
        """Return what is known about a video, as JSON."""
        async with self._client(ctx) as client:
            return json.dumps(facts_of(await client.get(video_id)), ensure_ascii=False)

    async def file(self, video_id: str, ctx: Context[Any, Any]) -> bytes:
        """Return a finished video's file, of up to 32 MiB."""
        async with self._client(ctx) as client:
            video = await client.get(video_id)
            if (video.raw.get("bytes") or 0) > MAX_BYTES:
                raise ResourceError(
                    f"The video has {video.raw['bytes']} bytes; open its link instead: {video.video_url}"
                )
            return await file_of(client, video.id, "video")

    async def thumbnail(self, video_id: str, ctx: Context[Any, Any]) -> bytes:
        """Return a finished video's thumbnail."""
        async with self._client(ctx) as client:
            return await file_of(client, video_id, "thumbnail")

    @asynccontextmanager
    async def _client(self, ctx: Context[Any, Any]) -> AsyncGenerator[AsyncGrokVideo]:
        """Yield a client with the caller's key; errors of the API are those of the resource."""
        try:
            async with self._tools.raw_client(ctx) as client:
                yield client
        except NotFoundError as error:
            raise ResourceNotFoundError(str(error)) from None
        except GrokVideoError as error:
            raise ResourceError(str(error)) from None
