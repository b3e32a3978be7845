"""Skies: gradients with the sun's glow, disc and moon, stars, clouds, northern lights, rainbows."""

from __future__ import annotations

import cv2
import numpy as np

from ..planes import F32
from .backdrop import Backdrop
from .canvas import Canvas, blend, noise, rng, smooth
from .light import Light, hex_colour, mixed, times

STARS = 240
WHITE = (1.0, 1.0, 1.0)


def paint_sky(backdrop: Backdrop) -> None:
    """Paint the sky over the whole frame."""
    light, canvas = backdrop.light, backdrop.canvas(bottom=backdrop.sky_bottom)
    canvas.fill(_gradient(backdrop, canvas))
    if light.stars:
        _stars(backdrop, canvas)
    if light.sun:
        _disc(backdrop, canvas, light)
    for feature in backdrop.scene.features:
        if feature == "aurora":
            _aurora(backdrop, canvas)
        elif feature == "rainbow":
            _rainbow(backdrop, canvas)
    backdrop.add(canvas, depth=0.05, bottom=backdrop.sky_bottom, opaque=True)


def _sun_at(backdrop: Backdrop, canvas: Canvas) -> tuple[float, float]:
    x, y = backdrop.light.sun_at
    return backdrop.margin_x + x * backdrop.width, backdrop.margin_y + y * backdrop.horizon * backdrop.height


