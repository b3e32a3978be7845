"""A scene: everything that the drawing depends on, frozen and storable as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from .figures.traits import animate, is_person

# The name of somebody whom a prompt does not name.
SOMEONE = "someone"


@dataclass(frozen=True, slots=True)
class Subject:
    """A moving figure: `x` is its position across the frame (0-1), `depth` 0 (far) to 1 (near).

    `name` is its own in the scene, where it is not its figure's. `carrier` names the subject that wears or holds it, or
    that it rides; `held` is "worn", "held", "on" or "in". `target` names the subject that it turns or moves to. `level`
    is the height of its middle on the frame (0 top, 1 bottom) if it is in the air. `gesture` is what its arms do while
    its `motion` moves it. `marks` ("old", "woman") are what tells a person from others of its kind.
    """

    figure: str
    word: str
    x: float
    depth: float
    size: float = 1.0
    count: int = 1
    motion: str = "bob"
    phase: float = 0.0
    colour: str | None = None
    carrier: str = ""
    held: str = "worn"
    tempo: float = 1.0
    name: str = ""
    gesture: str = ""
    target: str = ""
    level: float | None = None
    facing: str = ""
    marks: tuple[str, ...] = ()
    caption: str = ""

    @property
    def key(self) -> str:
        """What `carrier` and `target` of others call this subject."""
        return self.name or self.figure


@dataclass(frozen=True, slots=True)
class Scene:
    """One environment, time and weather with its subjects; frame n is a pure function of it.

    `layout` seeds every shape and position and survives a remix; `look` turns the colours.
    """

    layout: int
    time: str = "day"
    weather: str = "clear"
    environment: str = "meadow"
    camera: str = "pan_right"
    tint: str | None = None
    look: float = 0.0
    subjects: tuple[Subject, ...] = ()
    season: str = "summer"
    mood: str | None = None
    style: str | None = None
    speed: float = 1.0
    features: tuple[str, ...] = ()
    framing: str = "full"
    until: str | None = None
    beyond: str | None = None
    ground: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values for storage."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Scene:
        """Return what `to_json` stored."""
        subjects = tuple(_subject(entry) for entry in stored["subjects"])
        fields: dict[str, Any] = {**stored, "subjects": subjects, "features": tuple(stored["features"])}
        return cls(**fields)


def _subject(stored: Mapping[str, Any]) -> Subject:
    entry: dict[str, Any] = {**stored, "marks": tuple(stored.get("marks", ()))}
    if "emoji" in entry:
        # Tasks of earlier versions call the figure an emoji.
        entry["figure"] = entry.pop("emoji")
    return Subject(**entry)


@dataclass(frozen=True, slots=True)
class Shot:
    """A scene from frame `start` on; its motions are counted from frame `origin`."""

    start: int
    origin: int
    scene: Scene

    def to_json(self) -> dict[str, Any]:
        """Return plain values for storage."""
        return {"start": self.start, "origin": self.origin, "scene": self.scene.to_json()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Shot:
        """Return what `to_json` stored."""
        return cls(stored["start"], stored["origin"], Scene.from_json(stored["scene"]))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt, or one shot of it, says; only what it names is set, so that a remix changes nothing else.

    `action` is an action without a named subject.
    """

    time: str | None = None
    weather: str | None = None
    environment: str | None = None
    camera: str | None = None
    tint: str | None = None
    season: str | None = None
    mood: str | None = None
    style: str | None = None
    speed: float | None = None
    features: tuple[str, ...] = ()
    framing: str | None = None
    until: str | None = None
    beyond: str | None = None
    ground: str | None = None
    subjects: tuple[Subject, ...] = ()
    action: str | None = None
    understood: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    shown_as: tuple[tuple[str, str], ...] = ()

    @property
    def scenery(self) -> bool:
        """Whether a place, time, weather or feature is named."""
        return bool(self.time or self.weather or self.environment or self.features)


