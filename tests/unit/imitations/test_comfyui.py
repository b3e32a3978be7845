"""The imitation of ComfyUI: what becomes of a prompt."""

from __future__ import annotations

import json
import time
import uuid

import av
import httpx2
import pytest

from tests.imitations.comfyui import ComfyuiImitation
from tests.imitations.xai_videos import colour_of

from .comfyui_helpers import (
    MISSING,
    SIZE,
    changed,
    clip,
    fault_of,
    finished,
    heard,
    listening,
    ltx,
    made,
    node,
    png,
    ran,
    refused,
    submit,
    upload,
    wan,
    wan_image,
)
from .helpers import BLUE, GREEN, RED, close, frames


def test_a_prompt_runs_and_its_messages_come_in_order(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    with listening(comfy) as socket:
        first = json.loads(socket.recv(timeout=5))
        assert first == {"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 0}}, "sid": "me"}}
        prompt_id = submit(web, wan(), client_id="me")
        messages = heard(socket, "idle")
    words = [message["type"] for message in messages if message["type"] != "progress_state"]
    assert words[:4] == ["status", "status", "execution_start", "execution_cached"]
    assert words[-5:] == ["executing", "executed", "execution_success", "status", "executing"]
    steps = [message["data"] for message in messages if message["type"] == "progress"]
    assert [(step["value"], step["max"], step["node"]) for step in steps] == [
        (1, 2, "57"), (2, 2, "57"), (1, 2, "58"), (2, 2, "58"),
    ]  # fmt: skip
    executed = [message["data"] for message in messages if message["type"] == "executed"]
    output = {
        "images": [{"filename": "ComfyUI_00001_.mp4", "subfolder": "video", "type": "output"}],
        "animated": [True],
    }
    assert executed == [{"node": "61", "display_node": "61", "output": output, "prompt_id": prompt_id}]
    state = next(message["data"] for message in messages if message["type"] == "progress_state")
    [only] = state["nodes"].values()
    assert (only["state"], only["value"], only["max"], only["prompt_id"]) == ("running", 0, 1, prompt_id)
    entry = web.get(f"/history/{prompt_id}").json()[prompt_id]
    assert list(entry) == ["prompt", "outputs", "status", "meta"]
    assert entry["outputs"] == {"61": output}
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("success", True)
    assert [message[0] for message in entry["status"]["messages"]] == [
        "execution_start", "execution_cached", "execution_success",
    ]  # fmt: skip
    number, told, prompt, extra, outputs = entry["prompt"]
    assert (number, told, prompt["60"]["inputs"]["fps"], outputs) == (0, prompt_id, 16.0, ["61"])
    assert extra["client_id"] == "me"
    assert entry["meta"]["61"] == {"node_id": "61", "display_node": "61", "parent_node": None, "real_node_id": "61"}
    assert comfy.problems == []


def test_text_to_video_shows_the_prompt(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    pictures = made(comfy, web, wan("a kite", 7))
    assert (len(pictures), pictures[0].shape) == (9, (48, 64, 3))
    assert close(pictures[0][20, 60], colour_of("a kite"))
    [job] = comfy.jobs.values()
    facts = job.facts
    assert (facts["prompt"], facts["negative"], facts["seeds"], facts["steps"]) == ("a kite", "static", [7, 0], [2, 2])
    assert (job.scene.width, job.scene.frames, job.scene.fps, job.scene.sound) == (64, 9, 16, False)
    assert job.file is not None
    with av.open(str(job.file)) as container:
        assert json.loads(container.metadata["prompt"])["6"]["inputs"]["text"] == "a kite"


def test_images_become_the_first_and_last_frame(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    upload(web, "first.png", png(RED))
    upload(web, "last.png", png(BLUE), subfolder="job")
    pictures = made(comfy, web, wan_image("first.png"))
    assert close(pictures[0][20, 60], RED)
    pictures = made(comfy, web, wan_image("first.png", "job/last.png"))
    assert close(pictures[0][20, 30], RED)
    assert close(pictures[-1][20, 30], BLUE)


def test_ltx_samples_twice_and_has_sound(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    pictures = made(comfy, web, ltx())
    assert (len(pictures), pictures[0].shape) == (9, (128, 128, 3))
    [job] = comfy.jobs.values()
    assert (job.facts["seeds"], job.facts["steps"], job.facts["frame_rate"]) == ([10, 0], [4, 3], 24.0)
    assert job.scene.sound
    assert job.file is not None
    with av.open(str(job.file)) as container:
        assert len(container.streams.audio) == 1
    assert job.file.name == "LTX-2_00001_.mp4"


@pytest.mark.parametrize("cropped", [True, False])
def test_guides_of_ltx_have_to_be_cropped(comfy: ComfyuiImitation, web: httpx2.Client, cropped: bool) -> None:
    upload(web, "first.png", png(RED))
    prompt = ltx()
    prompt["300"] = node("LoadImage", image="first.png")
    texts = {"positive": ["22", 0], "negative": ["22", 1], "vae": ["1", 2], "latent": ["43", 0], "image": ["300", 0]}
    prompt["301"] = node("LTXVAddGuide", **texts, frame_idx=-1, strength=0.7)
    changed(prompt, "56", video_latent=["301", 2])
    changed(prompt, "47", positive=["301", 0], negative=["301", 1])
    if cropped:
        changed(prompt, "81", positive=["301", 0], negative=["301", 1])
    pictures = made(comfy, web, prompt)
    assert len(pictures) == (9 if cropped else 17)
    assert close(pictures[8][60, 20], RED)


def test_sizes_are_rounded_down_without_an_error(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    pictures = made(comfy, web, wan(width=71, height=55, length=12))
    assert (len(pictures), pictures[0].shape) == (9, (48, 64, 3))
    small = changed(wan(), "39", vae_name="wan2.2_vae.safetensors")
    small["59"] = node("Wan22ImageToVideoLatent", vae=["39", 0], **(SIZE | {"width": 79, "length": 6}))
    pictures = made(comfy, web, small)
    assert (len(pictures), pictures[0].shape) == (5, (48, 64, 3))


@pytest.mark.parametrize("trimmed", [True, False])
def test_a_reference_of_vace_lengthens_the_latent(comfy: ComfyuiImitation, web: httpx2.Client, trimmed: bool) -> None:
    upload(web, "hero.png", png(GREEN))
    upload(web, "film.mp4", clip())
    prompt = wan()
    prompt["70"] = node("LoadVideo", file="film.mp4")
    prompt["71"] = node("GetVideoComponents", video=["70", 0])
    prompt["72"] = node("LoadImage", image="hero.png")
    texts = {"positive": ["6", 0], "negative": ["7", 0], "vae": ["39", 0], "strength": 1}
    shown = {"control_video": ["71", 0], "reference_image": ["72", 0]}
    prompt["59"] = node("WanVaceToVideo", **texts, **shown, **SIZE)
    for sampler in ("57", "58"):
        changed(prompt, sampler, positive=["59", 0], negative=["59", 1])
    changed(prompt, "57", latent_image=["59", 2])
    if trimmed:
        prompt["73"] = node("TrimVideoLatent", samples=["58", 0], trim_amount=["59", 3])
        changed(prompt, "8", samples=["73", 0])
    changed(prompt, "60", fps=["71", 2])
    pictures = made(comfy, web, prompt)
    assert len(pictures) == (9 if trimmed else 13)
    [job] = comfy.jobs.values()
    assert (job.scene.fps, len(job.scene.references)) == (24.0, 1)
    assert job.scene.source == clip()


def test_whole_prompts_that_are_refused(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    response = web.post("/prompt", json={})
    assert (response.status_code, response.json()["error"]["type"]) == (400, "no_prompt")
    unknown = wan() | {"9": {"class_type": "Nope", "inputs": {}, "_meta": {"title": "Mine"}}}
    error, node_errors = refused(web, unknown)
    assert error == {
        "type": "missing_node_type", "message": "Node 'Mine' not found. The custom node may not be installed.",
        "details": "Node ID '#9'", "extra_info": {"node_id": "9", "class_type": "Nope", "node_title": "Mine"},
    }  # fmt: skip
    assert node_errors == {}
    assert refused(web, wan() | {"9": {"inputs": {}}})[0]["type"] == "missing_node_type"
    assert refused(web, {"6": wan()["38"]})[0]["type"] == "prompt_no_outputs"


def test_inputs_that_are_refused(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    fault = fault_of(web, wan(), "39", vae_name="mine.safetensors")
    assert fault["type"] == "value_not_in_list"
    assert fault["details"].startswith("vae_name: 'mine.safetensors' not in ['wan2.2_vae.safetensors', ")
    assert fault["extra_info"]["received_value"] == "mine.safetensors"
    fault = fault_of(web, wan(), "59", width=8)
    assert (fault["type"], fault["message"]) == ("value_smaller_than_min", "Value 8 smaller than min of 16")
    assert fault_of(web, wan(), "60", fps=500)["type"] == "value_bigger_than_max"
    assert fault_of(web, wan(), "59", length="long")["type"] == "invalid_input_type"
    fault = fault_of(web, wan(), "8", samples=["39", 0])
    assert (fault["type"], fault["extra_info"]["received_type"]) == ("return_type_mismatch", "VAE")
    assert fault_of(web, wan(), "8", samples=["39"])["type"] == "bad_linked_input"
    assert fault_of(web, wan(), "8", samples=["404", 0])["type"] == "exception_during_inner_validation"
    assert fault_of(web, wan_image("no.png"), "62")["details"] == "image - Invalid image file: no.png"
    prompt = wan()
    del prompt["59"]["inputs"]["length"]
    fault = fault_of(web, prompt, "59")
    assert (fault["type"], fault["details"]) == ("required_input_missing", "length")
    assert "dependency_cycle" in json.dumps(refused(web, changed(wan(), "57", latent_image=["58", 0])))


def test_one_good_output_is_enough(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    prompt = wan() | {"90": node("PreviewImage", images=["91", 0]), "91": node("LoadImage", image="no.png")}
    response = web.post("/prompt", json={"prompt": prompt})
    assert response.status_code == 200
    assert list(response.json()["node_errors"]) == ["91"]
    assert list(finished(comfy, response.json()["prompt_id"])["outputs"]) == ["61"]


def test_prompt_ids(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    own = str(uuid.uuid4())
    assert submit(web, wan(), prompt_id=own) == own
    for wrong in (own.upper(), own.replace("-", ""), "job-1", 7):
        response = web.post("/prompt", json={"prompt": wan(), "prompt_id": wrong})
        assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_prompt_id")
    finished(comfy, own)
    assert submit(web, wan(seed=8), prompt_id=own) == own
    assert web.get(f"/history/{MISSING}").json() == {}


def test_the_same_prompt_again_is_cached(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    first, again = (ran(comfy, web, wan()) for _ in range(2))
    assert again["outputs"] == first["outputs"]
    assert sorted(again["status"]["messages"][1][1]["nodes"]) == sorted(wan())
    other = ran(comfy, web, wan(seed=8))
    assert other["outputs"]["61"]["images"][0]["filename"] == "ComfyUI_00002_.mp4"
    assert "57" not in other["status"]["messages"][1][1]["nodes"]
    web.post("/free", json={"free_memory": True})
    assert ran(comfy, web, wan())["outputs"]["61"]["images"][0]["filename"] == "ComfyUI_00003_.mp4"


def test_prompts_wait_and_can_be_deleted(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    comfy.fault("job", "stuck")
    running = submit(web, wan())
    waiting = [submit(web, wan(seed=seed)) for seed in (1, 2)]
    front = submit(web, wan(seed=3), front=True)
    queue = web.get("/queue").json()
    assert [item[1] for item in queue["queue_running"]] == [running]
    first = queue["queue_pending"][0]
    assert (len(first), first[0], first[1]) == (5, -3, front)
    assert web.get("/prompt").json() == {"exec_info": {"queue_remaining": 4}}
    assert web.post("/queue", json={"delete": [waiting[0], running, MISSING]}).status_code == 200
    assert web.get("/prompt").json() == {"exec_info": {"queue_remaining": 3}}
    assert [comfy.jobs[each].cancelled for each in (waiting[0], running)] == [True, False]
    web.post("/queue", json={"clear": True})
    assert web.get("/queue").json()["queue_pending"] == []
    assert web.get(f"/history/{waiting[0]}").json() == {}


def test_what_runs_is_interrupted_by_its_id(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    comfy.fault("job", "stuck")
    with listening(comfy) as socket:
        running = submit(web, wan(), client_id="me")
        heard(socket, "progress")
        assert web.post("/interrupt", json={"prompt_id": MISSING}).status_code == 200
        assert web.get("/prompt").json() == {"exec_info": {"queue_remaining": 1}}
        assert web.post("/interrupt", json={"prompt_id": running}).content == b""
        told = heard(socket, "execution_interrupted")[-1]["data"]
    entry = finished(comfy, running)
    assert (told["prompt_id"], told["node_id"], told["node_type"]) == (running, "57", "KSamplerAdvanced")
    assert "6" in told["executed"]
    assert entry["status"]["messages"][-1] == ["execution_interrupted", told]
    assert (entry["status"]["status_str"], entry["status"]["completed"], entry["outputs"]) == ("error", False, {})
    assert comfy.jobs[running].cancelled
    comfy.fault("job", "stuck")
    other = submit(web, wan(seed=2))
    for _ in range(1000):
        if web.get("/queue").json()["queue_running"]:
            break
        time.sleep(0.005)
    web.post("/interrupt")
    assert finished(comfy, other)["status"]["messages"][-1][0] == "execution_interrupted"


def test_jobs(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    comfy.fault("job", "stuck")
    running, waiting = submit(web, wan()), submit(web, wan(seed=2))
    for _ in range(1000):
        if web.get("/queue").json()["queue_running"]:
            break
        time.sleep(0.005)
    assert web.get(f"/api/jobs/{running}").json()["status"] == "in_progress"
    assert web.get(f"/api/jobs/{waiting}").json()["status"] == "pending"
    assert web.post(f"/api/jobs/{waiting}/cancel").json() == {"cancelled": True}
    assert web.get(f"/api/jobs/{waiting}").status_code == 404
    assert web.post("/api/jobs/cancel", json={"job_ids": [running, MISSING]}).json() == {"cancelled": True}
    finished(comfy, running)
    assert web.post(f"/api/jobs/{running}/cancel").json() == {"cancelled": False}
    assert web.post("/api/jobs/cancel", json={"job_ids": ["x"]}).json()["invalid_ids"] == ["x"]
    done = submit(web, wan(seed=3))
    finished(comfy, done)
    found = web.get(f"/api/jobs/{done}").json()
    assert (found["status"], found["outputs_count"], found["preview_output"]["nodeId"]) == ("completed", 1, "61")
    assert found["outputs"]["61"]["images"][0]["subfolder"] == "video"
    listed = web.get("/api/jobs", params={"status": "cancelled,completed", "limit": 1}).json()
    assert [each["id"] for each in listed["jobs"]] == [done]
    assert listed["pagination"] == {"offset": 0, "limit": 1, "total": 2, "has_more": True}


def test_a_failed_node(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    comfy.fault("job", "fail", message="CUDA error: out of memory")
    with listening(comfy) as socket:
        failed = submit(web, wan(), client_id="me")
        told = heard(socket, "execution_error")[-1]["data"]
    entry = finished(comfy, failed)
    assert entry["status"]["messages"][-1] == ["execution_error", told]
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
    assert (told["node_id"], told["node_type"]) == ("57", "KSamplerAdvanced")
    assert told["exception_type"] == "torch.OutOfMemoryError"
    assert told["exception_message"].startswith("CUDA error: out of memory\nThis error means you ran out of memory")
    assert told["current_inputs"]["noise_seed"] == [7]
    assert web.get(f"/api/jobs/{failed}").json()["status"] == "failed"
    comfy.fault("job", "fail", message="It broke.")
    error = ran(comfy, web, wan())["status"]["messages"][-1][1]
    assert (error["exception_message"], error["exception_type"]) == ("It broke.\n", "RuntimeError")


def test_mistakes_that_only_show_when_a_prompt_runs(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    error = ran(comfy, web, changed(wan(), "61", format="mov"))["status"]["messages"][-1][1]
    assert (error["node_id"], error["exception_type"]) == ("61", "TypeError")
    error = ran(comfy, web, changed(wan(), "39", vae_name="wan2.2_vae.safetensors"))["status"]["messages"][-1][1]
    assert (error["node_id"], error["exception_type"]) == ("8", "RuntimeError")
    upload(web, "junk.png", b"junk")
    error = ran(comfy, web, wan_image("junk.png"))["status"]["messages"][-1][1]
    assert (error["node_id"], error["exception_type"]) == ("62", "PIL.UnidentifiedImageError")
    assert comfy.problems == []


@pytest.mark.parametrize("kind", ["wrong_size", "wrong_length", "wrong_rate"])
def test_spoilt_videos(comfy: ComfyuiImitation, web: httpx2.Client, kind: str) -> None:
    comfy.fault("job", kind)
    made(comfy, web, wan())
    [job] = comfy.jobs.values()
    assert job.file is not None
    with av.open(str(job.file)) as container:
        stream = container.streams.video[0]
        found = (stream.width, stream.frames, stream.average_rate)
    assert found == {"wrong_size": (32, 9, 16), "wrong_length": (64, 4, 16), "wrong_rate": (64, 9, 8)}[kind]


def test_nodes_that_save(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    prompt = wan()
    for node_id, name, inputs in (
        ("61", "SaveWEBM", {"codec": "vp9", "fps": 24, "crf": 32}),
        ("62", "SaveAnimatedWEBP", {"fps": 6, "lossless": False, "quality": 80, "method": "default"}),
        ("63", "SaveImage", {}),
    ):
        prompt[node_id] = node(name, images=["8", 0], filename_prefix="a/b", **inputs)
    prompt["64"] = node("PreviewImage", images=["8", 0])
    outputs = ran(comfy, web, prompt)["outputs"]
    names = {node_id: [each["filename"] for each in output["images"]] for node_id, output in outputs.items()}
    assert all(name.startswith("b_000") for node_id in ("61", "62", "63") for name in names[node_id])
    assert [name.rpartition(".")[2] for name in (names["61"][0], names["62"][0])] == ["webm", "webp"]
    assert (len(names["63"]), len(names["64"])) == (9, 9)
    assert (outputs["61"]["animated"], "animated" in outputs["63"]) == ([True], False)
    assert {each["type"] for each in outputs["64"]["images"]} == {"temp"}
    film = web.get("/view", params=outputs["61"]["images"][0])
    assert (film.headers["content-type"], len(frames(film.content))) == ("video/webm", 9)
    comfy.restart()
    assert web.get("/view", params=outputs["64"]["images"][0]).status_code == 404
    assert web.get("/view", params=outputs["63"]["images"][0]).status_code == 200


def test_a_loaded_video_is_saved_as_it_is(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    upload(web, "film.mp4", clip())
    prompt = {"1": node("LoadVideo", file="film.mp4")}
    prompt["2"] = node("SaveVideo", video=["1", 0], filename_prefix="x", format="webm", **{"format.codec": "auto"})
    pictures = made(comfy, web, prompt)
    assert (len(pictures), close(pictures[4][20, 30], (60, 120, 180))) == (9, True)


def test_the_history_can_be_deleted(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    first, second = submit(web, wan()), submit(web, wan(seed=2))
    finished(comfy, second)
    assert list(web.get("/history?max_items=1").json()) == [second]
    assert list(web.get("/history?offset=0&max_items=1").json()) == [first]
    web.post("/history", json={"delete": [first, MISSING]})
    assert list(web.get("/history").json()) == [second]
    web.post("/history", json={"clear": True})
    assert web.get("/history").json() == {}
