"""Uploaded images on in-memory adapters: whose they are, how many, and what requests make of them."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from uuid import uuid4

import pytest

from grok_video.domain.errors import InvalidImage, NotFound, RateLimited
from grok_video.domain.request import Upload
from grok_video.testing import InMemoryIntake, InMemoryStorage
from grok_video.uploads import MAX_FILES, Uploads
from tests.factories import image_bytes

pytestmark = pytest.mark.anyio


def image() -> Upload:
    data = image_bytes(64, 36)
    return Upload(hashlib.sha256(data).hexdigest(), len(data), param="file", data=data)


async def test_a_file_is_kept_for_its_owner_alone() -> None:
    storage = InMemoryStorage()
    uploads = Uploads(storage=storage, intake=InMemoryIntake(storage))
    file = await uploads.add(image(), "operator")
    assert (file.width, file.height, file.bytes) == (64, 36, len(image_bytes(64, 36)))
    assert (await uploads.stat(file.id, "operator")).size == len(image_bytes(64, 36))
    for owner in ("key_1", "operato", "operator2"):
        with pytest.raises(NotFound):
            await uploads.stat(file.id, owner)
    with pytest.raises(InvalidImage, match="images: There is no such file"):
        await uploads.source(uuid4(), "operator", "images")
    await uploads.delete(file.id, "operator")
    assert await storage.usage("uploads") == 0


async def test_an_owner_has_a_bound_and_others_do_not_count() -> None:
    storage = InMemoryStorage()
    uploads = Uploads(storage=storage, intake=InMemoryIntake(storage))
    for number in range(MAX_FILES - 2):
        await storage.put(f"uploads/key_1/{number:032x}", _file(storage))
    # Those that are being taken in count too.
    added = await asyncio.gather(*[uploads.add(image(), "key_1") for _ in range(5)], return_exceptions=True)
    refused = [error for error in added if isinstance(error, RateLimited)]
    assert len(refused) >= 3
    assert "at most 200" in str(refused[0])
    assert len(await storage.older_than("uploads/key_1", 1e12)) <= MAX_FILES
    await uploads.add(image(), "key_2")


async def test_an_owner_has_a_bound_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grok_video.uploads.MAX_BYTES", 1000)
    storage = InMemoryStorage()
    uploads = Uploads(storage=storage, intake=InMemoryIntake(storage))
    await uploads.add(image(), "key_1")
    with pytest.raises(RateLimited):
        await uploads.add(image(), "key_1")
    # Not a part of what videos use: cleanup would delete videos for it.
    assert await storage.usage() == 0


async def test_what_is_refused_leaves_nothing() -> None:
    storage = InMemoryStorage()
    uploads = Uploads(storage=storage, intake=InMemoryIntake(storage))
    with pytest.raises(InvalidImage):
        await uploads.add(Upload("0" * 64, 4, param="file", data=b"text"), "operator")
    assert await storage.usage() == await storage.usage("uploads") == 0


def _file(storage: InMemoryStorage) -> Path:
    file = storage.scratch("x")
    file.write_bytes(b"x")
    return file
