"""The tasks extension (io.modelcontextprotocol/tasks, 2026-07-28): a client that has it gets a task for a video.

A task is a video of the server, and its id the video's: nothing is kept here, and any process answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, CallToolRequestParams, CallToolResult, RequestParams
from pydantic import Field

from ..client import AsyncVideo, GrokVideoError, NotFoundError
from .tools import Tools, facts_of, result_of

EXTENSION = "io.modelcontextprotocol/tasks"
VERSIONS = frozenset({"2026-07-28"})
MAKING = ("create_video", "extend_video", "remix_video")
POLL_MS = 1000


class TaskParams(RequestParams):
    """Which task a request is about."""

    task_id: str = Field(alias="taskId")


class TaskUpdateParams(TaskParams):
    """Answers to what a task asked for; these tasks ask for nothing."""

    input_responses: dict[str, Any] = Field(default_factory=dict[str, Any], alias="inputResponses")


class VideoTasks(Extension):
    """Answers tools that make a video with a task, and `tasks/get`, `tasks/update` and `tasks/cancel`."""

    identifier = EXTENSION

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def methods(self) -> Sequence[MethodBinding]:
        """Return the extension's requests."""
        return (
            MethodBinding("tasks/get", TaskParams, self.get, VERSIONS),
            MethodBinding("tasks/update", TaskUpdateParams, self.update, VERSIONS),
            MethodBinding("tasks/cancel", TaskParams, self.cancel, VERSIONS),
        )

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Return a task for a video that is not finished at once, to a client that has the extension."""
        if params.name not in MAKING or ctx.protocol_version not in VERSIONS or not _has_tasks(ctx):
            return await call_next(ctx)
        params.arguments = {**(params.arguments or {}), "wait_seconds": 0}
        result = await call_next(ctx)
        made = result.structured_content if isinstance(result, CallToolResult) else None
        if not made or made.get("status") not in ("queued", "in_progress"):
            return result
        return {"resultType": "task", **_task(made)}

    async def get(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> HandlerResult:
        """Return a task, with the tool's result once there is one."""
        video, result = await self._read(ctx, params.task_id)
        task = {"resultType": "complete", **_task(facts_of(video))}
        if task["status"] != "completed":
            return task
        return {**task, "result": result.model_dump(by_alias=True, mode="json", exclude_none=True)}

    async def update(self, ctx: ServerRequestContext[Any, Any], params: TaskUpdateParams) -> HandlerResult:
        """Acknowledge answers; a video asks for none while it is made."""
        await self._read(ctx, params.task_id)
        return {"resultType": "complete"}

    async def cancel(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> HandlerResult:
        """Cancel a task's video."""
        try:
            async with self._tools.raw_client(Context(request_context=ctx)) as client:
                await client.cancel(params.task_id)
        except GrokVideoError as error:
            raise _error(params.task_id, error) from None
        return {"resultType": "complete"}

    async def _read(self, ctx: ServerRequestContext[Any, Any], task_id: str) -> tuple[AsyncVideo, CallToolResult]:
        try:
            async with self._tools.raw_client(Context(request_context=ctx)) as client:
                video = await client.get(task_id)
                return video, await result_of(client, video)
        except GrokVideoError as error:
            raise _error(task_id, error) from None


def _has_tasks(ctx: ServerRequestContext[Any, Any]) -> bool:
    known = ctx.session.client_capabilities
    return bool(known and known.extensions and EXTENSION in known.extensions)


def _error(task_id: str, error: GrokVideoError) -> MCPError:
    if isinstance(error, NotFoundError):
        return MCPError(code=INVALID_PARAMS, message=f"There is no task {task_id[:80]!r}: {error}")
    return MCPError(code=INTERNAL_ERROR, message=str(error))


def _task(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a video as a task; one that failed has a result, which says so, and is completed as a task."""
    cancelled = (facts["error"] or {}).get("code") == "cancelled"
    ended = facts["status"] in ("completed", "failed")
    return {
        "taskId": facts["id"],
        "status": "cancelled" if cancelled else "completed" if ended else "working",
        "statusMessage": f"{facts['status']}, {facts['progress']} %",
        "createdAt": _time(facts["created_at"]),
        "lastUpdatedAt": _time(facts["status_update_time"]),
        "ttlMs": None,
        "pollIntervalMs": POLL_MS,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
