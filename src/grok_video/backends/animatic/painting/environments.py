"""The environments: which painter makes each."""

from __future__ import annotations

from collections.abc import Callable

from ..scene import Scene
from . import interior, landscapes, sky_space_sea, town
from .backdrop import Place
from .sky import paint_clouds, paint_sky

PLACES: dict[str, Callable[[Place], None]] = {
    "meadow": landscapes.meadow,
    "mountains": landscapes.mountain_range,
    "forest": landscapes.forest,
    "desert": landscapes.desert,
    "snowfield": landscapes.snowfield,
    "sea": landscapes.sea,
    "beach": landscapes.beach,
    "lake": landscapes.lake,
    "river": landscapes.river,
    "city": town.city,
    "street": town.street,
    "village": town.village,
    "room": interior.room,
    "sky": sky_space_sea.cloudland,
    "space": sky_space_sea.space,
    "underwater": sky_space_sea.underwater,
}
HORIZONS = {"sky": 1.0, "city": 0.74, "street": 0.74, "forest": 0.68, "mountains": 0.64, "beach": 0.57, "lake": 0.6}
# Where the sky is seen between things that stand low.
OPEN = ("sky", "city", "street", "room")
# Where there is no sky.
SKYLESS = ("space", "underwater")


def build_place(scene: Scene, width: int, height: int) -> Place:
    """Paint a scene's place at this size."""
    place = Place(scene, width, height)
    place.horizon = HORIZONS.get(scene.environment, 0.62)
    place.sky_bottom = 1.0 if scene.environment in OPEN else 0.8
    if scene.environment not in SKYLESS:
        paint_sky(place)
        paint_clouds(place)
    PLACES[scene.environment](place)
    return place
