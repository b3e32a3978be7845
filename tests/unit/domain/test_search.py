"""Which prompts a searched word finds."""

from __future__ import annotations

import pytest

from grok_video.domain.search import beginnings_of, contains, words_of


@pytest.mark.parametrize(("prompt", "word"), [
    ("A red Fox in snow", "fox"),
    ("A red Fox in snow", "fo"),
    ("foxes_hunt", "HUNT"),
    ("the dog's bone", "dog's"),
    ("100% wool", "100%"),
    ("一只狐狸在雨中", "狐狸"),
    ("一只狐狸在雨中", "雨中"),
    ("一只狐狸", "狸"),
    ("一只狐狸", "狐"),
    ("夕暮れの海辺", "海辺"),
    ("ผู้หญิงเต้นรำ", "เต้น"),
    ("여우가 달린다", "여우"),
    ("красная лиса", "ЛИС"),
    ("a cat 🐈 sleeps", "🐈"),
])  # fmt: skip
def test_a_word_finds_a_prompt(prompt: str, word: str) -> None:
    assert contains(prompt, word)


@pytest.mark.parametrize(("prompt", "word"), [
    ("A red Fox", "ox"),
    ("A red Fox", "foxes"),
    ("一只狐狸", "只狸"),
    ("red and fox", "red fox"),
    ("", "a"),
])  # fmt: skip
def test_a_word_does_not_find_a_prompt(prompt: str, word: str) -> None:
    assert not contains(prompt, word)


def test_words_are_short_and_lower_case() -> None:
    assert words_of("Two  FOXES, 狐狸!") == {"two", "foxes", "狐狸", "狸"}
    assert max(map(len, words_of("x" * 200))) == 40
    assert beginnings_of("🐈") == frozenset()
