"""Prompts: references, flags, limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok_video.domain.errors import InvalidValue, MissingField, PromptTooLong
from grok_video.domain.prompt import check_references, parse_prompt, without_references


def test_references_count_from_one_in_any_case_and_spelling() -> None:
    assert parse_prompt("@img2 meets @IMG1 and @image3, @img2 again").references == (2, 1, 3)


@pytest.mark.parametrize(
    ("text", "preset"), [("a cat --mode=custom", "custom"), ("--mode=FUN a cat", "fun"), ("a cat", None)]
)
def test_mode_flag_is_a_setting_and_never_a_word(text: str, preset: str | None) -> None:
    prompt = parse_prompt(text)
    assert (prompt.text, prompt.preset) == ("a cat", preset)


def test_unknown_flags_are_dropped_and_dashes_in_words_stay() -> None:
    assert parse_prompt("a well--known cat --ar 16:9 runs").text == "a well--known cat 16:9 runs"


@pytest.mark.parametrize("raw", [None, "", "   ", "--mode=normal"])
def test_an_empty_prompt_is_missing(raw: object) -> None:
    with pytest.raises(MissingField) as caught:
        parse_prompt(raw)
    assert caught.value.param == "prompt"


def test_the_longest_prompt() -> None:
    assert len(parse_prompt("x" * 4096).text) == 4096
    with pytest.raises(PromptTooLong, match="4097"):
        parse_prompt("x" * 4097)


def test_nul_and_non_texts_are_refused() -> None:
    for raw in ("a\x00b", 5, ["a"]):
        with pytest.raises(InvalidValue):
            parse_prompt(raw)


@pytest.mark.parametrize(("text", "images"), [("@img0", 2), ("@img3", 2), ("@img1", 0)])
def test_a_reference_without_image_names_it(text: str, images: int) -> None:
    with pytest.raises(InvalidValue, match=text):
        check_references(parse_prompt(text), images)


@given(st.text(max_size=300))
def test_parsing_twice_changes_nothing(raw: str) -> None:
    try:
        once = parse_prompt(raw)
    except (MissingField, InvalidValue):
        return
    assert parse_prompt(once.text, required=False).text == once.text


def test_references_can_be_taken_out() -> None:
    assert without_references("@img1 on a hill with @image2") == "on a hill with"
