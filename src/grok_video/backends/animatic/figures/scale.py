"""How large figures are relative to each other."""

from __future__ import annotations

from .figure_bodies import has_body

USUAL = 0.9
SCALE = {
    **dict.fromkeys("🏠🏡🏢🏰🏯🗼🏛⛪🕌🚢🐋🐳🌋🎡🗽🦕🦖🐉⛩🏭🏫🏥🕍🛕🏟🎢🗻🏔", 1.7),
    **dict.fromkeys("🌳🌲🌴🐘🦒🚂🚌🚒🚚✈🚁🚀⛵🛸🎪⛺🎠🏚🛖🚄🚃🚋🚆🎄🦣⛲", 1.3),
    **dict.fromkeys("🚗🏎🚙🚕🐎🐅🦁🐻🐪🚜🦄🦈🐬🤖👻🐄🐃🐫🦓🎈🚓🚑🛻🚐🛶🚤🦌🐂🦏🦛🛋🛏🗿🪂", 1.1),
    **dict.fromkeys("🐇🐓🐦🐧🐟🐠🐢🦊🐿🦉🕊🦆🐔🌻🌷🌹🎧👑🎩🦀🐈🦔🐒🐕🪑🐑🐐🧸🪟🚪🪴", 0.75),
    **dict.fromkeys(
        "🦋🐝🐞🐁🐭🍎🍄🐜🎵🎶🍂🌸⚽☕🐌🕷🍁🍵🥤🍷🍺🍸🍹🥃🥛🍔🍕🍩🍪🎂🍰🧁🥐🍞🥪🍣🍜🍝🍲🥗🍽🥣🍌"
        "🍊🍋🍇🍓🍒🍑🍍🍅🥕🥚🐥🐸🐛🕯💡📖📕📚📱⌚📷🔑💎💍"

                    "🎁📦🏮👟👠👜🎒🎀🕶👓🏀🎾⚾🏐🏈🔮🧪✉📜🗺🪄🎲🧩💰🏆🌼🌺💐🍀🪔⏰🕰🫖🍾🎃🧺🪣🐀🐹🦎🐍🦗🪲", 0.5),
    **dict.fromkeys("⭐🪙💊✏🧵🪡💧❄🫧🪶🧲🔋", 0.36),
    "lighthouse": 1.9, "windmill": 1.9, "pyramid": 1.9, "hot air balloon": 1.6, "airship": 1.5, "gate": 1.5,
    "iceberg": 1.5,
    "table": 0.85, "bench": 0.8, "fence": 0.7, "street lamp": 1.4, "piano": 1.0, "bookshelf": 1.2, "barrel": 0.7,
    "well": 0.9, "stall": 1.45,
    "submarine": 1.1, "tank": 1.1, "bush": 0.7, "vase": 0.5, "bottle": 0.5, "perfume bottle": 0.8, "sky lantern": 0.5,
    "surfboard": 1.0, "sword": 0.6, "katana": 0.6, "spear": 0.9, "staff": 0.9, "flag": 0.9, "quadcopter": 0.5,
    "paper building": 1.6, "paper vehicle": 1.1, "paper object": 0.7, "paper animal": 0.9, "paper plant": 0.8,
}  # fmt: skip
BODY = 1.25


def scale_of(figure: str) -> float:
    """Return how large a figure is; most are 0.9, a house 1.7, a cup 0.5."""
    known = SCALE.get(figure, SCALE.get(figure[0], USUAL) if not figure.isascii() else USUAL)
    return known * (BODY if has_body(figure) else 1.0)
