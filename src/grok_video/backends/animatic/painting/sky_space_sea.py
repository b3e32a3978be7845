"""Environments in which nothing stands: space, underwater, above the clouds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..planes import F32
from .backdrop import Backdrop
from .canvas import Canvas, blend, heights, noise, rng, smooth
from .land import Decorate, Ridge, hill
from .light import Colour, Light, colour_casts, hex_colour, mixed, times


def space(backdrop: Backdrop) -> None:
    """Paint nebulae, stars and a banded planet."""
    canvas = backdrop.canvas()
    x, y = canvas.coarse()
    field = np.broadcast_to(np.asarray(hex_colour("060714"), np.float32), (len(y), x.shape[1], 3))
    for number, colour in enumerate(("6a3fa0", "2466b0", "b0407a")):
        cloud = noise(x.shape[1], len(y), rng(backdrop.seed, "nebula", number), cells=3, octaves=5)
        field = blend(field, hex_colour(colour), smooth(0.05, 1.2, cloud) * np.float32(0.7))
    canvas.fill(_own_colours(backdrop, field))
    generator = rng(backdrop.seed, "space")
    scale = backdrop.unit / 720
    for tone, count, size in ((0.5, 260, 0.7), (0.8, 110, 1.0), (1.0, 26, 1.8)):
        spots = generator.random((count, 2)) * (canvas.width, canvas.height)
        discs = [(float(a), float(b), scale * size * (0.7 + 0.6 * float(generator.random()))) for a, b in spots]
        canvas.dots(discs, (tone, tone, min(1.0, tone * 1.05)), solid=False)
        if size > 1.5:
            for a, b, _ in discs:
                canvas.glow(a, b, 13 * scale, (0.8, 0.9, 1.0), 0.4)
    backdrop.add(canvas, depth=0.06, opaque=True)
    _planet(backdrop)
    backdrop.light = replace(
        backdrop.light, key=(0.97, 0.97, 1.0), shade=(0.42, 0.44, 0.6), sun_at=(0.1, 0.1), strength=0.5
    )
    backdrop.horizon, backdrop.ground, backdrop.weightless = 1.0, 0.5, True


def _own_colours(backdrop: Backdrop, field: F32) -> F32:
    """Apply look, tint and mood to an environment whose colours are not the sky's."""
    for colour, share in colour_casts(backdrop.scene):
        field = blend(field, colour, share * 0.85)
    return field


def _planet(backdrop: Backdrop) -> None:
    canvas = backdrop.canvas()
    step = 2
    x = np.arange(0, canvas.width, step, dtype=np.float32)[None, :]
    y = np.arange(0, canvas.height, step, dtype=np.float32)[:, None]
    radius, centre = np.float32(0.34 * backdrop.unit), (0.74 * canvas.width, 0.6 * canvas.height)
    dx, dy = (x - np.float32(centre[0])) / radius, (y - np.float32(centre[1])) / radius
    inside = dx * dx + dy * dy
    z = np.sqrt(np.clip(1 - inside, 0, 1))
    bands = noise(x.shape[1], len(y), rng(backdrop.seed, "bands"), cells=4, octaves=4)
    tilt = dy * 0.94 + dx * 0.34
    stripe = 0.5 + 0.5 * np.sin(tilt * 10 + bands * 0.9)
    field = blend(np.full((*inside.shape, 3), hex_colour("a5633c"), np.float32), hex_colour("f6d7a4"), stripe)
    field = blend(field, hex_colour("d98a5a"), 0.5 + 0.5 * np.sin(tilt * 23 + bands * 1.4))
    lit = np.clip(-0.66 * dx - 0.42 * dy + 0.62 * z, 0.02, 1)
    field = field * (0.1 + 1.0 * lit)[..., None]
    field = blend(field, hex_colour("a9cbff"), np.exp(-z * 7) * np.clip(lit * 1.4, 0, 1) * np.float32(0.85))
    canvas.fill(_own_colours(backdrop, np.clip(field, 0, 1)))
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * radius + centre
    canvas.reveal([ring])
    backdrop.add(canvas, depth=0.22)


