"""Natural environments: meadow, mountains, forest, desert, snowfield, sea, beach, lake, river."""

from __future__ import annotations

import numpy as np

from ..planes import F32
from . import plants
from .backdrop import Backdrop
from .canvas import Canvas, noise, rng
from .land import Decorate, Ridge, flowers, hill, mountains, scatter, tufts
from .light import hex_colour, times
from .water import mirror, waves

GRASS = {"spring": "7cc04f", "summer": "6bac48", "autumn": "b59a45", "winter": "9aa583"}
BLOOMS = {
    "spring": ["ffffff", "f9a8c9", "ffe066"],
    "summer": ["f25c54", "ffd23f", "f7f7ff", "9b6be0"],
    "autumn": ["e07a2f", "d9c27a"],
    "winter": [],
}


def snowy(backdrop: Backdrop) -> bool:
    """Check whether the ground is covered with snow."""
    return backdrop.scene.weather == "snow" or backdrop.scene.environment == "snowfield"


def grass(backdrop: Backdrop) -> str:
    """Return the colour of the ground by season, white if it is covered with snow."""
    return "e8eef7" if snowy(backdrop) else GRASS[backdrop.scene.season]


def meadow(backdrop: Backdrop) -> None:
    """Paint hills, a row of trees, and flowers in the grass."""
    green = grass(backdrop)
    hill(backdrop, Ridge(1, "7d93b4", 0.36, 0.15, far=0.6, bumps=2.5, rough=0.5, mist=0.5), depth=0.14, top=0.42)
    hill(
        backdrop,
        Ridge(2, green, 0.32, 0.09, far=0.34, bumps=2.2),
        depth=0.26,
        top=0.4,
        decorate=grove(backdrop, 2, 9, 0.12, 0.3),
    )
    hill(
        backdrop,
        Ridge(3, green, 0.28, 0.07, far=0.12, bumps=1.6),
        depth=0.5,
        top=0.38,
        decorate=grove(backdrop, 3, 3, 0.24, 0.08),
    )
    hill(backdrop, Ridge(4, green, 0.2, 0.04, bumps=1.2, grain=0.11), depth=0.85, top=0.68, decorate=_lawn(backdrop))
    _foreground(backdrop)
    backdrop.ground = 0.76


def grove(backdrop: Backdrop, key: int, count: int, size: float, far: float) -> Decorate:
    """Return what draws a row of round trees on a hill."""

    def decorate(canvas: Canvas, crest: F32) -> None:
        generator = rng(backdrop.seed, "grove", key)
        wide = max(2, round(count * canvas.width / backdrop.unit / 2))
        spots = plants.row(canvas, crest, generator, wide, size=size * backdrop.unit)
        season = backdrop.scene.season
        if snowy(backdrop):
            season = "winter"
        plants.broadleaves(
            canvas, backdrop.light, spots, seed=backdrop.seed + key, season=season, far=far, snowy=snowy(backdrop)
        )

    return decorate


def _lawn(backdrop: Backdrop) -> Decorate:
    def decorate(canvas: Canvas, crest: F32) -> None:
        generator = rng(backdrop.seed, "lawn")
        size = backdrop.unit * 0.022
        many = round(60 * canvas.width / backdrop.unit)
        spots = scatter(canvas, crest, generator, many, within=backdrop.height * 0.2)
        tufts(backdrop, canvas, spots, hex_colour(grass(backdrop)), size)
        if not snowy(backdrop) and (blooms := BLOOMS[backdrop.scene.season]):
            spots = scatter(canvas, crest, generator, many, within=backdrop.height * 0.2)
            flowers(backdrop, canvas, spots, blooms, size * 1.3)

    return decorate


