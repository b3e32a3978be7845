"""Places of stone and bamboo: a cliff, a bridge over a valley, a bamboo forest, the ground of the Moon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..planes import F32
from .backdrop import Backdrop
from .canvas import Canvas, heights, noise, rng
from .land import Decorate, Ridge, hill, mountains
from .landscapes import grass, grove, snowy
from .light import colour_casts, hex_colour, mixed, times
from .rooms import cast
from .water import mirror, waves

DECK = 0.6


def cliff(backdrop: Backdrop) -> None:
    """Paint a headland high above the sea, or above a valley."""
    if backdrop.scene.beyond in ("mountains", "forest", "desert"):
        mountains(
            backdrop,
            Ridge(1, "8d93ad", 0.34, 0.3, far=0.5, bumps=2.6, rough=0.6, mist=0.6),
            depth=0.12,
            top=0.2,
            snow=0.35,
        )
        hill(backdrop, Ridge(2, "5d7a63", 0.24, 0.12, far=0.34, bumps=3, mist=0.6), depth=0.24, top=0.5)
    else:
        hill(backdrop, Ridge(1, "6d7fa0", 0.37, 0.05, far=0.62, bumps=2, rough=0.55, mist=0.7), depth=0.1, top=0.5)
        waves(backdrop, 0.62, 4, last=1.0)
    _headland(backdrop)
    backdrop.water, backdrop.strips = None, []
    backdrop.ground, backdrop.near = 0.7, 0.84


def _headland(backdrop: Backdrop) -> None:
    top = 0.5
    canvas, light, unit = backdrop.canvas(top), backdrop.light, backdrop.unit
    rock, dark = hex_colour("8a7a6c"), hex_colour("5c5049")
    canvas.flood(light.lit(rock, 0.45))
    level = backdrop.margin_y + (0.69 - top) * backdrop.height
    wide, brink = canvas.width, backdrop.margin_x + 0.8 * backdrop.width
    rough = heights(wide, rng(backdrop.seed, "cliff"), bumps=5, rough=0.5)
    xs = np.append(np.arange(0, brink, 6), brink)
    crest = level - unit * 0.035 * rough[np.clip(xs.astype(int), 0, wide - 1)] * np.clip(
        (brink - xs) / (0.3 * wide), 0, 1
    )
    generator = rng(backdrop.seed, "face")
    face = [(brink, float(crest[-1]))]
    y = float(crest[-1])
    while y < canvas.height + 8:
        y += unit * (0.03 + 0.05 * generator.random())
        face.append((face[-1][0] - unit * (0.002 + 0.034 * generator.random()), y))
    outline = np.concatenate([np.column_stack([xs, crest]), np.array(face), [[-4, canvas.height + 8]]]).astype(
        np.float32
    )
    canvas.reveal([outline])
    strata = noise(wide // 2, canvas.height // 2, rng(backdrop.seed, "strata"), cells=16, octaves=4)
    canvas.roughen(np.float32(0.16) * strata)
    lines: list[list[tuple[float, float]]] = []
    for number in range(60):
        x, start = brink - generator.random() ** 0.7 * 0.8 * wide, level + unit * (0.1 + 0.5 * generator.random())
        lines.append(
            [
                (x, start),
                (x - unit * 0.03, start + unit * 0.03),
                (x - unit * (0.02 + 0.02 * (number % 3)), start + unit * 0.1),
            ]
        )
    canvas.lines(lines, light.lit(dark, 0.25), unit * 0.004, solid=False)
    turf = [
        *np.column_stack([xs, crest]).tolist(),
        (brink, float(crest[-1])),
        (brink - unit * 0.03, float(crest[-1]) + unit * 0.03),
    ]
    turf += [
        (float(x), float(row) + unit * (0.16 + 0.02 * np.sin(x / unit * 9)))
        for x, row in zip(xs[::-1], crest[::-1], strict=True)
    ]
    green = hex_colour(grass(backdrop))
    canvas.polygons([np.asarray(turf, np.float32)], light.lit(green, 0.62), solid=False)
    canvas.lines(
        [np.column_stack([xs, crest + unit * 0.004])],
        mixed(light.lit(green, 1.0), light.sun or light.low, 0.25),
        unit * 0.007,
        solid=False,
    )
    blades = [
        [
            (x, y0),
            (x + unit * 0.006 * generator.normal(), y0 - unit * (0.012 + 0.014 * generator.random())),
            (x + unit * 0.006, y0),
        ]
        for x, y0 in zip(generator.random(160) * brink, level + unit * 0.13 * generator.random(160), strict=True)
    ]
    canvas.polygons(blades, light.lit(green, 0.95), solid=False)
    backdrop.add(canvas, depth=0.8, top=top, shadow=0.25)


def bridge(backdrop: Backdrop) -> None:
    """Paint a stone viaduct across a deep valley, or over a river or the sea, on which things pass."""
    beyond = backdrop.scene.beyond
    caps = 0.9 if snowy(backdrop) else 0.4
    mountains(
        backdrop,
        Ridge(1, "838db0", 0.42, 0.32, far=0.5, bumps=2.4, rough=0.6, mist=0.5),
        depth=0.1,
        top=0.14,
        snow=caps,
    )
    autumn = {"autumn": "b5762f", "winter": "8f9a94"}.get(backdrop.scene.season, "4f7a52")
    hill(
        backdrop,
        Ridge(2, "dfe8f4" if snowy(backdrop) else autumn, 0.3, 0.18, far=0.36, bumps=2, mist=0.6),
        depth=0.2,
        top=0.26,
        decorate=_wooded(backdrop, 2, 0.1, 0.34),
    )
    if beyond in ("river", "sea", "lake"):
        mirror(backdrop, 0.74, depth=0.3)
        backdrop.water, backdrop.strips = None, []
    else:
        hill(
            backdrop,
            Ridge(3, "dfe8f4" if snowy(backdrop) else autumn, 0.16, 0.08, far=0.2, bumps=3, mist=0.75),
            depth=0.32,
            top=0.5,
            decorate=_wooded(backdrop, 3, 0.08, 0.2),
        )
    _viaduct(backdrop)
    _slopes(backdrop, autumn)
    backdrop.ground, backdrop.near = DECK, DECK + 0.012


def _wooded(backdrop: Backdrop, key: int, size: float, far: float) -> Decorate:
    return grove(backdrop, key, 22, size, far)


def _viaduct(backdrop: Backdrop) -> None:
    top = DECK - 0.08
    canvas, light, unit = backdrop.canvas(top), backdrop.light, backdrop.unit
    stone = hex_colour("a3968a")
    canvas.flood(light.lit(stone, 0.5))
    deck = backdrop.margin_y + (DECK - top) * backdrop.height
    canvas.rectangles([(0, deck, canvas.width, deck + unit * 0.05)], light.lit(stone, 0.7))
    canvas.rectangles([(0, deck - unit * 0.006, canvas.width, deck + unit * 0.008)], light.lit(stone, 1.0))
    span = unit * 0.26
    foot = canvas.height + 4
    count = int(canvas.width / span) + 2
    for number in range(count):
        x = (number - 0.5) * span
        canvas.rectangles([(x - span * 0.14, deck + unit * 0.04, x + span * 0.14, foot)], light.lit(stone, 0.55))
        shade = (x - span * 0.14, deck + unit * 0.04, x - span * 0.05, foot)
        if light.side < 0:
            shade = (x + span * 0.05, deck + unit * 0.04, x + span * 0.14, foot)
        canvas.rectangles([shade], light.lit(stone, 0.1), solid=False)
        arch = np.linspace(0, np.pi, 18)
        left = x + span * 0.14
        right = x + span * 0.86
        middle, radius = (left + right) / 2, (right - left) / 2
        curve = [(middle - radius * np.cos(angle), deck + unit * 0.05 + radius * (1 - np.sin(angle))) for angle in arch]
        spandrel = [
            (left, deck + unit * 0.045),
            *[(float(a), float(b)) for a, b in curve],
            (right, deck + unit * 0.045),
        ]
        canvas.polygons([spandrel], light.lit(stone, 0.6))
        canvas.lines([[(float(a), float(b)) for a, b in curve]], light.lit(stone, 0.15), unit * 0.007, solid=False)
    blocks = noise(canvas.width // 3, canvas.height // 3, rng(backdrop.seed, "stones"), cells=30, octaves=2)
    canvas.roughen(np.float32(0.1) * blocks)
    backdrop.add(canvas, depth=0.5, top=top, shadow=0.25)


def _slopes(backdrop: Backdrop, colour: str) -> None:
    """Add the valley's two sides in front of the bridge's ends."""
    canvas, light = backdrop.canvas(0.5), backdrop.light
    tone = "e8eef7" if snowy(backdrop) else colour
    canvas.flood(light.lit(hex_colour(tone), 0.4))
    high, wide = canvas.height, canvas.width
    rough = heights(wide, rng(backdrop.seed, "slope"), bumps=6, rough=0.5)
    xs = np.arange(0, wide + 8, 8)
    edge = np.abs(xs / wide - 0.5) * 2
    line = (
        high * (1.05 - 0.62 * np.clip((edge - 0.42) / 0.58, 0, 1) ** 1.5)
        - high * 0.06 * rough[np.clip(xs, 0, wide - 1)]
    )
    canvas.polygons(
        [np.column_stack([np.r_[xs, wide + 8, 0], np.r_[line, high + 8, high + 8]])], light.lit(hex_colour(tone), 0.45)
    )
    canvas.lines([np.column_stack([xs, line])], light.lit(hex_colour(tone), 0.95), backdrop.unit * 0.006, solid=False)
    backdrop.add(canvas, depth=0.95, top=0.5, front=True, shadow=0.2)


def bamboo(backdrop: Backdrop) -> None:
    """Paint a bamboo forest: stems in four depths, leaves above, a path between."""
    green = "dfe7f2" if snowy(backdrop) else "6f8f4a"
    hill(backdrop, Ridge(1, green, 0.42, 0.04, far=0.6, mist=0.6), depth=0.12, top=0.3)
    for key, count, thick, far, depth, foot in (
        (1, 46, 0.012, 0.6, 0.14, 0.66),
        (2, 30, 0.018, 0.4, 0.26, 0.7),
        (3, 17, 0.028, 0.18, 0.46, 0.76),
    ):
        _stems(backdrop, key, count, thick, far, depth, foot)
    ground = "e6edf5" if snowy(backdrop) else "8f8a52"
    hill(backdrop, Ridge(4, ground, 0.25, 0.03, bumps=1.4, grain=0.12), depth=0.85, top=0.66)
    _stems(backdrop, 5, 5, 0.05, 0.0, 1.0, 1.05, front=True)
    backdrop.ground = 0.79


def _stems(
    backdrop: Backdrop,
    key: int,
    count: int,
    thick: float,
    far: float,
    depth: float,
    foot: float,
    *,
    front: bool = False,
) -> None:
    canvas, light, unit = backdrop.canvas(), backdrop.light, backdrop.unit
    generator = rng(backdrop.seed, "bamboo", key)
    green = hex_colour("5f9a45")
    canvas.flood(light.lit(green, 0.4, far))
    base = backdrop.margin_y + foot * backdrop.height
    many = max(3, round(count * canvas.width / unit / 2))
    joints: list[list[tuple[float, float]]] = []
    shine: list[tuple[float, float, float, float]] = []
    for number in range(many):
        x = (number + generator.random()) * canvas.width / many
        if front and 0.16 < x / canvas.width < 0.84:
            x = x * 0.16 if number % 2 else canvas.width - x * 0.16
        wide = unit * thick * (0.75 + 0.5 * generator.random())
        lean = unit * 0.06 * generator.normal()
        tone = mixed(light.lit(green, 0.5, far), light.lit(hex_colour("b5b552"), 0.6, far), 0.5 * generator.random())
        canvas.polygons(
            [[(x - wide / 2, base), (x + lean - wide * 0.4, -4), (x + lean + wide * 0.4, -4), (x + wide / 2, base)]],
            tone,
        )
        side = 0.18 * light.side * wide
        shine.append((x + side - wide * 0.08, 0, x + side + wide * 0.08, base))
        step = unit * (0.09 + 0.03 * generator.random())
        for level in np.arange(base - step, 0, -step):
            share = 1 - level / base
            at = x + lean * share
            joints.append([(at - wide * 0.52, level), (at + wide * 0.52, level)])
        _leaves(
            canvas, light.lit(hex_colour("4f8a3a"), 0.3 + 0.6 * generator.random(), far), (x + lean, unit), generator
        )
    canvas.rectangles(shine, light.lit(hex_colour("9cc46a"), 1.0, far), solid=False)
    canvas.lines(joints, light.lit(hex_colour("3f6b32"), 0.3, far), max(1.0, unit * thick * 0.12), solid=False)
    fibre = noise(canvas.width // 2, canvas.height // 2, rng(backdrop.seed, "fibre", key), cells=40, octaves=2)
    canvas.roughen(np.float32(0.06) * fibre)
    sway = (unit * 0.006, 0.0, 0.16, key * 0.3)
    backdrop.add(canvas, depth=depth, front=front, shadow=0.16, sway=sway)


def _leaves(
    canvas: Canvas, tone: tuple[float, float, float], at: tuple[float, float], generator: np.random.Generator
) -> None:
    x, unit = at
    blades: list[F32] = []
    for _ in range(9):
        y = unit * 0.3 * generator.random() ** 1.3
        angle, long = generator.uniform(-0.5, 3.6), unit * (0.05 + 0.05 * generator.random())
        start = x + unit * 0.05 * generator.normal()
        tip = (start + long * np.cos(angle), y + long * abs(np.sin(angle)) * 0.8)
        across = unit * 0.008
        blades.append(
            np.array(
                [
                    (start, y),
                    ((start + tip[0]) / 2 + across, (y + tip[1]) / 2 - across),
                    tip,
                    ((start + tip[0]) / 2 - across, (y + tip[1]) / 2 + across),
                ],
                np.float32,
            )
        )
    canvas.polygons(blades, tone)


def moon(backdrop: Backdrop) -> None:
    """Paint the ground of the Moon: grey craters and hills under a black sky full of stars."""
    canvas = backdrop.canvas()
    x, y = canvas.coarse()
    canvas.fill(cast(backdrop, np.broadcast_to(np.asarray(hex_colour("04050c"), np.float32), (len(y), x.shape[1], 3))))
    generator = rng(backdrop.seed, "moon")
    scale = backdrop.unit / 720
    for tone, count, size in ((0.5, 240, 0.8), (0.8, 100, 1.1), (1.0, 24, 1.8)):
        discs = [
            (float(a * canvas.width), float(b * canvas.height * 0.75), scale * size * (0.7 + 0.6 * float(c)))
            for a, b, c in generator.random((count, 3))
        ]
        canvas.dots(discs, (tone, tone, min(1.0, tone * 1.05)), solid=False)
    backdrop.add(canvas, depth=0.04, opaque=True)
    key, shade = (1.0, 0.98, 0.94), (0.34, 0.35, 0.42)
    hour = mixed(backdrop.light.key, (1.0, 1.0, 1.0), 0.1)
    for colour, share in colour_casts(backdrop.scene):
        key, shade = mixed(key, colour, share), mixed(shade, colour, share)
    backdrop.light = replace(
        backdrop.light,
        key=times(key, hour),
        shade=times(shade, hour),
        haze=hex_colour("2a2c36"),
        middle=hex_colour("0b0c16"),
        low=hex_colour("14161f"),
        top=hex_colour("04050c"),
        sun=None,
        sun_at=(0.2, 0.2),
        strength=0.8,
    )
    mountains(
        backdrop, Ridge(1, "8a8a8f", 0.37, 0.12, far=0.3, bumps=4, rough=0.6, mist=0.1), depth=0.12, top=0.44, snow=0
    )
    hill(
        backdrop,
        Ridge(2, "9a9a9e", 0.32, 0.05, far=0.12, bumps=2, mist=0.05),
        depth=0.3,
        top=0.56,
        decorate=_craters(backdrop, 2, 26, 0.5),
    )
    hill(
        backdrop,
        Ridge(3, "adadb0", 0.26, 0.04, bumps=1.3, mist=0.0, grain=0.08),
        depth=0.8,
        top=0.66,
        decorate=_craters(backdrop, 3, 18, 1.0),
    )
    backdrop.ground = 0.78


def _craters(backdrop: Backdrop, key: int, count: int, near: float) -> Decorate:
    def decorate(canvas: Canvas, crest: F32) -> None:
        generator = rng(backdrop.seed, "craters", key)
        light, unit = backdrop.light, backdrop.unit
        side = light.side
        for share in np.sort(generator.random(count)):
            x = generator.random() * canvas.width
            y = float(crest[min(len(crest) - 1, int(x))]) + unit * (0.03 + 0.24 * share)
            size = unit * near * (0.012 + 0.05 * share * generator.random())
            canvas.circles([(x, y, size * 1.14)], light.lit(hex_colour("c9c9cc"), 1.0), solid=False, flat=0.36)
            canvas.circles(
                [(x, y + size * 0.03, size)], times(light.lit(hex_colour("6f6f75"), 0.4), 0.9), solid=False, flat=0.34
            )
            canvas.circles(
                [(x - side * size * 0.2, y + size * 0.07, size * 0.72)],
                light.lit(hex_colour("9a9a9e"), 0.7),
                solid=False,
                flat=0.3,
            )

    return decorate
