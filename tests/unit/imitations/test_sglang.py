"""The imitation of SGLang: its routes, its bodies, and what the values of a request do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.imitations.sglang import ANSWER, SglangImitation

from .sglang_helpers import (
    MODELS,
    T2V,
    detail,
    error,
    finished,
    serving,
    shown,
)


@pytest.fixture
def wan() -> Iterator[tuple[SglangImitation, httpx2.Client]]:
    with serving("wan-t2v") as pair:
        yield pair


# The API


def test_a_video_is_made_polled_and_fetched(wan: tuple[SglangImitation, httpx2.Client]) -> None:
    server, client = wan
    answer = client.post("videos", json=T2V | {"num_frames": 17, "model": "anything"})
    job = finished(server, answer)
    queued = answer.json()
    assert list(queued) == list(ANSWER)
    assert queued["status"] == "queued"
    assert (queued["size"], queued["seconds"], queued["model"]) == ("64x32", "1", "anything")
    record = client.get(f"videos/{job.id}").json()
    assert (record["status"], record["progress"], record["urls"], record["num_outputs"]) == (
        "completed",
        100,
        [None],
        1,
    )
    assert shown(job) == (64, 32, 17, 16, 0)
    answer = client.get(f"videos/{job.id}/content")
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-disposition"] == f'attachment; filename="{job.id}.mp4"'
    part = client.get(f"videos/{job.id}/content", params={"variant": "0"}, headers={"range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, answer.content[:10])
    for variant in ("1", "video"):
        answer = client.get(f"videos/{job.id}/content", params={"variant": variant})
        assert detail(answer, 404) == f"Video variant {variant} not found"
    assert server.problems == []
    assert [(each.method, each.status, each.job_id) for each in server.received[:2]] == [
        ("POST", 200, job.id), ("GET", 200, job.id),
    ]  # fmt: skip


def test_jobs_wait_for_each_other_and_report_steps() -> None:
    with serving("wan-t2v", work_seconds=60) as (server, client):
        first, second = (client.post("videos", json=T2V).json()["id"] for _ in range(2))
        server.jobs[first].at -= 21
        record = client.get(f"videos/{first}").json()
        assert (record["status"], record["progress"]) == ("in_progress", 35)
        assert client.get(f"videos/{second}").json()["status"] == "queued"
        assert detail(client.get(f"videos/{first}/content"), 404) == "Generation is still in-progress"
        assert len(server.problems) == 1
        server.jobs[first].at -= 60
        assert server.jobs[first].painted.wait(10)
        assert client.get(f"videos/{first}").json()["status"] == "completed"


def test_delete_forgets_a_job_and_does_not_stop_it() -> None:
    with serving("wan-t2v", work_seconds=60) as (server, client):
        first = client.post("videos", json=T2V).json()["id"]
        assert client.delete(f"videos/{first}").json()["status"] == "deleted"
        for answer in (client.get(f"videos/{first}"), client.delete(f"videos/{first}")):
            assert detail(answer, 404) == "Video not found"
        second = client.post("videos", json=T2V).json()["id"]
        assert client.get(f"videos/{second}").json()["status"] == "queued"
        assert list(server.deleted) == [first]


def test_a_restart_loses_the_jobs(wan: tuple[SglangImitation, httpx2.Client]) -> None:
    server, client = wan
    job = finished(server, client.post("videos", json=T2V))
    server.restart()
    assert detail(client.get(f"videos/{job.id}"), 404) == "Video not found"
    assert detail(client.get(f"videos/{job.id}/content"), 404) == "Video not found"


def test_jobs_are_listed_in_pages(wan: tuple[SglangImitation, httpx2.Client]) -> None:
    server, client = wan
    ids = [client.post("videos", json=T2V).json()["id"] for _ in range(3)]
    for number, each in enumerate(ids):
        server.jobs[each].facts["record"]["created_at"] = number
    page = client.get("videos", params={"limit": 2}).json()
    assert [record["id"] for record in page["data"]] == ids[:0:-1]
    assert (page["object"], page["first_id"], page["last_id"], page["has_more"]) == ("list", ids[2], ids[1], True)
    page = client.get("videos", params={"order": "asc", "after": ids[0]}).json()
    assert ([record["id"] for record in page["data"]], page["has_more"]) == (ids[1:], False)
    assert client.get("videos", params={"after": "none"}).json()["data"] == []
    errors = detail(client.get("videos", params={"limit": 101, "order": "up"}), 422)
    assert [each["loc"] for each in errors] == [["query", "limit"], ["query", "order"]]


def test_the_server_tells_about_itself(wan: tuple[SglangImitation, httpx2.Client]) -> None:
    server, client = wan
    [model] = client.get("models").json()["data"]
    assert model.pop("created") > 0
    assert model == {
        "id": MODELS["wan-t2v"], "object": "model", "owned_by": "sglang", "root": MODELS["wan-t2v"], "parent": None,
        "max_model_len": None, "num_gpus": 1, "task_type": "T2V", "supported_task_types": ["T2V"],
        "dit_precision": "bf16", "vae_precision": "fp32", "pipeline_name": "WanPipeline",
        "pipeline_class": "WanPipeline",
    }  # fmt: skip
    assert client.get(f"models/{MODELS['wan-t2v']}").json()["id"] == MODELS["wan-t2v"]
    assert client.get("models/other").json()["error"]["code"] == "model_not_found"
    for path in ("/health", "/liveness", "/health_generate"):
        assert client.get(server.origin + path).json() == {"status": "ok"}
    assert client.get(f"{server.origin}/model_info").json()["task_type"] == "T2V"
    assert client.get(f"{server.origin}/server_info").json()["version"] == "0.5.23"
    assert detail(client.get(f"{server.origin}/get_model_info"), 404) == "Not Found"
    assert detail(client.put("videos"), 405) == "Method Not Allowed"
    assert client.head("models").status_code == 405


def test_warming_up_and_a_dead_worker() -> None:
    with serving("wan-t2v", key="secret") as (server, client):
        server.warming = True
        answer = client.get(f"{server.origin}/health")
        assert (answer.status_code, answer.content) == (503, b"")
        with pytest.raises(httpx2.ReadTimeout):
            client.get("models", timeout=0.1)
        server.warming, server.broken = False, "Scheduler worker exited; restart the server."
        assert client.post("videos", json=T2V).json() == {"error": server.broken}
        assert client.get(f"{server.origin}/health").json() == {"status": "unhealthy", "error": server.broken}
        # Without any key: the real server has none.
        assert client.get("models").status_code == 200


# Bodies


def test_json_bodies(wan: tuple[SglangImitation, httpx2.Client]) -> None:
    server, client = wan
    for body, message in {
        b"{": "prompt\n  Field required", b"[1]": "cannot convert dictionary", b'{"prompt": 1}': "valid string",
        b'{"prompt": "x", "seconds": 1.5}': "seconds\n  Input should be a valid integer",
        b'{"prompt": "x", "input_reference": {"image_url": "x"}}': "input_reference\n",
        b'{"prompt": "x", "reference_url": "/etc/x.png"}':
            "400: Failed to process image source: Unsupported image url format",
    }.items():  # fmt: skip
        found = detail(client.post("videos", content=body))
        assert found.startswith("Invalid request body: ")
        assert message in found
    extra = {"extra_body": {"size": "96x32", "seconds": "2"}, "extra_params": '{"fps": 8}'}
    job = finished(server, client.post("videos", json={"prompt": "x", "seconds": 1} | extra))
    assert shown(job) == (96, 32, 5, 8, 0)
    assert detail(client.post("videos", data={"prompt": "x"})).startswith("Invalid request body: 1 validation error")


def test_forms(wan: tuple[SglangImitation, httpx2.Client]) -> None:
    server, client = wan
    boundary = {"other": ("x", b"x")}
    form = {"prompt": "x", "size": "64x32", "seconds": "1", "extra_body": '{"fps": 8}'}
    job = finished(server, client.post("videos", data=form, files=boundary))
    assert shown(job) == (64, 32, 5, 8, 0)
    errors = detail(client.post("videos", data=form | {"seconds": "4.5", "input_reference": "x"}, files=boundary), 422)
    assert [(each["type"], each["loc"]) for each in errors] == [
        ("value_error", ["body", "input_reference"]), ("int_parsing", ["body", "seconds"]),
    ]  # fmt: skip
    for wrong, message in (
        ({"prompt": ""}, "prompt is required"),
        ({"extra_body": "{"}, "extra_body is not valid JSON"),
        ({"extra_params": "x"}, "extra_params is not valid JSON"),
        ({"negative_prompt": "x" * (1 << 20) + "x"}, "Part exceeded maximum size of 1024KB."),
        ({"reference_url": "data:image/png,x"}, "Failed to process image source"),
    ):
        assert message in detail(client.post("videos", data=form | wrong, files=boundary))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": "64"}, "size must be formatted as positive WIDTHxHEIGHT"),
        ({"width": 0}, "width must be positive"),
        ({"num_frames": None, "seconds": 0}, "num_frames must be positive"),
        ({"fps": 0}, "fps must be a positive int, got 0"),
        ({"seed": -1}, "seed must be a non-negative int or list of ints, got -1"),
        ({"seed": []}, "seed list must not be empty"),
        ({"guidance_scale": -1}, "guidance_scale must be non-negative, got -1.0"),
        ({"quality": "standard"}, "quality must be one of ['exact', 'lossless', 'high', 'extra-high'], got 'standard'"),
        ({"output_quality": "best"}, "Invalid output_quality 'best'. Expected one of:"),
        ({"x264_preset": "fastest"}, "x264_preset must be one of ultrafast,"),
        ({"task_type": "x"}, "Unknown task_type 'x'; choose from"),
        ({"task_type": "i2v"}, "Unsupported task_type I2V; this pipeline supports ['T2V']"),
        ({"upscaling_scale": 9}, "upscaling_scale must be an int in [1, 8], got 9"),
        ({"frame_interpolation_exp": 0}, "frame_interpolation_exp must be an int in [1, 4], got 0"),
        ({"upscaling_model_path": "http://x"}, "upscaling_model_path must be a local path"),
        ({"enhance_prompt": True}, "Prompt enhancement requires --prompt-enhancer-config"),
        ({"use_diffusion_decoder": True}, "unexpected keyword argument 'use_diffusion_decoder'"),
        ({"input_reference": "data:image/png;base64,AA"}, "input_reference is not supported for T2V models."),
    ],
)
def test_values_are_refused(wan: tuple[SglangImitation, httpx2.Client], wrong: dict[str, Any], message: str) -> None:
    assert message in detail(wan[1].post("videos", json=T2V | wrong))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        # 40 pixels are 5 latents.
        ({"size": "64x40"}, "The size of tensor a (5) must match the size of tensor b (4)"),
        ({"seed": [1, 2]}, "seed list length must match num_outputs_per_prompt (1), got 2"),
        ({"output_compression": 5}, "video quality must be between 1 and 10"),
    ],
)
def test_jobs_fail(wan: tuple[SglangImitation, httpx2.Client], wrong: dict[str, Any], message: str) -> None:
    server, client = wan
    job = finished(server, client.post("videos", json=T2V | wrong))
    assert message in error(client, job)
    assert detail(client.get(f"videos/{job.id}/content"), 404) == "Video variant None not found"


def test_postprocessing_changes_the_file(wan: tuple[SglangImitation, httpx2.Client]) -> None:
    server, client = wan
    more = {"enable_frame_interpolation": True, "enable_upscaling": True, "upscaling_scale": 2, "n": 2}
    job = finished(server, client.post("videos", json=T2V | more))
    assert shown(job) == (128, 64, 9, 32, 0)
    assert client.get(f"videos/{job.id}").json()["file_paths"][1].endswith(f"{job.id}_1.mp4")
    assert client.get(f"videos/{job.id}/content", params={"variant": 1}).status_code == 200