# Weather of an environment and the other way round, used only if the prompt names neither.
_DEFAULT_WEATHER = {"sky": "clouds"}
_DEFAULT_TIME = {"space": "night"}
_SEASONAL = {"leaves": "autumn", "petals": "spring"}
_NIGHTLY = frozenset({"aurora", "stars", "fireflies", "fireworks", "meteors"})


# Where figures are at home, if the prompt does not say where they are.
_HOMES = {
    "sea": "⛵🚤🚢🐋🐳🦈🐬🛥⚓🏄",
    "underwater": "🐟🐠🐡🐙🪼🦑🦐🦞",
    "city": "🚗🏎🚙🚕🚌🚓🚑🚒🏍🛵🚦",
    "snowfield": "🐧⛄⛷🏂🛷🎿⛸",
    "desert": "🐪🐫🌵🦂",
    "beach": "🌴🦀🏖🏐🐚",
    "lake": "🦆🦢🐸🛶🎣🦫",
    "space": "🛸👽🛰🪐",
    "forest": "🦊🐻🦌🐿🦉🐺🍄🦔",
    "mountains": "🐐🦅🏔🧗",
    "room": "🛋🛏🪟🚪📺🖥🛁🚽🪞🖼📚🕰☎",
}
_HOME_OF = {
    **{char: home for home, chars in _HOMES.items() for char in chars},
    "🧑‍🚀": "space",
    "iceberg": "sea",
    "submarine": "underwater",
    "surfboard": "sea",
    "fisherman": "sea",
    "diver": "underwater",
    "pyramid": "desert",
    "piano": "room",
    "bookshelf": "room",
    "lighthouse": "sea",
    "stall": "street",
    "paper boat": "river",
}


# Acts of which a prompt need not say who does them.
ALONE = frozenset(("run", "walk", "jump", "dance", "crawl", "climb", "surf", "swim", "sleep", "sit", "kneel"))


def _home(reading: Reading) -> str:
    """Return the home of the first figure that has one."""
    if "mars" in reading.features:
        return "desert"
    for subject in reading.subjects:
        home = _HOME_OF.get(subject.figure) or _HOME_OF.get(subject.figure[0])
        if home:
            return home
    return "space" if "stars" in reading.features and not reading.subjects else "meadow"


def new_scene(reading: Reading, layout: int) -> Scene:
    """Return the scene of a reading, with defaults for what it does not say."""
    environment = reading.environment or _home(reading)
    if reading.action in ALONE and not reading.subjects:
        # "dancing in the rain": nobody is named, but somebody dances.
        someone = Subject("🧑", "", 0.5, 0.6, motion=reading.action, name=SOMEONE)
        reading = replace(reading, subjects=(someone,))
    nightly = "night" if _NIGHTLY & set(reading.features) else "day"
    return Scene(
        layout=layout,
        time=reading.time or _DEFAULT_TIME.get(environment, nightly),
        weather=reading.weather or _DEFAULT_WEATHER.get(environment, "clear"),
        environment=environment,
        camera=reading.camera or "pan_right",
        tint=reading.tint,
        subjects=reading.subjects,
        season=reading.season
        or next((_SEASONAL[feature] for feature in reading.features if feature in _SEASONAL), "summer"),
        mood=reading.mood,
        style=reading.style,
        speed=reading.speed or 1.0,
        features=reading.features,
        framing=reading.framing or "full",
        until=reading.until,
        beyond=reading.beyond,
        ground=reading.ground,
    )


def next_shot(before: Scene, reading: Reading) -> Scene:
    """Return the scene of a later shot: what it names changes, the rest continues.

    Named subjects replace the previous ones; stars alone are shown without anybody.
    """
    reading = _known(reading, before)
    scene = _changed(before, reading)
    if reading.subjects:
        known = {subject.key: subject for subject in before.subjects}
        subjects = tuple(_again(subject, known.get(subject.key)) for subject in reading.subjects)
    elif reading.action:
        subjects = tuple(replace(subject, motion=reading.action) for subject in before.subjects)
    elif reading.scenery and not reading.environment and "stars" in reading.features:
        return replace(scene, environment="space", subjects=())
    else:
        subjects = before.subjects
    return replace(scene, subjects=subjects, camera=reading.camera or before.camera)


