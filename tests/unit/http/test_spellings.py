"""Sizes, ratios, numbers and metadata in every accepted spelling."""

from __future__ import annotations

import pytest

from grok_video.domain.errors import InvalidValue
from grok_video.domain.request import AspectRatio, Resolution, frame_size, nearest_ratio
from grok_video.http.spellings import (
    Size,
    parse_flag,
    parse_metadata,
    parse_ratio,
    parse_seconds,
    parse_seed,
    parse_size,
    parse_start_time,
)


@pytest.mark.parametrize("ratio", AspectRatio)
@pytest.mark.parametrize("resolution", Resolution)
def test_a_frame_size_read_back_is_the_same_intent(ratio: AspectRatio, resolution: Resolution) -> None:
    width, height = frame_size(ratio, resolution)
    assert parse_size(f"{width}x{height}") == Size(resolution, ratio, (width, height))
    assert nearest_ratio(width, height) is ratio


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("720P", (Resolution.P720, None)), ("720p", (Resolution.P720, None)), ("HD", (Resolution.P720, None)),
        (720, (Resolution.P720, None)), ("480p", (Resolution.P480, None)), ("SD", (Resolution.P480, None)),
        ("854x480", (Resolution.P480, AspectRatio.R16_9)), ("640x480", (Resolution.P480, AspectRatio.R4_3)),
        ("1080P", (Resolution.P1080, None)), (" 1080p ", (Resolution.P1080, None)),
        ("16:9", (None, AspectRatio.R16_9)), ("720x1280", (Resolution.P720, AspectRatio.R9_16)),
        ("1024X1792", (Resolution.P1080, AspectRatio.R9_16)), ("1792×1024", (Resolution.P1080, AspectRatio.R16_9)),
    ],
)  # fmt: skip
def test_sizes_in_every_spelling(value: object, meant: tuple[object, object]) -> None:
    size = parse_size(value)
    assert (size.resolution, size.ratio) == meant
    assert (size.pixels is None) == (None in meant)


@pytest.mark.parametrize(("value", "meant"), [(True, True), ("on", True), (1, True), (0, False), ("no", False)])
def test_flags(value: object, meant: bool) -> None:
    assert parse_flag(value, "hd") is meant
    for other in (2, "maybe", None, 1.5):
        with pytest.raises(InvalidValue, match="send true or false"):
            parse_flag(other, "hd")


@pytest.mark.parametrize("value", ["4K", "540p", "360P", "", "x", "10x10", "0x0"])
def test_other_sizes_name_the_known_ones(value: str) -> None:
    with pytest.raises(InvalidValue, match="480P, 720P or 1080P") as caught:
        parse_size(value)
    assert caught.value.param == "size"


def test_ratios() -> None:
    assert [parse_ratio(ratio) for ratio in AspectRatio] == list(AspectRatio)
    with pytest.raises(InvalidValue, match="16:9, 9:16, 3:2, 2:3, 1:1"):
        parse_ratio("5:7")


@pytest.mark.parametrize(("value", "meant"), [(6, 6), ("6", 6), (6.0, 6), ("6.0", 6), (" 6 ", 6)])
def test_seconds_in_every_spelling(value: object, meant: int) -> None:
    assert parse_seconds(value) == meant


@pytest.mark.parametrize("value", ["abc", 6.5, "", True, None, "nan", "inf", [], "1e400"])
def test_seconds_that_are_no_whole_number(value: object) -> None:
    with pytest.raises(InvalidValue, match="1 to 15"):
        parse_seconds(value)


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
