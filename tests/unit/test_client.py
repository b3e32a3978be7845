"""The client against a mock transport: retries, errors, waiting, downloads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from grok_video.client import (
    AsyncGrokVideo,
    AuthenticationError,
    GrokVideo,
    GrokVideoError,
    NotFoundError,
    WaitTimeout,
)

VIDEO = {
    "id": "video_1", "status": "queued", "progress": 0, "model": "grok-video-3", "prompt": "x", "seconds": "6",
    "size": "720P", "video_url": None, "error": None, "metadata": {},
}  # fmt: skip
Handler = Callable[[httpx2.Request], httpx2.Response]


def client(handler: Handler) -> GrokVideo:
    return GrokVideo("http://test", "key", transport=httpx2.MockTransport(handler))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grok_video.client._pause", lambda *_: 0.0)


def failure(status: int, code: str, **headers: str) -> httpx2.Response:
    body = {"error": {"message": "It failed.", "code": code, "param": "size"}}
    return httpx2.Response(status, json=body, headers=headers)


def test_creating_sends_json_without_files_and_one_idempotency_key_over_retries() -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(503) if len(seen) < 3 else httpx2.Response(200, json=VIDEO)

    with client(handler) as api:
        assert api.create("x", ["https://a/b.png"], seconds=3).id == "video_1"
    assert len({request.headers["idempotency-key"] for request in seen}) == 1
    assert len(seen) == 3
    assert seen[0].url == "http://test/v1/videos"
    assert json.loads(seen[0].content) == {
        "prompt": "x", "input_reference": ["https://a/b.png"], "model": "grok-video-3", "seconds": 3,
    }  # fmt: skip


def test_files_go_as_form_parts_in_order(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.read())
        return httpx2.Response(200, json=VIDEO)

    for name in ("a.png", "b.jpg"):
        (tmp_path / name).write_bytes(name.encode() * 3)
    with client(handler) as api:
        api.create("x", [tmp_path / "a.png", str(tmp_path / "b.jpg")], metadata={"k": "v"})
        with pytest.raises(ValueError, match="not both"):
            api.create("x", [tmp_path / "a.png", "https://a/b.png"])
    assert seen[0].index(b"a.pnga.png") < seen[0].index(b"b.jpgb.jpg")
    assert seen[0].count(b'name="input_reference[]"') == 2
    assert b'name="metadata[k]"' in seen[0]


@pytest.mark.parametrize(
    ("status", "kind", "attempts"),
    [(400, GrokVideoError, 1), (401, AuthenticationError, 1), (404, NotFoundError, 1), (500, GrokVideoError, 3)],
)
def test_errors_are_classes_and_only_some_are_retried(status: int, kind: type[Exception], attempts: int) -> None:
    count = 0

    def handler(_: httpx2.Request) -> httpx2.Response:
        nonlocal count
        count += 1
        return failure(status, "a_code")

    with client(handler) as api, pytest.raises(kind) as caught:
        api.get("video_1")
    assert isinstance(caught.value, GrokVideoError)
    assert (caught.value.status, caught.value.code, caught.value.param) == (status, "a_code", "size")
    assert count == attempts


def test_a_server_that_says_no_retry_is_believed() -> None:
    count = 0

    def handler(_: httpx2.Request) -> httpx2.Response:
        nonlocal count
        count += 1
        return failure(429, "queue_full", **{"x-should-retry": "false"})

    with client(handler) as api, pytest.raises(GrokVideoError):
        api.get("video_1")
    assert count == 1


def test_an_unreachable_server_is_named() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with client(handler) as api, pytest.raises(GrokVideoError, match="http://test/v1 can not be reached") as caught:
        api.get("video_1")
    assert caught.value.status is None


def test_an_answer_that_is_no_json_is_an_error() -> None:
    with client(lambda _: httpx2.Response(400, text="<html>")) as api, pytest.raises(GrokVideoError, match="HTTP 400"):
        api.get("video_1")


def test_waiting_tells_changes_and_times_out() -> None:
    states = iter([("in_progress", 10), ("in_progress", 60), ("completed", 100)])

    def handler(request: httpx2.Request) -> httpx2.Response:
        assert "wait" in request.url.params
        status, progress = next(states, ("in_progress", 99))
        return httpx2.Response(200, json={**VIDEO, "status": status, "progress": progress})

    seen: list[int] = []
    with client(handler) as api:
        assert api.wait("video_1", on_change=lambda video: seen.append(video.progress)).done
        assert seen == [10, 60, 100]
        with pytest.raises(WaitTimeout, match="goes on"):
            api.wait("video_1", timeout=0.01)


def test_downloads_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "x.mp4"
    with client(lambda _: httpx2.Response(200, content=b"film")) as api:
        assert api.download("video_1", target).read_bytes() == b"film"
    target.unlink()
    with client(lambda _: failure(404, "video_not_ready")) as api, pytest.raises(NotFoundError):
        api.download("video_1", target)
    assert list(tmp_path.iterdir()) == []


def test_iterating_pages() -> None:
    pages: dict[str | None, list[dict[str, Any]]] = {
        None: [{**VIDEO, "id": "video_1"}, {**VIDEO, "id": "video_2"}], "video_2": [{**VIDEO, "id": "video_3"}],
    }  # fmt: skip

    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"data": pages.get(request.url.params.get("after"), [])})

    with client(handler) as api:
        assert [video.id for video in api] == ["video_1", "video_2", "video_3"]


@pytest.mark.anyio
async def test_the_asynchronous_client_does_the_same(tmp_path: Path) -> None:
    count = 0

    def handler(request: httpx2.Request) -> httpx2.Response:
        nonlocal count
        count += 1
        if count == 1:
            return httpx2.Response(502)
        if request.url.path.endswith("/content"):
            return httpx2.Response(200, content=b"film")
        return httpx2.Response(200, json={**VIDEO, "status": "completed"})

    async with AsyncGrokVideo("http://test/v1", "key", transport=httpx2.MockTransport(handler)) as api:
        video = await api.wait((await api.create("x")).id)
        assert video.status == "completed"
        assert (await api.download(video.id, tmp_path / "x.mp4")).read_bytes() == b"film"
        assert (await api.remix(video.id, "y")).id == video.id
        assert (await api.extend(video.id, "y", start_time=1)).id == video.id
        await api.delete(video.id)


def test_importing_the_client_loads_no_server_package() -> None:
    code = (
        "import sys; from grok_video import GrokVideo, AsyncGrokVideo; "
        "print([one for one in ('starlette', 'sqlalchemy', 'dbos', 'numpy', 'cv2', 'av', 'PIL', 'pydantic', 'uvicorn') "
        "if one in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
