"""Ambience: as long as asked, audible, without clipping or clicks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from grok_video.backends.animatic.painting.environments import ENVIRONMENTS
from grok_video.backends.animatic.painting.light import OVERCAST, TIMES
from grok_video.backends.animatic.scene import Scene, Shot, Subject
from grok_video.backends.animatic.sound import BEDS, LOOP, ambience, joined, reel
from grok_video.media.encode import SAMPLE_RATE

SECOND = Scene(7)


def level(sound: NDArray[np.int16]) -> float:
    return float(np.sqrt(np.mean(sound.astype(float) ** 2)))


def likeness(first: NDArray[np.int16], second: NDArray[np.int16]) -> float:
    """How alike two spectra are, 0 to 1."""
    shapes = [
        np.abs(np.fft.rfft(samples.astype(float).mean(axis=1))).reshape(-1)[: SAMPLE_RATE // 4]
        for samples in (first, second)
    ]
    bands = [np.sqrt((shape[: len(shape) // 60 * 60].reshape(60, -1) ** 2).mean(axis=1)) for shape in shapes]
    return float(np.dot(*bands) / np.prod([np.linalg.norm(band) for band in bands]))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("time", TIMES)
def test_every_place_sounds(environment: str, time: str) -> None:
    sound = ambience(Scene(7, time=time, environment=environment), SAMPLE_RATE)
    assert (sound.shape, sound.dtype) == ((SAMPLE_RATE, 2), np.int16)
    assert 600 < level(sound) < 6000
    assert all(level(side) > 300 for side in sound.T)
    # Nothing is cut flat at the top.
    assert np.abs(sound.astype(int)).max() < 32000


@pytest.mark.parametrize("weather", OVERCAST)
def test_every_weather_sounds(weather: str) -> None:
    sound = ambience(Scene(7, weather=weather), SAMPLE_RATE)
    assert 600 < level(sound) < 6000
    assert np.abs(sound.astype(int)).max() < 32000


def test_there_is_a_bed_for_everything_that_can_be_said() -> None:
    assert set(BEDS) == {*ENVIRONMENTS, *OVERCAST}


@pytest.mark.parametrize("samples", [1, 100, 3000, 44099, 66150])
def test_it_is_exactly_as_long_as_asked(samples: int) -> None:
    assert ambience(Scene(7, weather="rain"), samples).shape == (samples, 2)


def test_it_begins_and_ends_in_silence_and_is_loud_between() -> None:
    for environment in ENVIRONMENTS:
        sound = ambience(Scene(3, environment=environment), SAMPLE_RATE).astype(int)
        assert np.abs(sound[:20]).max() < 150
        assert np.abs(sound[-20:]).max() < 150
        for start in range(4000, SAMPLE_RATE - 8000, 4000):
            assert level(sound[start : start + 4000]) > 100


def test_no_two_places_sound_alike() -> None:
    sounds = {
        environment: ambience(replace(SECOND, environment=environment, time="night"), SAMPLE_RATE)
        for environment in ENVIRONMENTS
    }
    names = list(sounds)
    for number, first in enumerate(names):
        for other in names[:number]:
            assert not np.array_equal(sounds[first], sounds[other])
    for first, other in [("sea", "space"), ("city", "beach"), ("underwater", "forest"), ("space", "meadow")]:
        assert likeness(sounds[first], sounds[other]) < 0.9, (first, other)


def test_weather_time_and_seed_are_heard() -> None:
    plain = ambience(SECOND, SAMPLE_RATE)
    assert np.array_equal(plain, ambience(SECOND, SAMPLE_RATE))
    for other in (replace(SECOND, layout=8), replace(SECOND, weather="rain"), replace(SECOND, time="night")):
        assert not np.array_equal(plain, ambience(other, SAMPLE_RATE))
    assert likeness(plain, ambience(replace(SECOND, weather="storm"), SAMPLE_RATE)) < 0.9


def test_two_sounds_join_without_a_click() -> None:
    # The first is still loud where it ends, as a source that was cut short is.
    first = np.full((10_000, 2), 12_000, np.int16)
    second = ambience(SECOND, 10_000)
    whole = joined(first, second).astype(int)
    assert whole.shape == (20_000, 2)
    assert np.array_equal(whole[:8000], first[:8000])
    assert np.array_equal(whole[10_000:], second)
    around = whole[7000:10_300]
    assert np.abs(np.diff(around, axis=0)).max() < 400
    assert np.abs(whole[9995:10_005]).max() < 150


def test_joining_to_nothing_or_almost_nothing() -> None:
    second = ambience(SECOND, 1000)
    assert np.array_equal(joined(np.zeros((0, 2), np.int16), second), second)
    assert joined(np.full((5, 2), 9000, np.int16), second).shape == (1005, 2)


def test_a_bed_meets_its_own_end_without_a_click() -> None:
    sound = ambience(replace(SECOND, environment="sea", weather="wind"), 2 * LOOP + 4000).astype(int)
    steps = np.abs(np.diff(sound, axis=0)).max(axis=1)
    seam = steps[LOOP - 3 : LOOP + 3].max()
    assert seam <= np.percentile(steps, 99.9)


def test_shots_in_different_places_slide_into_each_other() -> None:
    shots = [Shot(0, 0, replace(SECOND, environment="sea")), Shot(48, 48, replace(SECOND, environment="city"))]
    sound = reel(shots, 4 * SAMPLE_RATE)
    assert sound.shape == (4 * SAMPLE_RATE, 2)
    change = 2 * SAMPLE_RATE
    for start in range(change - 8000, change + 30_000, 2000):
        assert level(sound[start : start + 2000]) > 100, start
    ends = [sound[start : start + SAMPLE_RATE] for start in (4000, 3 * SAMPLE_RATE - 4000)]
    assert likeness(*ends) < 0.97
    # From a cut on it is as long as what is left, and one place alone is its plain ambience.
    assert reel(shots, 4 * SAMPLE_RATE, SAMPLE_RATE).shape == (3 * SAMPLE_RATE, 2)
    assert np.array_equal(reel(shots[:1], SAMPLE_RATE), ambience(shots[0].scene, SAMPLE_RATE))


def test_a_fire_crackles() -> None:
    fire = replace(SECOND, environment="forest", subjects=(Subject("🔥", "fire", 0.5, 0.5),))
    plain, burning = (ambience(shown, SAMPLE_RATE) for shown in (replace(fire, subjects=()), fire))
    assert likeness(plain, burning) < 0.97
