"""Planning videos from tasks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from grok_video.backends.animatic.plan import plan_film
from grok_video.domain.request import AspectRatio, Mode, Operation
from grok_video.domain.task import StoredInput, Task
from grok_video.ports import Job
from tests.unit.animatic.helpers import (
    HEIGHT,
    WIDTH,
    distance,
    drawn,
    extension,
    first_scene,
    picture,
    planned,
    task,
    with_facts,
)


@pytest.mark.parametrize(
    ("mode", "count", "kind"),
    [
        (Mode.TEXT, 0, "stage"),
        (Mode.REFERENCE, 3, "stage"),
        (Mode.FIRST_FRAME, 1, "still"),
        (Mode.FIRST_LAST_FRAME, 2, "morph"),
    ],
)
def test_a_create_becomes_the_video_of_its_mode(tmp_path: Path, mode: Mode, count: int, kind: str) -> None:
    images = tuple(tmp_path / f"{number}.png" for number in range(count))
    example = task("a cat in the rain, pan left", mode=mode, seed=11)
    film, facts = planned(tmp_path, example, images=images)
    names = tuple(map(str, images))
    assert film.kind == kind
    assert (film.images, film.cards) == (((), names) if mode is Mode.REFERENCE else (names, ()))
    assert (film.width, film.height, film.frames, film.cut) == (WIDTH, HEIGHT, 30, 0)
    assert (film.scene.layout, film.scene.weather, film.scene.camera) == (11, "rain", "pan_left")
    assert (film.overlay == "rain") == (kind != "stage")
    assert facts["scene"]["kind"] == kind
    assert first_scene(with_facts(example, facts)) == film.scene


def test_the_message_of_a_stage_video() -> None:
    _, facts = plan_film(Job(task("a zorblax cat in the rain at night, zoom in"), Path("out.mp4")))
    assert facts["understood"] == ["cat", "rain", "night", "zoom in"]
    assert facts["not_understood"] == ["zorblax"]


@pytest.mark.parametrize(
    ("mode", "heard"), [(Mode.FIRST_FRAME, ["rain", "night", "zoom in"]), (Mode.FIRST_LAST_FRAME, ["rain"])]
)
def test_videos_of_images_own_up_to_what_they_ignore(tmp_path: Path, mode: Mode, heard: list[str]) -> None:
    images = (picture(tmp_path), picture(tmp_path, 2))
    _, facts = planned(tmp_path, task("the cat runs in the rain at night, zoom in, zoom in", mode=mode), images=images)
    assert facts["understood"] == heard
    assert set(facts["not_understood"]) == {"cat", "runs", "rain", "night", "zoom in"} - set(heard)


def test_a_still_does_not_claim_a_zoom_out_that_it_does_not_do(tmp_path: Path) -> None:
    image = picture(tmp_path)
    films = {}
    for camera in ("zoom in", "zoom out"):
        film, facts = planned(tmp_path, task(f"a cat, {camera}", mode=Mode.FIRST_FRAME), images=(image,))
        films[camera] = drawn(film)[-1]
    assert camera in facts["not_understood"] or distance(*films.values()) > 1


@pytest.fixture
def source(tmp_path: Path) -> Task:
    """A completed task of this server, without a file."""
    example = task(seed=5, frames=48)
    return with_facts(example, planned(tmp_path, example)[1])


def test_a_remix_of_ours_keeps_layout_and_frames(tmp_path: Path, source: Task) -> None:
    example = task("at night, with a tiger", operation=Operation.REMIX, seed=999, frames=48)
    film, facts = planned(tmp_path, example, source=tmp_path / "source.mp4", source_task=source)
    scene = first_scene(source)
    assert (film.kind, film.frames, film.cut, film.source) == ("stage", 48, 0, None)
    assert film.scene.layout == scene.layout == 5
    assert (film.scene.time, film.scene.environment, film.scene.camera) == ("night", "beach", scene.camera)
    assert [subject.figure for subject in film.scene.subjects] == ["🐅"]
    # It takes the place of the one it replaces.
    assert film.scene.subjects[0].x == scene.subjects[0].x
    assert film.scene.look != scene.look
    assert facts["scene"]["kind"] == "stage"


def test_a_remix_that_names_nothing_keeps_the_subjects(tmp_path: Path, source: Task) -> None:
    example = task("make it different", operation=Operation.REMIX, seed=999, frames=48)
    film, _ = planned(tmp_path, example, source=tmp_path / "source.mp4", source_task=source)
    assert film.scene == replace(first_scene(source), look=film.scene.look)
    again, _ = planned(tmp_path, replace(example, seed=123), source=tmp_path / "source.mp4", source_task=source)
    assert again.scene.look != film.scene.look


def test_a_remix_keeps_its_references(tmp_path: Path) -> None:
    images = (tmp_path / "1.png", tmp_path / "2.png")
    first = task("@img1 and @img2 by the sea", mode=Mode.REFERENCE)
    first = with_facts(first, planned(tmp_path, first, images=images)[1])
    film, _ = planned(tmp_path, task("night", operation=Operation.REMIX), images=images, source_task=first)
    assert film.cards == tuple(map(str, images))


@pytest.mark.parametrize("ours", [False, True])
def test_a_remix_of_other_footage_regrades_it(tmp_path: Path, ours: bool) -> None:
    before = None
    if ours:
        before = task("a cat", mode=Mode.FIRST_FRAME)
        before = with_facts(before, planned(tmp_path, before, images=(picture(tmp_path),))[1])
    video = tmp_path / "source.mp4"
    example = task("a cat at night in the rain, red", operation=Operation.REMIX)
    film, facts = planned(tmp_path, example, source=video, source_task=before)
    assert (film.kind, film.source, film.overlay, film.time) == ("regrade", str(video), "rain", "night")
    assert (facts["understood"], facts["not_understood"]) == (["night", "rain", "red"], ["cat"])


def test_an_extension_of_ours_goes_on_with_its_stage(tmp_path: Path, source: Task) -> None:
    film, extended = extension(tmp_path, source, 30)
    scene = first_scene(source)
    assert (film.kind, film.cut, film.frames) == ("stage", 30, 54)
    assert [shot.scene for shot in film.shots] == [scene]
    assert extended.facts["scene"]["since"] == 0


def test_an_extension_changes_what_is_named_and_keeps_the_camera(tmp_path: Path, source: Task) -> None:
    film, _ = extension(tmp_path, source, 30, "a tiger comes in the rain, zoom in; the cat dances")
    before = film.shots[0].scene
    assert (before, film.shots[1].start) == (first_scene(source), 30)
    assert (film.scene.weather, film.scene.time, film.scene.camera) == ("rain", "sunset", before.camera)
    assert {subject.figure for subject in film.scene.subjects} == {"🐕", "🐈", "🎧", "🐅"}
    assert {subject.figure: subject.motion for subject in film.scene.subjects}["🐈"] == "dance"


@pytest.mark.parametrize("cut", [12, 30])
def test_an_extension_from_before_a_cut_goes_on_with_what_was_there(tmp_path: Path, source: Task, cut: int) -> None:
    # At the cut itself nothing of the later scene has been seen yet.
    _, night = extension(tmp_path, source, 30, "night in the city")
    film, third = extension(tmp_path, night, cut, "go on")
    assert [shot.scene for shot in film.shots] == [first_scene(source)]
    assert (film.scene.time, film.scene.environment) == ("sunset", "beach")
    later, _ = extension(tmp_path, night, 50, "go on")
    assert (later.scene.time, later.scene.environment) == ("night", "city")
    # And so on, however long the chain.
    fourth, _ = extension(tmp_path, third, 5, "go on")
    assert fourth.scene.environment == "beach"


def test_a_remix_of_an_extension_keeps_its_shots(tmp_path: Path, source: Task) -> None:
    _, extended = extension(tmp_path, source, 30, "night")
    example = task("a tiger", operation=Operation.REMIX, frames=54)
    film, _ = planned(tmp_path, example, source=tmp_path / "source.mp4", source_task=extended)
    assert (film.kind, film.frames) == ("stage", 54)
    assert [(shot.start, shot.scene.time) for shot in film.shots] == [(0, "sunset"), (30, "night")]
    assert {subject.figure for shot in film.shots for subject in shot.scene.subjects} == {"🐅"}


def test_a_remix_of_what_was_cut_to_other_footage_regrades(tmp_path: Path) -> None:
    _, extended = extension(tmp_path, None, 30, "night")
    example = task("day", operation=Operation.REMIX, frames=54)
    film, _ = planned(tmp_path, example, source=tmp_path / "source.mp4", source_task=extended)
    assert (film.kind, film.frames) == ("regrade", 54)


@pytest.mark.parametrize(
    ("prompt", "starts", "environments"),
    [
        ("a cat in a city, then it dances on the beach", [0, 60], ["city", "beach"]),
        ("a cat, then a dog, then a fox", [0, 40, 80], ["meadow"] * 3),
        ("a rocket launch, then stars", [0, 60], ["meadow", "space"]),
        ("A cat runs in a city. The cat sleeps.", [0, 60], ["city", "city"]),
    ],
)
def test_the_shots_of_a_prompt_share_the_video(
    tmp_path: Path, prompt: str, starts: list[int], environments: list[str]
) -> None:
    film, facts = planned(tmp_path, task(prompt, frames=120))
    assert [shot.start for shot in film.shots] == starts
    assert [shot.scene.environment for shot in film.shots] == environments
    # In the same place the camera continues; in another it starts again.
    for before, after in pairwise(film.shots):
        same = before.scene.environment == after.scene.environment
        assert after.origin == (before.origin if same else after.start)
    assert facts["not_understood"] == []


def test_who_is_not_named_again_goes_on_from_shot_to_shot(tmp_path: Path) -> None:
    film, _ = planned(tmp_path, task("a red cat on the left sleeps, then it dances by the sea", frames=96))
    (first,), (second,) = (shot.scene.subjects for shot in film.shots)
    assert (first.motion, second.motion) == ("sleep", "dance")
    assert second == replace(first, motion="dance")


def test_too_many_shots_for_the_length_are_left_out(tmp_path: Path) -> None:
    film, _ = planned(tmp_path, task("a cat, then a dog, then a fox, then a bear", frames=40))
    assert [shot.start for shot in film.shots] == [0, 20]


def test_an_extension_can_tell_several_shots(tmp_path: Path, source: Task) -> None:
    film, _ = extension(tmp_path, source, 30, "the cat dances, then night")
    assert [shot.start for shot in film.shots] == [0, 30]
    longer = task("the cat dances, then night", operation=Operation.EXTEND, start_frame=30, frames=126, seed=77)
    film, _ = planned(tmp_path, longer, source=tmp_path / "source.mp4", source_task=source)
    assert [(shot.start, shot.scene.time) for shot in film.shots] == [(0, "sunset"), (30, "sunset"), (78, "night")]


def test_every_image_has_its_place_in_its_order(tmp_path: Path) -> None:
    images = tuple(tmp_path / f"{number}.png" for number in range(4))
    example = task("@img3 dances, @img1 on the right", mode=Mode.REFERENCE)
    film, facts = planned(tmp_path, example, images=images)
    places = {subject.figure: subject.x for subject in film.scene.subjects}
    assert places == {"@img3": 0.5, "@img1": 0.78}
    assert facts["unused_images"] == ["@img2", "@img4"]
    assert {subject.figure: subject.motion for subject in film.scene.subjects}["@img3"] == "dance"


def test_images_that_nobody_names_are_all_shown(tmp_path: Path) -> None:
    images = tuple(tmp_path / f"{number}.png" for number in range(4))
    film, facts = planned(tmp_path, task("at sunset", mode=Mode.REFERENCE), images=images)
    assert [subject.x for subject in film.scene.subjects] == [0.125, 0.375, 0.625, 0.875]
    assert "unused_images" not in facts


def test_references_beside_a_first_frame_are_left_out_and_told(tmp_path: Path) -> None:
    images = tuple(tmp_path / f"{number}.png" for number in range(3))
    film, facts = planned(tmp_path, task("@img2 in the rain", mode=Mode.FIRST_FRAME), images=images)
    assert (film.kind, film.images, film.cards) == ("still", (str(images[0]),), ())
    assert facts["unused_images"] == ["@img2", "@img3"]


def test_words_that_are_shown_as_others_are_told(tmp_path: Path) -> None:
    _, facts = planned(tmp_path, task("a corgi and a zorblax in a library"))
    assert facts["shown_as"] == {"corgi": "dog", "zorblax": "paper figure", "library": "room"}


@pytest.mark.parametrize("ours", [False, True])
def test_an_extension_of_other_footage_goes_on_with_its_last_frame(tmp_path: Path, ours: bool) -> None:
    before = None
    if ours:
        before = task("a cat", mode=Mode.FIRST_FRAME)
        before = with_facts(before, planned(tmp_path, before, images=(picture(tmp_path),))[1])
    film, extended = extension(tmp_path, before, 20, "a cat in the snow, pan left")
    assert (film.kind, film.cut, film.overlay, film.source) == ("still", 20, "snow", str(tmp_path / "source.mp4"))
    assert (extended.facts["understood"], extended.facts["not_understood"]) == (["snow", "pan left"], ["cat"])


def test_an_extension_in_another_shape_is_no_stage(tmp_path: Path, source: Task) -> None:
    film, _ = extension(tmp_path, source, 30, aspect_ratio=AspectRatio.R9_16, width=180, height=320)
    assert film.kind == "still"


def test_a_reference_is_no_word_in_any_video(tmp_path: Path) -> None:
    stored = (StoredInput("inputs/x/1.png", 400, 300),)
    example = task(
        "@img1 in the snow", operation=Operation.EXTEND, mode=Mode.REFERENCE, start_frame=20, frames=44, inputs=stored
    )
    film, facts = planned(tmp_path, example, images=(picture(tmp_path),), source=tmp_path / "source.mp4")
    assert film.cards == (str(tmp_path / "picture1.png"),)
    assert (facts["understood"], facts["not_understood"]) == (["snow"], [])
