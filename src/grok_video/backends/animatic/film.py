"""Making a planned video in a sandbox child: drawing, sound, encoding."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ...domain.request import FPS
from ...media import footage
from ...media.encode import SAMPLE_RATE, Mp4Writer
from . import sound
from .effects.style import Finish
from .effects.weather import Weather
from .figures.cutout import figure_of
from .pictures.grade import Grade, source_frames
from .pictures.load import load_rgba, still_frame
from .pictures.morph import Morph
from .pictures.still import Still, eased
from .plan import Film
from .planes import Frame, mix
from .stage import ChangingStage, Stage

COMMENT = "Animatic (procedural previz, not generative AI) by grok-video"
CROSSFADE_FRAMES = 24
OVERLAY_FRAMES = 36
HANDOVER_FRAMES = 8
REPORT_EVERY = 8
# Of the image of the unfinished video.
PREVIEW_SECONDS = 1.0
PREVIEW_SIDE = 480
PREVIEW_QUALITY = 75


class Drawing(Protocol):
    """Anything that can draw any frame of a video."""

    def draw(self, number: int) -> Frame:
        """Return frame `number`; it is valid until the next call."""
        ...


def make_film(send: Callable[[Any], None], film: Film) -> None:
    """Draw and encode a video; runs in a child."""
    cv2.setNumThreads(1)
    samples = samples_of(film)
    shown = -PREVIEW_SECONDS
    with Mp4Writer(film.output, film.width, film.height, comment=COMMENT) as writer:
        for number, frame in enumerate(_frames(film)):
            if (now := time.monotonic()) - shown >= PREVIEW_SECONDS:
                shown = now
                send(_preview(frame.buffer))
            writer.frame(frame.buffer)
            if number % REPORT_EVERY == 0:
                send(100 * number / film.frames)
            if (number + 1) % FPS == 0:
                second = (number + 1) // FPS
                writer.sound(samples[(second - 1) * SAMPLE_RATE : second * SAMPLE_RATE])
        writer.sound(samples[film.frames // FPS * SAMPLE_RATE :])
    send(100)


def _preview(i420: NDArray[np.uint8]) -> str:
    """Return a frame as a small JPEG in base64."""
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    scale = min(1.0, PREVIEW_SIDE / max(width, height))
    size = (round(width * scale), round(height * scale))
    frame: Any = av.VideoFrame.from_ndarray(i420, format="yuv420p")
    small = frame.reformat(*size, format="bgr24", src_colorspace="ITU709", dst_colorspace="DEFAULT").to_ndarray()
    return b64encode(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY])[1].tobytes()).decode()


def _frames(film: Film) -> Iterator[Frame]:
    if film.kind == "regrade":
        return _regraded(film)
    if not film.cut:
        return _drawn(_drawing(film, None), film, range(film.frames))
    return _continued(film)


def _continued(film: Film) -> Iterator[Frame]:
    # Our own scene can be drawn before the cut too, so the coding artefacts of the source fade out gradually.
    reel = _Reel(film) if film.kind == "stage" else None
    last: Frame | None = None
    for number, frame in enumerate(source_frames(Path(film.source or ""), film.width, film.height, film.cut)):
        last = frame
        share = (number + 1 - film.cut + HANDOVER_FRAMES) / (HANDOVER_FRAMES + 1)
        yield mix(frame, reel.draw(number), share) if reel and share > 0 else frame
    yield from _drawn(reel or _drawing(film, last), film, range(film.cut, film.frames))


def _drawing(film: Film, last: Frame | None) -> Drawing:
    size = (film.width, film.height)
    match film.kind:
        case "still":
            # The frame after the source's last one must move already; a copy of it would stutter.
            start = last or still_frame(Path(film.images[0]), *size)
            first = film.cut - 1 if film.cut else 0
            return Still(start, film.scene.camera, first=first, speed=film.scene.speed)
        case "morph":
            first, second = (still_frame(Path(path), *size) for path in film.images)
            return Morph(first, second, film.frames, film.scene.layout)
        case _:
            return _Reel(film)


class _Reel:
    """The shots of a video, each crossfading into the next within a second; few are kept painted at a time."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self._stages: dict[int, Stage | ChangingStage] = {}
        self._portraits = {
            f"@img{number}": figure_of(load_rgba(Path(path))) for number, path in enumerate(film.cards, start=1)
        }

    def draw(self, number: int) -> Frame:
        """Return frame `number`."""
        at = max(at for at, shot in enumerate(self._film.shots) if shot.start <= number)
        share = (number - self._film.shots[at].start) / CROSSFADE_FRAMES
        if at == 0 or share >= 1:
            return self._shot(at, number)
        return mix(self._shot(at - 1, number), self._shot(at, number), share * share * (3 - 2 * share))

    def _shot(self, at: int, number: int) -> Frame:
        shot = self._film.shots[at]
        stage = self._stages.get(at)
        if stage is None:
            self._stages = {known: drawn for known, drawn in self._stages.items() if abs(known - at) == 1}
            stage = self._stages[at] = self._new_stage(at)
        return stage.draw(number - shot.origin)

    def _new_stage(self, at: int) -> Stage | ChangingStage:
        film, shot = self._film, self._film.shots[at]
        if shot.scene.until is None:
            return Stage(shot.scene, film.width, film.height, self._portraits)
        end = film.shots[at + 1].start if at + 1 < len(film.shots) else film.frames
        return ChangingStage(shot.scene, film.width, film.height, self._portraits, end - shot.origin - 1)


