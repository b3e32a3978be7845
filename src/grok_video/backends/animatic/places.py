"""The environments: which layers a place is painted of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from . import paint
from .paint import Colour, Palette, hex_colour
from .planes import F32, Sheet, sheet
from .scene import Scene

MARGIN_X = 0.08
MARGIN_Y = 0.05
OVERCAST = {"rain": 0.72, "storm": 0.92, "snow": 0.55, "fog": 0.75, "clouds": 0.4, "wind": 0.15, "clear": 0.0}
# What a remix's look turns the colours towards.
GRADES = ("ff7f50", "3fb6c9", "c65bd0", "e0b04a", "5b7be0", "59b36b", "e0588a", "8d6ae0")


@dataclass(frozen=True, slots=True)
class Layer:
    """A painted sheet on the frame's rows from `top`; near ones move more with the camera.

    `drift` is in frame widths per second; a `front` layer lies before the subjects; `glitters` marks water.
    """

    sheet: Sheet
    depth: float
    top: int
    rows: int
    drift: float = 0.0
    front: bool = False
    glitters: bool = False


@dataclass(slots=True)
class Place:
    """A painted place: its layers from far to near, and where things stand, in shares of the height."""

    width: int
    height: int
    palette: Palette
    seed: int
    overcast: float
    layers: list[Layer] = field(default_factory=list[Layer])
    horizon: float = 0.62
    ground: float = 0.7
    water: float | None = None
    submerged: bool = False
    casts: list[tuple[Colour, float]] = field(default_factory=list[tuple[Colour, float]])
    dimmed: Colour | None = None
    weightless: bool = False

    @property
    def margin_x(self) -> int:
        """Spare pixels of a layer at each side."""
        return round(self.width * MARGIN_X / 2) * 2

    @property
    def margin_y(self) -> int:
        """Spare pixels of a layer above and below."""
        return round(self.height * MARGIN_Y / 2) * 2

    def add(
        self, rgb: F32, alpha: F32 | None, *, depth: float, top: float = 0.0, drift: float = 0.0, front: bool = False
    ) -> None:
        """Add a layer whose painted size is `size(top, drift)`."""
        start = self.row(top)
        for towards, share in self.casts:
            rgb = paint.blend(rgb, towards, share)
        if self.dimmed:
            rgb = rgb * np.asarray(self.dimmed, np.float32)
        self.layers.append(Layer(sheet(rgb, alpha), depth, start, self.height - start, drift, front))

    def row(self, share: float) -> int:
        """Give an even row number."""
        return round(self.height * share / 2) * 2

    def size(self, top: float = 0.0, drift: float = 0.0) -> tuple[int, int]:
        """Give the width and height to paint a layer that begins at `top`; a minute of drift fits in."""
        wide = self.width + 2 * self.margin_x + round(60 * abs(drift) * self.width / 2) * 2
        return wide, self.height - self.row(top) + 2 * self.margin_y


def build_place(scene: Scene, width: int, height: int) -> Place:
    """Paint a scene's place at this size."""
    overcast = OVERCAST[scene.weather]
    palette = _graded(paint.PALETTES[scene.time], scene, overcast)
    place = Place(width, height, palette, scene.layout, overcast)
    if scene.environment in ("space", "underwater"):
        # Their colours are their own, not the sky's: look and tint are laid over what was painted.
        place.casts = _casts(scene)
    if scene.environment == "underwater":
        place.dimmed = palette.light
    if scene.environment not in ("space", "underwater"):
        _sky(place, scene)
    PLACES[scene.environment](place, scene)
    return place


def _casts(scene: Scene) -> list[tuple[Colour, float]]:
    """Give the colours that the scene's look and tint turn everything towards, with their shares."""
    casts: list[tuple[Colour, float]] = []
    if scene.look:
        casts.append((hex_colour(GRADES[int(scene.look * len(GRADES)) % len(GRADES)]), 0.34))
    if scene.tint:
        casts.append((hex_colour(scene.tint), 0.4))
    return casts


def _graded(palette: Palette, scene: Scene, overcast: float) -> Palette:
    towards = _casts(scene)
    dark = 1 - 0.32 * max(0.0, overcast - 0.5) * (1.6 if scene.weather == "storm" else 1)

    grey = 0.75 * overcast if scene.weather != "clouds" else 0.3 * overcast

    def graded(colour: Colour) -> Colour:
        luma = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
        red, green, blue = (
            part + (luma * tone - part) * grey for part, tone in zip(colour, (0.95, 0.99, 1.05), strict=True)
        )
        for (to_red, to_green, to_blue), share in towards:
            red, green, blue = (
                red + (to_red - red) * share,
                green + (to_green - green) * share,
                blue + (to_blue - blue) * share,
            )
        return red * dark, green * dark, blue * dark

    return replace(
        palette,
        top=graded(palette.top),
        middle=graded(palette.middle),
        low=graded(palette.low),
        haze=graded(palette.haze),
        light=graded(palette.light),
    )


