"""The tools of the MCP server."""

from __future__ import annotations

import asyncio
import base64
import json
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, ContentBlock, ImageContent, ResourceLink, TextContent
from pydantic import Field

from ..client import AsyncGrokVideo, AsyncVideo, GrokVideoError, WaitTimeout
from .confirmation import ConfirmedCreate, ConfirmedExtend, ConfirmedRemix, declined

PROGRESS_SECONDS = 1.0
FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded", "via")
Variant = Literal["video", "thumbnail"]
Ratio = Literal["16:9", "9:16", "3:2", "2:3", "1:1", "4:3", "3:4", "21:9", "5:2"]
Size = Literal["480P", "720P", "1080P"]
Model = Literal["grok-video-3", "grok-video-3-pro", "grok-video-3-max"]
VideoId = Annotated[str, Field(description="id of a video: video_<32 hex> or grok:<uuid>")]
Prompt = Annotated[str, Field(description="what the video shows; @img1 is the first image")]
Seconds = Annotated[int | None, Field(description="length in whole seconds; -pro is always 10, -max always 15")]
Images = Annotated[
    list[str] | None,
    Field(description="URLs or data URIs of images: one is the first frame, two are first and last frame"),
]
Scene = Annotated[
    dict[str, Any] | None,
    Field(description="what is seen, in place of the prompt: an edited result of video_scene or read_prompt"),
]
Wait = Annotated[float, Field(ge=0, le=600, description="seconds to wait for the video; 0 returns at once")]


@dataclass(frozen=True, slots=True)
class Access:
    """How the API is reached; `local_files` lets tools read images by their path, which is for stdio only."""

    base_url: str | None
    key: str | None
    local_files: bool


DECLINED = CallToolResult(
    content=[TextContent(type="text", text="The user does not want this video at its cost; nothing was made.")]
)


class Tools:
    """The tools of the server."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def create_video(
        self,
        ctx: Context[Any, Any],
        confirmed: ConfirmedCreate,
        prompt: Prompt = "",
        images: Images = None,
        seconds: Seconds = None,
        aspect_ratio: Ratio | None = None,
        size: Size | None = None,
        model: Model = "grok-video-3",
        seed: int | None = None,
        scene: Scene = None,
        wait_seconds: Wait = 45,
    ) -> CallToolResult:
        """Create a video from a prompt and up to 7 images, or from a scene."""
        if declined(confirmed):
            return DECLINED
        async with self.client(ctx) as client:
            video = await client.create(
                prompt, self._checked(images), seconds=seconds, aspect_ratio=aspect_ratio, size=size, model=model,
                seed=seed, scene=scene,
            )  # fmt: skip
            return await self._finish(client, video, ctx, wait_seconds)

    async def extend_video(
        self,
        video_id: VideoId,
        prompt: Prompt,
        ctx: Context[Any, Any],
        confirmed: ConfirmedExtend,
        start_time: Annotated[float | None, Field(description="second to continue from; default: its end")] = None,
        seconds: Seconds = None,
        images: Images = None,
        wait_seconds: Wait = 45,
    ) -> CallToolResult:
        """Continue a finished video: the result is the source up to start_time, then a new segment."""
        if declined(confirmed):
            return DECLINED
        async with self.client(ctx) as client:
            checked = self._checked(images)
            video = await client.extend(video_id, prompt, checked, start_time=start_time, seconds=seconds)
            return await self._finish(client, video, ctx, wait_seconds)

    async def remix_video(
        self,
        video_id: VideoId,
        ctx: Context[Any, Any],
        confirmed: ConfirmedRemix,
        prompt: Prompt = "",
        scene: Scene = None,
        wait_seconds: Wait = 45,
    ) -> CallToolResult:
        """Create a variant of a finished video by a prompt or a scene; its structure and length stay."""
        if declined(confirmed):
            return DECLINED
        async with self.client(ctx) as client:
            return await self._finish(client, await client.remix(video_id, prompt, scene=scene), ctx, wait_seconds)

    async def video_status(self, video_id: VideoId, ctx: Context[Any, Any], wait_seconds: Wait = 0) -> CallToolResult:
        """Return a video's status, and the video once it is finished."""
        async with self.client(ctx) as client:
            return await self._finish(client, await client.get(video_id), ctx, wait_seconds)

    async def video_scene(self, video_id: VideoId, ctx: Context[Any, Any]) -> CallToolResult:
        """Return the scene of a finished video (places, light, figures, acts), to edit and send to create or remix."""
        async with self.client(ctx) as client:
            return _document(await client.scene(video_id))

    async def read_prompt(self, prompt: Prompt, ctx: Context[Any, Any]) -> CallToolResult:
        """Return how a prompt is read, without making a video: words understood or not, and the scene."""
        async with self.client(ctx) as client:
            return _document(await client.read_prompt(prompt))

    async def list_videos(
        self,
        ctx: Context[Any, Any],
        search: Annotated[str | None, Field(description="words that must be in the prompt")] = None,
        status: Annotated[str | None, Field(description="queued, in_progress, completed or failed")] = None,
        limit: Annotated[int, Field(ge=1, le=100)] = 20,
    ) -> CallToolResult:
        """List videos, newest first."""
        async with self.client(ctx) as client:
            videos = await client.list(limit=limit, search=search, status=status)
        lines = [f"{video.id}  {video.status}  {video.seconds} s  {video.prompt}" for video in videos]
        links = [link for video in videos if (link := _link(video))]
        text = TextContent(type="text", text="\n".join(lines) or "There are no such videos.")
        return CallToolResult(
            content=[text, *links], structured_content={"videos": [facts_of(video) for video in videos]}
        )

    @asynccontextmanager
    async def client(self, ctx: Context[Any, Any]) -> AsyncGenerator[AsyncGrokVideo]:
        """Yield a client with the caller's key, else ours; errors of the API are passed to the assistant."""
        try:
            async with self.raw_client(ctx) as client:
                yield client
        except GrokVideoError as error:
            raise ToolError(f"{error} ({error.code})" if error.code else str(error)) from None

    def raw_client(self, ctx: Context[Any, Any]) -> AsyncGrokVideo:
        """Return a client with the caller's key, else ours; its errors are those of the API."""
        return AsyncGrokVideo(self._access.base_url, self._key(ctx.headers or {}))

    def _key(self, headers: Mapping[str, str]) -> str:
        """Return the caller's key; ours is used only for callers that send none and come through no proxy."""
        authorization = headers.get("authorization")
        scheme, _, key = (authorization or "").partition(" ")
        if scheme.lower() == "bearer" and key.strip():
            return key.strip()
        if self._access.key and authorization is None and not any(name in headers for name in FORWARDED):
            return self._access.key
        raise ToolError("No API key: send `Authorization: Bearer KEY`.")

    def _checked(self, images: Sequence[str] | None) -> Sequence[str]:
        for image in images or ():
            if not image.startswith(("http://", "https://", "data:")) and not (
                self._access.local_files and Path(image).is_file()
            ):
                allowed = "a URL, a data URI" + (" or a file" if self._access.local_files else "")
                raise ToolError(f"images: {image[:200]!r} is not {allowed}.")
        return images or ()

    async def _finish(
        self, client: AsyncGrokVideo, video: AsyncVideo, ctx: Context[Any, Any], seconds: float
    ) -> CallToolResult:
        if not video.done and seconds > 0:
            try:
                video = await self._wait(client, video, ctx, seconds)
            except WaitTimeout:
                video = await client.get(video.id)
        return await result_of(client, video)

    @staticmethod
    async def _wait(client: AsyncGrokVideo, video: AsyncVideo, ctx: Context[Any, Any], seconds: float) -> AsyncVideo:
        shown = -1
        states = [video]
        task = asyncio.create_task(client.wait(video.id, timeout=seconds, on_change=states.append))
        try:
            while not task.done():
                await asyncio.wait([task], timeout=PROGRESS_SECONDS)
                if states[-1].progress > shown:
                    shown = states[-1].progress
                    await ctx.report_progress(float(shown), 100.0, states[-1].status)
            return task.result()
        finally:
            task.cancel()


