"""The Intake port: in the sandbox and in memory."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from grok_video.domain.errors import FetchFailed, InvalidImage
from grok_video.domain.media import image_key, source_key
from grok_video.domain.request import TaskRef, Upload, Url
from grok_video.intake import SandboxedIntake
from grok_video.ports import Intake, Storage
from grok_video.runtime.fetch import Fetcher
from grok_video.runtime.sandbox import Sandbox
from grok_video.storage.folder import FolderStorage
from grok_video.testing import InMemoryIntake, InMemoryStorage
from tests.factories import image_bytes
from tests.unit.media.helpers import movie

pytestmark = pytest.mark.anyio

OWNER = "operator"


@dataclass
class Taken:
    """An intake and the storage that it stores in."""

    intake: Intake
    storage: Storage


@pytest.fixture(params=["sandbox", "memory"])
async def taken(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Taken]:
    if request.param == "memory":
        memory = InMemoryStorage()
        yield Taken(InMemoryIntake(memory), memory)
        return
    storage, sandbox, fetcher = FolderStorage(tmp_path / "store"), Sandbox(), Fetcher()
    await sandbox.start()
    yield Taken(SandboxedIntake(storage=storage, sandbox=sandbox, fetcher=fetcher), storage)
    await fetcher.close()


def upload(data: bytes, param: str = "images[0]") -> Upload:
    return Upload(hashlib.sha256(data).hexdigest(), len(data), param=param, data=data)


async def test_images_are_stored_in_order_with_their_sizes(taken: Taken) -> None:
    task_id = uuid4()
    images = [upload(image_bytes(160, 90)), upload(image_bytes(64, 64))]
    inputs = await taken.intake.admit_images(images, task_id, OWNER)
    assert [(image.key, image.width, image.height) for image in inputs] == [
        (image_key(task_id, 1), 160, 90), (image_key(task_id, 2), 64, 64),
    ]  # fmt: skip
    for image in inputs:
        assert b"".join([part async for part in taken.storage.read(image.key)]).startswith(b"\x89PNG")


async def test_no_images_are_no_inputs(taken: Taken) -> None:
    assert await taken.intake.admit_images([], uuid4(), OWNER) == ()


async def test_a_file_that_is_no_image_is_refused_by_its_field(taken: Taken) -> None:
    with pytest.raises(InvalidImage) as refused:
        await taken.intake.admit_images([upload(b"hello, I am a text", "images[3]")], uuid4(), OWNER)
    assert refused.value.param == "images[3]"


async def test_another_task_is_no_image(taken: Taken) -> None:
    with pytest.raises(InvalidImage):
        await taken.intake.admit_images([TaskRef(uuid4(), param="images[0]")], uuid4(), OWNER)


async def test_a_url_that_cannot_be_fetched_is_refused_by_its_field(taken: Taken) -> None:
    # The guard refuses the address itself, so that no packet is sent.
    with pytest.raises(FetchFailed) as refused:
        await taken.intake.admit_images([Url("http://127.0.0.1:9/x.png", param="images[1]")], uuid4(), OWNER)
    assert refused.value.param == "images[1]"


async def test_a_source_video_is_stored_with_its_facts(taken: Taken, tmp_path: Path) -> None:
    task_id = uuid4()
    data = movie(tmp_path / "source.mp4", frames=48, width=1280, height=720).read_bytes()
    video = await taken.intake.admit_video(upload(data, "video"), task_id, OWNER)
    assert (video.key, video.width, video.height, video.frames, video.seconds) == (
        source_key(task_id), 1280, 720, 48, 2.0,
    )  # fmt: skip
    assert (await taken.storage.stat(video.key)).size > 0


async def test_a_file_that_is_no_video_is_refused_by_its_field(taken: Taken) -> None:
    with pytest.raises(InvalidImage) as refused:
        await taken.intake.admit_video(upload(image_bytes(), "video"), uuid4(), OWNER)
    assert refused.value.param == "video"


async def test_discarding_deletes_everything_of_the_task(taken: Taken) -> None:
    task_id, other = uuid4(), uuid4()
    await taken.intake.admit_images([upload(image_bytes())], task_id, OWNER)
    (kept,) = await taken.intake.admit_images([upload(image_bytes())], other, OWNER)
    await taken.intake.discard(task_id)
    with pytest.raises(FileNotFoundError):
        await taken.storage.stat(image_key(task_id, 1))
    assert (await taken.storage.stat(kept.key)).size > 0
