"""Which video a job needs, decided from its task alone; nothing is drawn or decoded here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...domain.prompt import without_references
from ...domain.request import MAX_IMAGES, Mode, Operation
from ...domain.task import Task
from ...ports import Job
from .director import Assignment
from .language.reading import content_words, read_shots
from .language.subjects import SPREAD
from .language.suggestions import nearest_words
from .scene import Reading, Scene, Shot, Subject, continued, new_scene, next_look, next_shot, remixed
from .scene_document import check_images, document_of, read_scene, shots_of

# A shorter shot would not be noticed.
MIN_FRAMES = 18


@dataclass(frozen=True, slots=True)
class Film:
    """The plan of a video for a child process, as plain values.

    `kind` is stage, still, morph or regrade; with `cut` the source's first frames come before it.
    """

    kind: str
    output: str
    width: int
    height: int
    frames: int
    shots: tuple[Shot, ...]
    look: float = 0.0
    images: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    source: str | None = None
    cut: int = 0
    overlay: str | None = None
    time: str | None = None

    @property
    def scene(self) -> Scene:
        """The scene that is shown after the cut."""
        return [shot.scene for shot in self.shots if shot.start <= self.cut][-1]


def plan_film(job: Job, scene: Mapping[str, Any] | None = None) -> tuple[Film, dict[str, Any]]:
    """Return the plan of the video and the facts for the task's metadata; a `scene` replaces what the prompt says."""
    task = job.task
    if scene is not None:
        return _given(job, scene)
    readings = read_shots(task.prompt, _layout(job))
    match task.operation:
        case Operation.CREATE:
            film = _created(job, readings)
        case Operation.REMIX:
            film = _remixed(job, readings)
        case Operation.EXTEND:
            film = _extended(job, readings)
    understood, not_understood = _word_lists(task.prompt, film, readings)
    earlier = _record(job.source_task, film.cut) if film.cut else None
    goes_on = film.kind == "stage" and earlier is not None
    record: dict[str, Any] = {
        "kind": film.kind,
        "shots": [shot.to_json() for shot in film.shots],
        "since": earlier["since"] if goes_on and earlier else film.cut,
        "cards": bool(film.cards),
    }
    if record["since"]:
        record["before"] = earlier["before"] if goes_on and earlier else earlier
    facts: dict[str, Any] = {"understood": understood, "not_understood": not_understood, "scene": record}
    if film.kind == "stage":
        facts |= _stand_ins(readings)
        facts |= _unused_images(film)
    if film.kind == "still" and (unused := _image_names(len(job.images))[len(film.images) :]):
        # An image that moves shows no figures.
        facts["unused_images"] = unused
    return film, facts


def _given(job: Job, document: Mapping[str, Any]) -> tuple[Film, dict[str, Any]]:
    """Return the plan of a video whose scene came with the request; its prompt is not read."""
    task = job.task
    shots = shots_of(read_scene(document), task.seed, task.frames)
    check_images(shots, len(job.images))
    film = _base(job, "stage", shots, look=shots[0].scene.look, cards=_paths(job.images))
    record = {"kind": "stage", "shots": [shot.to_json() for shot in shots], "since": 0, "cards": bool(job.images)}
    return film, {"scene": record, **_unused_images(film)}


def check_scene(task: Task) -> None:
    """Check the scene that came with a request; raise InvalidValue naming the field that is wrong."""
    if task.scene is None:
        return
    shots = shots_of(read_scene(task.scene), task.seed, task.frames)
    if task.operation is Operation.CREATE:
        # A remix is made from its source's images, which its own job brings.
        check_images(shots, len(task.inputs))


def assignment_of(job: Job) -> Assignment | None:
    """Return what a scene is wanted for, or None for a video that is made of images or footage, or continued."""
    task = job.task
    if task.operation is Operation.CREATE and task.mode in (Mode.TEXT, Mode.REFERENCE):
        return Assignment(task.prompt, task.frames, task.seed, len(job.images))
    before = scene_of(job.source_task) if task.operation is Operation.REMIX and job.source_task else None
    return Assignment(task.prompt, task.frames, task.seed, len(job.images), before) if before else None


