"""The client against a mock transport: retries, errors, waiting, downloads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from grok_video.client import (
    AsyncGrokVideo,
    AuthenticationError,
    ConflictError,
    ConnectionFailed,
    GrokVideo,
    GrokVideoError,
    InvalidRequestError,
    NotFoundError,
    RateLimitError,
    ServerError,
    VideoFailed,
    WaitTimeout,
)

VIDEO = {
    "id": "video_1", "status": "queued", "progress": 0, "model": "grok-video-3", "prompt": "x", "seconds": "6",
    "size": "720P", "video_url": None, "error": None, "metadata": {},
}  # fmt: skip
Handler = Callable[[httpx2.Request], httpx2.Response]


def client(handler: Handler) -> GrokVideo:
    return GrokVideo("http://test", "key", transport=httpx2.MockTransport(handler))


SCENE = {"shots": [{"environment": "sea"}]}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sync", "aio"):
        monkeypatch.setattr(f"grok_video.client.{name}.pause", lambda *_: 0.0)


def failure(status: int, code: str, **headers: str) -> httpx2.Response:
    body = {"error": {"message": "It failed.", "code": code, "param": "size"}}
    return httpx2.Response(status, json=body, headers=headers)


def test_creating_sends_json_without_files_and_one_idempotency_key_over_retries() -> None:
    observed: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        observed.append(request)
        return httpx2.Response(503) if len(observed) < 3 else httpx2.Response(200, json=VIDEO)

    with client(handler) as api:
        assert api.create("x", ["https://a/b.png"], seconds=3).id == "video_1"
    assert len({request.headers["idempotency-key"] for request in observed}) == 1
    assert len(observed) == 3
    assert observed[0].url == "http://test/v1/videos"
    assert json.loads(observed[0].content) == {
        "prompt": "x", "input_reference": ["https://a/b.png"], "model": "grok-video-3", "seconds": 3,
    }  # fmt: skip


def test_files_go_as_form_parts_in_order(tmp_path: Path) -> None:
    observed: list[bytes] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        observed.append(request.read())
        return httpx2.Response(200, json=VIDEO)

    for name in ("a.png", "b.jpg"):
        (tmp_path / name).write_bytes(name.encode() * 3)
    with client(handler) as api:
        api.create("x", [tmp_path / "a.png", str(tmp_path / "b.jpg")], metadata={"k": "v"})
        api.create("x", [tmp_path / "a.png", "https://a/b.png"])
    assert observed[0].index(b"a.pnga.png") < observed[0].index(b"b.jpgb.jpg")
    assert observed[0].count(b'name="input_reference[]"') == 2
    assert b'name="metadata[k]"' in observed[0]
    # Two lists would lose the order.
    assert json.loads(observed[1])["input_reference"] == [
        "data:image/png;base64,YS5wbmdhLnBuZ2EucG5n",
        "https://a/b.png",
    ]


def test_a_scene_is_json_in_a_form_too(tmp_path: Path) -> None:
    observed: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        request.read()
        observed.append(request)
        return httpx2.Response(200, json={**VIDEO, "scene": SCENE})

    (tmp_path / "a.png").write_bytes(b"a")
    with client(handler) as api:
        api.create(scene=SCENE)
        api.create(scene=SCENE, images=[tmp_path / "a.png"])
        api.remix("video_1", scene=SCENE)
        assert api.scene("video_1") == SCENE
        api.read_prompt("a cat", seed=3)
    assert json.loads(observed[0].content)["scene"] == SCENE
    assert json.dumps(SCENE).encode() in observed[1].content
    assert json.loads(observed[2].content)["scene"] == SCENE
    assert (observed[3].method, observed[3].url.path) == ("GET", "/v1/videos/video_1/scene")
    assert (observed[4].method, observed[4].url.path) == ("POST", "/v1/prompt/read")
    assert json.loads(observed[4].content) == {"prompt": "a cat", "seed": 3}


@pytest.mark.parametrize(
    ("status", "kind", "attempts"),
    [
        (400, InvalidRequestError, 1),
        (413, InvalidRequestError, 1),
        (401, AuthenticationError, 1),
        (404, NotFoundError, 1),
        (409, ConflictError, 1),
        (429, RateLimitError, 3),
        (500, ServerError, 3),
    ],
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

    with client(handler) as api, pytest.raises(GrokVideoError, match="http://test/v1 cannot be reached") as caught:
        api.get("video_1")
    assert caught.value.status is None


def test_a_response_that_is_no_json_is_an_error() -> None:
    with client(lambda _: httpx2.Response(400, text="<html>")) as api, pytest.raises(GrokVideoError, match="HTTP 400"):
        api.get("video_1")


EVENTS = {"content-type": "text/event-stream; charset=utf-8"}


def stream(*events: tuple[str, Any]) -> httpx2.Response:
    text = ": open\n\n" + "".join(f"event: {name}\ndata: {json.dumps(body)}\n\n" for name, body in events)
    return httpx2.Response(200, text=text, headers=EVENTS)


def at(status: str, progress: int) -> dict[str, Any]:
    return {**VIDEO, "status": status, "progress": progress}


def test_waiting_listens_to_the_stream_and_tells_place_and_time() -> None:
    place = {"id": "video_1", "position": 2, "eta_seconds": 30.0}
    requested: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        requested.append(f"{request.url.path}?{request.url.query.decode()}")
        if not request.url.path.endswith("/events"):
            return httpx2.Response(200, json=VIDEO)
        return stream(
            ("queue", [place]), ("task", {**at("completed", 100), "id": "other"}), ("task", at("in_progress", 40)),
            ("queue", [{**place, "position": None, "eta_seconds": 9.0}]), ("task", at("completed", 100)),
        )  # fmt: skip

    observed: list[tuple[str, int, int | None, float | None]] = []
    with client(handler) as api:
        video = api.wait(
            "video_1",
            on_change=lambda video: observed.append((video.status, video.progress, video.position, video.eta)),
        )
    assert (video.id, video.status) == ("video_1", "completed")
    assert requested == ["/v1/events?queue=true", "/v1/videos/video_1?"], "the state is read once the stream is open"
    assert observed == [
        ("queued", 0, None, None), ("queued", 0, 2, 30.0), ("in_progress", 40, None, 30.0),
        ("in_progress", 40, None, 9.0), ("completed", 100, None, None),
    ]  # fmt: skip


def test_lines_of_a_stream_end_at_line_feeds_alone() -> None:
    metadata = {"note": "one\u2028two\x85three"}

    def handler(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/events"):
            text = f"data: {json.dumps({**at('completed', 100), 'metadata': metadata}, ensure_ascii=False)}"
            return httpx2.Response(200, text=f"event: task\r\n{text}\r\n\r\n", headers=EVENTS)
        return httpx2.Response(200, json=VIDEO)

    with client(handler) as api:
        assert api.wait("video_1").metadata == metadata


def test_following_waits_for_a_server_that_restarts_and_goes_on_where_it_was() -> None:
    requested: list[str | None] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        requested.append(request.headers.get("last-event-id"))
        if len(requested) == 1:
            return httpx2.Response(200, text=": open\nid: 7\n\nevent: ta", headers=EVENTS)
        if len(requested) == 2:
            return httpx2.Response(502)
        if len(requested) < 7:
            raise httpx2.ConnectError("restarting")
        text = f"event: task\nid: 9\ndata: {json.dumps(at('queued', 0))}\n\n"
        return httpx2.Response(200, text=text, headers=EVENTS)

    with client(handler) as api:
        assert next(api.events()).raw["event"] == "9"
    assert requested == [None, *["7"] * 6]


def test_following_a_server_that_was_never_there_fails() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with client(handler) as api, pytest.raises(ConnectionFailed):
        next(api.events())


@pytest.mark.parametrize("kind", ["none", "refused", "broken", "ended"])
def test_without_a_stream_waiting_polls(kind: str) -> None:
    states = iter([("in_progress", 10), ("in_progress", 60), ("completed", 100)])

    def handler(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/events"):
            if kind == "broken":
                raise httpx2.ReadError("gone")
            if kind == "ended":
                return stream(("task", at("in_progress", 5)))
            return httpx2.Response(404) if kind == "none" else httpx2.Response(200, json={})
        if "wait" not in request.url.params:
            return httpx2.Response(200, json=VIDEO)
        return httpx2.Response(200, json=at(*next(states)))

    observed: list[int] = []
    with client(handler) as api:
        assert api.wait("video_1", on_change=lambda video: observed.append(video.progress)).done
    assert observed[-3:] == [10, 60, 100]


def test_waiting_gives_up_in_time() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert "wait" in request.url.params, "a short wait needs no stream"
        return httpx2.Response(200, json=at("in_progress", 99))

    with client(handler) as api, pytest.raises(WaitTimeout, match="continues"):
        api.wait("video_1", timeout=0.01)


def test_a_failure_is_raised_where_it_is_requested() -> None:
    failed = {**at("failed", 3), "error": {"code": "rejected", "message": "It was refused."}}
    with client(lambda _: httpx2.Response(200, json=failed)) as api:
        video = api.get("video_1")
        with pytest.raises(VideoFailed, match="It was refused") as caught:
            video.raise_for_status()
    assert caught.value.code == "rejected"
    with client(lambda _: httpx2.Response(200, json=VIDEO)) as api:
        assert api.get("video_1").raise_for_status() == api.get("video_1")


def test_all_videos_are_gone_through_page_by_page_even_if_they_are_deleted_meanwhile() -> None:
    living = [str(number) for number in range(5)]
    requested: list[dict[str, str]] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        if request.method == "DELETE":
            living.remove(request.url.path.rpartition("/")[2])
            return httpx2.Response(200, json={})
        requested.append(dict(request.url.params))
        after = requested[-1].get("after")
        if after is not None and after not in living:
            return failure(404, "video_not_found")
        page = [name for name in living if after is None or name > after][:2]
        return httpx2.Response(200, json={"data": [{**VIDEO, "id": name} for name in page]})

    observed: list[str] = []
    with client(handler) as api:
        for video in api.videos(search="fox", status=["queued", "failed"]):
            observed.append(video.id)
            api.delete(video.id)
    assert observed == ["0", "1", "2", "3", "4"]
    assert requested[1] == {"limit": "100", "after": "1", "order": "desc", "search": "fox", "status": "queued,failed"}


def test_an_id_is_one_segment_of_a_path() -> None:
    observed: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        observed.append(request.url.raw_path.decode())
        return httpx2.Response(200, json=VIDEO)

    with client(handler) as api:
        api.get("../keys")
        api.get("grok:1")
    assert observed == ["/v1/videos/..%2Fkeys", "/v1/videos/grok:1"]


def ranged_async(request: httpx2.Request, sent: int | None) -> httpx2.Response:
    answer = ranged(request, sent)
    pieces = cast("Iterator[bytes]", answer.stream)

    async def chunks() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return httpx2.Response(answer.status_code, content=chunks(), headers=answer.headers)


FILM = bytes(range(256)) * 20


def ranged(request: httpx2.Request, sent: int | None = None) -> httpx2.Response:
    """Serve FILM as a server with ranges does; break off after so many bytes."""
    start = int((request.headers.get("range") or "bytes=0-")[6:-1])
    if start >= len(FILM):
        return failure(416, "range_not_satisfiable")
    body = FILM[start:]
    headers = {"content-length": str(len(body)), "content-range": f"bytes {start}-{len(FILM) - 1}/{len(FILM)}"}

    def chunks() -> Iterator[bytes]:
        yield body[:sent]
        if sent is not None:
            raise httpx2.ReadError("the line broke")

    return httpx2.Response(206 if start else 200, content=chunks(), headers=headers)


def test_a_broken_download_goes_on_where_it_ended(tmp_path: Path) -> None:
    ranges: list[str | None] = []
    reported: list[tuple[int, int | None]] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        ranges.append(request.headers.get("range"))
        return ranged(request, 1000 if len(ranges) < 3 else None)

    with client(handler) as api:
        saved = api.download(
            "video_1", tmp_path / "x.mp4", on_progress=lambda done, total: reported.append((done, total))
        )
    assert saved.read_bytes() == FILM
    assert ranges == [None, "bytes=1000-", "bytes=2000-"]
    assert reported == [(1000, len(FILM)), (2000, len(FILM)), (len(FILM), len(FILM))]
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4"]


def test_a_later_download_goes_on_where_an_earlier_one_ended(tmp_path: Path) -> None:
    with client(lambda request: ranged(request, 100)) as api, pytest.raises(ConnectionFailed):
        api.download("video_1", tmp_path / "x.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4.video_1.video.part"], "never half a file by its name"
    ranges: list[str | None] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        ranges.append(request.headers.get("range"))
        return ranged(request)

    with client(handler) as api:
        assert api.download("video_1", tmp_path / "x.mp4").read_bytes() == FILM
        # Another video under the same name starts again, and so does a part that is longer than the file.
        assert api.download("video_2", tmp_path / "x.mp4").read_bytes() == FILM
        (tmp_path / "x.mp4.video_1.video.part").write_bytes(FILM + b"more")
        assert api.download("video_1", tmp_path / "x.mp4").read_bytes() == FILM
    assert ranges == ["bytes=300-", None, f"bytes={len(FILM) + 4}-", None]


def test_a_server_without_ranges_starts_again(tmp_path: Path) -> None:
    (tmp_path / "x.mp4.video_1.video.part").write_bytes(b"old")
    with client(lambda _: httpx2.Response(200, content=FILM)) as api:
        assert api.download("video_1", tmp_path / "x.mp4").read_bytes() == FILM


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
            return ranged_async(request, 1000 if "range" not in request.headers else None)
        if request.url.path.endswith("/events"):
            return stream(("task", at("completed", 100)))
        if "after" in request.url.params:
            return httpx2.Response(200, json={"data": []})
        if request.url.path.endswith("/videos") and request.method == "GET":
            return httpx2.Response(200, json={"data": [VIDEO]})
        return httpx2.Response(200, json=VIDEO)

    async with AsyncGrokVideo("http://test/v1", "key", transport=httpx2.MockTransport(handler)) as api:
        video = await api.wait((await api.create("x")).id)
        assert video.status == "completed"
        assert (await api.download(video.id, tmp_path / "x.mp4")).read_bytes() == FILM
        assert [video.id async for video in api] == ["video_1"]
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


def test_importing_the_client_is_quick() -> None:
    code = (
        "import time; began = time.process_time(); from grok_video import GrokVideo; print(time.process_time() - began)"
    )
    took = min(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    )
    assert took < 3 * 0.150
