"""The methods of video objects, sync and async, and the examples of all public methods."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from grok_video.client import AsyncGrokVideo, AsyncVideo, GrokVideo, GrokVideoError, Video, VideoFailed

VIDEO = {
    "id": "video_1", "status": "queued", "progress": 0, "model": "grok-video-3", "prompt": "x", "seconds": "6",
    "size": "720P", "video_url": None, "error": None, "metadata": {},
}  # fmt: skip


class Imitation:
    """A server with one video, which ends as soon as it is waited for."""

    def __init__(self, status: str = "completed") -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self._status = status

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/v1")
        if path == "/events":
            return httpx2.Response(404)
        body = json.loads(request.content) if request.content else None
        self.requests.append((request.method, path, body))
        if path.endswith("/content"):
            return httpx2.Response(200, content=b"film")
        error = {"code": "rejected", "message": "No."} if self._status == "failed" else None
        ended = {"status": self._status, "progress": 100, "error": error} if request.method == "GET" else {}
        return httpx2.Response(200, json={**VIDEO, **ended})


DERIVED = [
    ("POST", "/videos/video_1/remix", {"prompt": "night", "seed": 5}),
    ("POST", "/videos/video_1/extend", {"prompt": "a dog", "start_time": 2.5, "seconds": 4}),
    ("POST", "/videos/video_1/cancel", None),
    ("GET", "/videos/video_1", None),
    ("DELETE", "/videos/video_1", None),
]


def test_a_video_is_waited_for_saved_and_continued(tmp_path: Path) -> None:
    server, observed = Imitation(), list[int]()
    with GrokVideo("http://test", "key", transport=httpx2.MockTransport(server)) as client:
        video = client.create_and_wait("x", timeout=1, on_change=lambda video: observed.append(video.progress))
        assert (video.status, observed) == ("completed", [100])
        assert video.download(tmp_path / "x.mp4").read_bytes() == b"film"
        assert client.create("x").wait(timeout=1).done
        server.requests.clear()
        assert isinstance(video.remix("night", seed=5), Video)
        video.extend("a dog", start_time=2.5, seconds=4)
        video.cancel()
        assert video.refresh().client is client
        video.delete()
    assert server.requests == DERIVED


@pytest.mark.anyio
async def test_an_asynchronous_video_does_the_same(tmp_path: Path) -> None:
    server, observed = Imitation(), list[int]()
    async with AsyncGrokVideo("http://test", "key", transport=httpx2.MockTransport(server)) as client:
        video = await client.create_and_wait("x", timeout=1, on_change=lambda video: observed.append(video.progress))
        assert (video.status, observed) == ("completed", [100])
        assert (await video.download(tmp_path / "x.mp4")).read_bytes() == b"film"
        assert (await (await client.create("x")).wait(timeout=1)).done
        server.requests.clear()
        assert isinstance(await video.remix("night", seed=5), AsyncVideo)
        await video.extend("a dog", start_time=2.5, seconds=4)
        await video.cancel()
        assert (await video.refresh()).client is client
        await video.delete()
    assert server.requests == DERIVED


@pytest.mark.anyio
async def test_a_failure_is_raised_by_create_and_wait() -> None:
    transport = httpx2.MockTransport(Imitation("failed"))
    with GrokVideo("http://test", "key", transport=transport) as client, pytest.raises(VideoFailed, match="No"):
        client.create_and_wait("x", timeout=1)
    async with AsyncGrokVideo("http://test", "key", transport=transport) as client:
        with pytest.raises(VideoFailed, match="No"):
            await client.create_and_wait("x", timeout=1)


@pytest.mark.anyio
async def test_what_cannot_work_is_refused_at_once(tmp_path: Path) -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(404, text="<html>not found</html>"))
    with GrokVideo("http://test", "key", transport=transport) as client:
        with pytest.raises(TypeError, match="list of files"):
            client.create("x", "cat.png")
        with pytest.raises(IsADirectoryError, match="name of a file"):
            client.download("video_1", tmp_path)
        with pytest.raises(GrokVideoError, match="no Grok Video server"):
            client.get("video_1")

    async def awaited(_: AsyncVideo) -> None: ...

    async with AsyncGrokVideo("http://test", "key", transport=transport) as client:
        with pytest.raises(TypeError, match="plain function"):
            await client.wait("video_1", on_change=cast("Any", awaited))


METHODS = [
    (kind, name, method)
    for kind in (GrokVideo, AsyncGrokVideo, Video, AsyncVideo)
    for name, method in inspect.getmembers(kind, inspect.isfunction)
    if not name.startswith("_") and name not in ("close", "raise_for_status")
]


@pytest.mark.parametrize(
    ("kind", "name", "method"), METHODS, ids=[f"{kind.__name__}.{name}" for kind, name, _ in METHODS]
)
def test_every_public_method_has_an_example(kind: type, name: str, method: Any) -> None:
    lines = [line.strip() for line in (inspect.getdoc(method) or "").splitlines()]
    called = "video" if kind in (Video, AsyncVideo) else "client"
    code = [line for line in lines if f"{called}.{name}(" in line]
    assert code, f"{kind.__name__}.{name} has no example"
    for line in code:
        compile(f"async def example():\n    {line.rstrip(':')}" + (":\n        pass" if line.endswith(":") else ""),
                name, "exec")  # fmt: skip
        if kind in (AsyncGrokVideo, AsyncVideo) and "async for" not in line and not line.startswith("#"):
            assert "await " in line, line


def test_both_clients_and_both_videos_have_the_same_methods() -> None:
    for sync, aio in ((GrokVideo, AsyncGrokVideo), (Video, AsyncVideo)):
        signatures = [
            {
                name: list(inspect.signature(method).parameters)
                for name, method in inspect.getmembers(kind, inspect.isfunction)
                if not name.startswith("_")
            }
            for kind in (sync, aio)
        ]
        assert signatures[0] == signatures[1]
