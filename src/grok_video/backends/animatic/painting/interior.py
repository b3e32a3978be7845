"""A room with a window that shows the weather outside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .backdrop import Backdrop
from .canvas import Canvas, noise, rng
from .light import Colour, hex_colour, mixed, times


def room(backdrop: Backdrop) -> None:
    """Paint a room with a window that shows the weather outside, a lamp, framed paintings and a rug."""
    canvas, light, unit = backdrop.canvas(), backdrop.light, backdrop.unit
    inside = indoors(backdrop)
    wall, floor = hex_colour("d9b89c"), hex_colour("9a6a48")
    x, y = canvas.coarse()
    skirting = backdrop.margin_y + 0.7 * backdrop.height
    field = np.where(
        (y < skirting)[..., None],
        np.asarray(times(wall, inside), np.float32),
        np.asarray(times(floor, inside), np.float32),
    )
    canvas.fill(np.broadcast_to(field, (len(y), x.shape[1], 3)), None)
    canvas.cover()
    stripes = [(at, 0.0, at + unit * 0.03, skirting) for at in np.arange(0, canvas.width, unit * 0.12)]
    canvas.rectangles(stripes, times(mixed(wall, (1.0, 0.95, 0.9), 0.22), inside), solid=False)
    boards = [
        [(at - (canvas.width / 2 - at) * 0.0, skirting), (at + (at - canvas.width / 2) * 0.7, canvas.height)]
        for at in np.arange(0, canvas.width + 1, unit * 0.13)
    ]
    canvas.lines(boards, times(mixed(floor, (0.2, 0.1, 0.05), 0.35), inside), unit * 0.004, solid=False)
    canvas.rectangles(
        [(0, skirting - unit * 0.03, canvas.width, skirting)], times((0.96, 0.93, 0.88), inside), solid=False
    )
    room_window(backdrop, canvas, inside)
    _furniture(backdrop, canvas, inside, skirting)
    strokes = noise(canvas.width // 8, canvas.height // 4, rng(backdrop.seed, "wall"), cells=14, octaves=3)
    canvas.roughen(np.float32(0.035) * strokes)
    backdrop.shelter = len(backdrop.layers) - 1
    backdrop.add(canvas, depth=0.4)
    backdrop.horizon, backdrop.ground = 0.62, 0.78
    shade = times(inside, (0.7, 0.68, 0.74))
    backdrop.light = replace(light, key=inside, shade=shade, sun=None, sun_at=(0.5, 0.2), strength=0.2, stars=0.0)


def indoors(backdrop: Backdrop) -> Colour:
    """Return the light inside: lamps where it is dark outside."""
    warm = hex_colour("ffdcae")
    return mixed(backdrop.light.key, warm, 0.3 if backdrop.light.lamps < 0.15 else 0.72)


def room_window(
    backdrop: Backdrop, canvas: Canvas, inside: Colour, *, x: float = 0.3, half: float = 0.23, tall: float = 0.4,
    top: float = 0.13, curtains: bool = True,
) -> None:  # fmt: skip
    """Cut a window into a wall, with its frame; `x` and `top` are shares of the frame, the rest are units."""
    unit = backdrop.unit
    x, top, half, tall = (
        backdrop.margin_x + backdrop.width * x,
        backdrop.margin_y + backdrop.height * top,
        unit * half,
        unit * tall,
    )
    frame = times((0.97, 0.95, 0.9), inside)
    canvas.rectangles(
        [(x - half - unit * 0.022, top - unit * 0.022, x + half + unit * 0.022, top + tall + unit * 0.022)],
        frame,
        solid=False,
    )
    canvas.erase((x - half, top, x + half, top + tall))
    canvas.rectangles(
        [
            (x - unit * 0.008, top, x + unit * 0.008, top + tall),
            (x - half, top + tall * 0.45, x + half, top + tall * 0.45 + unit * 0.014),
        ],
        frame,
    )
    canvas.rectangles(
        [(x - half - unit * 0.05, top + tall + unit * 0.015, x + half + unit * 0.05, top + tall + unit * 0.04)],
        times(frame, 0.92),
    )
    if curtains:
        _curtains(canvas, (x, top, half, tall), inside, unit)


def _curtains(canvas: Canvas, box: tuple[float, float, float, float], inside: Colour, unit: float) -> None:
    x, top, half, tall = box
    cloth, fold = times(hex_colour("b5524a"), inside), times(hex_colour("8f3d3a"), inside)
    for side in (-1, 1):
        for number in range(4):
            at = x + side * (half + unit * (0.07 - 0.03 * number))
            canvas.polygons(
                [
                    [
                        (at, top - unit * 0.05),
                        (at + side * unit * 0.034, top - unit * 0.05),
                        (at + side * unit * 0.045, top + tall + unit * 0.06),
                        (at, top + tall + unit * 0.06),
                    ]
                ],
                cloth if number % 2 else fold,
            )
    canvas.rectangles(
        [(x - half - unit * 0.13, top - unit * 0.062, x + half + unit * 0.13, top - unit * 0.045)],
        times(hex_colour("6a4634"), inside),
    )


def _furniture(backdrop: Backdrop, canvas: Canvas, inside: Colour, skirting: float) -> None:
    unit, right = backdrop.unit, backdrop.margin_x + backdrop.width * 0.78
    for at, size, colour in ((right - unit * 0.2, 0.11, "5f8fb0"), (right + unit * 0.02, 0.14, "c98a5a")):
        y = backdrop.margin_y + backdrop.height * 0.3
        canvas.rectangles(
            [(at - unit * size * 0.5, y - unit * size * 0.62, at + unit * size * 0.5, y + unit * size * 0.62)],
            times(hex_colour("6a4a34"), inside),
            solid=False,
        )
        canvas.rectangles(
            [(at - unit * size * 0.42, y - unit * size * 0.54, at + unit * size * 0.42, y + unit * size * 0.54)],
            times(hex_colour(colour), inside),
            solid=False,
        )
        canvas.circles(
            [(at, y + unit * size * 0.2, unit * size * 0.22)], times(hex_colour("e8d8a8"), inside), solid=False
        )
    lamp_x = right + unit * 0.2
    wood = times(hex_colour("5a3d2e"), inside)
    canvas.rectangles(
        [(lamp_x - unit * 0.005, skirting - unit * 0.4, lamp_x + unit * 0.005, skirting + unit * 0.03)],
        wood,
        solid=False,
    )
    canvas.polygons(
        [
            [
                (lamp_x - unit * 0.045, skirting - unit * 0.48),
                (lamp_x + unit * 0.045, skirting - unit * 0.48),
                (lamp_x + unit * 0.085, skirting - unit * 0.36),
                (lamp_x - unit * 0.085, skirting - unit * 0.36),
            ]
        ],
        hex_colour("ffe2a8"),
        solid=False,
    )
    canvas.glow(
        lamp_x,
        skirting - unit * 0.4,
        unit * 0.42,
        hex_colour("ffd890"),
        0.28 + 0.5 * min(1.0, backdrop.light.lamps * 2),
    )
    rug = backdrop.margin_x + backdrop.width * 0.5
    for share, colour in ((1.0, "8c3f48"), (0.86, "d8b070"), (0.76, "a84f50"), (0.4, "d8b070"), (0.34, "8c3f48")):
        canvas.circles(
            [(rug, backdrop.margin_y + backdrop.height * 0.87, unit * 0.5 * share)],
            times(hex_colour(colour), inside),
            solid=False,
            flat=0.2,
        )
