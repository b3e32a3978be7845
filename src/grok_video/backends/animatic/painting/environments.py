"""The environments and their painters."""

from __future__ import annotations

from collections.abc import Callable

from ..scene import Scene
from . import interior, landscapes, rooms, sky_space_sea, town, town_places, wild_places
from .backdrop import Backdrop
from .sky import paint_clouds, paint_sky

ENVIRONMENTS: dict[str, Callable[[Backdrop], None]] = {
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
    "bar": rooms.bar,
    "restaurant": rooms.restaurant,
    "kitchen": rooms.kitchen,
    "living_room": rooms.living_room,
    "stage": rooms.stage,
    "studio": rooms.studio,
    "alley": town_places.alley,
    "station": town_places.station,
    "cliff": wild_places.cliff,
    "bridge": wild_places.bridge,
    "bamboo": wild_places.bamboo,
    "moon": wild_places.moon,
}
HORIZONS = {
    "sky": 1.0,
    "city": 0.74,
    "street": 0.74,
    "forest": 0.68,
    "mountains": 0.64,
    "beach": 0.57,
    "lake": 0.6,
    "alley": 0.74,
    "station": 0.7,
    "bridge": 0.6,
}
# Environments in which sky is visible between low things.
OPEN = (
    "sky",
    "city",
    "street",
    "room",
    "bar",
    "restaurant",
    "kitchen",
    "living_room",
    "stage",
    "alley",
    "station",
    "bridge",
    "cliff",
)
# Environments without sky.
SKYLESS = ("space", "underwater", "studio", "moon")


def build_backdrop(scene: Scene, width: int, height: int) -> Backdrop:
    """Return a scene's painted backdrop at this size."""
    backdrop = Backdrop(scene, width, height)
    backdrop.horizon = HORIZONS.get(scene.environment, 0.62)
    backdrop.sky_bottom = 1.0 if scene.environment in OPEN else 0.8
    if scene.environment not in SKYLESS:
        paint_sky(backdrop)
        paint_clouds(backdrop)
    ENVIRONMENTS[scene.environment](backdrop)
    return backdrop
