"""Water: reflections, paper waves, light on ripples."""

from __future__ import annotations

import cv2
import numpy as np

from ..planes import F32, Frame
from .backdrop import Backdrop
from .canvas import Canvas, heights, noise, rng, smooth
from .light import Colour, hex_colour, mixed

DEEP = "2a6f9e"
# Room above a wave's line for its crests.
HEADROOM = 0.06
# How far below the next wave's line this one may still be visible.
COVERED = 0.07


def mirror(backdrop: Backdrop, top: float, *, depth: float = 0.3, colour: str = DEEP, clear: float = 0.72) -> None:
    """Add still water from `top` down that reflects what has been added so far; `clear` is how clearly."""
    canvas = backdrop.canvas(top)
    scenery = backdrop.composed()
    canvas.paste(*_mirrored(backdrop, scenery, canvas, top))
    x, y = canvas.coarse()
    down = np.clip((y - backdrop.margin_y) / (canvas.height - backdrop.margin_y), 0, 1)
    light = backdrop.light
    deep = mixed(light.lit(hex_colour(colour), 0.5), light.middle, 0.35)
    canvas.veil(deep, np.broadcast_to(1 - clear + clear * 0.75 * smooth(0.0, 1.0, down), (len(y), x.shape[1])))
    _ripples(backdrop, canvas)
    backdrop.water = top
    shore = backdrop.margin_y
    canvas.reveal(
        [[(-4, shore), (canvas.width + 4, shore), (canvas.width + 4, canvas.height + 4), (-4, canvas.height + 4)]]
    )
    canvas.lines(
        [[(0, shore + 1), (canvas.width, shore + 1)]],
        mixed(light.low, light.haze, 0.5),
        backdrop.height / 500,
        solid=False,
    )
    backdrop.strips.append((top, len(backdrop.layers)))
    backdrop.add(canvas, depth=depth, top=top, water=True)


