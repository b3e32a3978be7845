"""The imitation of xAI's API: every documented rule, every fault, and films whose pictures are what was asked for."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx2
import numpy as np
import pytest
from PIL import Image

from tests.upstreams.running import Background
from tests.upstreams.xai import Job, XaiImitation
from tests.upstreams.xai_films import colour_of, frame_size, picture_size, render
from tests.upstreams.xai_rules import V1, V15, Order

RED, GREEN, BLUE = (200, 30, 30), (30, 180, 30), (30, 30, 200)
TEXT = {"model": V15, "prompt": "a kite", "duration": 1}


@pytest.fixture
def xai() -> Iterator[XaiImitation]:
    with XaiImitation(render_seconds=0.0) as service:
        yield service


@pytest.fixture
def api(xai: XaiImitation) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {xai.key}"}
    with httpx2.Client(base_url=xai.base_url, headers=headers, timeout=5, trust_env=False) as client:
        yield client


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
    """Have a request accepted and wait until its film is there."""
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


# The way of a job


def test_a_film_is_made_polled_and_fetched(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT | {"resolution": "720p", "duration": "2"})
    answer = poll(api, job)
    url = address(xai, job)
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "done", "model": V15, "progress": 100, "usage": {"cost_in_usd_ticks": 2_800_000_000},
        "video": {"duration": 2, "respect_moderation": True, "url": url},
    }  # fmt: skip
    response = api.get(url)
    assert response.headers["content-type"] == "video/mp4"
    assert response.headers["accept-ranges"] == "bytes"
    pictures = frames(response.content)
    assert len(pictures) == 48
    assert pictures[0].shape == (720, 1280, 3)
    assert close(pictures[0][360, 1200], colour_of("a kite"))
    assert pictures[0][360, 10].min() > 220
    assert pictures[-1][360, 1270].min() > 220
    assert (xai.polls, job.polls, xai.problems) == (1, 1, [])
    [submission] = xai.submissions
    assert (submission.path, submission.status, submission.job_id) == ("/v1/videos/generations", 200, job.id)
    assert submission.body == job.body
    assert submission.headers["user-agent"]


def test_pending_alternates_between_no_body_and_progress(xai: XaiImitation, api: httpx2.Client) -> None:
    xai.render_seconds = 60
    job = accepted(xai, api, TEXT)
    answers = [poll(api, job) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202] * 4
    assert [answer.content for answer in answers[::2]] == [b"", b""]
    assert [answer.json() for answer in answers[1::2]] == [{"status": "pending", "progress": 0}] * 2
    xai.render_seconds = 0
    assert poll(api, job).json()["status"] == "done"


def test_sound_is_left_out_on_request(xai: XaiImitation, api: httpx2.Client) -> None:
    for wanted in (True, False):
        job = accepted(xai, api, TEXT | {"generate_audio": wanted})
        assert job.file is not None
        with av.open(str(job.file)) as container:
            assert len(container.streams.audio) == wanted
            if wanted:
                voice = container.streams.audio[0]
                assert (voice.codec_context.name, voice.rate, voice.channels) == ("aac", 44100, 2)


def test_sizes() -> None:
    wide = ["16:9", "9:16", "3:2", "2:3", "1:1", "4:3"]
    expected = [(1280, 720), (720, 1280), (1080, 720), (720, 1080), (720, 720), (960, 720)]
    assert [frame_size(ratio, 720) for ratio in wide] == expected
    assert [frame_size(ratio, 1080) for ratio in wide] == [(w * 3 // 2, h * 3 // 2) for w, h in expected]
    assert frame_size("16:9", 480) == (848, 480)
    assert picture_size(1000, 333, 480) == (1442, 480)


def test_the_first_image_gives_the_ratio_and_the_frames_are_pinned(xai: XaiImitation, api: httpx2.Client) -> None:
    middle = {"image": picture(GREEN), "timestamp_s": 1 / 3}
    body = TEXT | {"image": picture(), "last_frame": picture(BLUE), "keyframes": [middle], "aspect_ratio": "9:16"}
    job = accepted(xai, api, {name: value for name, value in body.items() if name != "prompt"})
    assert job.file is not None
    pictures = frames(job.file)
    assert pictures[0].shape == (480, 720, 3)
    assert all(close(pictures[0][y, x], RED) for y, x in ((5, 5), (240, 360), (470, 710)))
    assert pictures[1][240, 45].min() > 220
    assert close(pictures[8][240, 5], GREEN)
    assert close(pictures[-1][240, 715], BLUE)
    assert job.cost_ticks == 800_000_000 + 3 * 100_000_000


def test_references_are_stripes_in_order(xai: XaiImitation, api: httpx2.Client) -> None:
    colours = [BLUE, RED, GREEN]
    body = TEXT | {"reference_images": [picture(colour, kind="jpeg") for colour in colours], "aspect_ratio": "1:1"}
    job = accepted(xai, api, body | {"model": V1})
    assert job.file is not None
    last = frames(job.file)[-1]
    assert all(close(last[100, x], colour) for x, colour in zip((80, 240, 400), colours, strict=True))
    assert job.cost_ticks == 500_000_000 + 3 * 20_000_000


def test_edits_invert_the_input(xai: XaiImitation, api: httpx2.Client, tmp_path: Path) -> None:
    body = {"model": V1, "prompt": "invert", "video": clip(tmp_path / "in.mp4", 1)}
    job = accepted(xai, api, body, "edits")
    assert job.file is not None
    before, after = frames(tmp_path / "in.mp4"), frames(job.file)
    assert len(before) == len(after) == 24
    assert before[0].shape == after[0].shape
    assert close(after[3][200, 400], tuple(255 - before[3][200, 400].astype(int)))
    assert job.cost_ticks == 500_000_000


def test_extensions_add_to_the_input(xai: XaiImitation, api: httpx2.Client, tmp_path: Path) -> None:
    body = {"model": V1, "prompt": "go on", "video": clip(tmp_path / "in.mp4", 2), "duration": 3}
    job = accepted(xai, api, body, "extensions")
    assert job.file is not None
    pictures = frames(job.file)
    assert len(pictures) == 5 * 24
    assert close(pictures[10][200, 400], colour_of("source"))
    assert close(pictures[50][200, 400], colour_of("go on"))
    assert poll(api, job).json()["video"]["duration"] == 5
    assert job.cost_ticks == 5 * 500_000_000


def test_the_world_outside_is_a_dictionary(xai: XaiImitation, api: httpx2.Client) -> None:
    data = base64.b64decode(picture(GREEN)["url"].partition(",")[2])
    xai.web |= {"https://pictures.example.com/1.png": data, "file-7": data}
    first = accepted(xai, api, TEXT | {"image": {"url": "https://pictures.example.com/1.png"}})
    second = accepted(xai, api, TEXT | {"input_reference": {"file_id": "file-7"}})
    assert first.order.image is not None
    assert second.order.image is not None
    assert xai.problems == []


def test_storage_options_give_a_file(xai: XaiImitation, api: httpx2.Client) -> None:
    options = {"filename": "kite.mp4", "expires_after": 3600, "public_url": {"expires_after": 7200}}
    video = poll(api, accepted(xai, api, TEXT | {"storage_options": options})).json()["video"]
    assert video["file_output"]["filename"] == "kite.mp4"
    assert video["file_output"]["public_url"] == video["url"]


def test_models_are_listed(api: httpx2.Client) -> None:
    assert [model["id"] for model in api.get("video-generation-models").json()["models"]] == [V1, V15]
    assert api.get(f"video-generation-models/{V15}-preview").json()["id"] == V15
    assert api.get("video-generation-models/sora-2").status_code == 404


# What is refused


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("no prompt", {"prompt": None}, 422),
    ("empty prompt", {"prompt": " "}, 400),
    ("prompt is no string", {"prompt": 3}, 400),
    ("prompt too long", {"prompt": "x" * 4097}, 400),
    ("no model", {"model": None}, 422),
    ("unknown model", {"model": "grok-video-3"}, 404),
    ("unknown field", {"seed": 1}, 400),
    ("user is no string", {"user": 1}, 400),
    ("duration 0", {"duration": 0}, 400),
    ("duration 16", {"duration": 16}, 400),
    ("duration fraction", {"duration": 6.0}, 400),
    ("duration true", {"duration": True}, 400),
    ("duration word", {"duration": "6s"}, 400),
    ("both names of duration", {"seconds": 1}, 400),
    ("resolution in capitals", {"resolution": "720P"}, 400),
    ("unknown ratio", {"aspect_ratio": "21:9"}, 400),
    ("1080p on v1", {"model": V1, "resolution": "1080p"}, 400),
    ("1080p with references", {"resolution": "1080p", "reference_images": [picture()]}, 400),
    ("last_frame on v1", {"model": V1, "image": picture(), "last_frame": picture()}, 400),
    ("last_frame alone", {"last_frame": picture()}, 400),
    ("keyframes on v1", {"model": V1, "keyframes": [{"image": picture(), "timestamp_s": 1 / 3}]}, 400),
    ("keyframe at the end", {"keyframes": [{"image": picture(), "timestamp_s": 1}]}, 400),
    ("keyframe off the grid", {"keyframes": [{"image": picture(), "timestamp_s": 0.5}]}, 400),
    (
        "five keyframes",
        {"duration": 9, "keyframes": [{"image": picture(), "timestamp_s": n} for n in range(1, 6)]},
        400,
    ),
    ("keyframe without image", {"keyframes": [{"timestamp_s": 1 / 3}]}, 422),
    ("generate_audio on v1", {"model": V1, "generate_audio": True}, 400),
    ("generate_audio is no bool", {"generate_audio": "no"}, 400),
    ("eight references", {"reference_images": [picture()] * 8}, 400),
    ("references are no list", {"reference_images": picture()}, 400),
    ("references without prompt", {"prompt": None, "reference_images": [picture()]}, 422),
    ("references and image on v1", {"model": V1, "image": picture(), "reference_images": [picture()]}, 400),
    ("11 s of references on v1", {"model": V1, "duration": 11, "reference_images": [picture()]}, 400),
    ("four voices", {"reference_audios": [{"voice_id": "a"}] * 4}, 400),
    ("voices on v1", {"model": V1, "reference_audios": [{"voice_id": "a"}]}, 400),
    ("voice by URL", {"reference_audios": [{"url": "https://a.example.com/a.mp3"}]}, 403),
    ("storage too short", {"storage_options": {"expires_after": 3599}}, 400),
    ("unknown storage option", {"storage_options": {"bucket": "a"}}, 400),
    ("upload by http", {"output": {"upload_url": "http://a.example.com/"}}, 400),
    ("upload nowhere", {"output": {}}, 422),
    ("image is a string", {"image": "https://a.example.com/a.png"}, 400),
    ("image without url", {"image": {}}, 422),
    ("image by two names", {"image": picture() | {"file_id": "a"}}, 400),
    ("image with more", {"image": picture() | {"detail": "high"}}, 400),
    ("unknown file", {"image": {"file_id": "a"}}, 404),
    ("image on loopback", {"image": {"url": "http://127.0.0.1:8000/a.png"}}, 400),
    ("image on a private host", {"image": {"url": "https://10.0.0.7/a.png"}}, 400),
    ("image on localhost", {"image": {"url": "https://localhost/a.png"}}, 400),
    ("image nowhere", {"image": {"url": "https://a.example.com/a.png"}}, 400),
    ("image by ftp", {"image": {"url": "ftp://a.example.com/a.png"}}, 400),
    ("image is a gif", {"image": {"url": "data:image/gif;base64,R0lGODlhAQABAAAAACw="}}, 400),
    ("image not base64", {"image": {"url": "data:image/png;base64,%%%"}}, 400),
    ("image not an image", {"image": {"url": "data:image/png;base64,AAAA"}}, 400),
    ("image cut off", {"image": {"url": picture(size=(300, 300))["url"][:400]}}, 400),
    ("image of another type", {"image": {"url": picture()["url"].replace("png", "jpeg")}}, 400),
]


@pytest.fixture(scope="module")
def strict() -> Iterator[tuple[XaiImitation, httpx2.Client]]:
    with XaiImitation() as service:
        headers = {"authorization": f"Bearer {service.key}"}
        with httpx2.Client(base_url=service.base_url, headers=headers, trust_env=False) as client:
            yield service, client


@pytest.mark.parametrize(("change", "status"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_refused(strict: tuple[XaiImitation, httpx2.Client], change: dict[str, Any], status: int) -> None:
    service, api = strict
    response = post(api, TEXT | change)
    assert response.status_code == status, response.text
    assert "error" in response.json()
    assert service.submissions[-1].status == status
    assert not service.jobs


def test_errors_have_three_shapes(api: httpx2.Client) -> None:
    parameter = post(api, TEXT | {"duration": 99}).json()["error"]
    assert set(parameter) == {"message", "type", "param", "code"}
    assert parameter["param"] == "duration"
    assert set(post(api, TEXT | {"model": "x"}).json()) == {"code", "error"}
    missing = post(api, {"model": V1}).json()
    assert set(missing) == {"error"}
    assert "missing field `prompt`" in missing["error"]


def test_edits_and_extensions_are_refused(xai: XaiImitation, api: httpx2.Client, tmp_path: Path) -> None:
    nine, two = clip(tmp_path / "nine.mp4", 9), clip(tmp_path / "two.mp4", 2)
    one, sixteen = clip(tmp_path / "one.mp4", 2, 0.1), clip(tmp_path / "sixteen.mp4", 16)
    good = {"model": V1, "prompt": "x", "video": two}
    refused = [
        ("edits", {"video": nine}, 400), ("edits", {"video": picture()}, 400), ("edits", {"video": None}, 422),
        ("edits", {"duration": 3}, 400), ("edits", {"prompt": None}, 422), ("edits", {"model": V15}, 400),
        ("edits", {"video": {"url": "data:video/mp4;base64,AAAA"}}, 400), ("edits", {"resolution": "720p"}, 400),
        ("extensions", {"video": one}, 400), ("extensions", {"video": sixteen}, 400),
        ("extensions", {"duration": 1}, 400), ("extensions", {"duration": 11}, 400),
        ("extensions", {"start_time": 1}, 400), ("extensions", {"aspect_ratio": "1:1"}, 400),
        ("extensions", {"model": V15}, 400), ("remix", {}, 404),
    ]  # fmt: skip
    for route, change, status in refused:
        assert post(api, good | change, route).status_code == status, (route, list(change))
    assert not xai.jobs


def test_the_key_and_the_content_type(xai: XaiImitation, api: httpx2.Client) -> None:
    wrong = api.post("videos/generations", json=TEXT, headers={"authorization": "Bearer x"})
    assert wrong.status_code == 400
    assert wrong.json() == {
        "code": "Client specified an invalid argument", "error": "Incorrect API key provided",
    }  # fmt: skip
    with httpx2.Client(base_url=xai.base_url, trust_env=False) as stranger:
        assert stranger.post("videos/generations", json=TEXT).status_code == 401
        assert stranger.get("videos/x").status_code == 401
    assert api.post("videos/generations", data={"prompt": "x"}, files={"image": b"x"}).status_code == 415
    for broken in ("{", "[]"):
        headers = {"content-type": "application/json"}
        assert api.post("videos/generations", content=broken, headers=headers).status_code == 400
    assert xai.submissions[-2].body == b"{"


def test_bad_manners_are_noted(xai: XaiImitation, api: httpx2.Client) -> None:
    assert api.get("videos/nothing").status_code == 404
    job = accepted(xai, api, TEXT)
    poll(api, job)
    poll(api, job)
    time.sleep(0.21)
    poll(api, job)
    post(api, TEXT | {"image": {"url": "http://pictures.example.com/a.png"}})
    api.post("videos/generations", json=TEXT, headers={"user-agent": ""})
    post(api, TEXT | {"prompt": "@img1 dances --mode=fun"})
    api.get(f"{xai.base_url.removesuffix('/v1')}/files/other.mp4")
    words = ["unknown id", "again after", "neither data", "user-agent", "notation", "never offered"]
    assert len(xai.problems) == len(words)
    assert all(word in problem for word, problem in zip(words, xai.problems, strict=True))


# Faults of submissions


def test_submit_status(xai: XaiImitation, api: httpx2.Client) -> None:
    for status in (400, 402, 403, 429, 500, 502, 503, 504, 529):
        xai.fault("submit", "status", status=status, retry_after=7)
        response = post(api, TEXT)
        assert (response.status_code, response.headers["retry-after"]) == (status, "7")
        assert response.json()["error"]
    xai.fault("submit", "status", status=502, body="<h1>Bad gateway</h1>", times=2)
    assert [post(api, TEXT).text for _ in range(2)] == ["<h1>Bad gateway</h1>"] * 2
    assert not xai.jobs
    assert post(api, TEXT).status_code == 200


def test_faults_for_ever_until_cleared(xai: XaiImitation, api: httpx2.Client) -> None:
    xai.fault("submit", "status", status=500, times=-1)
    assert [post(api, TEXT).status_code for _ in range(3)] == [500] * 3
    xai.clear()
    assert post(api, TEXT).status_code == 200


def test_faults_that_do_not_exist(xai: XaiImitation) -> None:
    with pytest.raises(ValueError, match="no fault"):
        xai.fault("submit", "torn")
    with pytest.raises(TypeError, match="status"):
        xai.fault("poll", "status")
    with pytest.raises(TypeError, match="accept"):
        xai.fault("poll", "nonsense", accept=True)


@pytest.mark.parametrize(("kind", "jobs"), [("drop_before", 0), ("drop_after", 1)])
def test_submit_dropped(xai: XaiImitation, api: httpx2.Client, kind: str, jobs: int) -> None:
    xai.fault("submit", kind)
    with pytest.raises(httpx2.NetworkError):
        post(api, TEXT)
    assert len(xai.jobs) == jobs
    assert xai.submissions[0].status is None
    assert post(api, TEXT).status_code == 200


def test_submit_delayed(xai: XaiImitation, api: httpx2.Client) -> None:
    xai.fault("submit", "delay", seconds=5)
    with pytest.raises(httpx2.ReadTimeout):
        api.post("videos/generations", json=TEXT, timeout=0.2)
    assert len(xai.jobs) == 1


@pytest.mark.parametrize("accept", [False, True])
def test_submit_answered_wrongly(xai: XaiImitation, api: httpx2.Client, accept: bool) -> None:
    xai.fault("submit", "nonsense", accept=accept)
    xai.fault("submit", "no_id", accept=accept)
    with pytest.raises(ValueError, match="Expecting"):
        post(api, TEXT).json()
    assert post(api, TEXT).json() == {}
    assert len(xai.jobs) == 2 * accept


@pytest.mark.parametrize("where", ["submit", "poll", "file"])
def test_endless(xai: XaiImitation, api: httpx2.Client, where: str) -> None:
    job = accepted(xai, api, TEXT)
    xai.fault(where, "endless")
    paths = {"submit": "videos/generations", "poll": f"videos/{job.id}", "file": address(xai, job)}
    method = "POST" if where == "submit" else "GET"
    with api.stream(method, paths[where], json=TEXT if where == "submit" else None) as response:
        assert "content-length" not in response.headers
        read = 0
        for chunk in response.iter_raw():
            read += len(chunk)
            if read > 2_000_000:
                break
    assert len(xai.jobs) == 1
    assert poll(api, job).status_code == 200


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("fail", {"code": "invalid_argument", "message": "No."},
         {"status": "failed", "model": V15, "error": {"code": "invalid_argument", "message": "No."}}),
        ("expire", {}, {"status": "expired", "model": V15}),
        ("moderate", {}, {"status": "done", "model": V15, "progress": 100,
                          "usage": {"cost_in_usd_ticks": 800_000_000},
                          "video": {"duration": 1, "respect_moderation": False}}),
    ],
)  # fmt: skip
def test_jobs_that_end_badly(
    xai: XaiImitation, api: httpx2.Client, kind: str, options: dict[str, str], expected: dict[str, Any]
) -> None:
    xai.fault("submit", kind, **options)
    job = accepted(xai, api, TEXT)
    answer = poll(api, job)
    assert (answer.status_code, answer.json()) == (200, expected)
    assert job.cost_ticks == (800_000_000 if kind == "moderate" else 0)
    assert job.file is None


def test_a_job_that_is_stuck(xai: XaiImitation, api: httpx2.Client) -> None:
    xai.fault("submit", "stuck")
    job = accepted(xai, api, TEXT)
    assert [poll(api, job).status_code for _ in range(5)] == [202] * 5


# Death


def test_die_and_revive_keep_jobs_and_port(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    url = xai.base_url
    xai.die()
    xai.die()
    for _ in range(2):
        with pytest.raises(httpx2.NetworkError):
            poll(api, job)
    with httpx2.Client(trust_env=False) as fresh, pytest.raises(httpx2.ConnectError):
        fresh.get(url)
    xai.revive()
    xai.revive()
    assert xai.base_url == url
    assert poll(api, job).json()["status"] == "done"


def test_death_after_accepting(xai: XaiImitation, api: httpx2.Client) -> None:
    xai.fault("submit", "die_after")
    with pytest.raises(httpx2.NetworkError):
        post(api, TEXT)
    with pytest.raises(httpx2.ConnectError):
        post(api, TEXT)
    [job] = xai.jobs.values()
    xai.revive()
    assert job.done.wait(5)
    assert poll(api, job).json()["status"] == "done"
    assert [each.status for each in xai.submissions] == [None]


def test_death_during_a_download(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    xai.fault("file", "endless")
    with api.stream("GET", address(xai, job)) as response:
        chunks = response.iter_raw()
        assert next(chunks)
        xai.die()
        with pytest.raises(httpx2.TransportError):
            list(chunks)


def test_background_runs_other_applications() -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})

    with Background(app) as background:
        assert background.alive
        assert httpx2.get(background.origin, trust_env=False).text == "hello"
    assert not background.alive


# Faults of polls


def test_poll_faults(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    xai.fault("poll", "status", status=503, retry_after=1)
    xai.fault("poll", "nonsense")
    xai.fault("poll", "drop")
    xai.fault("poll", "unknown")
    xai.fault("poll", "delay", seconds=0.2)
    assert poll(api, job).headers["retry-after"] == "1"
    assert poll(api, job).content == b'{"request_id": '
    with pytest.raises(httpx2.NetworkError):
        poll(api, job)
    assert poll(api, job).status_code == 404
    began = time.monotonic()
    assert poll(api, job).json()["status"] == "done"
    assert time.monotonic() - began > 0.19
    assert (xai.polls, job.polls) == (4, 5)


def test_no_url_waits_until_the_job_is_done(xai: XaiImitation, api: httpx2.Client) -> None:
    xai.render_seconds = 60
    job = accepted(xai, api, TEXT)
    xai.fault("poll", "no_url")
    assert poll(api, job).status_code == 202
    xai.render_seconds = 0
    assert poll(api, job).json()["video"] == {"duration": 1, "respect_moderation": True}
    assert "url" in poll(api, job).json()["video"]


# Films


def test_ranges(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    whole = film(xai, api, job)
    data, size = whole.content, len(whole.content)
    part = film(xai, api, job, range="bytes=10-19")
    assert (part.status_code, part.content) == (206, data[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{size}"
    assert part.headers["etag"] == whole.headers["etag"]
    assert film(xai, api, job, range="bytes=100-").content == data[100:]
    assert film(xai, api, job, range="bytes=-7").content == data[-7:]
    assert film(xai, api, job, range=f"bytes=5-{size + 9}").content == data[5:]
    beyond = film(xai, api, job, range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    for ignored in ("bytes=9-5", "lines=1-2", "bytes=0-1,4-5"):
        assert film(xai, api, job, range=ignored).status_code == 200
    assert film(xai, api, job, range="bytes=1-", **{"if-range": '"old"'}).status_code == 200
    assert [each.status for each in xai.file_requests[:2]] == [200, 206]
    assert [each.range for each in xai.file_requests[:2]] == [None, "bytes=10-19"]


def read_into(data: bytearray, response: httpx2.Response) -> None:
    for chunk in response.iter_raw():
        data += chunk


def partly(xai: XaiImitation, api: httpx2.Client, job: Job, start: int = 0) -> tuple[int, bytes]:
    """Read what comes before the connection ends early."""
    headers = {"range": f"bytes={start}-"} if start else {}
    data = bytearray()
    with api.stream("GET", address(xai, job), headers=headers) as response:
        with pytest.raises(httpx2.RemoteProtocolError):
            read_into(data, response)
        return response.status_code, bytes(data)


def test_a_torn_film_can_be_resumed(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    assert job.file is not None
    data = job.file.read_bytes()
    xai.fault("file", "torn")
    assert partly(xai, api, job) == (200, data[: len(data) // 2])
    rest = film(xai, api, job, range=f"bytes={len(data) // 2}-")
    assert (rest.status_code, rest.content) == (206, data[len(data) // 2 :])


def test_a_film_that_is_always_torn(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    assert job.file is not None
    data = job.file.read_bytes()
    xai.fault("file", "torn_always")
    half = len(data) // 2
    assert partly(xai, api, job) == (200, data[:half])
    assert partly(xai, api, job, 100) == (206, data[100:half])
    assert partly(xai, api, job, half) == (206, b"")


def test_films_that_are_not_there(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    for kind, options in (("missing", {}), ("forbidden", {}), ("html", {}), ("redirect", {"to": "http://a.test/"})):
        xai.fault("file", kind, **options)
    answers = [film(xai, api, job) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [404, 403, 200, 302]
    assert answers[2].headers["content-type"].startswith("text/html")
    assert answers[3].headers["location"] == "http://a.test/"


def test_films_that_are_not_what_they_seem(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT | {"duration": 2})
    first = film(xai, api, job)
    xai.fault("file", "junk")
    xai.fault("file", "no_range")
    xai.fault("file", "changed")
    xai.fault("file", "wrong_seconds")
    junk = film(xai, api, job)
    assert (junk.headers["content-type"], len(junk.content)) == ("video/mp4", len(first.content))
    with pytest.raises(av.FFmpegError):
        frames(junk.content)
    whole = film(xai, api, job, range="bytes=10-")
    assert (whole.status_code, whole.content) == (200, first.content)
    assert "accept-ranges" not in whole.headers
    changed = film(xai, api, job, range="bytes=10-")
    assert changed.status_code == 206
    assert changed.headers["etag"] != first.headers["etag"]
    assert film(xai, api, job).content != first.content
    assert len(frames(film(xai, api, job).content)) == 24


def test_slow_and_late_films(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    xai.fault("file", "slow", chunk_seconds=0.02, chunk_bytes=4096)
    xai.fault("file", "delay", seconds=0.2)
    began = time.monotonic()
    slow = film(xai, api, job)
    assert time.monotonic() - began >= 0.02 * (len(slow.content) // 4096)
    began = time.monotonic()
    assert film(xai, api, job).content == slow.content
    assert time.monotonic() - began > 0.19


def test_a_film_takes_little_work(tmp_path: Path) -> None:
    began = time.process_time()
    render(Order("generations", V15, "x", 6, 720), tmp_path / "six.mp4")
    assert time.process_time() - began < 5
    assert len(frames(tmp_path / "six.mp4")) == 144
