"""The imitation of vLLM-Omni: the API, and what each pipeline takes, refuses and makes."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from PIL import Image

from tests.imitations.vllm_omni import DEFAULT_MODEL, VllmOmniImitation
from tests.imitations.vllm_omni_h3 import canvas
from tests.imitations.vllm_omni_h3_media import latent_spans
from tests.imitations.xai_videos import colour_of

from .helpers import BLUE, GREEN, RED, close, frames
from .vllm_omni_helpers import clip, failed, image, linked, made, outline, picture, send

TINY = {"size": "64x64", "num_frames": "5"}
H3 = {"size": "64x64", "seconds": "4", "aspect_ratio": "1:1"}


@pytest.fixture
def serve() -> Iterator[Any]:
    """Start imitations, each with a client."""
    with ExitStack() as stack:

        def start(**options: Any) -> tuple[VllmOmniImitation, httpx2.Client]:
            engine = stack.enter_context(VllmOmniImitation(**{"work_seconds": 0.0, **options}))
            client = httpx2.Client(base_url=engine.base_url, timeout=5, trust_env=False)
            return engine, stack.enter_context(client)

        yield start


@pytest.fixture
def wan(serve: Any) -> tuple[VllmOmniImitation, httpx2.Client]:
    return serve()


# The API


def test_a_job_is_made_polled_fetched_and_deleted(wan: Any) -> None:
    engine, api = wan
    engine.work_seconds = 0.2
    answer = send(api, size="70x64", seconds="1", fps="16", user="me").json()
    assert answer == {
        "model": DEFAULT_MODEL, "prompt": "a kite", "id": answer["id"], "object": "video", "status": "queued",
        "size": "70x64", "progress": 0, "seconds": "1", "quality": "default", "completed_at": None,
        "created_at": answer["created_at"], "remixed_from_video_id": None, "error": None, "media_type": "video/mp4",
        "expires_at": None, "file_name": None, "inference_time_s": None, "fps": 16.0, "num_frames": 16,
        "duration_s": 1.0, "metrics": None, "stage_durations": {}, "peak_memory_mb": 0.0, "action": None,
    }  # fmt: skip
    assert len(answer["id"].removeprefix("video_gen_")) == 32
    path = f"videos/{answer['id']}"
    assert (api.get(path).json()["status"], api.get(path + "/content").status_code) == ("in_progress", 404)
    time.sleep(0.4)
    done = api.get(path).json()
    assert (done["status"], done["progress"], done["file_name"]) == ("completed", 100, f"{answer['id']}.mp4")
    assert (done["num_frames"], done["fps"], done["duration_s"], done["size"]) == (17, 16.0, 17 / 16, "70x64")
    film = api.get(path + "/content")
    assert film.headers["content-disposition"] == f'attachment; filename="{answer["id"]}.mp4"'
    assert frames(film.content)[0].shape == (64, 64, 3)
    part = api.get(path + "/content", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, film.content[10:20])
    assert api.delete(path).json() == {"id": answer["id"], "deleted": True, "object": "video.deleted"}
    unknown = {"error": {"message": "Video not found", "type": "Not Found", "param": None, "code": 404}}
    for response in (api.get(path), api.get(path + "/content"), api.delete(path)):
        assert (response.status_code, response.json()) == (404, unknown)
    assert engine.deleted[0].id == answer["id"]


def test_models_health_version_and_the_router(wan: Any) -> None:
    engine, api = wan
    card = api.get("models").json()["data"][0]
    assert (card["id"], card["root"], card["owned_by"]) == (DEFAULT_MODEL, DEFAULT_MODEL, "vllm")
    assert httpx2.get(f"{engine.origin}/health", trust_env=False).json() == {"status": "healthy"}
    assert httpx2.get(f"{engine.origin}/version", trust_env=False).json() == {"version": "0.30.0"}
    assert (api.get("nothing").status_code, api.get("nothing").json()) == (404, {"detail": "Not Found"})
    assert api.put("videos").json() == {"detail": "Method Not Allowed"}
    assert api.head("videos/x/content").status_code == 405


def test_the_key_guards_v1_only(serve: Any) -> None:
    engine, api = serve(key="secret")
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic secret"}):
        answer = api.get("models", headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
    assert api.get("models", headers={"authorization": "bearer secret"}).status_code == 200
    assert httpx2.get(f"{engine.origin}/health", trust_env=False).status_code == 200
    assert [noted.status for noted in engine.received] == [401, 401, 401, 200, 200]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"prompt": ""}, "'loc': 'body.prompt', 'msg': 'Field required'"),
        ({"seconds": "4.5"}, "String should match pattern '^[1-9]"),
        ({"size": "64*64"}, "String should match pattern '^"),
        ({"size": "0x64"}, "Invalid size: 0x64. Width and height must be positive integers."),
        ({"width": "0"}, "1 validation error for VideoGenerationRequest\nwidth\n"),
        ({"fps": "0.5", "num_outputs_per_prompt": "11"}, "2 validation errors:"),
        ({"quality": "best"}, "quality must be one of ['lossless', 'high'], got 'best'"),
        ({"num_inference_steps": "201"}, "less than or equal to 200"),
        ({"extra_params": "{"}, "Invalid JSON in form field."),
        ({"extra_params": "[]"}, "expected dict, got list."),
        ({"model": "other"}, f"request specifies 'other' but server is running '{DEFAULT_MODEL}'."),
        ({"image_reference": '{"url": "x"}'}, "image_reference.UrlImageReference.image_url"),
        ({"image_reference": '{"file_id": "x"}'}, "file_id is not supported yet."),
        ({"image_reference": '{"image_url": "file:///x"}'}, "must be an http(s) URL or data URL."),
        ({"image_reference": '{"image_url": "data:image/png;base64,AAAA"}'}, "is not a valid image."),
        ({"video_reference": '{"video_url": "https://x.example/1.mp4"}'}, "failed to download video."),
        ({"input_reference": "text"}, "Expected UploadFile, received: <class 'str'>"),
        ({"control_type": "edge"}, "control_type requires a control_reference upload."),
    ],
)  # fmt: skip
def test_forms_that_are_refused(wan: Any, fields: dict[str, str], words: str) -> None:
    engine, api = wan
    answer = send(api, **fields)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"].replace("\\\\", "\\")
    assert answer.json()["error"]["code"] == 400
    assert not engine.jobs


def test_references_exclude_each_other(wan: Any) -> None:
    _, api = wan
    one = ("input_reference", picture())
    for files, fields in (([one, ("input_references", picture())], {}), ([one], {"image_reference": linked(RED)})):
        assert send(api, files, **fields).json()["error"]["message"].startswith("Provide ")
    junk = send(api, [("input_reference", ("a.png", b"junk", "image/png"))])
    assert junk.json()["error"]["message"] == "Invalid input_reference: provided content is not a valid image or video."
    mask = send(api, [("video_noise_mask", ("mask.json", b"0.5", "application/json"))])
    assert mask.json()["error"]["message"] == "Latent-mask editing is not supported by this model."


def test_only_forms_are_read_and_their_texts_are_short(wan: Any) -> None:
    engine, api = wan
    assert "body.prompt" in api.post("videos", json={"prompt": "a kite"}).json()["error"]["message"]
    assert api.post("videos", data={"prompt": "a kite", **TINY}).status_code == 200
    long = send(api, image_reference="x" * (1 << 20) + "x")
    assert (long.status_code, long.json()) == (400, {"detail": "Part exceeded maximum size of 1024KB."})
    assert engine.problems == []


def test_what_the_server_ignores_is_noted(wan: Any) -> None:
    engine, _ = wan
    extra = json.dumps({"sample_solver": "euler", "motion": 1})
    made(wan, nothing="1", aspect_ratio="16:9", generate_sound="true", extra_params=extra, **TINY)
    assert [problem.removeprefix(f"{DEFAULT_MODEL} ignores ") for problem in engine.problems] == [
        "the form field nothing, which does not exist", "aspect_ratio", "generate_sound", "extra_params.motion",
    ]  # fmt: skip
    engine.problems.clear()
    made(wan, size="64x64")
    assert engine.problems[0].endswith("the length: without seconds and num_frames one frame is made")


def test_hasty_and_nameless_clients_are_noted(wan: Any) -> None:
    engine, api = wan
    job = made(wan, **TINY)
    for _ in range(2):
        api.get(f"videos/{job.id}", headers={"user-agent": ""})
    assert sum("without a user-agent" in problem for problem in engine.problems) == 2
    assert sum(problem.startswith(f"polled {job.id} again") for problem in engine.problems) == 1


def test_lists_come_in_pages(wan: Any) -> None:
    _, api = wan
    ids = [send(api, **TINY).json()["id"] for _ in range(3)]
    page = api.get("videos", params={"limit": 2, "order": "asc"}).json()
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (ids[:2], True)
    assert (page["first_id"], page["last_id"], page["object"]) == (ids[0], ids[1], "list")
    rest = api.get("videos", params={"after": ids[1], "order": "asc"}).json()
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (ids[2:], False)
    assert api.get("videos", params={"after": "x"}).json()["data"] == []
    wrong = api.get("videos", params={"limit": 101, "order": "up"}).json()["error"]
    assert (wrong["code"], wrong["param"]) == (400, "query.limit")


def test_one_job_works_at_a_time(serve: Any) -> None:
    for model, expected in ((DEFAULT_MODEL, "queued"), ("MiniMaxAI/MiniMax-H3", "in_progress")):
        engine, api = serve(model=model, work_seconds=60)
        first, second = (send(api, **H3).json()["id"] for _ in range(2))
        assert [api.get(f"videos/{each}").json()["status"] for each in (first, second)] == ["in_progress", "queued"]
        assert api.delete(f"videos/{first}").status_code == 200
        # Only MiniMax H3 stops at once; the others finish what nobody will fetch.
        assert api.get(f"videos/{second}").json()["status"] == expected
        assert engine.deleted[0].cancelled


def test_a_restart_loses_everything(wan: Any) -> None:
    engine, api = wan
    job = made(wan, **TINY)
    engine.restart()
    assert api.get(f"videos/{job.id}").status_code == 404
    assert api.get("videos").json()["data"] == []


# Faults


def test_faults_of_submissions(wan: Any) -> None:
    engine, api = wan
    engine.fault("submit", "status", status=503, message="No.", retry_after=3)
    answer = send(api, **TINY)
    body = {"error": {"message": "No.", "type": "Service Unavailable", "param": None, "code": 503}}
    assert (answer.status_code, answer.headers["retry-after"], answer.json()) == (503, "3", body)
    engine.fault("submit", "page")
    engine.fault("submit", "no_id")
    assert [send(api, **TINY).text[:5] for _ in range(2)] == ["<!doc", "{}"]
    engine.fault("submit", "drop_before")
    with pytest.raises(httpx2.NetworkError):
        send(api, **TINY)
    assert not engine.jobs
    engine.fault("submit", "drop_after")
    with pytest.raises(httpx2.NetworkError):
        send(api, **TINY)
    assert (len(engine.jobs), engine.received[-1].status) == (1, None)
    engine.fault("submit", "delay", seconds=0.05)
    assert send(api, **TINY).status_code == 200
    engine.fault("submit", "die_after")
    with pytest.raises(httpx2.NetworkError):
        send(api, **TINY)
    engine.revive()
    assert len(api.get("videos").json()["data"]) == 3


def test_faults_of_jobs(wan: Any) -> None:
    engine, api = wan
    engine.fault("job", "fail", message="CUDA out of memory.", status=507)
    assert failed(wan, **TINY) == (507, "CUDA out of memory.")
    path = f"videos/{next(iter(engine.jobs))}"
    content = api.get(path + "/content")
    assert (content.status_code, content.json()["error"]["type"]) == (422, "Unprocessable Entity")
    assert api.get("videos").json()["data"][0]["error"]["code"] == 507
    assert api.delete(path).json()["deleted"]
    for kind, expected in (("wrong_size", (32, 32, 5, 24)), ("wrong_length", (64, 64, 2, 24)),
                           ("wrong_rate", (64, 64, 5, 12))):  # fmt: skip
        engine.fault("job", kind)
        assert outline(made(wan, **TINY))[:4] == expected
    engine.fault("job", "stuck")
    stuck = send(api, **TINY).json()["id"]
    assert api.get(f"videos/{stuck}").json()["status"] == "in_progress"


def test_faults_of_polls_files_and_deletions(wan: Any) -> None:
    engine, api = wan
    job = made(wan, **TINY)
    path, film = f"videos/{job.id}", f"videos/{job.id}/content"
    for kind, options in (("status", {"status": 502}), ("page", {}), ("delay", {"seconds": 0.01})):
        engine.fault("poll", kind, **options)
    assert [api.get(path).status_code for _ in range(3)] == [502, 502, 200]
    engine.fault("poll", "drop")
    with pytest.raises(httpx2.NetworkError):
        api.get(path)
    engine.fault("file", "missing")
    engine.fault("file", "delay", seconds=0.01)
    assert [api.get(film).status_code for _ in range(2)] == [404, 200]
    engine.fault("file", "torn")
    with pytest.raises(httpx2.RemoteProtocolError):
        api.get(film)
    engine.fault("cancel", "status", status=409)
    assert [api.delete(path).status_code for _ in range(2)] == [409, 200]


# Wan 2.2


@pytest.mark.parametrize(
    ("model", "fields", "expected"),
    [
        ("Wan2.2-T2V-A14B", {"size": "70x50", "num_frames": "6", "fps": "16"}, (64, 48, 5, 16)),
        ("Wan2.2-T2V-A14B", {"width": "64", "height": "64", "num_frames": "3"}, (64, 64, 1, 24)),
        ("Wan2.2-T2V-A14B", {"size": "64x64", "seconds": "1", "fps": "7"}, (64, 64, 5, 7)),
        ("Wan2.2-T2V-A14B", {"num_frames": "1", "width": "64"}, (832, 480, 1, 24)),
        ("Wan2.2-TI2V-5B", {"size": "112x80", "num_frames": "8"}, (96, 64, 9, 24)),
        ("Wan2.2-T2V-A14B", {**TINY, "enable_frame_interpolation": "true", "fps": "8"}, (64, 64, 9, 16)),
    ],
)
def test_wan_rounds(serve: Any, model: str, fields: dict[str, str], expected: tuple[int, ...]) -> None:
    assert outline(made(serve(model=model), **fields)) == (*expected, False)


def test_wan_i2v_needs_exactly_one_image(serve: Any) -> None:
    served = serve(model="Wan-AI/Wan2.2-I2V-A14B-Diffusers")
    first = frames(made(served, [("input_reference", picture())], **TINY).file)[0]
    assert close(first[5, 5], RED)
    assert close(first[60, 60], RED)
    assert failed(served, **TINY)[1].startswith("('No image is provided.")
    assert failed(served, **TINY, image_reference=linked(RED, BLUE))[1].startswith('("Unsupported image format')
    single = [("input_references", picture())]
    assert failed(served, single, **TINY)[1].startswith("('No image is provided.")
    words = "`height` and `width` have to be divisible by 16 but are 64 and 72."
    assert failed(served, [("input_reference", picture())], size="72x64", num_frames="5") == (500, words)
    job = made(served, [("input_reference", picture(size=(100, 25)))], num_frames="1")
    assert outline(job)[:2] == (1264, 304)


def test_wan_ti2v_takes_an_image_or_none(serve: Any) -> None:
    served = serve(model="Wan-AI/Wan2.2-TI2V-5B-Diffusers")
    assert close(frames(made(served, **TINY).file)[0][60, 60], colour_of("a kite"))
    assert close(frames(made(served, image_reference=linked(BLUE), **TINY).file)[0][60, 60], BLUE)
    assert outline(made(served, [("input_reference", picture(size=(160, 90)))], num_frames="1"))[:2] == (1280, 704)


def test_wan_t2v_takes_nothing_but_the_ratio_from_an_image(serve: Any, tmp_path: Path) -> None:
    served = serve()
    engine = served[0]
    job = made(served, [("input_reference", picture(size=(90, 160)))], num_frames="1")
    assert outline(job)[:2] == (720, 1280)
    assert not job.scene.keyframes
    film = ("input_reference", clip(tmp_path / "clip.mp4", size=(64, 64)))
    made(served, [film], **TINY)
    assert [problem.rpartition(" ignores ")[2] for problem in engine.problems] == [
        "an image, but for its ratio", "a video",
    ]  # fmt: skip
    video = base64.b64encode(film[1][1]).decode()
    both = {"video_reference": json.dumps({"video_url": f"data:video/mp4;base64,{video}"})}
    assert failed(served, **TINY, **both, image_reference=linked(RED)) == (
        400, "This diffusion model does not support mixed image and video references.",
    )  # fmt: skip


# LTX-2


def test_ltx_makes_sound_and_takes_one_image(serve: Any) -> None:
    served = serve(model="Lightricks/LTX-2.5")
    assert outline(made(served, size="256x224", num_frames="9")) == (256, 224, 9, 24.0, True)
    picked = Image.open(io.BytesIO(image(RED, (300, 100))))
    picked.paste(BLUE, (100, 0, 200, 100))
    buffer = io.BytesIO()
    picked.save(buffer, "png")
    # The middle is cut out, nothing is stretched.
    file = made(served, [("input_reference", ("a.png", buffer.getvalue(), "image/png"))], size="224x224",
                num_frames="1").file  # fmt: skip
    assert all(close(frames(file)[0][100, x], BLUE) for x in (10, 112, 214))
    assert outline(made(served, num_frames="1"))[:2] == (960, 544)
    assert outline(made(serve(model="Lightricks/LTX-2"), num_frames="1"))[:2] == (768, 512)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"size": "250x224", "num_frames": "9"}, "LTX2Pipeline resolution must be divisible by 32, got 250x224."),
        ({"size": "256x224", "seconds": "4"}, "LTX2Pipeline `num_frames` must be 8 * k + 1, got 96."),
        ({"size": "192x192", "num_frames": "9"}, "at least 7x7 for neighborhood attention, got 6x6"),
        ({"num_frames": "9", "flow_shift": "5"}, "LTX does not support `flow_shift`"),
        ({"num_frames": "9", "image_reference": linked(RED, BLUE)}, "support exactly one image per prompt."),
    ],
)
def test_ltx_refuses_during_the_work(serve: Any, fields: dict[str, str], words: str) -> None:
    status, message = failed(serve(model="Lightricks/LTX-2.5"), **fields)
    assert status == 500
    assert words in message


# MiniMax H3


@pytest.fixture
def h3(serve: Any) -> tuple[VllmOmniImitation, httpx2.Client]:
    return serve(model="MiniMaxAI/MiniMax-H3")


def test_h3_makes_17n_plus_5_frames_with_sound(h3: Any) -> None:
    assert outline(made(h3, **H3)) == (64, 64, 107, 24.0, True)
    job = made(h3, size="70x100", aspect_ratio="9:16", num_frames="107")
    assert outline(job)[:3] == (64, 96, 107)
    sizes = {"21:9": (1536, 672), "16:9": (1344, 768), "4:3": (1024, 768), "1:1": (768, 768), "9:16": (768, 1344)}
    for ratio, size in sizes.items():
        wide, high = map(int, ratio.split(":"))
        assert canvas(wide / high) == size


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"seconds": "4"}, "t2va requires an explicit aspect_ratio"),
        ({**H3, "aspect_ratio": "3:2"}, "MiniMax H3 aspect_ratio must be one of 21:9, 16:9, 4:3, 1:1, 3:4, 9:16"),
        ({**H3, "seconds": "3"}, "MiniMax H3 output duration must be in [4, 15] seconds, got 3.0"),
        ({**H3, "seconds": "16"}, "MiniMax H3 output duration must be in [4, 15] seconds, got 16.0"),
        ({**H3, "fps": "25"}, "MiniMax H3 output fps is fixed at 24"),
        ({"aspect_ratio": "16:9", "short_edge": "480"}, "MiniMax H3 target.short_edge must be 768, got 480"),
        ({**H3, "size": "400x64"}, "MiniMax H3 canvas aspect ratio must be in [1:4, 4:1]"),
        ({**H3, "extra_params": '{"task": "ref2va"}'}, "ref2va requires at least one image or video reference"),
        ({**H3, "image_reference": linked(RED)}, "reference image dimensions must be in [256, 5760] pixels, got 64x64"),
    ],
)
def test_h3_refuses_during_the_work(h3: Any, fields: dict[str, str], words: str) -> None:
    status, message = failed(h3, **fields)
    assert status == 500
    assert message.startswith(words)


def test_h3_takes_first_and_last_frames(h3: Any) -> None:
    engine, _ = h3
    two = [("input_references", picture(RED)), ("input_references", picture(BLUE))]
    pictures = frames(made(h3, two, size="64x64", seconds="4").file)
    assert close(pictures[0][60, 60], RED)
    assert close(pictures[-1][5, 5], BLUE)
    last = made(h3, two[1:], size="64x64", seconds="4", extra_params='{"frame_indices": [-1]}')
    assert list(last.scene.keyframes) == [-1]
    assert failed(h3, [*two, *two], **H3)[1] == "fl2va accepts at most first and last images"
    assert failed(h3, two, **H3, extra_params='{"frame_indices": [0]}')[1].endswith("got [0] for 2 image(s)")
    assert any(problem.endswith("a first or last frame gives the ratio") for problem in engine.problems)


def test_h3_takes_references_of_all_kinds(h3: Any, tmp_path: Path) -> None:
    film = clip(tmp_path / "clip.mp4")
    mixed = [("input_references", picture(GREEN)), ("input_references", film)]
    job = made(h3, mixed, size="96x32", seconds="4")
    last = frames(job.file)[-1]
    assert close(last[16, 10], GREEN)
    # The film has a white bar, so that its mean is brighter than its ground.
    assert np.abs(last[16, 60].astype(int) - colour_of("source")).max() < 30
    ref = {"size": "96x32", "extra_params": '{"task": "ref2va"}', "seconds": "4"}
    assert len(made(h3, mixed[:1] * 3, **ref).scene.references) == 3
    assert failed(h3, mixed[:1] * 10, **ref)[1] == "ref2va accepts at most 9 image references"
    assert failed(h3, mixed[1:] * 4, **ref)[1] == "ref2va accepts at most 3 video references"
    short = clip(tmp_path / "short.mp4", 1)
    assert failed(h3, [("input_references", short)], **ref)[1].startswith("reference video 0 duration must be in")
    assert failed(h3, [("input_references", clip(tmp_path / "slow.mp4", fps=16))], **ref)[1].endswith("got 16.000")
    # A video as input_reference arrives as single frames, which cannot be references.
    assert failed(h3, [("input_reference", film)], **ref)[1] == "ref2va accepts at most 3 video references"


def test_h3_checks_uploads(h3: Any) -> None:
    _, api = h3
    gif = ("a.gif", image(kind="gif"), "image/gif")
    words = "MiniMax H3 reference images must use JPG, JPEG, PNG, WEBP, HEIC, or HEIF; got gif."
    assert send(api, [("input_references", gif)], **H3).json()["error"]["message"] == words
    many = send(api, [("input_references", picture())] * 13, **H3)
    assert many.json()["error"]["message"] == "MiniMax H3 accepts at most 12 total references."
    film = send(api, [("input_references", ("a.mkv", b"x", "video/x-matroska"))], **H3)
    assert film.json()["error"]["message"] == "MiniMax H3 reference videos must use an MP4 or MOV file."
    source = send(api, [("source_video", ("a.mp4", b"x", "video/mp4"))], **H3)
    assert "requires at least one of video_noise_mask" in source.json()["error"]["message"]


def test_h3_edits_and_continues_videos(h3: Any, tmp_path: Path) -> None:
    source = ("source_video", clip(tmp_path / "clip.mp4", size=(64, 64)))

    def masked(mask: Any) -> list[tuple[str, Any]]:
        return [source, ("video_noise_mask", ("mask.json", json.dumps(mask).encode(), "application/json"))]

    before = frames(source[1][1])
    changed = frames(made(h3, masked(0.5), **H3).file)
    assert close(changed[1][30, 40], tuple(255 - before[1][30, 40].astype(int)))
    spans = list(latent_spans(107))
    assert (len(spans), spans[:3], spans[-1]) == (32, [(0, 1), (1, 5), (5, 9)], (103, 107))
    grid = np.ones((32, 2, 2))
    grid[:10] = 0
    continued = frames(made(h3, masked(grid.tolist()), **H3).file)
    assert spans[9] == (30, 34)
    assert close(continued[33][30, 60], tuple(before[33][30, 60]))
    assert close(continued[34][30, 60], colour_of("a kite"))
    assert "must be scalar, (128,), (32, 2, 2), or (32, 4, 4); got (3,)" in failed(h3, masked([0, 1, 1]), **H3)[1]
    assert failed(h3, masked(2), **H3)[1] == "MiniMax H3 video_noise_mask values must be in [0, 1]"
    assert failed(h3, masked(0.5)[1:], **H3)[1] == "MiniMax H3 video_noise_mask requires source_video"


def test_h3_serves_what_is_loaded_and_words_failures_by_its_stages(serve: Any) -> None:
    model = "MiniMaxAI/MiniMax-H3"
    words = "checkpoint partition 'fl2va' supports ['fl2va', 't2va'], got task='ref2va'"
    assert failed(serve(model=model, partition="fl2va"), **H3, extra_params='{"task": "ref2va"}') == (500, words)
    served = serve(model=model, partition="ref2va", disaggregated=True)
    assert failed(served, **H3) == (400, "ref2va requires at least one image or video reference")
    assert len(made(served, [("input_reference", picture())], **H3).scene.references) == 1


def test_kinds_come_from_names() -> None:
    assert VllmOmniImitation(model="x/Wan2.2-TI2V-5B").kind == "wan-ti2v"
    assert VllmOmniImitation(model="mine", kind="ltx").kind == "ltx"
    with pytest.raises(ValueError, match="no pipeline"):
        VllmOmniImitation(model="mine")
