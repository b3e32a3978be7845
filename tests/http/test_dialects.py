"""The dialects of xAI, OpenRouter and node packs on a real server, and files that are uploaded before they are used."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import httpx2
import pytest

from tests.conftest import Server
from tests.factories import image_bytes

URI = "data:image/png;base64," + base64.b64encode(image_bytes(64, 36)).decode()


def accepted(answer: httpx2.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return answer.json()


def anonymous(http: httpx2.Client, address: str) -> httpx2.Response:
    """Read an address without a key."""
    return httpx2.get(httpx2.URL(str(http.base_url)).join(address), trust_env=False)


@pytest.fixture(scope="module")
def source(fake_server: Server) -> dict[str, Any]:
    """A finished video of 3 seconds."""
    with fake_server.client() as http:
        created = http.post("/v1/videos", json={"prompt": "a cat", "seconds": 3}).json()
    return fake_server.finish(created["id"])


def xai_ended(http: httpx2.Client, request_id: str) -> dict[str, Any]:
    """Wait for a task as xAI's clients do: 202 without a body while it is pending."""
    answer = http.get(f"/v1/videos/{request_id}?wait=30")
    if answer.status_code == 202:
        assert answer.content == b""
        return xai_ended(http, request_id)
    return accepted(answer)


def test_a_video_in_xais_dialect(http: httpx2.Client) -> None:
    body = {"model": "grok-imagine-video", "prompt": "a cat", "duration": "1", "fps": 24}
    request_id = accepted(http.post("/v1/videos/generations", json=body))["request_id"]
    assert str(UUID(request_id)) == request_id
    done = xai_ended(http, request_id)
    assert (done["status"], done["model"], done["video"]["duration"]) == ("done", "grok-imagine-video", 1)
    assert anonymous(http, done["video"]["url"]).headers["content-type"] == "video/mp4"
    # By our id, and in lists, the same task has our form.
    ours = http.get(f"/v1/videos/video_{UUID(request_id).hex}").json()
    assert (ours["status"], ours["size"], ours["width"], ours["height"]) == ("completed", "480P", 854, 480)
    assert ours["metadata"]["ignored"] == ["fps"]
    assert http.get("/v1/videos?limit=1").json()["data"][0]["id"] == ours["id"]
    assert http.get(f"/v1/video/query?id={request_id}").json()["status"] == "completed"


def test_a_task_of_another_format_is_never_in_xais_form(http: httpx2.Client, source: dict[str, Any]) -> None:
    bare = str(UUID(source["id"].removeprefix("video_")))
    assert http.get(f"/v1/videos/{bare}").json()["status"] == "completed"


def test_edits_and_extensions_are_told_apart(http: httpx2.Client, source: dict[str, Any]) -> None:
    video = {"url": source["url"]}
    edit = {"model": "grok-imagine-video", "prompt": "at night", "video": video}
    done = xai_ended(http, accepted(http.post("/v1/videos/edits", json=edit))["request_id"])
    assert (done["status"], done["video"]["duration"]) == ("done", 3)
    longer = {**edit, "duration": 2}
    done = xai_ended(http, accepted(http.post("/v1/videos/extensions", json=longer))["request_id"])
    assert done["video"]["duration"] == 5
    # OpenAI's edit is a remix, by id or as a form; our extension has a start, or a model of ours.
    for answer in (
        http.post("/v1/videos/edits", json={"prompt": "x", "video": {"id": source["id"]}}),
        http.post("/v1/videos/edits", files={"prompt": (None, "x"), "video[url]": (None, source["url"])}),
    ):
        ours = accepted(answer)
        assert (ours["object"], ours["metadata"]["operation"]) == ("video", "remix")
        assert ours["remixed_from_video_id"] == source["id"]
    for fields in ({"start_time": 1}, {"model": "grok-video-3"}):
        assert accepted(http.post("/v1/videos/extensions", json={**longer, **fields}))["object"] == "video"


def test_models_as_xai_lists_them(http: httpx2.Client) -> None:
    names = [model["id"] for model in accepted(http.get("/v1/video-generation-models"))["models"]]
    assert names[:3] == ["grok-video-3", "grok-video-3-pro", "grok-video-3-max"]
    assert {"grok-imagine-video", "grok-imagine-video-1.5"} <= set(names)
    assert accepted(http.get("/v1/video-generation-models/grok-imagine-video"))["id"] == "grok-imagine-video"
    unknown = http.get("/v1/video-generation-models/veo-9")
    assert (unknown.status_code, set(unknown.json())) == (404, {"code", "error"})


