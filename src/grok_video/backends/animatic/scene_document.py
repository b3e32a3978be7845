"""The scene as a JSON document that people and programs may write: its schema, its checks, and how it becomes shots.

The schema is docs/reference/scene.schema.json; everything but the figures of subjects has a default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError, model_validator
from pydantic_core import CoreSchema, core_schema

from ...domain.errors import InvalidValue
from ...domain.request import FPS, MAX_IMAGES, MAX_SEED
from .figures.catalog import PAPER, has_art
from .language.acts import BONDS, CHANGES, GESTURES, MOVES
from .language.language_file import MEANINGS
from .scene import Scene, Shot, Subject

MAX_SHOTS = 20
MAX_SUBJECTS = 40
IMAGES = tuple(f"@img{number}" for number in range(1, MAX_IMAGES + 1))
_STEADY = ("bob", "stand")


class _OneOf:
    """The values of a text field, which errors and the schema list."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = tuple(dict.fromkeys(values))

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.literal_schema(list(self._values))


def _known_figure(figure: Any) -> Any:
    if not isinstance(figure, str) or figure in IMAGES or has_art(figure):
        return figure
    raise ValueError(
        f"cannot draw {figure[:40]!r}; use an emoji, a drawing's name such as 'sky lantern', {IMAGES[0]} to "
        f"{IMAGES[-1]}, or, with a caption, one of: {', '.join(sorted(PAPER))}"
    )


def _plain_colour(colour: Any) -> Any:
    return colour.removeprefix("#").lower() if isinstance(colour, str) else colour


Colour = Annotated[
    str,
    BeforeValidator(_plain_colour, json_schema_input_type=str),
    Field(pattern="^[0-9a-f]{6}$", description="red, green and blue as #rrggbb"),
    PlainSerializer(lambda colour: f"#{colour}"),
]
# PostgreSQL reads no JSON text with a NUL.
Name = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")]
Fraction = Annotated[float, Field(ge=0, le=1)]


class _Strict(BaseModel):
    """Unknown fields are refused, and no value is converted."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class SubjectDocument(_Strict):
    """A figure of a shot."""

    figure: Annotated[str, BeforeValidator(_known_figure, json_schema_input_type=str), Field(max_length=40)]
    """What is drawn: an emoji, the name of a drawing, or an image as @img1."""
    word: Name = ""
    """What the prompt calls it."""
    name: Name = ""
    """Its own name in the scene, by which `carrier` and `target` call it; without one they use its figure."""
    x: Fraction = 0.5
    """Its place from the left (0) to the right (1) edge of the frame."""
    depth: Fraction = 0.6
    """How near it is: 0 far, 1 near."""
    level: Fraction | None = None
    """The height of its middle on the frame, 0 top, 1 bottom, if it is in the air."""
    size: Annotated[float, Field(ge=0.2, le=6)] = 1.0
    """Its size, as a multiple of the usual one."""
    count: Annotated[int, Field(ge=1, le=99)] = 1
    """How many there are."""
    motion: Annotated[str, _OneOf((*_STEADY, *MOVES, *GESTURES, *CHANGES))] = "bob"
    """How it moves."""
    gesture: Annotated[str, _OneOf(("", *GESTURES, *MOVES, *CHANGES, *BONDS))] = ""
    """What its arms do meanwhile."""
    phase: Fraction = 0.0
    """Where in its motion it begins, so that two alike do not move as one."""
    tempo: Annotated[float, Field(ge=0.1, le=4)] = 1.0
    """How fast it moves, as a multiple of the usual speed."""
    colour: Colour | None = None
    """The colour that it takes on."""
    carrier: Name = ""
    """Who wears it, holds it or is ridden by it."""
    held: Annotated[str, _OneOf(("worn", "held", "on", "in"))] = "worn"
    """How it is with its carrier."""
    target: Name = ""
    """Whom it turns or moves to."""
    facing: Annotated[str, _OneOf(("", "left", "right", "camera", "away"))] = ""
    """Where it looks."""
    marks: Annotated[list[Annotated[str, _OneOf(("old", "young", "man", "woman"))]], Field(max_length=4)] = []
    """What tells a person from others."""
    caption: Annotated[Name, Field(max_length=40)] = ""
    """The word on the caption of a paper figure."""


class ShotDocument(_Strict):
    """What is seen from `start` until the next shot."""

    start: Annotated[float, Field(ge=0)] = 0.0
    """When the shot begins, in seconds."""
    since: Annotated[float, Field(ge=0)] | None = None
    """Since when its camera and figures have moved, in seconds; by default since its start."""
    environment: Annotated[str, _OneOf(MEANINGS["environment"])] = "meadow"
    beyond: Annotated[str, _OneOf(MEANINGS["environment"])] | None = None
    """The place that is seen behind or out of the window."""
    ground: Colour | None = None
    """The colour of the ground or the water, if it is not the environment's own."""
    time: Annotated[str, _OneOf(MEANINGS["time"])] = "day"
    until: Annotated[str, _OneOf(MEANINGS["time"])] | None = None
    """The time of day at the shot's end, if it changes."""
    weather: Annotated[str, _OneOf(MEANINGS["weather"])] = "clear"
    season: Annotated[str, _OneOf(MEANINGS["season"])] = "summer"
    camera: Annotated[str, _OneOf([move for move in MEANINGS["camera"] if move != "shot"])] = "pan_right"
    framing: Annotated[str, _OneOf(("full", *MEANINGS["framing"]))] = "full"
    mood: Annotated[str, _OneOf(MEANINGS["mood"])] | None = None
    style: Annotated[str, _OneOf(MEANINGS["style"])] | None = None
    tint: Colour | None = None
    """The colour of the light."""
    speed: Annotated[float, Field(ge=0.1, le=4)] = 1.0
    features: Annotated[list[Annotated[str, _OneOf(MEANINGS["feature"])]], Field(max_length=9)] = []
    """What is in the sky and the air."""
    look: Fraction = 0.0
    """Which of the eight colourings of a remix; 0 is none."""
    subjects: Annotated[list[SubjectDocument], Field(max_length=MAX_SUBJECTS)] = []

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        known = {subject.name or subject.figure for subject in self.subjects}
        for number, subject in enumerate(self.subjects):
            for field in ("carrier", "target"):
                called = getattr(subject, field)
                if called and called not in known:
                    raise ValueError(
                        f"subjects.{number}.{field} is {called!r}, but the shot's subjects are: "
                        f"{', '.join(sorted(known))}"
                    )
        return self


