"""The imitation of SGLang: the sizes, lengths, images and sound of Wan and LTX."""

from __future__ import annotations

from typing import Any

import httpx2
import numpy as np
import pytest

from tests.imitations.running import Background
from tests.imitations.sglang import SglangImitation
from tests.imitations.sglang_h3 import aligned, canvas
from tests.imitations.sglang_models import (
    adjusted_frames,
    decoded_frames,
    encoded_size,
    i2v_size,
    kind_of,
    model_of,
    ti2v_size,
)

from .helpers import BLUE, GREEN, RED, close, frames
from .sglang_helpers import (
    MODELS,
    T2V,
    detail,
    error,
    finished,
    image,
    serving,
    shown,
    uri,
)

# Sizes and lengths


def test_kinds_come_from_names() -> None:
    assert [kind_of(name) for name in MODELS.values()] == list(MODELS)
    with pytest.raises(ValueError, match="does not tell its kind"):
        kind_of("sora-2")


def test_frames() -> None:
    counts = {"wan-t2v": (96, 93), "wan-i2v": (97, 97), "wan-ti2v": (97, 97), "ltx": (96, 89)}
    for kind, expected in counts.items():
        model = model_of(MODELS[kind], None)
        queued = adjusted_frames(model, 96)
        assert (queued, decoded_frames(model, queued)) == expected
    assert [aligned(round(seconds * 24)) for seconds in (4, 5, 10, 15)] == [107, 124, 243, 362]


def test_sizes() -> None:
    assert [canvas(*ratio, 768) for ratio in ((16, 9), (9, 16), (1, 1), (21, 9), (4, 3))] == [
        (1344, 768), (768, 1344), (768, 768), (1536, 672), (1024, 768),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="1:4 to 4:1"):
        canvas(5, 1, 768)
    wide, square = np.zeros((64, 96, 3), np.uint8), np.zeros((64, 64, 3), np.uint8)
    assert i2v_size((1280, 720), wide) == (1168, 784)
    assert i2v_size((1280, 720), square) == (960, 960)
    assert i2v_size((4000, None), wide) == (1168, 784)
    assert ti2v_size(square) == (960, 928)
    assert ti2v_size(np.zeros((704, 1280, 3), np.uint8)) == (1280, 704)
    assert encoded_size((1920, 1080)) == (1920, 1088)


# Wan and LTX


def test_i2v_takes_the_ratio_of_its_image() -> None:
    with serving("wan-i2v") as (server, client):
        assert "requires an 'image_path' input" in detail(client.post("videos", json=T2V))
        for body in ({"reference_url": uri()}, {"input_reference": uri()}):
            answer = client.post("videos", json=T2V | body | {"size": "64x48", "num_frames": 6})
            job = finished(server, answer)
            assert answer.json()["size"] == "64x48"
            assert shown(job) == (64, 32, 5, 16, 0)
            assert close(frames(job.file or b"")[0][16, 32], RED)
        files = {"input_reference": ("a b.png", image(GREEN), "image/png")}
        job = finished(server, client.post("videos", data={"prompt": "x", "size": "64x48", "fps": "16"}, files=files))
        assert close(frames(job.file or b"")[0][16, 32], GREEN)
        assert server.problems == []


def test_images_that_cannot_be_read_let_the_job_fail() -> None:
    with serving("wan-i2v") as (server, client):
        files = {"input_reference": ("x.png", b"nothing", "image/png")}
        job = finished(server, client.post("videos", data={"prompt": "x", "fps": "16"}, files=files))
        assert "cannot identify image file" in error(client, job)
        job = finished(server, client.post("videos", json=T2V | {"input_reference": "/data/x.png"}))
        assert "No such file or directory" in error(client, job)
        assert server.problems == ["POST /v1/videos: input_reference is a path on the server: /data/x.png"]
        files = {"input_reference": ("x.mp4", image(), "image/png")}
        assert "requires an 'image_path'" in detail(client.post("videos", data={"prompt": "x"}, files=files))


def test_images_are_fetched_from_private_addresses() -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        found = scope["path"] == "/x.png"
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
        await send({"type": "http.response.body", "body": image(BLUE) if found else b""})

    with Background(app) as web, serving("wan-i2v") as (server, client):
        small = T2V | {"size": "64x48"}
        for name in ("reference_url", "input_reference"):
            job = finished(server, client.post("videos", json=small | {name: f"{web.origin}/x.png"}))
            assert close(frames(job.file or b"")[0][16, 32], BLUE)
        answer = client.post("videos", json=small | {"reference_url": f"{web.origin}/y.png"})
        assert "Failed to download image from URL" in detail(answer)
        job = finished(server, client.post("videos", json=small | {"input_reference": f"{web.origin}/y.png"}))
        assert "404" in error(client, job)


def test_ti2v_takes_text_or_an_image() -> None:
    with serving("wan-ti2v") as (server, client):
        assert shown(finished(server, client.post("videos", json=T2V))) == (64, 32, 5, 16, 0)
        job = finished(server, client.post("videos", json=T2V | {"size": "1280x720"}))
        assert "size of tensor a (45)" in error(client, job)
        job = finished(server, client.post("videos", json=T2V | {"reference_url": uri(size=(64, 64))}))
        assert shown(job)[:3] == (960, 928, 5)
        assert server.problems == []


def test_ltx_makes_sound_and_cuts_sizes() -> None:
    with serving("ltx") as (server, client):
        body = {"prompt": "x", "size": "100x70", "num_frames": 20}
        job = finished(server, client.post("videos", json=body))
        assert shown(job) == (96, 64, 17, 24, 1)
        job = finished(server, client.post("videos", json=body | {"input_reference": uri()}))
        assert "unflatten" in error(client, job)
        job = finished(server, client.post("videos", json=body | {"input_reference": uri(), "size": "64x64"}))
        assert close(frames(job.file or b"")[0][32, 32], RED)
        assert server.problems == []
        finished(server, client.post("videos", json=body | {"generate_audio": False}))
        assert server.problems == ["POST /v1/videos: generate_audio is ignored by ltx"]


def test_ltx25_has_fields_of_its_own() -> None:
    with SglangImitation(model="Lightricks/LTX-2.5-Diffusers", work_seconds=0) as server:
        client = httpx2.Client(base_url=server.base_url, trust_env=False)
        body = {"prompt": "x", "size": "64x64", "auto_duration": True, "auto_duration_max_seconds": 2}
        assert shown(finished(server, client.post("videos", json=body)))[2] == 49
        job = finished(server, client.post("videos", json=body | {"use_diffusion_decoder": True}))
        assert "--load-diffusion-decoder" in error(client, job)
        client.close()
