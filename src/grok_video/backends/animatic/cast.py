"""The cast: figures as premultiplied YUVA sprites, posed and laid on a frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, cos, floor, radians, sin

import cv2
import numpy as np

from .art import rasterise
from .motion import Pose, View, pose
from .paint import hex_colour
from .places import MARGIN_X, Place
from .planes import F32, U8, Frame, rgb_to_yuv, to_u8
from .scene import Subject

BASE_SIZE = 0.3
# The farthest way of any motion, in frame widths.
TRAVEL = 0.26
# How large things are beside each other, by the first character of their emoji.
SCALE = {
    **dict.fromkeys("🏠🏡🏢🏰🏯🗼🏛⛪🕌🚢🐋🐳🌋🎡🗽🦕🦖🐉", 1.7),
    **dict.fromkeys("🌳🌲🌴🐘🦒🚂🚌🚒🚚✈🚁🚀⛵🛸🎪⛺", 1.3),
    **dict.fromkeys("🚗🏎🚙🚕🐎🐅🦁🐻🐪🚜🦄🦈🐬🤖👻", 1.1),
    **dict.fromkeys("🐇🐓🐦🐧🐟🐠🐢🦊🐿🦉🕊🦆🐔🌻🌷🌹🎧👑🎩", 0.7),
    **dict.fromkeys("🦋🐝🐞🐁🐭🍎🍄🐜🎵🎶🍂🌸⚽☕🐌🕷", 0.5),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """One figure of a subject at its place; `foot` is where it stands in frame pixels.

    `body` is the height of the figure itself, or of the one that wears it.
    """

    sprite: U8
    subject: Subject
    motion: str
    x: float
    foot: float
    body: int
    phase: float
    grounded: bool
    worn: bool = False


def cast_actors(subjects: tuple[Subject, ...], place: Place) -> list[Actor]:
    """Draw every figure once, at the size it will have, far ones first."""
    by_emoji = {one.emoji: one for one in subjects}
    actors: list[Actor] = []
    for subject in subjects:
        carrier = by_emoji.get(subject.carrier)
        actors += _worn(subject, carrier, place) if carrier else _standing(subject, place)
    return sorted(actors, key=lambda actor: (actor.subject.depth, actor.worn))


def _standing(subject: Subject, place: Place) -> list[Actor]:
    pixels = _pixels(subject, place)
    sprite = tinted_sprite(rasterise(subject.emoji, pixels), subject.colour, place.palette.light)
    spread = pixels * 0.92 / place.width
    actors: list[Actor] = []
    for number in range(subject.count):
        offset = number - (subject.count - 1) / 2
        stagger = 0.05 * (number % 2)
        foot, grounded = _foot(subject, place, stagger)
        actors.append(
            Actor(
                sprite=sprite,
                subject=subject,
                motion=subject.motion,
                x=_inside(subject.x + offset * spread, pixels / place.width) * place.width,
                foot=foot,
                body=pixels,
                phase=(subject.phase + 0.37 * number) % 1.0 if subject.motion != "run" else subject.phase,
                grounded=grounded,
            )
        )
    return actors


def _inside(x: float, size: float) -> float:
    edge = min(0.5, MARGIN_X * 0.8 + size / 2)
    return min(1 - edge, max(edge, x))


def _worn(subject: Subject, carrier: Subject, place: Place) -> list[Actor]:
    (wearer, *_) = _standing(replace(carrier, count=1), place)
    pixels = max(16, round(wearer.body * 0.5 / 2) * 2)
    sprite = tinted_sprite(rasterise(subject.emoji, pixels), subject.colour, place.palette.light)
    return [replace(wearer, sprite=sprite, subject=replace(subject, depth=carrier.depth), worn=True)]


def _pixels(subject: Subject, place: Place) -> int:
    unit = min(place.height, 0.8 * place.width)
    scale = SCALE.get(subject.emoji[0], 0.9) * subject.size
    crowd = 1.0 if subject.count < 3 else 0.8
    return max(24, round(unit * min(0.62, BASE_SIZE * scale * crowd * (0.7 + 0.55 * subject.depth)) / 2) * 2)


def _foot(subject: Subject, place: Place, stagger: float) -> tuple[float, bool]:
    if place.weightless:
        return place.height * (0.42 + 0.4 * subject.depth + stagger), False
    if subject.motion == "swim" and place.water is not None:
        return place.height * (place.water + 0.06 + 0.22 * subject.depth + stagger), False
    bottom = 0.96
    return place.height * (place.ground + (bottom - place.ground) * (0.15 + 0.8 * subject.depth) + stagger * 0.5), True


def tinted_sprite(rgba: U8, colour: str | None, light: tuple[float, float, float]) -> U8:
    """Light a straight-alpha RGBA picture and turn it into premultiplied YUVA bytes."""
    rgb: F32 = rgba[..., :3].astype(np.float32) / 255
    alpha: F32 = rgba[..., 3].astype(np.float32) / 255
    if colour:
        luma = (0.2126 * rgb[..., 0] + 0.7152 * rgb[..., 1] + 0.0722 * rgb[..., 2])[..., None]
        painted = np.asarray(hex_colour(colour), np.float32) * (0.35 + 1.1 * luma)
        rgb = np.clip(rgb * 0.25 + painted * 0.75, 0, 1)
    rgb = rgb * (0.22 + 0.78 * np.asarray(light, np.float32))
    y, u, v = rgb_to_yuv(rgb)
    return to_u8(np.dstack([y * alpha, u * alpha, v * alpha, 255 * alpha]))


def draw_actor(frame: Frame, actor: Actor, place: Place, view: View, t: float) -> None:
    """Pose an actor at a time and lay it on the frame, with its shadow where it stands."""
    posed = pose(actor.motion, t, actor.phase)
    slide = view.x * place.margin_x * 0.8
    # No way leads out of the picture: it is shortened at the near edge.
    room = max(0.0, min(actor.x, place.width - actor.x) - 0.45 * actor.body) / place.width
    reach = min(1.0, max(0.2, room / TRAVEL))
    x = actor.x + posed.x * reach * place.width - slide
    foot = actor.foot + posed.y * actor.body - view.y * place.margin_y * 0.8
    if posed.level is not None:
        foot = posed.level * place.height + actor.body / 2
    if actor.worn:
        # A worn thing sits on the upper third of its wearer and turns with it.
        lift = 0.5 * actor.body * posed.stretch_y
        foot -= lift * cos(radians(posed.degrees))
        x += lift * 0.6 * sin(radians(posed.degrees)) - actor.body * (0.125 if not posed.mirrored else -0.125)
    elif actor.grounded and posed.level is None:
        height_off = max(0.0, -posed.y)
        _shadow(frame, x, actor.foot - view.y * place.margin_y * 0.8, actor.body, 1 - 0.6 * height_off)
    _lay_sprite(frame, actor.sprite, x, foot, posed)


def _shadow(frame: Frame, x: float, y: float, pixels: int, strength: float) -> None:
    across, down = round(pixels * 0.46), max(3, round(pixels * 0.075))
    left, top = round(x) - across, round(y) - down
    box = _clip(left, top, left + 2 * across, top + 2 * down, frame.y.shape)
    if box is None:
        return
    x0, y0, x1, y1 = box
    gx = (np.arange(x0, x1, dtype=np.float32) - np.float32(x)) / across
    gy = (np.arange(y0, y1, dtype=np.float32) - np.float32(y)) / down
    soft = np.clip(1 - (gx[None, :] ** 2 + gy[:, None] ** 2), 0, 1)
    keep = to_u8(255 * (1 - np.float32(0.42 * strength) * soft))
    region = frame.y[y0:y1, x0:x1]
    cv2.multiply(region, keep, region, 1 / 255)


def _lay_sprite(frame: Frame, sprite: U8, x: float, foot: float, posed: Pose) -> None:
    size = sprite.shape[0]
    turn = radians(posed.degrees)
    scale_x = posed.stretch_x * (-1 if posed.mirrored else 1)
    turned = np.array(
        [[cos(turn) * scale_x, -sin(turn) * posed.stretch_y], [sin(turn) * scale_x, cos(turn) * posed.stretch_y]]
    )
    # The figure turns about the middle of its feet, which go to (x, foot).
    lay_warped(frame, sprite, turned, (size / 2, size * 0.98), (x, foot))


def lay_warped(frame: Frame, patch: U8, turned: F32, anchor: tuple[float, float], at: tuple[float, float]) -> None:
    """Lay a premultiplied YUVA patch through a 2x2 matrix, its point `anchor` at `at`; only its own box is drawn."""
    rows, columns = patch.shape[:2]
    moved = np.asarray(at) - turned @ np.asarray(anchor)
    corners = np.array([[0, 0], [columns, 0], [0, rows], [columns, rows]]) @ turned.T + moved
    (left, top), (right, bottom) = np.floor(corners.min(0)) - 1, np.ceil(corners.max(0)) + 1
    box = _clip(left, top, right, bottom, frame.y.shape)
    if box is None:
        return
    x0, y0, x1, y1 = box
    matrix = np.column_stack([turned, moved - (x0, y0)]).astype(np.float32)
    part = cv2.warpAffine(patch, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    _blend(frame.y[y0:y1, x0:x1], part[..., 0], part[..., 3])
    small = cv2.resize(part, ((x1 - x0) // 2, (y1 - y0) // 2), interpolation=cv2.INTER_AREA)
    for plane, channel in ((frame.u, 1), (frame.v, 2)):
        _blend(plane[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2], small[..., channel], small[..., 3])


def _blend(target: U8, colour: U8, alpha: U8) -> None:
    cv2.multiply(target, cv2.bitwise_not(alpha), target, 1 / 255)
    cv2.add(target, np.ascontiguousarray(colour), target)


def _clip(
    left: float, top: float, right: float, bottom: float, shape: tuple[int, ...]
) -> tuple[int, int, int, int] | None:
    """Give the even box within a frame that holds this one; None where there is nothing of it."""
    x0, y0 = max(0, floor(left / 2) * 2), max(0, floor(top / 2) * 2)
    x1, y1 = min(shape[1], ceil(right / 2) * 2), min(shape[0], ceil(bottom / 2) * 2)
    return (x0, y0, x1, y1) if x1 - x0 >= 2 and y1 - y0 >= 2 else None
