"""What each engine can do, through the whole server: asked, sent, and returned exactly as asked, or refused before."""

from __future__ import annotations

import io
from typing import Any

import av
import httpx2
import numpy as np
import pytest

from .conftest import Checked, picture

RED, BLUE = (200, 20, 20), (20, 20, 200)
WAIT_SECONDS = 3600


def end_of(http: httpx2.Client, answer: httpx2.Response) -> dict[str, Any]:
    """Wait for a video's end."""
    assert answer.status_code == 200, answer.text
    video_id = answer.json()["id"]
    for _ in range(WAIT_SECONDS // 30):
        video = http.get(f"/v1/videos/{video_id}", params={"wait": "30"}).json()
        if video["status"] in ("completed", "failed"):
            break
    assert video["status"] == "completed", video.get("error")
    return video


def frames_of(http: httpx2.Client, video: dict[str, Any]) -> list[np.ndarray]:
    """Download a video and return its frames as RGB; check that it has sound of the same length."""
    content = http.get(f"/v1/videos/{video['id']}/content").content
    with av.open(io.BytesIO(content)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert container.streams.video[0].average_rate == 24
    with av.open(io.BytesIO(content)) as container:
        rate = container.streams.audio[0].rate
        seconds = sum(frame.samples for frame in container.decode(audio=0)) / rate
    assert abs(seconds - len(frames) / 24) < 0.05
    return frames


def near(frame: np.ndarray, colour: tuple[int, int, int]) -> bool:
    """Check whether an image is about one colour; the imitations leave the colour matrix open."""
    return bool(np.abs(frame[8:-8, 200:-200].mean((0, 1)) - colour).max() < 40)


# What is asked for: the mode that it needs, the body, and the length in seconds.
ASKED: dict[str, tuple[str, dict[str, Any], int]] = {
    "text": ("text", {"prompt": "a cat runs"}, 2),
    "portrait": ("text", {"prompt": "a cat runs", "aspect_ratio": "9:16"}, 1),
    "3:2 in 1080P": ("text", {"prompt": "a cat runs", "aspect_ratio": "3:2", "size": "1080P"}, 1),
    "first frame": ("first_frame", {"prompt": "it moves", "images": [picture(RED)]}, 2),
    "first and last frame": (
        "first_last_frame", {"prompt": "it turns", "images": [picture(RED), picture(BLUE)]}, 3
    ),
    "references": ("reference", {"prompt": "@img1 meets @img2", "images": [picture(RED), picture(BLUE)]}, 1),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(checked: Checked) -> dict[str, httpx2.Response]:
    """All that is asked for, submitted at once."""
    with checked.server.client() as http:
        return {
            name: http.post("/v1/videos", json={"model": "grok-video-3", "seconds": seconds, **body})
            for name, (_, body, seconds) in ASKED.items()
        }


@pytest.mark.parametrize("asked", ASKED)
def test_create(checked: Checked, http: httpx2.Client, answers: dict[str, httpx2.Response], asked: str) -> None:
    mode, body, seconds = ASKED[asked]
    answer = answers[asked]
    if mode not in checked.capabilities["modes"]:
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "unsupported_by_backend"
        assert "it can: " in answer.json()["error"]["message"]
        checked.rows.append((asked, "refused", answer.json()["error"]["message"]))
        return
    video = end_of(http, answer)
    width, height = {"9:16": (720, 1280), "3:2": (1620, 1080)}.get(body.get("aspect_ratio", ""), (1280, 720))
    frames = frames_of(http, video)
    assert (len(frames), frames[0].shape) == (seconds * 24, (height, width, 3))
    assert video["metadata"]["sound"] is checked.capabilities["audio"]
    if checked.imitated and "images" in body and mode != "reference":
        assert near(frames[0], RED)
        assert near(frames[-1], BLUE if mode == "first_last_frame" else RED)
    checked.rows.append((asked, video["metadata"]["upstream_size"], f"{width}x{height}, {len(frames)} frames"))


@pytest.fixture(scope="module")
def source(answers: dict[str, httpx2.Response], checked: Checked) -> dict[str, Any]:
    """A finished video."""
    with checked.server.client() as http:
        return end_of(http, next(answer for answer in answers.values() if answer.status_code == 200))


@pytest.mark.parametrize("operation", ["remix", "extend"])
def test_derive(checked: Checked, http: httpx2.Client, source: dict[str, Any], operation: str) -> None:
    if operation == "remix":
        answer = http.post(f"/v1/videos/{source['id']}/remix", json={"prompt": "in winter"})
    else:
        body = {"prompt": "it jumps", "video": {"id": source["id"]}, "seconds": 1, "start_time": 0.75}
        answer = http.post("/v1/videos/extensions", json={"model": "grok-video-3", **body})
    short = operation == "remix" and float(source["seconds"]) < 2 and answer.status_code == 400
    if operation not in checked.capabilities["operations"] or short:
        assert answer.json()["error"]["code"] == "unsupported_by_backend"
        checked.rows.append((operation, "refused", answer.json()["error"]["message"]))
        return
    video = end_of(http, answer)
    frames = frames_of(http, video)
    assert len(frames) == (float(source["seconds"]) * 24 if operation == "remix" else 18 + 24)
    if operation == "extend":
        before = frames_of(http, source)
        for number in (0, 10, 17):
            assert np.abs(frames[number].astype(int) - before[number]).mean() < 3
        # Seamless: the new part begins with the image that the kept part ends with.
        assert not checked.seamless or np.median(np.abs(frames[18].astype(int) - frames[17])) < 6
    checked.rows.append((operation, video["metadata"]["upstream_size"], f"{len(frames)} frames"))


def test_a_length_that_the_model_lacks(checked: Checked, http: httpx2.Client) -> None:
    answer = http.post("/v1/videos", json={"model": "grok-video-3-pro", "prompt": "a cat runs"})
    if answer.status_code == 400:
        assert 10 not in checked.capabilities["seconds"] or "text" not in checked.capabilities["modes"]
        checked.rows.append(("10 seconds", "refused", answer.json()["error"]["message"]))
        return
    video = end_of(http, answer)
    assert len(frames_of(http, video)) == 240
    checked.rows.append(("10 seconds", f"{video['metadata']['upstream_calls']} calls", "240 frames"))
