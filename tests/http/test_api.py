"""The API as clients use it: both formats over one set of tasks."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection
from typing import Any

import httpx2
import pytest

from tests.conftest import Server, start_server
from tests.factories import image_bytes

MODEL = "grok-video-3"


def create(http: httpx2.Client, **fields: Any) -> dict[str, Any]:
    answer = http.post("/v1/videos", json={"model": MODEL, "prompt": "a cat", "seconds": 1, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def done(fake_server: Server) -> dict[str, Any]:
    """A completed two-second video."""
    with fake_server.client() as http:
        return fake_server.finish(create(http, seconds=2, size="720p")["id"])


def test_a_task_made_in_one_format_is_known_in_the_other(http: httpx2.Client, fake_server: Server) -> None:
    created = http.post(
        "/v1/video/create", json={"model": MODEL, "prompt": "a cat", "images": [], "duration": 1}
    ).json()
    assert created["id"].startswith("grok:")
    assert created["task_id"] == created["id"]
    assert created["status"] == "processing"
    assert datetime.fromisoformat(created["created_at"]).tzinfo is not None
    bare = created["id"].removeprefix("grok:")
    for value in (created["id"], created["id"].replace(":", "%3A"), bare, bare.replace("-", ""), f"{MODEL}:{bare}",
                 f"video_{bare.replace('-', '')}"):  # fmt: skip
        video = http.get(f"/v1/videos/{value}").json()
        assert (video["id"], video["object"]) == (created["id"], "video"), value
        unified = http.get(f"/v1/video/query?id={value}").json()
        assert unified["id"] == created["id"]
        assert "created_at" not in unified
    assert fake_server.finish(created["id"])["status"] == "completed"
    query = http.get("/v1/video/query", params={"id": created["id"]}).json()
    assert (query["status"], query["duration"], query["ratio"]) == ("completed", 1, "16:9")


def test_every_encoding_makes_the_same_task(http: httpx2.Client) -> None:
    fields = {"model": MODEL, "prompt": "a cat", "seconds": "1", "size": "1080p", "aspect_ratio": "2:3"}
    data = base64.b64encode(image_bytes()).decode()
    answers = [
        http.post("/v1/videos", json={**fields, "input_reference": data}),
        http.post("/v1/videos", data={**fields, "input_reference": data}),
        http.post("/v1/videos", data=fields, files={"input_reference": ("x.png", image_bytes(), "image/png")}),
        http.post("/v1/videos", data=fields, files=[("input_reference[]", ("upload", image_bytes(), "x/y"))]),
        http.post("/v1/videos", data={**fields, "input_reference[image_url]": f"data:image/png;base64,{data}"}),
        http.post("/v1/videos", files={**{name: (None, text) for name, text in fields.items()},
                                       "images": (None, f"data:image/png;base64,{data}")}),
    ]  # fmt: skip
    for answer in answers:
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert (body["width"], body["height"], body["seconds"], body["size"]) == (1080, 1620, "1", "1080p")
        assert body["metadata"]["mode"] == "first_frame"
        http.delete(f"/v1/videos/{body['id']}")


def test_images_decide_the_mode_and_the_ratio(http: httpx2.Client) -> None:
    wide, tall = image_bytes(320, 180), image_bytes(180, 320, seed=2)
    uri = [f"data:image/png;base64,{base64.b64encode(image).decode()}" for image in (wide, tall)]
    for images, prompt, mode, ratio in (
        ([], "x", "text", "16:9"), ([uri[1]], "x", "first_frame", "9:16"), (uri, "x", "first_last_frame", "16:9"),
        (uri, "@img2 and @img1", "reference", "16:9"), ([uri[0]] * 3, "x", "reference", "16:9"),
    ):  # fmt: skip
        body = {"model": MODEL, "prompt": prompt, "images": images, "duration": 1}
        created = http.post("/v1/video/create", json=body).json()
        assert (created["metadata"]["mode"], created["ratio"]) == (mode, ratio)
        http.delete(f"/v1/videos/{created['id']}")


def test_a_large_base64_part_is_accepted(http: httpx2.Client) -> None:
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(1).integers(0, 255, (700, 700, 3), dtype=np.uint8)
    import io

    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, format="PNG")
    text = base64.b64encode(buffer.getvalue()).decode()
    assert len(text) > 1_500_000
    answer = http.post("/v1/videos", files={"model": (None, MODEL), "prompt": (None, "x"), "seconds": (None, "1"),
                                            "input_reference": (None, text)})  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert answer.json()["aspect_ratio"] == "1:1"


@pytest.mark.parametrize(
    ("model", "requested", "seconds"), [("grok-video-3-pro", 3, "10"), ("grok-video-3-max", "99", "15")]
)
def test_fixed_lengths_replace_what_is_asked(http: httpx2.Client, model: str, requested: Any, seconds: str) -> None:
    http.delete(f"/v1/videos/{create(http, model=model, seconds=6.5)['id']}")
    created = create(http, model=model, seconds=requested)
    assert (created["seconds"], created["model"]) == (seconds, model)
    http.delete(f"/v1/videos/{created['id']}")


def test_defaults_of_each_format(http: httpx2.Client) -> None:
    openai = http.post("/v1/videos", json={"model": MODEL, "prompt": "x"}).json()
    unified = http.post("/v1/video/create", json={"model": MODEL, "prompt": "x"}).json()
    assert (openai["seconds"], unified["duration"]) == ("6", 10)
    assert (openai["size"], openai["aspect_ratio"]) == ("720P", "16:9")
    for response in (openai, unified):
        http.delete(f"/v1/videos/{response['id']}")


def test_progress_status_and_headers_over_a_life(http: httpx2.Client, fake_server: Server) -> None:
    created = create(http, metadata={"fake_delay": "2", "mine": "yes"})
    observed: list[int] = []
    while True:
        answer = http.get(f"/v1/videos/{created['id']}", params={"wait": 5, "until": "change"})
        video = answer.json()
        observed.append(video["progress"])
        if video["status"] == "completed":
            break
        assert video["status"] in ("queued", "in_progress")
        assert answer.headers["openai-poll-after-ms"] == "1000"
        assert video["video_url"] is None
        assert video["error"] is None
    assert "openai-poll-after-ms" not in answer.headers
    assert observed == sorted(observed)
    assert len(set(observed)) >= 3
    assert observed[-1] == 100
    assert video["metadata"]["mine"] == "yes"
    assert video["metadata"]["backend"] == "fake"
    assert isinstance(video["metadata"]["seed"], int)
    assert video["completed_at"] >= video["created_at"]
    assert video["url"] == video["video_url"] == video["output"]["url"]


def test_a_wait_lasts_until_the_end_in_both_formats(http: httpx2.Client) -> None:
    created = create(http, metadata={"fake_delay": "2"})
    ended = http.get(f"/v1/videos/{created['id']}", params={"wait": 60}).json()
    assert (ended["status"], ended["progress"]) == ("completed", 100)
    created = create(http, metadata={"fake_delay": "2"})
    ended = http.get("/v1/video/query", params={"id": created["id"], "wait": 60}).json()
    assert ended["status"] == "completed"


def test_a_wait_ends_after_its_time(http: httpx2.Client) -> None:
    created = create(http, metadata={"fake_delay": "30"})
    started = time.monotonic()
    assert http.get(f"/v1/videos/{created['id']}", params={"wait": 1}).json()["status"] != "completed"
    assert 0.9 <= time.monotonic() - started < 10
    http.delete(f"/v1/videos/{created['id']}")


def test_content_waits_for_its_file(http: httpx2.Client) -> None:
    created = create(http, metadata={"fake_delay": "2"})
    assert http.get(f"/v1/videos/{created['id']}/content").status_code == 404
    answer = http.get(f"/v1/videos/{created['id']}/content", params={"wait": 60})
    assert (answer.status_code, answer.content[4:8]) == (200, b"ftyp")
    failing = create(http, metadata={"fake_delay": "1", "fake_fail": "rejected"})
    answer = http.get(f"/v1/videos/{failing['id']}/content", params={"wait": 60})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "video_not_ready")
    assert "failed" in answer.json()["error"]["message"]
    assert "retry-after" not in answer.headers


def test_a_wait_until_the_next_change_returns_early(http: httpx2.Client) -> None:
    created = create(http, metadata={"fake_delay": "30"})
    while http.get(f"/v1/videos/{created['id']}").json()["status"] == "queued":
        time.sleep(0.1)
    started = time.monotonic()
    http.get(f"/v1/videos/{created['id']}", params={"wait": 30, "until": "change"})
    assert time.monotonic() - started < 20
    http.post(f"/v1/videos/{created['id']}/cancel")
    started = time.monotonic()
    ended = http.get("/v1/video/query", params={"id": created["id"], "wait": 60}).json()
    assert (ended["status"], ended["error"]["code"]) == ("failed", "cancelled")
    again = http.post(f"/v1/videos/{created['id']}/cancel").json()
    assert (again["status"], again["error"]["code"]) == ("failed", "cancelled")


def test_a_failure_is_http_200_with_its_code(http: httpx2.Client, fake_server: Server) -> None:
    failed = fake_server.finish(create(http, metadata={"fake_fail": "rejected"})["id"])
    assert (failed["status"], failed["error"]["code"]) == ("failed", "rejected")
    answer = http.get(f"/v1/videos/{failed['id']}/content")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "video_not_ready")


def test_deriving_in_both_formats(http: httpx2.Client, fake_server: Server, done: dict[str, Any]) -> None:
    body = {"model": MODEL, "prompt": "more"}
    source = done["id"]
    remix = http.post(f"/v1/videos/{source}/remix", json={"prompt": "new look"}).json()
    assert (remix["seconds"], remix["remixed_from_video_id"], remix["model"]) == ("2", source, MODEL)
    unified = http.post("/v1/video/remix", json={**body, "task_id": source, "size": "1080P"}).json()
    assert unified["id"].startswith("grok:")
    assert (unified["duration"], unified["height"]) == (2, 1080)
    extend = http.post(f"/v1/videos/{source}/extend", json={**body, "start_time": 1.5, "seconds": 3}).json()
    assert (extend["seconds"], extend["source_video_id"]) == ("4.5", source)
    default = http.post("/v1/video/extend", json={**body, "task_id": source}).json()
    assert default["duration"] == 12
    pro = http.post(f"/v1/videos/{source}/extend", json={**body, "model": "grok-video-3-pro", "seconds": 2}).json()
    assert pro["seconds"] == "12"
    upscaled = http.post(f"/v1/videos/{source}/extend", json={**body, "upscale": True, "seconds": 1}).json()
    assert upscaled["height"] == 1080
    for video in (default, pro, upscaled):
        http.delete(f"/v1/videos/{video['id']}")
    for video in (remix, unified, extend):
        assert fake_server.finish(video["id"])["status"] == "completed"
    assert fake_server.finish(extend["id"])["seconds"] == "4.5"


def test_extensions_speak_the_format_of_the_id_given(http: httpx2.Client, done: dict[str, Any]) -> None:
    body = {"model": MODEL, "prompt": "more", "start_time": 1, "duration": 1}
    hexadecimal = done["id"].removeprefix("video_")
    for value, shape in ((done["id"], "video_"), (hexadecimal, "video_"), (f"grok:{hexadecimal}", "grok:")):
        created = http.post("/v1/videos/extensions", json={**body, "video": {"url": value}}).json()
        assert created["id"].startswith(shape), value
        assert created["seconds"] == "2"
        http.delete(f"/v1/videos/{created['id']}")
    form = http.post("/v1/videos/extensions", data={**body, "video[id]": done["id"], "start_time": "1"}).json()
    assert form["id"].startswith("video_")
    link = http.post("/v1/videos/extensions", json={**body, "video": {"url": done["video_url"]}}).json()
    assert link["source_video_id"] == done["id"]


def test_extending_an_uploaded_file(http: httpx2.Client, fake_server: Server, done: dict[str, Any]) -> None:
    film = http.get(f"/v1/videos/{done['id']}/content").content
    fields = {"model": MODEL, "prompt": "more", "start_time": "1.5", "seconds": "1"}
    created = http.post("/v1/videos/extensions", data=fields, files={"video": ("x.mp4", film, "video/mp4")})
    assert created.status_code == 200, created.text
    assert fake_server.finish(created.json()["id"])["seconds"] == "2.5"
    text = http.post("/v1/videos/extensions", data=fields, files={"video": ("x.mp4", b"no video" * 9, "video/mp4")})
    assert (text.status_code, text.json()["error"]["code"], text.json()["error"]["param"]) == (
        400,
        "invalid_image",
        "video",
    )


def test_sources_that_will_not_do(http: httpx2.Client, done: dict[str, Any]) -> None:
    pending = create(http, metadata={"fake_delay": "30"})
    for answer in (
        http.post(f"/v1/videos/{pending['id']}/remix", json={"prompt": "x"}),
        http.post("/v1/video/extend", json={"prompt": "x", "task_id": pending["id"]}),
        http.post("/v1/videos/extensions", json={"prompt": "x", "video": {"url": pending["id"]}}),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "source_not_completed"
    http.delete(f"/v1/videos/{pending['id']}")
    for start in (2.5, 0, -1, "x"):
        answer = http.post(f"/v1/videos/{done['id']}/extend", json={"prompt": "x", "start_time": start})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "start_time")
    exact = http.post(f"/v1/videos/{done['id']}/extend", json={"prompt": "x", "start_time": 2.0, "seconds": 1})
    assert exact.json()["seconds"] == "3"
    http.delete(f"/v1/videos/{exact.json()['id']}")


def test_lists_page_by_cursor(http: httpx2.Client) -> None:
    created = [create(http, metadata={"fake_delay": "20"})["id"] for _ in range(3)]
    page = http.get("/v1/videos", params={"limit": 2}).json()
    assert [video["id"] for video in page["data"]] == created[::-1][:2]
    assert (page["object"], page["first_id"], page["last_id"], page["has_more"]) == (
        "list",
        created[2],
        created[1],
        True,
    )
    following = http.get("/v1/videos", params={"limit": 1, "after": page["last_id"]}).json()
    assert following["data"][0]["id"] == created[0]
    oldest = http.get("/v1/videos", params={"limit": 100, "order": "asc"}).json()["data"]
    assert [video["created_at"] for video in oldest] == sorted(video["created_at"] for video in oldest)
    empty = http.get("/v1/videos", params={"limit": 0}).json()
    assert (empty["data"], empty["first_id"], empty["has_more"]) == ([], None, True)
    for video in created:
        assert http.delete(f"/v1/videos/{video}").json() == {"id": video, "object": "video.deleted", "deleted": True}
        assert http.get(f"/v1/videos/{video}").status_code == 404


def test_another_owners_task_is_not_there(http: httpx2.Client, fake_server: Server, done: dict[str, Any]) -> None:
    key = http.post("/v1/keys", json={"name": "other"}).json()
    with fake_server.client(key["key"]) as other:
        value = done["id"]
        for answer in (
            other.get(f"/v1/videos/{value}"), other.get("/v1/video/query", params={"id": value}),
            other.delete(f"/v1/videos/{value}"), other.post(f"/v1/videos/{value}/cancel"),
            other.get(f"/v1/videos/{value}/content"), other.post(f"/v1/videos/{value}/remix", json={"prompt": "x"}),
            other.post("/v1/videos/extensions", json={"prompt": "x", "video": {"url": done["video_url"]}}),
        ):  # fmt: skip
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "video_not_found")
        assert other.get("/v1/videos").json()["data"] == []
        assert other.get("/v1/keys").status_code == 401
        listed = http.get("/v1/keys").json()["data"]
        assert {key["name"] for key in listed} >= {"operator", "other"}
        assert key["key"] not in str(listed)
        assert http.delete(f"/v1/keys/{key['id']}").json()["revoked_at"]
        assert other.get("/v1/videos").status_code == 401
    assert http.delete("/v1/keys/operator").status_code == 400
    assert http.delete("/v1/keys/key_none").status_code == 404


def test_idempotency(http: httpx2.Client) -> None:
    body = {"model": MODEL, "prompt": "a cat", "seconds": 1}
    files = {"input_reference": ("x.png", image_bytes(), "image/png")}
    headers = {"idempotency-key": f"k{time.time()}"}
    first = http.post("/v1/videos", data=body, files=files, headers=headers).json()
    again = http.post("/v1/videos", data=body, files=files, headers=headers).json()
    assert again["id"] == first["id"]
    other = http.post("/v1/videos", data={**body, "prompt": "a dog"}, files=files, headers=headers)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert other.headers["x-should-retry"] == "false"
    picture_differs = {"input_reference": ("x.png", image_bytes(seed=9), "image/png")}
    assert http.post("/v1/videos", data=body, files=picture_differs, headers=headers).status_code == 409
    plain = {"prompt": "retried", **{name: value for name, value in body.items() if name != "prompt"}}
    video = http.post("/v1/videos", json=plain, headers={"x-stainless-retry-count": "0"}).json()
    repeat = http.post("/v1/videos", json=plain, headers={"x-stainless-retry-count": "1"}).json()
    assert repeat["id"] == video["id"]
    new = http.post("/v1/videos", json=plain, headers={"x-stainless-retry-count": "0"}).json()
    assert new["id"] != video["id"]


def test_a_refused_post_frees_its_idempotency_key(http: httpx2.Client) -> None:
    headers = {"idempotency-key": f"r{time.time()}"}
    bad = {"model": MODEL, "prompt": "x", "seconds": 1, "images": [base64.b64encode(b"no picture" * 20).decode()]}
    assert http.post("/v1/videos", json=bad, headers=headers).status_code == 400
    good = {"model": MODEL, "prompt": "x", "seconds": 1}
    assert http.post("/v1/videos", json=good, headers=headers).status_code == 200


def test_models_tell_what_they_can(http: httpx2.Client) -> None:
    models = {model["id"]: model for model in http.get("/v1/models").json()["data"]}
    assert list(models) == ["grok-video-3", "grok-video-3-pro", "grok-video-3-max"]
    assert [models[model]["capabilities"]["seconds"] for model in models] == [list(range(1, 16)), [10], [15]]
    assert http.get("/v1/models/grok-video-3-pro").json()["object"] == "model"
    assert http.get("/v1/models/veo-9").json()["error"]["code"] == "model_not_found"


def test_ops(http: httpx2.Client, fake_server: Server) -> None:
    with httpx2.Client(base_url=fake_server.base, trust_env=False) as stranger:
        assert stranger.get("/healthz").json() == {"status": "ok"}
        assert stranger.get("/readyz").status_code == 200
        assert stranger.get("/openapi.json").json()["openapi"] == "3.1.0"
        assert stranger.get("/").status_code == 200
    assert "grok_video_tasks_ended_total" in http.get("/metrics").text


def test_a_crowd_of_readers_leaves_the_server_alive(http: httpx2.Client) -> None:
    def read(_: int) -> int:
        return http.get("/v1/videos").status_code

    with ThreadPoolExecutor(60) as crowd:
        for _ in range(3):
            assert set(crowd.map(read, range(60))) == {200}
    http.delete(f"/v1/videos/{create(http)['id']}")
    assert http.get("/readyz").status_code == 200


def test_a_full_queue_is_429(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("full")
    server = start_server(
        data, "--backend", "fake", "--no-worker", GROK_VIDEO_MAX_QUEUED="1", GROK_VIDEO_API_KEY="given-key"
    )
    try:
        with server.client("given-key") as http:
            create(http)
            answer = http.post("/v1/videos", json={"model": MODEL, "prompt": "x"})
            assert (answer.status_code, answer.json()["error"]["code"]) == (429, "queue_full")
            assert int(answer.headers["retry-after"]) > 0
            assert "x-should-retry" not in answer.headers
    finally:
        server.stop()
    assert "given-key" not in server.log.read_text()


def test_an_idle_connection_outlives_the_pools_of_clients(fake_server: Server) -> None:
    """httpx, under the OpenAI package, reuses a connection for 5 seconds; the server must not close it first."""
    address = httpx2.URL(fake_server.base)
    with closing(HTTPConnection(address.host, address.port or 80, timeout=10)) as connection:
        for pause in (0, 6):
            time.sleep(pause)
            connection.request("GET", "/healthz")
            assert connection.getresponse().read()
            assert connection.sock is not None


def test_below_the_mark_of_free_space_only_new_videos_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("low")
    before = start_server(data, "--backend", "fake")
    with before.client() as http:
        kept = create(http)["id"]
        before.finish(kept)
    before.stop()
    server = start_server(data, "--backend", "fake", GROK_VIDEO_MIN_FREE_MIB=str(1 << 30))
    try:
        with server.client() as http:
            for path in ("/v1/videos", f"/v1/videos/{kept}/remix"):
                answer = http.post(path, json={"model": MODEL, "prompt": "x"})
                assert (answer.status_code, answer.json()["error"]["code"]) == (507, "storage_full")
            assert http.get("/readyz").status_code == 200
            assert http.get(f"/v1/videos/{kept}/content").status_code == 200
            assert http.delete(f"/v1/videos/{kept}").status_code == 200
            assert http.get(f"/v1/videos/{kept}").status_code == 404
    finally:
        server.stop()
