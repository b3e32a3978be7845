"""Figures lit by the scene, standing, swimming or flying, with shadow and reflection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import pi, sin

import cv2
import numpy as np

from ..motion import View, pose
from ..painting.backdrop import MARGIN_X, Backdrop, Layer
from ..painting.light import Light, mixed
from ..planes import F32, U8, Frame, rgb_to_yuv, to_u8
from ..scene import Subject
from .art import BODIES
from .catalog import FLAPPERS, VEHICLES, is_boat
from .flipbook import Bend, Page, bends, book, page
from .glow import GLOWING, Glow, glow_of
from .outfits import dressed, stands_upright

BASE_SIZE = 0.34
# The longest path of any motion, in frame widths.
TRAVEL = 0.26
# Relative sizes, by the first character of the emoji.
SCALE = {
    **dict.fromkeys("🏠🏡🏢🏰🏯🗼🏛⛪🕌🚢🐋🐳🌋🎡🗽🦕🦖🐉⛩", 1.7),
    **dict.fromkeys("🌳🌲🌴🐘🦒🚂🚌🚒🚚✈🚁🚀⛵🛸🎪⛺🎠", 1.3),
    **dict.fromkeys("🚗🏎🚙🚕🐎🐅🦁🐻🐪🚜🦄🦈🐬🤖👻🐄🐃🐫🦓🎈", 1.1),
    **dict.fromkeys("🐇🐓🐦🐧🐟🐠🐢🦊🐿🦉🕊🦆🐔🌻🌷🌹🎧👑🎩🦀🐈🦔", 0.75),
    **dict.fromkeys(("lighthouse", "windmill"), 1.9),
    **dict.fromkeys("🦋🐝🐞🐁🐭🍎🍄🐜🎵🎶🍂🌸⚽☕🐌🕷🍁", 0.5),
}
# With more subjects than this, each gets fewer pages.
CROWD, CROWD_PAGES = 4, 8
# Rotated so that they point up when they rise.
LEANING = {"🚀": 45.0}


@dataclass(frozen=True, slots=True)
class Actor:
    """One figure of a subject.

    `foot` is where it stands in frame pixels, `body` its height. `after` is the layer it is drawn after, `depth` how
    much it moves with the camera, `reach` the share of a motion's path that it has room for. Its pages face left.
    `shadows` (facing left and right), `mirror` and `contact` are on the ground below it.
    """

    subject: Subject
    motion: str
    bend: Bend
    pages: Sequence[Page]
    x: float
    foot: float
    body: int
    phase: float
    beat: float
    after: int
    depth: float
    reach: float = 1.0
    shadows: tuple[Page, Page] | None = None
    mirror: Page | None = None
    contact: Page | None = None
    glow: Glow | None = None
    sway: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


def build_actors(subjects: tuple[Subject, ...], backdrop: Backdrop) -> list[Actor]:
    """Return the actors of all subjects, drawn once at their final size, distant ones first."""
    names = {figure.emoji for figure in subjects}
    actors: list[Actor] = []
    for subject in subjects:
        if subject.carrier in names and subject.carrier != subject.emoji:
            continue
        actors += _standing(subject, subjects, backdrop)
    return sorted(actors, key=lambda actor: (actor.after, actor.subject.depth))


def _standing(subject: Subject, everyone: tuple[Subject, ...], backdrop: Backdrop) -> list[Actor]:
    foot, kind, after, layer = _stand(subject, backdrop)
    pixels = _pixels(subject, backdrop)
    motion = _motion(subject, everyone, afloat=kind == "water")
    rgba = dressed(subject, everyone, pixels, backdrop.portraits)
    if subject.motion == "rise" and subject.emoji in LEANING:
        rgba = _leaned(rgba, LEANING[subject.emoji])
    # Feet touch the ground, whatever space the drawing leaves below them.
    rgba = rgba[: int(np.flatnonzero(rgba[..., 3].max(1) > 40)[-1]) + 1]
    pixels = rgba.shape[0]
    light = backdrop.light
    if subject.emoji[0] in GLOWING:
        light = replace(light, key=(1.0, 1.0, 1.0), shade=(0.95, 0.95, 0.95))
    sprite = lit_sprite(rgba, light, backdrop.width * (subject.x - backdrop.light.sun_at[0]))
    if kind == "water" and motion == "swim":
        # Larger figures lie deeper in the water.
        foot += 0.1 * pixels
    if kind == "water":
        sprite = _immersed(sprite, 0.94 if is_boat(subject.emoji) or motion == "stand" else 0.8)
    bend = bends()[motion]
    fewer = min(bend.pages, CROWD_PAGES) if len(everyone) > CROWD else bend.pages
    bend = replace(bend, rate=bend.rate * subject.tempo, pages=fewer)
    pages = book(sprite, bend)
    actor = Actor(
        subject=subject,
        motion=motion,
        bend=bend,
        pages=pages,
        x=subject.x * backdrop.width,
        foot=foot,
        body=pixels,
        phase=subject.phase,
        beat=subject.phase,
        after=after,
        depth=layer.depth if layer else 0.85,
        sway=layer.sway if layer else (0.0, 0.0, 0.0, 0.0),
    )
    actor = replace(actor, glow=glow_of(subject, motion, pixels, backdrop))
    if kind == "ground":
        actor = replace(actor, contact=_contact(pixels), shadows=_shadows(sprite, subject, backdrop))
    if kind == "water" or (kind == "ground" and backdrop.wet):
        actor = replace(actor, mirror=_mirror(sprite))
    return _several(actor, sprite.shape[1], backdrop, on_ground=kind == "ground")


def _several(actor: Actor, wide: int, backdrop: Backdrop, *, on_ground: bool) -> list[Actor]:
    """Return positions for the figures of a subject, side by side and within the frame for any motion."""
    subject = actor.subject
    apart = 0.94 * wide / backdrop.width
    group = wide / backdrop.width + apart * (subject.count - 1)
    middle = _inside(subject.x, group)
    room = max(0.0, min(middle, 1 - middle) - group / 2)
    actors: list[Actor] = []
    for number in range(subject.count):
        offset, stagger = number - (subject.count - 1) / 2, 0.045 * (number % 2)
        foot = actor.foot + stagger * backdrop.height * (0.5 if on_ground else 0.7)
        beat = (subject.phase + 0.37 * number) % 1.0
        # Walking figures move together, each with its own step; floating and flying ones move on their own.
        phase = beat if actor.motion in ("fly", "hover", "swim", "float") else subject.phase
        x = (middle + offset * apart) * backdrop.width
        reach = min(1.0, max(0.2, room / TRAVEL))
        actors.append(replace(actor, x=x, foot=foot, phase=phase, beat=beat, reach=reach))
    return actors


def _stand(subject: Subject, backdrop: Backdrop) -> tuple[float, str, int, Layer | None]:
    """Return where a figure stands: its foot's row, on what, the layer it follows, and the layer it moves with."""
    last = max(number for number, layer in enumerate(backdrop.layers) if not layer.front)
    if backdrop.weightless:
        return backdrop.height * (0.42 + 0.36 * subject.depth), "air", last, None
    in_water = subject.motion == "swim" or is_boat(subject.emoji) or not backdrop.dry
    if in_water and backdrop.water is not None:
        row = backdrop.water + 0.03 + (backdrop.shore - 0.02 - backdrop.water) * (0.1 + 0.8 * subject.depth)
        shores = [number for crest, number in backdrop.strips if crest <= row - 0.01]
        after = shores[-1] if shores else backdrop.strips[0][1]
        if len(backdrop.strips) > 1 and not is_boat(subject.emoji):
            # The next wave covers the part that is under water.
            row += 0.03
        return backdrop.height * row, "water", after, backdrop.layers[after]
    foot = backdrop.height * (backdrop.ground + (0.955 - backdrop.ground) * (0.1 + 0.85 * subject.depth))
    return foot, "ground", last, None