@pytest.mark.parametrize(("path", "fields", "status", "code", "words"), [
    ("generations", {"prompt": ""}, 400, "missing_field", "prompt is missing"),
    ("generations", {"resolution": "4k"}, 400, "invalid_value", "resolution is '4k'"),
    ("generations", {"model": "veo-9"}, 404, "model_not_found", "veo-9"),
    ("generations", {"keyframes": [1]}, 400, "invalid_value", "keyframes is not supported"),
    ("generations", {"image": {"file_id": "x"}}, 400, "invalid_value", "image.file_id"),
    ("edits", {"video": {"url": "http://127.0.0.1:9/x.mp4"}}, 400, "image_fetch_failed", "127.0.0.1"),
])  # fmt: skip
def test_xais_errors_have_its_form(
    http: httpx2.Client, path: str, fields: dict[str, Any], status: int, code: str, words: str
) -> None:
    answer = http.post(f"/v1/videos/{path}", json={"model": "grok-imagine-video", "prompt": "x", **fields})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert set(body) == {"code", "error"}
    assert words in body["error"]


def test_a_wrong_key_has_the_form_of_each_dialect(http: httpx2.Client) -> None:
    wrong = {"authorization": "Bearer wrong"}
    assert set(http.post("/v1/videos/generations", json={}, headers=wrong).json()) == {"code", "error"}
    answer = http.post("/api/v1/videos", json={}, headers=wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 401)
    assert http.get("/api/v1/videos/models", headers=wrong).json()["error"]["code"] == 401


@pytest.mark.parametrize(("method", "path", "status", "xai"), [
    ("DELETE", "/api/v1/videos", 405, False), ("GET", "/api/v1/videos/x/y", 404, False),
    ("POST", "/v1/video-generation-models", 405, True), ("GET", "/v1/video-generation-models/x", 404, True),
])  # fmt: skip
def test_errors_below_a_dialects_paths_have_its_form(
    http: httpx2.Client, method: str, path: str, status: int, xai: bool
) -> None:
    answer = http.request(method, path)
    assert answer.status_code == status
    if xai:
        assert set(answer.json()) == {"code", "error"}
    else:
        assert answer.json()["error"]["code"] == status


def openrouter_ended(http: httpx2.Client, polling_url: str) -> dict[str, Any]:
    body = accepted(http.get(f"{polling_url}?wait=30"))
    return body if body["status"] not in ("pending", "in_progress") else openrouter_ended(http, polling_url)


def test_a_video_in_openrouters_dialect(http: httpx2.Client) -> None:
    frame = {"type": "image_url", "image_url": {"url": URI}, "frame_type": "first_frame"}
    body = {"model": "grok-video-3", "prompt": "it rains", "duration": 1, "size": "480x854", "frame_images": [frame]}
    job = accepted(http.post("/api/v1/videos", json=body), 202)
    assert job["status"] in ("pending", "in_progress")
    done = openrouter_ended(http, job["polling_url"])
    assert (done["id"], done["status"], done["usage"]) == (job["id"], "completed", {"cost": 0, "is_byok": False})
    assert anonymous(http, done["unsigned_urls"][0]).content[4:8] == b"ftyp"
    content = f"/api/v1/videos/{job['id']}/content"
    assert http.get(f"{content}?index=0").content[4:8] == b"ftyp"
    assert http.get(f"{content}?index=1").status_code == 404
    assert anonymous(http, content).status_code == 401
    ours = http.get(f"/v1/videos/{job['id']}").json()
    assert (ours["width"], ours["height"], ours["metadata"]["mode"]) == (480, 854, "first_frame")


def test_a_previous_job_is_continued(http: httpx2.Client, source: dict[str, Any]) -> None:
    body = {"prompt": "on", "previous_job_id": source["id"]}
    edited = accepted(http.post("/api/v1/videos", json=body), 202)
    longer = accepted(http.post("/api/v1/videos", json={**body, "duration": 2}), 202)
    assert http.get(f"/v1/videos/{edited['id']}").json()["metadata"]["operation"] == "remix"
    assert http.get(f"/v1/videos/{longer['id']}").json()["metadata"]["operation"] == "extend"
    slow = {"prompt": "x", "metadata": {"fake_seconds": "60"}}
    unfinished = http.post("/v1/videos", json=slow).json()["id"]
    conflict = http.post("/api/v1/videos", json={**body, "previous_job_id": unfinished})
    assert (conflict.status_code, conflict.json()["error"]["code"]) == (409, 409)
    assert conflict.headers["x-should-retry"] == "false"
    http.delete(f"/v1/videos/{unfinished}")
    callback = http.post("/api/v1/videos", json={"prompt": "x", "callback_url": "https://hooks.example/x"})
    assert callback.status_code == 400
    assert "callback_url is not supported" in callback.json()["error"]["message"]


