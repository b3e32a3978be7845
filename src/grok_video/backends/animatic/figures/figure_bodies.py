"""The bodies of figures that Twemoji draws as a head alone."""

from __future__ import annotations

from dataclasses import dataclass

from .costumes import COSTUMES


@dataclass(frozen=True, slots=True)
class Body:
    """A body for a head: the colours of fur or shirt, belly, legs and hands; a tail, or a skirt."""

    coat: str
    belly: str
    legs: str = ""
    hands: str = ""
    tail: str = ""
    skirt: bool = False


SKIN = "ffdc5d"
BODIES: dict[str, Body] = {
    "🦊": Body("f4900c", "fff3e4", "662113", "662113", "f4900c"),
    "🐻": Body("c1694f", "e6aa87"),
    "🐻‍❄️": Body("e1e8ed", "f5f8fa"),
    "🐼": Body("e9eff3", "ffffff", "292f33", "292f33"),
    "🐨": Body("99aab5", "ccd6dd"),
    "🦁": Body("e39b3a", "ffdca0", tail="e39b3a"),
    "🐸": Body("77b255", "d9eeb4"),
    "🐺": Body("66757f", "ccd6dd", tail="66757f"),
    "🐗": Body("7a3b22", "a56a50"),
    "🦝": Body("66757f", "b7c4cc", "292f33", "292f33", "66757f"),
    "🦄": Body("c1cdd5", "e9eef2", tail="ea596e"),
    "🦌": Body("c1694f", "e6c3a5", "662113"),
    "🐹": Body("ffcc4d", "fff3d0"),
    "🐯": Body("ffcc4d", "fff3d0", tail="ffcc4d"),
    "🐭": Body("99aab5", "ccd6dd", tail="f4abba"),
    "🐰": Body("99aab5", "e1e8ed"),
    "🐵": Body("bf6952", "e6b39a", tail="bf6952"),
    "🐱": Body("ffcc4d", "fff0c4", tail="ffb636"),
    "🐶": Body("d99e82", "f7dece", tail="c1694f"),
    "🐷": Body("f4abba", "fbd3dc"),
    "🐮": Body("e1e8ed", "f4abba", "66757f"),
    "🦏": Body("99aab5", "b7c4cc"),
    "🦍": Body("31373d", "66757f"),
    "🤖": Body("8899a6", "55acee", "66757f", "66757f"),
    "👽": Body("ccd6dd", "e6ecf0"),
    "🎅": Body("dd2e44", "ffffff", "292f33", "ffffff"),
    "🤶": Body("dd2e44", "ffffff", "292f33", "ffffff", skirt=True),
    "👶": Body("9ed4f5", "c9e8fb", SKIN, SKIN),
    "👦": Body("3b88c3", "5fa6dc", "2f4a7c", SKIN),
    "👧": Body("ea596e", "f4809a", SKIN, SKIN, skirt=True),
    "🧒": Body("77b255", "93cf70", "3b5a7c", SKIN),
    "👨": Body("3b6ea5", "5088bf", "2b3a55", SKIN),
    "👩": Body("9266cc", "aa8dd8", SKIN, SKIN, skirt=True),
    "🧑": Body("4a9a8a", "66b5a5", "34495e", SKIN),
    "👴": Body("8c6d52", "a5866a", "4a4a55", SKIN),
    "👵": Body("7b6aa5", "9a8ac0", SKIN, SKIN, skirt=True),
    "👸": Body("f4abba", "ffd0da", SKIN, SKIN, skirt=True),
    "🤴": Body("5c3f9e", "f4c542", "3b2a66", SKIN),
    "🧙": Body("5c3f9e", "7a5cc0", "3b2a66", SKIN, skirt=True),
    "🧛": Body("292f33", "be1931", "1c2024", "e1c9b0"),
    "🧚": Body("77b255", "a6d388", SKIN, SKIN, skirt=True),
    "👮": Body("3b6ea5", "2a5a8c", "22345c", SKIN),
    "👷": Body("f4900c", "ffcc4d", "3b5a7c", SKIN),
    "🧑‍🚀": Body("e1e8ed", "ccd6dd", "b7c4cc", "99aab5"),
    "👩‍🚀": Body("e1e8ed", "ccd6dd", "b7c4cc", "99aab5"),
    "👨‍🚀": Body("e1e8ed", "ccd6dd", "b7c4cc", "99aab5"),
    "🧑‍🍳": Body("f5f8fa", "e1e8ed", "3b4a5c", SKIN),
    "👩‍🍳": Body("f5f8fa", "e1e8ed", "3b4a5c", SKIN),
    "🧑‍🌾": Body("5c7cb0", "7a98c8", "3b5a8c", SKIN),
    "👨‍🌾": Body("5c7cb0", "7a98c8", "3b5a8c", SKIN),
    "👼": Body("f5f8fa", "ffffff", SKIN, SKIN, skirt=True),
    "💂": Body("dd2e44", "be1931", "292f33", SKIN),
    "🕵️": Body("66757f", "546570", "31373d", SKIN),
    "👰": Body("f5f8fa", "ffffff", SKIN, SKIN, skirt=True),
    "🤵": Body("292f33", "f5f8fa", "292f33", SKIN),
    "👳": Body("f4900c", "ffb54a", "8a5a34", SKIN),
    "👲": Body("be1931", "77b255", "31373d", SKIN),
    "🧔": Body("3b6ea5", "5088bf", "2b3a55", SKIN),
    "👱": Body("4a9a8a", "66b5a5", "34495e", SKIN),
    "🧕": Body("744eaa", "9266cc", "553788", SKIN, skirt=True),
    "🧓": Body("7b6aa5", "9a8ac0", "4a4a55", SKIN),
    "🧝": Body("4a7a3a", "77b255", "5a4632", SKIN),
    "🧟": Body("b55a2c", "8a4a2a", "4a4a55", "9aa5b1"),
    "🧞": Body("744eaa", "9266cc", "5dadec", "88c9f9"),
    "🦸": Body("2f6fde", "dd2e44", "2f4a9c", SKIN),
    "🦹": Body("31373d", "66757f", "be1931", SKIN),
    "🥷": Body("292f33", "41484f", "292f33", "292f33"),
    "👹": Body("be1931", "e0555f", "7a1020", "be1931"),
    "😈": Body("744eaa", "aa8dd8", "553788", "aa8dd8", "744eaa"),
    "🧑‍⚕️": Body("3b88c3", "5dadec", "2f6a9c", SKIN),
    "🧑‍🏫": Body("f5f8fa", "ccd6dd", "4a5a7c", SKIN),
    "🧑‍🔬": Body("f5f8fa", "e1e8ed", "4a5568", SKIN),
    "🧑‍💻": Body("f4900c", "ffb54a", "3b5a7c", SKIN),
    "🧑‍🚒": Body("c1a06a", "f4c542", "8a7040", SKIN),
    "🧑‍🎓": Body("292f33", "41484f", "292f33", SKIN),
    "🧑‍🎨": Body("9266cc", "f5f8fa", "3b5a7c", SKIN),
    "🧑‍💼": Body("3b4a5c", "f5f8fa", "2b3644", SKIN),
    "🧑‍✈️": Body("22345c", "f4c542", "22345c", SKIN),
    "🧑‍🔧": Body("3b6ea5", "5088bf", "3b6ea5", SKIN),
    "🧑‍🏭": Body("66757f", "f4900c", "4a5568", SKIN),
    "🧑‍⚖️": Body("292f33", "f5f8fa", "292f33", SKIN, skirt=True),
    "👨‍🦲": Body("3b6ea5", "5088bf", "2b3a55", SKIN),
    "🧑‍🎤": Body("292f33", "be1931", "292f33", SKIN),
    "👩‍🎤": Body("292f33", "be1931", "292f33", SKIN),
    "🤠": Body("a0613a", "c98a5a", "34507c", SKIN),
    "🤡": Body("f4c542", "ea596e", "3b88c3", "f5f8fa"),
}


def body_of(figure: str) -> Body | None:
    """Return the body of a figure, or None if it needs none."""
    costume = COSTUMES.get(figure)
    if costume is None:
        # A woman or man of a trade is dressed as anybody of it.
        trade = f"🧑{figure[1:]}" if figure[0] in "👨👩" and len(figure) > 1 else figure
        return BODIES.get(figure) or BODIES.get(trade) or BODIES.get(figure.removesuffix("\ufe0f"))
    return Body(costume.coat, costume.belly, costume.legs, costume.hands, skirt=costume.skirt)


def has_body(figure: str) -> bool:
    """Check whether a figure has arms and legs of our own drawing."""
    return body_of(figure) is not None
