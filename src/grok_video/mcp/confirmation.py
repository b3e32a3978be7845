"""Asking the user before a video that costs money, where the client can ask.

The package asks by elicitation within the call, or in a round of its own, as the protocol's version has it.
"""

from __future__ import annotations

from typing import Annotated, Any, Protocol, cast

from mcp.server import MCPServer
from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver import Context, Elicit, Resolve
from pydantic import BaseModel, Field

from ..client import AsyncGrokVideo, AsyncVideo

DEFAULT_SECONDS, EXTENSION_SECONDS, DEFAULT_SIZE = 6, 10, "720P"


class Confirmation(BaseModel):
    """What the user answers."""

    make: bool = Field(title="Make the video", description="Make it at this cost")


class Asking(Protocol):
    """What a resolver needs of the tools."""

    def client(self, ctx: Context[Any, Any]) -> Any:
        """Yield a client with the caller's key."""
        ...


class ConfirmingServer(MCPServer):
    """A server with the tools that the resolvers need: these are functions of the module, not of the tools."""

    tools: Asking


def _tools(ctx: Context[Any, Any]) -> Asking:
    return cast("ConfirmingServer", ctx.mcp_server).tools


async def confirm_create(
    ctx: Context[Any, Any], model: str, seconds: int | None, size: str | None
) -> Confirmation | Elicit[Confirmation]:
    """Ask for a new video, or not where it costs nothing."""
    async with _tools(ctx).client(ctx) as client:
        return await _question(ctx, client, model, seconds or DEFAULT_SECONDS, size)


async def confirm_extend(
    ctx: Context[Any, Any], video_id: str, seconds: int | None
) -> Confirmation | Elicit[Confirmation]:
    """Ask for the new part of a longer video."""
    async with _tools(ctx).client(ctx) as client:
        video = await client.get(video_id)
        return await _question(ctx, client, video.metadata["model"], seconds or EXTENSION_SECONDS, _size(video))


async def confirm_remix(ctx: Context[Any, Any], video_id: str) -> Confirmation | Elicit[Confirmation]:
    """Ask for a variant, which is as long as its source."""
    async with _tools(ctx).client(ctx) as client:
        video = await client.get(video_id)
        return await _question(ctx, client, video.metadata["model"], float(video.seconds or 0), _size(video))


async def _question(
    ctx: Context[Any, Any], client: AsyncGrokVideo, model: str, seconds: float, size: str | None
) -> Confirmation | Elicit[Confirmation]:
    capabilities = next(entry["capabilities"] for entry in await client.models() if entry["id"] == model)
    if not capabilities["paid"] or not _can_ask(ctx):
        return Confirmation(make=True)
    if len(capabilities["seconds"]) == 1:
        (seconds,) = capabilities["seconds"]
    price = capabilities["costs"].get(size or DEFAULT_SIZE) or capabilities["cost_per_second"]
    known = f"about US$ {price * seconds:.2f} ({seconds:g} s at US$ {price:g})" if price else ""
    cost = known or "money, and how much is not known here"
    return Elicit(f"Making this video by {capabilities['backend']} costs {cost}. Make it?", Confirmation)


def _size(video: AsyncVideo) -> str:
    return f"{min(video.raw['width'], video.raw['height'])}P"


def _can_ask(ctx: Context[Any, Any]) -> bool:
    known = ctx.client_capabilities
    elicitation = known.elicitation if known else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def declined(answer: ElicitationResult[Confirmation]) -> bool:
    """Check whether the user does not want the video at its cost."""
    return not (isinstance(answer, AcceptedElicitation) and answer.data.make)


ConfirmedCreate = Annotated[ElicitationResult[Confirmation], Resolve(confirm_create)]
ConfirmedExtend = Annotated[ElicitationResult[Confirmation], Resolve(confirm_extend)]
ConfirmedRemix = Annotated[ElicitationResult[Confirmation], Resolve(confirm_remix)]
