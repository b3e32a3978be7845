"""What the tests of the imitation of SGLang share."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx2

from tests.imitations.engine import EngineJob
from tests.imitations.engine_videos import Scene, make_video
from tests.imitations.sglang import SglangImitation

from .helpers import RED, picture

T2V = {"prompt": "a kite", "size": "64x32", "num_frames": 5, "fps": 16}
SMALL = {"short_edge": 64, "aspect_ratio": "1:1", "duration_seconds": 4}
T2VA = {"prompt": "a kite", "task": "t2va", "target": SMALL}
MODELS = {
    "h3-fl2va": "MiniMaxAI/MiniMax-H3", "h3-ref2va": "MiniMax-H3-Ref2VA",
    "wan-t2v": "Wan-AI/Wan2.2-T2V-A14B-Diffusers", "wan-i2v": "Wan-AI/Wan2.2-I2V-A14B-Diffusers",
    "wan-ti2v": "Wan-AI/Wan2.2-TI2V-5B-Diffusers", "ltx": "Lightricks/LTX-2.3",
}  # fmt: skip


@contextmanager
def serving(kind: str, **options: Any) -> Iterator[tuple[SglangImitation, httpx2.Client]]:
    """Serve a model, and give a client of it."""
    with SglangImitation(model=MODELS[kind], **{"work_seconds": 0, **options}) as server:
        assert server.model.kind == kind
        with httpx2.Client(base_url=server.base_url, timeout=10, trust_env=False) as client:
            yield server, client


def image(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (96, 64), kind: str = "png") -> bytes:
    """Return the bytes of an image of one colour."""
    return base64.b64decode(picture(colour, size, kind)["url"].partition(",")[2])


def uri(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (96, 64)) -> str:
    """Return a data URI of an image of one colour."""
    return picture(colour, size)["url"]


def keyframe(number: int, colour: tuple[int, int, int] = RED, **more: Any) -> dict[str, Any]:
    """Return a keyframe of MiniMax-H3."""
    return {"type": "image", "role": "keyframe", "uri": uri(colour), "frame_index": number} | more


def reference(kind: str = "image", **more: Any) -> dict[str, Any]:
    """Return a reference of MiniMax-H3."""
    return {"type": kind, "role": "reference", "uri": uri()} | more


def film(path: Path, *, sound: bool, seconds: int = 5) -> str:
    """Make a video and return it as a data URI."""
    make_video(Scene("film", 64, 64, seconds * 24, 24, sound), path)
    return f"data:video/mp4;base64,{base64.b64encode(path.read_bytes()).decode()}"


def finished(server: SglangImitation, answer: httpx2.Response) -> EngineJob:
    """Return the job that an answer tells of, as soon as its video is there."""
    assert answer.status_code == 200, answer.text
    job = server.jobs[answer.json()["id"]]
    if job.outcome == "done":
        assert job.painted.wait(20)
    return job


def detail(answer: httpx2.Response, status: int = 400) -> Any:
    """Return what a refusal says."""
    assert answer.status_code == status, answer.text
    return answer.json()["detail"]


def error(client: httpx2.Client, job: EngineJob) -> str:
    """Return why the worker let a job fail."""
    record = client.get(f"videos/{job.id}").json()
    assert record["status"] == "failed", record
    prefix = f"Model generation failed. Error from scheduler: Error executing request {job.id}: "
    assert record["error"]["message"].startswith(prefix)
    return record["error"]["message"].removeprefix(prefix)


def shown(job: EngineJob) -> tuple[int, int, int, Fraction | None, int]:
    """Return width, height, frames, rate and sound of the file of a job."""
    assert job.file is not None
    with av.open(str(job.file)) as container:
        stream = container.streams.video[0]
        count = sum(1 for _ in container.decode(video=0))
        return stream.width, stream.height, count, stream.average_rate, len(container.streams.audio)
