"""Painting: noise, skies, ridges, trees, buildings, as RGB floats 0-1 with alpha.

Everything is measured in shares of the frame and drawn on seeded grids, so that 720P and 1080P show the
same picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .planes import F32

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """The light of one time of day; `light` tints figures and ground, `sun` is None where none is seen."""

    top: Colour
    middle: Colour
    low: Colour
    haze: Colour
    light: Colour
    sun: Colour | None
    sun_at: tuple[float, float]
    stars: float = 0.0


def hex_colour(text: str) -> Colour:
    """Read rrggbb."""
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _c(text: str) -> Colour:
    return hex_colour(text)


PALETTES = {
    "dawn": Palette(
        _c("3b4a86"), _c("c98ba6"), _c("ffd9a0"), _c("e8b9a5"),
        (0.98, 0.86, 0.82), _c("fff1c9"), (0.3, 0.8), 0.15,
    ),
    "day": Palette(
        _c("2f7fd6"), _c("79b8ee"), _c("d9effb"), _c("b9d9ea"),
        (1.0, 0.99, 0.95), _c("fffbe6"), (0.76, 0.22),
    ),
    "sunset": Palette(
        _c("31265f"), _c("b9447a"), _c("ffb15c"), _c("d9795f"),
        (0.98, 0.74, 0.62), _c("ffe9a8"), (0.62, 0.84), 0.1,
    ),
    "night": Palette(
        _c("070b1f"), _c("131d45"), _c("2c3c6d"), _c("1d2a52"),
        (0.46, 0.53, 0.78), _c("f2f3ff"), (0.74, 0.2), 1.0,
    ),
}  # fmt: skip


def rng(*key: int | str) -> np.random.Generator:
    """Make a generator whose stream depends on the key alone."""
    numbers = [
        part if isinstance(part, int) else sum(ord(char) << (8 * (at % 4)) for at, char in enumerate(part))
        for part in key
    ]
    return np.random.default_rng([number & 0xFFFFFFFF for number in numbers])


def noise(width: int, height: int, generator: np.random.Generator, *, cells: int = 4, octaves: int = 5) -> F32:
    """Draw isotropic fractal noise 0-1; `cells` is the coarsest grid's number of rows."""
    total = np.zeros((height, width), np.float32)
    gain, most = 1.0, 0.0
    for octave in range(octaves):
        rows = cells * 2**octave + 1
        grid = generator.random((rows, max(2, round(rows * width / height))), np.float32)
        total += gain * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        most += gain
        gain *= 0.5
    return np.clip(total / np.float32(most), 0, 1)


def heights(width: int, generator: np.random.Generator, *, bumps: int, rough: float = 0.5) -> F32:
    """Draw a skyline of smooth bumps, 0-1."""
    line = np.zeros(width, np.float32)
    gain, most = 1.0, 0.0
    for octave in range(6):
        grid = generator.random((1, bumps * 2**octave + 2), np.float32)
        line += gain * cv2.resize(grid, (width, 1), interpolation=cv2.INTER_CUBIC)[0]
        most += gain
        gain *= rough
    line /= np.float32(most)
    low, high = float(line.min()), float(line.max())
    return (line - np.float32(low)) / np.float32(max(high - low, 1e-6))


def blend(first: F32, second: F32 | Colour, share: F32 | np.float32 | float) -> F32:
    """Mix two colours or pictures."""
    share = np.asarray(share, np.float32)
    if share.ndim == 2:
        share = share[..., None]
    return first * (1 - share) + np.asarray(second, np.float32) * share


def flat(width: int, height: int, colour: F32 | Colour) -> F32:
    """Make a picture of one colour."""
    return np.broadcast_to(np.asarray(colour, np.float32), (height, width, 3)).copy()


def smooth(low: float, high: float, value: F32) -> F32:
    """Step smoothly from 0 at `low` to 1 at `high`."""
    part = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return part * part * (3 - 2 * part)


