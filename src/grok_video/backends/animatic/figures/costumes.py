"""People of a kind: the head, clothes, hat and tool that mark a samurai, a fisherman or a knight."""

from __future__ import annotations

from dataclasses import dataclass

MAN, WOMAN, PERSON = "👨", "👩", "🧑"
# Heads by gender and age.
HEADS = {
    ("man", "old"): "👴", ("man", ""): "👨", ("man", "young"): "👦",
    ("woman", "old"): "👵", ("woman", ""): "👩", ("woman", "young"): "👧",
    ("", "old"): "👴", ("", ""): "🧑", ("", "young"): "🧒",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Costume:
    """Colours as rrggbb: `coat` of the upper body, `belly` of its front, `legs`.

    `head` is the emoji of the face, or "" for one that follows gender and age; `hat` names a drawing over the head,
    `holds` a figure in the right hand.
    """

    coat: str
    belly: str
    legs: str
    head: str = ""
    gender: str = ""
    hat: str = ""
    holds: str = ""
    skirt: bool = False
    hands: str = "ffdc5d"


COSTUMES: dict[str, Costume] = {
    "fisherman": Costume("e8b923", "f4d35e", "3a5a6b", gender="man", hat="souwester", holds="fishing rod"),
    "samurai": Costume("38344d", "a83232", "2a2738", hat="kabuto", holds="katana", skirt=True),
    "knight": Costume("9aa5b1", "c8d0d8", "7b8794", hat="armet", holds="sword", hands="aab4be"),
    "pirate": Costume("7a2230", "f1e6d0", "2b2b33", gender="man", hat="tricorn", holds="sword"),
    "sailor": Costume("f5f7fa", "2c4a7c", "f0f3f7", hat="sailor cap"),
    "soldier": Costume("5d6b3a", "74834a", "4c5830", hat="helmet"),
    "viking": Costume("7a5a3c", "a07a50", "4a3a2c", gender="man", hat="horned helmet", holds="🪓"),
    "monk": Costume("d98324", "b3541e", "b3541e", head="👨‍🦲", skirt=True),
    "nun": Costume("26262e", "f5f5f5", "26262e", gender="woman", hat="veil", skirt=True),
    "priest": Costume("24242b", "f2f2f2", "24242b", skirt=True),
    "waiter": Costume("23252b", "f5f5f5", "23252b", holds="🍷"),
    "nurse": Costume("8fd0d8", "b5e3e8", "8fd0d8", gender="woman", hat="nurse cap"),
    "hunter": Costume("5b6b3d", "7c8a58", "4a4030", hat="feather hat", holds="🏹"),
    "miner": Costume("5a6472", "78828f", "3d4550", hat="miners helmet", holds="⛏️"),
    "blacksmith": Costume("8a4b32", "4a3a34", "3a3a42", gender="man", holds="🔨"),
    "diver": Costume("22303c", "3b5266", "22303c", hat="diving mask", hands="22303c"),
    "explorer": Costume("c2a36b", "a98a55", "8a734a", hat="safari hat"),
    "hiker": Costume("c4482f", "dd6b4d", "4a5a48", hat="bobble hat", holds="staff"),
    "geisha": Costume("c8385a", "f2c14e", "c8385a", gender="woman", hat="flower comb", holds="🪭", skirt=True),
    "ballerina": Costume("f4a9c4", "fbd0df", "fbe3ea", gender="woman", hat="bun", skirt=True),
    "boxer": Costume("ffdc5d", "f2cf52", "c8282d", hands="c8282d"),
    "archer": Costume("3f7a4a", "5b9a66", "5a4632", hat="feather hat", holds="🏹"),
    "pharaoh": Costume("e3b341", "f7dc8b", "f3ead2", hat="nemes", holds="staff"),
    "gladiator": Costume("a8502f", "c99a4a", "a8502f", hat="crested helmet", holds="sword", skirt=True),
    "skeleton": Costume("e8e6df", "3a3a40", "e8e6df", head="💀", hands="e8e6df"),
    "mummy": Costume("e6ddc6", "d4c8a8", "e6ddc6", head="paper", hat="bandage", hands="e6ddc6"),
    "magician": Costume("22222a", "c8282d", "22222a", gender="man", hat="top hat", holds="🪄"),
    "photographer": Costume("4a5568", "718096", "2d3748", holds="📷"),
    "guitarist": Costume("2b2b33", "8c2f39", "3a4a6b", holds="🎸"),
    "violinist": Costume("22222a", "f2f2f2", "22222a", holds="🎻"),
    "drummer": Costume("a8323e", "d65a5a", "2b2b33", holds="🥁"),
    "pianist": Costume("22222a", "f2f2f2", "22222a"),
    "warrior": Costume("6b4a3a", "8c6a50", "4a3a32", holds="sword"),
    "scarecrow": Costume("b5763a", "8a5a2c", "4a5a7c", head="🎃", hat="straw hat", hands="d9b44a"),
    "king": Costume("8c1f3d", "f2e6c8", "5c3f9e", gender="man", hat="crown", skirt=True),
    "queen": Costume("6b2f8c", "f2d16b", "6b2f8c", gender="woman", hat="crown", skirt=True),
    "paper person": Costume("f6f3ea", "ece7d8", "e2dccb", head="paper", hands="f6f3ea"),
}


def head_of(costume: Costume, marks: tuple[str, ...]) -> str:
    """Return the emoji of the face that a costume shows for someone with these marks."""
    if costume.head:
        return costume.head
    gender = next((mark for mark in marks if mark in ("man", "woman")), costume.gender)
    age = next((mark for mark in marks if mark in ("old", "young")), "")
    return HEADS[gender, age]
