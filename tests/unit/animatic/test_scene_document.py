"""The scene as a document: every reading fits its schema and comes back as it was; what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grok_video.backends.animatic.language.reading import read_shots
from grok_video.backends.animatic.scene import Shot, new_scene, next_shot
from grok_video.backends.animatic.scene_document import document_of, read_scene, scene_schema, shots_of
from grok_video.domain.errors import InvalidValue

RECORDED = Path(__file__).with_name("readings.jsonl")


def shots_read(prompt: str) -> list[Shot]:
    readings = read_shots(prompt, 7)
    shots = [Shot(0, 0, new_scene(readings[0], 7))]
    for number, reading in enumerate(readings[1:], start=1):
        shots.append(Shot(24 * number, 24 * number, next_shot(shots[-1].scene, reading)))
    return shots


def test_every_recorded_reading_comes_back_from_its_document() -> None:
    prompts = [json.loads(line)["prompt"] for line in RECORDED.read_text(encoding="utf-8").splitlines()]
    # Where images stand is decided when it is known how many there are.
    for prompt in (prompt for prompt in prompts if "@img" not in prompt):
        shots = shots_read(prompt)[:20]
        document = json.loads(json.dumps(document_of(shots)))
        assert list(shots_of(read_scene(document), 7, 24 * 60)) == shots, prompt


def test_a_document_leaves_out_what_has_its_default() -> None:
    document = document_of(shots_read("a blue cat on a beach at night"))
    shot = document["shots"][0]
    assert (document["version"], document["layout"]) == (1, 7)
    assert (shot["environment"], shot["time"]) == ("beach", "night")
    assert "weather" not in shot
    assert shot["subjects"][0]["colour"].startswith("#")


def test_a_short_scene_is_enough() -> None:
    (shot,) = shots_of(read_scene({"shots": [{"subjects": [{"figure": "🐈"}]}]}), 5, 24)
    assert (shot.scene.layout, shot.scene.environment, shot.scene.subjects[0].figure) == (5, "meadow", "🐈")


@pytest.mark.parametrize(
    ("scene", "named"),
    [
        ({}, "scene.shots"),
        ({"shots": []}, "scene.shots"),
        ({"shots": [{}], "version": 2}, "scene.version is '2'"),
        ({"shots": [{"environment": "mall"}]}, "scene.shots.0.environment is 'mall'"),
        ({"shots": [{"sky": "red"}]}, "scene.shots.0.sky"),
        ({"shots": [{"start": 1}]}, "the first shot starts at 0"),
        ({"shots": [{}, {"start": 0}]}, "shots.1.start"),
        ({"shots": [{"subjects": [{"figure": "quux"}]}]}, "cannot draw 'quux'"),
        ({"shots": [{"subjects": [{"figure": "🐈", "x": 2}]}]}, "scene.shots.0.subjects.0.x is '2'"),
        ({"shots": [{"subjects": [{"figure": "🐈", "colour": "reddish"}]}]}, "scene.shots.0.subjects.0.colour"),
        ({"shots": [{"subjects": [{"figure": "🎩", "carrier": "🐕"}]}]}, "subjects.0.carrier is '🐕'"),
        ("cat", "scene is 'cat'"),
        (None, "scene"),
    ],
)
def test_a_wrong_scene_is_refused_by_the_name_of_its_field(scene: Any, named: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        read_scene(scene)
    assert named in refused.value.message
    assert refused.value.param == "scene"


def test_a_shot_after_the_end_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"scene.shots.1.start is 2.0, but the video ends at 1 seconds"):
        shots_of(read_scene({"shots": [{}, {"start": 2.0}]}), 1, 24)


def test_the_schema_lists_every_allowed_value() -> None:
    shot = scene_schema()["$defs"]["ShotDocument"]["properties"]
    assert "bamboo" in shot["environment"]["enum"]
    assert "close_up" in shot["framing"]["enum"]