def _again(subject: Subject, before: Subject | None) -> Subject:
    return replace(subject, x=before.x, depth=before.depth, phase=before.phase) if before else subject


LOOKS = 8


def next_look(look: float, seed: int) -> float:
    """Return another of the eight looks; 0 is no look at all."""
    now = int(look * LOOKS) if look else -1
    return ((now + 1 + seed % (LOOKS - 1)) % LOOKS + 0.5) / LOOKS


def remixed(source: Scene, reading: Reading, seed: int) -> Scene:
    """Return a remixed scene: same layout, what the prompt changes, other colours.

    New subjects take the positions of those they replace.
    """
    subjects = source.subjects
    reading = _known(reading, source)
    if reading.subjects:
        kept = {subject.key: subject for subject in source.subjects}
        named = {subject.key for subject in reading.subjects}
        free = [subject for subject in source.subjects if subject.key not in named]
        subjects = tuple(
            _again(subject, kept.get(subject.key) or (free.pop(0) if free else None)) for subject in reading.subjects
        )
    elif reading.action:
        subjects = tuple(replace(subject, motion=reading.action) for subject in subjects)
    return replace(_changed(source, reading), subjects=subjects, look=next_look(source.look, seed))


def continued(source: Scene, reading: Reading) -> Scene:
    """Return a continued scene: what the new prompt names changes or is added, the rest continues."""
    reading = _known(reading, source)
    there = {subject.key for subject in source.subjects}
    added = tuple(subject for subject in reading.subjects if subject.key not in there)
    named = {subject.key: subject for subject in reading.subjects}
    subjects = tuple(_acting(subject, named.get(subject.key), reading.action) for subject in source.subjects)
    changed = _changed(source, reading)
    # The camera continues: another move would jump at the cut.
    return replace(changed, camera=source.camera, speed=source.speed, subjects=subjects + added)


def _acting(subject: Subject, said: Subject | None, action: str | None) -> Subject:
    """Return a subject that goes on with what it did, or does what is said of it, or of all."""
    if said is None:
        return replace(subject, motion=action or subject.motion)
    motion = said.motion if said.motion != "bob" else action or subject.motion
    return replace(
        subject, motion=motion, gesture=said.gesture or subject.gesture, target=said.target or subject.target
    )


def _known(reading: Reading, source: Scene) -> Reading:
    """Return a reading in which somebody unnamed is somebody who is there: a person, else an animal."""
    there = sorted((subject for subject in source.subjects if animate(subject.figure)), key=_is_animal)
    if not there or all(subject.key != SOMEONE for subject in reading.subjects):
        return reading
    names = {SOMEONE: there[0].key}
    subjects = tuple(
        _acting(there[0], subject, None)
        if subject.key == SOMEONE
        else replace(
            subject,
            carrier=names.get(subject.carrier, subject.carrier),
            target=names.get(subject.target, subject.target),
        )
        for subject in reading.subjects
    )
    return replace(reading, subjects=subjects)


def _is_animal(subject: Subject) -> bool:
    return not is_person(subject.figure)


def _changed(source: Scene, reading: Reading) -> Scene:
    return replace(
        source,
        time=reading.time or ("night" if _NIGHTLY & set(reading.features) else source.time),
        weather=reading.weather or source.weather,
        environment=reading.environment or source.environment,
        camera=reading.camera or source.camera,
        tint=reading.tint or source.tint,
        season=reading.season or source.season,
        mood=reading.mood or source.mood,
        style=reading.style or source.style,
        speed=reading.speed or source.speed,
        framing=reading.framing or source.framing,
        until=reading.until or (None if reading.time else source.until),
        ground=reading.ground or (None if reading.environment else source.ground),
        beyond=reading.beyond if reading.environment else source.beyond,
        features=tuple(dict.fromkeys((*source.features, *reading.features))),
    )