def _sky(place: Place, scene: Scene) -> None:
    width, height = place.size()
    horizon = {"sky": 1.05, "city": 0.72, "forest": 0.66}.get(scene.environment, 0.62)
    place.horizon = horizon
    rgb = paint.sky(width, height, place.palette, horizon, place.seed, overcast=place.overcast)
    place.add(rgb, None, depth=0.06)
    amount = max(0.12, place.overcast)
    drift = 0.012 if scene.weather in ("wind", "storm") else 0.005
    wide, _ = place.size(0.0, drift)
    deck = round(place.height * 0.62 / 2) * 2
    rgb, alpha = paint.clouds(wide, deck, place.palette, place.seed, amount)
    place.layers.append(Layer(sheet(rgb, alpha), 0.1, 0, deck - 2 * place.margin_y, drift))


def _land(
    place: Place, top: float, colour: str, *, depth: float, far: float, base: float, swing: float, bumps: int, key: int,
    rough: float = 0.5, texture: float = 0.1, front: bool = False,
) -> None:  # fmt: skip
    """Add a ridge: its line lies `base` plus up to `swing` (shares of the frame) above the frame's bottom."""
    width, height = place.size(top)
    line = paint.heights(width, paint.rng(place.seed, key), bumps=bumps, rough=rough)
    pixels = place.margin_y + place.height * (base + swing * line)
    rgb, alpha = paint.ridge(
        width, height, (pixels / height).astype(np.float32), hex_colour(colour), place.palette,
        far=far, seed=place.seed + key, texture=texture,
    )  # fmt: skip
    place.add(rgb, alpha, depth=depth, top=top, front=front)


def _water(place: Place, top: float, depth: float = 0.55) -> None:
    width, height = place.size(top)
    rgb = paint.water(width, height, place.palette, place.seed)
    alpha = np.ones((height, width), np.float32)
    alpha[: place.margin_y] = 0
    start = place.row(top)
    place.layers.append(Layer(sheet(rgb, alpha), depth, start, place.height - start, glitters=True))
    place.water = top


def _meadow(place: Place, _scene: Scene) -> None:
    _land(place, 0.35, "6f86a8", depth=0.16, far=0.62, base=0.36, swing=0.16, bumps=3, key=1, rough=0.55)
    _land(place, 0.45, "5f9468", depth=0.3, far=0.34, base=0.31, swing=0.1, bumps=3, key=2, rough=0.35)
    _trees(place, top=0.4, base=0.33, count=16, size=0.13, colour="3f6d4b", depth=0.42, key=3, conifers=False, far=0.25)
    _land(place, 0.58, "6aa84a", depth=0.8, far=0.06, base=0.29, swing=0.03, bumps=2, key=4, rough=0.3, texture=0.22)
    _grass(place)
    place.ground = 0.72


