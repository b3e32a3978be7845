"""A scene: everything that the drawing depends on, frozen and storable as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Subject:
    """A moving figure: `x` is its place across the frame (0-1), `depth` 0 (far) to 1 (near).

    `carrier` is the subject that wears or holds it.
    """

    emoji: str
    word: str
    x: float
    depth: float
    size: float = 1.0
    count: int = 1
    motion: str = "bob"
    phase: float = 0.0
    colour: str | None = None
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One place, time and weather with its subjects; frame n is a pure function of it.

    `layout` seeds every shape and place and survives a remix; `look` turns the colours.
    """

    layout: int
    time: str = "day"
    weather: str = "clear"
    environment: str = "meadow"
    camera: str = "pan_right"
    tint: str | None = None
    look: float = 0.0
    subjects: tuple[Subject, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give plain values for storing."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Scene:
        """Read what `to_json` gave."""
        subjects = tuple(Subject(**one) for one in stored["subjects"])
        fields: dict[str, Any] = {**stored, "subjects": subjects}
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt said: only what it named is set, so that a remix changes nothing else."""

    time: str | None = None
    weather: str | None = None
    environment: str | None = None
    camera: str | None = None
    tint: str | None = None
    subjects: tuple[Subject, ...] = ()
    understood: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()


# Weather that belongs to a place or the other way round; used only where the prompt names neither.
_DEFAULT_WEATHER = {"snowfield": "snow", "sky": "clouds"}


def new_scene(reading: Reading, layout: int) -> Scene:
    """Make a scene of what was said, and defaults for the rest."""
    environment = reading.environment or "meadow"
    time = reading.time or ("night" if environment == "space" else "day")
    return Scene(
        layout=layout,
        time=time,
        weather=reading.weather or _DEFAULT_WEATHER.get(environment, "clear"),
        environment=environment,
        camera=reading.camera or "pan_right",
        tint=reading.tint,
        subjects=reading.subjects,
    )


LOOKS = 8


def next_look(look: float, seed: int) -> float:
    """Choose another of the eight looks than this one; 0 is no look at all."""
    now = int(look * LOOKS) if look else -1
    return ((now + 1 + seed % (LOOKS - 1)) % LOOKS + 0.5) / LOOKS


def remixed(source: Scene, reading: Reading, seed: int) -> Scene:
    """Keep the layout, change what the new prompt changes, and turn the colours.

    New subjects take the places of those they replace.
    """
    subjects = source.subjects
    if reading.subjects:
        kept = {one.emoji: one for one in source.subjects}
        named = {one.emoji for one in reading.subjects}
        free = [one for one in source.subjects if one.emoji not in named]
        placed: list[Subject] = []
        for one in reading.subjects:
            place = kept.get(one.emoji) or (free.pop(0) if free else None)
            placed.append(replace(one, x=place.x, depth=place.depth, phase=place.phase) if place else one)
        subjects = tuple(placed)
    return replace(_changed(source, reading), subjects=subjects, look=next_look(source.look, seed))


def continued(source: Scene, reading: Reading) -> Scene:
    """Go on with a scene: what the new prompt names changes or comes in, all else goes on."""
    there = {one.emoji for one in source.subjects}
    added = tuple(one for one in reading.subjects if one.emoji not in there)
    moved = {one.emoji: one for one in reading.subjects if one.motion != "bob"}
    subjects = tuple(
        replace(one, motion=moved[one.emoji].motion) if one.emoji in moved else one for one in source.subjects
    )
    changed = _changed(source, reading)
    # The camera goes on as it was: another move would jump at the cut.
    return replace(changed, camera=source.camera, subjects=subjects + added)


def _changed(source: Scene, reading: Reading) -> Scene:
    return replace(
        source,
        time=reading.time or source.time,
        weather=reading.weather or source.weather,
        environment=reading.environment or source.environment,
        camera=reading.camera or source.camera,
        tint=reading.tint or source.tint,
    )
