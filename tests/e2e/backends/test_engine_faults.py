"""What goes wrong with an engine: each fault has its code, and nothing is submitted twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Server, start_server
from tests.imitations.comfyui import ComfyuiImitation
from tests.imitations.sglang import SglangImitation
from tests.imitations.vllm_omni import VllmOmniImitation

from .conftest import ended

MODEL = "Wan-AI/Wan2.2-TI2V-5B-Diffusers"
BODY = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1}
CONFIG = """
retry_seconds = 0.05
max_failures = 2
outage_hours = 0.05
[backends.vllm-omni]
poll_seconds = 0.5
max_file_mib = 4
job_seconds = 8
ask_seconds = 2
"""
SGLANG = "retry_seconds = 0.05\n[backends.sglang]\npoll_seconds = 0.5\nask_seconds = 2\n"


def start(data: Path, urls: str, config: str = CONFIG, engine: str = "vllm-omni", **variables: str) -> Server:
    """Start a server before an engine."""
    data.mkdir(parents=True, exist_ok=True)
    file = data / "grok-video.toml"
    file.write_text(config)
    name = engine.upper().replace("-", "_")
    variables = {"GROK_VIDEO_BACKEND": engine, f"GROK_VIDEO_{name}_BASE_URL": urls, **variables}
    return start_server(data, "--config", str(file), **variables)


@pytest.fixture(scope="module")
def omni() -> Iterator[VllmOmniImitation]:
    with VllmOmniImitation(model=MODEL, work_seconds=0.1) as imitation:
        yield imitation


@pytest.fixture(scope="module")
def server(omni: VllmOmniImitation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start(tmp_path_factory.mktemp("engine"), omni.origin)
    yield server
    server.stop()


@pytest.fixture
def engine(omni: VllmOmniImitation) -> Iterator[VllmOmniImitation]:
    """The engine; at the end it must have seen no invalid request."""
    omni.restart()
    omni.received.clear()
    omni.faults.clear()
    omni.work_seconds = 0.1
    yield omni
    omni.faults.clear()
    assert omni.problems == []


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


def made(http: httpx2.Client, **body: Any) -> dict[str, Any]:
    answer = http.post("/v1/videos", json={**BODY, **body})
    assert answer.status_code == 200, answer.text
    return ended(http, answer.json()["id"])


def posts(engine: VllmOmniImitation) -> int:
    """Return how many jobs were submitted."""
    return sum(request.method == "POST" for request in engine.received)


def asked_about_its_job(engine: VllmOmniImitation) -> bool:
    """Return whether the engine has one job and the server asked for its status."""
    return len(engine.jobs) == 1 and any(
        request.method == "GET" and request.path.endswith(tuple(engine.jobs)) for request in engine.received
    )


@pytest.mark.parametrize(("place", "kind", "options", "code"), [
    # After an end that proves nothing each next call waits for longer, until one is answered: so those come one by one.
    ("submit", "drop_after", {}, "submission_unknown"),
    ("job", "fail", {"message": "CUDA out of memory"}, "upstream_failed"),
    ("submit", "page", {}, "submission_unknown"), ("job", "wrong_length", {}, "upstream_file_invalid"),
    ("submit", "no_id", {}, "submission_unknown"), ("file", "html", {}, "upstream_file_invalid"),
    ("submit", "nonsense", {}, "submission_unknown"), ("file", "junk", {}, "upstream_file_invalid"),
    ("submit", "status", {"status": 400, "message": "no such field"}, "rejected"),
    ("job", "stuck", {}, "upstream_timed_out"), ("file", "endless", {}, "upstream_file_invalid"),
])  # fmt: skip
def test_each_fault_has_its_code(
    http: httpx2.Client, engine: VllmOmniImitation, place: str, kind: str, options: dict[str, Any], code: str
) -> None:
    engine.fault(place, kind, times=-1 if place == "file" else 1, **options)
    video = made(http)
    assert (video["status"], video["error"]["code"]) == ("failed", code), video["error"]
    assert posts(engine) == 1
    if kind == "fail":
        assert "CUDA out of memory" in video["error"]["message"]


@pytest.mark.parametrize(("place", "kind", "options"), [
    ("submit", "status", {"status": 503, "message": "the queue is full"}),
    ("poll", "page", {}), ("poll", "drop", {}), ("poll", "nonsense", {}), ("poll", "status", {"status": 503}),
    ("file", "torn", {}), ("job", "wrong_size", {}), ("job", "wrong_rate", {}), ("job", "silent", {}),
])  # fmt: skip
def test_what_can_be_borne_is(
    http: httpx2.Client, engine: VllmOmniImitation, place: str, kind: str, options: dict[str, Any]
) -> None:
    engine.fault(place, kind, **options)
    video = made(http)
    assert video["status"] == "completed", video["error"]
    assert len(engine.jobs) >= 1
    assert (video["size"], video["seconds"]) == ("720P", "1")


def test_a_restart_of_the_engine_loses_the_job_and_says_so(http: httpx2.Client, engine: VllmOmniImitation) -> None:
    engine.work_seconds = 30
    requested = http.post("/v1/videos", json=BODY).json()["id"]
    wait_for(lambda: posts(engine) == 1 and engine.jobs)
    engine.restart()
    video = ended(http, requested)
    assert (video["status"], video["error"]["code"]) == ("failed", "upstream_lost")
    assert posts(engine) == 1


def test_a_cancelled_task_is_deleted_at_the_engine(http: httpx2.Client, engine: VllmOmniImitation) -> None:
    engine.work_seconds = 30
    requested = http.post("/v1/videos", json=BODY).json()["id"]
    wait_for(lambda: engine.jobs)
    http.post(f"/v1/videos/{requested}/cancel")
    wait_for(lambda: any(request.method == "DELETE" for request in engine.received))
    video = http.get(f"/v1/videos/{requested}").json()
    assert video["metadata"]["upstream_cancels"] is True


def wait_for(true: Any) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_resubmit_makes_a_lost_job_again(tmp_path: Path) -> None:
    with VllmOmniImitation(model=MODEL, work_seconds=30) as engine:
        server = start(tmp_path, engine.origin, CONFIG + "resubmit = true\n")
        try:
            with server.client() as http:
                requested = http.post("/v1/videos", json=BODY).json()["id"]
                wait_for(lambda: engine.jobs)
                engine.work_seconds = 0.1
                engine.restart()
                assert ended(http, requested)["status"] == "completed"
                assert posts(engine) == 2
                engine.fault("submit", "drop_after")
                assert made(http)["status"] == "completed"
                assert posts(engine) == 4
        finally:
            server.stop()


def test_a_server_that_restarts_follows_the_job_where_it_is(tmp_path: Path) -> None:
    with (
        VllmOmniImitation(model=MODEL, work_seconds=4) as first,
        VllmOmniImitation(model=MODEL, work_seconds=4) as second,
    ):
        urls = f"{first.origin}, {second.origin}/v1"
        server = start(tmp_path, urls)
        with server.client() as http:
            ids = [http.post("/v1/videos", json=BODY).json()["id"] for _ in range(2)]
            # Two jobs: each replica gets one. A job is asked about once its id is recorded, and only then can a
            # server that restarts follow it.
            wait_for(lambda: asked_about_its_job(first) and asked_about_its_job(second))
        server.process.kill()
        server.process.wait(10)
        again = start(tmp_path, urls)
        try:
            with again.client() as http:
                assert [ended(http, video_id)["status"] for video_id in ids] == ["completed"] * 2
        finally:
            again.stop()
        assert posts(first) + posts(second) == 2


def test_a_dead_replica_is_left_alone_and_tried_again(tmp_path: Path) -> None:
    with VllmOmniImitation(model=MODEL, work_seconds=0.1) as first, VllmOmniImitation(model=MODEL) as second:
        server = start(tmp_path, f"{first.origin},{second.origin}")
        try:
            with server.client() as http:
                first.die()
                assert [made(http)["status"] for _ in range(3)] == ["completed"] * 3
                assert posts(second) == 3
                first.revive()
                # It is asked again after a while; until then the other one takes all calls.
                assert "vllm-omni" in http.get("/readyz").text
        finally:
            server.stop()


def test_replicas_with_different_models_are_told_apart(tmp_path: Path) -> None:
    with (
        VllmOmniImitation(model=MODEL, work_seconds=0.1) as right,
        VllmOmniImitation(model="Lightricks/LTX-2.5", work_seconds=0.1) as wrong,
    ):
        config = CONFIG + f'model = "{MODEL}"\n'
        server = start(tmp_path, f"{wrong.origin},{right.origin}", config)
        try:
            with server.client() as http:
                assert made(http)["status"] == "completed"
                assert (posts(right), posts(wrong)) == (1, 0)
                problem = http.get("/readyz").json()["backends"]["vllm-omni"]
                assert "Lightricks/LTX-2.5" in str(problem)
        finally:
            server.stop()


def test_the_wrong_model_is_named_and_gets_no_call(tmp_path: Path) -> None:
    with VllmOmniImitation(model="Lightricks/LTX-2.5", work_seconds=0.1) as wrong:
        server = start(tmp_path, wrong.origin, CONFIG + f'model = "{MODEL}"\n')
        try:
            with server.client() as http:
                video = made(http)
        finally:
            server.stop()
        assert (video["status"], video["error"]["code"]) == ("failed", "backend_unavailable")
        assert "serves Lightricks/LTX-2.5, not Wan-AI" in video["error"]["message"]
        assert posts(wrong) == 0


def test_an_engine_that_is_down_at_the_start_is_found_later(tmp_path: Path) -> None:
    with SglangImitation(model=MODEL, work_seconds=0.1) as engine:
        engine.die()
        server = start(tmp_path, engine.origin, SGLANG, "sglang")
        try:
            with server.client() as http:
                refused = http.post("/v1/videos", json=BODY)
                assert refused.status_code == 400
                assert "has not been reached yet" in refused.json()["error"]["message"]
                assert "has not been reached yet" in http.get("/v1/models/grok-video-3").text
                engine.revive()
                wait_for(lambda: http.post("/v1/videos", json=BODY).status_code == 200)
        finally:
            server.stop()


def test_real_progress_is_shown_and_an_engine_that_cannot_cancel_is_said_to(tmp_path: Path) -> None:
    with SglangImitation(model=MODEL, work_seconds=6) as engine:
        server = start(tmp_path, engine.origin, SGLANG, "sglang")
        try:
            with server.client() as http:
                requested = http.post("/v1/videos", json=BODY).json()["id"]
                wait_for(lambda: 20 < http.get(f"/v1/videos/{requested}").json()["progress"] < 90)
                http.post(f"/v1/videos/{requested}/cancel")
                wait_for(lambda: http.get(f"/v1/videos/{requested}").json()["status"] not in ("in_progress", "queued"))
                video = http.get(f"/v1/videos/{requested}").json()
        finally:
            server.stop()
        assert video["metadata"]["upstream_cancels"] is False
        assert not any(request.method == "DELETE" for request in engine.received)


@pytest.mark.parametrize(("imitation", "engine", "told"), [
    (SglangImitation, "sglang", "sglang 0.5.23; Wan 2.2 TI2V-5B: text, first frame, remix; licence: Apache-2.0"),
    (VllmOmniImitation, "vllm-omni", "vllm-omni 0.30.0; Wan 2.2 TI2V-5B: text, first frame, remix"),
])  # fmt: skip
def test_doctor_tells_the_model_its_tasks_its_licence_and_the_version(
    tmp_path: Path, imitation: type[Any], engine: str, told: str
) -> None:
    name = engine.upper().replace("-", "_")
    with imitation(model=MODEL) as server:
        output = doctor(tmp_path, engine, **{f"GROK_VIDEO_{name}_BASE_URL": server.origin})
    assert f"ok    backend {engine}: is up: {told}" in output


def test_doctor_names_a_model_file_that_comfyui_lacks(tmp_path: Path) -> None:
    with ComfyuiImitation(models={"vae": ["other.safetensors"]}) as server:
        output = doctor(tmp_path, "comfyui", GROK_VIDEO_COMFYUI_BASE_URL=server.origin)
    assert "FAIL  backend comfyui: wan-2.2-first-frame.json: node 1, CLIPLoader" in output
    assert "'wan_2.1_vae.safetensors' is not there; there is: other.safetensors" in output


def doctor(data: Path, engine: str, **variables: str) -> str:
    """Return what `grok-video doctor` says."""
    environment = {**os.environ, "GROK_VIDEO_DATA_DIR": str(data), "GROK_VIDEO_BACKEND": engine, **variables}
    command = [sys.executable, "-m", "grok_video", "doctor"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False).stdout


def test_an_engine_that_cannot_be_reached_for_a_while_loses_nothing(
    http: httpx2.Client, engine: VllmOmniImitation
) -> None:
    engine.work_seconds = 2
    requested = http.post("/v1/videos", json=BODY).json()["id"]
    wait_for(lambda: engine.jobs)
    engine.die()
    time.sleep(2.5)
    engine.revive()
    assert ended(http, requested)["status"] == "completed"
    assert posts(engine) == 1


def test_tasks_wait_for_an_engine_that_starts_later_than_this_server(tmp_path: Path) -> None:
    with VllmOmniImitation(model=MODEL, work_seconds=0.1) as engine:
        config = "retry_seconds = 0.05\n[backends.vllm-omni]\nat_once = 1\npoll_seconds = 0.5\nask_seconds = 2\n"
        server = start(tmp_path, engine.origin, config)
        with server.client() as http:
            engine.work_seconds = 30
            ids = [http.post("/v1/videos", json=BODY).json()["id"] for _ in range(2)]
            wait_for(lambda: asked_about_its_job(engine))
        server.process.kill()
        server.process.wait(10)
        engine.work_seconds = 0.1
        engine.die()
        again = start(tmp_path, engine.origin, config)
        try:
            with again.client() as http:
                time.sleep(5)
                assert {http.get(f"/v1/videos/{video_id}").json()["status"] for video_id in ids} <= {
                    "queued", "in_progress",
                }  # fmt: skip
                engine.restart()
                # The first one was in the engine's memory, the second one was not.
                ends = [ended(http, video_id) for video_id in ids]
        finally:
            again.stop()
    assert [end["error"] and end["error"]["code"] for end in ends] == ["upstream_lost", None]


def test_an_outage_between_two_parts_keeps_the_first(tmp_path: Path) -> None:
    with SglangImitation(model=MODEL, work_seconds=0.1) as engine:
        server = start(tmp_path, engine.origin, SGLANG, "sglang")
        try:
            with server.client() as http:
                requested = http.post("/v1/videos", json={**BODY, "seconds": 6}).json()["id"]
                wait_for(lambda: engine.jobs)
                # The second part is asked for once the first one is kept.
                engine.fault("submit", "status", status=503, message="the queue is full", times=-1)
                wait_for(lambda: posts(engine) > 1)
                engine.restart()
                engine.die()
                time.sleep(3)
                engine.faults.clear()
                engine.revive()
                video = ended(http, requested)
        finally:
            server.stop()
    assert video["status"] == "completed", video["error"]
    assert sum(request.job_id is not None for request in engine.received if request.method == "POST") == 2


def test_a_replica_with_another_model_does_not_end_the_wait_for_the_right_one(tmp_path: Path) -> None:
    with (
        VllmOmniImitation(model=MODEL, work_seconds=0.1) as right,
        VllmOmniImitation(model="Lightricks/LTX-2.5", work_seconds=0.1) as wrong,
    ):
        right.die()
        server = start(tmp_path, f"{right.origin},{wrong.origin}", CONFIG + f'model = "{MODEL}"\n')
        try:
            with server.client() as http:
                requested = http.post("/v1/videos", json=BODY).json()["id"]
                time.sleep(3)
                right.revive()
                assert ended(http, requested)["status"] == "completed"
        finally:
            server.stop()
        assert (posts(right), posts(wrong)) == (1, 0)


def test_no_address_of_an_engine_is_shown(tmp_path: Path) -> None:
    config = CONFIG.replace("outage_hours = 0.05", "outage_hours = 0.0001") + f'model = "{MODEL}"\n'
    server = start(tmp_path, "http://127.0.0.1:9,http://127.0.0.1:10", config)
    try:
        with server.client() as http:
            video = made(http)
            shown = video["error"]["message"] + http.get("/readyz").text + http.get("/v1/models").text
    finally:
        server.stop()
    assert video["error"]["code"] == "backend_unavailable"
    assert "127.0.0.1" not in shown
