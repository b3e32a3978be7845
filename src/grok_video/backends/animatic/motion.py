"""How things move: the camera and the figures, as pure functions of time in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, exp, pi, sin

CAMERA_SECONDS = 7.0
ZOOM = 0.26


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera looks: x and y from -1 to 1 of the layers' spare margins, and the zoom."""

    x: float
    y: float
    zoom: float = 1.0


def camera(kind: str, t: float) -> View:
    """Move the camera; each move eases out and never turns back, so an extension goes on with it."""
    gone = 1 - exp(-t / CAMERA_SECONDS)
    sweep = -0.85 + 1.7 * gone
    match kind:
        case "pan_right":
            return View(sweep, 0.0)
        case "pan_left":
            return View(-sweep, 0.0)
        case "tilt_up":
            return View(0.0, -sweep)
        case "tilt_down":
            return View(0.0, sweep)
        case "zoom_in":
            return View(0.0, 0.0, 1 + ZOOM * gone)
        case "zoom_out":
            return View(0.0, 0.0, 1 + ZOOM * (1 - gone))
        case "orbit":
            return View(-0.8 * cos(2 * pi * t / 24), 0.25 * sin(2 * pi * t / 24), 1 + 0.1 * gone)
        case "handheld":
            return View(
                0.22 * sin(2.1 * t) + 0.12 * sin(5.3 * t + 1), 0.3 * sin(1.7 * t + 2) + 0.14 * sin(4.1 * t), 1.03
            )
        case _:
            return View(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Pose:
    """A figure's offset in frame widths (x) and figure heights (y, up is negative), turn, stretch.

    `sky` lifts it off the ground; `level`, where given, is its height on the frame (0 top, 1 bottom).
    """

    x: float = 0.0
    y: float = 0.0
    degrees: float = 0.0
    stretch_x: float = 1.0
    stretch_y: float = 1.0
    mirrored: bool = False
    level: float | None = None


def _shuttle(t: float, seconds: float, phase: float) -> tuple[float, bool]:
    """Go to and fro between -1 and 1 with soft turns; tell whether it is on the way to the right."""
    angle = 2 * pi * (t / seconds + phase)
    return -cos(angle), sin(angle) > 0


def pose(kind: str, t: float, phase: float) -> Pose:
    """Move a figure; `phase` (0-1) keeps two of a kind from moving as one."""
    turn = 2 * pi * phase
    match kind:
        case "run" | "walk":
            seconds, step = (11.0, 9.0) if kind == "run" else (22.0, 5.5)
            place, right = _shuttle(t, seconds, phase)
            hop = abs(sin(step * t + turn))
            return Pose(
                0.24 * place, -0.07 * hop, 3.5 * sin(step * t + turn), 1.02 - 0.04 * hop, 0.98 + 0.05 * hop, right
            )
        case "fly":
            place, right = _shuttle(t, 15.0, phase)
            lean = 6 * cos(2 * pi * t / 5 + turn)
            level = 0.3 + 0.06 * sin(2 * pi * t / 4.3 + turn) + 0.1 * (phase - 0.5)
            return Pose(0.26 * place, 0.0, lean, 1.0, 1 + 0.05 * sin(8 * t + turn), right, level)
        case "swim":
            place, right = _shuttle(t, 19.0, phase)
            return Pose(
                0.2 * place, 0.07 * sin(1.7 * t + turn), 5 * cos(1.7 * t + turn), 1 + 0.03 * sin(5 * t), 1.0, right
            )
        case "jump":
            beat = (t / 1.1 + phase) % 1.0
            up = 4 * beat * (1 - beat)
            squash = 0.14 * exp(-((min(beat, 1 - beat) / 0.08) ** 2))
            return Pose(0.0, -0.75 * up, 0.0, 1 + squash, 1 - squash)
        case "dance":
            beat = 2 * pi * 1.05 * t + turn
            return Pose(0.012 * sin(beat / 2), -0.1 * abs(sin(beat)), 13 * sin(beat / 2), 1.0, 1 + 0.07 * cos(2 * beat))
        case "spin":
            return Pose(0.0, -0.06, (150 * t + 360 * phase) % 360)
        case "fall":
            down = (t / 5.0 + phase) % 1.0
            return Pose(0.02 * sin(3 * t + turn), 0.0, 14 * sin(2.2 * t + turn), level=-0.2 + 1.1 * down)
        case "rise":
            up = (t / 8.0 + 0.12 * phase) % 1.0
            return Pose(0.002 * sin(31 * t), 0.0, 0.0, level=0.72 - 1.0 * up * up)
        case "wave":
            return Pose(0.0, 0.0, 8 * sin(6 * t + turn), 1.0, 1 + 0.02 * sin(3 * t))
        case "sleep":
            breath = sin(2 * pi * t / 3.2 + turn)
            return Pose(0.0, 0.0, 0.0, 1 - 0.025 * breath, 0.94 + 0.045 * breath)
        case "sway":
            return Pose(0.0, 0.0, 4.5 * sin(1.3 * t + turn) + 1.5 * sin(3.1 * t))
        case "stand":
            return Pose(0.0, 0.0, 1.1 * sin(0.9 * t + turn), 1.0, 1 + 0.016 * sin(1.6 * t + turn))
        case _:
            beat = 2.6 * t + turn
            return Pose(
                0.014 * sin(0.7 * t + turn), -0.045 * abs(sin(beat)), 4 * sin(beat), 1.0, 1 + 0.03 * cos(2 * beat)
            )
