"""Which film a job asks for, decided from its task; and making it, in a sandbox child."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ...domain.request import FPS, Mode, Operation
from ...domain.task import Task
from ...media.encode import SAMPLE_RATE, Mp4Writer
from ...ports import Job
from . import footage, pictures, sound
from .planes import Frame, mix
from .reading import Word, read_prompt, tokenise
from .scene import Reading, Scene, continued, new_scene, remixed
from .stage import Stage
from .weather import Weather

COMMENT = "Animatic (procedural previz, not generative AI) by grok-video"
CROSSFADE_FRAMES = 24
REPORT_EVERY = 8


class Drawing(Protocol):
    """Anything that can draw any frame."""

    def draw(self, number: int) -> Frame:
        """Draw frame `number`; good until the next call."""
        ...


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
    while record and record["since"] > at:
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
    look = 0.07 + 0.86 * (job.task.seed % 1000) / 1000
    record = _record(job.source_task, 0)
    source = job.source_task
    whole = record is not None and source is not None and source.facts["scene"]["since"] == 0
    if record and whole and record["kind"] == "stage":
        scene = remixed(Scene.from_json(record["scene"]), reading, look)
        return _base(job, "stage", scene, look=look, cards=_paths(job.images) if record["cards"] else ())
    scene = new_scene(reading, job.task.seed)
    return _base(job, "regrade", scene, look=look, source=str(job.source), overlay=reading.weather, time=reading.time)


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
    words: list[Word] = [word for word in tokenise(prompt) if word.kind != "stop"]
    heard = [word.text for word in words if word.kind in obeyed]
    return list(dict.fromkeys(heard)), list(dict.fromkeys(word.text for word in words if word.kind not in obeyed))


def make_film(send: Callable[[Any], None], film: Film) -> None:
    """Draw and encode a film; runs in a child."""
    cv2.setNumThreads(1)
    samples = _sound(film)
    with Mp4Writer(film.output, film.width, film.height, comment=COMMENT) as writer:
        for number, frame in enumerate(_frames(film)):
            writer.frame(frame.buffer)
            if number % REPORT_EVERY == 0:
                send(100 * number / film.frames)
            if (number + 1) % FPS == 0:
                second = (number + 1) // FPS
                writer.sound(samples[(second - 1) * SAMPLE_RATE : second * SAMPLE_RATE])
        writer.sound(samples[film.frames // FPS * SAMPLE_RATE :])
    send(100)


def _frames(film: Film) -> Iterator[Frame]:
    if film.kind == "regrade":
        return _regraded(film)
    if not film.cut:
        return _drawn(_drawing(film, None), film, range(film.frames))
    return _continued(film)


def _continued(film: Film) -> Iterator[Frame]:
    last: Frame | None = None
    for frame in footage.frames(Path(film.source or ""), film.width, film.height, film.cut):
        last = frame
        yield frame
    yield from _drawn(_drawing(film, last), film, range(film.cut, film.frames))


def _drawing(film: Film, last: Frame | None) -> Drawing:
    size = (film.width, film.height)
    match film.kind:
        case "still":
            # The frame after the source's last one moves on already; a copy of it would be a stutter.
            start = last or pictures.still_frame(Path(film.images[0]), *size)
            return pictures.Still(start, film.scene.camera, first=film.cut - 1 if film.cut else 0)
        case "morph":
            first, second = (pictures.still_frame(Path(one), *size) for one in film.images)
            return pictures.Morph(first, second, film.frames)
        case _:
            stage = Stage(film.scene, *size)
            if film.before is not None and film.before != film.scene:
                return _Crossfade(Stage(film.before, *size), stage, film.cut)
            return stage


class _Crossfade:
    """One drawing that turns into another within a second, so that a change of scene is no cut."""

    def __init__(self, before: Drawing, after: Drawing, start: int) -> None:
        self._before, self._after, self._start = before, after, start

    def draw(self, number: int) -> Frame:
        share = (number - self._start) / CROSSFADE_FRAMES
        if share >= 1:
            return self._after.draw(number)
        share = max(0.0, share)
        return mix(self._before.draw(number), self._after.draw(number), share * share * (3 - 2 * share))


def _drawn(drawing: Drawing, film: Film, numbers: range) -> Iterator[Frame]:
    cards = None
    if film.cards:
        shown = [pictures.load_rgba(Path(one)) for one in film.cards]
        cards = pictures.Cards(shown, film.width, film.height)
    overlay = _Overlay(film, numbers) if film.overlay else None
    for number in numbers:
        frame = drawing.draw(number)
        if cards:
            cards.lay(frame, number)
        yield overlay.over(frame, number) if overlay else frame


class _Overlay:
    """Weather over pictures: comes in after the first frame, and goes before the last where that is given."""

    def __init__(self, film: Film, numbers: range) -> None:
        self._weather = Weather(film.overlay or "clear", film.width, film.height, film.scene.layout)
        self._first, self._last = numbers.start, numbers.stop - 1
        self._leaves = film.kind == "morph"

    def over(self, frame: Frame, number: int) -> Frame:
        share = min(1.0, (number - self._first) / CROSSFADE_FRAMES)
        if self._leaves:
            share = min(share, (self._last - number) / CROSSFADE_FRAMES)
        if share <= 0:
            return frame
        wet = frame.copy()
        self._weather.lay(wet, number / FPS)
        return mix(frame, wet, share)


def _regraded(film: Film) -> Iterator[Frame]:
    grade = footage.Grade(film.time, film.look, film.scene.tint)
    weather = Weather(film.overlay, film.width, film.height, film.scene.layout) if film.overlay else None
    source = footage.frames(Path(film.source or ""), film.width, film.height, film.frames)
    for number, frame in enumerate(source):
        graded = grade.apply(frame)
        if weather:
            weather.lay(graded, number / FPS)
        yield graded


def _sound(film: Film) -> NDArray[np.int16]:
    total = film.frames * SAMPLE_RATE // FPS
    if film.kind == "regrade":
        kept = footage.sound(Path(film.source or ""), total)
        return kept if kept is not None else sound.ambience(film.scene, total)
    if not film.cut:
        return sound.ambience(film.scene, total)
    head = film.cut * SAMPLE_RATE // FPS
    kept = footage.sound(Path(film.source or ""), head)
    first = kept if kept is not None else np.zeros((head, 2), np.int16)
    return sound.joined(first, sound.ambience(film.scene, total - head))
