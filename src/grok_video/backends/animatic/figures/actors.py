"""Figures lit by the scene, standing, swimming or flying, with shadow and reflection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import pi, sin

import cv2
import numpy as np

from ..motion import View, arriving, pose
from ..painting.backdrop import MARGIN_X, Backdrop, Layer
from ..painting.canvas import rng
from ..painting.light import Light, mixed
from ..planes import F32, U8, Frame, rgb_to_yuv, to_u8
from ..scene import Subject
from .catalog import FLAPPERS, VEHICLES, is_boat
from .flipbook import Bend, Page, bends, book, page, pose_page
from .glow import GLOWING, Glow, glow_of
from .limbs import RATES
from .outfits import Wardrobe, dressed, has_limbs, stands_upright
from .scale import scale_of
from .traits import SUN_AND_MOON, animate, is_one_of

BASE_SIZE = 0.34
# How much larger figures are in each framing: the one that the shot is about, and the others.
FRAMING = {
    "close_up": (3.1, 1.15),
    "medium": (1.7, 1.25),
    "full": (1.0, 1.0),
    "wide": (0.62, 0.62),
    "aerial": (0.5, 0.5),
}
# The largest share of the height, and the row of the feet of the one that the shot is about.
TALLEST = {"close_up": 1.55, "medium": 1.05, "full": 0.66, "wide": 0.5, "aerial": 0.4}
LEAD_FOOT = {"close_up": 1.62, "medium": 1.16}
# Many of a kind are scattered over the frame instead of standing in a row.
ROW = 5
# The longest path of any motion, in frame widths.
TRAVEL = 0.26
# With more subjects than this, each gets fewer pages.
CROWD, CROWD_PAGES = 4, 8
# Rotated so that they point up when they rise.
LEANING = {"🚀": 45.0}
# Motions that leave the pace to what the arms do.
QUIET = frozenset(("bob", "stand", "sit", "kneel", "float", "surf", "ride"))
# What figures without arms do instead of a gesture.
GESTURED = {
    **dict.fromkeys(("fight", "kick", "push", "pour", "throw"), "lunge"),
    **dict.fromkeys(("eat", "drink"), "peck"),
    **dict.fromkeys(("nod", "look", "hug", "wave"), "lean"),
    **dict.fromkeys(("talk", "sing", "laugh", "play"), "chatter"),
}
TRAINS = frozenset("🚂🚃🚄🚅🚆🚇🚈🚋🚝🚞")
GOING = frozenset(("run", "walk", "drive", "hover", "fly", "swim", "crawl", "slide", "jump", "roll"))
AIRBORNE = frozenset(("fly", "hover"))


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
    mirrored: bool | None = None
    goal: float | None = None
    level: float | None = None


def build_actors(subjects: tuple[Subject, ...], backdrop: Backdrop) -> list[Actor]:
    """Return the actors of all subjects, drawn once at their final size, distant ones first."""
    names = {subject.key for subject in subjects}
    standing = [subject for subject in subjects if subject.carrier not in names or subject.carrier == subject.key]
    wardrobe = Wardrobe(subjects, backdrop.portraits)
    lead = lead_of(standing)
    actors: list[Actor] = []
    for subject in standing:
        actors += _standing(subject, wardrobe, backdrop, leads=subject is lead)
    return sorted(actors, key=lambda actor: (actor.after, actor.subject.depth))


def lead_of(standing: Sequence[Subject]) -> Subject | None:
    """Return whom a shot is about: the first person or animal, or else the first figure."""
    return next((subject for subject in standing if animate(subject.figure)), standing[0] if standing else None)


def _standing(subject: Subject, wardrobe: Wardrobe, backdrop: Backdrop, *, leads: bool) -> list[Actor]:
    if leads and backdrop.scene.environment == "studio":
        # A product stands in the middle of its table, large.
        subject = replace(subject, x=0.5, depth=0.5, size=1.7 * subject.size)
    foot, kind, after, layer = _stand(subject, backdrop)
    framing = backdrop.scene.framing
    if kind == "sky":
        leads = False
    if leads and framing in LEAD_FOOT:
        foot, kind, layer = backdrop.height * LEAD_FOOT[framing], "air" if kind == "air" else "close", None
        after = max(number for number, layer in enumerate(backdrop.layers) if not layer.front)
    pixels = _pixels(subject, backdrop, leads=leads)
    limber = has_limbs(subject, wardrobe)
    motion = _motion(subject, wardrobe, afloat=kind == "water", limber=limber, weightless=backdrop.weightless)
    bend = bends()[motion]
    crowded = len(wardrobe.everyone) > CROWD or framing == "close_up" or subject.count > ROW
    count = min(bend.pages, CROWD_PAGES) if crowded else bend.pages
    rate = RATES.get(subject.gesture, bend.rate) if limber and motion in QUIET else bend.rate
    bend = replace(bend, rate=rate * subject.tempo, pages=count)
    turns = [2 * pi * number / count for number in range(count)] if limber else [0.0]
    drawings = [dressed(subject, wardrobe, pixels, turn) for turn in turns]
    if subject.motion == "rise" and subject.figure in LEANING:
        drawings = [_leaned(drawing, LEANING[subject.figure]) for drawing in drawings]
    # Feet touch the ground, whatever space the drawing leaves below them.
    drawings = [_grounded(drawing) for drawing in drawings]
    rgba = drawings[0]
    pixels = rgba.shape[0]
    if kind == "close" and framing == "close_up":
        # The head of somebody, or the middle of something, is in the middle of the image.
        middle = max(backdrop.height * 0.96, backdrop.height * 0.5 + pixels / 2)
        foot = backdrop.height * 0.06 + pixels if limber else middle
    light = backdrop.light
    if subject.figure[0] in GLOWING:
        light = replace(light, key=(1.0, 1.0, 1.0), shade=(0.95, 0.95, 0.95))
    away = backdrop.width * (subject.x - backdrop.light.sun_at[0])
    sprites = [lit_sprite(drawing, light, away) for drawing in drawings]
    if kind == "water" and motion == "swim":
        # Larger figures lie deeper in the water.
        foot += 0.1 * pixels
    if kind == "water":
        floats = is_boat(subject.figure) or motion in ("stand", "surf", "float")
        sprites = [_immersed(sprite, 0.94 if floats else 0.8) for sprite in sprites]
    sprite = sprites[0]
    pages = [pose_page(drawn, bend, number) for number, drawn in enumerate(sprites)] if limber else book(sprite, bend)
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
        mirrored=_facing(subject.facing, limber=limber),
        goal=_goal(subject, motion, wardrobe, backdrop),
        level=subject.level,
    )
    actor = replace(actor, glow=glow_of(subject, motion, pixels, backdrop))
    if kind == "ground":
        actor = replace(actor, contact=_contact(pixels), shadows=_shadows(sprite, subject, backdrop))
    if kind == "water" or (kind == "ground" and backdrop.wet):
        actor = replace(actor, mirror=_mirror(sprite))
    # Around a figure with arms there is room for raised ones.
    wide = round(sprite.shape[1] * (0.74 if limber else 1.0))
    return _several(actor, wide, backdrop, on_ground=kind == "ground")


def _grounded(rgba: U8) -> U8:
    rows = np.flatnonzero(rgba[..., 3].max(1) > 40)
    return rgba[: int(rows[-1]) + 1] if len(rows) else rgba


def _facing(side: str, *, limber: bool) -> bool | None:
    """Return whether a figure is mirrored to face a side; figures with arms face right, others left."""
    return None if not side else side == ("left" if limber else "right")


def _goal(subject: Subject, motion: str, wardrobe: Wardrobe, backdrop: Backdrop) -> float | None:
    """Return where somebody is who goes to another, right beside it."""
    other = next((one for one in wardrobe.everyone if one.key == subject.target != subject.key), None)
    if other is None or motion not in GOING or subject.facing:
        return None
    side = -0.1 if subject.x < other.x else 0.1
    return backdrop.width * min(0.95, max(0.05, other.x + side))


def _several(actor: Actor, wide: int, backdrop: Backdrop, *, on_ground: bool) -> list[Actor]:
    """Return positions for the figures of a subject, side by side and within the frame for any motion."""
    subject = actor.subject
    if subject.count > ROW:
        return _scattered(actor, backdrop, on_ground=on_ground)
    duel = subject.target == subject.key
    apart = (1.12 if duel else 0.94) * wide / backdrop.width
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
        side = _facing("right" if number % 2 == 0 else "left", limber=True) if duel else actor.mirrored
        foot = actor.foot if duel else foot
        actors.append(replace(actor, x=x, foot=foot, phase=phase, beat=beat, reach=reach, mirrored=side))
    return actors


def _scattered(actor: Actor, backdrop: Backdrop, *, on_ground: bool) -> list[Actor]:
    """Return many figures all over the frame, each on its own way."""
    generator = rng(backdrop.seed, "crowd", round(actor.phase * 255))
    actors: list[Actor] = []
    for number in range(actor.subject.count):
        x = (number + 0.15 + 0.7 * generator.random()) / actor.subject.count
        near = generator.random()
        spread = (backdrop.near - backdrop.ground) * near if on_ground else 0.4 * (near - 0.5)
        foot = backdrop.height * (backdrop.ground + spread) if on_ground else actor.foot + backdrop.height * spread
        beat = generator.random()
        actors.append(replace(actor, x=x * backdrop.width, foot=foot, phase=beat, beat=beat, reach=0.35,
                              level=0.12 + 0.5 * near if actor.motion in AIRBORNE else None))  # fmt: skip
    return sorted(actors, key=lambda one: one.foot)


def _stand(subject: Subject, backdrop: Backdrop) -> tuple[float, str, int, Layer | None]:
    """Return where a figure stands: its foot's row, on what, the layer it follows, and the layer it moves with."""
    last = max(number for number, layer in enumerate(backdrop.layers) if not layer.front)
    if is_one_of(subject.figure, SUN_AND_MOON) and not backdrop.weightless and not subject.carrier:
        # Behind all land, in front of the sky alone.
        return backdrop.height * 0.3, "sky", 0, backdrop.layers[0]
    if backdrop.track is not None and subject.figure[0] in TRAINS:
        return backdrop.height * backdrop.track, "ground", last, None
    if backdrop.weightless:
        return backdrop.height * (0.42 + 0.36 * subject.depth), "air", last, None
    in_water = subject.motion == "swim" or is_boat(subject.figure) or not backdrop.dry
    if in_water and backdrop.water is not None:
        row = backdrop.water + 0.03 + (backdrop.shore - 0.02 - backdrop.water) * (0.1 + 0.8 * subject.depth)
        shores = [number for crest, number in backdrop.strips if crest <= row - 0.01]
        after = shores[-1] if shores else backdrop.strips[0][1]
        if len(backdrop.strips) > 1 and not is_boat(subject.figure):
            # The next wave covers the part that is under water.
            row += 0.03
        return backdrop.height * row, "water", after, backdrop.layers[after]
    foot = backdrop.height * (backdrop.ground + (backdrop.near - backdrop.ground) * (0.1 + 0.85 * subject.depth))
    return foot, "ground", last, None


