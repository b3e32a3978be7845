"""Places inside: bar, restaurant, kitchen, living room with a fireplace, concert stage, product studio."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..planes import F32
from .backdrop import Backdrop
from .canvas import blend, noise, rng, smooth
from .interior import indoors, room_window
from .light import Colour, colour_casts, hex_colour, mixed, times

Box = tuple[float, float, float, float]
WHITE = (1.0, 1.0, 1.0)


class _Set:
    """A room while it is painted: a wall and a floor, on which things stand, in shares of the frame."""

    def __init__(self, backdrop: Backdrop, wall: str, floor: str, *, edge: float = 0.7, warm: bool = True) -> None:
        self.backdrop, self.canvas, self.unit = backdrop, backdrop.canvas(), backdrop.unit
        light = indoors(backdrop) if warm else mixed(backdrop.light.key, WHITE, 0.2)
        for colour, share in colour_casts(backdrop.scene):
            light = mixed(light, colour, 0.8 * share)
        self.inside = light
        self.edge = backdrop.margin_y + edge * backdrop.height
        x, y = self.canvas.coarse()
        above = times(hex_colour(wall), self.inside)
        below = times(hex_colour(floor), self.inside)
        field = np.where((y < self.edge)[..., None], np.asarray(above, np.float32), np.asarray(below, np.float32))
        # Corners are darker, as walls are that a lamp in the middle lights.
        side = np.abs(x / self.canvas.width - 0.5) * 2
        field = np.broadcast_to(field, (len(y), x.shape[1], 3)) * (1.06 - 0.22 * side**2)[..., None]
        self.canvas.fill(np.clip(cast(backdrop, field), 0, 1), None)
        self.canvas.cover()

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel of a share of the frame's width and height."""
        return self.backdrop.margin_x + x * self.backdrop.width, self.backdrop.margin_y + y * self.backdrop.height

    def tone(self, colour: str, light: float = 1.0) -> Colour:
        """Return a paint's colour in this room's light."""
        return times(times(hex_colour(colour), self.inside), light)

    def box(self, x: float, y: float, wide: float, high: float, colour: str, light: float = 1.0) -> Box:
        """Draw a box by its middle, its foot, and its size in units; return it in pixels."""
        cx, foot = self.at(x, y)
        box = (cx - wide * self.unit / 2, foot - high * self.unit, cx + wide * self.unit / 2, foot)
        self.canvas.rectangles([box], self.tone(colour, light), solid=False)
        return box

    def boards(self, colour: str, pitch: float) -> None:
        """Draw the joints of floor boards that run to the back."""
        across = np.arange(0, self.canvas.width + 1, self.unit * pitch)
        lines = [[(at, self.edge), (at + (at - self.canvas.width / 2) * 0.7, self.canvas.height)] for at in across]
        self.canvas.lines(lines, self.tone(colour), self.unit * 0.004, solid=False)

    def tiles(self, light: str, dark: str) -> None:
        """Draw a floor of tiles in two colours."""
        rows = [0.0, 0.09, 0.21, 0.36, 0.56, 0.82, 1.2]
        deep = self.canvas.height - self.edge
        step, middle = self.unit * 0.16, self.canvas.width / 2
        shapes: dict[str, list[list[tuple[float, float]]]] = {light: [], dark: []}
        for number in range(len(rows) - 1):
            top, foot = (self.edge + share * deep for share in rows[number : number + 2])
            near, far = (1 + 0.8 * share for share in (rows[number + 1], rows[number]))
            for column in range(-16, 16):
                left, right = column * step, (column + 1) * step
                tile = [
                    (middle + left * far, top),
                    (middle + right * far, top),
                    (middle + right * near, foot),
                    (middle + left * near, foot),
                ]
                shapes[light if (column + number) % 2 else dark].append(tile)
        for colour, polygons in shapes.items():
            self.canvas.polygons(polygons, self.tone(colour), solid=False)

    def lamp(self, x: float, y: float, size: float, colour: str = "ffd890") -> None:
        """Draw a hanging lamp with its glow."""
        cx, cy = self.at(x, y)
        size *= self.unit
        self.canvas.rectangles([(cx - 1, 0, cx + 1, cy - size)], self.tone("2b2622"), solid=False)
        shade = [(cx - size * 0.45, cy - size), (cx + size * 0.45, cy - size), (cx + size, cy), (cx - size, cy)]
        self.canvas.polygons([shade], self.tone("3a3430"), solid=False)
        self.canvas.circles([(cx, cy, size * 0.42)], hex_colour("fff0c8"), solid=False, flat=0.6)
        self.canvas.glow(cx, cy, size * 6.5, hex_colour(colour), 0.42)

    def finish(self, ground: float, *, shelter: bool = True, grain: float = 0.03) -> None:
        """Add the room to the backdrop; figures stand from `ground` on."""
        backdrop = self.backdrop
        strokes = noise(
            self.canvas.width // 8, self.canvas.height // 4, rng(backdrop.seed, "room"), cells=14, octaves=3
        )
        self.canvas.roughen(np.float32(grain) * strokes)
        if shelter:
            backdrop.shelter = len(backdrop.layers) - 1
        backdrop.add(self.canvas, depth=0.4)
        backdrop.horizon, backdrop.ground = 0.62, ground
        shade = times(self.inside, (0.7, 0.68, 0.74))
        backdrop.light = replace(
            backdrop.light, key=self.inside, shade=shade, sun=None, sun_at=(0.5, 0.2), strength=0.2, stars=0.0
        )


