"""Sizes, durations and modes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok_video.domain.errors import InvalidValue, ModelNotFound
from grok_video.domain.models import MODELS, find_model
from grok_video.domain.prompt import Prompt
from grok_video.domain.request import (
    AspectRatio,
    Mode,
    Operation,
    Resolution,
    Url,
    VideoRequest,
    format_seconds,
    frame_size,
    frames_of,
    mode_of,
)


@pytest.mark.parametrize(
    ("ratio", "small", "large"),
    [
        ("16:9", (1280, 720), (1920, 1080)),
        ("9:16", (720, 1280), (1080, 1920)),
        ("3:2", (1080, 720), (1620, 1080)),
        ("2:3", (720, 1080), (1080, 1620)),
        ("1:1", (720, 720), (1080, 1080)),
    ],
)
def test_frame_sizes(ratio: str, small: tuple[int, int], large: tuple[int, int]) -> None:
    assert frame_size(AspectRatio(ratio), Resolution.P720) == small
    assert frame_size(AspectRatio(ratio), Resolution.P1080) == large


@pytest.mark.parametrize("model", MODELS)
def test_durations_by_model(model: str) -> None:
    spec = find_model(model)
    if spec.fixed_seconds:
        assert {spec.seconds(requested, 6) for requested in (None, 0, -1, 6, 99)} == {spec.fixed_seconds}
        return
    assert [spec.seconds(requested, 6) for requested in (None, 1, 15)] == [6, 1, 15]
    for requested in (0, -1, 16):
        with pytest.raises(InvalidValue, match="from 1 to 15"):
            spec.seconds(requested, 6)


def test_unknown_models_name_the_known() -> None:
    with pytest.raises(ModelNotFound, match="grok-video-3-max"):
        find_model("sora-2")


@pytest.mark.parametrize(
    ("images", "tagged", "mode"),
    [
        (0, False, Mode.TEXT), (1, False, Mode.FIRST_FRAME), (2, False, Mode.FIRST_LAST_FRAME),
        (3, False, Mode.REFERENCE), (7, False, Mode.REFERENCE), (1, True, Mode.REFERENCE), (2, True, Mode.REFERENCE),
    ],
)  # fmt: skip
def test_modes(images: int, tagged: bool, mode: Mode) -> None:
    assert mode_of(images, tagged) is mode


def test_eight_images_are_too_many() -> None:
    with pytest.raises(InvalidValue, match="at most 7"):
        VideoRequest(Operation.CREATE, Prompt("x"), images=tuple(Url(f"http://a/{n}") for n in range(8)))


@given(st.integers(1, 1440))
def test_a_cut_at_a_frame_is_that_frame(frames: int) -> None:
    assert frames_of(frames / 24) == frames
    assert abs(float(format_seconds(frames)) - frames / 24) < 0.0006


def test_seconds_are_written_without_needless_digits() -> None:
    assert [format_seconds(n) for n in (144, 316, 1, 240)] == ["6", "13.167", "0.042", "10"]
