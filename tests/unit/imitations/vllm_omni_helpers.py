"""What the tests of the imitation of vLLM-Omni share."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import httpx2
from PIL import Image

from tests.imitations.engine import EngineJob
from tests.imitations.engine_videos import Scene, make_video

from .helpers import RED


def image(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (64, 64), kind: str = "png") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def picture(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (256, 256)) -> tuple[str, bytes, str]:
    return "picture.png", image(colour, size), "image/png"


def linked(*colours: tuple[int, int, int], size: tuple[int, int] = (64, 64)) -> str:
    data = [base64.b64encode(image(colour, size)).decode() for colour in colours]
    return json.dumps([{"image_url": f"data:image/png;base64,{each}"} for each in data])


def clip(path: Path, seconds: float = 2, size: tuple[int, int] = (256, 256), fps: float = 24) -> tuple[str, bytes, str]:
    make_video(Scene("source", *size, round(seconds * fps), fps), path)
    return "clip.mp4", path.read_bytes(), "video/mp4"


def send(api: httpx2.Client, files: Sequence[tuple[str, Any]] = (), **fields: str) -> httpx2.Response:
    texts = [(name, (None, value)) for name, value in {"prompt": "a kite", **fields}.items()]
    return api.post("videos", files=[*texts, *files])


def made(served: Any, files: Sequence[tuple[str, Any]] = (), **fields: str) -> EngineJob:
    """Have a job accepted and wait until its video is there."""
    engine, api = served
    response = send(api, files, **fields)
    assert response.status_code == 200, response.text
    job = engine.jobs[response.json()["id"]]
    assert job.outcome == "done", job.failure
    assert job.painted.wait(10)
    return job


def failed(served: Any, files: Sequence[tuple[str, Any]] = (), **fields: str) -> tuple[int, str]:
    """Have a job accepted that fails, and return the status of a GET and the message."""
    _, api = served
    response = send(api, files, **fields)
    assert response.status_code == 200, response.text
    answer = api.get(f"videos/{response.json()['id']}")
    assert answer.json()["status"] == "failed"
    assert answer.json()["error"]["code"] == answer.status_code
    return answer.status_code, answer.json()["error"]["message"]


def outline(job: EngineJob) -> tuple[int, int, int, float, bool]:
    """Return width, height, frames, rate and whether there is sound, of the file."""
    with av.open(str(job.file)) as container:
        video = container.streams.video[0]
        assert video.average_rate is not None
        size = (video.width, video.height, video.frames, float(video.average_rate))
        return *size, bool(container.streams.audio)