class SceneDocument(_Strict):
    """A scene: its shots in order."""

    version: Literal[1] = 1
    layout: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    """Seeds every shape and position; by default the video's seed."""
    shots: Annotated[list[ShotDocument], Field(min_length=1, max_length=MAX_SHOTS)]

    @model_validator(mode="after")
    def _shots_follow(self) -> Self:
        starts = [shot.start for shot in self.shots]
        if starts[0] != 0:
            raise ValueError(f"shots.0.start is {starts[0]}; the first shot starts at 0")
        late = next((at for at in range(1, len(starts)) if starts[at] <= starts[at - 1]), None)
        if late is not None:
            raise ValueError(f"shots.{late}.start is {starts[late]}; it must be after {starts[late - 1]}")
        return self


def read_scene(document: Any) -> SceneDocument:
    """Check a scene; raise InvalidValue naming the first wrong field, what came, and what is allowed."""
    try:
        return SceneDocument.model_validate(document)
    except ValidationError as error:
        problems = _lines(error)
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise InvalidValue(f"{problems[0]}{more}.", param="scene") from None


def scene_problems(document: Any) -> list[str]:
    """Return one line for each thing that is wrong with a scene, none if it can be drawn."""
    try:
        SceneDocument.model_validate(document)
    except ValidationError as error:
        return _lines(error)
    return []


def _lines(error: ValidationError) -> list[str]:
    problems: list[str] = []
    for problem in error.errors(include_url=False):
        place = ".".join(["scene", *map(str, problem["loc"])])
        message = problem["msg"].removeprefix("Value error, ")
        came = problem["input"]
        told = f"{place} is {str(came)[:60]!r}: " if isinstance(came, str | int | float) else f"{place}: "
        problems.append(told + message[:1].lower() + message[1:])
    return problems


def scene_schema() -> Mapping[str, Any]:
    """Return the JSON Schema of a scene."""
    return SceneDocument.model_json_schema()


def shots_of(document: SceneDocument, seed: int, frames: int) -> tuple[Shot, ...]:
    """Return the shots of a scene in a video of so many frames; raise InvalidValue if one starts after its end."""
    shots: list[Shot] = []
    layout = seed if document.layout is None else document.layout
    for number, shot in enumerate(document.shots):
        start = round(shot.start * FPS)
        if start >= frames:
            raise InvalidValue(
                f"scene.shots.{number}.start is {shot.start}, but the video ends at {frames / FPS:g} seconds.",
                param="scene",
            )
        values: dict[str, Any] = {name: getattr(shot, name) for name in _SHARED}
        subjects = tuple(_subject(subject) for subject in shot.subjects)
        values |= {"features": tuple(shot.features), "subjects": subjects}
        scene = Scene(layout=layout, **values)
        origin = start if shot.since is None else round(shot.since * FPS)
        shots.append(Shot(start, min(origin, start), scene))
    return tuple(shots)


_SHARED = tuple(field.name for field in fields(Scene) if field.name != "layout")


def _subject(document: SubjectDocument) -> Subject:
    values: dict[str, Any] = {field.name: getattr(document, field.name) for field in fields(Subject)}
    values["marks"] = tuple(document.marks)
    return Subject(**values)


def images_named(shots: Sequence[Shot]) -> list[str]:
    """Return the images that the subjects of a scene are, in order."""
    figures = {subject.figure for shot in shots for subject in shot.scene.subjects}
    return sorted(figures & set(IMAGES))


def check_images(shots: Sequence[Shot], count: int) -> None:
    """Raise InvalidValue if a scene names an image that there is not."""
    missing = [name for name in images_named(shots) if name not in IMAGES[:count]]
    if missing:
        there = f"the images are @img1 to @img{count}" if count else "there are no images"
        raise InvalidValue(f"scene names {missing[0]}, but {there}.", param="scene")


def document_of(shots: Sequence[Shot]) -> dict[str, Any]:
    """Return shots as a document, without what has its default."""
    entries = [
        {
            **{name: getattr(shot.scene, name) for name in _SHARED},
            "start": shot.start / FPS,
            "since": shot.origin / FPS if shot.origin != shot.start else None,
            "features": list(shot.scene.features),
            "subjects": [_plain(subject) for subject in shot.scene.subjects],
        }
        for shot in shots
    ]
    document = SceneDocument.model_validate({"layout": shots[0].scene.layout, "shots": entries})
    return {"version": 1, **document.model_dump(exclude_defaults=True)}


def _plain(subject: Subject) -> dict[str, Any]:
    values = {field.name: getattr(subject, field.name) for field in fields(Subject)}
    return {**values, "marks": list(subject.marks), "phase": subject.phase % 1.0}
