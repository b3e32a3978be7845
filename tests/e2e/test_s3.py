"""Servers whose media are in S3: the same responses as from a folder, and nothing on a common disk."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx2
import pytest

from tests.conftest import Server, start_server
from tests.e2e.test_cli import run
from tests.factories import image_bytes
from tests.imitations.s3 import BUCKET, S3

# What a server decides itself, whatever the storage.
COMPARED = (
    "content-type", "content-length", "content-range", "content-disposition", "cache-control", "accept-ranges",
    "x-content-type-options",
)  # fmt: skip


@pytest.fixture(scope="module")
def place(s3: S3) -> str:
    return s3.url()


@pytest.fixture(scope="module")
def on_s3(s3: S3, place: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("on-s3")
    server = start_server(data, "--backend", "animatic", GROK_VIDEO_STORAGE_URL=place, **s3.environment)
    yield server
    server.stop()


def keys(s3: S3, place: str) -> set[str]:
    """Return the keys below a storage's prefix, as another client sees them."""
    prefix = place.removeprefix(f"s3://{BUCKET}/") + "/"
    found = s3.client().list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {entry["Key"].removeprefix(prefix) for entry in found}


def make(http: httpx2.Client, path: str = "/v1/videos", **body: Any) -> dict[str, Any]:
    values = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1, "size": "480P", **body}
    video = http.post(path, json=values).raise_for_status().json()
    while video["status"] not in ("completed", "failed"):
        video = http.get(f"/v1/videos/{video['id']}", params={"wait": 30}).json()
    assert video["status"] == "completed", video["error"]
    return video


def frames(content: bytes) -> int:
    with av.open(io.BytesIO(content), mode="r") as container:
        return sum(1 for _ in container.decode(video=0))


def test_responses_are_those_of_a_folder(on_s3: Server, animatic_server: Server) -> None:
    with on_s3.client() as remote, animatic_server.client() as local:
        made = [(http, make(http, seed=4)) for http in (remote, local)]
        for variant in ("video", "thumbnail", "spritesheet"):
            for headers in (
                {}, {"range": "bytes=10-19"}, {"range": "bytes=-7"}, {"range": "bytes=5-"},
                {"range": "bytes=0-99999999"}, {"range": "bytes=99999999-"}, {"range": "cats=1-2"},
                {"range": "bytes=9-3"}, {"range": "bytes=-0"},
                {"range": "bytes=0-4", "if-range": '"another"'},
            ):  # fmt: skip
                for method in ("GET", "HEAD"):
                    path = f"content?variant={variant}"
                    ours, theirs = [
                        http.request(method, f"/v1/videos/{video['id']}/{path}", headers=headers)
                        for http, video in made
                    ]
                    assert ours.status_code == theirs.status_code, (variant, headers, method)
                    assert ours.content == theirs.content, (variant, headers, method)
                    names = [name for name in COMPARED if name in theirs.headers]
                    ids = [video["id"] for _, video in made]
                    for name in names:
                        expected = theirs.headers[name].replace(ids[1], ids[0])
                        assert ours.headers[name] == expected, (variant, headers, method, name)


def test_a_known_content_is_not_sent_again(on_s3: Server) -> None:
    with on_s3.client() as http:
        path = f"/v1/videos/{make(http)['id']}/content"
        etag = http.get(path).headers["etag"]
        again = http.get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        part = http.get(path, headers={"range": "bytes=0-3", "if-range": etag})
        assert (part.status_code, len(part.content)) == (206, 4)


def test_everything_is_in_the_bucket_and_goes_with_its_video(on_s3: Server, s3: S3, place: str) -> None:
    before = keys(s3, place)
    with on_s3.client() as http:
        file = http.post("/v1/files", files={"file": ("a.png", image_bytes())}).json()
        assert http.get(file["url"]).content.startswith(b"\x89PNG")
        first = make(http, images=[{"file_id": file["id"]}])
        image = http.get(f"/v1/videos/{first['id']}/inputs/1")
        assert (image.headers["content-type"], image.content[:4]) == ("image/png", b"\x89PNG")
        longer = make(http, f"/v1/videos/{first['id']}/extend", start_time=1)
        assert frames(http.get(f"/v1/videos/{longer['id']}/content").content) == 48
        made = keys(s3, place) - before
        folders = [key.partition("/")[0] for key in made]
        assert {name: folders.count(name) for name in set(folders)} == {"media": 6, "inputs": 1, "uploads": 1}
        for video in (first, longer):
            http.delete(f"/v1/videos/{video['id']}")
        http.delete(f"/v1/files/{file['id']}")
    assert keys(s3, place) == before
    assert "Uploads" not in s3.client().list_multipart_uploads(Bucket=BUCKET)
    assert not (on_s3.data / "media").exists()


