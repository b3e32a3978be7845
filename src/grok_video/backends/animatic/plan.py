"""Which film a job asks for, decided from its task alone: nothing is drawn or decoded here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...domain.prompt import without_references
from ...domain.request import Mode, Operation
from ...domain.task import Task
from ...ports import Job
from .reading import Word, read_prompt, tokenise
from .scene import Reading, Scene, continued, new_scene, next_look, remixed


@dataclass(frozen=True, slots=True)
class Film:
    """A job for a child, as plain values: paths, the scene, and what kind of film it is.

    `kind` is stage, still, morph or regrade; with `cut` the source's first frames come before it and
    `before` is the scene they were drawn from.
    """

    kind: str
    output: str
    width: int
    height: int
    frames: int
    scene: Scene
    look: float = 0.0
    images: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    source: str | None = None
    cut: int = 0
    before: Scene | None = None
    overlay: str | None = None
    time: str | None = None


def plan_film(job: Job) -> tuple[Film, dict[str, Any]]:
    """Decide on the film and give the facts for the task's metadata."""
    task = job.task
    reading = read_prompt(task.prompt, _layout(job))
    match task.operation:
        case Operation.CREATE:
            film = _created(job, reading)
        case Operation.REMIX:
            film = _remixed(job, reading)
        case Operation.EXTEND:
            film = _extended(job, reading)
    understood, not_understood = _heard(task.prompt, film, reading)
    record: dict[str, Any] = {
        "kind": film.kind,
        "scene": film.scene.to_json(),
        "since": film.cut,
        "cards": bool(film.cards),
    }
    if film.cut:
        record["before"] = _record(job.source_task, film.cut)
    return film, {"understood": understood, "not_understood": not_understood, "scene": record}


def _layout(job: Job) -> int:
    record = _record(job.source_task, job.task.start_frame or 0)
    return record["scene"]["layout"] if record else job.task.seed


def _record(source: Task | None, at: int) -> dict[str, Any] | None:
    """Find the record of the scene that the source shows at a frame; None for foreign footage."""
    record: dict[str, Any] | None = source.facts.get("scene") if source else None
    # At a cut itself nothing of what comes behind it has been seen yet.
    while record and record["since"] and record["since"] >= at:
        record = record.get("before")
    return record


def _base(job: Job, kind: str, scene: Scene, **more: Any) -> Film:
    task = job.task
    return Film(kind, str(job.output), task.width, task.height, task.frames, scene, **more)


def _paths(files: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(str(file) for file in files)


def _created(job: Job, reading: Reading) -> Film:
    scene = new_scene(reading, job.task.seed)
    match job.task.mode:
        case Mode.TEXT:
            return _base(job, "stage", scene)
        case Mode.REFERENCE:
            return _base(job, "stage", scene, cards=_paths(job.images))
        case Mode.FIRST_FRAME:
            return _base(job, "still", scene, images=_paths(job.images), overlay=reading.weather)
        case Mode.FIRST_LAST_FRAME:
            return _base(job, "morph", scene, images=_paths(job.images), overlay=reading.weather)


def _remixed(job: Job, reading: Reading) -> Film:
    record = _record(job.source_task, 0)
    source = job.source_task
    whole = record is not None and source is not None and source.facts["scene"]["since"] == 0
    if record and whole and record["kind"] == "stage":
        scene = remixed(Scene.from_json(record["scene"]), reading, job.task.seed)
        return _base(job, "stage", scene, look=scene.look, cards=_paths(job.images) if record["cards"] else ())
    scene = new_scene(reading, job.task.seed)
    return _base(
        job,
        "regrade",
        scene,
        look=next_look(0.0, job.task.seed),
        source=str(job.source),
        overlay=reading.weather,
        time=reading.time,
    )


def _extended(job: Job, reading: Reading) -> Film:
    task, source = job.task, job.source_task
    cut = task.start_frame or 0
    record = _record(source, cut)
    own_cards = _paths(job.images) if task.inputs else ()
    same_shape = source is not None and source.aspect_ratio == task.aspect_ratio
    if record and record["kind"] == "stage" and same_shape:
        before = Scene.from_json(record["scene"])
        cards = own_cards or (_paths(job.images) if record["cards"] else ())
        return _base(
            job, "stage", continued(before, reading), source=str(job.source), cut=cut, before=before, cards=cards
        )
    scene = new_scene(reading, task.seed)
    return _base(job, "still", scene, source=str(job.source), cut=cut, cards=own_cards, overlay=reading.weather)


def _heard(prompt: str, film: Film, reading: Reading) -> tuple[list[str], list[str]]:
    """Own up: films made of pictures obey weather and camera words, and a regrade the time of day."""
    obeyed = {
        "still": {"weather", "camera"},
        "morph": {"weather"},
        "regrade": {"weather", "time", "colour"},
    }.get(film.kind)
    if obeyed is None:
        return list(reading.understood), list(reading.not_understood)
    words: list[Word] = [word for word in tokenise(without_references(prompt)) if word.kind != "stop"]
    # A still can not begin with all of the picture and then show more of it.
    heard = [word for word in words if word.kind in obeyed and word.meaning != "zoom_out"]
    missed = [word.text for word in words if word not in heard]
    return list(dict.fromkeys(word.text for word in heard)), list(dict.fromkeys(missed))