def sky(width: int, height: int, palette: Palette, horizon: float, seed: int, *, overcast: float) -> F32:
    """Paint the sky down to the horizon (a share of the height): gradient, glow, disk, stars."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None] / np.float32(horizon)
    upper = smooth(0.0, 0.62, down)
    lower = smooth(0.45, 1.0, down)
    column = blend(blend(flat(1, height, palette.top), palette.middle, upper), palette.low, lower)
    picture = np.repeat(column, width, axis=1)
    picture = blend(picture, palette.haze, np.float32(0.75 * overcast))
    if palette.stars and overcast < 0.6:
        picture += _stars(width, height, seed, palette.stars * (1 - overcast))[..., None] * (1 - 0.8 * lower)[..., None]
    if palette.sun:
        _add_sun(picture, palette, horizon, overcast)
    # Dither: smooth gradients band at 8 bits without it.
    picture += rng(seed, "dither").normal(0, 0.0035, (height, width, 1)).astype(np.float32)
    return np.clip(picture, 0, 1)


def _add_sun(picture: F32, palette: Palette, horizon: float, overcast: float) -> None:
    height, width = picture.shape[:2]
    across, down = np.meshgrid(
        np.linspace(0, width / height, width, dtype=np.float32),
        np.linspace(0, 1, height, dtype=np.float32),
    )
    centre_x, centre_y = palette.sun_at[0] * width / height, palette.sun_at[1] * horizon
    away = np.sqrt((across - np.float32(centre_x)) ** 2 + (down - np.float32(centre_y)) ** 2)
    sun = np.asarray(palette.sun, np.float32)
    shown = np.float32(1 - 0.85 * overcast)
    glow = np.exp(-away / np.float32(0.16)) * np.float32(0.55) + np.exp(-away / np.float32(0.5)) * np.float32(0.22)
    # Light screens what is behind it; adding would burn the sky out.
    picture[:] = 1 - (1 - np.clip(picture, 0, 1)) * (1 - np.clip(glow * shown, 0, 1)[..., None] * sun)
    disk = 1 - smooth(0.044, 0.049, away)
    picture[:] = blend(picture, palette.sun or (1, 1, 1), disk * shown)


def _stars(width: int, height: int, seed: int, strength: float) -> F32:
    generator = rng(seed, "stars")
    field = np.zeros((height, width), np.float32)
    count = 260
    xs, ys = generator.random(count), generator.random(count)
    sizes, lights = generator.random(count), generator.random(count)
    for x, y, size, light in zip(xs, ys, sizes, lights, strict=True):
        radius = height / 720 * (0.7 + 1.1 * size**3)
        centre = (round(x * width * 16), round(y * height * 16))
        cv2.circle(field, centre, round(radius * 16), float(0.35 + 0.65 * light), -1, cv2.LINE_AA, 4)
    return field * np.float32(strength)


def clouds(width: int, height: int, palette: Palette, seed: int, amount: float) -> tuple[F32, F32]:
    """Paint a deck of clouds that fades out at its lower edge; `amount` 0-1."""
    # Noise twice as tall as the deck, squeezed: clouds are wider than they are high.
    shape = cv2.resize(
        noise(width, height * 2, rng(seed, "clouds"), cells=6), (width, height), interpolation=cv2.INTER_AREA
    )
    shape = (shape - np.float32(0.5)) * np.float32(1.9) + np.float32(0.5)
    cover = smooth(0.56 - 0.46 * amount, 1.05 - 0.3 * amount, shape)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    cover *= smooth(0.0, 0.12, down) * (1 - smooth(0.55, 1.0, down)) * np.float32(0.92)
    lit = np.asarray(palette.light, np.float32) * np.float32(0.94) + np.float32(0.06)
    shade = blend(flat(width, height, palette.middle), palette.haze, 0.5)
    body = smooth(0.3, 0.85, cv2.GaussianBlur(shape, (0, 0), height / 40))
    return np.clip(blend(shade, lit, body * np.float32(0.85)), 0, 1), cover


def ridge(
    width: int, height: int, line: F32, colour: Colour, palette: Palette, *, far: float, seed: int, texture: float = 0.1
) -> tuple[F32, F32]:
    """Paint land below a line of heights (shares of the picture's height, from the bottom)."""
    top = height * (1 - line)
    rows = np.arange(height, dtype=np.float32)[:, None]
    alpha = np.clip(rows - top[None, :] + 0.5, 0, 1)
    grain = noise(width, height, rng(seed, "ridge"), cells=12, octaves=4)
    base = np.asarray(colour, np.float32) * np.asarray(palette.light, np.float32)
    picture = flat(width, height, base) * (1 + np.float32(texture) * (grain[..., None] * 2 - 1))
    depth = np.clip((rows - top[None, :]) / np.float32(height), 0, 1)
    rim = np.exp(-depth * 60) * np.float32(0.22)
    picture = blend(picture, palette.low, rim)
    picture = blend(picture, palette.haze, np.float32(far) * (1 - 0.35 * depth))
    return np.clip(picture, 0, 1), alpha


def conifer(mask: F32, x: float, base: float, size: float, generator: np.random.Generator) -> None:
    """Draw a fir's silhouette with ragged tiers into a mask; coordinates in pixels."""
    tiers = 6
    outline: list[tuple[float, float]] = [(x, base - size)]
    right: list[tuple[float, float]] = []
    for tier in range(1, tiers + 1):
        level = base - size + size * 0.94 * tier / tiers
        reach = size * 0.27 * (tier / tiers) ** 0.85 * (0.85 + 0.3 * generator.random())
        outline += [(x - reach, level), (x - reach * 0.55, level - size * 0.015)]
        right += [(x + reach, level), (x + reach * 0.55, level - size * 0.015)]
    points = np.array(outline + right[::-1], np.float32) * 16
    cv2.fillPoly(mask, [points.astype(np.int32)], 1.0, cv2.LINE_AA, 4)


def broadleaf(mask: F32, x: float, base: float, size: float, generator: np.random.Generator) -> None:
    """Draw a round tree's silhouette into a mask; coordinates in pixels."""
    cv2.line(
        mask,
        (round(x), round(base)),
        (round(x), round(base - size * 0.5)),
        1.0,
        max(1, round(size * 0.07)),
        cv2.LINE_AA,
    )
    for _ in range(9):
        angle, away = generator.random() * 6.283, generator.random() ** 0.5 * size * 0.26
        centre = (round((x + away * np.cos(angle)) * 16), round((base - size * 0.68 + 0.8 * away * np.sin(angle)) * 16))
        cv2.circle(mask, centre, round(size * (0.12 + 0.09 * generator.random()) * 16), 1.0, -1, cv2.LINE_AA, 4)


def buildings(
    width: int, height: int, palette: Palette, seed: int, *, count: int, tallest: float, far: float, lit: float
) -> tuple[F32, F32]:
    """Paint a row of houses with windows; `lit` is the share of lit ones."""
    generator = rng(seed, "city")
    picture = flat(width, height, (0, 0, 0))
    alpha = np.zeros((height, width), np.float32)
    light = np.asarray(palette.light, np.float32)
    glow = [hex_colour(one) for one in ("ffd27a", "ffe9b8", "9fd8ff", "ff9ad1")]
    for number in range(count):
        left = (number + generator.random() * 0.5 - 0.25) * width / count
        across = width / count * (0.75 + 0.5 * generator.random())
        tall = height * tallest * (0.4 + 0.6 * generator.random())
        tone = np.asarray(hex_colour(("5d6b86", "4c566e", "77748c", "6a5f74")[number % 4]), np.float32) * light
        tone = tone * np.float32(1 - far) + np.asarray(palette.haze, np.float32) * np.float32(far)
        x0, x1, y0 = max(0, round(left)), min(width, round(left + across)), round(height - tall)
        if x1 - x0 < 4:
            continue
        shade = np.linspace(1.08, 0.86, x1 - x0, dtype=np.float32)[None, :, None]
        picture[y0:, x0:x1] = tone * shade
        alpha[y0:, x0:x1] = 1
        cell = max(5, round(height / 42))
        for y in range(y0 + cell, height - cell, cell + cell // 3):
            for x in range(x0 + cell // 2, x1 - cell, cell):
                chance, kind = generator.random(), generator.integers(0, 20)
                if chance < lit:
                    picture[y : y + cell * 3 // 5, x : x + cell * 3 // 5] = glow[kind if kind < 4 else 0]
                elif chance < 0.85:
                    picture[y : y + cell * 3 // 5, x : x + cell * 3 // 5] = tone * 0.72
    return np.clip(picture, 0, 1), alpha


def water(width: int, height: int, palette: Palette, seed: int) -> F32:
    """Paint a water surface from the horizon down: the sky's colours, mirrored and darker, with ripples."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    column = blend(flat(1, height, palette.low), palette.middle, smooth(0.0, 0.5, down))
    column = blend(column, palette.top, smooth(0.35, 1.0, down) * np.float32(0.9)) * np.float32(0.8)
    picture = np.repeat(column, width, axis=1)
    ripples = _perspective_ripples(width, height, rng(seed, "ripples"))
    picture *= 1 + np.float32(0.16) * (ripples[..., None] * 2 - 1)
    if palette.sun:
        across = np.linspace(0, 1, width, dtype=np.float32)[None, :]
        path = np.exp(-(((across - np.float32(palette.sun_at[0])) / (0.03 + 0.13 * down)) ** 2))
        picture = blend(picture, palette.sun, path * smooth(0.5, 0.72, ripples) * np.float32(0.75))
    return np.clip(picture, 0, 1)


def _perspective_ripples(width: int, height: int, generator: np.random.Generator) -> F32:
    base = noise(width, height, generator, cells=20, octaves=3)
    wide = cv2.resize(base[:, : max(2, width // 5)], (width, height), interpolation=cv2.INTER_CUBIC)
    rows = (np.linspace(0, 1, height, dtype=np.float32) ** 0.45 * np.float32(height - 1))[:, None]
    columns = np.arange(width, dtype=np.float32)[None, :]
    spread = cv2.remap(wide, np.repeat(columns, height, 0), np.repeat(rows, width, 1), cv2.INTER_LINEAR)
    low, high = np.percentile(spread[::4, ::4], (2, 98))
    return np.clip((spread - np.float32(low)) / np.float32(high - low), 0, 1)
