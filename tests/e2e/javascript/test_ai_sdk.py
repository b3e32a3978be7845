"""The AI SDK with xAI's and OpenRouter's providers, and OpenRouter's own SDK, unmodified."""

from __future__ import annotations

from typing import Any

import httpx2

from .conftest import Journey


def made(http: httpx2.Client, count: int) -> list[dict[str, Any]]:
    """Return the newest videos of the server, oldest first."""
    return http.get("/v1/videos", params={"limit": count}).json()["data"][::-1]


def check(shown: dict[str, Any]) -> None:
    assert (shown["type"], shown["start"]) == ("video/mp4", "ftyp")
    assert shown["warnings"] == []


def test_xais_provider(journey: Journey, http: httpx2.Client) -> None:
    result = journey("xai.mjs")
    for name in ("text", "image", "frames", "references", "edit", "extend"):
        check(result[name])
    text, image, frames, references, edit, extend, _ = made(http, 7)
    assert (text["width"], text["height"], text["seconds"], text["model"]) == (480, 854, "1", "grok-imagine-video-1.5")
    assert image["metadata"]["mode"] == "first_frame"
    assert frames["metadata"]["mode"] == "first_last_frame"
    assert (references["metadata"]["mode"], references["prompt"]) == ("reference", "@img1 dances with @img2")
    assert (edit["metadata"]["operation"], edit["remixed_from_video_id"]) == ("remix", text["id"])
    assert (extend["metadata"]["operation"], extend["seconds"]) == ("extend", "3")
    assert result["extend"]["metadata"]["xai"]["duration"] == 3
    assert result["refused"]["status"] == 404
    assert "model_not_found: There is no model 'veo-9'" in result["refused"]["message"]
    assert "Video generation failed" in result["failed"]


def test_openrouters_provider_and_sdk(journey: Journey, http: httpx2.Client) -> None:
    result = journey("openrouter.mjs")
    for name in ("text", "image", "frames", "references", "edit"):
        check(result[name])
    text, image, frames, references, edit, by_sdk = made(http, 6)
    assert (text["width"], text["height"], text["metadata"]["seed"]) == (1080, 720, 7)
    assert image["metadata"]["mode"] == "first_frame"
    assert frames["metadata"]["mode"] == "first_last_frame"
    assert references["metadata"]["mode"] == "reference"
    assert (edit["metadata"]["operation"], edit["remixed_from_video_id"]) == ("remix", text["id"])
    assert (by_sdk["width"], by_sdk["height"]) == (854, 480)
    assert result["refused"]["status"] == 400
    assert "480P, 720P or 1080P" in result["refused"]["message"]
    assert result["sdk"] == {
        "status": "completed", "urls": 1, "usage": {"cost": 0, "isByok": False}, "start": "ftyp",
        "models": [["grok-video-3", 15], ["grok-video-3-pro", 1], ["grok-video-3-max", 1]],
    }  # fmt: skip
    assert result["unknown"]["status"] == 404
    assert "There is no such video" in result["unknown"]["message"]