def scene_of(task: Task) -> Mapping[str, Any] | None:
    """Return a completed task's scene as a document, or None if it shows images or foreign footage."""
    record: dict[str, Any] | None = task.facts.get("scene")
    if record is None or record["kind"] != "stage" or record["since"]:
        return None
    return document_of([Shot.from_json(entry) for entry in record["shots"]])


def read_prompt(prompt: str, seed: int, frames: int) -> Mapping[str, Any]:
    """Return how a prompt is read, as plain values, with the scene of a video of so many frames."""
    readings = read_shots(prompt, seed)
    shots = _following(Shot(0, 0, new_scene(readings[0], seed)), readings[1:], frames)
    unknown = dict.fromkeys(word.text for word in content_words(prompt) if word.kind == "unknown")
    missed = list(dict.fromkeys(word for reading in readings for word in reading.not_understood))
    return {
        "understood": list(dict.fromkeys(word for reading in readings for word in reading.understood)),
        "not_understood": missed,
        "suggestions": {word: near for word in unknown if (near := nearest_words(word, prompt))},
        "shown_as": dict(pair for reading in readings for pair in reading.shown_as),
        "scene": document_of(_with_images(shots, MAX_IMAGES) if "@" in prompt else shots),
    }


def _stand_ins(readings: Sequence[Reading]) -> dict[str, Any]:
    """Return which words are shown as something near to them; nothing if there are none."""
    shown_as = dict(pair for reading in readings for pair in reading.shown_as)
    return {"shown_as": shown_as} if shown_as else {}


def _unused_images(film: Film) -> dict[str, Any]:
    """Return which images the prompt leaves out, if it names others; nothing if all are shown."""
    shown = {subject.figure for shot in film.shots for subject in shot.scene.subjects}
    unused = [name for name in _image_names(len(film.cards)) if name not in shown]
    return {"unused_images": unused} if unused else {}


def _image_names(count: int) -> list[str]:
    return [f"@img{number + 1}" for number in range(count)]


def _layout(job: Job) -> int:
    record = _record(job.source_task, job.task.start_frame or 0)
    return record["shots"][0]["scene"]["layout"] if record else job.task.seed


def _record(source: Task | None, at: int) -> dict[str, Any] | None:
    """Return the record of what the source shows at a frame, or None for foreign footage."""
    record: dict[str, Any] | None = source.facts.get("scene") if source else None
    # At a cut, nothing that comes after it has been shown yet.
    while record and record["since"] and record["since"] >= at:
        record = record.get("before")
    return record


def _base(job: Job, kind: str, shots: Sequence[Shot], **more: Any) -> Film:
    task = job.task
    return Film(kind, str(job.output), task.width, task.height, task.frames, tuple(shots), **more)