def test_what_openrouters_models_can_do(http: httpx2.Client) -> None:
    models = {model["id"]: model for model in accepted(http.get("/api/v1/videos/models"))["data"]}
    assert list(models) == ["grok-video-3", "grok-video-3-pro", "grok-video-3-max"]
    assert models["grok-video-3-pro"]["supported_durations"] == [10]
    base = models["grok-video-3"]
    assert base["supported_resolutions"] == ["480p", "720p", "1080p"]
    assert "1680x720" in base["supported_sizes"]
    assert base["supported_frame_images"] == ["first_frame", "last_frame"]


def test_a_video_of_a_node_pack(http: httpx2.Client) -> None:
    uploaded = accepted(http.post("/v1/files", files={"file": ("cat.png", image_bytes(64, 36), "image/png")}))
    body = {"prompt": "it rains", "model": "grok-video-3", "ratio": "3:2", "duration": "1", "hd": False,
            "images": [uploaded["url"]], "private": True}  # fmt: skip
    task_id = accepted(http.post("/v2/videos/generations", json=body))["task_id"]
    state: dict[str, Any] = {"status": "QUEUED"}
    while state["status"] in ("QUEUED", "IN_PROGRESS"):
        state = accepted(http.get(f"/v2/videos/generations/{task_id}?wait=30"))
    assert (state["status"], state["progress"], state["fail_reason"]) == ("SUCCESS", "100%", "")
    assert anonymous(http, state["data"]["output"]).content[4:8] == b"ftyp"
    ours = http.get(f"/v1/video/query?id={task_id}").json()
    assert (ours["metadata"]["mode"], ours["width"], ours["height"]) == ("first_frame", 1080, 720)
    assert "ignored" not in ours["metadata"]


def test_other_names_of_create_and_query(http: httpx2.Client) -> None:
    created = accepted(http.post("/v1/video/generations", json={"prompt": "x", "duration": 1}))
    assert created["id"].startswith("grok:")
    assert "created_at" in created
    read = accepted(http.get(f"/v1/video/generations/{created['id']}?wait=30"))
    assert (read["id"], read["duration"]) == (created["id"], 1)


def test_an_uploaded_file_is_its_owners(http: httpx2.Client, fake_server: Server) -> None:
    form = {"file": ("cat.jpg", image_bytes(64, 36), "image/jpeg"), "purpose": (None, "vision")}
    file = accepted(http.post("/v1/files", files=form))
    assert (file["object"], file["width"], file["height"]) == ("file", 64, 36)
    assert file["expires_at"] - file["created_at"] == 24 * 3600
    by_link = anonymous(http, file["url"])
    assert (by_link.headers["content-type"], len(by_link.content)) == ("image/png", file["bytes"])
    assert anonymous(http, file["url"].replace("signature=", "signature=0")).status_code == 401
    path = f"/v1/files/{file['id']}/content"
    ranges = {"bytes=0-9": 206, "bytes=9-1": 200, "cats": 200, "bytes=99999999-": 416}
    answers = {text: http.get(path, headers={"range": text}) for text in ranges}
    assert {text: answer.status_code for text, answer in answers.items()} == ranges
    assert answers["bytes=99999999-"].json()["code"] == "range_not_satisfiable"
    by_id = {"prompt": "@img1 runs", "seconds": 1, "images": [{"file_id": file["id"]}]}
    assert accepted(http.post("/v1/videos", json=by_id))["metadata"]["mode"] == "reference"
    key = http.post("/v1/keys", json={"name": "somebody else"}).json()
    with fake_server.client(key["key"]) as other:
        assert other.get(f"/v1/files/{file['id']}/content").status_code == 404
        assert other.delete(f"/v1/files/{file['id']}").status_code == 404
        refused = other.post("/v1/videos", json=by_id)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "images[0].file_id")
        # A link is only as good as the key that it was made with.
        link = other.post("/v1/files", files=form).json()["url"]
        http.delete(f"/v1/keys/{key['id']}")
        assert anonymous(http, link).status_code == 401
    assert accepted(http.delete(f"/v1/files/{file['id']}")) == {"id": file["id"], "object": "file", "deleted": True}
    assert anonymous(http, file["url"]).status_code == 404
    gone = http.post("/v1/videos", json=by_id)
    assert (gone.status_code, gone.json()["code"]) == (400, "invalid_image")


@pytest.mark.parametrize(("form", "code"), [
    ({"file": (None, "text")}, "invalid_value"), ({"other": (None, "x")}, "missing_field"),
    ({"file": ("x.png", b"nonsense" * 20, "image/png")}, "invalid_image"),
])  # fmt: skip
def test_what_is_no_image_is_not_kept(http: httpx2.Client, form: dict[str, Any], code: str) -> None:
    answer = http.post("/v1/files", files=form)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["error"]["param"] == "file"
