"""What a viewer sees: subjects at their positions, motion in every frame, smooth skies, every size."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from grok_video.backends.animatic.effects.style import TONES
from grok_video.backends.animatic.figures.actors import _grounded, lit_sprite
from grok_video.backends.animatic.figures.art import BODY_TALL, HAT_ROOM
from grok_video.backends.animatic.figures.outfits import Wardrobe, dressed, has_limbs
from grok_video.backends.animatic.language.reading import read_prompt
from grok_video.backends.animatic.painting.environments import ENVIRONMENTS
from grok_video.backends.animatic.painting.light import MOODS, TIMES, luma
from grok_video.backends.animatic.scene import Scene, new_scene
from grok_video.backends.animatic.stage import Stage
from grok_video.domain.request import AspectRatio, Resolution, frame_size

SIZE = (640, 360)
Picture = NDArray[np.uint8]


def scene(prompt: str, **fields: Any) -> Scene:
    return replace(new_scene(read_prompt(prompt, 7), 7), **fields)


def frame(example: Scene, number: int = 12, size: tuple[int, int] = SIZE) -> Picture:
    """One frame as an I420 buffer."""
    return Stage(example, *size).draw(number).buffer.copy()


def distance(first: Picture, second: Picture) -> float:
    return float(cv2.absdiff(first, second).mean())


def locate(example: Scene, emoji: str) -> tuple[float, float]:
    """Return where a subject's drawing is found (x as a share of the width), and how well it matches (0 to 1)."""
    stage = Stage(example, *SIZE)
    shown = stage.draw(0).y
    (actor,) = [each for each in stage.actors if each.subject.figure == emoji]
    wardrobe = Wardrobe(example.subjects, {})
    pixels = (
        actor.body if not has_limbs(actor.subject, wardrobe) else round(actor.body * BODY_TALL / (BODY_TALL + HAT_ROOM))
    )
    rgba = _grounded(dressed(actor.subject, wardrobe, pixels))
    sprite = lit_sprite(rgba, stage.backdrop.light, actor.x - stage.backdrop.light.sun_at[0] * SIZE[0])
    alpha = (sprite[..., 3] > 250).astype(np.uint8)
    fit = cv2.matchTemplate(shown, np.ascontiguousarray(sprite[..., 0]), cv2.TM_CCOEFF_NORMED, mask=alpha)
    _, best, _, at = cv2.minMaxLoc(np.nan_to_num(fit, nan=-1.0, posinf=-1.0))
    return (at[0] + sprite.shape[1] / 2) / SIZE[0], best


