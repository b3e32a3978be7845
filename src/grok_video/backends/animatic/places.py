"""The environments: which painter makes each."""

from __future__ import annotations

from collections.abc import Callable

from . import beyond, interior, nature, town
from .place import Place
from .scene import Scene
from .sky import paint_clouds, paint_sky

PLACES: dict[str, Callable[[Place], None]] = {
    "meadow": nature.meadow,
    "mountains": nature.mountain_range,
    "forest": nature.forest,
    "desert": nature.desert,
    "snowfield": nature.snowfield,
    "sea": nature.sea,
    "beach": nature.beach,
    "lake": nature.lake,
    "river": nature.river,
    "city": town.city,
    "street": town.street,
    "village": town.village,
    "room": interior.room,
    "sky": beyond.cloudland,
    "space": beyond.space,
    "underwater": beyond.underwater,
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
