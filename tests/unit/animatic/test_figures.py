"""Figures with arms and legs, costumes, captions, and what they carry."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from grok_video.backends.animatic.figures.art import person, rasterise
from grok_video.backends.animatic.figures.captions import tag
from grok_video.backends.animatic.figures.costumes import COSTUMES, head_of
from grok_video.backends.animatic.figures.drawings import drawing_names
from grok_video.backends.animatic.figures.limbs import GESTURES, MOTIONS, limbs
from grok_video.backends.animatic.figures.outfits import Wardrobe, dressed
from grok_video.backends.animatic.language.acts import GESTURES as GESTURE_ACTS
from grok_video.backends.animatic.planes import U8
from grok_video.backends.animatic.scene import Subject

MAN = Subject("👨", "man", 0.5, 0.5)


def seen(rgba: U8) -> float:
    return float((rgba[..., 3] > 40).mean())


@pytest.mark.parametrize("costume", sorted(COSTUMES))
def test_every_costume_is_another_figure(costume: str) -> None:
    shown = rasterise(costume, 120)
    plain = rasterise("🧑", 120)
    assert seen(shown) > 0.1
    assert shown.shape == plain.shape
    assert np.abs(shown.astype(int) - plain).mean() > 2


def test_age_and_gender_change_the_face_of_a_costume() -> None:
    samurai = COSTUMES["samurai"]
    assert [head_of(samurai, marks) for marks in ((), ("old",), ("woman",), ("old", "woman"))] == [
        "🧑",
        "👴",
        "👩",
        "👵",
    ]


@pytest.mark.parametrize("name", sorted(drawing_names()))
def test_every_drawing_fills_some_of_its_square(name: str) -> None:
    assert 0.02 < seen(rasterise(name, 96)) < 1


@pytest.mark.parametrize("act", sorted(set(MOTIONS) | set(GESTURES)))
def test_every_act_moves_arms_legs_or_head(act: str) -> None:
    motion, gesture = (act, "") if act in MOTIONS else ("bob", act)
    poses = [person("👨", 90, limbs(motion, gesture, turn)) for turn in (0.3, 1.9, 3.5, 5.1)]
    if act != "spin":
        assert all(np.abs(one.astype(int) - other).mean() > 0.05 for one, other in pairwise(poses))
    still = person("👨", 90, limbs("bob", "", 0.3))
    assert np.abs(poses[0].astype(int) - still).mean() > 0.1


def test_every_gesture_that_a_prompt_can_say_is_drawn() -> None:
    postures = {"sleep", "sit", "kneel", "stand"}
    assert set(GESTURE_ACTS) - postures <= set(GESTURES)


@pytest.mark.parametrize(
    ("thing", "held"),
    [("☕", "held"), ("sword", "held"), ("🎩", "worn"), ("👗", "worn"), ("🕶️", "worn"), ("🐈", "on")],
)
def test_what_somebody_carries_is_seen(thing: str, held: str) -> None:
    item = Subject(thing, thing, 0.5, 0.5, carrier="👨", held=held, colour="d62b2b" if thing == "👗" else None)
    bare = dressed(MAN, Wardrobe((MAN,), {}), 120)
    laden = dressed(MAN, Wardrobe((MAN, item), {}), 120)
    high, wide = min(len(bare), len(laden)), min(bare.shape[1], laden.shape[1])
    assert np.abs(laden[-high:, :wide].astype(int) - bare[-high:, :wide]).mean() > 0.5


def test_two_on_a_bench_sit_side_by_side() -> None:
    bench = Subject("bench", "bench", 0.5, 0.5)
    guests = tuple(Subject(figure, "", 0.5, 0.5, carrier="bench", held="on") for figure in ("👦", "👧"))
    one = dressed(bench, Wardrobe((bench, guests[0]), {}), 100)
    two = dressed(bench, Wardrobe((bench, *guests), {}), 100)
    assert two.shape[1] > one.shape[1]
    assert len(two) <= 1.3 * len(one)


@pytest.mark.parametrize("text", ["zorblax", "Éclair", "straße", "a very long caption that does not fit on any tag"])
def test_a_caption_is_written(text: str) -> None:
    drawn = tag(text, 20)
    assert drawn is not None
    dark = (drawn[..., 3] > 200) & (drawn[..., :3].mean(2) < 120)
    assert 0.01 < dark.mean() < 0.5


@pytest.mark.parametrize("figure", ["🕵️", "👷", "🧑‍🍳", "queen"])
def test_nobody_wears_two_hats(figure: str) -> None:
    wearer = Subject(figure, "", 0.5, 0.5)
    hat = Subject("🎩", "hat", 0.5, 0.5, carrier=figure)
    bare, covered = (dressed(wearer, Wardrobe(everyone, {}), 90) for everyone in ((wearer,), (wearer, hat)))
    assert np.array_equal(bare, covered)


@pytest.mark.parametrize("figure", ["🧑‍💼", "🧑‍🏫", "👨‍🏫"])
def test_nobody_walks_about_with_a_board_behind_the_head(figure: str) -> None:
    drawn = rasterise(figure, 120)
    left, right = np.split(drawn[: len(drawn) // 3, : drawn.shape[1] // 2 * 2, 3] > 128, 2, axis=1)
    assert abs(int(left.sum()) - int(right.sum())) < 0.25 * int(left.sum())