def bar(backdrop: Backdrop) -> None:
    """Paint a bar: shelves of bottles, a counter with stools, hanging lamps, a window to the street."""
    room = _Set(backdrop, "5a3a34", "4a3026", edge=0.68)
    room.boards("38241c", 0.12)
    room_window(backdrop, room.canvas, room.inside, x=0.14, half=0.15, tall=0.36, top=0.14, curtains=False)
    generator = rng(backdrop.seed, "bottles")
    room.box(0.64, 0.5, 0.86, 0.36, "3a231c")
    for level in (0.26, 0.38, 0.5):
        room.box(0.64, level + 0.008, 0.86, 0.014, "8a5f3c")
        for number in range(17):
            x = 0.64 + (number - 8) * 0.05 * room.unit / backdrop.width + 0.004 * generator.normal()
            colour = ("3f7d54", "8a4a2a", "c9a24a", "a8323e", "d8d4c4", "4a6fa5")[int(generator.integers(0, 6))]
            tall = 0.06 + 0.022 * generator.random()
            body = room.box(x, level, 0.02, tall * 0.66, colour, 1.15)
            room.canvas.rectangles(
                [
                    (
                        (body[0] + body[2]) / 2 - room.unit * 0.004,
                        body[1] - room.unit * 0.022,
                        (body[0] + body[2]) / 2 + room.unit * 0.004,
                        body[1],
                    )
                ],
                room.tone(colour, 1.15),
                solid=False,
            )
    room.box(0.64, 0.74, 1.0, 0.17, "6b4028")
    room.box(0.64, 0.575, 1.06, 0.028, "a8744a", 1.1)
    for number in range(6):
        room.box(0.64 + (number - 2.5) * 0.165 * room.unit / backdrop.width, 0.735, 0.13, 0.12, "5a3420")
    for x in (0.38, 0.64, 0.88):
        room.lamp(x, 0.2, 0.045)
    for x in (0.42, 0.56):
        cx, foot = room.at(x, 0.82)
        room.canvas.rectangles(
            [(cx - room.unit * 0.005, foot - room.unit * 0.14, cx + room.unit * 0.005, foot)],
            room.tone("2b2622"),
            solid=False,
        )
        room.canvas.circles(
            [(cx, foot - room.unit * 0.145, room.unit * 0.042)], room.tone("a8323e"), solid=False, flat=0.4
        )
        room.canvas.circles([(cx, foot, room.unit * 0.03)], room.tone("2b2622"), solid=False, flat=0.3)
    room.finish(0.82)


def restaurant(backdrop: Backdrop) -> None:
    """Paint a dining room: laid tables with candles, paintings, lamps."""
    room = _Set(backdrop, "8c4a44", "6b4a36", edge=0.66)
    room.boards("54382a", 0.14)
    room.box(0.5, 0.66, 3.0, 0.2, "6b342f")
    room.box(0.5, 0.46 + 0.012, 3.0, 0.012, "d8b070")
    room_window(backdrop, room.canvas, room.inside, x=0.5, half=0.2, tall=0.26, top=0.13, curtains=True)
    for x, y, size in ((0.12, 0.74, 0.2), (0.88, 0.74, 0.2), (0.3, 0.7, 0.15), (0.7, 0.7, 0.15)):
        _laid_table(room, x, y, size)
    for x in (0.14, 0.86):
        room.lamp(x, 0.22, 0.05)
    room.finish(0.82)