def _foreground(backdrop: Backdrop) -> None:
    """Add blades of grass in front of everything, dark against the light."""
    canvas = backdrop.canvas(0.84)
    generator = rng(backdrop.seed, "foreground")
    tone = backdrop.light.lit(hex_colour("35602f" if not snowy(backdrop) else "b9c6da"), 0.25)
    canvas.flood(tone)
    blades: list[F32] = []
    for _ in range(round(95 * canvas.width / backdrop.unit)):
        x = generator.random() * canvas.width
        # Tall at both sides and low in the middle, so that it frames the view without hiding it.
        edge = abs(x / canvas.width - 0.5) * 2
        tall = canvas.height * (0.16 + 0.2 * generator.random() + 0.42 * edge**2 * generator.random())
        lean = generator.normal(0, 0.22) * tall
        blades.append(
            np.array(
                [
                    [x - tall * 0.045, canvas.height],
                    [x + lean * 0.4, canvas.height - tall * 0.6],
                    [x + lean, canvas.height - tall],
                    [x + lean * 0.4 + tall * 0.04, canvas.height - tall * 0.55],
                    [x + tall * 0.045, canvas.height],
                ],
                np.float32,
            )
        )
    canvas.polygons(blades[::2], tone)
    canvas.polygons(blades[1::2], backdrop.light.lit(hex_colour("4d8a3f" if not snowy(backdrop) else "d5dfee"), 0.55))
    backdrop.add(canvas, depth=1.0, top=0.84, front=True, sway=(backdrop.unit * 0.004, 0.0, 0.22, 0.0))


def mountain_range(backdrop: Backdrop) -> None:
    """Paint three mountain ranges, the distant ones in haze, with firs at their foot."""
    caps = 0.95 if snowy(backdrop) else {"winter": 0.85, "summer": 0.38}.get(backdrop.scene.season, 0.5)
    mountains(
        backdrop,
        Ridge(1, "8d93ad", 0.4, 0.36, far=0.52, bumps=2.6, rough=0.6, mist=0.6),
        depth=0.12,
        top=0.14,
        snow=caps,
    )
    mountains(
        backdrop,
        Ridge(2, "6f7590", 0.3, 0.27, far=0.26, bumps=3.2, rough=0.58, mist=0.55),
        depth=0.24,
        top=0.34,
        snow=caps * 0.7,
    )
    ground = "dbe5f1" if snowy(backdrop) else "4f7350"
    hill(
        backdrop,
        Ridge(3, ground, 0.25, 0.08, far=0.16, bumps=2.4),
        depth=0.45,
        top=0.5,
        decorate=_firs(backdrop, 3, 26, 0.13, 0.16),
    )
    hill(
        backdrop,
        Ridge(4, grass(backdrop), 0.18, 0.04, bumps=1.3, grain=0.1),
        depth=0.85,
        top=0.68,
        decorate=_lawn(backdrop),
    )
    backdrop.ground = 0.79


def _firs(backdrop: Backdrop, key: int, count: int, size: float, far: float) -> Decorate:
    def decorate(canvas: Canvas, crest: F32) -> None:
        many = max(3, round(count * canvas.width / backdrop.unit / 2))
        spots = plants.row(canvas, crest, rng(backdrop.seed, "firs", key), many, size=size * backdrop.unit)
        plants.conifers(canvas, backdrop.light, spots, seed=backdrop.seed + key, far=far, snowy=snowy(backdrop))

    return decorate


def forest(backdrop: Backdrop) -> None:
    """Paint firs in three depths with mist between, and two trunks that frame the view."""
    ground = "e6edf5" if snowy(backdrop) else {"autumn": "8f7440"}.get(backdrop.scene.season, "55733c")
    floor = "dfe7f2" if snowy(backdrop) else "4f6b45"
    hill(
        backdrop,
        Ridge(1, floor, 0.4, 0.1, far=0.66, mist=0.6),
        depth=0.12,
        top=0.04,
        decorate=_firs(backdrop, 1, 34, 0.26, 0.62),
    )
    hill(
        backdrop,
        Ridge(2, floor, 0.34, 0.06, far=0.42, mist=0.6),
        depth=0.24,
        top=0.0,
        decorate=_wood(backdrop, 2, 24, 0.36, 0.4),
    )
    hill(
        backdrop,
        Ridge(3, ground, 0.27, 0.05, far=0.16, mist=0.3),
        depth=0.46,
        top=0.0,
        decorate=_wood(backdrop, 3, 13, 0.46, 0.14),
    )
    hill(backdrop, Ridge(4, ground, 0.19, 0.03, bumps=1.4, grain=0.12), depth=0.85, top=0.7, decorate=_lawn(backdrop))
    _frame_trees(backdrop)
    backdrop.ground = 0.77


