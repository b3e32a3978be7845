"""Uploaded images on in-memory adapters: whose they are, how many, and what requests make of them."""

from __future__ import annotations

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
    assert (await uploads.path(file.id, "operator")).read_bytes() == image_bytes(64, 36)
    for owner in ("key_1", "operato", "operator."):
        with pytest.raises(NotFound):
            await uploads.path(file.id, owner)
    with pytest.raises(InvalidImage, match="images: There is no such file"):
        await uploads.source(uuid4(), "operator", "images")
    await uploads.delete(file.id, "operator")
    assert await storage.usage() == 0


async def test_an_owner_has_a_bound_and_others_do_not_count() -> None:
    storage = InMemoryStorage()
    uploads = Uploads(storage=storage, intake=InMemoryIntake(storage))
    for number in range(MAX_FILES):
        await storage.put(f"uploads/key_1.{number:032x}", _file(storage))
    with pytest.raises(RateLimited, match="200 uploaded files"):
        await uploads.add(image(), "key_1")
    await uploads.add(image(), "key_2")


async def test_what_is_refused_leaves_nothing() -> None:
    storage = InMemoryStorage()
    uploads = Uploads(storage=storage, intake=InMemoryIntake(storage))
    with pytest.raises(InvalidImage):
        await uploads.add(Upload("0" * 64, 4, param="file", data=b"text"), "operator")
    assert await storage.usage() == 0


def _file(storage: InMemoryStorage) -> Path:
    file = storage.scratch("x")
    file.write_bytes(b"x")
    return file
