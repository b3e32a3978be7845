"""A painted scene that can draw any frame: draw(n) depends on the scene and n alone."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from ...domain.request import FPS
from . import cast
from .motion import camera
from .places import Layer, build_place
from .planes import U8, Frame, Laid, lay, to_u8, zoomed
from .scene import Scene
from .weather import Glitter, Weather

# Where the fast moves of weather would be seen to turn back, they wrap; drifting clouds have a minute's way.
DRIFT_SECONDS = 60.0


class Stage:
    """One scene at one size."""

    def __init__(self, scene: Scene, width: int, height: int) -> None:
        self._scene = scene
        self._place = build_place(scene, width, height)
        self._actors = cast.cast_actors(scene.subjects, self._place)
        self._weather = Weather(scene.weather, width, height, scene.layout)
        self._glitter: Glitter | None = None
        if self._place.water is not None:
            light = 60 if scene.time == "night" else 95
            self._glitter = Glitter(width, height, self._place.row(self._place.water), scene.layout, light)
        self._vignette = _vignette(width, height)
        self._frame = Frame.empty(width, height)

    def draw(self, number: int) -> Frame:
        """Draw frame `number`; the result is good until the next call."""
        t = number / FPS
        frame, view = self._frame, camera(self._scene.camera, t)
        far = [self._laid(layer, view.x, view.y, t) for layer in self._place.layers if not layer.front]
        lay(frame, far)
        for actor in self._actors:
            cast.draw_actor(frame, actor, self._place, view, t)
        lay(frame, [self._laid(layer, view.x, view.y, t) for layer in self._place.layers if layer.front])
        frame = zoomed(frame, view.zoom)
        self._weather.lay(frame, t)
        cv2.multiply(frame.y, self._vignette, frame.y, 1 / 255)
        return frame

    def _laid(self, layer: Layer, x: float, y: float, t: float) -> Laid:
        place = self._place
        left = place.margin_x * (1 + x * layer.depth) + layer.drift * place.width * min(t, DRIFT_SECONDS)
        down, bottom = place.margin_y * (1 + y * layer.depth), layer.top + layer.rows
        then = (
            partial(self._glitter.lay, t, x * place.margin_x * layer.depth)
            if layer.glitters and self._glitter
            else None
        )
        return Laid(layer.sheet, left, down, layer.top, bottom, then)


def _vignette(width: int, height: int) -> U8:
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    return to_u8(255 * (1 - 0.2 * np.clip(across**2 + down**2 - 0.55, 0, 1.2)))
