"""
title: Grok Video
description: Videos by a server of the Grok Video API, as models (import as a function) and as tools
author: the grok-video project
version: 0.1.0
license: Apache-2.0
required_open_webui_version: 0.6.0
"""

import asyncio
import io
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from inspect import isawaitable
from typing import Any, Literal

import httpx
from pydantic import BaseModel, Field

Emit = Callable[[dict[str, Any]], Awaitable[None]]
Ratio = Literal["16:9", "9:16", "3:2", "2:3", "1:1", "4:3", "3:4", "21:9", "5:2"]
MODELS = ("grok-video-3", "grok-video-3-pro", "grok-video-3-max")
VIDEO_ID = re.compile(r"video_[0-9a-f]{32}")
COMMAND = re.compile(r"\s*(remix|extend)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
ENDED = ("completed", "failed")
# A request waits for the next change, at most this many seconds.
WAIT_SECONDS = 20
# Pauses before a failed request about a video that is being made is sent again.
RETRY_SECONDS = (1, 3, 9, 27)


class Settings(BaseModel):
    """Where the server is, and what is made if nothing else is said."""

    base_url: str = Field("http://127.0.0.1:8000", description="Address of the server, as Open WebUI reaches it")
    api_key: str = Field("", description="A key of the server")
    seconds: int = Field(6, ge=1, le=15, description="Length of a video of grok-video-3")
    size: Literal["480P", "720P", "1080P"] = "720P"
    aspect_ratio: str = Field("", description="Such as 16:9; empty: 16:9, or the first image's")
    keep: bool = Field(True, description="Keep a copy in Open WebUI; else the chat has a link that lasts a day")


class Failed(Exception):
    """The video could not be made; the message is for the chat."""


class Server:
    """One server of the API, and one chat that is told what happens."""

    def __init__(self, settings: Settings, emit: Emit | None) -> None:
        self._settings = settings
        self._emit = emit
        self._http = httpx.AsyncClient(
            base_url=settings.base_url.rstrip("/").removesuffix("/v1"),
            headers={"Authorization": f"Bearer {settings.api_key}"},
            timeout=WAIT_SECONDS + 40,
        )

    async def make(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make a video and return it; raise Failed."""
        async with self._http:
            video = await self._request("POST", path, json=body)
            try:
                return await self._ended(video)
            except asyncio.CancelledError:
                # The chat was stopped: nobody waits for the video any longer.
                with suppress(Failed):
                    await asyncio.shield(self._request("POST", f"/v1/videos/{video['id']}/cancel"))
                raise

    async def _ended(self, video: dict[str, Any]) -> dict[str, Any]:
        while video["status"] not in ENDED:
            await self._tell(f"Making the video: {video['progress']} %")
            video = await self._changed(video)
        if video["status"] == "failed":
            await self._tell("The video could not be made", done=True)
            raise Failed(f"The video could not be made: {video['error']['message']}")
        await self._tell("The video is ready", done=True)
        if self._settings.keep:
            video["content"] = await self._content(video)
        return video

    async def _changed(self, video: dict[str, Any]) -> dict[str, Any]:
        """Return a video when it has changed; the server makes it whether or not one request about it fails."""
        query = {"wait": str(WAIT_SECONDS), "until": "change"}
        pauses = iter(RETRY_SECONDS)
        while True:
            try:
                return await self._request("GET", f"/v1/videos/{video['id']}", params=query)
            except Failed as failure:
                pause = next(pauses, None)
                if pause is None:
                    raise Failed(f"{failure} The video {video['id']} may still be made.") from None
                await asyncio.sleep(pause)

    async def _content(self, video: dict[str, Any]) -> bytes:
        try:
            response = await self._http.get(f"/v1/videos/{video['id']}/content")
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise Failed(f"The video {video['id']} is made, but cannot be read: {error}") from None
        return response.content

    async def _request(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            response = await self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise Failed(f"The server at {self._settings.base_url} cannot be reached: {error}") from None
        try:
            body = response.json()
        except ValueError:
            raise Failed(f"{self._settings.base_url} is no server of the Grok Video API.") from None
        if response.is_error:
            raise Failed(body.get("error", {}).get("message") or f"The server answered with {response.status_code}.")
        return body

    async def _tell(self, description: str, *, done: bool = False) -> None:
        if self._emit is not None:
            await self._emit({"type": "status", "data": {"description": description, "done": done}})


async def shown(video: Mapping[str, Any], user: Mapping[str, Any] | None, request: Any) -> str:
    """Return a video as Open WebUI shows it in a message: from a copy of its own, or by the signed link."""
    address = video["url"]
    if "content" in video and user and request is not None:
        address = await _kept(video, user, request)
    facts = f"{video['width']}×{video['height']}, {video['seconds']} s, `{video['id']}`"
    # On lines of its own, the tag is a block of HTML, which becomes a player.
    return f"<video>\n{address}\n</video>\n\n{facts}\n"


async def _kept(video: Mapping[str, Any], user: Mapping[str, Any], request: Any) -> str:
    from fastapi import UploadFile
    from open_webui.models.users import Users
    from open_webui.routers.files import upload_file_handler
    from starlette.datastructures import Headers

    owner = Users.get_user_by_id(user["id"])
    file = UploadFile(
        io.BytesIO(video["content"]),
        filename=f"{video['id']}.mp4",
        headers=Headers({"content-type": "video/mp4"}),
    )
    added = upload_file_handler(
        request, file=file, metadata={}, process=False, user=await owner if isawaitable(owner) else owner
    )
    added = await added if isawaitable(added) else added
    number = added["id"] if isinstance(added, dict) else added.id
    return f"/api/v1/files/{number}/content"


class Pipe:
    """The models of the server: a message becomes a video, its images the first frame, the last one or references.

    `remix: …` and `extend: …` go on from the last video of the chat.
    """

    class Valves(Settings):
        """What the administrator sets."""

    def __init__(self) -> None:
        self.valves = self.Valves()

    def pipes(self) -> list[dict[str, str]]:
        """Return the models."""
        return [{"id": model, "name": model} for model in MODELS]

    async def pipe(
        self,
        body: dict[str, Any],
        __user__: dict[str, Any] | None = None,
        __request__: Any = None,
        __event_emitter__: Emit | None = None,
        __task__: str | None = None,
    ) -> str:
        """Return the video that the last message asks for, or why there is none."""
        text, images = _last_message(body["messages"])
        if __task__:
            # Open WebUI asks for a title, tags or follow-ups: no video should be made for that.
            return text[:60]
        model = str(body["model"]).rpartition(".")[2]
        try:
            path, fields = _request_of(self.valves, model, text, images, body["messages"])
            video = await Server(self.valves, __event_emitter__).make(path, fields)
            return await shown(video, __user__, __request__)
        except Failed as failure:
            return str(failure)


def _request_of(
    settings: Settings, model: str, text: str, images: list[str], messages: list[dict[str, Any]]
) -> tuple[str, dict[str, Any]]:
    common = {"model": model, "prompt": text, "size": settings.size}
    command = COMMAND.fullmatch(text)
    if command is None:
        ratio = {"aspect_ratio": settings.aspect_ratio} if settings.aspect_ratio else {}
        return "/v1/videos", {**common, **ratio, "seconds": settings.seconds, "images": images}
    earlier = VIDEO_ID.findall(str([message for message in messages if message.get("role") == "assistant"]))
    if not earlier:
        raise Failed("There is no video in this chat yet to go on from.")
    operation, prompt = command[1].lower(), command[2]
    fields: dict[str, Any] = {"model": model, "prompt": prompt}
    if operation == "extend":
        fields |= {"seconds": settings.seconds, "images": images}
    return f"/v1/videos/{earlier[-1]}/{operation}", fields


def _last_message(messages: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """Return the text and the images of the user's last message."""
    content: Any = next((message["content"] for message in reversed(messages) if message["role"] == "user"), "")
    if isinstance(content, str):
        return content, []
    texts = [part["text"] for part in content if part.get("type") == "text"]
    return " ".join(texts), [part["image_url"]["url"] for part in content if part.get("type") == "image_url"]


class Tools:
    """Videos for any chat model that calls tools."""

    class Valves(Settings):
        """What the administrator sets."""

    def __init__(self) -> None:
        self.valves = self.Valves()

    async def create_video(
        self,
        prompt: str,
        seconds: int = 6,
        aspect_ratio: Ratio = "16:9",
        __user__: dict[str, Any] | None = None,
        __request__: Any = None,
        __event_emitter__: Emit | None = None,
    ) -> str:
        """
        Make a video from a text and show it in the chat. Returns the id of the video.

        :param prompt: What the video shows, in any language, with camera, light and style.
        :param seconds: Whole seconds, 1 to 15.
        :param aspect_ratio: The aspect ratio, such as 16:9 or 9:16.
        """
        body = {"prompt": prompt, "seconds": seconds, "aspect_ratio": aspect_ratio, "size": self.valves.size}
        return await self._make("/v1/videos", body, __user__, __request__, __event_emitter__)

    async def remix_video(
        self,
        video_id: str,
        prompt: str,
        __user__: dict[str, Any] | None = None,
        __request__: Any = None,
        __event_emitter__: Emit | None = None,
    ) -> str:
        """
        Make a variant of a video and show it in the chat. Returns the id of the new video.

        :param video_id: The id of a video, video_ and 32 digits.
        :param prompt: What is different.
        """
        path = f"/v1/videos/{video_id}/remix"
        return await self._make(path, {"prompt": prompt}, __user__, __request__, __event_emitter__)

    async def extend_video(
        self,
        video_id: str,
        prompt: str,
        seconds: int = 6,
        __user__: dict[str, Any] | None = None,
        __request__: Any = None,
        __event_emitter__: Emit | None = None,
    ) -> str:
        """
        Continue a video from its end and show the longer one in the chat. Returns the id of the new video.

        :param video_id: The id of a video, video_ and 32 digits.
        :param prompt: What happens next.
        :param seconds: Whole seconds of the new part, 1 to 15.
        """
        body = {"prompt": prompt, "seconds": seconds}
        return await self._make(f"/v1/videos/{video_id}/extend", body, __user__, __request__, __event_emitter__)

    async def _make(
        self, path: str, body: Mapping[str, Any], user: dict[str, Any] | None, request: Any, emit: Emit | None
    ) -> str:
        try:
            video = await Server(self.valves, emit).make(path, body)
            message = await shown(video, user, request)
        except Failed as failure:
            return str(failure)
        if emit is None:
            return message
        await emit({"type": "message", "data": {"content": message}})
        return f"The video {video['id']} is shown above; it lasts {video['seconds']} seconds."
