"""A backdrop while it is painted: its layers from far to near, and where figures stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from ..planes import U8, Frame, Laid, Sheet, lay, to_u8
from ..scene import Scene
from .canvas import Canvas
from .light import Light, light_of

MARGIN_X = 0.08
MARGIN_Y = 0.05
# A drifting layer has room for a minute.
DRIFT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Layer:
    """A painted sheet on the frame's rows from `top` to `bottom`; near layers (`depth` to 1) move more with the camera.

    `drift` is in frame widths per second. `sway` is the swing in pixels across and down, and its frequency and phase in
    turns. A `front` layer is in front of the subjects; `water` glitters.
    """

    sheet: Sheet
    depth: float
    top: int
    bottom: int
    drift: float = 0.0
    sway: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    front: bool = False
    water: bool = False


@dataclass(slots=True)
class Backdrop:
    """The backdrop of a scene at one size, painted layer by layer from far to near.

    `horizon` and `ground` (where feet may stand) are shares of the height, `water` that of the water's far edge. In a
    `weightless` one nothing stands.
    """

    scene: Scene
    width: int
    height: int
    light: Light = field(init=False)
    layers: list[Layer] = field(default_factory=list[Layer])
    horizon: float = 0.62
    ground: float = 0.7
    # The lowest row that feet may stand on.
    near: float = 0.955
    # The lowest row of visible sky, a share of the height.
    sky_bottom: float = 0.8
    water: float | None = None
    # The water's near edge; whether there is land to stand on; the row and layer of each strip of water.
    shore: float = 1.0
    dry: bool = True
    strips: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    weightless: bool = False
    # Where trains and what crosses the frame go, if not on the ground: a row as a share of the height.
    track: float | None = None
    # Windows that go dark now and then: their layer, x, y, width and height.
    panes: list[tuple[int, float, float, float, float]] = field(
        default_factory=list[tuple[int, float, float, float, float]]
    )
    # The layer that the weather stays behind; None if it is in front of everything.
    shelter: int | None = None
    # Whether the ground reflects what stands on it.
    wet: bool = False
    # Reference figures, straight-alpha RGBA by their names.
    portraits: Mapping[str, U8] = field(default_factory=dict[str, U8])
    _vignette: U8 = field(init=False)

    def __post_init__(self) -> None:
        self.light = light_of(self.scene)
        self._vignette = _vignette(self.width, self.height, self.margin_x, self.margin_y)

    @property
    def seed(self) -> int:
        """The seed of every shape."""
        return self.scene.layout

    @property
    def unit(self) -> float:
        """The unit of lengths: the height, or less if the frame is narrow."""
        return min(self.height, 0.95 * self.width)

    @property
    def margin_x(self) -> int:
        """Spare pixels of a layer at each side."""
        return round(self.width * MARGIN_X / 2) * 2

    @property
    def margin_y(self) -> int:
        """Spare pixels of a layer above and below."""
        return round(self.height * MARGIN_Y / 2) * 2

    def row(self, share: float) -> int:
        """Return the even row number of a share of the height."""
        return min(self.height, max(0, round(self.height * share / 2) * 2))

    def canvas(self, top: float = 0.0, *, bottom: float = 1.0, drift: float = 0.0) -> Canvas:
        """Return a canvas for the frame's rows from `top` to `bottom`, with margins and room for a minute's drift."""
        wide = self.width + 2 * self.margin_x + round(DRIFT_SECONDS * abs(drift) * self.width / 2) * 2
        return Canvas(wide, self.row(bottom) - self.row(top) + 2 * self.margin_y)

    def add(
        self, canvas: Canvas, *, depth: float, top: float = 0.0, bottom: float = 1.0, drift: float = 0.0,
        sway: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0), front: bool = False, water: bool = False,
        opaque: bool = False, shadow: float = 0.0,
    ) -> None:  # fmt: skip
        """Add what was painted on `canvas(top, ...)`; `shadow` is how much it darkens what is behind its edge."""
        cast = canvas.cast(self.unit * 0.022, shadow) if shadow else None
        if not drift:
            first = self.row(top)
            canvas.dim(self._vignette[first : first + canvas.height, : canvas.width])
        sheet = canvas.sheet(opaque=opaque, shadow=cast)
        self.layers.append(Layer(sheet, depth, self.row(top), self.row(bottom), drift, sway, front, water))

    def composed(self) -> Frame:
        """Return the layers added so far, composed as the centred camera sees them: what water reflects."""
        frame = Frame.of(np.full((self.height * 3 // 2, self.width), 128, np.uint8))
        lay(
            frame,
            [
                Laid(layer.sheet, self.margin_x, self.margin_y - layer.sheet.cut, layer.top, layer.bottom)
                for layer in self.layers
            ],
        )
        return frame


def _vignette(width: int, height: int, margin_x: int, margin_y: int) -> U8:
    across = np.linspace(-1, 1, width // 8, dtype=np.float32)[None, :] * (width + 2 * margin_x) / width
    down = np.linspace(-1, 1, height // 8, dtype=np.float32)[:, None] * (height + 2 * margin_y) / height
    small = 1 - 0.2 * np.clip(across**2 + down**2 - 0.55, 0, 1.2)
    size = (width + 2 * margin_x, height + 2 * margin_y)
    return to_u8(255 * cv2.resize(small, size, interpolation=cv2.INTER_LINEAR))
