"""What figures are good for: worn, held in a hand, ridden, stood upon, put into, gathered under."""

from __future__ import annotations

from .figure_bodies import has_body

# Worn on the head, in the face, around the neck or on the back.
ACCESSORIES = frozenset("🎧👑🎩👒🧢🎓🕶👓👔🧣🎀⛑🪖🥽🤿🎭🎒😷📿🪽🎗🌸🌺")
# Clothes change the colours of the wearer's body.
GARMENTS = frozenset("👗👕👖🧥👘🥻👙🥼🎽🩱🩳👚🦺👢👟👠👞👡🥾🧤🧦🩰🛼⛸")
WEARABLE = ACCESSORIES | GARMENTS
# Held above the head.
OVERHEAD = frozenset("☂🌂⛱🎈🪁🪂")
HANDY = frozenset(
    "🏮🎵🎤🎸🎻🎺🎷🥁🪕🪗🪈🎹📖📕📗📘📙📓📔📒📚📰🗺📜📄✉📱📷🎥💻⌚🔑🗝💎💍📦🎁☕🍵🫖🧋🥤🥛"
    "🍷🍾🍺🍸🍹🥃🥂🍶🧃🧉🍼🍎🍏🍐🍊🍋🍇🍓🍒🍑🍌🍉🍍🥝🥥🥕🌽🌹🌷🌻🌼🌺🌸💐🪷🪻🍀🌿🍂"
    "🍔🍟🌭🍕🌮🌯🥪🍩🍪🍦🍨🍧🍭🍬🍫🍿🍞🥖🥐🥨🥯🧁🍰🎂🥧🍚🍜🍝🍲🍣🍱🥟🍡🍗🍖🥩🥚🧀🔪🗡🔫🏹"
    "🪄🔮💣🧨🔨🪓⛏🔧🪛🧹🪣🧺✂✏🖋🖊🖌🖍🎨🧵🧶🪡🔦🕯💡🔭🔬🔍🧪💉💊🏆🥇⚽🏀🏈⚾🎾🏐🏉🎳🏸🏓🏒"
    "🏏🎣🥏"
    "🎮🎲🃏♟🧸🪀🧩🪆💰💵💳🪙🎫🚬🪭🔔📢🚩🪧🛡🦴🍄🥢🍴🥄🍽🥣🍳🧴💄🪥🧼🧽🪒🪮🩺🧲⏰🕰⏳🎭❤💌📿"
    "☎🪶🐚👜👛💼🛍🧳🎒🌾🥗🍯🧯🪢⛓🎬🎙🕹📻📼💿🎯🪃🫧❄⭐💀🥚🐣🎃🪔🎪"
)
HANDY_DRAWINGS = frozenset(
    ("perfume bottle", "bottle", "sword", "katana", "spear", "staff", "flag", "vase", "sky lantern", "surfboard")
)
VESSELS = frozenset("☕🍵🫖🥤🥛🍷🍾🍺🍸🍹🥃🥣🍲🪣🏺🍽🫙")
FOOD = frozenset(
    "🍎🍏🍐🍊🍋🍇🍓🍒🍑🍌🍉🍍🥝🥥🥕🌽🍔🍟🌭🍕🌮🌯🥪🍩🍪🍦🍨🍧🍭🍬🍫🍿🍞🥖🥐🥨🥯🧁🍰🎂🥧🍚"
    "🍜🍝🍲🍣🍱🥟🍡🍗🍖🥩🥚🧀🥗🍯🥜🌰🍄🥓🍤🍛🥘🍙🥮🥠🌿"
)
DRINKS = frozenset("☕🍵🫖🧋🥤🥛🍷🍾🍺🍸🍹🥃🥂🍶🧃🧉🍼")
RIDDEN = frozenset(
    "⛵🚤🛶🚢🛥🚲🛵🛹🏍🛴🐎🐘🐢🐋🐳🐬🐉🦄🐪🐫🦒🦕🦖🚀🛸🎈🚗🏎🚙🚕🚌🚂🚜🎠🛷🦢🐂🐄🐖🐑🐐🦌"
    "🐅🦁🐻🐺🦏🦛🐊🦅🐲🚚🚃🚄🚋✈🛩🚁☁🧹🪂🛼🎿🐕🛻🚐🎢🎡⛴🚓🚑🚒🦈🐓🐦🦩🦬🦣🐃🫎🦓🦙🐆🛺🐧"
    "🐌🐛"
)
RIDDEN_DRAWINGS = frozenset(
    ("paper boat", "surfboard", "hot air balloon", "airship", "submarine", "tank", "sky lantern", "iceberg")
)
# Others can stand, sit or lie on these: the height of the place, a share of the figure's own.
PERCHES: dict[str, float] = {
    **dict.fromkeys("🪨🪵📦🎁📚🧱🛢🪺🧺", 0.92), "🪑": 0.52, "🛋": 0.5, "🛏": 0.45, "🌳": 0.66, "🌲": 0.55, "🏠": 0.86,
    "🏡": 0.86, "🏰": 0.8, "🏢": 0.98, "🎂": 0.7, "🍽": 0.6, "🍄": 0.94, "🏛": 0.95, "⛪": 0.8, "🗿": 0.96, "🌕": 0.96,
    "🌍": 0.96, "🪐": 0.8, "🌙": 0.3, "⭐": 0.9, "🎹": 0.8, "💻": 0.4, "🥞": 0.9, "🍕": 0.6, "🎈": 0.96, "🌷": 0.9,
    "🌻": 0.9,
    "🌹": 0.95, "🌼": 0.9, "🪷": 0.7, "🪟": 0.1, "🗼": 0.97, "🪜": 0.9, "⚽": 0.95, "🧳": 0.9, "🌋": 0.95, "🚪": 0.98,
    "🔔": 0.9,
    "table": 0.86, "bench": 0.52, "fence": 0.9, "barrel": 0.96, "well": 0.5, "piano": 0.78, "bookshelf": 0.98,
    "gate": 0.97,
    "pyramid": 0.98, "iceberg": 0.9, "lighthouse": 0.9, "windmill": 0.9, "bush": 0.8, "street lamp": 0.97, "tank": 0.8,
    "surfboard": 0.5, "paper boat": 0.34, "airship": 0.86, "submarine": 0.7, "vase": 0.95,
}  # fmt: skip
CONTAINERS = frozenset(
    "📦🎁🧺🪣🛁🥣☕🥛🫙🏺🧳🎒🛒🪺🎃🛏🍲👒🎩🫧🚗🏎🚙🚕🚌🚂🚜🚓🚑🚒🚚🚛🛻🚐🛶🚤⛵🚢🚀🛸✈🛩🚁🚃🚄🚋🛺👢👜🍷🥤🛷🪑🛋🛟⛴🚇🚆🕳"
)
CONTAINER_DRAWINGS = frozenset(
    ("vase", "hot air balloon", "barrel", "paper boat", "airship", "submarine", "tank", "well", "bottle", "sky lantern")
)
# Figures stand under these, not beside them.
CANOPIES = frozenset("🌳🌲🌴☂⛱🎪⛺⛩🎄🪂🌉🎋🌂🛸☁🍄🗼🎠🏛💡")
CANOPY_DRAWINGS = frozenset(("table", "gate", "stall", "street lamp", "hot air balloon", "bridge", "airship"))
# These stay where they are, whatever a prompt says about them.
FIXED = frozenset("🏠🏡🏚🛖🏰🏯🗼🏛🏢🏣🏤🏥🏦🏨🏩🏪🏫🏬🏭🗽🗿⛩🕌⛪🛕🕍⛲🌋⛺🏟🎪🪨🌳🌲🌴🌵🪵🪦🗻🏔⛰🎡🎢🏗🪟🛗🚦🪧🛏🛁🚽🛝")
FIXED_DRAWINGS = frozenset(
    ("lighthouse", "windmill", "table", "bench", "fence", "street lamp", "piano", "bookshelf", "pyramid", "well",
     "gate", "stall",
     "bush", "paper building", "paper plant")
)  # fmt: skip
SUN_AND_MOON = frozenset("☀🌕🌙🌑🌍🪐⭐🌠🌌")
RISING = frozenset("🎈🏮🚀🪁🫧💨")