def underwater(backdrop: Backdrop) -> None:
    """Paint shafts of light over a coral reef."""
    canvas = backdrop.canvas()
    x, y = canvas.coarse()
    down = y / canvas.height
    light = backdrop.light
    column = blend(
        np.full((len(y), 1, 3), hex_colour("5fd3dd"), np.float32), hex_colour("1273a8"), smooth(0.0, 0.6, down)
    )
    column = blend(column, hex_colour("0a3466"), smooth(0.5, 1.05, down))
    beam = heights(x.shape[1], rng(backdrop.seed, "shafts"), bumps=7)[None, :] ** 2
    slant = np.clip(1.2 - down * 1.35, 0, 1)
    field = blend(np.broadcast_to(column, (len(y), x.shape[1], 3)), (0.86, 1.0, 0.98), beam * slant * np.float32(0.5))
    # Underwater, the time of day changes the brightness only.
    field = field * np.float32(max(0.4, 0.3 + 0.72 * light.key[1]))
    canvas.fill(_own_colours(backdrop, np.clip(field, 0, 1)))
    backdrop.add(canvas, depth=0.06, opaque=True)
    bright = max(0.45, light.key[1])

    def own(colour: Colour) -> Colour:
        """Return a colour dimmed by the time of day and turned by look, tint and mood."""
        colour = times(colour, bright)
        for towards, share in colour_casts(backdrop.scene):
            colour = mixed(colour, towards, share * 0.85)
        return colour

    backdrop.light = replace(
        light,
        haze=own(hex_colour("1f86b0")),
        low=own(hex_colour("7fdce4")),
        middle=own(hex_colour("1b78ad")),
        key=own((0.8, 0.98, 1.0)),
        shade=own((0.36, 0.58, 0.76)),
        sun=None,
        sun_at=(0.5, 0.0),
        strength=0.2,
    )
    hill(backdrop, Ridge(1, "3f7f96", 0.2, 0.22, far=0.66, bumps=4, rough=0.6, mist=0.5), depth=0.2, top=0.5)
    hill(
        backdrop,
        Ridge(2, "4f7f8f", 0.16, 0.13, far=0.34, bumps=3, rough=0.5),
        depth=0.4,
        top=0.6,
        decorate=_corals(backdrop, 2, 8, 0.13, 0.34),
    )
    hill(
        backdrop,
        Ridge(3, "d8b27c", 0.1, 0.05, far=0.06, bumps=1.2, rough=0.3),
        depth=0.85,
        top=0.62,
        decorate=_corals(backdrop, 3, 7, 0.24, 0.06),
    )
    backdrop.horizon, backdrop.ground, backdrop.weightless = 1.0, 0.45, True


@dataclass(frozen=True, slots=True)
class _Coral:
    """One item of a reef: its position, height, colour and distance."""

    x: float
    foot: float
    tall: float
    tone: Colour
    far: float


def _corals(backdrop: Backdrop, key: int, count: int, size: float, far: float) -> Decorate:
    colours = [hex_colour(code) for code in ("f2647c", "f7a45c", "b878e0", "f5d36b", "5fd0b0")]

    def decorate(canvas: Canvas, crest: F32) -> None:
        generator = rng(backdrop.seed, "corals", key)
        many = round(count * canvas.width / backdrop.unit)
        for number in range(many):
            x = (number + generator.random()) * canvas.width / many
            foot = float(crest[min(len(crest) - 1, int(x))]) + backdrop.unit * 0.05 * generator.random()
            tall = backdrop.unit * size * (0.4 + 0.6 * generator.random())
            tone = colours[int(generator.integers(0, len(colours)))]
            coral = _Coral(x, foot, tall, tone, far)
            (_fan, _weed, _brain)[int(generator.integers(0, 3))](canvas, backdrop.light, coral, generator)

    return decorate


def _fan(canvas: Canvas, light: Light, coral: _Coral, generator: np.random.Generator) -> None:
    x, foot, tall, tone, far = coral.x, coral.foot, coral.tall, coral.tone, coral.far
    for share, thick in ((0.15, 0.085), (0.8, 0.05)):
        ways = []
        tips = []
        for lean in np.linspace(-0.7, 0.7, 6):
            tip = (x + lean * tall * 0.75, foot - tall * (1 - 0.3 * lean**2) * (0.75 + 0.25 * generator.random()))
            ways.append([(x, foot), (x + lean * tall * 0.25, foot - tall * 0.4), tip])
            tips.append((tip[0], tip[1], tall * thick * 0.8))
        colour = light.lit(tone, share, far)
        canvas.lines(ways, colour, max(2.0, tall * thick))
        canvas.circles(tips, colour)


