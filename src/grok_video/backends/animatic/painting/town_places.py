"""Places in a town: a narrow alley, a railway station."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .backdrop import Backdrop
from .canvas import Canvas, noise, rng
from .landscapes import snowy
from .light import Colour, hex_colour, mixed, times
from .town import GLOW, SIGNS, road, skyline


def alley(backdrop: Backdrop) -> None:
    """Paint a narrow alley between two walls, with pipes, signs and lit windows, towards a light at its end."""
    canvas, light, unit = backdrop.canvas(0.1, bottom=0.8), backdrop.light, backdrop.unit
    canvas.flood(light.lit(hex_colour("5d6b86"), 0.3, 0.4))
    skyline(backdrop, canvas, canvas.height - backdrop.margin_y, 0.55 * backdrop.height, 8, 0.4, 7)
    end = canvas.width / 2, canvas.height * 0.72
    canvas.glow(*end, unit * 0.5, hex_colour("ffd890"), 0.35 + 0.4 * min(1.0, light.lamps * 2))
    backdrop.add(canvas, depth=0.16, top=0.1, bottom=0.8, shadow=0.2)
    road(backdrop, 0.72)
    walls = backdrop.canvas()
    generator = rng(backdrop.seed, "alley")
    brick = (hex_colour("7a5246"), hex_colour("6b5560"))
    walls.flood(light.lit(brick[0], 0.3))
    for side in (0, 1):
        _wall(backdrop, walls, side, brick[side], generator)
    rough = noise(walls.width // 2, walls.height // 2, rng(backdrop.seed, "bricks"), cells=60, octaves=2)
    walls.roughen(np.float32(0.07) * rough)
    backdrop.add(walls, depth=0.6, shadow=0.25)
    backdrop.ground = 0.82


def _wall(backdrop: Backdrop, canvas: Canvas, side: int, brick: Colour, generator: np.random.Generator) -> None:
    light, unit = backdrop.light, backdrop.unit
    wide, high = canvas.width, canvas.height
    foot, far_foot = high * 1.02, backdrop.margin_y + 0.76 * backdrop.height
    near, far = (0.0, 0.33 * wide) if side == 0 else (float(wide), 0.67 * wide)
    sign = 1 if side == 0 else -1
    canvas.polygons(
        [
            [
                (near - sign * 4, -4),
                (far, backdrop.margin_y + 0.05 * backdrop.height),
                (far, far_foot),
                (near - sign * 4, foot),
            ]
        ],
        light.lit(brick, 0.32),
    )

    def on(across: float, down: float) -> tuple[float, float]:
        """Return the pixel of a place on the wall: 0 to 1 from near to far, and from its top to its foot."""
        x = near + (far - near) * across
        top = -4 + (backdrop.margin_y + 0.05 * backdrop.height + 4) * across
        low = foot + (far_foot - foot) * across
        return x, top + (low - top) * down

    courses = [[on(0, share), on(1, share)] for share in np.linspace(0.03, 0.97, 34)]
    canvas.lines(courses, light.lit(times(brick, 0.6), 0.2), unit * 0.002, solid=False)
    for row in (0.16, 0.4, 0.64):
        for column in (0.2, 0.48, 0.74):
            pane = [on(column, row), on(column + 0.13, row), on(column + 0.13, row + 0.13), on(column, row + 0.13)]
            lit = generator.random() < light.lamps + 0.05
            tone = hex_colour(GLOW[int(generator.integers(0, 3))]) if lit else mixed(light.middle, light.shade, 0.5)
            canvas.polygons([pane], times(light.lit(brick, 0.1), 0.7), solid=False)
            canvas.polygons([pane], tone, solid=False)
            if lit:
                canvas.glow((pane[0][0] + pane[1][0]) / 2, (pane[0][1] + pane[2][1]) / 2, unit * 0.16, tone, 0.35)
    pipe = [on(0.36, 0), on(0.36, 0.98)]
    canvas.lines([pipe], light.lit(hex_colour("3b3f49"), 0.4), unit * 0.012, solid=False)
    for number, column in enumerate((0.3, 0.62)):
        colour = hex_colour(SIGNS[(number + 2 * side) % len(SIGNS)])
        x, y = on(column, 0.52)
        box = (x, y - unit * 0.1, x + sign * unit * 0.055, y + unit * 0.1)
        canvas.rectangles(
            [(min(box[0], box[2]), box[1], max(box[0], box[2]), box[3])],
            mixed(colour, (0.1, 0.1, 0.15), 0.3 if light.lamps > 0.15 else 0.6),
        )
        middle = (box[0] + box[2]) / 2
        for row in range(4):
            cy = box[1] + unit * (0.03 + 0.047 * row)
            canvas.rectangles(
                [(middle - unit * 0.014, cy - unit * 0.013, middle + unit * 0.014, cy + unit * 0.013)],
                (1.0, 0.97, 0.92),
                solid=False,
            )
        if light.lamps > 0.15:
            canvas.glow(middle, y, unit * 0.22, colour, 0.55)


def station(backdrop: Backdrop) -> None:
    """Paint a railway platform under a glass roof, with a clock, lamps and a waiting train's track."""
    canvas, light, unit = backdrop.canvas(0.1, bottom=0.8), backdrop.light, backdrop.unit
    canvas.flood(light.lit(hex_colour("5d6b86"), 0.3, 0.5))
    skyline(backdrop, canvas, canvas.height - backdrop.margin_y, 0.4 * backdrop.height, 12, 0.5, 9)
    backdrop.add(canvas, depth=0.14, top=0.1, bottom=0.8, shadow=0.15)
    _hall(backdrop)
    platform = backdrop.canvas(0.62)
    stone, gravel = hex_colour("a8a49c"), hex_colour("6b6258")
    platform.flood(light.lit(stone, 0.5))
    platform.cover()
    rough = noise(platform.width // 2, platform.height // 2, rng(backdrop.seed, "gravel"), cells=50, octaves=2)
    y = backdrop.margin_y
    platform.rectangles([(0, 0, platform.width, y + unit * 0.13)], light.lit(gravel, 0.4), solid=False)
    for rail in (0.035, 0.1):
        platform.rectangles(
            [(0, y + unit * rail, platform.width, y + unit * (rail + 0.009))],
            light.lit(hex_colour("c9ced8"), 0.8),
            solid=False,
        )
    ties = [
        (at, y + unit * 0.02, at + unit * 0.03, y + unit * 0.118) for at in np.arange(0, platform.width, unit * 0.075)
    ]
    platform.rectangles(ties, light.lit(hex_colour("54402f"), 0.4), solid=False)
    for rail in (0.035, 0.1):
        platform.rectangles(
            [(0, y + unit * rail, platform.width, y + unit * (rail + 0.007))],
            light.lit(hex_colour("c9ced8"), 0.8),
            solid=False,
        )
    platform.rectangles(
        [(0, y + unit * 0.13, platform.width, y + unit * 0.15)], light.lit(hex_colour("f0e2a8"), 0.8), solid=False
    )
    platform.rectangles(
        [(0, y + unit * 0.15, platform.width, y + unit * 0.165)], light.lit(times(stone, 0.6), 0.4), solid=False
    )
    platform.roughen(np.float32(0.05) * rough)
    if snowy(backdrop):
        platform.rectangles(
            [(0, y + unit * 0.166, platform.width, platform.height)], light.lit((0.93, 0.95, 0.99), 0.7), solid=False
        )
    platform.erase((0, 0, platform.width, y))
    backdrop.add(platform, depth=0.8, top=0.62)
    backdrop.ground, backdrop.track = 0.86, 0.73
    backdrop.light = replace(backdrop.light, strength=0.4 * backdrop.light.strength)


def _hall(backdrop: Backdrop) -> None:
    canvas, light, unit = backdrop.canvas(bottom=0.72), backdrop.light, backdrop.unit
    iron = light.lit(hex_colour("3a4a4a"), 0.45)
    canvas.flood(iron)
    high, wide = canvas.height, canvas.width
    roof = backdrop.margin_y + 0.2 * backdrop.height
    ways: list[list[tuple[float, float]]] = []
    for number in range(-1, int(wide / (unit * 0.5)) + 2):
        x = number * unit * 0.5
        canvas.rectangles([(x - unit * 0.011, roof, x + unit * 0.011, high)], iron)
        canvas.rectangles([(x - unit * 0.02, high - unit * 0.05, x + unit * 0.02, high)], iron)
        arch = np.linspace(0, np.pi, 16)
        ways.append(
            [
                (x + unit * 0.25 - unit * 0.25 * float(np.cos(a)), roof + unit * 0.13 - unit * 0.13 * float(np.sin(a)))
                for a in arch
            ]
        )
    canvas.lines(ways, iron, unit * 0.012)
    canvas.rectangles([(0, roof - unit * 0.012, wide, roof + unit * 0.012)], iron)
    slats = [[(x, 0), (x + unit * 0.05, roof)] for x in np.arange(-unit, wide + unit, unit * 0.12)]
    canvas.lines(slats, iron, unit * 0.006)
    x, y = backdrop.margin_x + 0.5 * backdrop.width, roof + unit * 0.13
    canvas.rectangles([(x - 2, roof, x + 2, y)], iron)
    canvas.circles([(x, y, unit * 0.06)], iron)
    canvas.circles([(x, y, unit * 0.05)], (0.98, 0.96, 0.9), solid=False)
    canvas.lines(
        [[(x, y), (x, y - unit * 0.036)], [(x, y), (x + unit * 0.024, y + unit * 0.012)]],
        (0.1, 0.1, 0.12),
        unit * 0.006,
        solid=False,
    )
    for number in range(int(wide / (unit * 0.5)) + 1):
        lamp = (number * unit * 0.5 + unit * 0.25, roof + unit * 0.05)
        canvas.circles([(*lamp, unit * 0.014)], hex_colour("ffe9b8"))
        if light.lamps > 0.15:
            canvas.glow(*lamp, unit * 0.16, hex_colour("ffd890"), 0.6)
    backdrop.add(canvas, depth=0.5, bottom=0.72, shadow=0.15)