def _laid_table(room: _Set, x: float, y: float, size: float) -> None:
    cx, foot = room.at(x, y)
    span = size * room.unit
    room.canvas.rectangles(
        [(cx - span * 0.05, foot - span * 0.5, cx + span * 0.05, foot)], room.tone("4a3026"), solid=False
    )
    cloth = [
        (cx - span * 0.62, foot - span * 0.55),
        (cx + span * 0.62, foot - span * 0.55),
        (cx + span * 0.56, foot - span * 0.2),
        (cx - span * 0.56, foot - span * 0.2),
    ]
    room.canvas.polygons([cloth], room.tone("f5efe2"), solid=False)
    room.canvas.circles([(cx, foot - span * 0.55, span * 0.62)], room.tone("fffaf0", 1.05), solid=False, flat=0.16)
    for side in (-0.28, 0.28):
        room.canvas.circles(
            [(cx + side * span, foot - span * 0.56, span * 0.14)], room.tone("d8e2ea"), solid=False, flat=0.3
        )
    room.canvas.rectangles(
        [(cx - span * 0.02, foot - span * 0.74, cx + span * 0.02, foot - span * 0.56)], room.tone("f7f0d8"), solid=False
    )
    room.canvas.glow(cx, foot - span * 0.76, span * 0.7, hex_colour("ffc060"), 0.7)


def kitchen(backdrop: Backdrop) -> None:
    """Paint a kitchen: cupboards, a stove with a hood, a window over the sink, tiles."""
    room = _Set(backdrop, "e8dcc4", "c9b79a", edge=0.7)
    room.tiles("e3d3b8", "b98f6a")
    room.box(0.5, 0.5, 3.0, 0.14, "cfe0dc")
    room_window(backdrop, room.canvas, room.inside, x=0.28, half=0.16, tall=0.25, top=0.13, curtains=True)
    for number in range(8):
        x = (number + 0.5) / 8
        if not 0.16 < x < 0.42:
            door = room.box(x, 0.31, 0.15, 0.2, "7fa3a0", 1.0)
            room.canvas.rectangles(
                [(door[0] + 4, door[1] + 4, door[2] - 4, door[3] - 4)], room.tone("8fb5b0"), solid=False
            )
    room.box(0.5, 0.745, 3.0, 0.245, "6f938f")
    for number in range(10):
        door = room.box((number + 0.5) / 10, 0.735, 0.14, 0.2, "7fa3a0")
        room.canvas.circles(
            [(door[2] - room.unit * 0.018, door[1] + room.unit * 0.04, room.unit * 0.006)],
            room.tone("e8d8a8"),
            solid=False,
        )
    room.box(0.5, 0.51, 3.0, 0.022, "f2e8d8", 1.05)
    stove = room.box(0.74, 0.745, 0.26, 0.245, "3b3f49")
    room.canvas.rectangles(
        [(stove[0] + 10, stove[1] + room.unit * 0.09, stove[2] - 10, stove[3] - room.unit * 0.03)],
        room.tone("1d2028"),
        solid=False,
    )
    hood = room.at(0.74, 0.32)
    room.canvas.polygons(
        [
            [
                (hood[0] - room.unit * 0.06, hood[1] - room.unit * 0.2),
                (hood[0] + room.unit * 0.06, hood[1] - room.unit * 0.2),
                (hood[0] + room.unit * 0.15, hood[1]),
                (hood[0] - room.unit * 0.15, hood[1]),
            ]
        ],
        room.tone("aab4be"),
        solid=False,
    )
    pot = room.box(0.72, 0.492, 0.1, 0.07, "c8452f")
    room.canvas.rectangles(
        [(pot[0] - 6, pot[1], pot[2] + 6, pot[1] + room.unit * 0.012)], room.tone("a83822"), solid=False
    )
    for number, colour in enumerate(("c98a5a", "5f8fb0", "d8b070")):
        room.box(0.5 + 0.045 * number, 0.492, 0.035, 0.05 + 0.012 * number, colour)
    room.lamp(0.5, 0.16, 0.05)
    room.finish(0.84)


