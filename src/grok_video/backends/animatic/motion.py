"""Motion of the camera and the figures, as pure functions of time in seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, exp, pi, sin

CAMERA_SECONDS = 7.0
ZOOM = 0.26


@dataclass(frozen=True, slots=True)
class View:
    """The camera's view: x and y from -1 to 1 of the layers' spare margins, and the zoom."""

    x: float
    y: float
    zoom: float = 1.0


def camera(kind: str, t: float) -> View:
    """Return the camera at `t` seconds; a move eases out and never turns back, so that an extension continues it."""
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
    """A figure's position: its offset in frame widths (x) and in its own heights (y, up is negative).

    `level`, if given, is the height of its middle on the frame (0 top, 1 bottom): it is off the ground.
    """

    x: float = 0.0
    y: float = 0.0
    mirrored: bool = False
    level: float | None = None


def _shuttle(t: float, seconds: float, phase: float) -> tuple[float, bool]:
    """Return a position between -1 and 1 that moves to and fro with soft turns, and whether it moves right."""
    angle = 2 * pi * (t / seconds + phase)
    return -cos(angle), sin(angle) > 0


def pose(kind: str, t: float, phase: float, rate: float, beat: float) -> Pose:
    """Return a figure's pose; `phase` (0-1) is its place on its way, `beat` in its step, `rate` steps per second."""
    turn = 2 * pi * (rate * t + beat)
    match kind:
        case "run" | "walk" | "drive" | "crawl" | "slide" | "roll":
            place, right = _shuttle(t, 11.0 if kind in ("run", "drive", "roll") else 22.0, phase)
            hop = (
                0.0
                if kind in ("drive", "slide", "roll", "crawl")
                else (0.07 if kind == "run" else 0.03) * abs(sin(turn))
            )
            return Pose(0.24 * place, -hop, right)
        case "fly" | "hover":
            place, right = _shuttle(t, 15.0, phase)
            level = 0.3 + 0.06 * sin(2 * pi * (t / 4.3 + phase)) + 0.1 * (phase - 0.5)
            return Pose(0.26 * place, 0.0, right, level)
        case "surf":
            place, right = _shuttle(t, 13.0, phase)
            return Pose(0.22 * place, 0.09 * sin(1.5 * t + 6.28 * phase), right)
        case "climb":
            return Pose(0.0, -0.35 * (1 - exp(-t / 5)) - 0.02 * abs(sin(turn)))
        case "swim" | "float":
            place, right = _shuttle(t, 19.0 if kind == "swim" else 31.0, phase)
            return Pose(0.2 * place, 0.03 * sin(1.7 * t + 6.28 * phase), right)
        case "jump":
            leap = (rate * t + beat) % 1.0
            return Pose(0.0, -0.75 * 4 * leap * (1 - leap))
        case "dance":
            return Pose(0.012 * sin(turn), -0.07 * abs(sin(2 * turn)))
        case "fall":
            down = (t / 5.0 + beat) % 1.0
            return Pose(0.02 * sin(3 * t + turn), level=-0.2 + 1.4 * down)
        case "rise":
            # It trembles for a moment, then rises ever faster and leaves the frame.
            level = 0.7 - 0.05 * t**2
            return Pose(0.0015 * sin(31 * t), level=max(-0.6, level))
        case "ascend":
            # Light things drift up without haste, one after the other.
            return Pose(0.012 * sin(0.8 * t + 6.28 * phase), level=0.98 - 1.1 * ((0.045 * t + 0.75 * phase) % 1.0))
        case "moonrise" | "moonset" | "sky":
            share = 1 - exp(-t / 5) if kind != "sky" else 1.0
            share = 1 - share if kind == "moonset" else share
            return Pose(level=0.66 - 0.42 * share)
        case "spin":
            return Pose(0.0, -0.06)
        case _:
            return Pose()


def arriving(posed: Pose, t: float, way: float) -> Pose:
    """Return the pose of somebody who goes `way` frame widths and then stays there."""
    share = min(1.0, t / (1.5 + 9 * abs(way)))
    return replace(posed, x=way * share * share * (3 - 2 * share), mirrored=way > 0)
