"""Particles in the air: leaves, petals, fireflies, bubbles, twinkling stars, fireworks, meteors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

import cv2
import numpy as np

from ..figures.flipbook import Page, page
from ..painting.backdrop import Backdrop
from ..painting.canvas import rng
from ..painting.light import Colour, hex_colour, mixed
from ..planes import U8, Frame, rgb_to_yuv, to_u8

LEAVES = ("d4552a", "e8962e", "efb83a", "b8472a")
PETALS = ("f9b8cf", "ffd6e2", "f79dbb")
MAX_PANES = 12
BURSTS = ("ff5a5f", "ffd23f", "4fd8ff", "b07cff", "6dff9a")
# Position of a particle at a second: x and y in pixels and the index of its page; None while it is not visible.
Path = Callable[[float], tuple[float, float, int] | None]


@dataclass(frozen=True, slots=True)
class Mote:
    """One particle: its pages and its path."""

    pages: Sequence[Page]
    path: Path


class _Pane:
    """A window that is lit most of the time."""

    def __init__(self, backdrop: Backdrop, layer: int, x: float, y: float, wide: float, high: float) -> None:
        self.layer, self.x, self.y = layer, x, y
        self._phase, self._pace = rng(backdrop.seed, "pane", round(x), round(y)).random(2).tolist()
        shape = np.full((max(2, round(high)), max(2, round(wide))), 235, np.uint8)
        dark = mixed(backdrop.light.shade, backdrop.light.top, 0.6)
        self.page = _stamp(shape, (dark[0] * 0.5, dark[1] * 0.5, dark[2] * 0.5), middle=False)

    def lit(self, t: float) -> bool:
        """Check whether the window is lit at second `t`."""
        return sin(2 * pi * (0.07 * (0.6 + self._pace) * t + self._phase)) < 0.45


# Places under a roof; no birds fly there, and no leaves fall unless the prompt says so.
INSIDE = ("room", "bar", "restaurant", "kitchen", "living_room", "stage", "studio")


class Particles:
    """All particles of a scene; some are drawn behind the land, most in front of it."""

    def __init__(self, backdrop: Backdrop) -> None:
        scene = backdrop.scene
        self._far: list[Mote] = []
        self._near: list[Mote] = []
        indoors = scene.environment in INSIDE
        outdoors = scene.environment not in (*INSIDE, "underwater", "space", "moon")
        if scene.environment in ("space", "moon") or (outdoors and backdrop.light.stars > 0.3):
            self._far += _twinkles(backdrop)
        elif outdoors:
            self._far += _birds(backdrop)
        if "fireworks" in scene.features:
            self._far += _fireworks(backdrop)
        if "meteors" in scene.features:
            self._far += _meteors(backdrop)
        if scene.environment == "underwater":
            self._near += _bubbles(backdrop)
        elif indoors or scene.environment in ("alley", "station", "bamboo", "moon"):
            self._near += _dust(backdrop)
        natural = outdoors and scene.environment not in ("station", "alley")
        if "leaves" in scene.features or (scene.season == "autumn" and natural):
            self._near += _falling(backdrop, LEAVES, 15, 0.02, _leaf)
        if "petals" in scene.features or (scene.season == "spring" and natural):
            self._near += _falling(backdrop, PETALS, 13, 0.011, _petal)
        if "fireflies" in scene.features:
            self._near += _fireflies(backdrop)

        self._panes = [_Pane(backdrop, *pane) for pane in backdrop.panes[:MAX_PANES]]

    def on_layer(self, layer: int, frame: Frame, t: float, left: float, top: float) -> None:
        """Draw the particles of a layer whose corner is at (-left, -top) of the frame."""
        for pane in self._panes:
            if pane.layer == layer and not pane.lit(t):
                pane.page.lay(frame, pane.x - left, pane.y - top)

    def far(self, frame: Frame, t: float) -> None:
        """Draw the particles of the sky."""
        _lay(self._far, frame, t)

    def near(self, frame: Frame, t: float) -> None:
        """Draw the particles in front of everything."""
        _lay(self._near, frame, t)


def _lay(motes: Sequence[Mote], frame: Frame, t: float) -> None:
    for mote in motes:
        if position := mote.path(t):
            x, y, number = position
            mote.pages[number % len(mote.pages)].lay(frame, x, y)


def _stamp(shape: U8, colour: Colour, *, middle: bool = True) -> Page:
    """Return a page of one colour from its alpha, anchored at its middle or its corner."""
    y, u, v = (float(channel) for channel in rgb_to_yuv(np.asarray(colour, np.float32)))
    share = shape.astype(np.float32) / 255
    painted = to_u8(np.dstack([y * share, u * share, v * share, 255 * share]))
    return page(painted, (shape.shape[1] / 2, shape.shape[0] / 2) if middle else (0.0, 0.0))


def _leaf(size: int, turn: float) -> U8:
    shape = np.zeros((size * 2, size * 2), np.uint8)
    axes = (round(size * 0.9), max(1, round(size * (0.16 + 0.3 * abs(cos(2 * turn))))))
    cv2.ellipse(shape, (size, size), axes, turn * 180 / pi, 0, 360, 255, -1, cv2.LINE_AA)
    return shape


def _petal(size: int, turn: float) -> U8:
    shape = np.zeros((size * 2, size * 2), np.uint8)
    axes = (round(size * 0.8), max(1, round(size * (0.3 + 0.35 * abs(sin(turn))))))
    cv2.ellipse(shape, (size, size), axes, turn * 57, 0, 360, 255, -1, cv2.LINE_AA)
    return shape


def _falling(
    backdrop: Backdrop, colours: Sequence[str], count: int, size: float, draw: Callable[[int, float], U8]
) -> list[Mote]:
    generator = rng(backdrop.seed, "falling", count)
    windy = 2.6 if backdrop.scene.weather in ("wind", "storm") else 1.0
    books = [
        [
            _stamp(
                draw(max(4, round(backdrop.unit * size * part / 2)), pi * step / 6),
                backdrop.light.lit(hex_colour(colour), 0.9),
            )
            for step in range(6)
        ]
        for colour in colours
        for part in (0.7, 1.1)
    ]
    return [
        Mote(books[number % len(books)], _fall(backdrop, generator.random(5).tolist(), windy))
        for number in range(count)
    ]


def _fall(backdrop: Backdrop, chance: list[float], windy: float) -> Path:
    x0, y0, speed, swing, spin = chance
    fall = backdrop.height * (0.07 + 0.07 * speed)
    drift = backdrop.width * 0.035 * windy * (0.5 + speed)
    span_x, span_y = backdrop.width * 1.1, backdrop.height * 1.1

    def path(t: float) -> tuple[float, float, int]:
        sway = backdrop.unit * 0.03 * sin(2 * pi * (0.35 * t + swing))
        x = (x0 * span_x - drift * t + sway) % span_x - 0.05 * backdrop.width
        y = (y0 * span_y + fall * t) % span_y - 0.05 * backdrop.height
        return x, y, int(6 * (t * (0.6 + spin) + spin))

    return path


def _glow(size: int, strength: float) -> U8:
    axis = np.linspace(-1, 1, 2 * size, dtype=np.float32)
    away = np.hypot(axis[None, :], axis[:, None])
    return to_u8(255 * strength * (np.clip(1 - away, 0, 1) ** 2.2 + (away < 0.16)))


def _fireflies(backdrop: Backdrop) -> list[Mote]:
    generator = rng(backdrop.seed, "fireflies")
    size = max(4, round(backdrop.unit * 0.016))
    pages = [_stamp(_glow(size, level), hex_colour("e6ff7a")) for level in (0.25, 0.5, 0.75, 1.0)]

    def wander(chance: list[float]) -> Path:
        x0, y0, phase, pace, pulse = chance

        def path(t: float) -> tuple[float, float, int] | None:
            turn = 2 * pi * (0.06 * (0.6 + pace) * t + phase)
            light = sin(2 * pi * (0.25 * (0.7 + pulse) * t + pulse))
            if light < -0.3:
                return None
            x = backdrop.width * (x0 + 0.06 * sin(turn) + 0.03 * sin(2.3 * turn))
            y = backdrop.height * (0.45 + 0.45 * y0 + 0.05 * cos(1.7 * turn))
            return x, y, min(3, int(2 * (light + 0.3) * 1.6))

        return path

    return [Mote(pages, wander(generator.random(5).tolist())) for _ in range(16)]


def _bubbles(backdrop: Backdrop) -> list[Mote]:
    generator = rng(backdrop.seed, "bubbles")
    motes: list[Mote] = []
    for number in range(12):
        size = max(3, round(backdrop.unit * (0.005 + 0.006 * (number % 3))))
        ring = np.zeros((2 * size + 4, 2 * size + 4), np.uint8)
        middle = (size + 2, size + 2)
        cv2.circle(ring, middle, size, 70, -1, cv2.LINE_AA)
        cv2.circle(ring, middle, size, 190, max(1, size // 4), cv2.LINE_AA)
        cv2.circle(ring, (middle[0] - size // 3, middle[1] - size // 3), max(1, size // 4), 255, -1, cv2.LINE_AA)
        motes.append(Mote([_stamp(ring, (0.88, 1.0, 1.0))], _rise(backdrop, generator.random(4).tolist())))
    return motes


def _rise(backdrop: Backdrop, chance: list[float]) -> Path:
    x0, y0, speed, swing = chance

    def path(t: float) -> tuple[float, float, int]:
        y = backdrop.height * (1.05 - (y0 + (0.07 + 0.07 * speed) * t) % 1.1)
        return backdrop.width * x0 + backdrop.unit * 0.014 * sin(2 * pi * (0.5 * t + swing)), y, 0

    return path


def _birds(backdrop: Backdrop) -> list[Mote]:
    """Return a few distant birds that flap across the sky."""
    generator = rng(backdrop.seed, "birds")
    size = max(6, round(backdrop.unit * 0.014))
    pages: list[Page] = []
    for step in range(8):
        lift = sin(2 * pi * step / 8)
        shape = np.zeros((2 * size, 3 * size), np.uint8)
        middle, wing = (1.5 * size, size + 0.15 * size * lift), size * 0.55 * lift
        for side in (-1, 1):
            way = [
                middle,
                (middle[0] + side * 0.6 * size, size - 0.35 * size - 0.4 * wing),
                (middle[0] + side * 1.3 * size, size - wing),
            ]
            cv2.polylines(
                shape, [np.rint(np.array(way) * 16).astype(np.int32)], False, 220, max(1, size // 6), cv2.LINE_AA, 4
            )
        pages.append(_stamp(shape, mixed(backdrop.light.top, backdrop.light.shade, 0.55)))
    level, far = 0.1 + 0.3 * float(generator.random()), backdrop.horizon
    motes: list[Mote] = []
    for number in range(4):
        away, phase = generator.random(2).tolist()
        motes.append(Mote(pages, _flight(backdrop, number, (level + 0.05 * away) * far, phase)))
    return motes


def _flight(backdrop: Backdrop, number: int, level: float, phase: float) -> Path:
    span = backdrop.width * 1.2

    def path(t: float) -> tuple[float, float, int]:
        x = (backdrop.width * (0.1 + 0.045 * number) + backdrop.width * 0.04 * t) % span - 0.1 * backdrop.width
        y = backdrop.height * (level + 0.02 * (number % 2) + 0.012 * sin(2 * pi * (0.23 * t + phase)))
        return x, y, int(8 * (2.2 * t + phase))

    return path


def _dust(backdrop: Backdrop) -> list[Mote]:
    """Return motes of dust in the light of a room."""
    generator = rng(backdrop.seed, "dust")
    size = max(3, round(backdrop.unit * 0.006))
    pages = [_stamp(_glow(size, level), mixed(backdrop.light.key, (1.0, 1.0, 0.9), 0.5)) for level in (0.35, 0.6)]

    def float_by(chance: list[float]) -> Path:
        x0, y0, phase, pace = chance

        def path(t: float) -> tuple[float, float, int]:
            turn = 2 * pi * (0.09 * (0.6 + pace) * t + phase)
            x = backdrop.width * ((x0 + 0.012 * t) % 1.0) + backdrop.unit * 0.04 * sin(turn)
            return x, backdrop.height * (0.1 + 0.7 * y0) + backdrop.unit * 0.05 * cos(1.3 * turn), int(pace * 7)

        return path

    return [Mote(pages, float_by(generator.random(4).tolist())) for _ in range(12)]


def _twinkles(backdrop: Backdrop) -> list[Mote]:
    generator = rng(backdrop.seed, "twinkles")
    size = max(4, round(backdrop.unit * 0.011))
    pages: list[Page] = []
    for level in np.linspace(0.1, 1.0, 14):
        star = np.zeros((2 * size, 2 * size), np.float32)
        axis = np.abs(np.linspace(-1, 1, 2 * size, dtype=np.float32))
        star += np.exp(-axis[None, :] * 5 - axis[:, None] * 22) + np.exp(-axis[None, :] * 22 - axis[:, None] * 5)
        pages.append(_stamp(to_u8(255 * np.clip(level * star, 0, 1)), (1.0, 1.0, 1.0)))
    skyless = backdrop.weightless or backdrop.scene.environment == "moon"
    reach = 1.0 if backdrop.weightless else backdrop.horizon * 0.62

    def shine(chance: list[float]) -> Path:
        x, y, phase, pace = chance

        def path(t: float) -> tuple[float, float, int] | None:
            light = sin(2 * pi * (0.3 * (0.5 + pace) * t + phase))
            return (backdrop.width * x, backdrop.height * reach * y, int(13.99 * light)) if light > 0 else None

        return path

    return [Mote(pages, shine(generator.random(4).tolist())) for _ in range(22 if skyless else 9)]


def _meteors(backdrop: Backdrop) -> list[Mote]:
    long = round(backdrop.unit * 0.2)
    trail = np.zeros((long // 2 + 8, long + 8), np.uint8)
    for step in range(24):
        a, b = step / 24, (step + 1) / 24
        ends = [(round(long * (1 - part)) + 4, round(long / 2 * part) + 4) for part in (a, b)]
        cv2.line(trail, ends[0], ends[1], round(255 * b**2), max(1, round(backdrop.unit / 300)), cv2.LINE_AA)
    pages = [_stamp(trail, (1.0, 1.0, 0.95))]
    every = 1.9

    def path(t: float) -> tuple[float, float, int] | None:
        number, since = int(t / every), t % every
        x, y, wait = rng(backdrop.seed, "meteor", number).random(3).tolist()
        gone = (since - 0.7 * wait) / 0.55
        if not 0 <= gone < 1:
            return None
        return backdrop.width * (0.3 + 0.7 * x - 0.35 * gone), backdrop.height * (0.06 + 0.25 * y + 0.3 * gone), 0

    return [Mote(pages, path)]


def _fireworks(backdrop: Backdrop) -> list[Mote]:
    generator = rng(backdrop.seed, "fireworks")
    steps = 10
    motes: list[Mote] = []
    for number in range(4):
        colour = hex_colour(BURSTS[(number + backdrop.seed) % len(BURSTS)])
        rays = [
            (2 * pi * (at + 0.4 * float(generator.random())) / 26, 0.6 + 0.4 * float(generator.random()))
            for at in range(26)
        ]
        radius = round(backdrop.unit * (0.13 + 0.05 * (number % 2)))
        pages = [_stamp(_burst(radius, rays, (step + 1) / steps), colour) for step in range(steps)]
        motes.append(Mote(pages, _burst_path(backdrop, number, steps)))
    return motes


def _burst(radius: int, rays: Sequence[tuple[float, float]], share: float) -> U8:
    shape = np.zeros((2 * radius + 16, 2 * radius + 16), np.uint8)
    middle, out = radius + 8, radius * (1 - (1 - share) ** 2.4)
    fade = min(1.0, 2.2 * (1 - share) + 0.1)
    for angle, reach in rays:
        drop = 0.12 * radius * share**2
        ends = [
            (round(middle + out * reach * part * cos(angle)), round(middle + out * reach * part * sin(angle) + drop))
            for part in (1 - 0.35 * (1 - share) - 0.12, 1.0)
        ]
        cv2.line(shape, ends[0], ends[1], round(200 * fade), max(1, radius // 60), cv2.LINE_AA)
        cv2.circle(shape, ends[1], max(1, radius // 34), round(255 * fade), -1, cv2.LINE_AA)
    return cv2.max(shape, cv2.convertScaleAbs(cv2.GaussianBlur(shape, (0, 0), radius / 20), alpha=1.5))


def _burst_path(backdrop: Backdrop, number: int, steps: int) -> Path:
    every = 2.3

    def path(t: float) -> tuple[float, float, int] | None:
        at = t + every * number / 4
        x, y = rng(backdrop.seed, "burst", number, int(at / every)).random(2).tolist()
        gone = at % every / 1.5
        if gone >= 1:
            return None
        return backdrop.width * (0.12 + 0.76 * x), backdrop.height * (0.1 + 0.3 * y), int(gone * steps)

    return path