def _inside(x: float, size: float) -> float:
    edge = min(0.5, MARGIN_X * 0.8 + size / 2)
    return min(1 - edge, max(edge, x))


def _pixels(subject: Subject, backdrop: Backdrop) -> int:
    scale = (
        SCALE.get(subject.emoji, SCALE.get(subject.emoji[0], 0.9))
        * subject.size
        * (1.25 if subject.emoji in BODIES else 1.0)
    )
    crowd = 1.0 if subject.count < 3 else 0.8
    share = BASE_SIZE * scale * crowd * (0.55 + 0.65 * subject.depth)
    pixels = min(backdrop.height, 0.85 * backdrop.width) * min(0.66, share)
    if (portrait := backdrop.portraits.get(subject.emoji)) is not None:
        # A wide image may take most of the width, but not all of it.
        pixels = min(pixels, 0.36 * backdrop.width * portrait.shape[0] / portrait.shape[1])
    return max(24, round(pixels / 2) * 2)


def _motion(subject: Subject, everyone: tuple[Subject, ...], *, afloat: bool) -> str:
    """Return a figure's motion, from what the prompt says and from what the figure is."""
    first, motion = subject.emoji[0], subject.motion
    if first in "🔥🕯":
        return "flame"
    if is_boat(subject.emoji) and afloat:
        return "float"
    if motion in ("run", "walk") and first in VEHICLES:
        return "drive"
    if motion == "fly" and (first not in FLAPPERS or stands_upright(subject, everyone)):
        return "hover"
    if motion == "swim" and not afloat and first in VEHICLES:
        return "drive"
    return motion if motion in bends() else "bob"


