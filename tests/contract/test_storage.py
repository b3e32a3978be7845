"""The Storage port: in a folder, in memory, and in S3 that checks every signature."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from grok_video.domain.errors import StorageUnavailable
from grok_video.ports import Storage
from grok_video.storage.folder import FolderStorage
from grok_video.storage.urls import RemoteOptions, open_storage
from grok_video.testing import InMemoryStorage
from tests.imitations.s3 import BUCKET, S3

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["folder", "memory", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    if request.param == "memory":
        return InMemoryStorage()
    if request.param == "folder":
        return FolderStorage(tmp_path / "store")
    s3: S3 = request.getfixturevalue("s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return open_storage(s3.url(), RemoteOptions(tmp_path / "scratch"))


async def content(storage: Storage, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in storage.read(key, start, end)])


async def put(storage: Storage, key: str, content: bytes) -> Path:
    file = storage.scratch("unfinished")
    file.write_bytes(content)
    await storage.put(key, file)
    return file


async def test_a_file_goes_in_complete_and_comes_back(storage: Storage) -> None:
    scratch = await put(storage, "media/one.mp4", b"video")
    assert await content(storage, "media/one.mp4") == b"video"
    assert not scratch.exists()


async def test_a_file_from_another_file_system(storage: Storage, tmp_path: Path) -> None:
    shared = Path("/dev/shm")
    foreign = (shared if shared.is_dir() else tmp_path) / f"grok-video-test-{tmp_path.name}"
    foreign.write_bytes(b"x" * 100)
    await storage.put("inputs/t/1.png", foreign)
    assert (await storage.stat("inputs/t/1.png")).size == 100
    assert not foreign.exists()


async def test_putting_twice_replaces(storage: Storage) -> None:
    for whole in (b"first", b"second"):
        await put(storage, "media/x", whole)
    assert await content(storage, "media/x") == b"second"


async def test_deleting_files_folders_and_nothing(storage: Storage) -> None:
    for number in range(2):
        await put(storage, f"inputs/t/{number}", b"x")
    await put(storage, "inputs/tt", b"x")
    await storage.delete("inputs/t")
    await storage.delete("inputs/t")
    await storage.delete("media/none.mp4")
    with pytest.raises(FileNotFoundError):
        await storage.stat("inputs/t/0")
    assert await content(storage, "inputs/tt") == b"x"


async def test_old_keys_are_listed_once_per_folder(storage: Storage) -> None:
    for key in ("inputs/t/1.png", "inputs/t/2.png", "inputs/u/source"):
        await put(storage, key, b"x")
    assert sorted(await storage.older_than("inputs", time.time() + 60)) == ["inputs/t", "inputs/u"]
    assert list(await storage.older_than("inputs", time.time() - 60)) == []


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "media/../../x", ""])
async def test_keys_stay_inside(storage: Storage, key: str) -> None:
    with pytest.raises(ValueError, match="storage key"):
        await storage.stat(key)


async def test_what_is_uploaded_is_counted_apart(storage: Storage) -> None:
    assert await storage.usage("uploads/nobody") == 0
    assert list(await storage.older_than("uploads/nobody", time.time() + 60)) == []
    for key in ("uploads/key_1/a", "uploads/key_1/b", "uploads/key_2/c", "media/one.mp4"):
        await put(storage, key, b"1234")
    assert (await storage.usage(), await storage.usage("uploads"), await storage.usage("uploads/key_1")) == (4, 12, 8)
    assert sorted(await storage.older_than("uploads", time.time() + 60)) == ["uploads/key_1", "uploads/key_2"]


async def test_a_part_is_read(storage: Storage) -> None:
    whole = bytes(range(256)) * 5000
    await put(storage, "media/x.mp4", whole)
    assert await content(storage, "media/x.mp4") == whole
    assert await content(storage, "media/x.mp4", 1_000_000) == whole[1_000_000:]
    assert await content(storage, "media/x.mp4", 5, 700_000) == whole[5:700_000]
    assert await content(storage, "media/x.mp4", 7, 7) == b""


async def test_facts_tell_contents_apart(storage: Storage) -> None:
    before = time.time()
    await put(storage, "media/x.mp4", b"first")
    first = await storage.stat("media/x.mp4")
    assert (first.key, first.size) == ("media/x.mp4", 5)
    assert abs(first.modified - before) < 5
    assert await storage.stat("media/x.mp4") == first
    await put(storage, "media/x.mp4", b"other")
    assert (await storage.stat("media/x.mp4")).etag != first.etag


async def test_a_fetched_file_is_the_readers(storage: Storage, tmp_path: Path) -> None:
    await put(storage, "media/x.mp4", b"video")
    for _ in range(2):
        assert (await storage.fetch("media/x.mp4", tmp_path / "copy")).read_bytes() == b"video"
    await storage.delete("media/x.mp4")
    assert (tmp_path / "copy").read_bytes() == b"video"
    with pytest.raises(FileNotFoundError):
        await storage.fetch("media/x.mp4", tmp_path / "other")
    assert not (tmp_path / "other").exists()


async def test_a_copy_outlives_its_origin(storage: Storage) -> None:
    await put(storage, "inputs/t/1.png", b"image")
    await storage.copy("inputs/t/1.png", "uploads/key_1/f")
    await storage.delete("inputs/t")
    assert await content(storage, "uploads/key_1/f") == b"image"
    with pytest.raises(FileNotFoundError):
        await storage.copy("inputs/t/1.png", "uploads/key_1/g")


async def test_what_is_below_a_folder_is_listed(storage: Storage) -> None:
    for key in ("media/a.mp4", "media/a.webp", "inputs/t/1.png"):
        await put(storage, key, key.encode())
    storage.scratch("unfinished").write_bytes(b"x")
    found = {file.key: file.size async for file in storage.list("media")}
    assert found == {"media/a.mp4": 11, "media/a.webp": 12}
    assert await storage.usage() == 11 + 12 + 14


async def test_absent_files_are_not_read(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError):
        await content(storage, "media/none.mp4")
    with pytest.raises(FileNotFoundError):
        await content(storage, "media/none.mp4", 0, 10)


async def test_what_is_stored_is_encrypted_and_says_its_digest(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**s3.environment, "AWS_SERVER_SIDE_ENCRYPTION": "AES256"}.items():
        monkeypatch.setenv(name, value)
    url = s3.url()
    storage = open_storage(url, RemoteOptions(tmp_path / "scratch"))
    # In parts, and at once.
    await put(storage, "media/long.mp4", bytes(20 << 20))
    await put(storage, "media/short.mp4", b"x")
    for key in ("media/long.mp4", "media/short.mp4"):
        path = f"{url.removeprefix(f's3://{BUCKET}/')}/{key}"
        head = s3.client().head_object(Bucket=BUCKET, Key=path, ChecksumMode="ENABLED")
        assert head["ServerSideEncryption"] == "AES256"
        assert len(head["Metadata"]["sha256"]) == 64


async def test_uploads_carry_a_checksum_that_the_store_compares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = list[str]()

    class Store(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            received.append(self.headers["x-amz-checksum-sha256"])
            received.append(base64.b64encode(hashlib.sha256(content).digest()).decode())
            self.send_response(200)
            self.send_header("etag", '"x"')
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, value in {
            "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "x",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        await put(open_storage("s3://bucket", RemoteOptions(tmp_path / "scratch")), "media/x.mp4", b"video")
        server.shutdown()
    sent, computed = received
    assert sent == computed


async def test_a_damaged_object_is_not_given_to_a_backend(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    url = s3.url()
    storage = open_storage(url, RemoteOptions(tmp_path / "scratch", cache_bytes=0))
    await put(storage, "media/x.mp4", b"video")
    key = f"{url.removeprefix(f's3://{BUCKET}/')}/media/x.mp4"
    metadata = s3.client().head_object(Bucket=BUCKET, Key=key)["Metadata"]
    s3.client().put_object(Bucket=BUCKET, Key=key, Body=b"vid", Metadata=metadata)
    with pytest.raises(StorageUnavailable, match="differs from what was uploaded"):
        await storage.fetch("media/x.mp4", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


async def test_a_folder_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    storage = FolderStorage(tmp_path / "link")
    await put(storage, "media/x.mp4", b"video")
    assert [file.key async for file in storage.list("media")] == ["media/x.mp4"]
    await storage.delete("media/x.mp4")
    await put(storage, "media/y.mp4", b"video")
