"""The MCP server, by the package's own client, over stdio and streamable HTTP."""

from __future__ import annotations

import base64
import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ImageContent, ResourceLink, TextContent
from PIL import Image

from tests.conftest import Server
from tests.factories import image_bytes

from .test_cli import PROGRAM

pytestmark = pytest.mark.anyio
TOOLS = {
    "create_video", "extend_video", "remix_video", "video_status", "list_videos", "video_scene", "read_prompt",
}  # fmt: skip


def environment(server: Server, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GROK_VIDEO_")}
    return {**clean, "GROK_VIDEO_BASE_URL": server.base, **more}


def stdio(server: Server) -> Client:
    command = StdioServerParameters(
        command=PROGRAM[0], args=[*PROGRAM[1:], "mcp"], env=environment(server, GROK_VIDEO_API_KEY=server.key)
    )
    return Client(command)


@contextmanager
def http_server(server: Server, folder: Path, *arguments: str, **more: str) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*PROGRAM, "mcp", "--http", "--port", str(port), *arguments], cwd=folder, env=environment(server, **more),
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(20)


@asynccontextmanager
async def calling(url: str, key: str) -> AsyncIterator[Client]:
    """Connect with its own key."""
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


def text(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


def link(result: CallToolResult) -> ResourceLink:
    return next(part for part in result.content if isinstance(part, ResourceLink))


def facts(result: CallToolResult) -> dict[str, Any]:
    assert result.structured_content
    return result.structured_content


async def test_videos_are_made_and_continued_over_stdio(fake_server: Server, tmp_path: Path) -> None:
    (tmp_path / "first.png").write_bytes(image_bytes(160, 160))
    async with stdio(fake_server) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
        observed: list[float] = []

        async def progress(done: float, total: float | None, message: str | None) -> None:
            assert total == 100
            observed.append(done)

        arguments = {"prompt": "a cat", "seconds": 1, "images": [str(tmp_path / "first.png")], "seed": 3}
        created = await client.call_tool("create_video", arguments, progress_callback=progress)
        assert not created.is_error, text(created)
        assert facts(created)["aspect_ratio"] == "1:1"
        assert observed == sorted(observed)
        assert observed
        # The link opens without a key, as a person's browser opens it.
        film = httpx2.get(str(link(created).uri), trust_env=False)
        assert (film.status_code, link(created).mime_type, len(film.content)) == (200, "video/mp4", link(created).size)
        shown = next(part for part in created.content if isinstance(part, ImageContent))
        with Image.open(io.BytesIO(base64.b64decode(shown.data))) as image:
            assert image.width == image.height
        first = facts(created)["id"]
        extended = await client.call_tool(
            "extend_video", {"video_id": first, "prompt": "more", "start_time": 0.5, "seconds": 2}
        )
        assert facts(extended)["seconds"] == "2.5"
        assert facts(extended)["source_video_id"] == first
        remixed = await client.call_tool("remix_video", {"video_id": first, "prompt": "at night"})
        assert facts(remixed)["status"] == "completed"
        listed = await client.call_tool("list_videos", {"search": "night", "limit": 1})
        assert facts(listed)["videos"][0]["id"] == facts(remixed)["id"]
        assert facts(remixed)["id"] in text(listed)


async def test_a_scene_is_read_edited_and_made(animatic_server: Server) -> None:
    async with stdio(animatic_server) as client:
        read = facts(await client.call_tool("read_prompt", {"prompt": "a corgi on a beach"}))
        assert read["shown_as"] == {"corgi": "dog"}
        scene = read["scene"]
        scene["shots"][0]["time"] = "night"
        made = await client.call_tool("create_video", {"scene": scene, "seconds": 1})
        assert not made.is_error, text(made)
        assert facts(await client.call_tool("video_scene", {"video_id": facts(made)["id"]})) == scene
        scene["shots"][0]["time"] = "noon"
        refused = await client.call_tool("remix_video", {"video_id": facts(made)["id"], "scene": scene})
        assert (refused.is_error, "scene.shots.0.time is 'noon'" in text(refused)) == (True, True)


async def test_what_takes_longer_is_waited_for_by_a_second_call(fake_server: Server) -> None:
    async with stdio(fake_server) as client:
        begun = await client.call_tool(
            "create_video", {"prompt": "long", "model": "grok-video-3-max", "wait_seconds": 0}
        )
        assert facts(begun)["status"] in ("queued", "in_progress")
        assert "video_status" in text(begun)
        again = await client.call_tool("video_status", {"video_id": facts(begun)["id"], "wait_seconds": 60})
        assert facts(again)["status"] == "completed"
        assert "15 s" in text(again)


async def test_what_the_api_refuses_is_told_to_the_assistant(fake_server: Server) -> None:
    async with stdio(fake_server) as client:
        for tool, arguments, value in (
            ("create_video", {"prompt": "@img3 dances"}, "@img3"),
            ("create_video", {"prompt": "x", "seconds": 40}, "seconds is 40"),
            ("create_video", {"prompt": "x", "images": ["/nowhere.png"]}, "is not a URL"),
            ("extend_video", {"video_id": "video_" + "0" * 32, "prompt": "x"}, "video_not_found"),
            ("video_status", {"video_id": "nonsense"}, "no such video"),
        ):
            result = await client.call_tool(tool, arguments)
            assert result.is_error
            assert value in text(result), text(result)


async def test_over_http_each_caller_has_their_own_library_and_no_files(fake_server: Server, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(image_bytes())
    with fake_server.client() as api:
        guest = api.post("/v1/keys", json={"name": "assistant"}).json()["key"]
    with http_server(fake_server, tmp_path, "--own-key", GROK_VIDEO_API_KEY=fake_server.key) as url:
        async with calling(url, guest) as client:
            created = await client.call_tool("create_video", {"prompt": "mine", "seconds": 1})
            assert facts(created)["status"] == "completed"
            listed = await client.call_tool("list_videos", {})
            assert [video["id"] for video in facts(listed)["videos"]] == [facts(created)["id"]]
            files = {"prompt": "x", "images": [str(tmp_path / "secret.png")]}
            refused = await client.call_tool("create_video", files)
            assert refused.is_error
            assert "is not a URL, a data URI." in text(refused)
        async with calling(url, "gv-wrong") as client:
            refused = await client.call_tool("list_videos", {})
            assert refused.is_error
            assert "invalid_api_key" in text(refused)
        async with Client(url) as client:
            assert not (await client.call_tool("list_videos", {})).is_error, "on this machine, with our own key"


async def test_our_own_key_serves_nobody_unless_it_is_said_and_never_those_behind_a_proxy(
    fake_server: Server, tmp_path: Path
) -> None:
    with http_server(fake_server, tmp_path, GROK_VIDEO_API_KEY=fake_server.key) as url:
        async with Client(url) as client:
            refused = await client.call_tool("list_videos", {})
            assert refused.is_error
            assert "No API key" in text(refused)
    with http_server(fake_server, tmp_path, "--own-key", GROK_VIDEO_API_KEY=fake_server.key) as url:
        for headers in ({"x-forwarded-for": "10.0.0.9"}, {"authorization": "Basic eA=="}):
            async with (
                httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as http,
                Client(streamable_http_client(url, http_client=http)) as client,
            ):
                assert (await client.call_tool("list_videos", {})).is_error
    ran = subprocess.run(
        [*PROGRAM, "mcp", "--http", "--own-key", "--host", "0.0.0.0"], env=environment(fake_server),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 2


def test_without_the_package_the_command_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "mcp.py").write_text("raise ModuleNotFoundError(\"No module named 'mcp'\", name='mcp')")
    ran = subprocess.run(
        [sys.executable, "-m", "grok_video", "mcp"], env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "pip install 'grok-video[mcp]'" in ran.stderr
