"""A figure with everything it wears, holds or rides as one image, so that all of it moves together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, cos, hypot, radians, sin

import cv2
import numpy as np
from PIL import Image

from ..painting.light import hex_colour
from ..planes import F32, U8
from ..scene import Subject
from .art import BODY_TALL, HAT_ROOM, HEAD_WIDE, person, rasterise
from .captions import tag
from .catalog import habit
from .costumes import COSTUMES
from .figure_bodies import Body, body_of, has_body
from .limbs import GESTURES as LIMB_GESTURES
from .limbs import Limbs, limbs
from .scale import scale_of
from .traits import GARMENTS, animate, is_one_of, perch, ridden

# A standing animal is drawn as its face on a body.
UPRIGHT = {
    "🐈": "🐱",
    "🐕": "🐶",
    "🐁": "🐭",
    "🐇": "🐰",
    "🐅": "🐯",
    "🐖": "🐷",
    "🐄": "🐮",
    "🐒": "🐵",
    "🐎": "🦄",
    "🐀": "🐭",
    "🐩": "🐶",
    "🐈‍⬛": "🐱",
    "🐆": "🐯",
}
UPRIGHT_MOTIONS = frozenset(("dance", "surf", "ride", "sit", "kneel"))
# Position of the head on figures without a body of ours, in shares of width and height; most face left.
HEADS = {
    **dict.fromkeys("🐧🦉🐤🐣👻⛄🐙🐻🎃🦔🐸", (0.5, 0.3)),
    **dict.fromkeys("🐘🐢🐊🦛🐋🐳🦈🐟🐠🐡🐬", (0.24, 0.5)),
    **dict.fromkeys("🦒🦙🐪🐫🦘🐎🦌🦓🐐🐏", (0.24, 0.16)),
    **dict.fromkeys("🦆🦢🦩🐦🕊🐓🐔🦃", (0.3, 0.2)),
}
SIDE_HEAD = (0.25, 0.28)
# How an item is worn: its size relative to the head, and its offset from the head in head sizes.
HEADWEAR = frozenset("👑🎩👒🧢🎓⛑🪖")
# Who has a hat on already, by the figure itself or by the profession at its end.
HATTED, HATTED_AT_WORK = frozenset("🕵👮💂👷🤠🎅🤶🧙🤴👸👳🧕"), frozenset("🍳🔧🏭🎨✈🚒🎓🌾")
WORN = {
    **dict.fromkeys("👑🎩👒🧢🎓⛑🪖", (0.72, 0.0, -0.56)),
    **dict.fromkeys("🎧", (1.12, 0.0, -0.12)),
    **dict.fromkeys("🕶👓🥽🤿", (0.62, 0.0, 0.02)),
    **dict.fromkeys("🎭😷", (0.8, 0.0, 0.1)),
    **dict.fromkeys("🎀🌸🌺🌹", (0.4, 0.36, -0.4)),
    **dict.fromkeys("🧣📿", (0.7, 0.0, 0.56)),
    **dict.fromkeys("👔", (0.4, 0.0, 0.78)),
    **dict.fromkeys("🎒🪽", (0.7, -0.46, 0.78)),
}
# The size of what a hand holds, in heads, and how far above the hand its middle is, in its own heights.
HELD = {
    **dict.fromkeys("☂🌂⛱🎈🪁🪂", (1.5, 0.5)),
    **dict.fromkeys("🎸🎻🎷🎺🪕🥁🪗🎹", (0.95, 0.0)),
    **dict.fromkeys("🎣🧹🪓⛏🏹🚩🪧", (1.2, 0.32)),
    **dict.fromkeys("📖📕📚📰🗺💻📦🎁🧺🪣🎂🍕", (0.6, 0.12)),
    "sword": (1.1, 0.42), "katana": (1.15, 0.4), "spear": (1.9, 0.14), "staff": (1.8, 0.12), "flag": (1.5, 0.4),
    "fishing rod": (1.5, 0.38), "bottle": (0.6, 0.2), "perfume bottle": (0.5, 0.2), "vase": (0.7, 0.2),
    "sky lantern": (0.75, 0.45),
    "surfboard": (1.6, 0.1),
}  # fmt: skip
IN_HAND = (0.45, 0.18)
# The height of a place to ride or stand on, as a share of the carrier's height from above.
DECKS = {"⛵": 0.78, "🚤": 0.66, "🛶": 0.82, "🚢": 0.5, "🚲": 0.56, "🛹": 0.62, "🐎": 0.5, "🐘": 0.36, "🏍": 0.55,
         "🛵": 0.6, "🐉": 0.5, "🦄": 0.6, "☁": 0.45, "🧹": 0.62, "🐢": 0.4, "🐋": 0.42, "🐬": 0.45}  # fmt: skip
SEATS = {"⛵": 0.26, "🐎": 0.55, "🐘": 0.55, "🏍": 0.5, "🚲": 0.48}
# Riders of these are drawn behind the carrier's side.
SIDED = frozenset("🚗🏎🚙🚕🚌🚂🛶🚤🚓🚑🚒🚚🚐🛻🚜")
# Clothes by the part of the body that they colour.
TOPS, BOTTOMS, DRESSES = frozenset("👕🧥🥼🎽👚🦺"), frozenset("👖🩳🩲"), frozenset("👗👘🥻👙🩱")
DRESS_COLOURS = {
    "👗": "d94f7c",
    "👘": "c8385a",
    "🥻": "e08a2e",
    "🧥": "8a6a48",
    "🥼": "f5f8fa",
    "👖": "4a6fa5",
    "👕": "4f9ad6",
}


@dataclass(frozen=True, slots=True)
class Part:
    """An image and its position: the middle of its foot, in pixels of the whole."""

    rgba: U8
    x: float
    foot: float


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """What drawing a figure needs beside itself: everyone in the scene, and the reference images by their names."""

    everyone: Sequence[Subject]
    portraits: Mapping[str, U8]

    def carried_by(self, subject: Subject) -> list[Subject]:
        """Return the subjects that a subject wears, holds or carries."""
        return [other for other in self.everyone if other.carrier == subject.key and other.key != subject.key]

    def without(self, subject: Subject) -> Wardrobe:
        """Return everyone but one subject: nobody carries its own carrier."""
        return replace(self, everyone=[other for other in self.everyone if other.key != subject.key])


def stands_upright(subject: Subject, wardrobe: Wardrobe) -> bool:
    """Check whether an animal is drawn standing on two legs."""
    if subject.figure not in UPRIGHT:
        return False
    wears = any(item.held in ("worn", "held") for item in wardrobe.carried_by(subject))
    return wears or subject.motion in UPRIGHT_MOTIONS or subject.gesture in LIMB_GESTURES


def has_limbs(subject: Subject, wardrobe: Wardrobe) -> bool:
    """Check whether a figure is drawn with arms and legs that move on their own."""
    return has_body(subject.figure) or stands_upright(subject, wardrobe)


def dressed(subject: Subject, wardrobe: Wardrobe, pixels: int, turn: float = 0.0) -> U8:
    """Return a subject `pixels` high with everything it carries as straight-alpha RGBA; riders make it higher.

    `turn` is the moment of its act's cycle in radians, for figures with arms and legs.
    """
    carried = wardrobe.carried_by(subject)
    if has_limbs(subject, wardrobe):
        return _joined(_person(subject, carried, wardrobe, pixels, turn))
    base = painted(_drawn(subject.figure, pixels, wardrobe.portraits), subject.colour)
    rows, columns = base.shape[:2]
    parts = [Part(base, columns / 2, rows)]
    guests = [item for item in carried if item.held in ("on", "in")]
    own = parts[0]
    for number, guest in enumerate(guests):
        part, behind = _seated(subject, guest, (number, len(guests)), own, wardrobe.without(subject))
        parts = [part, *parts] if behind else [*parts, part]
    parts += [_worn(thing, subject.figure, rows, columns) for thing in carried if thing.held in ("worn", "held")]
    parts += _captioned(subject, columns / 2, rows)
    if subject.motion == "sleep" and animate(subject.figure):
        parts.append(Part(rasterise("💤", max(12, rows // 3)), columns * 0.3, rows * 0.02))
    if subject.motion == "burn":
        parts += [
            Part(rasterise("🔥", max(12, round(rows * size))), columns * at, rows)
            for at, size in ((0.2, 0.5), (0.52, 0.7), (0.8, 0.45))
        ]
    return _joined(parts)


def _hatted(subject: Subject) -> bool:
    costume = COSTUMES.get(subject.figure)
    profession = subject.figure.removesuffix("\ufe0f")[-1:]
    return bool(costume and costume.hat) or is_one_of(subject.figure, HATTED) or profession in HATTED_AT_WORK


def _person(subject: Subject, carried: Sequence[Subject], wardrobe: Wardrobe, pixels: int, turn: float) -> list[Part]:
    name = UPRIGHT.get(subject.figure, subject.figure) if not has_body(subject.figure) else subject.figure
    tall = round(pixels * 1.2) if name != subject.figure else pixels
    pose = limbs(subject.motion, subject.gesture or _grip(carried), turn)
    things = [item for item in carried if item.held == "held"]
    costume = COSTUMES.get(subject.figure)
    if costume and costume.holds and not things:
        things = [Subject(costume.holds, "", 0.5, 0.5)]
        pose = pose if subject.gesture else limbs(subject.motion, "hold", turn)
    rgba = person(name, tall, pose, subject.marks, _clothes(name, subject, carried))
    unit = tall / BODY_TALL
    rows, columns = rgba.shape[:2]
    middle, floor = columns / 2, float(rows)
    parts = [Part(rgba, middle, floor)]
    head = HEAD_WIDE * unit
    centre = middle, (HAT_ROOM + 13.5 + pose.low) * unit
    for item in carried:
        doubled = _hatted(subject) and is_one_of(item.figure, HEADWEAR)
        if item.held == "worn" and not doubled and not is_one_of(item.figure, GARMENTS):
            size, right, low = WORN.get(item.figure[0], (0.5, 0.3, 0.7))
            high = max(8, round(head * size * item.size))
            worn = painted(rasterise(item.figure, high), item.colour)
            parts.append(Part(worn, centre[0] + head * right, centre[1] + head * low + high / 2))
    for number, thing in enumerate(things[:2]):
        parts.append(_in_hand(thing, pose, number, (middle, unit), wardrobe))
    parts += _captioned(subject, middle, rows)
    guests = [item for item in carried if item.held in ("on", "in")]
    for guest in guests:
        small = dressed(guest, wardrobe.without(subject), round(pixels * 0.4 * guest.size), turn)
        parts.append(Part(small, middle, (HAT_ROOM + 2) * unit))
    return _lain(parts) if pose.lying else parts


def _captioned(subject: Subject, middle: float, rows: int) -> list[Part]:
    """Return a tag with a figure's caption, over its lower half; none if it has none or no font can write it."""
    drawn = tag(subject.caption, max(12, round(rows * 0.15))) if subject.caption else None
    if drawn is None:
        return []
    level = 0.42 if subject.figure == "🪧" else 0.8
    return [Part(drawn, middle, rows * level + len(drawn) / 2)]


