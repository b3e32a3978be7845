"""Our own provider of the AI SDK, packed, with `generateVideo` of the real package against a real server."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from .conftest import Journey


@pytest.fixture(scope="module")
def result(provider: None, journey: Journey, fake_server: Any) -> dict[str, Any]:
    return journey("provider.mjs", GROK_VIDEO_BASE_URL=fake_server.base, GROK_VIDEO_API_KEY=fake_server.key)


def test_everything_that_generate_video_can(result: dict[str, Any], http: httpx2.Client) -> None:
    made = {name: shown for name, shown in result.items() if isinstance(shown, dict) and "start" in shown}
    assert {(shown["type"], shown["start"]) for shown in made.values()} == {("video/mp4", "ftyp")}
    facts = {name: shown["metadata"]["grokVideo"] for name, shown in made.items()}
    text = facts["text"]
    assert (text["width"], text["height"], text["seconds"], text["metadata"]["seed"]) == (720, 1280, 1, 7)
    assert made["text"]["bytes"] == http.get(f"/v1/videos/{text['id']}").json()["bytes"]
    assert (facts["size"]["width"], facts["size"]["height"]) == (854, 480)
    assert facts["pro"]["seconds"] == 10
    modes = {name: facts[name]["metadata"]["mode"] for name in ("image", "frames", "reference")}
    assert modes == {"image": "first_frame", "frames": "first_last_frame", "reference": "reference"}
    remix = http.get(f"/v1/videos/{facts['remix']['id']}").json()
    assert (remix["remixed_from_video_id"], remix["prompt"]) == (text["id"], "at night")
    assert (facts["extend"]["seconds"], facts["extend"]["metadata"]["mine"]) == (2.5, "1")
    assert http.get(f"/v1/videos/{result['beside']}").json()["metadata"]["mode"] == "first_frame"
    assert len(http.get(f"/v1/videos/{result['beside']}/inputs").json()["data"]) == 2
    assert result["two"] == 2
    assert result["environment"]["start"] == "ftyp"


def test_what_is_left_out_is_a_warning(result: dict[str, Any]) -> None:
    assert [warning["feature"] for warning in result["size"]["warnings"]] == ["fps", "generateAudio"]
    assert [warning["details"] for warning in result["others"]["warnings"]] == [
        "A file of the type video/mp4 was left out: send images."
    ]
    assert "negative_prompt" in result["ignored"]["warnings"][0]["message"]
    assert result["text"]["warnings"] == []
    assert [warning["details"] for warning in result["remix"]["warnings"]] == ["A remix is as long as its source."]


def test_keys_later_looks_and_errors(result: dict[str, Any]) -> None:
    assert result["same"] is True
    assert result["later"]["status"] == "completed"
    assert result["later"]["bytes"] > 1000
    unknown = result["unknown"]
    assert (unknown["statusCode"], unknown["isRetryable"], unknown["data"]["code"]) == (404, False, "model_not_found")
    assert result["failed"]["message"] == "rejected: The fake backend was asked to reject this."
    assert result["key"]["statusCode"] == 401
    assert "cannot be reached" in result["nowhere"]["message"]
    assert result["aborted"] is not None
    assert "No such languageModel" in result["language"]["message"]
