"""MCP beyond tools: tasks, asking before what costs money, resources."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    BlobResourceContents,
    CallToolResult,
    ElicitResult,
    Request,
    Result,
    TextResourceContents,
)
from pydantic import Field

from grok_video.client import ServerError
from grok_video.mcp.video_tasks import TaskParams, VideoTasks
from tests.conftest import Server, start_server
from tests.imitations.xai import XaiImitation

from .test_cli import PROGRAM
from .test_mcp import environment, facts, http_server, stdio, text

pytestmark = pytest.mark.anyio
EXTENSION = "io.modelcontextprotocol/tasks"


class TaskResult(Result):
    """A task in place of a tool's result."""

    result_type: Literal["task"] = Field("task", alias="resultType")
    task_id: str = Field(alias="taskId")
    status: str
    poll_interval_ms: int = Field(alias="pollIntervalMs")
    created_at: str = Field(alias="createdAt")
    ttl_ms: int | None = Field(alias="ttlMs")


class AnyResult(Result, extra="allow"):
    """Whatever a request of the extension returns."""


class TaskRequest(Request[dict[str, Any], str]):
    """A request of the extension."""


async def ask(session: Any, method: str, task_id: str, **more: Any) -> dict[str, Any]:
    request = TaskRequest(method=method, params={"taskId": task_id, **more})
    result = await session.send_request(request, AnyResult)
    return result.model_dump(by_alias=True)


class TasksClient(ClientExtension):
    """The extension as a client has it: the task is asked about until it has ended."""

    identifier = EXTENSION

    def __init__(self) -> None:
        self.states: list[dict[str, Any]] = []

    def claims(self) -> Any:
        return (ResultClaim(result_type="task", model=TaskResult, resolve=self.resolve),)

    async def resolve(self, task: TaskResult, ctx: ClaimContext) -> CallToolResult:
        self.states.append(task.model_dump(by_alias=True))
        while True:
            state = await ask(ctx.session, "tasks/get", task.task_id)
            self.states.append(state)
            if state["status"] != "working":
                return CallToolResult.model_validate(state["result"])
            await asyncio.sleep(0.2)


def with_tasks(server: Server) -> tuple[Client, TasksClient]:
    extension = TasksClient()
    command = StdioServerParameters(
        command=PROGRAM[0], args=[*PROGRAM[1:], "mcp"], env=environment(server, GROK_VIDEO_API_KEY=server.key)
    )
    return Client(command, extensions=[extension]), extension


async def test_a_client_with_tasks_gets_one_and_asks_about_it(fake_server: Server) -> None:
    client, extension = with_tasks(fake_server)
    async with client:
        made = await client.call_tool("create_video", {"prompt": "a cat", "seconds": 2, "wait_seconds": 60})
        assert (facts(made)["status"], facts(made)["seconds"]) == ("completed", "2")
        first, last = extension.states[0], extension.states[-1]
        assert (first["resultType"], first["taskId"], first["ttlMs"]) == ("task", facts(made)["id"], None)
        assert first["createdAt"].endswith("Z")
        assert (last["status"], last["statusMessage"]) == ("completed", "completed, 100 %")
        assert any(content["type"] == "resource_link" for content in last["result"]["content"])
        refused = await client.call_tool("create_video", {"prompt": "@img3"})
        assert (refused.is_error, "names @img3" in text(refused)) == (True, True)


async def test_a_task_can_be_cancelled_and_others_do_not_exist(fake_server: Server) -> None:
    client, _ = with_tasks(fake_server)
    async with client:
        with fake_server.client() as http:
            slow = http.post("/v1/videos", json={"prompt": "slow", "metadata": {"fake_delay": "60"}}).json()["id"]
        assert (await ask(client.session, "tasks/update", slow, inputResponses={}))["resultType"] == "complete"
        assert (await ask(client.session, "tasks/cancel", slow))["resultType"] == "complete"
        deadline = time.monotonic() + 30
        while (state := await ask(client.session, "tasks/get", slow))["status"] == "working":
            assert time.monotonic() < deadline
        assert state["status"] == "cancelled"
        assert "result" not in state
        for method in ("tasks/get", "tasks/cancel", "tasks/update"):
            with pytest.raises(Exception, match="There is no task 'video_00000"):
                await ask(client.session, method, "video_" + "0" * 32)


async def test_another_keys_task_and_resource_do_not_exist(fake_server: Server, tmp_path: Path) -> None:
    with fake_server.client() as http:
        mine = http.post("/v1/videos", json={"prompt": "a cat", "seconds": 1}).json()["id"]
        theirs = http.post("/v1/keys", json={"name": "other"}).json()["key"]
    with http_server(fake_server, tmp_path, GROK_VIDEO_API_KEY=fake_server.key) as url:
        headers = {"authorization": f"Bearer {theirs}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as session,
            Client(streamable_http_client(url, http_client=session), extensions=[TasksClient()]) as client,
        ):
            for method in ("tasks/get", "tasks/cancel"):
                with pytest.raises(Exception, match="There is no task 'video_"):
                    await ask(client.session, method, mine)
            for file in ("", "/video.mp4", "/thumbnail.webp"):
                with pytest.raises(Exception, match="no such video"):
                    await client.read_resource(f"grok-video://videos/{mine}{file}")
    with fake_server.client() as http:
        assert http.get(f"/v1/videos/{mine}").json()["error"] is None


