"""The imitation of xAI: the way of a job."""

from __future__ import annotations

import base64
from pathlib import Path

import av
import httpx2

from tests.imitations.xai import XaiImitation
from tests.imitations.xai_rules import V1, V15
from tests.imitations.xai_videos import colour_of, frame_size, picture_size

from .helpers import BLUE, GREEN, RED, TEXT, accepted, address, clip, close, frames, picture, poll


def test_a_video_is_made_polled_and_fetched(xai: XaiImitation, api: httpx2.Client) -> None:
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
    for expected in (True, False):
        job = accepted(xai, api, TEXT | {"generate_audio": expected})
        assert job.file is not None
        with av.open(str(job.file)) as container:
            assert len(container.streams.audio) == expected
            if expected:
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
    assert [model["id"] for model in api.get("video-generation-models").json()["models"]] == [V1, V15, f"{V15}-lite"]
    assert api.get(f"video-generation-models/{V15}-preview").json()["id"] == V15
    assert api.get("video-generation-models/sora-2").status_code == 404
