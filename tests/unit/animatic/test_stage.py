"""Drawing scenes: every environment at every time, moving subjects and cameras, no state."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from grok_video.backends.animatic.language.reading import read_prompt
from grok_video.backends.animatic.language.scenery import UNWEATHERED
from grok_video.backends.animatic.painting import backdrop
from grok_video.backends.animatic.painting.environments import ENVIRONMENTS
from grok_video.backends.animatic.painting.light import OVERCAST, TIMES
from grok_video.backends.animatic.scene import Scene, new_scene
from grok_video.backends.animatic.stage import ChangingStage, Stage, passage

SIZE = (320, 180)
SHAPES = [(160, 90), (90, 160), (150, 100), (100, 150), (100, 100)]
MOVES = ["pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out", "orbit", "handheld"]

Picture = NDArray[np.uint8]


def scene(prompt: str, seed: int = 7, **fields: str) -> Scene:
    return replace(new_scene(read_prompt(prompt, seed), seed), **fields)


def drawn(example: Scene, *numbers: int, size: tuple[int, int] = SIZE) -> list[Picture]:
    """Copies of some frames, as I420 buffers."""
    stage = Stage(example, *size)
    return [stage.draw(number).buffer.copy() for number in numbers]


def luma(example: Scene, *numbers: int) -> list[Picture]:
    return [frame[: SIZE[1]] for frame in drawn(example, *numbers)]


def distance(first: Picture, second: Picture) -> float:
    """The mean difference of two frames, in steps of 256."""
    return float(cv2.absdiff(first, second).mean())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_place_is_an_image_at_every_time_and_ratio(environment: str) -> None:
    for time in TIMES:
        for width, height in SHAPES:
            (frame,) = drawn(scene("a cat", environment=environment, time=time), 3, size=(width, height))
            assert frame.shape == (height * 3 // 2, width)
            light, colour = frame[:height].astype(float), frame[height:].astype(float)
            assert light.std() > 12, (time, width)
            assert colour.std() > 3, (time, width)
            assert 40 < light.mean() < 215, (time, width)
            # Limited range, with hardly anything burnt out or drowned.
            assert np.mean((light < 12) | (light > 243)) < 0.02, (time, width)


# There is no day in space.
@pytest.mark.parametrize("environment", [place for place in ENVIRONMENTS if place != "space"])
def test_every_time_of_day_looks_different(environment: str) -> None:
    frames = [drawn(Scene(3, environment=environment, time=time), 0)[0] for time in TIMES]
    for number, frame in enumerate(frames):
        for other in frames[:number]:
            assert distance(frame, other) > 2


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_weather_changes_every_place(environment: str) -> None:
    (clear,) = drawn(Scene(3, environment=environment, camera="static"), 30)
    # Neither clouds nor wind get there.
    absent = {"clouds", "wind"} if environment in UNWEATHERED else set()
    for weather in OVERCAST.keys() - {"clear"} - absent:
        (other,) = drawn(Scene(3, environment=environment, weather=weather, camera="static"), 30)
        assert distance(clear, other) > 1, weather


@pytest.mark.parametrize("weather", OVERCAST)
@pytest.mark.parametrize("prompt", ["a running dog and a cat with headphones by a lake, orbit", "a fish underwater"])
def test_any_frame_can_be_drawn_alone(weather: str, prompt: str) -> None:
    example = scene(prompt, weather=weather)
    last, again = drawn(example, 20, 5)
    assert np.array_equal(again, drawn(example, 5)[0])
    assert not np.array_equal(last, again)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_seed_fixes_every_frame(environment: str) -> None:
    example = scene("a cat in the rain", environment=environment)
    assert np.array_equal(drawn(example, 0, 9), drawn(example, 0, 9))
    assert distance(drawn(example, 9)[0], drawn(scene("a cat in the rain", 8, environment=environment), 9)[0]) > 1


def assert_no_border(frame: Picture) -> None:
    """No edge is of one tone, and none was drawn out of its last line, not even a third of it."""
    for side in range(4):
        edge = np.rot90(frame, side)[:4]
        assert edge[0].std() > 1
        for third in np.array_split(edge, 3, axis=1):
            # A tree of flat paper may stand there: that is one tone, and no line drawn out.
            assert np.ptp(third) < 2 or not (third == third[0]).all()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("camera", [*MOVES, "static"])
def test_no_camera_ever_shows_a_border(environment: str, camera: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its falling off to the edges would hide a line that is repeated.
    monkeypatch.setattr(
        backdrop, "_vignette", lambda wide, high, x, y: np.full((high + 2 * y, wide + 2 * x), 255, np.uint8)
    )
    stage = Stage(Scene(5, environment=environment, camera=camera), *SIZE)
    for number in (0, 36, 200, 1439):
        assert_no_border(stage.draw(number).y)


@pytest.mark.parametrize("camera", [*MOVES, "static"])
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_camera_alone_shifts_the_image(environment: str, camera: str) -> None:
    stage = Stage(Scene(5, environment=environment, camera=camera), *SIZE)
    # Clouds, water, grass and birds hold still for this.
    stage.backdrop.layers[:] = [replace(layer, drift=0.0, sway=(0.0,) * 4) for layer in stage.backdrop.layers]
    stage._glitter = None
    stage._particles._far.clear()
    stage._particles._near.clear()
    first = stage.draw(0).buffer.copy()
    assert (distance(first, stage.draw(40).buffer) > 0.4) == (camera != "static")


def moved(camera: str) -> tuple[float, float]:
    """How far the near ground goes in three seconds, in pixels to the right and down."""
    first, later = (
        frame[110:].astype(np.float32) for frame in luma(Scene(5, environment="desert", camera=camera), 0, 72)
    )
    (x, y), _ = cv2.phaseCorrelate(first, later)
    return x, y


def test_pans_and_tilts_go_where_they_say() -> None:
    assert moved("pan_right")[0] < -3
    assert moved("pan_left")[0] > 3
    assert moved("tilt_up")[1] > 1
    assert moved("tilt_down")[1] < -1


def test_zooms_enlarge_and_shrink() -> None:
    def enlarged(first: Picture, second: Picture) -> float:
        """How much better the first image explains the second when it is enlarged by a fourteenth."""
        larger = cv2.resize(first[6:-6, 11:-11], SIZE, interpolation=cv2.INTER_LINEAR)
        return distance(first, second) - distance(larger, second)

    first, later = luma(Scene(5, environment="space", camera="zoom_in"), 0, 60)
    assert enlarged(first, later) > 1
    first, later = luma(Scene(5, environment="space", camera="zoom_out"), 0, 60)
    assert enlarged(later, first) > 1


MOTIONS = [
    ("a running dog on the beach", "the beach", "run"),
    ("a bear walking on the beach", "the beach", "walk"),
    ("a dragon flying over the mountains", "the mountains", "fly"),
    ("a whale swimming in the sea", "the sea", "swim"),
    ("a jumping rabbit in a meadow", "a meadow", "jump"),
    ("a cat dancing in the city", "the city", "dance"),
    ("a lion spinning in the desert", "the desert", "spin"),
    ("a big red balloon falling in the forest", "the forest", "fall"),
    ("a rocket launches in the desert", "the desert", "rise"),
    ("a robot waving in the city", "the city", "wave"),
    ("a fox sleeping in the forest", "the forest", "sleep"),
    ("a palm on the beach", "the beach", "sway"),
    ("a castle in the mountains", "the mountains", "stand"),
    ("a panda in a meadow", "a meadow", "bob"),
]


def figures(prompt: str, without: str, *numbers: int) -> list[Picture]:
    """What the subjects alone add to some frames; the camera stands still."""
    whole = luma(scene(prompt, camera="static"), *numbers)
    empty = luma(scene(without, camera="static"), *numbers)
    return [cv2.absdiff(image, other) for image, other in zip(whole, empty, strict=True)]


@pytest.mark.parametrize(("prompt", "without", "motion"), MOTIONS)
def test_every_named_subject_moves(prompt: str, without: str, motion: str) -> None:
    assert [subject.gesture or subject.motion for subject in scene(prompt).subjects] == [motion]
    shown = figures(prompt, without, 0, 12, 24, 36, 48)
    # What changed is a share of all that there is to see of it; houses only breathe.
    least = 0.015 if motion == "stand" else 0.06
    for image, other in pairwise(shown):
        assert image.max() > 20
        assert distance(image, other) > least * image.mean()


def test_each_of_several_subjects_moves() -> None:
    prompt, names = "a dog, a bird and a tree on the beach", ["dog", "bird", "tree"]
    for name in names:
        others = " and ".join(f"a {other}" for other in names if other != name)
        first, later = figures(prompt, f"{others} on the beach", 0, 18)
        assert distance(first, later) > 0.1 * first.mean(), name


def test_two_of_a_kind_do_not_move_as_one() -> None:
    # The two stand apart: each half of what is drawn is one of them.
    shown = figures("two dancing cats in the middle of the beach", "the beach", *range(0, 30, 3))
    middle = SIZE[0] // 2
    tops = [(int(np.argwhere(image[:, :middle] > 25)[:, 0].min()), int(np.argwhere(image[:, middle:] > 25)[:, 0].min()))
            for image in shown]  # fmt: skip
    left, right = np.array(tops).T
    assert len({int(gap) for gap in left - right}) > 2


def box(image: Picture) -> tuple[float, float]:
    """Where a figure is: the middle of its columns, and its topmost row."""
    rows, columns = np.nonzero(image > 25)
    return (columns.min() + columns.max()) / 2, rows.min()


@pytest.mark.parametrize("action", ["running", "walking", "jumping", "flying"])
def test_what_is_worn_stays_on_its_wearer(action: str) -> None:
    numbers = (24, 36, 48, 60, 72)
    worn = figures(f"a {action} penguin with a crown on the beach", f"a {action} penguin on the beach", *numbers)
    wearer = figures(f"a {action} penguin on the beach", "the beach", *numbers)
    (x, y), (own_x, own_y) = box(worn[0]), box(wearer[0])
    for thing, whole in zip(worn, wearer, strict=True):
        assert box(thing)[0] - box(whole)[0] == pytest.approx(x - own_x, abs=5)
        assert box(thing)[1] - box(whole)[1] == pytest.approx(y - own_y, abs=7)
        assert -20 < box(thing)[1] - box(whole)[1] < 5


PAIRS = [
    ("a cat", "a dog", "on the beach"),
    ("a whale", "a boat", "at sea at sunset"),
    ("an astronaut", "a rocket", "in space"),
    ("a fish", "a turtle", "underwater"),
    ("a house", "a galloping horse", "in a meadow in the rain"),
    ("a flying dragon", "a castle", "in the mountains, zoom in"),
    ("a red car", "a train", "in the city at night"),
    ("two foxes", "a dancing bear", "in a snowy forest, pan left"),
]


@pytest.mark.parametrize(("kept", "left_out", "place"), PAIRS)
def test_leaving_a_subject_out_changes_nothing_beyond_it(kept: str, left_out: str, place: str) -> None:
    numbers = (0, 12, 30, 60, 120)
    both = drawn(scene(f"{kept} and {left_out} {place}"), *numbers)
    alone = drawn(scene(f"{kept} {place}"), *numbers)
    other = drawn(scene(f"{left_out} {place}"), *numbers)
    empty = drawn(scene(place), *numbers)
    for whole, without, single, bare in zip(both, alone, other, empty, strict=True):
        changed = cv2.absdiff(whole, without) > 2
        assert 0 < changed[: SIZE[1]].mean() < 0.35
        # Only where the left out one is drawn when it is there alone, give or take a pixel of rounding.
        reach = cv2.dilate((cv2.absdiff(single, bare) > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        assert not (changed & ~reach).any()


@pytest.mark.parametrize(
    ("first", "second", "least"),
    [
        ("a cat on the beach", "a cat in the city", 8),
        ("a cat on the beach", "a cat on the beach at night", 8),
        ("a cat on the beach", "a cat on the beach in a storm", 8),
        ("a cat on the beach", "a cat on a red beach", 4),
        ("a cat on the beach", "a whale on the beach", 1),
        ("a cat on the beach", "a big cat on the beach", 0.5),
        ("a cat on the beach", "three cats on the beach", 0.5),
        ("a cat on the beach", "a red cat on the beach", 0.1),
    ],
)
def test_another_prompt_is_another_image(first: str, second: str, least: float) -> None:
    assert distance(drawn(scene(first), 12)[0], drawn(scene(second), 12)[0]) > least


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("change", [{"look": 0.2}, {"look": 0.9}, {"tint": "d62b2b"}])
def test_a_look_and_a_tint_turn_the_colours_everywhere(environment: str, change: dict[str, Any]) -> None:
    example = scene("a cat", environment=environment)
    (plain,), (turned,) = drawn(example, 0), drawn(replace(example, **change), 0)
    rows = SIZE[1]
    assert distance(plain[rows:], turned[rows:]) > 2


def test_a_look_leaves_the_shapes() -> None:
    example = scene("a cat on the beach")
    frames = drawn(example, 0) + drawn(replace(example, look=0.4), 0)
    lines = [cv2.GaussianBlur(cv2.Canny(frame[: SIZE[1]], 60, 120), (0, 0), 2).ravel() for frame in frames]
    assert np.corrcoef(*lines)[0, 1] > 0.7


def test_large_and_small_show_the_same_image() -> None:
    example = scene("a cat on the beach")
    (small,), (large,) = drawn(example, 12), drawn(example, 12, size=(640, 360))
    shrunk = cv2.resize(large[:360], SIZE, interpolation=cv2.INTER_AREA)
    assert distance(small[:180], shrunk) < 6


@pytest.mark.parametrize(
    ("start", "end", "times"),
    [
        ("day", "night", ("day", "sunset", "dusk", "night")),
        ("night", "day", ("night", "dawn", "day")),
        ("day", "day", ("day",)),
    ],
)
def test_times_of_day_pass_in_their_order(start: str, end: str, times: tuple[str, ...]) -> None:
    assert passage(start, end) == times


def test_the_time_of_day_changes_within_a_shot() -> None:
    example = scene("a cat in a city from day to night", camera="static")
    stage = ChangingStage(example, *SIZE, None, 100)
    first, middle, last = (stage.draw(number).buffer.copy() for number in (0, 50, 100))
    day, night = (
        drawn(replace(example, time=time, until=None), number)[0] for time, number in (("day", 0), ("night", 100))
    )
    assert distance(first, day) < 0.5
    assert distance(last, night) < 0.5
    assert min(distance(middle, day), distance(middle, night)) > 5


def test_a_close_up_is_nearer_and_a_wide_shot_further_away() -> None:
    heights = []
    for framing in ("close_up", "medium", "full", "wide", "aerial"):
        stage = Stage(scene("a knight in a meadow", framing=framing), *SIZE)
        heights.append(stage.actors[0].body)
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > SIZE[1] > 2 * heights[3]


def test_two_who_duel_face_each_other() -> None:
    stage = Stage(scene("two samurai duel in a forest"), *SIZE)
    left, right = sorted(stage.actors, key=lambda actor: actor.x)
    assert (left.mirrored, right.mirrored) == (False, True)


def test_hundreds_are_many_all_over_the_image() -> None:
    stage = Stage(scene("hundreds of lanterns rise at night"), *SIZE)
    assert len(stage.actors) == 40
    assert np.ptp([actor.x for actor in stage.actors]) > 0.8 * SIZE[0]


def test_the_earth_rises_behind_the_ground_of_the_moon() -> None:
    stage = Stage(scene("the earth rises, on the moon", camera="static"), *SIZE)
    (earth,) = stage.actors
    assert earth.after == 0


def test_whoever_goes_to_another_arrives_there() -> None:
    example = scene("a boy runs towards his dog in a meadow", camera="static")
    stage = Stage(example, *SIZE)
    boy = next(actor for actor in stage.actors if actor.subject.figure == "👦")
    dog = next(subject for subject in example.subjects if subject.figure == "🐕")
    assert boy.goal is not None
    assert abs(boy.goal / SIZE[0] - dog.x) < 0.15


@pytest.mark.parametrize("environment", ["meadow", "forest", "lake", "village", "river", "mountains", "bridge"])
@pytest.mark.parametrize("seed", [3, 7, 21])
@pytest.mark.parametrize("size", [SIZE, (180, 320), (240, 240)])
def test_no_tree_top_is_cut(environment: str, seed: int, size: tuple[int, int]) -> None:
    backdrop = Stage(Scene(seed, environment=environment), *size).backdrop
    for layer in backdrop.layers[1:]:
        if layer.top == 0 or layer.front:
            continue
        # A layer whose first row shows something was cut there.
        keep = layer.sheet.keep
        assert keep is not None
        visible = layer.sheet.clear + layer.sheet.cut
        assert visible > 2, (environment, layer.top)