def living_room(backdrop: Backdrop) -> None:
    """Paint a living room with a burning fireplace, a bookcase, a rug and a window."""
    room = _Set(backdrop, "a8765a", "7a5236", edge=0.7)
    room.boards("5e3d28", 0.13)
    room_window(backdrop, room.canvas, room.inside, x=0.17, half=0.15, tall=0.36, top=0.16, curtains=True)
    room.box(0.6, 0.72, 0.46, 0.44, "8d8178")
    generator = rng(backdrop.seed, "bricks")
    for row in range(9):
        for column in range(6):
            x = 0.6 + ((column - 2.5) * 0.076 + (0.038 if row % 2 else 0)) * room.unit / backdrop.width
            tone = ("9c8f84", "877a70", "a3968a")[int(generator.integers(0, 3))]
            if abs(x - 0.6) * backdrop.width / room.unit < 0.21:
                room.box(x, 0.715 - row * 0.047, 0.07, 0.038, tone)
    room.box(0.6, 0.29, 0.54, 0.035, "5a3826", 1.1)
    hearth = room.box(0.6, 0.71, 0.27, 0.24, "1c1412")
    cx, foot = (hearth[0] + hearth[2]) / 2, hearth[3]
    for size, colour in ((0.075, "e8602c"), (0.055, "f59b2e"), (0.03, "ffe08a")):
        span = size * room.unit
        flames = [
            [
                (cx + (at - span * 0.5), foot - 6),
                (cx + at * 1.05, foot - span * tall),
                (cx + (at + span * 0.5), foot - 6),
            ]
            for at, tall in ((-span * 0.7, 1.3), (0, 1.9), (span * 0.7, 1.2))
        ]
        room.canvas.polygons(flames, hex_colour(colour), solid=False)
    room.canvas.rectangles(
        [(cx - room.unit * 0.1, foot - room.unit * 0.02, cx + room.unit * 0.1, foot)], room.tone("4a2f20"), solid=False
    )
    room.canvas.glow(cx, foot - room.unit * 0.06, room.unit * 0.62, hex_colour("ff9a48"), 0.62)
    for number, colour in enumerate(("c98a5a", "d8b070", "5f8fb0")):
        room.box(0.52 + 0.08 * number, 0.272, 0.04, 0.05 + 0.02 * (number % 2), colour)
    case = room.box(0.92, 0.74, 0.24, 0.5, "5a3826")
    for level in range(4):
        y = case[1] + room.unit * (0.115 * (level + 1))
        x = case[0] + room.unit * 0.016
        while x < case[2] - room.unit * 0.03:
            wide = room.unit * (0.012 + 0.012 * generator.random())
            colour = ("b5403a", "3f7fb0", "e0b04a", "4f9a5a", "8a5f8c")[int(generator.integers(0, 5))]
            room.canvas.rectangles(
                [(x, y - room.unit * (0.07 + 0.025 * generator.random()), x + wide, y)], room.tone(colour), solid=False
            )
            x += wide + 2
    rug = room.at(0.5, 0.87)
    for share, colour in ((1.0, "8c3f48"), (0.86, "d8b070"), (0.76, "a84f50")):
        room.canvas.circles([(*rug, room.unit * 0.5 * share)], room.tone(colour), solid=False, flat=0.2)
    room.finish(0.8)


def stage(backdrop: Backdrop) -> None:
    """Paint a theatre stage: red curtains, boards, spotlights, heads of the audience in front."""
    room = _Set(backdrop, "2a1820", "8a5a3c", edge=0.66, warm=False)
    room.boards("6b4530", 0.1)
    fabric = [room.tone(colour) for colour in ("a81f2e", "8c1826", "c22a3a")]
    folds = 30
    for number in range(folds):
        left, right = (room.canvas.width * (number + part) / folds for part in (0, 1.04))
        middle = abs((number + 0.5) / folds - 0.5)
        foot = room.edge + room.unit * 0.015 if middle > 0.3 else backdrop.margin_y + room.unit * (0.14 + 0.12 * middle)
        room.canvas.rectangles([(left, 0, right, foot)], fabric[number % 3], solid=False)
    room.canvas.rectangles(
        [(0, 0, room.canvas.width, backdrop.margin_y + room.unit * 0.06)], room.tone("d8b070"), solid=False
    )
    x, y = room.canvas.coarse()
    for at, colour in ((0.28, "ffe9b0"), (0.5, "fff6dc"), (0.72, "ffd0e0")):
        top, foot = room.at(at + (0.5 - at) * 0.2, -0.1), room.at(at, 0.86)
        spread = (y - top[1]) * np.float32(0.17)
        way = top[0] + (foot[0] - top[0]) * (y - top[1]) / np.float32(foot[1] - top[1])
        beam = np.clip(1 - np.abs(x - way) / np.maximum(spread, 1), 0, 1) ** 0.6 * smooth(
            1.02, 0.2, y / room.canvas.height
        )
        room.canvas.veil(hex_colour(colour), beam * np.float32(0.34))
        room.canvas.circles(
            [(*foot, room.unit * 0.17)], mixed(room.tone("c98f60"), hex_colour(colour), 0.6), solid=False, flat=0.2
        )
    room.finish(0.8, shelter=False, grain=0.02)
    backdrop.light = replace(
        backdrop.light, key=(1.0, 0.97, 0.9), shade=(0.62, 0.5, 0.6), sun_at=(0.5, 0.0), strength=0.5
    )
    heads = backdrop.canvas(0.86)
    heads.flood(hex_colour("150d14"))
    generator = rng(backdrop.seed, "audience")
    count = round(15 * heads.width / backdrop.unit)
    spots = [
        ((number + generator.random()) * heads.width / count, heads.height * (0.62 + 0.18 * generator.random()))
        for number in range(count)
    ]
    heads.circles([(a, b, backdrop.unit * 0.036) for a, b in spots], hex_colour("150d14"))
    heads.circles([(a, b + backdrop.unit * 0.075, backdrop.unit * 0.062) for a, b in spots], hex_colour("150d14"))
    backdrop.add(heads, depth=1.0, top=0.86, front=True, sway=(backdrop.unit * 0.002, backdrop.unit * 0.002, 0.4, 0.0))