async def test_a_server_that_fails_is_not_a_task_that_does_not_exist() -> None:
    class Failing:
        def raw_client(self, _ctx: Any) -> Any:
            raise ServerError("The database cannot be reached.")

    context: Any = SimpleNamespace(request=None)
    tasks = VideoTasks(Failing())  # pyright: ignore[reportArgumentType]
    with pytest.raises(MCPError) as failed:
        await tasks.get(context, TaskParams(taskId="video_1"))
    assert (failed.value.error.code, failed.value.error.message) == (INTERNAL_ERROR, "The database cannot be reached.")


async def test_a_client_without_tasks_gets_none(fake_server: Server) -> None:
    async with stdio(fake_server) as client:
        made = await client.call_tool("create_video", {"prompt": "a cat", "seconds": 1})
        assert facts(made)["status"] == "completed"


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, XaiImitation]]:
    """A server whose videos cost money."""
    with XaiImitation() as xai:
        folder = tmp_path_factory.mktemp("paid")
        settings = {"GROK_VIDEO_XAI_API_KEY": xai.key, "GROK_VIDEO_XAI_BASE_URL": xai.base_url}
        server = start_server(folder, **settings)
        yield server, xai
        server.stop()


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_the_user_is_asked_before_what_costs_money(paid: tuple[Server, XaiImitation], mode: str) -> None:
    server, xai = paid
    asked: list[str] = []
    answers = [
        ElicitResult(action="decline"), ElicitResult(action="accept", content={"make": False}),
        ElicitResult(action="decline"), ElicitResult(action="accept", content={"make": True}),
        ElicitResult(action="cancel"), ElicitResult(action="cancel"),
    ]  # fmt: skip

    async def answer(_context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return answers.pop(0)

    command = StdioServerParameters(
        command=PROGRAM[0], args=[*PROGRAM[1:], "mcp"], env=environment(server, GROK_VIDEO_API_KEY=server.key)
    )
    before = len(xai.submissions)
    async with Client(command, elicitation_callback=answer, mode=mode) as client:
        for _ in range(2):
            declined = await client.call_tool("create_video", {"prompt": "a cat", "seconds": 2})
            assert (declined.is_error, "nothing was made" in text(declined)) == (False, True)
        assert len(xai.submissions) == before
        large = {"prompt": "a cat", "seconds": 2, "size": "1080P"}
        assert "nothing was made" in text(await client.call_tool("create_video", large))
        made = await client.call_tool("create_video", {"prompt": "a cat", "seconds": 2})
        assert facts(made)["status"] == "completed"
        for tool, more in (("extend_video", {"seconds": 3}), ("remix_video", {})):
            video = {"video_id": facts(made)["id"], "prompt": "on"}
            assert "nothing was made" in text(await client.call_tool(tool, {**video, **more}))
    assert len(xai.submissions) == before + 1
    assert asked[0] == "Making this video by xai costs about US$ 0.28 (2 s at US$ 0.14). Make it?"
    assert "0.50 (2 s at US$ 0.25)" in asked[2]
    assert "0.42 (3 s" in asked[4]
    assert "0.28 (2 s" in asked[5]


async def test_who_cannot_be_asked_is_not(paid: tuple[Server, XaiImitation]) -> None:
    server, _ = paid
    async with stdio(server) as client:
        assert facts(await client.call_tool("create_video", {"prompt": "a cat", "seconds": 1}))["status"] == "completed"


async def test_what_costs_nothing_is_never_asked(fake_server: Server) -> None:
    async def answer(_context: Any, _params: Any) -> ElicitResult:
        raise AssertionError("asked")

    command = StdioServerParameters(
        command=PROGRAM[0],
        args=[*PROGRAM[1:], "mcp"],
        env=environment(fake_server, GROK_VIDEO_API_KEY=fake_server.key),
    )
    async with Client(command, elicitation_callback=answer) as client:
        assert not (await client.call_tool("create_video", {"prompt": "a cat", "seconds": 1})).is_error


async def test_videos_and_thumbnails_are_resources(fake_server: Server, tmp_path: Path) -> None:
    async with stdio(fake_server) as client:
        made = facts(await client.call_tool("create_video", {"prompt": "a cat", "seconds": 1}))
        templates = (await client.list_resource_templates()).resource_templates
        assert {template.uri_template for template in templates} == {
            f"grok-video://videos/{{video_id}}{file}" for file in ("", "/video.mp4", "/thumbnail.webp")
        }
        base = f"grok-video://videos/{made['id']}"
        (known,) = (await client.read_resource(base)).contents
        assert isinstance(known, TextResourceContents)
        assert json.loads(known.text)["status"] == "completed"
        starts = {}
        for file in ("video.mp4", "thumbnail.webp"):
            (content,) = (await client.read_resource(f"{base}/{file}")).contents
            assert isinstance(content, BlobResourceContents)
            starts[content.mime_type] = base64.b64decode(content.blob)[:12]
        assert starts["video/mp4"][4:8] == b"ftyp"
        assert starts["image/webp"][8:12] == b"WEBP"
        with pytest.raises(Exception, match="no such video"):
            await client.read_resource("grok-video://videos/video_" + "0" * 32)
