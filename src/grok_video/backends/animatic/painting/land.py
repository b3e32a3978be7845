"""Land: hills with a lit crest, mountains with faces, sand, snow, mist in valleys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..planes import F32
from .backdrop import Backdrop
from .canvas import Canvas, blend, heights, noise, rng, smooth
from .light import Colour, hex_colour, mixed

SNOW = (0.95, 0.97, 1.0)
# Rock is painted at a third of the size and scaled up.
ROCK_STEP = 3
# Nothing is in front of a ridge of at least this depth; in front of others the next one starts at most this far below.
NEAR = 0.8
# A colour that is said of the place is that of the land this side of so much haze.
FAR = 0.4
COVERED = 0.2


@dataclass(frozen=True, slots=True)
class Ridge:
    """The look of a strip of land.

    Its crest is `base` plus up to `swing` (shares of the frame's height) above the frame's bottom. `far` is the haze in
    front of it, `mist` that at its foot, and `grain` the roughness of its colour.
    """

    key: int
    colour: str
    base: float
    swing: float
    far: float = 0.0
    bumps: float = 3
    rough: float = 0.4
    mist: float = 0.25
    grain: float = 0.07
    shadow: float = 0.3


Decorate = Callable[[Canvas, F32], None]


def hill(
    backdrop: Backdrop, ridge: Ridge, *, depth: float, top: float, front: bool = False, decorate: Decorate | None = None
) -> None:
    """Add a smooth strip of land; `decorate` draws on it, given the crest's row for every column."""
    if backdrop.scene.ground and ridge.far < FAR:
        ridge = replace(ridge, colour=backdrop.scene.ground)
    bottom = _bottom(ridge, depth)
    canvas = backdrop.canvas(top, bottom=bottom)
    crest = _crest(backdrop, canvas, ridge, top)
    field = _hill_field(backdrop, canvas, ridge, crest)
    # Strokes of a broad brush, wider than high.
    strokes = noise(
        canvas.width // 8, canvas.height // 2, rng(backdrop.seed, "strokes", ridge.key), cells=26, octaves=2
    )
    canvas.fill(field, np.float32(ridge.grain * (1 - ridge.far)) * strokes)
    _cut(backdrop, canvas, ridge, crest)
    if decorate:
        decorate(canvas, crest)
    backdrop.add(canvas, depth=depth, top=top, bottom=bottom, front=front, shadow=ridge.shadow)


def mountains(
    backdrop: Backdrop, ridge: Ridge, *, depth: float, top: float, snow: float, decorate: Decorate | None = None
) -> None:
    """Add a mountain range with lit and dark faces; `snow` is how far down its caps reach, a share of its height."""
    bottom = _bottom(ridge, depth)
    canvas = backdrop.canvas(top, bottom=bottom)
    crest = _crest(backdrop, canvas, ridge, top)
    across, down = canvas.width // ROCK_STEP, canvas.height // ROCK_STEP
    y = np.arange(down, dtype=np.float32)[:, None] * ROCK_STEP
    line = cv2.resize(crest[None, :], (across, 1), interpolation=cv2.INTER_LINEAR)
    depth_below = (y - line) / np.float32(backdrop.height)
    # Folds run down from the crest: the bumps of the ridge line, spread out and roughened on the way down.
    rock = noise(across, down, rng(backdrop.seed, "rock", ridge.key), cells=5, octaves=4)
    folds = cv2.GaussianBlur(line, (0, 0), 5) - line
    slope = np.gradient(cv2.GaussianBlur(rock, (0, 0), 1.2), axis=1) * np.float32(across / 18)
    slope += np.gradient(folds[0])[None, :] * np.exp(-depth_below * 9) * np.float32(1.3)
    side = backdrop.light.side
    lit = np.clip(0.46 + np.float32(0.5 * side) * np.tanh(slope * 2.2), 0, 1)
    ground = np.asarray(hex_colour(ridge.colour), np.float32) * (1 + 0.12 * rock[..., None])
    if snow:
        edge = depth_below + 0.05 * rock - 0.02 * np.tanh(slope * 2)
        cap = 1 - smooth(ridge.swing * snow * 0.9, ridge.swing * snow * 1.02, edge)
        ground = blend(ground, SNOW, cap)
    field = _in_light(backdrop, ground, lit)
    field = blend(field, backdrop.light.haze, _haze(ridge, depth_below, 0.16))
    canvas.fill(np.clip(field, 0, 1))
    _cut(backdrop, canvas, ridge, crest)
    if decorate:
        decorate(canvas, crest)
    backdrop.add(canvas, depth=depth, top=top, bottom=bottom, shadow=ridge.shadow * 0.6)


def _bottom(ridge: Ridge, depth: float) -> float:
    """Return the lowest visible row of a ridge as a share of the height; the next one covers the rest."""
    return 1.0 if depth >= NEAR else min(1.0, 1 - ridge.base + COVERED)


def _crest(backdrop: Backdrop, canvas: Canvas, ridge: Ridge, top: float) -> F32:
    line = heights(canvas.width, rng(backdrop.seed, "ridge", ridge.key), bumps=ridge.bumps, rough=ridge.rough)
    return backdrop.margin_y - backdrop.row(top) + backdrop.height * (1 - ridge.base - ridge.swing * line)


def _in_light(backdrop: Backdrop, ground: F32, lit: F32) -> F32:
    shade, key = np.asarray(backdrop.light.shade, np.float32), np.asarray(backdrop.light.key, np.float32)
    return ground * (shade + (key - shade) * lit[..., None])


def _haze(ridge: Ridge, below: F32, reach: float) -> F32:
    mist = ridge.mist * smooth(0.25 * reach, 1.6 * reach, below)
    return np.clip(ridge.far * (1 - 0.2 * smooth(0, reach, below)) + mist * (0.35 + 0.65 * ridge.far), 0, 0.94)


def _hill_field(backdrop: Backdrop, canvas: Canvas, ridge: Ridge, crest: F32) -> F32:
    light = backdrop.light
    x, y = canvas.coarse()
    line = cv2.resize(crest[None, :], (x.shape[1], 1), interpolation=cv2.INTER_AREA)
    below = np.clip((y - line) / np.float32(backdrop.height), 0, None)
    side = light.side
    slope = np.gradient(cv2.GaussianBlur(line, (0, 0), 2)[0])[None, :] / np.float32(8)
    swell = noise(x.shape[1], y.shape[0], rng(backdrop.seed, "swell", ridge.key), cells=3, octaves=3)
    lit = np.clip(0.52 + side * slope * 0.9 * np.exp(-below * 7) + 0.2 * swell + 0.3 * np.exp(-below * 26), 0, 1)
    ground = np.asarray(hex_colour(ridge.colour), np.float32) * (1 - 0.3 * smooth(0.02, 0.3, below))[..., None]
    field = _in_light(backdrop, np.broadcast_to(ground, (*lit.shape, 3)), lit)
    if light.sun:
        # A low sun lights the crests below it.
        near = np.exp(-((((x - backdrop.margin_x) / backdrop.width - light.sun_at[0]) / 0.3) ** 2))
        field = blend(field, light.sun, near * np.exp(-below * 38) * np.float32(0.55 * light.strength))
    return np.clip(blend(field, light.haze, _haze(ridge, below, 0.12)), 0, 1)


def _cut(backdrop: Backdrop, canvas: Canvas, ridge: Ridge, crest: F32) -> None:
    xs = np.append(np.arange(0, canvas.width - 1, 4), canvas.width - 1)
    edge = np.column_stack([xs, crest[xs]]).astype(np.float32)
    canvas.reveal([np.concatenate([edge, [[canvas.width, canvas.height + 4], [-4, canvas.height + 4]]])])
    bright = 0.4 * min(1.0, backdrop.light.strength) * (1 - ridge.far)
    tone = mixed(
        backdrop.light.lit(hex_colour(ridge.colour), 1.0, ridge.far), backdrop.light.sun or backdrop.light.low, bright
    )
    canvas.lines([edge + np.array([0, backdrop.height / 500])], tone, backdrop.height / 420, solid=False)


def scatter(
    canvas: Canvas, crest: F32, generator: np.random.Generator, count: int, *, within: float
) -> list[tuple[float, float, float]]:
    """Return positions below the crest, up to `within` pixels: x, y and nearness (0-1), distant ones first."""
    xs, nears = generator.random(count) * canvas.width, np.sort(generator.random(count))
    return [
        (float(x), float(crest[min(len(crest) - 1, int(x))] + near * within), float(near))
        for x, near in zip(xs, nears, strict=True)
    ]


def tufts(
    backdrop: Backdrop, canvas: Canvas, spots: list[tuple[float, float, float]], colour: Colour, size: float
) -> None:
    """Draw tufts of grass."""
    generator = rng(backdrop.seed, "tufts", len(spots))
    blades: list[F32] = []
    for x, y, near in spots:
        tall = size * (0.4 + 0.6 * near)
        for lean in generator.normal(0, 0.35, 4):
            foot = x + generator.normal(0, 0.16) * tall
            blades.append(
                np.array([[foot - tall * 0.07, y], [foot + lean * tall, y - tall], [foot + tall * 0.07, y]], np.float32)
            )
    for part, share in ((blades[::2], 0.25), (blades[1::2], 0.9)):
        canvas.polygons(part, backdrop.light.lit(colour, share))


def flowers(
    backdrop: Backdrop, canvas: Canvas, spots: list[tuple[float, float, float]], colours: list[str], size: float
) -> None:
    """Draw small flowers, each kind in its colour."""
    for number, colour in enumerate(colours):
        discs = [(x, y - size * 0.4, size * (0.14 + 0.2 * near)) for x, y, near in spots[number :: len(colours)]]
        canvas.dots(discs, backdrop.light.lit(hex_colour(colour), 0.9))
        canvas.dots([(x, y, r * 0.4) for x, y, r in discs], backdrop.light.lit((1.0, 0.93, 0.5), 1.0))