def studio(backdrop: Backdrop) -> None:
    """Paint a photographer's studio: a seamless background, soft light, and a marble table to show things on."""
    canvas, unit = backdrop.canvas(), backdrop.unit
    x, y = canvas.coarse()
    dark = backdrop.scene.mood in ("dark", "gloomy", "spooky") or backdrop.scene.time == "night"
    wall = hex_colour("3a3f4c" if dark else "dfe3e8")
    light = hex_colour("8a93a8" if dark else "ffffff")
    hour = mixed(backdrop.light.key, WHITE, 0.45)
    wall, light = times(wall, hour), times(light, hour)
    away = np.hypot((x - 0.5 * canvas.width) / canvas.width, (y - 0.42 * canvas.height) / canvas.height * 1.2)
    field = blend(
        np.broadcast_to(np.asarray(wall, np.float32), (*away.shape, 3)),
        light,
        np.exp(-((away / 0.34) ** 2)) * np.float32(0.85),
    )
    canvas.fill(np.clip(cast(backdrop, field), 0, 1))
    paper = noise(canvas.width // 4, canvas.height // 4, rng(backdrop.seed, "paper"), cells=10, octaves=4)
    canvas.roughen(np.float32(0.025) * paper)
    backdrop.add(canvas, depth=0.1, opaque=True)
    top = 0.7
    table = backdrop.canvas(top)
    stone = times(hex_colour("c9ccd2" if dark else "f1f0ec"), hour)
    table.flood(stone)
    table.cover()
    tx, ty = table.coarse()
    veins = noise(tx.shape[1], len(ty), rng(backdrop.seed, "marble"), cells=1, octaves=4)
    vein = np.exp(-(((veins + 0.9 * np.sin(tx / table.width * 17)) / 0.07) ** 2)) * np.float32(0.3)
    shine = np.exp(-(((tx / table.width - 0.5) / 0.3) ** 2)) * np.float32(0.25)
    marble = blend(np.broadcast_to(np.asarray(stone, np.float32), (*veins.shape, 3)), hex_colour("8d949e"), vein)
    table.fill(np.clip(cast(backdrop, blend(marble, WHITE, shine)), 0, 1))
    edge = backdrop.margin_y
    table.erase((0, 0, table.width, edge))
    table.rectangles([(0, edge, table.width, edge + unit * 0.006)], mixed(stone, WHITE, 0.6), solid=False)
    backdrop.add(table, depth=0.6, top=top, shadow=0.2)
    backdrop.horizon, backdrop.ground, backdrop.wet = 0.7, 0.8, True
    backdrop.light = replace(
        backdrop.light,
        key=times((1.0, 0.99, 0.97), hour),
        shade=times((0.66, 0.68, 0.74), hour),
        sun=None,
        sun_at=(0.3, 0.2),
        strength=0.35,
        stars=0.0,
    )


def cast(backdrop: Backdrop, field: F32) -> F32:
    """Return a field of colours turned by the scene's look, tint and mood."""
    for colour, share in colour_casts(backdrop.scene):
        field = blend(field, colour, share * 0.7)
    return field
