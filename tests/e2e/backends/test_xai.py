"""The xai backend's capability table: what was asked, what the upstream received, what came back, probed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from tests.conftest import Server
from tests.imitations.xai import XaiImitation

from .conftest import QUICK, film, make, only, picture_of, plain, start_xai, uri, video_of

RED, GREEN, BLUE = (200, 30, 30), (30, 180, 30), (30, 30, 200)
NEW, OLD = "grok-imagine-video-1.5", "grok-imagine-video"


def check(http: httpx2.Client, video: dict[str, Any], size: tuple[int, int], seconds: float) -> list[np.ndarray]:
    """Probe the file against what was asked."""
    assert video["status"] == "completed", video["error"]
    frames, sound = film(http, video["id"])
    assert frames[0].shape == (size[1], size[0], 3)
    assert len(frames) == round(seconds * 24)
    assert abs(sound - seconds) < 2 * 1024 / 44100
    assert (video["width"], video["height"], float(video["seconds"])) == (*size, seconds)
    assert video["metadata"]["backend"] == "xai"
    assert video["metadata"]["generative"] is True
    return frames


# The upstream's videos do not say which matrix their colours are of, and are taken for bt709.
UNSAID = 45


def near(pixel: np.ndarray, colour: tuple[int, int, int], within: int = 24) -> bool:
    return bool(np.abs(pixel.astype(int) - np.array(colour)).max() <= within)


# Long videos are small, which is as good a test and much faster.
SMALL = (854, 480)
SIZES = {
    "16:9": (1280, 720), "9:16": (720, 1280), "3:2": (1080, 720), "2:3": (720, 1080), "1:1": (720, 720),
}  # fmt: skip


@pytest.mark.parametrize(("ratio", "size"), SIZES.items())
def test_text_in_every_ratio(client: httpx2.Client, upstream: XaiImitation, ratio: str, size: tuple[int, int]) -> None:
    video = make(client, "/v1/videos", seconds=2, aspect_ratio=ratio)
    check(client, video, size, 2)
    assert only(upstream).body == {
        "model": NEW, "prompt": "a cat", "duration": 2, "resolution": "720p", "aspect_ratio": ratio,
    }  # fmt: skip
    assert video["metadata"]["upscaled"] is False
    assert video["metadata"]["cost"] == pytest.approx(only(upstream).cost_ticks / 1e10)


@pytest.mark.parametrize(
    ("model", "seconds"), [("grok-video-3", 6), ("grok-video-3-pro", 10), ("grok-video-3-max", 15)]
)
def test_models_have_their_lengths(client: httpx2.Client, upstream: XaiImitation, model: str, seconds: int) -> None:
    video = make(client, "/v1/videos", model=model)
    check(client, video, (1280, 720), seconds)
    assert only(upstream).body["duration"] == seconds


def test_1080p_text_is_requested_and_not_enlarged(client: httpx2.Client, upstream: XaiImitation) -> None:
    video = make(client, "/v1/video/create", duration=1, size="1080P", aspect_ratio="16:9")
    check(client, video, (1920, 1080), 1)
    assert only(upstream).body["resolution"] == "1080p"
    assert video["metadata"]["upscaled"] is False


def test_a_first_frame_is_cut_to_the_asked_ratio_first(client: httpx2.Client, upstream: XaiImitation) -> None:
    wide = np.zeros((400, 1000, 3), np.uint8)
    wide[:, :300], wide[:, 300:700], wide[:, 700:] = RED, GREEN, BLUE
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(wide).save(buffer, "PNG")
    video = make(client, "/v1/videos", seconds=1, aspect_ratio="1:1", images=[uri(buffer.getvalue())])
    frames = check(client, video, (720, 720), 1)
    body = only(upstream).body
    assert set(body) == {"model", "prompt", "duration", "resolution", "image"}
    sent = picture_of(body["image"]["url"])
    assert sent.shape[0] == sent.shape[1]
    assert near(sent[:, sent.shape[1] // 2].mean(0), GREEN)
    assert near(frames[0][300, 360], GREEN, UNSAID)


def test_first_and_last_frame_arrive_in_order(client: httpx2.Client, upstream: XaiImitation) -> None:
    video = make(client, "/v1/videos", seconds=1, aspect_ratio="16:9", images=[uri(plain(RED)), uri(plain(BLUE))])
    frames = check(client, video, (1280, 720), 1)
    body = only(upstream).body
    assert body["model"] == NEW
    assert near(picture_of(body["image"]["url"])[5, 5], RED)
    assert near(picture_of(body["last_frame"]["url"])[5, 5], BLUE)
    assert near(frames[0][100, 100], RED)
    assert near(frames[-1][100, 100], BLUE)


def test_1080p_with_a_last_frame_is_enlarged_here_and_says_so(client: httpx2.Client, upstream: XaiImitation) -> None:
    pictures = [uri(plain(RED)), uri(plain(BLUE))]
    video = make(client, "/v1/videos", seconds=1, size="1080P", aspect_ratio="16:9", images=pictures)
    check(client, video, (1920, 1080), 1)
    assert only(upstream).body["resolution"] == "720p"
    assert video["metadata"]["upscaled"] is True


def test_references_keep_their_order_and_names(client: httpx2.Client, upstream: XaiImitation) -> None:
    pictures = [uri(plain(colour, (300, 400))) for colour in (RED, GREEN, BLUE)]
    video = make(
        client, "/v1/videos", seconds=2, aspect_ratio="16:9", images=pictures,
        prompt="@img2 greets @image3 and @IMG1",
    )  # fmt: skip
    frames = check(client, video, (1280, 720), 2)
    body = only(upstream).body
    assert (body["model"], body["resolution"], body["aspect_ratio"]) == (OLD, "720p", "16:9")
    assert body["prompt"] == "<IMAGE_2> greets <IMAGE_3> and <IMAGE_1>"
    sent = [picture_of(image["url"]) for image in body["reference_images"]]
    assert [image.shape[:2] for image in sent] == [(400, 300)] * 3
    assert [near(pixels[9, 9], colour) for pixels, colour in zip(sent, (RED, GREEN, BLUE), strict=True)] == [True] * 3
    stripes = [frames[0][50, x] for x in (200, 640, 1080)]
    assert [near(pixels, colour, UNSAID) for pixels, colour in zip(stripes, (RED, GREEN, BLUE), strict=True)] == [
        True
    ] * 3


def test_1080p_references_are_enlarged_here(client: httpx2.Client, upstream: XaiImitation) -> None:
    video = make(client, "/v1/videos", seconds=1, size="1080P", images=[uri(plain(RED))], prompt="@img1 runs")
    check(client, video, (1920, 1080), 1)
    assert video["metadata"]["upscaled"] is True


def test_fifteen_seconds_from_references_take_two_calls(client: httpx2.Client, upstream: XaiImitation) -> None:
    video = make(
        client, "/v1/videos", model="grok-video-3-max", size="480P", images=[uri(plain(RED))], prompt="@img1 runs"
    )
    check(client, video, SMALL, 15)
    first, second = upstream.jobs.values()
    assert (first.path, first.body["duration"]) == ("generations", 10)
    assert (second.path, second.body["duration"]) == ("extensions", 5)
    assert video_of(second.body["video"]["url"]) == (*SMALL, 240)
    assert video["metadata"]["upstream_calls"] == 2
    assert video["metadata"]["cost"] == pytest.approx((first.cost_ticks + second.cost_ticks) / 1e10)


@pytest.fixture(scope="module")
def source(xai_server: Server, xai: XaiImitation) -> dict[str, Any]:
    """A completed video of ten seconds."""
    with xai_server.client() as http:
        return make(http, "/v1/videos", model="grok-video-3-pro", size="480P", prompt="the source")


def test_a_remix_of_ten_seconds_is_edited_in_two_parts(
    client: httpx2.Client, upstream: XaiImitation, source: dict[str, Any]
) -> None:
    video = make(client, f"/v1/videos/{source['id']}/remix", prompt="at night")
    frames = check(client, video, SMALL, 10)
    bodies = [job.body for job in upstream.jobs.values()]
    assert [job.path for job in upstream.jobs.values()] == ["edits", "edits"]
    assert [set(body) for body in bodies] == [{"model", "prompt", "video"}] * 2
    assert [video_of(body["video"]["url"]) for body in bodies] == [(*SMALL, 120)] * 2
    before, _ = film(client, source["id"])
    for at in (0, 119, 120, 239):
        # An edit of the imitation inverts the image.
        assert near(255 - frames[at][460, 20], tuple(int(v) for v in before[at][460, 20]), 40)


def test_a_remix_can_change_size_and_ratio(
    client: httpx2.Client, upstream: XaiImitation, source: dict[str, Any]
) -> None:
    short = make(client, "/v1/videos", seconds=2)
    upstream.jobs.clear()
    video = make(client, "/v1/video/remix", task_id=short["id"], size="1080P", aspect_ratio="9:16")
    check(client, video, (1080, 1920), 2)
    assert video_of(only(upstream).body["video"]["url"]) == (720, 1280, 48)
    assert video["metadata"]["upscaled"] is True


@pytest.mark.parametrize(
    ("start", "seconds", "calls"),
    [(4, 6, [("extensions", 6, 96)]), (10, 1, [("extensions", 2, 240)]),
     (2.5, 15, [("extensions", 10, 60), ("extensions", 5, 300)]),
     (10, 11, [("extensions", 9, 240), ("extensions", 2, 360)])],
)  # fmt: skip
def test_extend_from_any_start(
    client: httpx2.Client, upstream: XaiImitation, source: dict[str, Any], start: float, seconds: int, calls: list[Any]
) -> None:
    video = make(
        client, "/v1/videos/extensions", video={"url": source["id"]}, start_time=start, duration=seconds, prompt="on"
    )
    frames = check(client, video, SMALL, start + seconds)
    got = [(job.path, job.body["duration"], video_of(job.body["video"]["url"])[2]) for job in upstream.jobs.values()]
    assert got == calls
    before, _ = film(client, source["id"])
    cut = round(start * 24)
    for at in (0, cut - 1):
        assert np.abs(frames[at].astype(int) - before[at].astype(int)).mean() < 6
    # What follows is the new part's own colour, not the source's.
    assert np.abs(frames[cut + 2].astype(int) - before[min(cut + 2, 239)].astype(int)).mean() > 10


def test_extend_from_the_first_second_goes_on_from_a_frame(
    client: httpx2.Client, upstream: XaiImitation, source: dict[str, Any]
) -> None:
    video = make(client, f"/v1/videos/{source['id']}/extend", start_time=1.5, seconds=3, prompt="on")
    frames = check(client, video, SMALL, 4.5)
    body = only(upstream).body
    assert (only(upstream).path, body["model"], body["duration"]) == ("generations", NEW, 3)
    before, _ = film(client, source["id"])
    assert np.abs(picture_of(body["image"]["url"]).astype(int) - before[35].astype(int)).mean() < 8
    assert np.abs(frames[36].astype(int) - before[35].astype(int)).mean() < 12


def test_extend_with_images_sends_them_beside_the_frame_at_the_cut(
    client: httpx2.Client, upstream: XaiImitation, source: dict[str, Any]
) -> None:
    upstream.submissions.clear()
    images = [uri(plain(RED))]
    video = make(client, f"/v1/videos/{source['id']}/extend", prompt="@img1 comes", seconds=2, images=images)
    assert video["status"] == "completed", video["error"]
    (submission,) = upstream.submissions
    assert submission.path.endswith("/generations")
    assert submission.body["model"] == "grok-imagine-video-1.5"
    assert len(submission.body["reference_images"]) == 1
    assert "image" in submission.body
    assert submission.body["prompt"] == "<IMAGE_1> comes"


def test_what_cannot_be_had_is_refused_before_it_is_queued(upstream: XaiImitation, tmp_path: Path) -> None:
    config = QUICK + 'model = "grok-imagine-video-1.5-lite"\n'
    server = start_xai(tmp_path, upstream, config)
    try:
        with server.client() as http:
            video = make(http, "/v1/videos", seconds=1, aspect_ratio="21:9")
            assert (video["status"], video["metadata"]["cost"]) == ("completed", 0.03)
            upstream.submissions.clear()
            body = {"model": "grok-video-3", "prompt": "on", "images": [uri(plain(RED)), uri(plain(RED))]}
            answer = http.post("/v1/videos", json=body)
    finally:
        server.stop()
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["param"]) == ("unsupported_by_backend", "images")
    assert "no last frame with grok-imagine-video-1.5-lite" in error["message"]
    assert upstream.submissions == []


def test_progress_is_passed_on(client: httpx2.Client, upstream: XaiImitation) -> None:
    upstream.render_seconds = 4.0
    try:
        answer = client.post("/v1/videos", json={"model": "grok-video-3", "prompt": "slow", "seconds": 1})
        observed: list[int] = []
        for _ in range(20):
            video = client.get(f"/v1/videos/{answer.json()['id']}", params={"wait": "2", "until": "change"}).json()
            observed.append(video["progress"])
            if video["status"] == "completed":
                break
    finally:
        upstream.render_seconds = 0.3
    assert observed == sorted(observed)
    assert observed[-1] == 100
    assert len({progress for progress in observed if 0 < progress < 100}) >= 2


def test_models_and_readyz_name_the_backend(client: httpx2.Client, xai_server: Server) -> None:
    able = client.get("/v1/models/grok-video-3").json()["capabilities"]
    assert (able["backend"], able["remote"], able["generative"]) == ("xai", True, True)
    assert able["cost_per_second"] == 0.14
    assert client.get("/readyz").json() == {"status": "ready", "backends": {"xai": {"up": True, "error": None}}}