def _inside(x: float, size: float) -> float:
    edge = min(0.5, MARGIN_X * 0.8 + size / 2)
    return min(1 - edge, max(edge, x))


def _pixels(subject: Subject, backdrop: Backdrop, *, leads: bool) -> int:
    scale = scale_of(subject.figure) * subject.size
    framing = backdrop.scene.framing
    crowd = 1.0 if subject.count < 3 else 0.8 if subject.count <= ROW else 0.55
    depth = subject.depth if framing not in LEAD_FOOT or not leads else 0.85
    scale = max(scale, 0.75) if framing == "close_up" and leads else scale
    share = BASE_SIZE * scale * crowd * (0.55 + 0.65 * depth) * FRAMING[framing][0 if leads else 1]
    pixels = min(backdrop.height, 0.85 * backdrop.width) * min(TALLEST[framing] if leads else 0.66, share)
    if (portrait := backdrop.portraits.get(subject.figure)) is not None:
        # A wide image may take most of the width, but not all of it.
        pixels = min(pixels, 0.36 * backdrop.width * portrait.shape[0] / portrait.shape[1])
    return max(24, round(pixels / 2) * 2)


def _motion(subject: Subject, wardrobe: Wardrobe, *, afloat: bool, limber: bool, weightless: bool) -> str:
    """Return a figure's motion, from what the prompt says and from what the figure is."""
    first, motion = subject.figure[0], subject.motion
    if first in SUN_AND_MOON and not weightless:
        return "moonrise" if motion == "rise" else "moonset" if motion == "fall" else "sky"
    if motion == "spin" and first not in "⚽🏀🏐⚾🎾🛞🌍🪐⚙🏈🎱🪀🎡☀🌪🧭":
        return "turntable"
    if first in "🔥🕯":
        return "flame"
    if is_boat(subject.figure) and afloat:
        return "float"
    if motion in ("run", "walk", "chase", "follow") and first in VEHICLES:
        return "drive"
    if motion == "fly" and (first not in FLAPPERS or stands_upright(subject, wardrobe)):
        return "hover"
    if motion == "swim" and not afloat and first in VEHICLES:
        return "drive"
    if motion == "rise" and first not in "🚀🛸✈🚁":
        return "ascend"
    motion = {"chase": "run", "follow": "walk"}.get(motion, motion)
    if not limber and motion in QUIET | {"sway"} and subject.gesture in GESTURED:
        return GESTURED[subject.gesture]
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
    sprite = sprite[int(np.flatnonzero(sprite[..., 3].max(1) > 8)[0]) :]
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
    if actor.goal is not None:
        posed = arriving(posed, t * actor.subject.tempo, (actor.goal - actor.x) / backdrop.width)
    reach = 1.0 if actor.goal is not None else actor.reach
    mirrored = posed.mirrored if actor.mirrored is None else actor.mirrored
    across, up, often, phase = actor.sway
    turn = 2 * pi * (often * t + phase)
    x = actor.x + posed.x * reach * backdrop.width - view.x * backdrop.margin_x * actor.depth - across * sin(turn)
    ground = actor.foot - view.y * backdrop.margin_y * actor.depth - up * sin(turn * 1.31 + 1)
    shown = actor.pages[_page_at(actor, t)]
    low = ground + posed.y * actor.body
    level = posed.level if actor.level is None or posed.level is None else posed.level + actor.level - 0.3
    if level is None and actor.level is not None:
        level = actor.level + 0.01 * sin(1.3 * t + 6.28 * actor.phase)
    if level is not None:
        # Figures off the ground are placed by their middle.
        low = level * backdrop.height + actor.body / 2
    else:
        _lay_on_ground(frame, actor, x, ground, low, lifted=posed.y < -0.25, mirrored=mirrored)
    if actor.glow and not actor.glow.before:
        actor.glow.lay(frame, x, low, actor.body, t)
    shown.lay(frame, x, low - (actor.body / 2 if actor.bend.middle else 0), mirrored=mirrored)
    if actor.glow and actor.glow.before:
        actor.glow.lay(frame, x, low, actor.body, t)


def _page_at(actor: Actor, t: float) -> int:
    turns = t * actor.bend.rate
    if actor.bend.once:
        return min(len(actor.pages) - 1, int(turns * len(actor.pages)))
    return int(((turns + actor.beat) % 1.0) * len(actor.pages))


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
