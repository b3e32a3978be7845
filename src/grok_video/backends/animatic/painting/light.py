"""Light: how time of day, weather, season, mood and style change every colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..scene import Scene

Colour = tuple[float, float, float]

# The colours that a remix's look turns towards.
GRADES = ("ff7f50", "3fb6c9", "c65bd0", "e0b04a", "5b7be0", "59b36b", "e0588a", "8d6ae0")
OVERCAST = {"rain": 0.72, "storm": 0.92, "snow": 0.55, "fog": 0.75, "clouds": 0.4, "wind": 0.15, "clear": 0.0}


def hex_colour(text: str) -> Colour:
    """Return an rrggbb colour as shares of 1."""
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """Return a blend of two colours; `share` is the second's."""
    return (
        first[0] + (second[0] - first[0]) * share,
        first[1] + (second[1] - first[1]) * share,
        first[2] + (second[2] - first[2]) * share,
    )


def times(first: Colour, second: Colour | float) -> Colour:
    """Return the product of two colours, as of light and paint, or of a colour and a number."""
    by = second if isinstance(second, tuple) else (second, second, second)
    return min(1.0, first[0] * by[0]), min(1.0, first[1] * by[1]), min(1.0, first[2] * by[2])


def luma(colour: Colour) -> float:
    """Return a colour's brightness (BT.709)."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


@dataclass(frozen=True, slots=True)
class Light:
    """The light of a scene.

    Three colours of sky from the top down, the haze of distant things, the tints of what faces the light (`key`) and of
    what does not (`shade`), the sun's or moon's colour (None if it is not visible) and position: a share of the width,
    and of the way from the top of the frame to the horizon. `lamps` is the share of lit windows.
    """

    top: Colour
    middle: Colour
    low: Colour
    haze: Colour
    key: Colour
    shade: Colour
    sun: Colour | None
    sun_at: tuple[float, float]
    strength: float = 0.5
    stars: float = 0.0
    lamps: float = 0.05
    moon: bool = False
    overcast: float = 0.0

    @property
    def side(self) -> int:
        """The side the light comes from: 1 right, -1 left."""
        return 1 if self.sun_at[0] > 0.5 else -1

    def lit(self, colour: Colour, share: float, far: float = 0.0) -> Colour:
        """Return a surface's colour if `share` of it (0-1) faces the light, seen through `far` (0-1) of haze."""
        return mixed(times(colour, mixed(self.shade, self.key, share)), self.haze, far)


def _light(
    colours: str,
    sun: str,
    sun_at: tuple[float, float],
    strength: float,
    stars: float,
    lamps: float,
    *,
    moon: bool = False,
) -> Light:
    top, middle, low, haze, key, shade = map(hex_colour, colours.split())
    disc = hex_colour(sun) if sun else None
    return Light(top, middle, low, haze, key, shade, disc, sun_at, strength, stars, lamps, moon)


def _times() -> dict[str, Light]:
    return {
        "dawn": _light("5a6db0 e6a9b8 ffe3b4 f0c6b4 ffdcc2 a29cc8", "fff4d2", (0.3, 0.8), 0.8, 0.0, 0.2),
        "day": _light("2f86d8 80c1f0 e0f3fb c2e0ee fffaec b4c8e4", "fffbe2", (0.76, 0.24), 0.5, 0.0, 0.05),
        "sunset": _light("3b2c70 cc5a7d ffba66 e58d68 ffbe8c 8a6f9c", "ffefb8", (0.62, 0.84), 1.0, 0.0, 0.3),
        "dusk": _light("182150 4d4d8e dd9f92 7e7aac a9a6da 646aa2", "", (0.3, 0.98), 0.35, 0.45, 0.5),
        "night": _light("050a1f 10204f 2b4a82 25396c 7d97dc 3d4a82", "f4f3e6", (0.74, 0.22), 0.35, 1.0, 0.5, moon=True),
    }


TIMES = tuple(_times())
# Effects of moods: a colour that everything turns towards, and its share; below 0 the brightness falls.
MOODS: dict[str, tuple[str, float, float]] = {
    "warm": ("ffb066", 0.16, 1.0),
    "cold": ("6fa8ff", 0.18, 0.98),
    "dark": ("1a1c2e", 0.18, 0.74),
    "bright": ("fff6dc", 0.12, 1.08),
    "gloomy": ("667080", 0.3, 0.82),
    "dreamy": ("ffc8ec", 0.16, 1.05),
    "spooky": ("3c6a4c", 0.26, 0.72),
    "romantic": ("ff8fa8", 0.16, 1.0),
    "magical": ("a58cff", 0.16, 1.04),
}


def colour_casts(scene: Scene) -> list[tuple[Colour, float]]:
    """Return the colours that look, tint and mood turn everything towards, with their shares."""
    lights: list[tuple[Colour, float]] = []
    if scene.look:
        lights.append((hex_colour(GRADES[int(scene.look * len(GRADES)) % len(GRADES)]), 0.34))
    if scene.tint:
        lights.append((hex_colour(scene.tint), 0.4))
    if scene.mood:
        colour, share, _ = MOODS[scene.mood]
        lights.append((hex_colour(colour), share))
    return lights


def light_of(scene: Scene) -> Light:
    """Return the light of a scene."""
    light = _times()[scene.time]
    overcast = OVERCAST[scene.weather]
    dark = 1 - max(0.0, overcast - 0.5) * (0.85 if scene.weather == "storm" else 0.3)
    if scene.mood:
        dark *= MOODS[scene.mood][2]
    grey = 0.3 * overcast if scene.weather == "clouds" else 0.72 * overcast
    turned = _ColourCast(colour_casts(scene), grey, dark)
    sky = mixed(turned(light.haze), turned(light.middle), 0.4)
    return replace(
        light,
        top=mixed(turned(light.top), sky, 0.6 * overcast),
        middle=mixed(turned(light.middle), sky, 0.55 * overcast),
        low=mixed(turned(light.low), sky, 0.4 * overcast),
        haze=turned(light.haze),
        key=mixed(turned(light.key), turned(light.shade), 0.55 * overcast),
        shade=turned(light.shade),
        sun=light.sun if overcast < 0.7 else None,
        strength=light.strength * (1 - 0.85 * overcast),
        stars=0.0 if overcast >= 0.5 else light.stars * (1 - overcast),
        lamps=min(0.75, light.lamps + 0.3 * max(0.0, overcast - 0.4)),
        overcast=overcast,
    )


class _ColourCast:
    """Turns colours grey, towards others, and darker."""

    def __init__(self, towards: Iterable[tuple[Colour, float]], grey: float, dark: float) -> None:
        self._towards, self._grey, self._dark = list(towards), grey, dark

    def __call__(self, colour: Colour) -> Colour:
        level = luma(colour)
        colour = mixed(colour, (0.95 * level, 0.99 * level, 1.05 * level), self._grey)
        for towards, share in self._towards:
            colour = mixed(colour, towards, share)
        return times(colour, self._dark)
