"""Every rejection is a 4xx with the error body, names the field, and queues nothing."""

from __future__ import annotations

import base64
import io
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.conftest import Server
from tests.factories import image_bytes

BASE = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1}
SHADOWED = {
    (method, f"/v1/videos/{name}")
    for method in ("GET", "PATCH", "DELETE")
    for name in ("extensions", "edits", "generations")
}
# Below these, errors have the form of another API (docs/dev/wire-format.md 10 and 12).
OTHER_FORMS = ("/api/v1/videos", "/v1/video-generation-models")
UNKNOWN = "video_" + "0" * 32
PNG = image_bytes()


def check(answer: httpx2.Response, status: int, code: str, param: str | None = None) -> dict[str, Any]:
    """Assert the one error body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert set(body) == {"error", "code", "message", "data"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert (body["code"], body["message"], body["data"]) == (code, body["error"]["message"], None)
    assert body["error"]["code"] == code
    assert body["error"]["param"] == param
    assert len(body["message"]) > 10
    return body["error"]


@pytest.fixture(autouse=True)
def nothing_queued(http: httpx2.Client) -> Iterator[None]:
    """No refused POST leaves a task behind."""
    before = http.get("/v1/videos", params={"limit": 1}).json()["first_id"]
    yield
    assert http.get("/v1/videos", params={"limit": 1}).json()["first_id"] == before


@pytest.mark.parametrize(
    ("fields", "status", "code", "param", "words"),
    [
        ({"model": "veo-9"}, 404, "model_not_found", "model", "grok-video-3-max"),
        ({"prompt": None}, 400, "missing_field", "prompt", "prompt"),
        ({"prompt": "  "}, 400, "missing_field", "prompt", "prompt"),
        ({"prompt": "x" * 4097}, 400, "prompt_too_long", "prompt", "4096"),
        ({"prompt": "a\x00b"}, 400, "invalid_value", "prompt", "NUL"),
        ({"prompt": ["a"]}, 400, "invalid_value", "prompt", "text"),
        ({"size": "4K"}, 400, "invalid_value", "size", "720P or 1080P"),
        ({"size": "1280" + " " * 20_000 + "x720"}, 400, "invalid_value", "size", "20008 characters"),
        ({"metadata": '{"a": "\\ud800"}'}, 400, "invalid_value", "metadata", "surrogate"),
        ({"size": "540P"}, 400, "invalid_value", "size", "480P, 720P or 1080P"),
        ({"aspect_ratio": "5:7"}, 400, "invalid_value", "aspect_ratio", "16:9, 9:16, 3:2, 2:3, 1:1"),
        ({"seconds": "0"}, 400, "invalid_value", "seconds", "1 to 15"),
        ({"seconds": -1}, 400, "invalid_value", "seconds", "1 to 15"),
        ({"seconds": "abc"}, 400, "invalid_value", "seconds", "1 to 15"),
        ({"seconds": 16}, 400, "invalid_value", "seconds", "1 to 15"),
        ({"seconds": 2.5}, 400, "invalid_value", "seconds", "whole"),
        ({"prompt": "@img3", "images": [PNG, PNG]}, 400, "invalid_value", "prompt", "@img3"),
        ({"prompt": "@img0", "images": [PNG]}, 400, "invalid_value", "prompt", "@img0"),
        ({"images": [PNG] * 8}, 400, "invalid_value", "images", "7"),
        ({"images": [PNG, b"just some text, no picture at all"]}, 400, "invalid_image", "images[1]", "JPEG"),
        ({"images": [image_bytes(kind="JPEG")[:1500]]}, 400, "invalid_image", "images[0]", "decoded"),
        ({"images": ["no image"]}, 400, "invalid_image", "images[0]", "base64"),
        ({"images": ["http://127.0.0.1:9/x.png"]}, 400, "image_fetch_failed", "images[0]", "not allowed"),
        ({"images": ["http://169.254.169.254/latest"]}, 400, "image_fetch_failed", "images[0]", "not allowed"),
        ({"images": ["http://[::1]/x.png"]}, 400, "image_fetch_failed", "images[0]", "not allowed"),
        ({"images": ["file:///etc/passwd"]}, 400, "invalid_image", "images[0]", "URL"),
        ({"images": [{"file_id": "f"}]}, 400, "invalid_value", "images[0].file_id", "POST /v1/files"),
        ({"seed": -1}, 400, "invalid_value", "seed", "4294967295"),
        ({"metadata": ["x"]}, 400, "invalid_value", "metadata", "object"),
        ({"metadata": {"a": "b\x00"}}, 400, "invalid_value", "metadata", "NUL"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/videos", "/v1/video/create"])
def test_bad_fields(
    http: httpx2.Client, path: str, fields: dict[str, Any], status: int, code: str, param: str, words: str
) -> None:
    body: dict[str, Any] = {name: value for name, value in {**BASE, **fields}.items() if value is not None}
    if "images" in body:
        body["images"] = [
            "data:image/png;base64," + base64.b64encode(image).decode() if isinstance(image, bytes) else image
            for image in body["images"]
        ]
    error = check(http.post(path, json=body), status, code, param)
    assert words in error["message"]


def test_an_image_bomb_is_refused_by_its_header(http: httpx2.Client) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (12000, 12000), "red").save(buffer, format="WEBP", quality=1, method=0)
    answer = http.post("/v1/videos", data=BASE, files={"input_reference": ("x.webp", buffer.getvalue(), "image/webp")})
    error = check(answer, 400, "invalid_image", "input_reference")
    assert "12000x12000" in error["message"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"[1]", "invalid_value"), (b'"text"', "invalid_value"), (b"{", "invalid_value"), (b"null", "invalid_value"),
        (b'{"prompt": NaN}', "invalid_value"), (b'{"seconds": Infinity}', "invalid_value"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "invalid_value"), (b"\xff\xfe", "invalid_value"),
        (b'{"prompt": "\\ud800"}', "invalid_value"), (b"", "missing_field"),
    ],
)  # fmt: skip
def test_json_that_is_none(http: httpx2.Client, content: bytes, code: str) -> None:
    answer = http.post("/v1/videos", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


def test_forms_that_are_none(http: httpx2.Client) -> None:
    twice = [("model", (None, "grok-video-3")), ("prompt", (None, "a")), ("prompt", (None, "b"))]
    check(http.post("/v1/videos", files=twice), 400, "invalid_value", "prompt")
    text = "application/x-www-form-urlencoded"
    answer = http.post("/v1/videos", content="prompt=a&prompt=b&model=grok-video-3", headers={"content-type": text})
    check(answer, 400, "invalid_value", "prompt")
    broken = {"content-type": "multipart/form-data; boundary=x"}
    assert http.post("/v1/videos", content=b"--x\r\nnonsense", headers=broken).status_code == 400
    assert http.post("/v1/videos", content=b"", headers={"content-type": "multipart/form-data"}).status_code == 400
    many = {f"field{number}": "x" for number in range(150)}
    assert http.post("/v1/videos", files={name: (None, value) for name, value in many.items()}).status_code == 400
    nul = http.post("/v1/videos", files={"model": (None, "grok-video-3"), "prompt": (None, "a\x00b")})
    check(nul, 400, "invalid_value", "prompt")


def test_other_content_types(http: httpx2.Client) -> None:
    for kind in ("text/plain", "application/xml", "video/mp4"):
        answer = http.post("/v1/videos", content=b"x", headers={"content-type": kind})
        check(answer, 415, "unsupported_content_type")


def test_a_body_that_is_too_large_is_refused_unread(fake_server: Server) -> None:
    host, port = fake_server.base.removeprefix("http://").split(":")
    head = (
        f"POST /v1/videos HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {fake_server.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {300 * 1024 * 1024}\r\n\r\n{{"
    )
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.encode())
        answer = ""
        while '"data":null}' not in answer and (part := connection.recv(65536)):
            answer += part.decode()
    assert answer.startswith("HTTP/1.1 413 ")
    assert '"code":"body_too_large"' in answer


def test_keys(http: httpx2.Client, fake_server: Server) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic x"}, {"authorization": "Bearer"}):
        for method, path in (
            ("POST", "/v1/videos"), ("GET", "/v1/videos"), ("GET", f"/v1/videos/{UNKNOWN}"), ("GET", "/v1/models"),
            ("GET", "/v1/video/query"), ("POST", "/v1/video/create"), ("GET", "/v1/events"), ("GET", "/v1/keys"),
            ("GET", f"/v1/videos/{UNKNOWN}/content"), ("DELETE", f"/v1/videos/{UNKNOWN}"), ("GET", "/metrics"),
        ):  # fmt: skip
            answer = httpx2.request(method, fake_server.base + path, headers=headers, trust_env=False)
            check(answer, 401, "invalid_api_key")


@pytest.mark.parametrize("value", [UNKNOWN, "grok:0f8fad5b-d9cb-469f-a165-70867728950e", "nonsense", "extensions"])
def test_unknown_ids(http: httpx2.Client, value: str) -> None:
    body = {"prompt": "x"}
    answers = [
        http.get(f"/v1/videos/{value}"), http.delete(f"/v1/videos/{value}"), http.get(f"/v1/videos/{value}/content"),
        http.post(f"/v1/videos/{value}/cancel"), http.post(f"/v1/videos/{value}/remix", json=body),
        http.post(f"/v1/videos/{value}/extend", json=body), http.get("/v1/video/query", params={"id": value}),
        http.post("/v1/video/remix", json={**body, "task_id": value}),
        http.post("/v1/video/extend", json={**body, "task_id": value}),
        http.post("/v1/videos/extensions", json={**body, "video": {"url": value}}),
        http.get("/v1/videos", params={"after": value}),
    ]  # fmt: skip
    for answer in answers:
        assert answer.status_code == 404, (answer.request.url, answer.text)
        assert answer.json()["error"]["code"] == "video_not_found"
        assert answer.headers["x-should-retry"] == "false"


def test_missing_ids(http: httpx2.Client) -> None:
    check(http.get("/v1/video/query"), 400, "missing_field", "id")
    check(http.post("/v1/video/remix", json={"prompt": "x"}), 400, "missing_field", "task_id")
    check(http.post("/v1/videos/extensions", json={"prompt": "x"}), 400, "missing_field", "video.url")


def test_queries_that_are_none(http: httpx2.Client) -> None:
    for name, value in (("limit", "x"), ("limit", "101"), ("limit", "-1"), ("order", "up")):
        check(http.get("/v1/videos", params={name: value}), 400, "invalid_value", name)
    check(http.get(f"/v1/videos/{UNKNOWN}", params={"wait": "x"}), 400, "invalid_value", "wait")
    check(http.get(f"/v1/videos/{UNKNOWN}", params={"wait": "1", "until": "x"}), 400, "invalid_value", "until")
    check(http.get(f"/v1/videos/{UNKNOWN}/content", params={"wait": "-1"}), 400, "invalid_value", "wait")
    check(http.get("/v1/events", headers={"last-event-id": "x"}), 400, "invalid_value", "Last-Event-ID")


def test_unknown_routes_and_wrong_methods_on_every_route(http: httpx2.Client) -> None:
    check(http.get("/v1/nope"), 404, "not_found")
    check(http.get("/nope/at/all"), 404, "not_found")
    paths = json.loads(http.get("/openapi.json").content)["paths"]
    assert len(paths) > 15
    for path, operations in paths.items():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            # By design an unknown id: the path of a fixed name is also that of an id.
            if method.lower() not in operations and (method, path) not in SHADOWED:
                answer = http.request(method, path.replace("{id}", UNKNOWN))
                assert answer.status_code == 405
                if not path.startswith(OTHER_FORMS):
                    check(answer, 405, "method_not_allowed")
                assert set(operations) <= {header.lower() for header in answer.headers["allow"].split(", ")}


def test_idempotency_keys_have_a_length(http: httpx2.Client) -> None:
    answer = http.post("/v1/videos", json=BASE, headers={"idempotency-key": "k" * 256})
    check(answer, 400, "invalid_value", "Idempotency-Key")


def test_addresses_that_are_none(http: httpx2.Client) -> None:
    for url in ("http://[bad/x", "http://[bad]/x", "http://", "https://a b/", "http://u:p@example.org/x.png"):
        answer = http.post("/v1/videos", json={**BASE, "images": [url]})
        assert answer.status_code == 400, (url, answer.text)
        assert answer.json()["error"]["param"] == "images[0]"


@pytest.mark.parametrize(
    "names",
    [("video[url]", "video[]"), ("video[]", "video[url]"), ("metadata[a][b][c]",), ("metadata[a]", "metadata[a][b]")],
)
def test_fields_that_do_not_go_together(http: httpx2.Client, names: tuple[str, ...]) -> None:
    parts = [("model", (None, "grok-video-3")), ("prompt", (None, "x")), *((name, (None, "y")) for name in names)]
    assert http.post("/v1/videos", files=parts).status_code == 400


def test_nested_and_mixed_image_fields_lose_no_image(http: httpx2.Client) -> None:
    for name in ("images[0][url]", "images[][image_url]", "input_reference[0][image_url]"):
        parts = [("model", (None, "grok-video-3")), ("prompt", (None, "x")), (name, (None, "http://127.0.0.1:9/x.png"))]
        answer = http.post("/v1/videos", files=parts)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "image_fetch_failed"), name
    mixed = [("model", (None, "grok-video-3")), ("prompt", (None, "x")), ("images", ("a.png", PNG, "image/png")),
             ("images[]", ("b.png", b"no picture, but text", "image/png"))]  # fmt: skip
    check(http.post("/v1/videos", files=mixed), 400, "invalid_image", "images[1]")


def test_a_refusal_among_large_images_is_a_refusal(http: httpx2.Client) -> None:
    large = base64.b64encode(PNG + b"\0" * 8_000_000).decode()
    for _ in range(3):
        answer = http.post("/v1/videos", json={**BASE, "images": ["http://127.0.0.1:9/x", large, large, large]})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "images[0]")


def test_a_source_video_that_is_cut_off(http: httpx2.Client, fake_server: Server) -> None:
    created = http.post("/v1/videos", json={**BASE, "seconds": 3}).json()["id"]
    fake_server.finish(created)
    film = http.get(f"/v1/videos/{created}/content").content
    http.delete(f"/v1/videos/{created}")
    files = {"video": ("x.mp4", film[: len(film) // 2], "video/mp4")}
    answer = http.post("/v1/videos/extensions", data={"prompt": "x", "seconds": "1"}, files=files)
    check(answer, 400, "invalid_image", "video")


def test_a_second_that_no_source_has_is_refused(http: httpx2.Client) -> None:
    for start in (1e308, "1e308", 10**400, 3601):
        answer = http.post(f"/v1/videos/{UNKNOWN}/extend", json={**BASE, "start_time": start})
        check(answer, 400, "invalid_value", "start_time")


@pytest.mark.parametrize("origin", ["http://[", "http://]", "//[", "http://a[b]", "null", "x"])
def test_an_origin_that_is_none_is_not_ours(fake_server: Server, origin: str) -> None:
    with httpx2.Client(base_url=fake_server.base, trust_env=False) as stranger:
        answer = stranger.post("/v1/session", json={"key": "x"}, headers={"Origin": origin})
    check(answer, 401, "invalid_api_key")
