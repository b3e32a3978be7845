"""What the tests of the imitation share."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import av
import httpx2
import numpy as np
from PIL import Image

from tests.imitations.xai import Job, XaiImitation
from tests.imitations.xai_rules import V1, V15, Order
from tests.imitations.xai_videos import render

RED, GREEN, BLUE = (200, 30, 30), (30, 180, 30), (30, 30, 200)
TEXT = {"model": V15, "prompt": "a kite", "duration": 1}


def picture(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (96, 64), kind: str = "png") -> dict[str, str]:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return {"url": f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"}


def clip(path: Path, seconds: int, shorter: float = 0, prompt: str = "source") -> dict[str, str]:
    render(Order("generations", V1, prompt, seconds, 480, "1:1", sound=False), path, shorter=shorter)
    return {"url": f"data:video/mp4;base64,{base64.b64encode(path.read_bytes()).decode()}"}


def post(api: httpx2.Client, body: dict[str, Any], route: str = "generations") -> httpx2.Response:
    return api.post(f"videos/{route}", json=body)


def accepted(xai: XaiImitation, api: httpx2.Client, body: dict[str, Any], route: str = "generations") -> Job:
    """Have a request accepted and wait until its video is there."""
    response = post(api, body, route)
    assert response.status_code == 200, response.text
    job = xai.jobs[response.json()["request_id"]]
    if job.outcome == "done":
        assert job.done.wait(10)
    return job


def poll(api: httpx2.Client, job: Job) -> httpx2.Response:
    return api.get(f"videos/{job.id}")


def address(xai: XaiImitation, job: Job) -> str:
    return f"{xai.base_url.removesuffix('/v1')}/files/{job.id}.mp4"


def film(xai: XaiImitation, api: httpx2.Client, job: Job, **headers: str) -> httpx2.Response:
    return api.get(address(xai, job), headers=headers)


def frames(data: bytes | Path) -> list[np.ndarray]:
    with av.open(io.BytesIO(data) if isinstance(data, bytes) else str(data)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def close(pixel: np.ndarray, colour: tuple[int, ...]) -> bool:
    return bool(np.abs(pixel.astype(int) - np.array(colour)).max() <= 8)
