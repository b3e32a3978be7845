"""Sizes, ratios, durations, modes, ids."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok_video.domain.errors import InvalidValue, ModelNotFound
from grok_video.domain.models import MODELS, find_model
from grok_video.domain.prompt import Prompt
from grok_video.domain.request import (
    AspectRatio,
    Format,
    Mode,
    Operation,
    Resolution,
    Url,
    VideoRequest,
    frame_size,
    frames_of,
    mode_of,
    nearest_ratio,
    parse_metadata,
    parse_ratio,
    parse_seconds,
    parse_seed,
    parse_size,
    parse_start_time,
)
from grok_video.domain.task import TRANSITIONS, TaskStatus, can_become, format_seconds, parse_task_id, public_id


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


@pytest.mark.parametrize("ratio", AspectRatio)
@pytest.mark.parametrize("resolution", Resolution)
def test_a_frame_size_read_back_is_the_same_intent(ratio: AspectRatio, resolution: Resolution) -> None:
    width, height = frame_size(ratio, resolution)
    assert parse_size(f"{width}x{height}") == (resolution, ratio)
    assert nearest_ratio(width, height) is ratio


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("720P", (Resolution.P720, None)), ("720p", (Resolution.P720, None)), ("HD", (Resolution.P720, None)),
        (720, (Resolution.P720, None)), ("1080P", (Resolution.P1080, None)), (" 1080p ", (Resolution.P1080, None)),
        ("16:9", (None, AspectRatio.R16_9)), ("720x1280", (Resolution.P720, AspectRatio.R9_16)),
        ("1024X1792", (Resolution.P1080, AspectRatio.R9_16)), ("1792×1024", (Resolution.P1080, AspectRatio.R16_9)),
    ],
)  # fmt: skip
def test_sizes_in_every_spelling(said: object, meant: tuple[object, object]) -> None:
    assert parse_size(said) == meant


@pytest.mark.parametrize("said", ["4K", "SD", "480P", "540p", "", "x", "10x10", "720", "0x0"])
def test_other_sizes_name_the_two(said: str) -> None:
    if said == "720":
        assert parse_size(said) == (Resolution.P720, None)
        return
    with pytest.raises(InvalidValue, match="720P or 1080P") as caught:
        parse_size(said)
    assert caught.value.param == "size"


def test_ratios() -> None:
    assert [parse_ratio(one) for one in AspectRatio] == list(AspectRatio)
    with pytest.raises(InvalidValue, match="16:9, 9:16, 3:2, 2:3, 1:1"):
        parse_ratio("5:7")


@pytest.mark.parametrize(("said", "meant"), [(6, 6), ("6", 6), (6.0, 6), ("6.0", 6), (" 6 ", 6)])
def test_seconds_in_every_spelling(said: object, meant: int) -> None:
    assert parse_seconds(said) == meant


@pytest.mark.parametrize("said", ["abc", 6.5, "", True, None, "nan", "inf", [], "1e400"])
def test_seconds_that_are_no_whole_number(said: object) -> None:
    with pytest.raises(InvalidValue, match="1 to 15"):
        parse_seconds(said)


@pytest.mark.parametrize("model", MODELS)
def test_durations_by_model(model: str) -> None:
    spec = find_model(model)
    if spec.fixed_seconds:
        assert {spec.seconds(asked, 6) for asked in (None, 0, -1, 6, 99)} == {spec.fixed_seconds}
        return
    assert [spec.seconds(asked, 6) for asked in (None, 1, 15)] == [6, 1, 15]
    for asked in (0, -1, 16):
        with pytest.raises(InvalidValue, match="from 1 to 15"):
            spec.seconds(asked, 6)


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


def test_start_time_and_seed_ranges() -> None:
    assert parse_start_time("4.5") == 4.5
    assert parse_seed("4294967295") == 2**32 - 1
    for bad in ("0", "-1", "x", "nan"):
        with pytest.raises(InvalidValue):
            parse_start_time(bad)
    for bad in (-1, 2**32, 1.5, "x"):
        with pytest.raises(InvalidValue):
            parse_seed(bad)


def test_metadata_is_strings_within_limits() -> None:
    assert parse_metadata({"b": "2", "a": 1}) == (("a", "1"), ("b", "2"))
    for bad in ("text", ["a"], {"a": {"b": 1}}, {"k" * 65: "v"}, {"k": "v" * 513}, {str(n): "" for n in range(17)}):
        with pytest.raises(InvalidValue):
            parse_metadata(bad)


def test_ids_are_read_in_every_spelling() -> None:
    one = uuid4()
    for said in (
        str(one), one.hex, f"grok:{one}", f"grok%3A{one}", f"video_{one.hex}", f"task_{one.hex}",
        f"grok-video-3:{one}", f"grok-video-3:grok:{one}", f"grok-video-3-pro:video_{one.hex}", f"GROK:{one}",
    ):  # fmt: skip
        assert parse_task_id(said) == one, said
    for bad in ("", "extensions", "grok:", "video_123", f"{one}x", f"../{one}", f"grok:{one}\n/x"):
        assert parse_task_id(bad) is None, bad


def test_ids_are_written_by_format() -> None:
    one = uuid4()
    assert public_id(one, Format.OPENAI) == f"video_{one.hex}"
    assert public_id(one, Format.UNIFIED) == f"grok:{one}"


def test_nothing_leads_out_of_an_end() -> None:
    for old in TaskStatus:
        assert (not TRANSITIONS[old]) == old.final
        assert not can_become(old, old)
