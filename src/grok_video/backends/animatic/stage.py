"""A painted scene that can draw any frame; draw(n) depends on the scene and n alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import pi, sin

from ...domain.request import FPS
from .effects.particles import Particles
from .effects.style import Finish
from .effects.weather import Glitter, Weather
from .figures import actors
from .motion import View, camera
from .painting.backdrop import DRIFT_SECONDS
from .painting.environments import build_backdrop
from .planes import U8, Frame, Laid, lay, mix, zoom_into
from .scene import Scene


class Stage:
    """One scene at one size."""

    def __init__(self, scene: Scene, width: int, height: int, portraits: Mapping[str, U8] | None = None) -> None:
        self._scene = scene
        self.backdrop = build_backdrop(scene, width, height)
        self.backdrop.portraits = portraits or {}
        self.actors = actors.build_actors(scene.subjects, self.backdrop)
        self._particles = Particles(self.backdrop)
        self._finish = Finish(scene.style, width, height, scene.layout)
        self._weather = Weather(scene.weather, width, height, scene.layout)
        self._glitter: Glitter | None = None
        if self.backdrop.water is not None:
            light = 60 if scene.time == "night" else 95
            self._glitter = Glitter(width, height, self.backdrop.row(self.backdrop.water), scene.layout, light)
        self._frame, self._zoomed = Frame.empty(width, height), Frame.empty(width, height)

    def draw(self, number: int) -> Frame:
        """Return frame `number`; it is valid until the next call."""
        t = number / FPS
        frame, view = self._frame, camera(self._scene.camera, t * self._scene.speed)
        laid = [self._laid(number, view, t) for number in range(len(self.backdrop.layers))]
        lay(frame, [sheet for sheet, layer in zip(laid, self.backdrop.layers, strict=True) if not layer.front])
        lay(frame, [sheet for sheet, layer in zip(laid, self.backdrop.layers, strict=True) if layer.front])
        self._particles.near(frame, t)
        if view.zoom > 1:
            zoom_into(frame, self._zoomed, view.zoom)
            frame = self._zoomed
        if self.backdrop.shelter is None:
            self._weather.lay(frame, t)
        self._finish.lay(frame, number)
        return frame

    def _laid(self, number: int, view: View, t: float) -> Laid:
        backdrop, layer = self.backdrop, self.backdrop.layers[number]
        left = backdrop.margin_x * (1 + view.x * layer.depth) + layer.drift * backdrop.width * min(t, DRIFT_SECONDS)
        down = backdrop.margin_y * (1 + view.y * layer.depth)
        across, up, often, phase = layer.sway
        if across or up:
            turn = 2 * pi * (often * t + phase)
            left, down = left + across * sin(turn), down + up * sin(turn * 1.31 + 1)
        then = partial(self._draw_on_layer, number, view, t, (left, down - layer.top))
        return Laid(layer.sheet, left, down - layer.sheet.cut, layer.top, layer.bottom, then)

    def _draw_on_layer(
        self, number: int, view: View, t: float, corner: tuple[float, float], frame: Frame, start: int, end: int
    ) -> None:
        """Draw what belongs on a layer: its glitter, its particles, and the figures right in front of it."""
        layer = self.backdrop.layers[number]
        if number == 0:
            self._particles.far(frame, t)
        self._particles.on_layer(number, frame, t, *corner)
        if number == self.backdrop.shelter:
            self._weather.lay(frame, t)
        if layer.water and self._glitter and end > start:
            self._glitter.lay(t, view.x * self.backdrop.margin_x * layer.depth, frame, start, end)
        for actor in self.actors:
            if actor.after == number:
                actors.draw_actor(frame, actor, self.backdrop, view, t)


# The times of day in their order; a change from one to another passes through those between.
DAY = ("night", "dawn", "day", "sunset", "dusk")


class ChangingStage:
    """A scene whose time of day passes from one to another over its frames."""

    def __init__(self, scene: Scene, width: int, height: int, portraits: Mapping[str, U8] | None, frames: int) -> None:
        self._scenes = [
            replace(scene, time=time, until=None) for time in passage(scene.time, scene.until or scene.time)
        ]
        self._size, self._portraits, self._frames = (width, height), portraits, max(1, frames)
        self._stages: dict[int, Stage] = {}

    def draw(self, number: int) -> Frame:
        """Return frame `number`; it is valid until the next call."""
        way = min(1.0, number / self._frames) * (len(self._scenes) - 1)
        first = min(int(way), len(self._scenes) - 1)
        share = way - first
        if share <= 0:
            return self._stage(first).draw(number)
        return mix(
            self._stage(first).draw(number), self._stage(first + 1).draw(number), share * share * (3 - 2 * share)
        )

    def _stage(self, at: int) -> Stage:
        if at not in self._stages:
            self._stages = {known: stage for known, stage in self._stages.items() if abs(known - at) == 1}
            self._stages[at] = Stage(self._scenes[at], *self._size, self._portraits)
        return self._stages[at]


def passage(start: str, end: str) -> tuple[str, ...]:
    """Return the times of day from one to another, in the order in which they pass."""
    at = DAY.index(start)
    times = [start]
    while times[-1] != end:
        at = (at + 1) % len(DAY)
        times.append(DAY[at])
    return tuple(times)