def _gradient(backdrop: Backdrop, canvas: Canvas) -> F32:
    light = backdrop.light
    x, y = canvas.coarse()
    down = (y - backdrop.margin_y) / np.float32(backdrop.height * backdrop.horizon)
    column = blend(np.asarray([[light.top]], np.float32), light.middle, smooth(0.0, 0.62, down))
    column = blend(column, light.low, smooth(0.42, 1.0, down))
    sun_x, sun_y = _sun_at(backdrop, canvas)
    away = np.hypot((x - sun_x) / backdrop.unit, (y - sun_y) / backdrop.unit)
    field = np.broadcast_to(column, (*away.shape, 3))
    # Streaks of high, thin cloud take the colour of the low sky.
    streaks = noise(max(2, away.shape[1] // 5), away.shape[0], rng(backdrop.seed, "cirrus"), cells=5)
    streaks = cv2.resize(streaks, away.shape[::-1], interpolation=cv2.INTER_CUBIC)
    lift = smooth(0.05, 1.0, streaks) * smooth(0.0, 0.25, down) * np.float32(0.4 * (1 - light.overcast))
    field = blend(field, mixed(light.low, WHITE, 0.25), lift * smooth(-0.4, 0.8, down))
    tone = light.sun or light.low
    shown = np.float32(light.strength)
    glow = np.exp(-away / 0.13) * 0.5 + np.exp(-away / 0.42) * 0.34
    return 1 - (1 - field) * (1 - np.clip(glow * shown, 0, 1)[..., None] * np.asarray(tone, np.float32))


def _disc(backdrop: Backdrop, canvas: Canvas, light: Light) -> None:
    x, y = _sun_at(backdrop, canvas)
    sun, unit = light.sun or WHITE, backdrop.unit
    size = unit * (0.044 if light.moon else 0.058)
    canvas.glow(x, y, size * 5.5, sun, 0.4 * (1 - light.overcast))
    tone = mixed(sun, light.low, 0.5 * light.overcast)
    canvas.circles([(x, y, size)], tone, solid=False)
    if light.moon:
        shade = mixed(tone, light.middle, 0.22)
        for dx, dy, part in ((-0.35, -0.2, 0.26), (0.3, 0.28, 0.2), (0.12, -0.48, 0.13), (-0.2, 0.45, 0.12)):
            canvas.circles([(x + dx * size, y + dy * size, part * size)], shade, solid=False)


def _stars(backdrop: Backdrop, canvas: Canvas) -> None:
    generator = rng(backdrop.seed, "stars")
    xs, ys = generator.random(STARS) * canvas.width, generator.random(STARS) ** 1.4 * canvas.height * backdrop.horizon
    sizes = generator.random(STARS) ** 5
    scale = backdrop.unit / 720
    for low, high, tone in ((0.0, 0.25, 0.45), (0.25, 0.6, 0.75), (0.6, 1.1, 1.0)):
        chosen = (sizes >= low) & (sizes < high)
        discs = [
            (float(x), float(y), float(scale * (0.75 + 1.3 * size)))
            for x, y, size in zip(xs[chosen], ys[chosen], sizes[chosen], strict=True)
        ]
        canvas.dots(discs, mixed(backdrop.light.middle, WHITE, tone * backdrop.light.stars), solid=False)
        if low >= 0.6:
            for x, y, _ in discs:
                canvas.glow(x, y, 9 * scale, WHITE, 0.35 * backdrop.light.stars)


def _aurora(backdrop: Backdrop, canvas: Canvas) -> None:
    across, down = canvas.width // 4, canvas.height // 4
    x = np.linspace(0, 1, across, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, down, dtype=np.float32)[:, None] * canvas.height / backdrop.height
    for number, (colour, level) in enumerate((("3cf0a0", 0.46), ("46d8e8", 0.34), ("b070ff", 0.26))):
        generator = rng(backdrop.seed, "aurora", number)
        wave = noise(across, 2, generator, cells=1, octaves=3)[:1]
        foot = (level + 0.1 * np.sin(6.3 * (x * 1.1 + generator.random())) + 0.1 * wave) * backdrop.horizon
        rays = 0.6 + 0.4 * cv2.resize(generator.random((1, 70), np.float32), (across, 1), interpolation=cv2.INTER_CUBIC)
        above = foot - y
        weight = np.exp(-np.clip(above, 0, None) / 0.16) * smooth(-0.035, 0.01, above) * rays
        weight *= np.clip(0.75 + 0.6 * np.roll(wave, 40, 1), 0, 1)
        canvas.veil(hex_colour(colour), np.clip(weight * np.float32(0.78), 0, 1))


def _rainbow(backdrop: Backdrop, canvas: Canvas) -> None:
    x, y = canvas.coarse()
    away = (
        np.hypot(x - canvas.width * 0.4, (y - backdrop.margin_y - backdrop.height * backdrop.horizon * 1.15))
        / backdrop.unit
    )
    for number, colour in enumerate(("e8463c", "f39a2b", "f5e04a", "4fc25e", "3f7fe0", "7d52c8")):
        ring = np.exp(-(((away - np.float32(0.62 - 0.022 * number)) / np.float32(0.014)) ** 2))
        canvas.veil(hex_colour(colour), ring.astype(np.float32) * np.float32(0.5))


def paint_clouds(backdrop: Backdrop) -> None:
    """Paint a layer of flat-bottomed clouds that drifts over the sky."""
    light, scene = backdrop.light, backdrop.scene
    amount = {"clear": 5, "wind": 7, "fog": 0, "clouds": 13, "snow": 14, "rain": 20, "storm": 24}[scene.weather]
    if not amount:
        return
    drift = 0.011 if scene.weather in ("wind", "storm") else 0.005
    bottom = backdrop.horizon * 0.94
    canvas = backdrop.canvas(0.0, drift=drift, bottom=bottom)
    generator = rng(backdrop.seed, "clouds")
    heavy = light.overcast
    body = mixed(times(WHITE, light.key), light.middle, 0.12 + 0.35 * heavy)
    if light.stars > 0.3:
        body = mixed(body, light.middle, 0.5)
    top = mixed(body, light.sun or light.low, 0.45 * (1 - heavy) * (0.3 if light.stars > 0.3 else 1.0))
    base = mixed(mixed(light.middle, light.haze, 0.55), light.shade, 0.25 + 0.2 * heavy)
    canvas.flood(body)
    span = canvas.height - backdrop.margin_y
    side = light.side
    clouds = sorted(generator.random((amount, 3)).tolist(), key=lambda cloud: cloud[1])
    for number, (x, y, size) in enumerate(clouds):
        # Distant clouds are low in the sky, small and hazy.
        low = 0.16 + 0.7 * y**0.8
        large = backdrop.unit * (0.15 - 0.1 * low) * (0.6 + 0.8 * size) * (1.7 if heavy > 0.6 else 1.0)
        far = 0.15 + 0.6 * low
        at = (number + 0.2 + 0.6 * x) * canvas.width / amount
        tones = [mixed(tone, light.haze if low > 0.5 else light.middle, far * 0.55) for tone in (base, body, top)]
        _cumulus(
            canvas,
            (at * 3.1 % canvas.width, backdrop.margin_y + low * span),
            large,
            rng(backdrop.seed, "puff", number),
            tones,
            side,
        )
    canvas.fade(np.float32(0.94 - 0.3 * heavy) * np.ones((4, 4), np.float32))
    backdrop.add(canvas, depth=0.09, drift=drift, bottom=bottom)


def _cumulus(
    canvas: Canvas,
    at: tuple[float, float],
    size: float,
    generator: np.random.Generator,
    tones: list[tuple[float, float, float]],
    side: int,
) -> None:
    x, foot = at
    count = 7 + int(generator.integers(0, 4))
    spots = np.linspace(-1, 1, count) + generator.normal(0, 0.05, count)
    radii = size * (0.24 + 0.5 * np.clip(1 - spots**2, 0, 1) ** 0.8) * (0.75 + 0.4 * generator.random(count))
    puffs = [(x + spot * size * 1.7, foot - radius, radius) for spot, radius in zip(spots, radii, strict=True)]
    base, body, top = tones
    canvas.circles([(a, b, r) for a, b, r in puffs], base)
    canvas.circles([(a + side * 0.06 * r, b - 0.16 * r, r * 0.9) for a, b, r in puffs], body, solid=False)
    canvas.circles([(a + side * 0.16 * r, b - 0.36 * r, r * 0.62) for a, b, r in puffs], top, solid=False)
