"""The imitation of SGLang: the requests of MiniMax-H3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from .helpers import BLUE, GREEN, RED, close, frames
from .sglang_helpers import (
    SMALL,
    T2VA,
    detail,
    error,
    film,
    finished,
    keyframe,
    reference,
    serving,
    shown,
    uri,
)


def test_h3_makes_videos_of_text() -> None:
    with serving("h3-fl2va") as (server, client):
        answer = client.post("videos", json=T2VA)
        assert (answer.json()["size"], answer.json()["seconds"]) == ("64x64", "4.458333")
        assert shown(finished(server, answer)) == (64, 64, 107, 24, 1)
        form = {"prompt": "x", "task": "t2va", "target": json.dumps(SMALL | {"aspect_ratio": "auto"})}
        answer = client.post("videos", data=form | {"quality": "exact"}, files={"other": ("x", b"x")})
        assert (answer.json()["size"], answer.json()["quality"]) == ("128x64", "exact")
        assert server.problems == []
        finished(server, client.post("videos", json=T2VA | {"size": "64x64", "seconds": 4, "input_reference": uri()}))
        ignored = ("input_reference", "seconds", "size")
        assert server.problems == [f"POST /v1/videos: {name} is ignored by h3-fl2va" for name in ignored]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"task": None}, "task is required for MiniMax H3"),
        ({"task": "T2VA"}, "unsupported MiniMax H3 task 'T2VA'"),
        ({"fps": 24}, "fps is not supported: MiniMax H3 derives the temporal shape from target.duration_seconds"),
        ({"num_frames": 124}, "num_frames is not supported"),
        ({"guidance_scale": 1}, "guidance_scale is not supported: MiniMax H3 serves only the CFG-distilled"),
        ({"negative_prompt": "x"}, "negative_prompt is not supported"),
        ({"audio_guidance_scale": 1}, "audio_guidance_scale is not supported"),
        ({"audio_flow_shift": 0}, "audio_flow_shift must be a positive finite float"),
        ({"output_mode": "x"}, "only supports output_mode='decoded_files', got 'x'"),
        ({"enable_frame_interpolation": True}, "MiniMax H3 does not support enable_frame_interpolation"),
        ({"quality": "extra-high"}, "quality must be one of ['exact', 'lossless', 'high'], got 'extra-high'"),
        ({"reference_resize_mode": "x"}, "reference_resize_mode must be one of"),
        ({"prompt": ""}, "prompt must be a non-empty string"),
        ({"target": None}, "target is required and must be an object"),
        ({"target": SMALL | {"short_edge": 64.5}}, "target.short_edge must be an integer"),
        ({"target": SMALL | {"aspect_ratio": "7:4"}}, "must be 'auto' or one of ['21:9', '16:9', '4:3', '1:1'"),
        ({"target": SMALL | {"duration_seconds": 3.9}}, "target.duration_seconds must be in [4, 15], got 3.9"),
        ({"target": SMALL | {"duration_seconds": None}}, "target.duration_seconds is required"),
        ({"conditions": [keyframe(0)]}, "conditions must be empty for task 't2va' (got 1 entries)"),
        ({"task": "fl2va"}, "conditions requires at least one entry for task 'fl2va'"),
        ({"task": "fl2va", "conditions": [keyframe(0), keyframe(0)]}, "already bound by conditions[0]"),
        ({"task": "fl2va", "conditions": [keyframe(-1), keyframe(0)]}, "frame_index [0], [-1], or [0, -1]"),
        ({"task": "fl2va", "conditions": [keyframe(5)]}, "frame_index [0], [-1], or [0, -1]"),
        ({"task": "fl2va", "conditions": [keyframe(107)]}, "must be -1 or in [0, 107) after 17n+5 frame alignment"),
        ({"task": "fl2va", "conditions": [keyframe(0, weight=1)]}, "conditions[0] has unknown fields: ['weight']"),
        ({"task": "fl2va", "conditions": [reference()]}, "does not allow condition role='reference' type='image'"),
        ({"task": "fl2va", "conditions": [keyframe(0, uri="data:image/png,x")]}, "must use ;base64 encoding"),
        ({"task": "fl2va", "conditions": [keyframe(0, uri="data:x;base64,AAAA")]}, "image material is invalid"),
        ({"task": "ref2va", "conditions": [keyframe(0)]}, "ref2va keyframes require at least one reference condition"),
        ({"task": "ref2va", "conditions": [reference(frame_index=0)]}, "frame_index is not allowed for role"),
        ({"task": "ref2va", "conditions": [reference(start_time_seconds=1)]}, "start_time_seconds is only allowed for"),
        (
            {"task": "ref2va", "conditions": [reference()], "target": SMALL | {"duration_seconds": None}},
            "target.duration_seconds is required, or exactly one audio reference",
        ),
    ],
)  # fmt: skip
def test_h3_refuses(h3: httpx2.Client, wrong: dict[str, Any], message: str) -> None:
    assert message in detail(h3.post("videos", json=T2VA | wrong))


@pytest.fixture(scope="module")
def h3() -> Iterator[httpx2.Client]:
    with serving("h3-fl2va") as (_, client):
        yield client


def test_h3_crashes_over_files_that_are_not_there(h3: httpx2.Client) -> None:
    for place in ("/data/x.png", "file:///data/x.png", "http://127.0.0.1:1/x.png", "s3://a/x.png"):
        answer = h3.post("videos", json=T2VA | {"task": "fl2va", "conditions": [keyframe(0, uri=place)]})
        assert (answer.status_code, answer.text) == (500, "Internal Server Error")


def test_h3_pins_the_first_and_the_last_frame() -> None:
    with serving("h3-fl2va") as (server, client):
        body = T2VA | {"task": "fl2va", "conditions": [keyframe(0), keyframe(-1, BLUE)]}
        answer = client.post("videos", json=body | {"target": SMALL | {"aspect_ratio": "auto"}})
        assert answer.json()["size"] == "96x64"
        pictures = frames(finished(server, answer).file or b"")
        assert close(pictures[0][32, 48], RED)
        assert close(pictures[-1][32, 48], BLUE)
        answer = client.post("videos", json=body | {"target": SMALL | {"aspect_ratio": "2:1"}})
        assert answer.json()["size"] == "128x64"
        assert server.problems == []


def test_h3_partitions_serve_their_own_tasks() -> None:
    with serving("h3-fl2va") as (server, client):
        job = finished(server, client.post("videos", json=T2VA | {"task": "ref2va", "conditions": [reference()]}))
        served = "is not served by MiniMax H3 partition 'fl2va'; supported tasks: ['t2va', 'fl2va']"
        assert error(client, job) == f"task 'ref2va' {served}"
        job = finished(server, client.post("videos", json=T2VA | {"quality": "high"}))
        assert 'quality="high" is validated only for' in error(client, job)
    with serving("h3-ref2va") as (server, client):
        job = finished(server, client.post("videos", json=T2VA))
        assert "task 't2va' is not served by MiniMax H3 partition 'ref2va'" in error(client, job)


def test_h3_shows_references_and_a_source(tmp_path: Path) -> None:
    with serving("h3-ref2va") as (server, client):
        conditions: list[dict[str, Any]] = [reference(), reference(uri=uri(GREEN)), keyframe(-1, BLUE)]
        body = T2VA | {"task": "ref2va", "conditions": conditions}
        pictures = frames(finished(server, client.post("videos", json=body)).file or b"")
        assert close(pictures[50][32, 16], RED)
        assert close(pictures[50][32, 60], GREEN)
        assert close(pictures[-1][32, 32], BLUE)
        silent, loud = (film(tmp_path / f"{sound}.mp4", sound=sound) for sound in (False, True))
        source = reference("video", uri=silent, start_time_seconds=1)
        body["conditions"] = [source]
        job = finished(server, client.post("videos", json=body))
        before = frames(tmp_path / "False.mp4")[24][60, 60].astype(int)
        assert close(frames(job.file or b"")[0][60, 60], tuple(255 - before))
        body["conditions"] = [source | {"start_time_seconds": 9}]
        assert "must be less than the video duration 5, got 9" in detail(client.post("videos", json=body))
        body["conditions"] = [source | {"type": "video_audio"}]
        assert detail(client.post("videos", json=body)) == "MiniMax H3 audio material has no audio stream"
        body |= {"target": SMALL | {"duration_seconds": None}, "conditions": [reference("audio", uri=loud)]}
        assert client.post("videos", json=body).json()["seconds"] == "5.166667"


def test_h3_prompts_name_their_conditions() -> None:
    with serving("h3-ref2va") as (server, client):
        body = T2VA | {"task": "ref2va", "conditions": [reference(), keyframe(0)]}
        finished(server, client.post("videos", json=body | {"prompt": "<Picture 1> waves"}))
        assert server.problems == []
        finished(server, client.post("videos", json=body | {"prompt": "<Picture 2> and @image1 in <Video 1>"}))
        assert server.problems == [
            f"POST /v1/videos: the prompt names {tag}, which is no condition"
            for tag in ("<Picture 2>", "<Video 1>", "@image1")
        ]
