"""A figure with everything it wears, holds or rides as one image, so that all of it moves together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image

from ..painting.light import hex_colour
from ..planes import F32, U8
from ..scene import Subject
from .art import BODIES, rasterise

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
UPRIGHT_ACTIONS = ("dance", "wave")
# Position of the head on figures without a body of ours, in shares of width and height; most face left.
HEADS = {
    **dict.fromkeys("🐧🦉🐤🐣👻⛄🐙🐻🎃🦔🐸", (0.5, 0.3)),
    **dict.fromkeys("🐘🐢🐊🦛🐋🐳🦈🐟🐠🐡🐬", (0.24, 0.5)),
    **dict.fromkeys("🦒🦙🐪🐫🦘🐎🦌🦓🐐🐏", (0.24, 0.16)),
    **dict.fromkeys("🦆🦢🦩🐦🕊🐓🐔🦃", (0.3, 0.2)),
}
SIDE_HEAD = (0.25, 0.28)
BODY_HEAD = (0.5, 0.25)
# How an item is worn: its size relative to the head, and its offset from the head in head sizes.
WORN = {
    **dict.fromkeys("👑🎩👒🧢🎓⛑🪖", (0.72, 0.0, -0.56)),
    **dict.fromkeys("🎧", (1.12, 0.0, -0.12)),
    **dict.fromkeys("🕶👓🥽", (0.62, 0.0, 0.02)),
    **dict.fromkeys("🎀🌸🌺🌹", (0.4, 0.36, -0.4)),
    **dict.fromkeys("🧣📿", (0.7, 0.0, 0.56)),
    **dict.fromkeys("☂🌂⛱🎈🪁", (1.35, 0.5, -0.75)),
    **dict.fromkeys("🎸🎺🎷🎻🪕🥁🎤📖📚", (0.9, 0.1, 0.95)),
}
SEATS = {"⛵": 0.26, "🐎": 0.55, "🐘": 0.55}
HELD = (0.62, 0.42, 0.9)


@dataclass(frozen=True, slots=True)
class Part:
    """An image and its position: the middle of its foot, in pixels of the whole."""

    rgba: U8
    x: float
    foot: float


def carried_by(subject: Subject, everyone: Sequence[Subject]) -> list[Subject]:
    """Return the subjects that a subject wears, holds or carries."""
    return [other for other in everyone if other.carrier == subject.emoji and other.emoji != subject.emoji]


def stands_upright(subject: Subject, everyone: Sequence[Subject]) -> bool:
    """Check whether an animal is drawn standing on two legs."""
    wears = any(item.held == "worn" for item in carried_by(subject, everyone))
    return subject.emoji in UPRIGHT and (wears or subject.motion in UPRIGHT_ACTIONS)


def dressed(subject: Subject, everyone: Sequence[Subject], pixels: int, portraits: Mapping[str, U8]) -> U8:
    """Return a subject `pixels` high with everything it carries as straight-alpha RGBA; riders make it higher."""
    carried = carried_by(subject, everyone)
    # A subject never carries the one that carries it.
    others = [item for item in everyone if item.emoji != subject.emoji]
    name = subject.emoji
    if stands_upright(subject, everyone):
        name, pixels = UPRIGHT[name], round(pixels * 1.2)
    base = painted(_drawn(name, pixels, portraits), subject.colour)
    rows, columns = base.shape[:2]
    parts = [Part(base, columns / 2, rows)]
    riders = [item for item in carried if item.held == "on"]
    for number, rider in enumerate(riders):
        tall = round(pixels * min(0.9, 0.62 * rider.size))
        seat = columns * (SEATS.get(name[0], 0.5) + 0.24 * (number - (len(riders) - 1) / 2))
        seated = replace(rider, emoji=UPRIGHT.get(rider.emoji, rider.emoji))
        whose = [replace(item, carrier=seated.emoji) if item.carrier == rider.emoji else item for item in others]
        part = Part(dressed(seated, whose, tall, portraits), seat, rows * _deck(name))
        # A rider inside a vehicle is drawn behind its side.
        parts.insert(0 if name[0] in "🚗🏎🚙🚕🚌🚂🛶🚤" else len(parts), part)
    parts += [_worn(thing, name, rows, columns) for thing in carried if thing.held != "on"]
    return _joined(parts)


def _drawn(name: str, pixels: int, portraits: Mapping[str, U8]) -> U8:
    portrait = portraits.get(name)
    if portrait is None:
        return rasterise(name, pixels)
    wide = max(8, round(pixels * portrait.shape[1] / portrait.shape[0]))
    method = cv2.INTER_AREA if pixels < portrait.shape[0] else cv2.INTER_CUBIC
    return cv2.resize(portrait, (wide, pixels), interpolation=method)


def _deck(carrier: str) -> float:
    return {"⛵": 0.78, "🚤": 0.66, "🛶": 0.82, "🚢": 0.5, "🚲": 0.56, "🛹": 0.62, "🐎": 0.5, "🐘": 0.36}.get(
        carrier[0], 0.52
    )


def _worn(thing: Subject, bearer: str, rows: int, columns: int) -> Part:
    body = bearer in BODIES
    across, down = BODY_HEAD if body else HEADS.get(bearer[0], SIDE_HEAD)
    head = columns * (0.8 if body else 0.46)
    size, right, low = WORN.get(thing.emoji[0], HELD)
    tall = max(8, round(head * size * thing.size))
    rgba = painted(rasterise(thing.emoji, tall), thing.colour)
    return Part(rgba, columns * across + head * right, rows * down + head * low + tall / 2)


def _joined(parts: Sequence[Part]) -> U8:
    left = min(part.x - part.rgba.shape[1] / 2 for part in parts)
    right = max(part.x + part.rgba.shape[1] / 2 for part in parts)
    top = min(part.foot - len(part.rgba) for part in parts)
    bottom = max(part.foot for part in parts)
    if len(parts) == 1:
        return parts[0].rgba
    # The first carrier stays centred.
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