def _weed(canvas: Canvas, light: Light, coral: _Coral, generator: np.random.Generator) -> None:
    x, foot, tall, tone, far = coral.x, coral.foot, coral.tall, coral.tone, coral.far
    green = mixed(tone, hex_colour("2f9a6a"), 0.8)
    share = np.linspace(0, 1, 12)
    for number in range(4):
        at = x + (number - 1.5) * tall * 0.09
        wave = np.sin(share * 5 + generator.random() * 6) * tall * 0.06
        wide = tall * 0.045 * np.sin(np.pi * np.clip(share + 0.08, 0, 1))
        high = foot - share * tall * (0.8 + 0.5 * generator.random())
        outline = np.concatenate(
            [np.column_stack([at + wave - wide, high]), np.column_stack([at + wave + wide, high])[::-1]]
        )
        canvas.polygons([outline], light.lit(green, 0.2 + 0.25 * number, far))


def _brain(canvas: Canvas, light: Light, coral: _Coral, generator: np.random.Generator) -> None:
    x, foot, tall, tone, far = coral.x, coral.foot, coral.tall, coral.tone, coral.far
    size = tall * 0.36
    canvas.circles([(x, foot - size * 0.4, size)], light.lit(tone, 0.1, far), flat=0.75)
    canvas.circles(
        [(x - size * 0.08, foot - size * 0.48, size * 0.86)], light.lit(tone, 0.6, far), solid=False, flat=0.75
    )
    dots = [
        (x + size * 0.7 * float(a), foot - size * (0.45 + 0.5 * float(b)), size * 0.07)
        for a, b in zip(generator.uniform(-1, 1, 9), generator.uniform(-0.4, 0.9, 9), strict=True)
        if a * a + b * b < 0.9
    ]
    canvas.circles(dots, light.lit(mixed(tone, (1.0, 1.0, 1.0), 0.45), 1.0, far), solid=False)


def cloudland(backdrop: Backdrop) -> None:
    """Paint a sea of clouds seen from above."""
    for number, (top, base, depth, far) in enumerate(
        ((0.56, 0.2, 0.2, 0.5), (0.64, 0.1, 0.4, 0.26), (0.74, 0.0, 0.75, 0.06))
    ):
        canvas = backdrop.canvas(top)
        generator = rng(backdrop.seed, "cloudland", number)
        body, lit = (
            backdrop.light.lit((0.93, 0.95, 0.99), 0.25, far),
            backdrop.light.lit((1.0, 1.0, 1.0), 1.0, far * 0.8),
        )
        shade = backdrop.light.lit((0.8, 0.85, 0.95), 0.0, far)
        canvas.flood(shade)
        size = backdrop.unit * (0.05 + 0.09 * depth)
        foot = canvas.height - backdrop.margin_y - base * backdrop.height
        xs = np.arange(-size, canvas.width + size, size * 0.62)
        puffs = [
            (float(x), float(foot - size * generator.random() * 0.9), float(size * (0.75 + 0.6 * generator.random())))
            for x in xs
        ]
        canvas.rectangles([(0, foot, canvas.width, canvas.height)], body)
        canvas.circles(puffs, shade)
        canvas.circles([(a, b - 0.1 * r, r * 0.92) for a, b, r in puffs], body, solid=False)
        canvas.circles([(a + 0.1 * r, b - 0.3 * r, r * 0.6) for a, b, r in puffs], lit, solid=False)
        soft = noise(canvas.width // 8, canvas.height // 8, rng(backdrop.seed, "soft", number), cells=6, octaves=3)
        canvas.roughen(np.float32(0.03) * soft)
        rock = backdrop.unit * 0.008
        backdrop.add(canvas, depth=depth, top=top, shadow=0.18, sway=(rock, 0.0, 0.07, number * 0.4))
    backdrop.ground, backdrop.weightless = 0.5, True
