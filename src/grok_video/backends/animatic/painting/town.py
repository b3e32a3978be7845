"""Built environments: city, street, village."""

from __future__ import annotations

import numpy as np

from ..planes import F32
from . import plants
from .backdrop import Backdrop
from .canvas import Canvas, noise, rng
from .land import SNOW, Decorate, Ridge, hill
from .landscapes import grass, snowy
from .light import Colour, hex_colour, mixed, times

GLOW = ("ffd27a", "ffe2a6", "ffc46b", "a8dcff")
SIGNS = ("ff4f9a", "38e0ff", "ffd23f", "8c6bff", "5cff9d")
WALLS = ("c98a6b", "d9b48a", "a9746a", "8f9bb0", "c2a37e", "9a8478", "b5c0a0", "d8c7b0")
Box = tuple[float, float, float, float]


def city(backdrop: Backdrop) -> None:
    """Paint a skyline in three depths over a wet or dry street."""
    for key, top, tallest, count, far, depth in ((1, 0.2, 0.5, 24, 0.6, 0.12), (2, 0.28, 0.5, 15, 0.34, 0.24)):
        canvas = backdrop.canvas(top, bottom=0.8)
        foot = canvas.height - backdrop.margin_y
        canvas.flood(backdrop.light.lit(hex_colour("5d6b86"), 0.3, far))
        many = max(6, round(count * canvas.width / backdrop.unit / 2))
        skyline(backdrop, canvas, foot, tallest * backdrop.height, many, far, key)
        backdrop.add(canvas, depth=depth, top=top, bottom=0.8, shadow=0.2)
    _houses(backdrop, 0.3, 0.77, 0.34, depth=0.5)
    road(backdrop, 0.76)
    backdrop.ground = 0.83


def street(backdrop: Backdrop) -> None:
    """Paint a row of shops with lamps, close by."""
    canvas = backdrop.canvas(0.1, bottom=0.8)
    canvas.flood(backdrop.light.lit(hex_colour("5d6b86"), 0.3, 0.4))
    many = max(5, round(12 * canvas.width / backdrop.unit / 2))
    skyline(backdrop, canvas, canvas.height - backdrop.margin_y, 0.6 * backdrop.height, many, 0.42, 5)
    backdrop.add(canvas, depth=0.2, top=0.1, bottom=0.8, shadow=0.2)
    _houses(backdrop, 0.06, 0.74, 0.56, depth=0.5)
    road(backdrop, 0.72)
    backdrop.ground = 0.81


def skyline(backdrop: Backdrop, canvas: Canvas, foot: float, tallest: float, count: int, far: float, key: int) -> None:
    """Draw a row of towers with windows, standing at the row `foot`."""
    generator = rng(backdrop.seed, "skyline", key)
    tones = ("5d6b8a", "4c5874", "77718f", "66607c")
    wide = canvas.width / count
    order = generator.permutation(count)
    side = backdrop.light.side
    for number in order:
        across = wide * (0.8 + 0.7 * generator.random())
        left = (number + 0.5) * wide - across / 2 + generator.normal(0, 0.1) * wide
        tall = tallest * (0.36 + 0.64 * generator.random() ** 1.3)
        tone = hex_colour(tones[int(generator.integers(0, 4))])
        roof = foot - tall
        canvas.rectangles([(left, roof, left + across, foot + 4)], backdrop.light.lit(tone, 0.45, far))
        edge = (
            (left + across * 0.66, roof, left + across, foot) if side > 0 else (left, roof, left + across * 0.34, foot)
        )
        canvas.rectangles([edge], backdrop.light.lit(tone, 0.95, far), solid=False)
        _roof(
            canvas, (left, roof, left + across), backdrop.light.lit(tone, 0.2, far), int(generator.integers(0, 5)), wide
        )
        _windows(backdrop, canvas, (left, roof, left + across, foot), backdrop.unit * 0.013, tone, far, generator)