def _leaned(rgba: U8, degrees: float) -> U8:
    pad = round(0.22 * len(rgba))
    rgba = cv2.copyMakeBorder(rgba, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    rows, columns = rgba.shape[:2]
    turned = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1.0)
    return cv2.warpAffine(rgba, turned, (columns, rows))


def lit_sprite(rgba: U8, light: Light, away: float) -> U8:
    """Return a straight-alpha RGBA image lit by the scene, as premultiplied YUVA bytes.

    `away` is its distance to the right of the sun in pixels; the side that faces the sun gets a rim of light.
    """
    rgb: F32 = rgba[..., :3].astype(np.float32) / 255
    alpha: F32 = rgba[..., 3].astype(np.float32) / 255
    rows, columns = alpha.shape
    side = -1.0 if away > 0 else 1.0
    across = np.linspace(-1, 1, columns, dtype=np.float32)[None, :] * np.float32(side)
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    facing = np.clip(0.72 + 0.22 * across - 0.22 * down, 0, 1)[..., None]
    shade, key = np.asarray(light.shade, np.float32), np.asarray(light.key, np.float32)
    tint = 0.16 + 0.84 * (shade + (key - shade) * facing)
    rgb = rgb * tint
    step = max(1, round(rows * 0.022))
    inner = cv2.GaussianBlur(np.roll(alpha, (step, -round(side * step)), (0, 1)), (0, 0), step * 0.6)
    rim = np.clip(alpha - inner, 0, 1)[..., None] * np.float32(min(1.0, 0.16 + light.strength))
    rgb = rgb + (np.asarray(mixed(light.sun or light.low, (1.0, 1.0, 1.0), 0.2), np.float32) - rgb) * rim * np.float32(
        0.8
    )
    y, u, v = rgb_to_yuv(np.clip(rgb, 0, 1))
    return to_u8(np.dstack([y * alpha, u * alpha, v * alpha, 255 * alpha]))


def _immersed(sprite: U8, line: float) -> U8:
    """Return a figure that fades below its water line, a share of its height."""
    fade = np.clip((line - np.linspace(0, 1, len(sprite), dtype=np.float32)) / 0.05 + 0.5, 0, 1)
    return to_u8(sprite * fade[:, None, None])


def _mirror(sprite: U8) -> Page:
    """Return a figure's dim reflection, upside down, anchored at its feet."""
    fade = np.linspace(0.02, 0.42, len(sprite), dtype=np.float32)[:, None, None]
    soft = cv2.GaussianBlur(to_u8(sprite * fade), (0, 0), sigmaX=2.2, sigmaY=1.2)
    size = (soft.shape[1], max(4, round(len(soft) * 0.8)))
    return page(cv2.resize(soft[::-1], size, interpolation=cv2.INTER_AREA), (sprite.shape[1] / 2, size[1] * 0.04))