async def result_of(client: AsyncGrokVideo, video: AsyncVideo) -> CallToolResult:
    """Return a video as a tool's result: its state, and the link and thumbnail of a finished one."""
    content: list[ContentBlock] = [TextContent(type="text", text=_summary(video))]
    if link := _link(video):
        content += [link, *await _thumbnail(client, video)]
    return CallToolResult(content=content, structured_content=facts_of(video), is_error=video.failed)


def _document(document: Mapping[str, Any]) -> CallToolResult:
    text = TextContent(type="text", text=json.dumps(document, ensure_ascii=False))
    return CallToolResult(content=[text], structured_content=dict(document))


def facts_of(video: AsyncVideo) -> dict[str, Any]:
    """Return what an assistant needs to know about a video."""
    names = (
        "created_at", "status_update_time", "seconds", "width", "height", "aspect_ratio", "model", "prompt",
        "video_url", "source_video_id", "error",
    )  # fmt: skip
    return {"id": video.id, "status": video.status, "progress": video.progress} | {
        name: video.raw.get(name) for name in names
    }


def _summary(video: AsyncVideo) -> str:
    if video.failed:
        error = video.error or {}
        return f"{video.id} failed: {error.get('message')} ({error.get('code')})"
    if not video.done:
        return (
            f"{video.id} is {video.status} ({video.progress} %). Call video_status with wait_seconds to wait further."
        )
    not_understood: list[str] = video.metadata.get("not_understood") or []
    note = f" Not understood and left out: {', '.join(not_understood)}." if not_understood else ""
    if shown_as := video.metadata.get("shown_as"):
        note += f" Shown as: {', '.join(f'{word}: {figure}' for word, figure in shown_as.items())}."
    return f"{video.id} is finished: {video.seconds} s, {video.raw.get('width')}x{video.raw.get('height')}.{note}"


def _link(video: AsyncVideo) -> ResourceLink | None:
    if not video.video_url:
        return None
    return ResourceLink(
        type="resource_link", uri=video.video_url, name=f"{video.id}.mp4", title=(video.prompt or "")[:100],
        mime_type="video/mp4", size=video.raw.get("bytes"),
    )  # fmt: skip


async def _thumbnail(client: AsyncGrokVideo, video: AsyncVideo) -> list[ImageContent]:
    try:
        image = await file_of(client, video.id, "thumbnail")
    except GrokVideoError:
        # The thumbnail is optional; the video itself is finished.
        return []
    return [ImageContent(type="image", data=base64.b64encode(image).decode(), mime_type="image/webp")]


async def file_of(client: AsyncGrokVideo, video_id: str, variant: Variant) -> bytes:
    """Return a file of a finished video."""
    with tempfile.TemporaryDirectory(prefix="grok-video-") as folder:
        path = await client.download(video_id, Path(folder) / "file", variant=variant)
        return path.read_bytes()