@pytest.mark.parametrize(
    ("prompt", "emoji"),
    [
        ("a castle {} in the mountains", "🏰"), ("a house {} in a meadow", "🏠"),
        ("a panda {} in a snowy forest", "🐼"),
        ("a penguin {} at night", "🐧"), ("a boy {} in a city in the rain", "👦"), ("a robot {} in a room", "🤖"),
        ("a cat {} on the beach at sunset", "🐈"), ("a dog {} in the desert, film noir", "🐕"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("place", "low", "high"), [("on the left", 0.1, 0.36), ("on the right", 0.64, 0.9)])
def test_a_subject_is_found_at_its_place(prompt: str, emoji: str, place: str, low: float, high: float) -> None:
    example = scene(prompt.format(place), camera="static", style=None)
    still = replace(example, subjects=tuple(replace(each, motion="stand") for each in example.subjects))
    x, fit = locate(still, emoji)
    assert low < x < high
    assert fit > 0.75


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("camera", ["pan_right", "static"])
def test_no_frame_is_shown_twice(environment: str, camera: str) -> None:
    stage = Stage(Scene(7, environment=environment, camera=camera), *SIZE)
    frames = [stage.draw(number).buffer.copy() for number in (*range(24), *range(228, 240))]
    assert not any(np.array_equal(first, second) for first, second in pairwise(frames))


@pytest.mark.parametrize("resolution", Resolution)
@pytest.mark.parametrize("ratio", AspectRatio)
def test_every_place_is_drawn_in_every_size(ratio: AspectRatio, resolution: Resolution) -> None:
    width, height = frame_size(ratio, resolution)
    # Large ones take long: each place is drawn so in a third of the ratios.
    first = list(AspectRatio).index(ratio) % 3
    places = list(ENVIRONMENTS) if resolution is Resolution.P720 else list(ENVIRONMENTS)[first::3]
    for environment in places:
        drawn = frame(scene("a cat", environment=environment), 3, (width, height))
        assert drawn.shape == (height * 3 // 2, width)
        assert drawn[:height].std() > 12, environment


@pytest.mark.parametrize("time", TIMES)
def test_the_sky_does_not_band(time: str) -> None:
    # Without noise of their own, smooth skies would be made of patches of one value. Clouds are of paper.
    stage = Stage(Scene(7, time=time, environment="sea", camera="static"), 1280, 720)
    del stage.backdrop.layers[1:]
    sky = stage.draw(0).y[:430]
    blocks = sky[:424, :1280].reshape(53, 8, 160, 8).swapaxes(1, 2).reshape(-1, 64)
    assert np.mean(blocks.max(1) == blocks.min(1)) < 0.02
    rows = sky[:, 30:200].astype(float).mean(1)
    assert np.abs(np.diff(rows)).max() < 6


@pytest.mark.parametrize("time", [hour for hour in TIMES if hour != "dusk"])
def test_the_light_comes_from_the_sun(time: str) -> None:
    stage = Stage(Scene(7, time=time, environment="desert", camera="static"), *SIZE)
    sky = cv2.GaussianBlur(stage.draw(0).y[: int(0.6 * SIZE[1])], (0, 0), 6)
    *_, (x, _) = cv2.minMaxLoc(sky)
    assert x / SIZE[0] == pytest.approx(stage.backdrop.light.sun_at[0], abs=0.05)


def test_shadows_fall_away_from_the_sun_and_are_long_when_it_is_low() -> None:
    def shade(prompt: str) -> tuple[float, int]:
        example = scene(prompt, camera="static")
        still = replace(example, subjects=tuple(replace(each, motion="stand") for each in example.subjects))
        stage, without = Stage(still, *SIZE), Stage(still, *SIZE)
        without.actors = [replace(actor, shadows=None, contact=None) for actor in without.actors]
        darker = without.draw(0).y.astype(int) - stage.draw(0).y > 4
        rows, columns = np.nonzero(darker)
        return columns.mean() / SIZE[0] - stage.actors[0].x / SIZE[0], int(np.ptp(rows))

    noon, high = shade("a panda on the left in the desert by day")
    evening, low = shade("a panda on the left in the desert at sunset")
    # The sun stands to the right of it.
    assert noon < 0
    assert evening < 0
    assert low > 1.4 * high


def test_water_mirrors_what_stands_behind_it() -> None:
    stage = Stage(Scene(7, environment="lake", camera="static"), *SIZE)
    shown = stage.draw(0).y
    shore = stage.backdrop.row(stage.backdrop.water or 0)
    above, below = shown[shore - 60 : shore - 8][::-1], shown[shore + 8 : shore + 60]
    columns = [cv2.GaussianBlur(part.astype(np.float32), (0, 0), 3).mean(0) for part in (above, below)]
    assert np.corrcoef(*columns)[0, 1] > 0.3


@pytest.mark.parametrize("style", TONES)
def test_every_style_is_seen(style: str) -> None:
    plain, styled = (frame(scene("a cat in a meadow", style=option, camera="static")) for option in (None, style))
    assert distance(plain, styled) > 3
    if style == "noir":
        assert styled[SIZE[1] :].std() < 1


@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_is_seen(mood: str) -> None:
    plain, moody = (frame(scene("a meadow", mood=option, camera="static")) for option in (None, mood))
    assert distance(plain, moody) > 2


def test_every_season_is_another_meadow() -> None:
    frames = [frame(scene("a meadow", season=season), 0) for season in ("spring", "summer", "autumn", "winter")]
    for number, image in enumerate(frames):
        assert all(distance(image, other) > 1.5 for other in frames[:number])


@pytest.mark.parametrize(
    ("feature", "least"),
    [("aurora", 3), ("rainbow", 0.4), ("fireflies", 0.02), ("fireworks", 0.1), ("leaves", 0.02), ("petals", 0.02),
     ("meteors", 0.005)],
)  # fmt: skip
def test_every_feature_is_seen_and_lives(feature: str, least: float) -> None:
    night = {"time": "night", "camera": "static"}
    bare, rich = (Stage(scene("a meadow", features=features, **night), *SIZE) for features in ((), (feature,)))
    gaps = [distance(bare.draw(number).buffer.copy(), rich.draw(number).buffer) for number in range(0, 120, 6)]
    assert max(gaps) > least
    if feature not in ("aurora", "rainbow"):
        assert np.std(gaps) > 0


def test_mars_is_red_and_the_desert_is_not() -> None:
    red = [frame(scene("the desert", features=features))[SIZE[1] * 5 // 4 :].mean() for features in ((), ("mars",))]
    assert red[1] > red[0] + 3


def test_dusk_is_darker_than_day_and_lighter_than_night() -> None:
    day, dusk, night = (frame(scene("a village", time=hour))[: SIZE[1]].mean() for hour in ("day", "dusk", "night"))
    assert day > dusk + 15 > night + 20


def test_lamps_are_lit_when_it_is_dark() -> None:
    def lit(time: str) -> float:
        shown = frame(scene("a street", time=time, camera="static"), 0)[: SIZE[1]]
        return float(np.mean(shown[int(0.4 * SIZE[1]) : int(0.75 * SIZE[1])] > 170))

    night, meadow = lit("night"), frame(scene("a meadow", time="night"), 0)[: SIZE[1]]
    assert night > 10 * np.mean(meadow[int(0.4 * SIZE[1]) :] > 170)
    assert night > 0.03


def test_a_figure_is_lit_like_its_scene() -> None:
    def look_of(time: str) -> tuple[float, float]:
        """How light and how red a figure is."""
        example = scene("a panda in a meadow", time=time, camera="static")
        whole, empty = frame(example, 0), frame(replace(example, subjects=()), 0)
        light, other = whole[: SIZE[1]], empty[: SIZE[1]]
        red, _ = (each.reshape(-1)[-SIZE[0] * SIZE[1] // 4 :].astype(float) for each in (whole, empty))
        shown = cv2.absdiff(light, other) > 25
        small = cv2.resize(shown.astype(np.uint8), (SIZE[0] // 2, SIZE[1] // 2)).reshape(-1) > 0
        return float(light[shown].mean()), float(red[small].mean())

    day, sunset, night = (look_of(time) for time in ("day", "sunset", "night"))
    assert day[0] > night[0] + 15
    assert sunset[1] > day[1] + 3 > night[1] + 6


def test_a_rider_sits_on_its_carrier_and_goes_with_it() -> None:
    example = scene("a bear with a crown riding a bicycle in a meadow")
    stage = Stage(example, *SIZE)
    (actor,) = stage.actors
    assert actor.subject.figure == "🚲"
    alone = Stage(scene("a bicycle in a meadow"), *SIZE).actors[0]
    assert actor.body > 1.15 * alone.body


def test_the_hunted_runs_ahead() -> None:
    stage = Stage(scene("a dog chasing a cat in a meadow", camera="static"), *SIZE)
    dog, cat = (next(each for each in stage.actors if each.subject.figure == emoji) for emoji in ("🐕", "🐈"))
    assert (dog.motion, cat.motion) == ("run", "run")
    assert dog.x == pytest.approx(cat.x, abs=0.1 * SIZE[0])
    assert (cat.phase - dog.phase) % 1 == pytest.approx(0.11)


def test_colours_have_the_brightness_that_bt709_gives_them() -> None:
    assert luma((1.0, 1.0, 1.0)) == pytest.approx(1)
    assert luma((0.0, 1.0, 0.0)) == pytest.approx(0.7152)


def test_windows_go_dark_now_and_then() -> None:
    stage = Stage(scene("a street at night", camera="static"), *SIZE)
    panes = stage._particles._panes
    assert len(panes) > 4
    assert {pane.lit(second) for pane in panes for second in range(30)} == {True, False}
    bare = Stage(scene("a street at night", camera="static"), *SIZE)
    bare._particles._panes = []
    gaps = [distance(stage.draw(number).buffer.copy(), bare.draw(number).buffer) for number in (0, 120, 240)]
    assert 0 < max(gaps) < 1


def test_one_stands_behind_before_or_beside_another() -> None:
    def depths(word: str) -> tuple[float, float]:
        dog, house = scene(f"a dog {word} a house in a meadow").subjects
        assert abs(dog.x - house.x) < 0.2
        return dog.depth, house.depth

    behind, before = depths("behind"), depths("before")
    assert behind[0] < behind[1] - 0.2
    assert before[0] > before[1] + 0.05
    assert abs(np.subtract(*depths("beside"))) < 0.05