def _wood(backdrop: Backdrop, key: int, count: int, size: float, far: float) -> Decorate:
    def decorate(canvas: Canvas, crest: F32) -> None:
        many = max(3, round(count * canvas.width / backdrop.unit / 2))
        spots = plants.row(canvas, crest, rng(backdrop.seed, "wood", key), many, size=size * backdrop.unit)
        leafy = [] if snowy(backdrop) or backdrop.scene.season == "winter" else spots[::3]
        firs = [spot for spot in spots if spot not in leafy]
        plants.conifers(canvas, backdrop.light, firs, seed=backdrop.seed + key, far=far, snowy=snowy(backdrop))
        shorter = [(x, foot, tall * 0.72) for x, foot, tall in leafy]
        plants.broadleaves(
            canvas, backdrop.light, shorter, seed=backdrop.seed + key, season=backdrop.scene.season, far=far
        )

    return decorate


def _frame_trees(backdrop: Backdrop) -> None:
    canvas = backdrop.canvas()
    tone = backdrop.light.lit(hex_colour("14302a"), 0.2)
    canvas.flood(tone)
    foot = canvas.height + backdrop.unit * 0.03
    spots = [
        (canvas.width * at, foot, backdrop.unit * size)
        for at, size in ((0.02, 1.02), (0.075, 0.62), (0.985, 0.94), (0.93, 0.5))
    ]
    plants.conifers(canvas, backdrop.light, spots, seed=backdrop.seed + 9, colour="1d4a3a", snowy=snowy(backdrop))
    needles = noise(canvas.width // 2, canvas.height // 2, rng(backdrop.seed, "needles"), cells=70, octaves=3)
    canvas.roughen(np.float32(0.14) * needles)
    backdrop.add(canvas, depth=1.0, front=True)


def desert(backdrop: Backdrop) -> None:
    """Paint dunes, or the red plains of Mars."""
    mars = "mars" in backdrop.scene.features
    colours = ("b5654a", "b85f3c", "a84f30") if mars else ("d39a6c", "dba65e", "e3b568")
    if mars:
        mountains(
            backdrop,
            Ridge(1, "9c5540", 0.37, 0.17, far=0.5, bumps=3, rough=0.6, mist=0.5),
            depth=0.12,
            top=0.36,
            snow=0,
        )
    else:
        hill(backdrop, Ridge(1, colours[0], 0.37, 0.12, far=0.5, bumps=2, mist=0.4), depth=0.14, top=0.4)
    hill(backdrop, Ridge(2, colours[1], 0.3, 0.1, far=0.2, bumps=1.8, rough=0.25), depth=0.32, top=0.5)
    hill(
        backdrop,
        Ridge(3, colours[2], 0.25, 0.07, far=0.05, bumps=1.2, rough=0.22),
        depth=0.6,
        top=0.6,
        decorate=_stones(backdrop, colours[2], 0.35),
    )
    hill(
        backdrop,
        Ridge(4, colours[2], 0.16, 0.04, bumps=0.9, rough=0.22),
        depth=0.88,
        top=0.72,
        decorate=_stones(backdrop, colours[2], 1.0),
    )
    backdrop.ground = 0.78


def _stones(backdrop: Backdrop, colour: str, near: float) -> Decorate:
    def decorate(canvas: Canvas, crest: F32) -> None:
        generator = rng(backdrop.seed, "stones", round(near * 10))
        dark, lit = backdrop.light.lit(hex_colour(colour), 0.0), backdrop.light.lit(hex_colour(colour), 0.9)
        for x, y, share in scatter(
            canvas, crest, generator, round(9 * canvas.width / backdrop.unit), within=backdrop.height * 0.16
        ):
            size = backdrop.unit * (0.005 + 0.016 * share) * near * (0.5 + generator.random())
            canvas.circles([(x, y, size)], times(dark, (0.62, 0.6, 0.62)), solid=False, flat=0.6)
            canvas.circles([(x - size * 0.15, y - size * 0.2, size * 0.75)], lit, solid=False, flat=0.55)

    return decorate


def snowfield(backdrop: Backdrop) -> None:
    """Paint peaks over white land with firs."""
    mountains(
        backdrop,
        Ridge(1, "8fa0bf", 0.38, 0.26, far=0.45, bumps=2.6, rough=0.58, mist=0.6),
        depth=0.12,
        top=0.26,
        snow=0.95,
    )
    hill(
        backdrop,
        Ridge(2, "dfe8f4", 0.31, 0.08, far=0.3, bumps=2),
        depth=0.28,
        top=0.4,
        decorate=_firs(backdrop, 2, 18, 0.14, 0.3),
    )
    hill(
        backdrop,
        Ridge(3, "e9f0f8", 0.25, 0.06, far=0.08, bumps=1.6),
        depth=0.52,
        top=0.4,
        decorate=_firs(backdrop, 3, 7, 0.24, 0.1),
    )
    hill(backdrop, Ridge(4, "f0f5fb", 0.16, 0.05, bumps=1.1, grain=0.04), depth=0.88, top=0.7)
    backdrop.ground = 0.77


def sea(backdrop: Backdrop) -> None:
    """Paint paper waves under a distant coast."""
    hill(backdrop, Ridge(1, "6d7fa0", 0.37, 0.05, far=0.62, bumps=2, rough=0.55, mist=0.7), depth=0.1, top=0.5)
    waves(backdrop, 0.62, 6)
    backdrop.ground, backdrop.dry, backdrop.shore = 0.72, False, 0.97


def beach(backdrop: Backdrop) -> None:
    """Paint sand with the sea behind, and palms at the side."""
    hill(backdrop, Ridge(1, "5f8a84", 0.42, 0.07, far=0.5, bumps=2, mist=0.5), depth=0.12, top=0.42)
    waves(backdrop, 0.57, 4, colours=("5cc4d4", "2a86b0"), last=0.74)
    hill(
        backdrop,
        Ridge(2, "ecd09a", 0.2, 0.05, bumps=0.8, rough=0.2, mist=0, grain=0.06),
        depth=0.88,
        top=0.7,
        decorate=_stones(backdrop, "f2e2c4", 0.8),
    )
    canvas = backdrop.canvas()
    canvas.flood(backdrop.light.lit(hex_colour("3f8f4a"), 0.4))
    # On the side away from the sun and leaning in from the very edge, so that little is hidden.
    side, inwards = (1.0, -1) if backdrop.light.sun_at[0] < 0.5 else (0.0, 1)
    spots = [
        (canvas.width * side + inwards * backdrop.unit * away, canvas.height, backdrop.unit * tall)
        for away, tall in ((0.05, 0.74), (0.12, 0.54))
    ]
    plants.palms(canvas, backdrop.light, spots, seed=backdrop.seed)
    backdrop.add(canvas, depth=0.95, front=True)
    backdrop.ground, backdrop.shore = 0.8, 0.72


def lake(backdrop: Backdrop) -> None:
    """Paint mountains and firs over still water."""
    mountains(
        backdrop,
        Ridge(1, "838db0", 0.42, 0.3, far=0.42, bumps=2.4, rough=0.6, mist=0.55),
        depth=0.12,
        top=0.16,
        snow=0.9 if snowy(backdrop) else 0.45,
    )
    hill(
        backdrop,
        Ridge(2, grass(backdrop), 0.405, 0.05, far=0.2, bumps=2),
        depth=0.24,
        top=0.36,
        decorate=_firs(backdrop, 2, 30, 0.13, 0.2),
    )
    mirror(backdrop, 0.6, depth=0.27)
    hill(backdrop, Ridge(3, grass(backdrop), 0.06, 0.07, bumps=1.1), depth=0.9, top=0.78, decorate=_lawn(backdrop))
    backdrop.ground, backdrop.shore = 0.88, 0.86


def river(backdrop: Backdrop) -> None:
    """Paint a river between wooded banks."""
    hill(backdrop, Ridge(1, "7d93b4", 0.42, 0.13, far=0.55, bumps=2.5, mist=0.5), depth=0.12, top=0.36)
    hill(
        backdrop,
        Ridge(2, grass(backdrop), 0.4, 0.07, far=0.22, bumps=2),
        depth=0.26,
        top=0.24,
        decorate=grove(backdrop, 2, 12, 0.2, 0.2),
    )
    mirror(backdrop, 0.62, depth=0.4, colour="3f86a0", clear=0.66)
    hill(
        backdrop,
        Ridge(3, grass(backdrop), 0.07, 0.05, bumps=1.0, grain=0.1),
        depth=0.92,
        top=0.82,
        decorate=_lawn(backdrop),
    )
    _foreground(backdrop)
    backdrop.ground, backdrop.shore = 0.9, 0.9