def _grass(place: Place) -> None:
    width, height = place.size(0.86)
    generator = paint.rng(place.seed, "grass")
    mask = np.zeros((height, width), np.float32)
    for _ in range(round(260 * width / height / 10)):
        x, tall = generator.random() * width, height * (0.2 + 0.42 * generator.random())
        lean = (generator.random() - 0.5) * tall * 0.6
        points = np.array([[x - tall * 0.05, height], [x + lean, height - tall], [x + tall * 0.05, height]], np.float32)
        cv2.fillPoly(mask, [(points * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    colour = tuple(np.asarray(hex_colour("2f5f2c")) * np.asarray(place.palette.light))
    place.add(paint.flat(width, height, colour), mask, depth=1.0, top=0.86, front=True)


def _trees(
    place: Place, *, top: float, base: float, count: int, size: float, colour: str, depth: float, key: int,
    conifers: bool, far: float, front: bool = False, snowy: bool = False, edges: bool = False,
) -> None:  # fmt: skip
    """Add a row of trees; with `edges`, only at the two sides, so that they frame and never hide."""
    width, height = place.size(top)
    generator = paint.rng(place.seed, "trees", key)
    mask = np.zeros((height, width), np.float32)
    draw = paint.conifer if conifers else paint.broadleaf
    foot = height - place.margin_y - base * place.height
    for number in range(count):
        x = (number + generator.random()) * width / count
        if edges:
            x = width * (0.03 + 0.05 * generator.random()) if number % 2 else width * (0.97 - 0.05 * generator.random())
        tall = place.height * size * (0.6 + 0.8 * generator.random())
        draw(mask, x, foot + place.height * 0.03 * generator.random(), tall, generator)
    tone = np.asarray(hex_colour(colour), np.float32) * np.asarray(place.palette.light, np.float32)
    rgb = paint.flat(width, height, tone)
    shape = paint.noise(width, height, generator, cells=30, octaves=3)
    rgb *= 0.82 + 0.4 * shape[..., None]
    rgb = paint.blend(rgb, place.palette.haze, np.float32(far))
    if snowy:
        lit = np.clip(mask - np.roll(mask, round(height * 0.012), 0), 0, 1)
        rgb = paint.blend(rgb, np.asarray(place.palette.light) * 0.97, lit * np.float32(0.9))
    place.add(np.clip(rgb, 0, 1), np.clip(mask, 0, 1), depth=depth, top=top, front=front)


def _mountains(place: Place, scene: Scene) -> None:
    snowy = scene.weather == "snow"
    colours = ("8e9bb8", "66718c", "454f63") if not snowy else ("c3cee0", "9fabc4", "76839d")
    _land(place, 0.14, colours[0], depth=0.14, far=0.55, base=0.38, swing=0.34, bumps=3, key=1, rough=0.62)
    _land(place, 0.3, colours[1], depth=0.26, far=0.32, base=0.3, swing=0.26, bumps=4, key=2, rough=0.6)
    _land(place, 0.5, colours[2], depth=0.48, far=0.12, base=0.24, swing=0.14, bumps=4, key=3, rough=0.55)
    _trees(place, top=0.5, base=0.25, count=26, size=0.14, colour="2c4a44", depth=0.62, key=4, conifers=True, far=0.12,
           snowy=snowy)  # fmt: skip
    ground = "dfe8f2" if snowy else "56743f"
    _land(place, 0.62, ground, depth=0.85, far=0.05, base=0.24, swing=0.03, bumps=2, key=5, rough=0.3, texture=0.2)
    place.ground = 0.78


def _forest(place: Place, scene: Scene) -> None:
    snowy = scene.weather == "snow"
    ground = "e6edf5" if snowy else "4d6b39"
    _land(place, 0.4, "5b7f86", depth=0.14, far=0.6, base=0.4, swing=0.1, bumps=3, key=1)
    _trees(
        place,
        top=0.2,
        base=0.36,
        count=30,
        size=0.3,
        colour="47706a",
        depth=0.26,
        key=2,
        conifers=True,
        far=0.5,
        snowy=snowy,
    )
    _trees(
        place,
        top=0.14,
        base=0.3,
        count=20,
        size=0.44,
        colour="2f5a4c",
        depth=0.45,
        key=3,
        conifers=True,
        far=0.22,
        snowy=snowy,
    )
    _land(place, 0.6, ground, depth=0.8, far=0.04, base=0.29, swing=0.03, bumps=2, key=4, rough=0.35, texture=0.24)
    _trees(place, top=0.0, base=-0.04, count=2, size=0.85, colour="16302a", depth=1.0, key=5, conifers=True, far=0.0,
           front=True, snowy=snowy, edges=True)  # fmt: skip
    place.ground = 0.74


def _sea(place: Place, _scene: Scene) -> None:
    _land(place, 0.5, "6d7fa0", depth=0.12, far=0.6, base=0.375, swing=0.045, bumps=2, key=1)
    _water(place, 0.62)
    place.ground = 0.66


def _beach(place: Place, _scene: Scene) -> None:
    _land(place, 0.44, "6d8f86", depth=0.14, far=0.5, base=0.42, swing=0.06, bumps=2, key=1)
    _water(place, 0.56)
    _land(place, 0.6, "e2c48d", depth=0.85, far=0.0, base=0.24, swing=0.06, bumps=1, key=2, rough=0.25, texture=0.12)
    place.ground = 0.78


def _lake(place: Place, scene: Scene) -> None:
    _land(place, 0.16, "8796b4", depth=0.14, far=0.5, base=0.4, swing=0.28, bumps=3, key=1, rough=0.6)
    _trees(place, top=0.3, base=0.4, count=34, size=0.14, colour="365c50", depth=0.3, key=2, conifers=True, far=0.25,
           snowy=scene.weather == "snow")  # fmt: skip
    _water(place, 0.6)
    _land(place, 0.7, "5d8a43", depth=0.9, far=0.0, base=0.1, swing=0.07, bumps=2, key=3, rough=0.35, texture=0.2)
    place.ground = 0.68


def _desert(place: Place, _scene: Scene) -> None:
    _land(place, 0.4, "c98d6a", depth=0.14, far=0.45, base=0.37, swing=0.12, bumps=2, key=1, rough=0.6)
    _land(place, 0.5, "cf9557", depth=0.34, far=0.2, base=0.3, swing=0.1, bumps=2, key=2, rough=0.2, texture=0.06)
    _land(place, 0.58, "dba763", depth=0.75, far=0.04, base=0.27, swing=0.06, bumps=1, key=3, rough=0.2, texture=0.1)
    place.ground = 0.75


def _city(place: Place, scene: Scene) -> None:
    lit = {"night": 0.5, "sunset": 0.3, "dawn": 0.2}.get(scene.time, 0.06)
    for top, count, tallest, far, depth, key in ((0.14, 26, 0.62, 0.55, 0.16, 1), (0.2, 16, 0.66, 0.26, 0.34, 2)):
        width, height = place.size(top)
        rgb, alpha = paint.buildings(
            width, height, place.palette, place.seed + key, count=count, tallest=tallest, far=far, lit=lit
        )
        place.add(rgb, alpha, depth=depth, top=top)
    width, height = place.size(0.74)
    road = tuple(np.asarray(hex_colour("565a66")) * np.asarray(place.palette.light))
    rgb = paint.flat(width, height, road)
    rgb *= 0.9 + 0.2 * paint.noise(width, height, paint.rng(place.seed, "road"), cells=24, octaves=3)[..., None]
    kerb, line = place.margin_y + height // 12, place.margin_y + height // 3
    rgb[place.margin_y : kerb] = tuple(np.asarray(hex_colour("9a9daa")) * np.asarray(place.palette.light))
    dash = max(24, width // 14)
    for left in range(0, width, dash):
        rgb[line : line + max(4, height // 40), left : left + dash // 2] = np.asarray(
            hex_colour("e8dfc8")
        ) * np.asarray(place.palette.light)
    alpha = np.ones((height, width), np.float32)
    alpha[: place.margin_y] = 0
    place.add(np.clip(rgb, 0, 1).astype(np.float32), alpha, depth=0.8, top=0.74)
    place.ground = 0.8


def _snowfield(place: Place, _scene: Scene) -> None:
    _land(place, 0.3, "a9bbd6", depth=0.14, far=0.5, base=0.36, swing=0.22, bumps=3, key=1, rough=0.62)
    _trees(
        place,
        top=0.36,
        base=0.33,
        count=22,
        size=0.16,
        colour="3c5a63",
        depth=0.4,
        key=2,
        conifers=True,
        far=0.3,
        snowy=True,
    )
    _land(place, 0.55, "eaf1f9", depth=0.8, far=0.08, base=0.29, swing=0.05, bumps=2, key=3, rough=0.25, texture=0.05)
    place.ground = 0.73


def _cloudland(place: Place, _scene: Scene) -> None:
    for top, base, key, depth in ((0.6, 0.16, 1, 0.3), (0.72, 0.04, 2, 0.7)):
        _land(
            place,
            top,
            "f3f6fb",
            depth=depth,
            far=0.3,
            base=base,
            swing=0.13,
            bumps=7,
            key=key,
            rough=0.45,
            texture=0.05,
        )
    place.ground, place.weightless = 0.55, True


def _space(place: Place, _scene: Scene) -> None:
    width, height = place.size()
    generator = paint.rng(place.seed, "space")
    rgb = paint.flat(width, height, hex_colour("05060f"))
    for colour, at in (("6a3fa0", 0), ("2b6fb8", 1), ("a8447a", 2)):
        cloud = paint.smooth(0.52, 0.86, paint.noise(width, height, paint.rng(place.seed, "nebula", at), cells=3))
        rgb = paint.blend(rgb, hex_colour(colour), cloud * np.float32(0.6))
    for _ in range(520):
        x, y, size = generator.random() * width, generator.random() * height, generator.random() ** 4
        radius = round(height / 720 * (0.6 + 1.4 * size) * 16)
        light = 0.4 + 0.6 * generator.random()
        cv2.circle(rgb, (round(x * 16), round(y * 16)), radius, (light, light, light), -1, cv2.LINE_AA, 4)
    rgb += generator.normal(0, 0.0035, (height, width, 1)).astype(np.float32)
    place.add(np.clip(rgb, 0, 1), None, depth=0.1)
    _planet(place)
    place.horizon, place.ground, place.weightless = 1.0, 0.5, True
    place.palette = replace(place.palette, light=(0.92, 0.93, 1.0))


def _planet(place: Place) -> None:
    width, height = place.size()
    unit = min(width, height)
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    radius = np.float32(0.36 * unit)
    x, y = (across - np.float32(0.72 * width)) / radius, (down - np.float32(0.62 * height)) / radius
    inside = x * x + y * y
    z = np.sqrt(np.clip(1 - inside, 0, 1))
    bands = paint.noise(width, height, paint.rng(place.seed, "bands"), cells=3)
    stripe = 0.5 + 0.5 * np.sin(y * 9 + bands * 5)
    rgb = paint.blend(paint.flat(width, height, hex_colour("b5713f")), hex_colour("f3cf9a"), stripe.astype(np.float32))
    light = np.clip(-0.65 * x - 0.45 * y + 0.62 * z, 0.03, 1)
    rgb *= light[..., None]
    rgb = paint.blend(rgb, hex_colour("9fc4ff"), (np.exp(-z * 9) * light * 0.8).astype(np.float32))
    place.add(np.clip(rgb, 0, 1), np.clip((1 - np.sqrt(inside)) * radius + 0.5, 0, 1), depth=0.32)


def _underwater(place: Place, _scene: Scene) -> None:
    width, height = place.size()
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    column = paint.blend(
        paint.flat(1, height, hex_colour("4fc3d9")), hex_colour("0b3d6b"), paint.smooth(0.0, 1.0, down)
    )
    rgb = np.repeat(column, width, 1)
    shafts = paint.heights(width, paint.rng(place.seed, "shafts"), bumps=9)[None, :] * np.exp(-down * 2.2)
    rgb = paint.blend(rgb, (0.85, 1.0, 1.0), (shafts * 0.4).astype(np.float32))
    place.palette = replace(
        place.palette, haze=hex_colour("1f7fa3"), low=hex_colour("6fd0dc"), light=(0.72, 0.95, 1.0), sun=None
    )
    place.add(np.clip(rgb, 0, 1), None, depth=0.08)
    _land(place, 0.45, "2f6f86", depth=0.25, far=0.6, base=0.24, swing=0.2, bumps=5, key=1, rough=0.6)
    _land(place, 0.6, "c79a6a", depth=0.7, far=0.16, base=0.16, swing=0.06, bumps=2, key=2, rough=0.4, texture=0.2)
    _corals(place)
    place.ground, place.submerged, place.weightless = 0.45, True, True


def _corals(place: Place) -> None:
    width, height = place.size(0.66)
    generator = paint.rng(place.seed, "coral")
    rgb = paint.flat(width, height, (0, 0, 0))
    mask = np.zeros((height, width), np.float32)
    colours = [hex_colour(one) for one in ("e8607a", "f2a65a", "b06fd0", "f0d070")]
    for number in range(18):
        x, foot = (number + generator.random()) * width / 18, height - place.margin_y * generator.random()
        tall = height * (0.2 + 0.3 * generator.random())
        tone = tuple(np.asarray(colours[int(generator.integers(0, 4))]) * np.asarray(place.palette.light))
        for _ in range(7):
            lean = (generator.random() - 0.5) * tall * 0.9
            end = (round(x + lean), round(foot - tall * (0.5 + 0.5 * generator.random())))
            for target, value in ((rgb, tone), (mask, 1.0)):
                cv2.line(target, (round(x), round(foot)), end, value, max(2, round(tall * 0.07)), cv2.LINE_AA)
                cv2.circle(target, end, max(2, round(tall * 0.06)), value, -1, cv2.LINE_AA)
    place.add(paint.blend(rgb, place.palette.haze, np.float32(0.2)), mask, depth=0.85, top=0.66)


PLACES: dict[str, Callable[[Place, Scene], None]] = {
    "meadow": _meadow,
    "mountains": _mountains,
    "forest": _forest,
    "sea": _sea,
    "beach": _beach,
    "lake": _lake,
    "desert": _desert,
    "city": _city,
    "snowfield": _snowfield,
    "sky": _cloudland,
    "space": _space,
    "underwater": _underwater,
}
