"""What figures can do, and what each act does with the other nouns of its clause.

The names are the meanings of a language file's [action] table and the `motion` of a subject.
"""

from __future__ import annotations

# On the ground, in the air, in water.
MOVES = (
    "run", "walk", "crawl", "climb", "fly", "swim", "jump", "dance", "slide", "surf", "chase", "follow",
)  # fmt: skip
GESTURES = (
    "wave", "sleep", "sit", "kneel", "stand", "drink", "eat", "read", "hold", "play", "sing", "talk", "fight", "face",
    "hug", "look", "point", "clap", "cook", "write", "work", "pray", "laugh", "cry", "nod", "push", "kick", "pour",
    "throw", "release",
)  # fmt: skip
# What things do by themselves; figures of all kinds can.
CHANGES = (
    "fall",
    "roll",
    "spin",
    "float",
    "rise",
    "grow",
    "shrink",
    "burn",
    "explode",
    "glow",
    "sway",
    "shake",
    "open",
    "appear",
    "vanish",
    "steam",
)
# Acts that only say how two nouns belong together.
BONDS = ("wear", "ride", "cross", "surround", "make")
ACTS = (*MOVES, *GESTURES, *CHANGES, *BONDS)

# The object is in the doer's hands, or where the act needs it, before the doer.
IN_HAND = frozenset(
    ("hold", "drink", "eat", "read", "play", "write", "cook", "pour", "work", "wave", "sing", "throw", "release",
     "open", "point", "fight", "look", "push", "kick")
)  # fmt: skip
# The doer is on or in the object.
ON_OBJECT = frozenset(("ride", "surf"))
# Two figures turn towards each other.
MUTUAL = frozenset(("fight", "face", "hug", "talk", "look", "kick"))
# The object leaves the doer's hands and does this.
LET_GO = {"release": "rise", "throw": "fly"}