def _drawn(drawing: Drawing, film: Film, numbers: range) -> Iterator[Frame]:
    overlay = _Overlay(film, numbers) if film.kind != "stage" and (film.overlay or film.time) else None
    for number in numbers:
        frame = drawing.draw(number)
        yield overlay.over(frame, number) if overlay else frame


class _Overlay:
    """Weather and light over images: they fade in after the first frame and fade out before a given last one."""

    def __init__(self, film: Film, numbers: range) -> None:
        self._weather = Weather(film.overlay, film.width, film.height, film.scene.layout) if film.overlay else None
        self._grade = Grade(film.time, 0.0, None, plain=True) if film.time else None
        self._first, self._last = numbers.start, numbers.stop - 1
        self._leaves = film.kind == "morph"
        self._wet = Frame.empty(film.width, film.height)

    def over(self, frame: Frame, number: int) -> Frame:
        """Return frame `number` with the overlay."""
        share = (number - self._first) / OVERLAY_FRAMES
        if self._leaves:
            share = min(share, (self._last - number) / OVERLAY_FRAMES)
        if share <= 0:
            return frame
        wet = self._wet
        np.copyto(wet.buffer, frame.buffer)
        if self._grade:
            self._grade.partly(wet, eased(share))
        if self._weather:
            self._weather.lay(wet, number / FPS)
        return wet if share >= 1 else mix(frame, wet, share)


def _regraded(film: Film) -> Iterator[Frame]:
    grade = Grade(film.time, film.look, film.scene.tint)
    weather = Weather(film.overlay, film.width, film.height, film.scene.layout) if film.overlay else None
    finish = Finish(film.scene.style, film.width, film.height, film.scene.layout)
    source = source_frames(Path(film.source or ""), film.width, film.height, film.frames)
    for number, frame in enumerate(source):
        graded = grade.apply(frame)
        finish.lay(graded, number)
        if weather:
            weather.lay(graded, number / FPS)
        yield graded


def samples_of(film: Film) -> NDArray[np.int16]:
    total = film.frames * SAMPLE_RATE // FPS
    if film.kind == "regrade":
        kept = footage.sound(Path(film.source or ""), total)
        return kept if kept is not None else sound.ambience(film.scene, total)
    if not film.cut:
        return sound.reel(film.shots, total)
    head = film.cut * SAMPLE_RATE // FPS
    kept = footage.sound(Path(film.source or ""), head)
    first = kept if kept is not None else np.zeros((head, 2), np.int16)
    return sound.joined(first, sound.reel(film.shots, total, head))