def _roof(canvas: Canvas, top: tuple[float, float, float], tone: Colour, kind: int, size: float) -> None:
    left, y, right = top
    middle, across = (left + right) / 2, right - left
    if kind == 0:
        canvas.rectangles(
            [
                (middle - 1, y - size * 0.55, middle + 1, y),
                (middle - across * 0.1, y - size * 0.14, middle + across * 0.1, y),
            ],
            tone,
        )
    elif kind == 1:
        canvas.rectangles([(left + across * 0.2, y - size * 0.16, right - across * 0.2, y)], tone)
    elif kind == 2:
        canvas.polygons([[(left + across * 0.15, y), (middle, y - size * 0.5), (right - across * 0.15, y)]], tone)
    elif kind == 3:
        canvas.rectangles([(left + across * 0.15, y - size * 0.24, left + across * 0.45, y)], tone)


def _windows(
    backdrop: Backdrop, canvas: Canvas, box: Box, cell: float, wall: Colour, far: float, generator: np.random.Generator
) -> None:
    """Draw a grid of windows; a share of them is lit."""
    left, top, right, bottom = box
    columns, rows = int((right - left - cell) / (cell * 1.55)), int((bottom - top - cell) / (cell * 1.9))
    if columns < 1 or rows < 1:
        return
    start = left + ((right - left) - (columns - 0.35) * cell * 1.55) / 2
    chance = generator.random((rows, columns))
    kinds = generator.integers(0, 7, (rows, columns))
    lamps = backdrop.light.lamps
    panes: dict[str, list[Box]] = {}
    for row in range(rows):
        for column in range(columns):
            x, y = start + column * cell * 1.55, top + cell * 0.9 + row * cell * 1.9
            name = GLOW[min(3, int(kinds[row, column]) % 4)] if chance[row, column] < lamps else "dark"
            panes.setdefault(name, []).append((x, y, x + cell, y + cell * 1.15))
    lit = [box for name, boxes in panes.items() if name != "dark" for box in boxes]
    if far < 0.1 and lamps > 0.15:
        backdrop.panes += [
            (len(backdrop.layers), x, y, cell, cell * 1.15) for x, y, *_ in lit[:: max(6, len(lit) // 2)]
        ]
    for name, boxes in panes.items():
        if name == "dark":
            tone = mixed(backdrop.light.lit(times(wall, 0.55), 0.35, far), backdrop.light.middle, 0.22)
        else:
            tone = mixed(hex_colour(name), backdrop.light.haze, far * 0.55)
        canvas.rectangles(boxes, tone, solid=False, apart=True)


def _houses(backdrop: Backdrop, top: float, foot: float, tallest: float, *, depth: float) -> None:
    """Add a row of houses with shops, signs and lamps, standing at `foot`."""
    canvas = backdrop.canvas(top, bottom=foot + 0.04)
    base = backdrop.margin_y + (foot - top) * backdrop.height
    canvas.flood(backdrop.light.lit(hex_colour(WALLS[0]), 0.4))
    generator = rng(backdrop.seed, "houses")
    x = -backdrop.unit * 0.1 * generator.random()
    signs: list[tuple[float, float, float, Colour]] = []
    while x < canvas.width:
        across = backdrop.unit * (0.15 + 0.13 * generator.random())
        tall = backdrop.height * tallest * (0.62 + 0.38 * generator.random())
        _facade(backdrop, canvas, (x, base - tall, x + across, base), generator, signs)
        x += across + backdrop.unit * 0.004
    canvas.rectangles([(0, base, canvas.width, canvas.height + 4)], backdrop.light.lit(hex_colour("8d8f9c"), 0.4))
    for sx, sy, size, colour in signs:
        canvas.glow(sx, sy, size * 5, colour, 0.5 * min(1.0, backdrop.light.lamps * 2))
    _lamps(backdrop, canvas, base, generator)
    backdrop.add(canvas, depth=depth, top=top, bottom=foot + 0.04, shadow=0.25)


def _facade(
    backdrop: Backdrop,
    canvas: Canvas,
    box: Box,
    generator: np.random.Generator,
    signs: list[tuple[float, float, float, Colour]],
) -> None:
    left, top, right, foot = box
    light, unit = backdrop.light, backdrop.unit
    wall = hex_colour(WALLS[int(generator.integers(0, len(WALLS)))])
    canvas.rectangles([(left, top, right, foot)], light.lit(wall, 0.5, 0.06))
    canvas.rectangles([(left, top, left + unit * 0.006, foot)], light.lit(wall, 0.0, 0.05), solid=False)
    canvas.rectangles(
        [(left - unit * 0.004, top - unit * 0.012, right + unit * 0.004, top + unit * 0.004)],
        light.lit(times(wall, 0.75), 0.6),
    )
    if snowy(backdrop):
        canvas.rectangles(
            [(left - unit * 0.004, top - unit * 0.022, right + unit * 0.004, top - unit * 0.008)], light.lit(SNOW, 0.8)
        )
    shop = foot - unit * 0.085
    _windows(
        backdrop, canvas, (left, top + unit * 0.012, right, shop - unit * 0.02), unit * 0.021, wall, 0.04, generator
    )
    lit = light.lamps > 0.15
    pane = (
        mixed(hex_colour(GLOW[int(generator.integers(0, 3))]), light.key, 0.1)
        if lit
        else mixed(light.middle, light.shade, 0.5)
    )
    across = right - left
    canvas.rectangles(
        [(left + across * 0.08, shop + unit * 0.016, right - across * 0.34, foot - unit * 0.014)], pane, solid=False
    )
    canvas.rectangles(
        [(right - across * 0.27, shop + unit * 0.014, right - across * 0.1, foot)],
        light.lit(times(wall, 0.4), 0.4),
        solid=False,
    )
    stripe = hex_colour(SIGNS[int(generator.integers(0, len(SIGNS)))])
    awning = [light.lit(mixed(stripe, (0.6, 0.2, 0.2), 0.3), 0.7), light.lit((0.97, 0.95, 0.9), 0.7)]
    step = across * 0.86 / 8
    for number in range(8):
        at = left + across * 0.07 + number * step
        canvas.polygons(
            [
                [
                    (at, shop),
                    (at + step, shop),
                    (at + step * 1.06, shop + unit * 0.026),
                    (at - step * 0.06, shop + unit * 0.026),
                ]
            ],
            awning[number % 2],
            solid=False,
        )
    if lit:
        canvas.glow((left + right) / 2 - across * 0.1, (shop + foot) / 2, across * 0.75, pane, 0.32)
        if generator.random() < 0.55:
            y = shop - unit * 0.035 - generator.random() * max(0.0, (shop - top) * 0.4)
            half = across * 0.16
            centre = left + across * (0.3 + 0.4 * generator.random())
            neon = mixed(stripe, (1.0, 1.0, 1.0), 0.15)
            canvas.rectangles(
                [(centre - half, y - unit * 0.016, centre + half, y + unit * 0.016)], times(stripe, 0.25), solid=False
            )
            canvas.lines(
                [
                    [
                        (centre - half * 0.75, y + (unit * 0.006 if odd else -unit * 0.006)),
                        (centre + half * (0.75 if odd else 0.4), y + (unit * 0.006 if odd else -unit * 0.006)),
                    ]
                    for odd in (False, True)
                ],
                neon,
                unit * 0.005,
                solid=False,
            )
            signs.append((centre, y, half, stripe))


def _lamps(backdrop: Backdrop, canvas: Canvas, base: float, generator: np.random.Generator) -> None:
    unit, light = backdrop.unit, backdrop.light
    iron = light.lit(hex_colour("2c303c"), 0.4)
    count = max(2, round(canvas.width / unit * 1.5))
    for number in range(count):
        x = (number + 0.35 + 0.3 * generator.random()) * canvas.width / count
        tall = unit * 0.2
        canvas.rectangles([(x - unit * 0.0035, base - tall, x + unit * 0.0035, base + unit * 0.008)], iron)
        canvas.circles(
            [(x, base - tall, unit * 0.012)], mixed(hex_colour("ffe7b0"), iron, 0.0 if light.lamps > 0.15 else 0.5)
        )
        if light.lamps > 0.15:
            canvas.glow(x, base - tall, unit * 0.12, hex_colour("ffd890"), 0.75)
            canvas.glow(x, base, unit * 0.09, hex_colour("ffd890"), 0.25)


def road(backdrop: Backdrop, top: float) -> None:
    """Add pavement and road; wet ones reflect what is behind them."""
    canvas = backdrop.canvas(top)
    light, unit = backdrop.light, backdrop.unit
    kerb = backdrop.margin_y + unit * 0.05
    asphalt, stone = hex_colour("4d505c"), hex_colour("9a9caa")
    canvas.flood(light.lit(asphalt, 0.5))
    canvas.cover()
    x, y = canvas.coarse()
    down = np.clip((y - kerb) / (canvas.height - kerb), 0, 1)
    field = (
        np.broadcast_to(np.asarray(light.lit(asphalt, 0.55), np.float32), (len(y), x.shape[1], 3))
        * (1.12 - 0.3 * down)[..., None]
    )
    rough = noise(canvas.width // 2, canvas.height // 2, rng(backdrop.seed, "road"), cells=40, octaves=2)
    canvas.fill(
        np.clip(field, 0, 1),
        np.float32(0.05) * rough,
    )
    canvas.rectangles([(0, 0, canvas.width, kerb)], light.lit(stone, 0.5), solid=False)
    canvas.rectangles([(0, kerb - unit * 0.008, canvas.width, kerb)], light.lit(stone, 0.95), solid=False)
    canvas.rectangles([(0, kerb, canvas.width, kerb + unit * 0.006)], light.lit(asphalt, 0.0), solid=False)
    step = unit * 0.3
    middle = kerb + (canvas.height - kerb) * 0.42
    dashes = [(at, middle, at + step * 0.5, middle + unit * 0.009) for at in np.arange(0, canvas.width, step)]
    canvas.rectangles(dashes, light.lit(hex_colour("e8dfc8"), 0.7), solid=False)
    backdrop.wet = backdrop.scene.weather in ("rain", "storm") or backdrop.scene.style == "neon"
    if snowy(backdrop):
        canvas.rectangles([(0, 0, canvas.width, kerb - unit * 0.01)], light.lit(SNOW, 0.6), solid=False)
    if backdrop.wet:
        canvas.mirror_in(backdrop.composed(), backdrop.row(top), backdrop.margin_x, backdrop.margin_y, 0.5)
    canvas.erase((0, 0, canvas.width, backdrop.margin_y))
    backdrop.add(canvas, depth=0.85, top=top)


def village(backdrop: Backdrop) -> None:
    """Paint cottages on hills, a church, and warm windows."""
    hill(backdrop, Ridge(1, "7d93b4", 0.38, 0.15, far=0.58, bumps=2.5, mist=0.5), depth=0.12, top=0.4)
    hill(
        backdrop,
        Ridge(2, grass(backdrop), 0.31, 0.07, far=0.3, bumps=2),
        depth=0.26,
        top=0.42,
        decorate=_cottages(backdrop, 2, 8, 0.085, 0.28, church=True),
    )
    hill(
        backdrop,
        Ridge(3, grass(backdrop), 0.24, 0.05, far=0.08, bumps=1.5),
        depth=0.5,
        top=0.46,
        decorate=_cottages(backdrop, 3, 4, 0.16, 0.08),
    )
    hill(backdrop, Ridge(4, grass(backdrop), 0.15, 0.04, bumps=1.1, grain=0.09), depth=0.86, top=0.72)
    backdrop.ground = 0.79


def _cottages(backdrop: Backdrop, key: int, count: int, size: float, far: float, *, church: bool = False) -> Decorate:
    def decorate(canvas: Canvas, crest: F32) -> None:
        generator = rng(backdrop.seed, "cottages", key)
        many = max(2, round(count * canvas.width / backdrop.unit / 2))
        trees = plants.row(canvas, crest, generator, many, size=size * 1.3 * backdrop.unit)
        plants.conifers(canvas, backdrop.light, trees, seed=backdrop.seed + key, far=far, snowy=snowy(backdrop))
        for number in range(many):
            x = (number + 0.15 + 0.7 * generator.random()) * canvas.width / many
            foot = float(crest[min(len(crest) - 1, int(x))]) + backdrop.unit * 0.03 * (0.4 + generator.random())
            tall = backdrop.unit * size * (0.8 + 0.4 * generator.random())
            if church and number == many // 2:
                _church(backdrop, canvas, x, foot, tall * 1.5, far)
            else:
                _cottage(backdrop, canvas, x, foot, tall, far, generator)

    return decorate


def _cottage(
    backdrop: Backdrop, canvas: Canvas, x: float, foot: float, tall: float, far: float, generator: np.random.Generator
) -> None:
    light = backdrop.light
    wall = hex_colour(("efe0c8", "e0c2a0", "d8b9a0", "e9d9bd")[int(generator.integers(0, 4))])
    roof = (
        SNOW if snowy(backdrop) else hex_colour(("a8503c", "8c4a44", "6b5560", "b5653f")[int(generator.integers(0, 4))])
    )
    half, eave = tall * 0.62, foot - tall * 0.5
    canvas.rectangles(
        [(x + half * 0.35, foot - tall * 1.12, x + half * 0.55, foot - tall * 0.6)],
        light.lit(hex_colour("7a5a50"), 0.3, far),
    )
    canvas.rectangles([(x - half, eave, x + half, foot)], light.lit(wall, 0.5, far))
    canvas.rectangles([(x - half, eave, x - half * 0.75, foot)], light.lit(wall, 0.05, far), solid=False)
    canvas.polygons(
        [
            [
                (x - half * 1.18, eave),
                (x - half * 0.62, foot - tall),
                (x + half * 0.62, foot - tall),
                (x + half * 1.18, eave),
            ]
        ],
        light.lit(roof, 0.75, far),
    )
    canvas.rectangles(
        [(x - half * 1.14, eave - tall * 0.03, x + half * 1.14, eave + tall * 0.02)], light.lit(roof, 0.1, far)
    )
    lit = light.lamps > 0.15
    pane = mixed(hex_colour("ffcf70"), light.haze, far * 0.4) if lit else mixed(light.middle, light.shade, 0.4)
    size = tall * 0.15
    panes = [
        (x + at * half - size / 2, eave + tall * 0.13, x + at * half + size / 2, eave + tall * 0.13 + size * 1.1)
        for at in (-0.55, 0.55)
    ]
    canvas.rectangles(panes, pane, solid=False)
    canvas.rectangles(
        [(x - size * 0.45, foot - tall * 0.3, x + size * 0.45, foot)],
        light.lit(hex_colour("6a4634"), 0.4, far),
        solid=False,
    )
    if lit:
        for left, top, right, bottom in panes:
            canvas.glow((left + right) / 2, (top + bottom) / 2, tall * 0.4, hex_colour("ffc860"), 0.5)


def _church(backdrop: Backdrop, canvas: Canvas, x: float, foot: float, tall: float, far: float) -> None:
    light = backdrop.light
    wall, roof = hex_colour("e8dfd0"), SNOW if snowy(backdrop) else hex_colour("5c5470")
    canvas.rectangles(
        [(x, foot - tall * 0.42, x + tall * 0.55, foot), (x - tall * 0.14, foot - tall * 0.72, x + tall * 0.1, foot)],
        light.lit(wall, 0.5, far),
    )
    canvas.polygons(
        [
            [
                (x - tall * 0.18, foot - tall * 0.7),
                (x - tall * 0.02, foot - tall * 1.3),
                (x + tall * 0.14, foot - tall * 0.7),
            ],
            [
                (x + tall * 0.08, foot - tall * 0.4),
                (x + tall * 0.16, foot - tall * 0.62),
                (x + tall * 0.5, foot - tall * 0.62),
                (x + tall * 0.6, foot - tall * 0.4),
            ],
        ],
        light.lit(roof, 0.6, far),
    )
    pane = hex_colour("ffd27a") if light.lamps > 0.15 else mixed(light.middle, light.shade, 0.4)
    canvas.rectangles(
        [(x - tall * 0.05, foot - tall * 0.6, x + tall * 0.01, foot - tall * 0.46)],
        mixed(pane, light.haze, far * 0.4),
        solid=False,
    )
