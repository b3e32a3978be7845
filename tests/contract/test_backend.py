"""The Backend port: the animatic, the fake backend and the scripted one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from grok_video.backends.registry import BackendContext, available, load
from grok_video.domain.models import MODELS
from grok_video.media.clip import probe
from grok_video.ports import Backend, Job
from grok_video.runtime.fetch import Fetcher
from grok_video.runtime.sandbox import Sandbox
from grok_video.testing import RecordingReport, ScriptedBackend
from tests.factories import new_task

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["animatic", "fake", "scripted"])
async def backend(request: pytest.FixtureRequest) -> AsyncIterator[Backend]:
    if request.param == "scripted":
        yield ScriptedBackend()
        return
    sandbox, fetcher = Sandbox(), Fetcher()
    backend = load([request.param], lambda _: BackendContext(sandbox, fetcher, {}))[request.param]
    await sandbox.start()
    yield backend
    await backend.close()
    await fetcher.close()


def test_every_shipped_backend_is_found_by_its_entry_point() -> None:
    assert {"animatic", "fake", "xai", "relay"} <= available().keys()


async def test_it_writes_what_was_planned_and_reports_progress(backend: Backend, tmp_path: Path) -> None:
    task = new_task(prompt="a cat on the beach", width=640, height=360, frames=36)
    output, report = tmp_path / "video.mp4", RecordingReport()
    facts = await backend.generate(Job(task, output), report)
    clip = await asyncio.to_thread(probe, str(output))
    assert (clip.width, clip.height, clip.frames, clip.fps) == (640, 360, 36, 24.0)
    assert isinstance(facts["understood"], list)
    assert isinstance(facts["not_understood"], list)
    assert report.percents == sorted(report.percents)
    assert report.percents[-1] == 100


async def test_its_capabilities_are_data(backend: Backend) -> None:
    for model in MODELS:
        capabilities = backend.capabilities(model)
        assert capabilities is not None
        assert capabilities.operations
        assert capabilities.min_seconds <= capabilities.max_seconds


async def test_it_accepts_a_plain_task_and_is_up(backend: Backend) -> None:
    backend.check(new_task(backend=backend.name))
    assert await backend.probe() is None
    await backend.abandon([])


async def test_cancelling_it_stops_it(backend: Backend, tmp_path: Path) -> None:
    work = asyncio.ensure_future(
        backend.generate(Job(new_task(frames=24 * 15), tmp_path / "video.mp4"), RecordingReport())
    )
    await asyncio.sleep(0.2)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
