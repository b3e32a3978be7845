"""Making a planned film: drawing, sounding, encoding; in a sandbox child."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ...domain.request import FPS
from ...media.encode import SAMPLE_RATE, Mp4Writer
from . import footage, pictures, sound
from .plan import Film
from .planes import Frame, mix
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