def _paths(files: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(str(file) for file in files)


def _one(scene: Scene) -> tuple[Shot, ...]:
    return (Shot(0, 0, scene),)


def _following(first: Shot, readings: Sequence[Reading], end: int) -> list[Shot]:
    """Return the first shot and the later ones of a prompt, all of the same length, until frame `end`."""
    shots = [first]
    count = min(len(readings) + 1, max(1, (end - first.start) // MIN_FRAMES))
    for number, reading in enumerate(readings[: count - 1], start=1):
        start = first.start + (end - first.start) * number // count
        before = shots[-1]
        scene = next_shot(before.scene, reading)
        # The camera continues if the place is the same, and starts again in another.
        origin = before.origin if scene.environment == before.scene.environment else start
        shots.append(Shot(start, origin, scene))
    return shots


def _created(job: Job, readings: Sequence[Reading]) -> Film:
    first = readings[0]
    scene = new_scene(first, job.task.seed)
    shots = _following(Shot(0, 0, scene), readings[1:], job.task.frames)
    match job.task.mode:
        case Mode.TEXT:
            return _base(job, "stage", shots)
        case Mode.REFERENCE:
            return _base(job, "stage", _with_images(shots, len(job.images)), cards=_paths(job.images))
        case Mode.FIRST_FRAME:
            return _base(
                job, "still", _one(scene), images=_paths(job.images[:1]), overlay=first.weather, time=first.time
            )
        case Mode.FIRST_LAST_FRAME:
            return _base(job, "morph", _one(scene), images=_paths(job.images), overlay=first.weather)


def _with_images(shots: Sequence[Shot], count: int) -> list[Shot]:
    """Return the shots with the images that they name; with all of them if none is named."""
    names = _image_names(count)
    named = {subject.figure for shot in shots for subject in shot.scene.subjects}
    unnamed = tuple(
        Subject(name, name, SPREAD, 0.55, 1.3, phase=0.37 * number % 1.0)
        for number, name in enumerate(names)
        if not named & set(names)
    )
    return [replace(shot, scene=_spread(shot.scene, (*shot.scene.subjects, *unnamed), names)) for shot in shots]


def _spread(scene: Scene, subjects: Sequence[Subject], names: Sequence[str]) -> Scene:
    """Return a scene with its images from left to right, but for those whose place the prompt says."""
    free = sorted((subject.figure for subject in subjects if subject.x == SPREAD), key=names.index)
    places = {name: (at + 0.5) / len(free) for at, name in enumerate(free)}
    spread = (replace(figure, x=places[figure.figure]) if figure.x == SPREAD else figure for figure in subjects)
    return replace(scene, subjects=tuple(spread))


def _remixed(job: Job, readings: Sequence[Reading]) -> Film:
    record, task = _record(job.source_task, 0), job.task
    source = job.source_task
    whole = record is not None and source is not None and source.facts["scene"]["since"] == 0
    if record and whole and record["kind"] == "stage":
        old = [Shot.from_json(entry) for entry in record["shots"]]
        shots = [Shot(entry.start, entry.origin, remixed(entry.scene, readings[0], task.seed)) for entry in old]
        if len(readings) > 1:
            shots = _following(shots[0], readings[1:], task.frames)
        if record["cards"]:
            shots = _with_images(shots, len(job.images))
        return _base(job, "stage", shots, look=shots[0].scene.look, cards=_paths(job.images) if record["cards"] else ())
    return _base(
        job,
        "regrade",
        _one(new_scene(readings[0], task.seed)),
        look=next_look(0.0, task.seed),
        source=str(job.source),
        overlay=readings[0].weather,
        time=readings[0].time,
    )


def _extended(job: Job, readings: Sequence[Reading]) -> Film:
    task, source = job.task, job.source_task
    cut = task.start_frame or 0
    record = _record(source, cut)
    own_cards = _paths(job.images) if task.inputs else ()
    same_shape = source is not None and source.aspect_ratio == task.aspect_ratio
    if record and record["kind"] == "stage" and same_shape:
        shots = [shot for shot in map(Shot.from_json, record["shots"]) if shot.start < cut]
        before = shots[-1]
        scene = continued(before.scene, readings[0])
        origin = before.origin if scene.environment == before.scene.environment else cut
        added = _following(Shot(cut, origin, scene), readings[1:], task.frames)
        if scene == before.scene:
            added = added[1:]
        cards = own_cards or (_paths(job.images) if record["cards"] else ())
        if cards:
            added = _with_images(added, len(cards))
        return _base(job, "stage", [*shots, *added], source=str(job.source), cut=cut, cards=cards)
    scene = new_scene(readings[0], task.seed)
    return _base(
        job, "still", _one(scene), source=str(job.source), cut=cut, cards=own_cards, overlay=readings[0].weather,
        time=readings[0].time,
    )  # fmt: skip


def _word_lists(prompt: str, film: Film, readings: Sequence[Reading]) -> tuple[list[str], list[str]]:
    """Return the understood and other words; videos made of images obey weather, light and camera words alone."""
    obeyed = {
        "still": {"weather", "camera", "time", "speed"},
        "morph": {"weather"},
        "regrade": {"weather", "time", "colour", "style"},
    }.get(film.kind)
    if obeyed is None:
        heard = [word for reading in readings for word in reading.understood]
        return list(dict.fromkeys(heard)), list(
            dict.fromkeys(word for reading in readings for word in reading.not_understood)
        )
    words = content_words(without_references(prompt))
    # A still cannot begin with the whole image and then show more of it.
    known = [word for word in words if word.kind in obeyed and word.meaning != "zoom_out"]
    missed = [word.text for word in words if word not in known]
    return list(dict.fromkeys(word.text for word in known)), list(dict.fromkeys(missed))
