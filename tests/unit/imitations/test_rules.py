"""The imitation of xAI: what is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.imitations.xai import XaiImitation
from tests.imitations.xai_rules import V1, V15

from .helpers import TEXT, accepted, clip, picture, poll, post

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
    ("unknown ratio", {"aspect_ratio": "7:5"}, 400),
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
    tiny, sixteen = clip(tmp_path / "one.mp4", 2, 0.1), clip(tmp_path / "sixteen.mp4", 16)
    good = {"model": V1, "prompt": "x", "video": two}
    refused = [
        ("edits", {"video": nine}, 400), ("edits", {"video": picture()}, 400), ("edits", {"video": None}, 422),
        ("edits", {"duration": 3}, 400), ("edits", {"prompt": None}, 422), ("edits", {"model": V15}, 400),
        ("edits", {"video": {"url": "data:video/mp4;base64,AAAA"}}, 400), ("edits", {"resolution": "720p"}, 400),
        ("extensions", {"video": tiny}, 400), ("extensions", {"video": sixteen}, 400),
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
