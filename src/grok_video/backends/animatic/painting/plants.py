"""Trees and bushes, in tones from dark to lit on the side of the sun."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..planes import F32
from .canvas import Canvas, rng
from .land import SNOW
from .light import Colour, Light, hex_colour, mixed

TIERS = 5
# Leaf colours by season; each tree takes one.
LEAVES = {
    "spring": ("8cc152", "a4cf62", "f2a7c3", "f7c3d6"),
    "summer": ("4f9a4a", "5fa84f", "3f8a4c", "6fae52"),
    "autumn": ("e2812b", "d4552a", "efb02e", "b8472a"),
    "winter": ("8a8f98", "9aa0a8", "7c828c", "8f959e"),
}
Spot = tuple[float, float, float]


def conifers(
    canvas: Canvas,
    light: Light,
    spots: Sequence[Spot],
    *,
    seed: int,
    colour: str = "2f6650",
    far: float = 0.0,
    snowy: bool = False,
) -> None:
    """Draw firs, each (x, foot, height), those further up first."""
    generator = rng(seed, "conifers", len(spots))
    side = light.side
    dark, lit = light.lit(hex_colour(colour), 0.05, far), light.lit(hex_colour(colour), 0.95, far)
    white = light.lit(SNOW, 0.8, far * 0.8)
    whole: list[F32] = []
    sunny: list[F32] = []
    caps: list[F32] = []
    trunks: list[tuple[float, float, float, float]] = []
    for x, foot, tall in spots:
        trunks.append((x - tall * 0.025, foot - tall * 0.12, x + tall * 0.025, foot))
        for tier in range(TIERS):
            low = foot - tall * (0.08 + 0.17 * tier)
            high = low - tall * (0.34 - 0.03 * tier)
            reach = tall * (0.25 - 0.042 * tier) * (0.9 + 0.2 * generator.random())
            sag = tall * 0.035
            droop = sag * (0.6 + 0.8 * generator.random(2))
            edge = [
                (x - reach, low + droop[0]),
                (x - reach * 0.5, low - sag * 0.2),
                (x, low + sag),
                (x + reach * 0.5, low - sag * 0.2),
                (x + reach, low + droop[1]),
            ]
            whole.append(np.array([(x, max(high, foot - tall)), *edge[::-1]], np.float32))
            lower = [point for point in edge if (point[0] - x) * side >= 0]
            inner = (x + side * reach * 0.12, low)
            sunny.append(
                np.array([(x, max(high, foot - tall)), *(lower if side > 0 else lower[::-1])[::-1], inner], np.float32)
            )
            if snowy:
                cut = 0.5
                caps.append(
                    np.array(
                        [
                            (x, max(high, foot - tall) - tall * 0.01),
                            (x - reach * cut, high + (low - high) * cut + sag * 0.3),
                            (x - reach * 0.18, high + (low - high) * (cut - 0.12)),
                            (x + reach * 0.1, high + (low - high) * (cut + 0.06)),
                            (x + reach * cut, high + (low - high) * cut + sag * 0.3),
                        ],
                        np.float32,
                    )
                )
    canvas.rectangles(trunks, light.lit(hex_colour("5a4032"), 0.3, far))
    # Tree by tree, so that near ones are in front; a tree's tiers overlap from below upwards.
    for at in range(0, len(whole), TIERS):
        canvas.polygons(whole[at : at + TIERS], dark)
        canvas.polygons(sunny[at : at + TIERS], lit, solid=False)
        if snowy:
            canvas.polygons(caps[at : at + TIERS], white, solid=False)


def broadleaves(
    canvas: Canvas,
    light: Light,
    spots: Sequence[Spot],
    *,
    seed: int,
    season: str = "summer",
    far: float = 0.0,
    snowy: bool = False,
) -> None:
    """Draw round trees, each (x, foot, height), in the colours of a season; bare in winter."""
    generator = rng(seed, "leaves", len(spots))
    side = light.side
    bark = hex_colour("6b4a38")
    for x, foot, tall in spots:
        leaf = hex_colour(LEAVES[season][int(generator.integers(0, 4))])
        _trunk(canvas, light.lit(bark, 0.35, far), x, foot, tall, generator, bare=season == "winter")
        if season == "winter":
            if snowy:
                canvas.circles([(x, foot, tall * 0.08)], light.lit(SNOW, 0.7, far), flat=0.4)
            continue
        angles, away = generator.random(11) * 6.283, generator.random(11) ** 0.6 * tall * 0.22
        puffs = [
            (
                float(x + 1.15 * far_off * np.cos(angle)),
                float(foot - tall * 0.66 + 0.85 * far_off * np.sin(angle)),
                float(tall * size),
            )
            for angle, far_off, size in zip(angles, away, 0.1 + 0.07 * generator.random(11), strict=True)
        ]
        canvas.circles([(a, b + 0.25 * r, r * 1.12) for a, b, r in puffs], light.lit(leaf, 0.0, far))
        canvas.circles(
            [(a + side * 0.08 * r, b - 0.05 * r, r * 0.95) for a, b, r in puffs], light.lit(leaf, 0.5, far), solid=False
        )
        lit = mixed(light.lit(leaf, 1.0, far), light.sun or light.low, 0.16)
        canvas.circles([(a + side * 0.3 * r, b - 0.34 * r, r * 0.5) for a, b, r in puffs], lit, solid=False)


def _trunk(
    canvas: Canvas, colour: Colour, x: float, foot: float, tall: float, generator: np.random.Generator, *, bare: bool
) -> None:
    canvas.polygons(
        [
            [
                (x - tall * 0.045, foot),
                (x - tall * 0.02, foot - tall * 0.5),
                (x + tall * 0.02, foot - tall * 0.5),
                (x + tall * 0.045, foot),
            ]
        ],
        colour,
    )
    reach = 0.42 if bare else 0.2
    ways = []
    for lean in (-0.8, -0.45, 0.1, 0.5, 0.85) if bare else (-0.5, 0.5):
        start = foot - tall * (0.32 + 0.14 * generator.random())
        bend = (x + lean * tall * reach * 0.45, start - tall * reach * 0.5)
        ways.append(
            [
                (x, start),
                bend,
                (x + lean * tall * reach * 0.8, start - tall * reach * (0.85 + 0.3 * generator.random())),
            ]
        )
        if bare:
            ways.append([bend, (bend[0] + lean * tall * 0.05, bend[1] - tall * 0.16)])
    canvas.lines(ways, colour, max(1.0, tall * 0.022))


def palms(canvas: Canvas, light: Light, spots: Sequence[Spot], *, seed: int, far: float = 0.0) -> None:
    """Draw palms, each (x, foot, height), leaning towards the middle."""
    generator = rng(seed, "palms", len(spots))
    leaf, bark = hex_colour("3f8f4a"), hex_colour("8a6a48")
    for x, foot, tall in spots:
        lean = (1 if x < canvas.width / 2 else -1) * tall * (0.16 + 0.1 * generator.random())
        way = [(x + lean * share**2, foot - tall * share) for share in np.linspace(0, 1, 9)]
        width = [tall * (0.05 - 0.025 * share) for share in np.linspace(0, 1, 9)]
        outline = [(a - w / 2, b) for (a, b), w in zip(way, width, strict=True)]
        outline += [(a + w / 2, b) for (a, b), w in zip(way[::-1], width[::-1], strict=True)]
        canvas.polygons([outline], light.lit(bark, 0.4, far))
        crown_x, crown_y = way[-1]
        for number, angle in enumerate(np.linspace(-0.35, np.pi + 0.35, 8)):
            long = tall * (0.34 + 0.1 * generator.random())
            tip = (crown_x + np.cos(angle) * long, crown_y - np.sin(angle) * long * 0.5 + long * 0.32)
            middle = (crown_x + np.cos(angle) * long * 0.55, crown_y - np.sin(angle) * long * 0.55)
            wide = long * 0.13
            frond = [(crown_x, crown_y), (middle[0], middle[1] - wide * 0.6), tip, (middle[0], middle[1] + wide)]
            canvas.polygons([frond], light.lit(leaf, 0.2 if number % 2 else 0.85, far))


def row(
    canvas: Canvas,
    crest: F32,
    generator: np.random.Generator,
    count: int,
    *,
    size: float,
    sink: float = 0.02,
    edges: float = 0.0,
) -> list[Spot]:
    """Return positions for a row of trees on a crest, far ones first; with `edges`, only in that share at each side."""
    spots: list[Spot] = []
    for number in range(count):
        share = (number + generator.random()) / count
        if edges:
            share = edges * generator.random() if number % 2 else 1 - edges * generator.random()
        x = share * canvas.width
        tall = size * (0.62 + 0.76 * generator.random())
        spots.append((x, float(crest[min(len(crest) - 1, int(x))]) + sink * size * (1 + 3 * generator.random()), tall))
    return sorted(spots, key=lambda spot: spot[1])
