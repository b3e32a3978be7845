"""A server with the xai backend, and an imitation of xAI's API."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx2
import numpy as np
import pytest
from PIL import Image

from tests.conftest import Server, start_server
from tests.imitations.xai import Job, XaiImitation

QUICK = """
retry_seconds = 0.05
max_failures = 2
[backends.xai]
requests_per_minute = 6000
polls_per_second = 200
poll_seconds = 0.5
job_seconds = 60
max_file_mib = 8
"""


def start_xai(data: Path, xai: XaiImitation, config: str = QUICK, *arguments: str, **environment: str) -> Server:
    """Start a server that drives the imitation."""
    data.mkdir(parents=True, exist_ok=True)
    file = data / "grok-video.toml"
    file.write_text(config)
    settings = {"GROK_VIDEO_XAI_API_KEY": xai.key, "GROK_VIDEO_XAI_BASE_URL": xai.base_url, **environment}
    return start_server(data, "--config", str(file), *arguments, **settings)


@pytest.fixture(scope="module")
def xai() -> Iterator[XaiImitation]:
    with XaiImitation() as imitation:
        yield imitation


@pytest.fixture(scope="module")
def xai_server(xai: XaiImitation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start_xai(tmp_path_factory.mktemp("xai"), xai)
    yield server
    server.stop()


@pytest.fixture
def upstream(xai: XaiImitation) -> Iterator[XaiImitation]:
    """The imitation; at the end it must have seen no invalid request."""
    xai.submissions.clear()
    xai.jobs.clear()
    xai.clear()
    yield xai
    xai.clear()
    assert xai.problems == []


@pytest.fixture
def client(xai_server: Server) -> Iterator[httpx2.Client]:
    with xai_server.client() as http:
        yield http


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (640, 360)) -> bytes:
    """One colour, as PNG bytes."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def uri(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode()


def make(http: httpx2.Client, path: str, **body: Any) -> dict[str, Any]:
    """Create a video and wait for its end."""
    answer = http.post(path, json={"model": "grok-video-3", "prompt": "a cat", **body})
    assert answer.status_code == 200, answer.text
    return ended(http, answer.json()["id"])


def ended(http: httpx2.Client, video_id: str) -> dict[str, Any]:
    for _ in range(20):
        video = http.get(f"/v1/videos/{video_id}", params={"wait": "10"}).json()
        if video["status"] in ("completed", "failed"):
            return video
    raise AssertionError(video)


def film(http: httpx2.Client, video_id: str) -> tuple[list[np.ndarray], float]:
    """Download a finished video; return its frames as RGB and the seconds of its sound."""
    content = http.get(f"/v1/videos/{video_id}/content").content
    with av.open(io.BytesIO(content)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with av.open(io.BytesIO(content)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
        rate = container.streams.audio[0].rate
    return frames, samples / rate


def picture_of(data_uri: str) -> np.ndarray:
    """Decode a data URI that the upstream received, as RGB."""
    assert data_uri.startswith("data:image/"), data_uri[:40]
    with Image.open(io.BytesIO(base64.b64decode(data_uri.partition(",")[2]))) as picture:
        return np.asarray(picture.convert("RGB"))


def video_of(data_uri: str) -> tuple[int, int, int]:
    """Return width, height and frames of a video that the upstream received."""
    assert data_uri.startswith("data:video/mp4;base64,"), data_uri[:40]
    with av.open(io.BytesIO(base64.b64decode(data_uri.partition(",")[2]))) as container:
        frames = [(frame.width, frame.height) for frame in container.decode(video=0)]
    return (*frames[0], len(frames))


def only(xai: XaiImitation) -> Job:
    (job,) = xai.jobs.values()
    return job