def test_objects_say_what_they_are(on_s3: Server, s3: S3, place: str) -> None:
    with on_s3.client() as http:
        video = make(http)
    number = video["id"].removeprefix("video_")
    prefix = place.removeprefix(f"s3://{BUCKET}/")
    found = {
        key.rpartition(".")[2]: key for key in keys(s3, place) if key.replace("-", "").startswith(f"media/{number}")
    }
    heads = {name: s3.client().head_object(Bucket=BUCKET, Key=f"{prefix}/{key}") for name, key in found.items()}
    assert {name: head["ContentType"] for name, head in heads.items()} == {
        "mp4": "video/mp4", "webp": "image/webp", "jpg": "image/jpeg",
    }  # fmt: skip
    assert heads["mp4"]["ContentDisposition"] == f'inline; filename="video_{number}.mp4"'


def test_clients_are_sent_to_the_bucket_if_the_operator_says_so(tmp_path: Path) -> None:
    # moto does not know signatures in the query, so nothing is signed here but what the server signs.
    with S3(signed=False) as s3:
        server = start_server(
            tmp_path, "--backend", "fake", GROK_VIDEO_STORAGE_URL=s3.url(), GROK_VIDEO_STORAGE_REDIRECT="true",
            **s3.environment,
        )  # fmt: skip
        try:
            with server.client() as http:
                path = f"/v1/videos/{make(http)['id']}/content"
                sent = http.get(path)
                assert (sent.status_code, sent.headers["cache-control"]) == (302, "no-store")
                assert sent.headers["location"].startswith(f"{s3.endpoint}/{BUCKET}/")
                assert "X-Amz-Signature=" in sent.headers["location"]
                content = httpx2.get(sent.headers["location"])
                assert content.content[4:8] == b"ftyp"
                assert content.headers["content-type"] == "video/mp4"
                # What a signed URL cannot do passes through the server.
                assert http.head(path).headers["content-length"] == str(len(content.content))
                assert "attachment" in http.get(f"{path}?download").headers["content-disposition"]
        finally:
            server.stop()


def test_a_worker_needs_the_database_and_the_bucket_alone(s3: S3, fresh_postgres: str, tmp_path: Path) -> None:
    common = {
        "GROK_VIDEO_STORAGE_URL": s3.url(), "GROK_VIDEO_DATABASE_URL": fresh_postgres, "GROK_VIDEO_API_KEY": "k" * 32,
        **s3.environment,
    }  # fmt: skip
    api = start_server(tmp_path / "api", "--no-worker", "--backend", "animatic", **common)
    worker = start_server(tmp_path / "worker", "--backend", "animatic", **common)
    try:
        with api.client() as http:
            video = make(http, images=["data:image/png;base64," + _base64(image_bytes())])
            assert frames(http.get(f"/v1/videos/{video['id']}/content").content) == 24
    finally:
        api.stop()
        worker.stop()
    assert list(api.data.rglob("*.mp4")) == []


def test_a_bucket_that_cannot_be_used_keeps_a_server_from_starting(s3: S3, tmp_path: Path) -> None:
    wrong = {**s3.environment, "AWS_SECRET_ACCESS_KEY": "wrong"}
    for environment, url in ((s3.environment, "s3://none/x"), (wrong, s3.url())):
        ran = run(None, tmp_path, "serve", "--port", "0", "--data-dir", str(tmp_path / "data"),
                  GROK_VIDEO_STORAGE_URL=url, **environment)  # fmt: skip
        assert (ran.returncode, ran.stderr.count("\n")) == (1, 1), ran.stderr
        assert f"The storage {url} cannot be used" in ran.stderr
        assert "wrong" not in ran.stderr


def test_a_library_moves_between_a_folder_and_a_bucket(s3: S3, tmp_path: Path) -> None:
    files = {"media/a.mp4": b"video" * 1000, "media/a.webp": b"image", "inputs/t/1.png": b"png", "uploads/k/f": b"file"}
    for key, content in files.items():
        (tmp_path / "from" / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "from" / key).write_bytes(content)
    bucket = s3.url()

    def copy(origin: str, target: str) -> str:
        ran = run(None, tmp_path, "storage", "copy", origin, target, **s3.environment)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    assert copy(f"file://{tmp_path}/from", bucket).startswith("4 files copied (0.0 MB), 0 were there already")
    assert keys(s3, bucket) == files.keys()
    (tmp_path / "from" / "media" / "a.webp").write_bytes(b"other")
    assert copy(f"file://{tmp_path}/from", bucket).startswith("1 files copied (0.0 MB), 3 were there already")
    assert copy(bucket, f"file://{tmp_path}/to").startswith("4 files copied")
    assert (tmp_path / "to" / "media" / "a.webp").read_bytes() == b"other"
    assert (tmp_path / "to" / "media" / "a.mp4").read_bytes() == files["media/a.mp4"]
    wrong = run(None, tmp_path, "storage", "copy", "ftp://x", bucket)
    assert (wrong.returncode, "'ftp://x' is not a storage" in wrong.stderr) == (2, True)


def _base64(content: bytes) -> str:
    import base64

    return base64.b64encode(content).decode()