def _grip(carried: Sequence[Subject]) -> str:
    return "hold" if any(item.held == "held" for item in carried) else ""


def _in_hand(thing: Subject, pose: Limbs, number: int, at: tuple[float, float], wardrobe: Wardrobe) -> Part:
    """Return what a hand holds, or both hands before the chest."""
    middle, unit = at
    size, above = HELD.get(thing.figure, IN_HAND) if thing.figure.isascii() else HELD.get(thing.figure[0], IN_HAND)
    high = max(8, round(HEAD_WIDE * unit * size * thing.size))
    image = painted(_drawn(thing.figure, high, wardrobe.portraits), thing.colour)
    hand = pose.hands[1 - number]
    if pose.both and number == 0:
        hand = (pose.hands[0][0] + pose.hands[1][0]) / 2, (pose.hands[0][1] + pose.hands[1][1]) / 2
    if pose.item and not pose.both:
        image = _turned(image, -pose.item)
    x = middle + (hand[0] - 18) * unit
    y = (HAT_ROOM + hand[1]) * unit
    lean = radians(pose.item) if not pose.both else 0.0
    return Part(image, x + sin(lean) * above * high, y - cos(lean) * above * high + len(image) / 2)


def _turned(rgba: U8, degrees: float) -> U8:
    side = ceil(hypot(*rgba.shape[:2])) + 2
    down, across = side - rgba.shape[0], side - rgba.shape[1]
    box = (down // 2, down - down // 2, across // 2, across - across // 2)
    wide = cv2.copyMakeBorder(rgba, *box, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    return cv2.warpAffine(wide, cv2.getRotationMatrix2D((side / 2, side / 2), degrees, 1.0), (side, side))


def _lain(parts: Sequence[Part]) -> list[Part]:
    whole = cv2.rotate(np.ascontiguousarray(_joined(parts)), cv2.ROTATE_90_COUNTERCLOCKWISE)
    rows = np.flatnonzero(whole[..., 3].max(1) > 8)
    whole = whole[rows[0] : rows[-1] + 1] if len(rows) else whole
    return [Part(whole, whole.shape[1] / 2, len(whole))]


def _clothes(name: str, subject: Subject, carried: Sequence[Subject]) -> Body | None:
    """Return the body in the clothes that somebody wears, or in the colour that was said of it."""
    body = body_of(name)
    garments = [item for item in carried if item.held == "worn" and is_one_of(item.figure, GARMENTS)]
    if body is None or not (garments or subject.colour):
        return None
    if subject.colour and name in COSTUMES:
        body = replace(body, coat=subject.colour, belly=_lighter(subject.colour))
    elif subject.colour:
        body = replace(
            body, coat=subject.colour, belly=_lighter(subject.colour), tail=subject.colour if body.tail else ""
        )
    for item in garments:
        colour = item.colour or DRESS_COLOURS.get(item.figure[0], body.coat)
        if item.figure[0] in DRESSES:
            body = replace(body, coat=colour, belly=_lighter(colour), skirt=True)
        elif item.figure[0] in TOPS:
            body = replace(body, coat=colour, belly=_lighter(colour))
        elif item.figure[0] in BOTTOMS:
            body = replace(body, legs=colour)
    return body


def _lighter(colour: str) -> str:
    return "".join(f"{round(int(colour[at : at + 2], 16) * 0.78 + 255 * 0.22):02x}" for at in (0, 2, 4))


def _seated(
    subject: Subject, guest: Subject, place: tuple[int, int], base: Part, wardrobe: Wardrobe
) -> tuple[Part, bool]:
    """Return a rider, or what stands on or in a figure, and whether it is behind it.

    `place` is its number among so many of them.
    """
    number, count = place
    rows, columns = base.rgba.shape[:2]
    name = subject.figure
    first = name if name.isascii() else name[0]
    rides = ridden(name)
    tall = round(rows * min(0.95, 0.62 * guest.size)) if rides else _beside_size(guest, subject, rows)
    posed = guest
    if rides and not guest.gesture and guest.motion == habit(guest.figure):
        posed = replace(guest, gesture="ride" if first not in "🛹🏄☁" else "surf")
    image = dressed(posed, wardrobe, max(16, tall))
    room = 0.24 if rides else 0.8 / max(1, count)
    seat = columns * (SEATS.get(first, 0.5) + room * (number - (count - 1) / 2)) + base.x - columns / 2
    height = perch(name)
    deck = rows * (DECKS.get(first, 0.52) if rides or height is None else 1 - height)
    if guest.held == "in" and not rides:
        deck = rows * 0.62
    part = Part(image, seat, base.foot - rows + deck)
    return part, first in SIDED or (guest.held == "in" and not rides)


def _beside_size(guest: Subject, host: Subject, rows: int) -> int:
    """Return how large a figure is that stands on another, by their usual sizes."""
    share = scale_of(guest.figure) * guest.size / (scale_of(host.figure) * host.size)
    return round(rows * min(1.6, max(0.22, share)))


def _drawn(name: str, pixels: int, portraits: Mapping[str, U8]) -> U8:
    portrait = portraits.get(name)
    if portrait is None:
        return rasterise(name, pixels)
    wide = max(8, round(pixels * portrait.shape[1] / portrait.shape[0]))
    method = cv2.INTER_AREA if pixels < portrait.shape[0] else cv2.INTER_CUBIC
    return cv2.resize(portrait, (wide, pixels), interpolation=method)


def _worn(thing: Subject, bearer: str, rows: int, columns: int) -> Part:
    across, down = HEADS.get(bearer[0], SIDE_HEAD)
    head = columns * 0.46
    size, right, low = WORN.get(thing.figure[0], (0.62, 0.42, 0.9))
    tall = max(8, round(head * size * thing.size))
    rgba = painted(rasterise(thing.figure, tall), thing.colour)
    return Part(rgba, columns * across + head * right, rows * down + head * low + tall / 2)


def _joined(parts: Sequence[Part]) -> U8:
    left = min(part.x - part.rgba.shape[1] / 2 for part in parts)
    right = max(part.x + part.rgba.shape[1] / 2 for part in parts)
    top = min(part.foot - len(part.rgba) for part in parts)
    bottom = max(part.foot for part in parts)
    if len(parts) == 1:
        return parts[0].rgba
    # The first carrier stays centred, and its feet are the feet of the whole.
    own = max(parts, key=lambda part: part.rgba.size)
    reach = max(right - own.x, own.x - left)
    whole = Image.new("RGBA", (round(2 * reach) + 2, round(bottom - top) + 1))
    for part in parts:
        at = (round(part.x - own.x + reach - part.rgba.shape[1] / 2), round(part.foot - top) - len(part.rgba))
        whole.alpha_composite(Image.fromarray(part.rgba), (max(0, at[0]), max(0, at[1])))
    return np.asarray(whole)


def painted(rgba: U8, colour: str | None) -> U8:
    """Return a figure in another colour, with its lights and darks."""
    if not colour:
        return rgba
    rgb: F32 = rgba[..., :3].astype(np.float32) / 255
    level = (0.2126 * rgb[..., 0] + 0.7152 * rgb[..., 1] + 0.0722 * rgb[..., 2])[..., None]
    tone = np.asarray(hex_colour(colour), np.float32) * (0.35 + 1.1 * level)
    # White and black parts, such as eyes and teeth, keep their colour.
    vivid = np.clip((rgb.max(2) - rgb.min(2)) * 4, 0.12, 1)[..., None]
    mixed = np.clip(rgb + (tone - rgb) * 0.85 * vivid, 0, 1)
    return np.dstack([cv2.convertScaleAbs(mixed, alpha=255), rgba[..., 3]])
