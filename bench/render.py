"""What a film costs beside its own encode, and where the rest goes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

from . import Row, ratios

TARGET = 1.5
WIDTH, HEIGHT, SECONDS = 1280, 720, 10
# Each film's prompt, and how many pictures it is made of: of what kind, its mode tells.
FILMS = {
    "beach, sunset": ("a cat dancing on the beach at sunset, a sailboat", "text", 0),
    "meadow": ("a horse running on a meadow", "text", 0),
    "sea, sunset": ("a sailboat on the sea at sunset", "text", 0),
    "city, night, rain": ("a car in a city at night in the rain", "text", 0),
    "forest, snow": ("a fox running in a snowy forest", "text", 0),
    "first frame": ("slow zoom in", "first_frame", 1),
    "first and last frame": ("from the sea into the forest", "first_last_frame", 2),
    "reference": ("@img1 and @img2 hang above a city at night", "reference", 2),
}
PICTURED = ("sea, sunset", "forest, snow")
Costs = dict[str, float]


def measure(rounds: int) -> list[Row]:
    """Make each film, and encode the same frames drawn beforehand, in turn in fresh children."""
    made: dict[str, list[Costs]] = {name: [] for name in FILMS}
    with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as folder:
        for name in PICTURED:
            _in_child("picture", name, folder)
        for _ in range(rounds):
            for name, costs in made.items():
                whole, parts = _in_child("film", name, folder), _in_child("parts", name, folder)
                if whole["bytes"] != parts["bytes"]:
                    raise RuntimeError(f"{name}: the film and its encode alone are not the same file")
                costs.append({**parts, **whole})
    rows: list[Row] = []
    for part, target in (("film", TARGET), ("painting", None), ("drawing", None), ("sound", None)):
        for name, costs in made.items():
            values = ratios([one[part] for one in costs], [one["encode"] for one in costs])
            rows.append(Row(f"{part} / encode alone: {name}", values, target=target))
    for part in ("film", "encode"):
        rows += [Row(f"{part}: {name}", [one[part] for one in costs], "CPU s") for name, costs in made.items()]
    return rows


def _in_child(kind: str, name: str, folder: str) -> Costs:
    command = [sys.executable, "-m", "bench.render", kind, name, folder]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=300).stdout)


def _timed(costs: Costs, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function: its process CPU time, x264's threads included, is added to a name's."""

    def call(*args: Any) -> Any:
        began = time.process_time()
        try:
            return function(*args)
        finally:
            costs[name] = costs.get(name, 0.0) + time.process_time() - began

    return call


class _Keeper:
    """Takes Mp4Writer's place, as class and as writer, and keeps the calls to be made again."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    def __call__(self, *args: Any, **settings: Any) -> _Keeper:
        self.settings = (args, settings)
        return self

    def __enter__(self) -> _Keeper:
        return self

    def __exit__(self, *_error: object) -> None: ...

    def frame(self, i420: Any) -> None:
        self.calls.append(("frame", i420.copy()))

    def sound(self, samples: Any) -> None:
        self.calls.append(("sound", samples))

    def encode(self, writer: Any) -> None:
        args, settings = self.settings
        with writer(*args, **settings) as file:
            for method, given in self.calls:
                getattr(file, method)(given)


def _child(kind: str, name: str, folder: Path) -> Costs:
    import cv2

    costs: Costs = {}
    plan_film = import_module("grok_video.backends.animatic.plan").plan_film
    made_by: Any = import_module("grok_video.backends.animatic.film")
    output = folder / "film.mp4"
    film, _ = plan_film(_job(name, folder, output))
    if kind == "picture":
        rgb = cv2.cvtColor(made_by.Stage(film.scene, WIDTH, HEIGHT).draw(24).buffer, cv2.COLOR_YUV2BGR_I420)
        cv2.imwrite(str(folder / f"{PICTURED.index(name)}.png"), rgb)
        return {}
    if kind == "film":
        _timed(costs, "film", made_by.make_film)(int, film)
    else:
        writer, keeper = made_by.Mp4Writer, _Keeper()
        keeper.frame = _timed(costs, "keeping", keeper.frame)
        made_by.Mp4Writer = keeper
        for part, function in (("painting", "_drawing"), ("sound", "_sound")):
            setattr(made_by, function, _timed(costs, part, getattr(made_by, function)))
        _timed(costs, "drawing", made_by.make_film)(int, film)
        costs["drawing"] -= costs["painting"] + costs["sound"] + costs["keeping"]
        _timed(costs, "encode", keeper.encode)(writer)
    return {**costs, "bytes": output.stat().st_size}


def _job(name: str, folder: Path, output: Path) -> Any:
    from grok_video.domain.request import FPS, AspectRatio, Format, Mode, Operation, Resolution
    from grok_video.domain.task import Task
    from grok_video.ports import Job

    prompt, mode, pictures = FILMS[name]
    now = time.time()
    task = Task(
        id=UUID(int=1), owner="operator", format=Format.OPENAI, operation=Operation.CREATE, mode=Mode(mode),
        model="grok-video-3", prompt=prompt, aspect_ratio=AspectRatio.R16_9, resolution=Resolution.P720,
        width=WIDTH, height=HEIGHT, seconds=SECONDS, frames=SECONDS * FPS, seed=7, backend="animatic",
        created_at=now, updated_at=now,
    )  # fmt: skip
    return Job(task, output, tuple(folder / f"{number}.png" for number in range(pictures)))


if __name__ == "__main__":
    print(json.dumps(_child(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