def _contact(pixels: int) -> Page:
    """Return the dark contact shadow under the feet."""
    across, down = max(4, round(pixels * 0.36)), max(3, round(pixels * 0.05))
    gx, gy = np.linspace(-1, 1, 2 * across, dtype=np.float32), np.linspace(-1, 1, 2 * down, dtype=np.float32)
    soft = np.clip(1 - (gx[None, :] ** 2 + gy[:, None] ** 2), 0, 1) * np.float32(0.45)
    return _darkness(to_u8(255 * soft), (across, down))


def _shadows(sprite: U8, subject: Subject, backdrop: Backdrop) -> tuple[Page, Page] | None:
    """Return a figure's shadow, away from the sun and longer the lower the sun stands, and its mirror image."""
    light = backdrop.light
    if light.strength < 0.12:
        return None
    low = light.sun_at[1]
    flat = 0.1 + 0.34 * max(0.0, low - 0.3)
    lean = max(-0.9, min(0.9, (subject.x - light.sun_at[0]) * 1.4)) * (0.6 + low)
    rows, columns = sprite.shape[:2]
    wide, high = round(columns + 2 * abs(lean) * rows) + 8, round(rows * flat) + 8
    middle = wide / 2
    pages: list[Page] = []
    for side in (1.0, -1.0):
        turned = np.array([[side, -lean], [0.0, -flat]])
        moved = np.array([middle, 4.0]) - turned @ np.array([columns / 2, rows * 0.985])
        matrix = np.column_stack([turned, moved]).astype(np.float32)
        alpha = np.ascontiguousarray(sprite[..., 3])
        shape = cv2.GaussianBlur(cv2.warpAffine(alpha, matrix, (wide, high)), (0, 0), max(1.0, rows / 70))
        strength = 0.5 * min(1.0, light.strength * 1.3)
        pages.append(_darkness(cv2.convertScaleAbs(shape, alpha=strength), (middle, 4.0)))
    return pages[0], pages[1]


def _darkness(alpha: U8, anchor: tuple[float, float]) -> Page:
    black = np.full_like(alpha, 128)
    shade = cv2.merge([np.zeros_like(alpha), black, black, np.zeros_like(alpha)])
    shade = cv2.multiply(shade, cv2.merge([alpha] * 4), scale=1 / 255)
    shade[..., 3] = alpha
    return page(shade, anchor)


def draw_actor(frame: Frame, actor: Actor, backdrop: Backdrop, view: View, t: float) -> None:
    """Draw an actor at second `t`, with its shadow and reflection."""
    posed = pose(actor.motion, t * actor.subject.tempo, actor.phase, actor.bend.rate / actor.subject.tempo, actor.beat)
    across, up, often, phase = actor.sway
    turn = 2 * pi * (often * t + phase)
    x = actor.x + posed.x * actor.reach * backdrop.width - view.x * backdrop.margin_x * actor.depth - across * sin(turn)
    ground = actor.foot - view.y * backdrop.margin_y * actor.depth - up * sin(turn * 1.31 + 1)
    shown = actor.pages[int(((t * actor.bend.rate + actor.beat) % 1.0) * len(actor.pages))]
    low = ground + posed.y * actor.body
    if posed.level is not None:
        # Figures off the ground are placed by their middle.
        low = posed.level * backdrop.height + actor.body / 2
    else:
        _lay_on_ground(frame, actor, x, ground, low, lifted=posed.y < -0.25, mirrored=posed.mirrored)
    if actor.glow and not actor.glow.before:
        actor.glow.lay(frame, x, low, actor.body, t)
    shown.lay(frame, x, low - (actor.body / 2 if actor.bend.middle else 0), mirrored=posed.mirrored)
    if actor.glow and actor.glow.before:
        actor.glow.lay(frame, x, low, actor.body, t)


def _lay_on_ground(
    frame: Frame, actor: Actor, x: float, ground: float, low: float, *, lifted: bool, mirrored: bool
) -> None:
    """Draw a figure's shadow and reflection; a jumping figure leaves its shadow on the ground."""
    if actor.shadows:
        actor.shadows[mirrored].lay(frame, x, ground)
    if actor.contact and not lifted:
        actor.contact.lay(frame, x, ground)
    if actor.mirror:
        actor.mirror.lay(frame, x, 2 * ground - low, mirrored=mirrored)