def _mirrored(backdrop: Backdrop, scenery: Frame, canvas: Canvas, top: float) -> tuple[F32, F32, F32]:
    """Return what is above the shore, upside down, stretched to the water's depth and blurred horizontally."""
    shore = backdrop.row(top)
    rows = min(shore, round((canvas.height - 2 * backdrop.margin_y) * 1.3))
    parts: list[F32] = []
    for plane, by in ((scenery.y, 1), (scenery.u, 2), (scenery.v, 2)):
        part = plane[(shore - rows) // by : shore // by][::-1]
        part = cv2.GaussianBlur(part, (0, 0), sigmaX=6 / by, sigmaY=2.5 / by)
        size = (canvas.width // by, (canvas.height - backdrop.margin_y) // by)
        wide = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
        top_rows = canvas.height // by - size[1]
        parts.append(cv2.copyMakeBorder(wide, top_rows, 0, 0, 0, cv2.BORDER_REPLICATE))
    return parts[0], parts[1], parts[2]


def _ripples(backdrop: Backdrop, canvas: Canvas) -> None:
    """Draw standing ripples, thin and close together at the far edge."""
    generator = rng(backdrop.seed, "ripples")
    light = backdrop.light
    bright, dim = mixed(light.low, light.haze, 0.3), mixed(light.top, light.shade, 0.3)
    sun_x = backdrop.margin_x + light.sun_at[0] * backdrop.width
    strokes: dict[bool, list[F32]] = {True: [], False: []}
    for number in range(200):
        near = generator.random() ** 1.5
        y = backdrop.margin_y + 2 + near * (canvas.height - backdrop.margin_y)
        long = backdrop.width * (0.01 + 0.07 * near) * (0.5 + generator.random())
        thick = backdrop.height * (0.0008 + 0.006 * near)
        x = generator.random() * canvas.width
        if light.sun and number % 3 == 0:
            x = sun_x + generator.normal(0, 0.035 + 0.06 * near) * backdrop.width
        strokes[number % 2 == 0].append(_stroke(x, y, long, thick))
    canvas.polygons(strokes[False], mixed(dim, light.middle, 0.5), solid=False)
    canvas.polygons(strokes[True][1::2], mixed(bright, light.middle, 0.25), solid=False)
    if light.sun:
        path = strokes[True][::2]
        canvas.polygons(path, mixed(light.sun, light.low, 0.35), solid=False)


def _stroke(x: float, y: float, long: float, thick: float) -> F32:
    share = np.linspace(0, 1, 7)
    swell = np.sin(np.pi * share) * thick
    over = np.column_stack([x + (share - 0.5) * long, y - swell])
    under = np.column_stack([x + (share[::-1] - 0.5) * long, y + swell * 0.6])
    return np.concatenate([over, under]).astype(np.float32)


def waves(
    backdrop: Backdrop, top: float, count: int, *, colours: tuple[str, str] = ("3d9cc4", "174f7c"), last: float = 1.0
) -> None:
    """Add strips of paper waves from far to near, each swaying on its own."""
    light = backdrop.light
    backdrop.water = top
    if backdrop.scene.ground and backdrop.scene.environment == "sea":
        colours = backdrop.scene.ground, colours[1]
    for number in range(count):
        share = (number + 0.5) / count
        at, after = (top + (last - top) * (step / count) ** 1.25 for step in (number, number + 1))
        bottom = 1.0 if number == count - 1 else min(1.0, after + COVERED)
        tone = mixed(hex_colour(colours[0]), hex_colour(colours[1]), share)
        body = mixed(light.lit(tone, 0.55), light.middle, 0.34 * light.strength)
        body = mixed(body, light.low, 0.4 * (1 - share) ** 1.5)
        _strip(backdrop, (at - HEADROOM, bottom), number, share, body)


def _strip(backdrop: Backdrop, rows: tuple[float, float], number: int, share: float, body: Colour) -> None:
    top, bottom = rows
    light, canvas = backdrop.light, backdrop.canvas(top, bottom=bottom)
    across = canvas.width
    tall = backdrop.height * (0.008 + 0.03 * share)
    pitch = backdrop.unit * (0.07 + 0.2 * share)
    x = np.arange(0, across + 4, 4, dtype=np.float32)
    phase = 6.283 * rng(backdrop.seed, "wave", number).random()
    swell = heights(len(x), rng(backdrop.seed, "swell", number), bumps=across / backdrop.unit * 2)
    # Round troughs and pointed crests.
    trough = np.abs(np.sin(np.pi * x / pitch + phase)) ** 0.8
    crest = backdrop.margin_y + backdrop.height * HEADROOM
    line = crest - tall * (0.8 * (1 - trough) + 0.5 * swell)
    cx, cy = canvas.coarse()
    down = np.clip((cy - crest) / (backdrop.height * (0.06 + 0.2 * share)), 0, 1)
    field = np.broadcast_to(np.asarray(body, np.float32), (len(cy), cx.shape[1], 3))
    field = field * (1.06 - 0.3 * down)[..., None]
    if light.sun:
        wide = 0.05 + 0.12 * share
        path = np.exp(-((((cx - backdrop.margin_x) / backdrop.width - light.sun_at[0]) / wide) ** 2))
        field = (
            field
            + (np.asarray(light.sun, np.float32) - field)
            * (path * (1 - 0.7 * down) * np.float32(0.75 * light.strength * (1 - 0.45 * share)))[..., None]
        )
    grain = noise(canvas.width // 2, canvas.height // 2, rng(backdrop.seed, "foam", number), cells=30, octaves=2)
    canvas.fill(np.clip(field, 0, 1), np.float32(0.03) * grain)
    edge = np.column_stack([x, line])
    canvas.reveal([np.concatenate([edge, [[across + 4, canvas.height + 4], [-4, canvas.height + 4]]])])
    foam = mixed(mixed(body, light.key, 0.55), light.sun or light.low, 0.3)
    canvas.lines(
        [edge + np.array([0, backdrop.height / 600])],
        foam,
        max(1.0, backdrop.height * (0.001 + 0.004 * share)),
        solid=False,
    )
    drawn: list[F32] = []
    generator = rng(backdrop.seed, "strokes", number)
    for _ in range(round(26 * across / backdrop.width)):
        y = crest + tall + generator.random() * backdrop.height * (0.02 + 0.1 * share)
        drawn.append(
            _stroke(
                generator.random() * across,
                y,
                pitch * (0.2 + 0.4 * generator.random()),
                backdrop.height * (0.0006 + 0.0022 * share),
            )
        )
    canvas.polygons(drawn, mixed(body, foam, 0.5), solid=False)
    rock = backdrop.unit * (0.004 + 0.016 * share)
    sway = (rock, 0.0, 0.16 - 0.05 * share, number * 0.37)
    backdrop.strips.append((top + HEADROOM, len(backdrop.layers)))
    backdrop.add(canvas, depth=0.3 + 0.6 * share, top=top, bottom=bottom, sway=sway, shadow=0.22, water=share < 0.7)
