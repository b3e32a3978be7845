"""A painted scene that can draw any frame: draw(n) depends on the scene and n alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import pi, sin

from ...domain.request import FPS
from .effects.particles import Particles
from .effects.style import Finish
from .effects.weather import Glitter, Weather
from .figures import actors
from .motion import View, camera
from .painting.backdrop import DRIFT_SECONDS
from .painting.environments import build_place
from .planes import U8, Frame, Laid, lay, zoom_into
from .scene import Scene


class Stage:
    """One scene at one size."""

    def __init__(self, scene: Scene, width: int, height: int, portraits: Mapping[str, U8] | None = None) -> None:
        self._scene = scene
        self._place = build_place(scene, width, height)
        self._place.portraits = portraits or {}
        self._actors = actors.cast_actors(scene.subjects, self._place)
        self._particles = Particles(self._place)
        self._finish = Finish(scene.style, width, height, scene.layout)
        self._weather = Weather(scene.weather, width, height, scene.layout)
        self._glitter: Glitter | None = None
        if self._place.water is not None:
            light = 60 if scene.time == "night" else 95
            self._glitter = Glitter(width, height, self._place.row(self._place.water), scene.layout, light)
        self._frame, self._zoomed = Frame.empty(width, height), Frame.empty(width, height)

    def draw(self, number: int) -> Frame:
        """Draw frame `number`; the result is good until the next call."""
        t = number / FPS
        frame, view = self._frame, camera(self._scene.camera, t * self._scene.speed)
        laid = [self._laid(number, view, t) for number in range(len(self._place.layers))]
        lay(frame, [one for one, layer in zip(laid, self._place.layers, strict=True) if not layer.front])
        lay(frame, [one for one, layer in zip(laid, self._place.layers, strict=True) if layer.front])
        self._particles.near(frame, t)
        if view.zoom > 1:
            zoom_into(frame, self._zoomed, view.zoom)
            frame = self._zoomed
        if self._place.shelter is None:
            self._weather.lay(frame, t)
        self._finish.lay(frame, number)
        return frame

    def _laid(self, number: int, view: View, t: float) -> Laid:
        place, layer = self._place, self._place.layers[number]
        left = place.margin_x * (1 + view.x * layer.depth) + layer.drift * place.width * min(t, DRIFT_SECONDS)
        down = place.margin_y * (1 + view.y * layer.depth)
        across, up, often, phase = layer.sway
        if across or up:
            turn = 2 * pi * (often * t + phase)
            left, down = left + across * sin(turn), down + up * sin(turn * 1.31 + 1)
        then = partial(self._upon, number, view, t, (left, down - layer.top))
        return Laid(layer.sheet, left, down - layer.sheet.cut, layer.top, layer.bottom, then)

    def _upon(
        self, number: int, view: View, t: float, corner: tuple[float, float], frame: Frame, start: int, end: int
    ) -> None:
        """Draw what lies on a layer: the light on its water, and the figures that stand right before it."""
        layer = self._place.layers[number]
        if number == 0:
            self._particles.far(frame, t)
        self._particles.upon(number, frame, t, *corner)
        if number == self._place.shelter:
            self._weather.lay(frame, t)
        if layer.water and self._glitter and end > start:
            self._glitter.lay(t, view.x * self._place.margin_x * layer.depth, frame, start, end)
        for actor in self._actors:
            if actor.after == number:
                actors.draw_actor(frame, actor, self._place, view, t)
