"""Planning on in-memory adapters: which backend, which frames, which size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from grok_video.backends.routing import Router
from grok_video.domain.errors import InvalidValue, SourceNotCompleted, UnsupportedByBackend, VideoNotFound
from grok_video.domain.prompt import parse_prompt
from grok_video.domain.request import (
    AspectRatio,
    Format,
    Mode,
    Operation,
    Resolution,
    TaskRef,
    Upload,
    VideoRequest,
)
from grok_video.domain.task import Clip, StoredInput, Task, TaskStatus
from grok_video.planning import Planner
from grok_video.ports import Capabilities
from grok_video.testing import InMemoryIntake, InMemoryStorage, InMemoryTaskStore, ScriptedBackend
from grok_video.uploads import Uploads
from tests.factories import image_bytes, new_task

pytestmark = pytest.mark.anyio
MP4 = b"\x00\x00\x00\x18ftypisom"


class Desk:
    """A planner on in-memory adapters."""

    def __init__(self, *backends: ScriptedBackend, video: StoredInput | None = None) -> None:
        named = {backend.name: backend for backend in backends or (ScriptedBackend(),)}
        storage = InMemoryStorage()
        self.store = InMemoryTaskStore()
        intake = InMemoryIntake(storage, video=video) if video else InMemoryIntake(storage)
        routing = Router({}, list(named), named)
        self.uploads = Uploads(storage=storage, intake=intake)
        self.planner = Planner(store=self.store, storage=storage, intake=intake, routing=routing, uploads=self.uploads)

    async def plan(self, prompt: str = "a cat", operation: Operation = Operation.CREATE, **fields: Any) -> Task:
        request = VideoRequest(operation, parse_prompt(prompt), **fields)
        draft = await self.planner.draft(request, owner="operator", fmt=Format.OPENAI, default_seconds=6)
        return await self.planner.plan(uuid4(), draft)

    async def source(self, *, frames: int = 144, **fields: Any) -> TaskRef:
        task = new_task(frames=frames, **fields)
        clip = Clip(task.width, task.height, 24.0, frames, 1)
        await self.store.create(replace(task, status=TaskStatus.COMPLETED, clip=clip))
        return TaskRef(task.id, param="task_id")


def image(width: int, height: int) -> Upload:
    data = image_bytes(width, height)
    return Upload("0" * 64, len(data), data=data)


async def test_a_ratio_of_pixels_is_the_nearest_that_the_backend_has() -> None:
    desk = Desk(ScriptedBackend(capabilities=Capabilities(aspect_ratios=(AspectRatio.R16_9, AspectRatio.R3_2))))
    named = {"aspect_ratio": AspectRatio.R4_3, "resolution": Resolution.P480}
    task = await desk.plan(**named, pixels=(640, 480))
    assert (task.aspect_ratio, task.width, task.height) == (AspectRatio.R3_2, 720, 480)
    with pytest.raises(UnsupportedByBackend, match="16:9, 3:2 only") as refused:
        await desk.plan(**named)
    assert refused.value.param == "aspect_ratio"


async def test_a_ratio_of_pixels_or_of_an_image_is_that_of_the_backend_which_takes_the_task() -> None:
    wide = ScriptedBackend(
        name="wide", capabilities=Capabilities(aspect_ratios=(AspectRatio.R16_9,)), refuses=UnsupportedByBackend("No.")
    )
    tall = ScriptedBackend(name="tall", capabilities=Capabilities(aspect_ratios=(AspectRatio.R9_16,)))
    for given in ({"aspect_ratio": AspectRatio.R4_3, "pixels": (640, 480)}, {"images": (image(64, 48),)}):
        task = await Desk(wide, tall).plan(**given)
        assert (task.backend, task.aspect_ratio, task.width, task.height) == ("tall", AspectRatio.R9_16, 720, 1280)


async def test_references_beside_a_first_frame_need_a_backend_that_has_them() -> None:
    images = {"images": (image(64, 36), image(32, 18)), "image_mode": Mode.FIRST_FRAME}
    able = ScriptedBackend(name="able", capabilities=Capabilities(references_beside_first_frame=True))
    task = await Desk(ScriptedBackend(name="unable"), able).plan(**images)
    assert (task.backend, task.mode, len(task.inputs)) == ("able", Mode.FIRST_FRAME, 2)
    with pytest.raises(UnsupportedByBackend, match="no references beside a first frame"):
        await Desk(ScriptedBackend(capabilities=Capabilities())).plan(**images)


@pytest.mark.parametrize(
    ("model", "requested", "seconds"),
    [
        ("grok-video-3", None, 6), ("grok-video-3", 3, 3), ("grok-video-3-pro", None, 10), ("grok-video-3-pro", 3, 10),
        ("grok-video-3-max", 3, 15),
    ],
)  # fmt: skip
async def test_the_length_of_a_create(model: str, requested: int | None, seconds: int) -> None:
    task = await Desk().plan(model=model, seconds=requested)
    assert (task.seconds, task.frames) == (seconds, seconds * 24)


async def test_the_size_follows_the_request_then_the_image_then_the_default() -> None:
    desk = Desk()
    task = await desk.plan(model="grok-video-3")
    assert (task.aspect_ratio, task.width, task.height) == (AspectRatio.R16_9, 1280, 720)
    task = await desk.plan(model="grok-video-3", images=(image(90, 160),), resolution=Resolution.P1080)
    assert (task.aspect_ratio, task.width, task.height) == (AspectRatio.R9_16, 1080, 1920)
    task = await desk.plan(model="grok-video-3", images=(image(90, 160),), aspect_ratio=AspectRatio.R1_1)
    assert (task.aspect_ratio, task.ratio_given, task.width, task.height) == (AspectRatio.R1_1, True, 720, 720)


async def test_a_seed_is_kept_or_drawn() -> None:
    desk = Desk()
    assert (await desk.plan(model="grok-video-3", seed=7)).seed == 7
    drawn = {(await desk.plan(model="grok-video-3")).seed for _ in range(5)}
    assert len(drawn) > 1
    assert all(0 <= seed < 2**32 for seed in drawn)


@pytest.mark.parametrize("model", ["grok-video-3", "grok-video-3-pro", "grok-video-3-max"])
async def test_a_remix_keeps_its_sources_length_with_every_model(model: str) -> None:
    desk = Desk()
    source = await desk.source(frames=100, resolution=Resolution.P1080, aspect_ratio=AspectRatio.R1_1)
    task = await desk.plan("at night", Operation.REMIX, model=model, source=source)
    assert (task.frames, task.mode, task.source_id) == (100, Mode.TEXT, source.task_id)
    assert (task.width, task.height) == (1080, 1080)


@pytest.mark.parametrize(
    ("start_time", "seconds", "start_frame", "frames"),
    [(None, 4, 144, 240), (3.0, 4, 72, 168), (3.17, None, 76, 316), (6.0, 4, 144, 240)],
)
async def test_an_extend_goes_on_from_its_start(
    start_time: float | None, seconds: int | None, start_frame: int, frames: int
) -> None:
    desk = Desk()
    task = await desk.plan(
        "it rains", Operation.EXTEND, source=await desk.source(), start_time=start_time, seconds=seconds
    )
    assert (task.start_frame, task.frames) == (start_frame, frames)


@pytest.mark.parametrize("start_time", [0.01, 6.1, 60.0])
async def test_a_start_outside_the_source_is_refused(start_time: float) -> None:
    desk = Desk()
    with pytest.raises(InvalidValue, match="at most 6, the source's length") as refused:
        await desk.plan("x", Operation.EXTEND, source=await desk.source(), start_time=start_time)
    assert refused.value.param == "start_time"


async def test_a_result_of_more_than_a_minute_is_refused() -> None:
    desk = Desk()
    with pytest.raises(InvalidValue, match="at most 60 are allowed"):
        await desk.plan("x", Operation.EXTEND, source=await desk.source(frames=60 * 24), seconds=1)


async def test_a_source_must_exist_and_be_completed() -> None:
    desk = Desk()
    with pytest.raises(VideoNotFound):
        await desk.plan("x", Operation.REMIX, source=TaskRef(uuid4()))
    queued = await desk.store.create(new_task())
    with pytest.raises(SourceNotCompleted) as refused:
        await desk.plan("x", Operation.REMIX, source=TaskRef(queued.id, param="video.url"))
    assert refused.value.param == "video.url"


async def test_an_uploaded_source_gives_size_and_length() -> None:
    desk = Desk(video=StoredInput("", 1080, 1920, seconds=4.0, frames=96))
    upload = Upload("0" * 64, len(MP4), param="video", data=MP4)
    task = await desk.plan("x", Operation.EXTEND, source=upload, seconds=2, start_time=1.0)
    assert (task.width, task.height, task.source_frames, task.frames) == (1080, 1920, 96, 72)
    assert task.video is not None


async def test_an_image_link_to_an_unfinished_video_is_refused() -> None:
    desk = Desk()
    queued = await desk.store.create(new_task())
    with pytest.raises(SourceNotCompleted):
        await desk.plan(model="grok-video-3", images=(TaskRef(queued.id, param="images[0]"),))


async def test_the_first_backend_that_supports_and_accepts_a_task_gets_it() -> None:
    text_only = ScriptedBackend(name="text", capabilities=Capabilities(modes=frozenset({Mode.TEXT})))
    refusing = ScriptedBackend(name="refusing", refuses=UnsupportedByBackend("not today", param="prompt"))
    desk = Desk(text_only, refusing, ScriptedBackend(name="able"))
    assert (await desk.plan(model="grok-video-3")).backend == "text"
    assert (await desk.plan(model="grok-video-3", images=(image(16, 9),))).backend == "able"


async def test_a_scene_goes_to_a_backend_that_draws_scenes() -> None:
    scene = {"shots": [{}]}
    desk = Desk(ScriptedBackend(name="model"), ScriptedBackend(name="drawn", capabilities=Capabilities(scenes=True)))
    task = await desk.plan(model="grok-video-3", scene=scene)
    assert (task.backend, task.scene) == ("drawn", scene)
    with pytest.raises(UnsupportedByBackend, match="Backend model makes videos of prompts, not of scenes") as refused:
        await Desk(ScriptedBackend(name="model")).plan(model="grok-video-3", scene=scene)
    assert refused.value.param == "scene"


async def test_what_no_backend_supports_is_refused_with_the_first_reason() -> None:
    text_only = ScriptedBackend(name="text", capabilities=Capabilities(modes=frozenset({Mode.TEXT})))
    no_images = ScriptedBackend(name="none", capabilities=Capabilities(max_images=0))
    with pytest.raises(UnsupportedByBackend, match="Backend text does not take images as first_frame") as refused:
        await Desk(text_only, no_images).plan(model="grok-video-3", images=(image(16, 9),))
    assert refused.value.param == "images"
    refusing = ScriptedBackend(refuses=UnsupportedByBackend("not today", param="prompt"))
    with pytest.raises(UnsupportedByBackend, match="not today"):
        await Desk(refusing).plan(model="grok-video-3")