# Animals, and people that Twemoji draws whole.
_ALIVE = (
    frozenset(chr(code) for code in (*range(0x1F400, 0x1F440), *range(0x1F980, 0x1F9AF), *range(0x1F9CC, 0x1F9E0)))
    | frozenset(
        "🐦🕊🦁🦄🤖👻👽🐉🧸⛄🏃🚶💃🕺🏄🏊🏂⛷🚴🏇🧗🤸🤹🤺🧘🏋⛹🏌🤾🚣🧎🧍🥷🦸🦹🧛🧟🧜🧝🧞🧚🧙👥"
        "👪👫👬👭🎅🤶🤠🤡👾👹😈💀🪰🪱🪲🪳🪼🪿🫎🫏🤖☃🐾"
    )
) - frozenset("🐚🐾🦴🦵🦶🦷")  # fmt: skip


def animate(figure: str) -> bool:
    """Check whether a figure is a person or an animal."""
    if figure.startswith("@") or has_body(figure):
        return True
    return figure in ("paper person", "paper animal") or (not figure.isascii() and figure[0] in _ALIVE)


def is_person(figure: str) -> bool:
    """Check whether a figure is a person: one with arms and legs that is no animal."""
    if figure in ("🤖", "👽"):
        return True
    animal = not figure.isascii() and (0x1F400 <= ord(figure[0]) <= 0x1F43F or 0x1F980 <= ord(figure[0]) <= 0x1F9AE)
    return has_body(figure) and not animal


def is_one_of(figure: str, emojis: frozenset[str], drawings: frozenset[str] = frozenset()) -> bool:
    """Check whether a figure belongs to a set of emojis or of drawings of our own."""
    return figure in drawings or (not figure.isascii() and figure[0] in emojis)


def worn(figure: str) -> bool:
    """Check whether a figure can be worn."""
    return is_one_of(figure, WEARABLE)


def handy(figure: str) -> bool:
    """Check whether a figure fits into a hand."""
    return is_one_of(figure, HANDY | OVERHEAD, HANDY_DRAWINGS)


def ridden(figure: str) -> bool:
    """Check whether others ride a figure."""
    return is_one_of(figure, RIDDEN, RIDDEN_DRAWINGS)


def perch(figure: str) -> float | None:
    """Return how high others stand on a figure, a share of its height, or None if nothing stands on it."""
    return PERCHES.get(figure, None if figure.isascii() else PERCHES.get(figure[0]))


def container(figure: str) -> bool:
    """Check whether others can be in a figure."""
    return is_one_of(figure, CONTAINERS, CONTAINER_DRAWINGS)


def canopy(figure: str) -> bool:
    """Check whether others stand under a figure."""
    return is_one_of(figure, CANOPIES, CANOPY_DRAWINGS)


def fixed(figure: str) -> bool:
    """Check whether a figure cannot move."""
    return is_one_of(figure, FIXED, FIXED_DRAWINGS)
