"""The cost of a whole video against that of its encoding alone, and where the difference goes."""

from __future__ import annotations

import json
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from . import Row, ratios

MEDIAN, EACH, PAINTING, FILM = 0.85, 0.80, 0.05, 1.5
MEMORY_MB, SHORT_SECONDS = 400, 6.0
SECONDS = 10


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of video; `images` is the number of its input images."""

    prompt: str
    mode: str = "text"
    pictures: tuple[str, ...] = ()
    size: tuple[int, int] = (1280, 720)


FILMS = {
    "text: meadow": Kind("a horse running on a meadow"),
    "text: beach, sunset": Kind("a cat dancing on the beach at sunset, a sailboat"),
    "text: city, night, rain": Kind("a car in a city at night in the rain"),
    "text: forest, snow": Kind("a fox running in a snowy forest"),
    "text: mountains, dawn": Kind("an eagle over the mountains at dawn"),
    "text: reef": Kind("a fish and a turtle underwater"),
    "water: sea": Kind("a whale in the sea at sunset and a sailboat"),
    "water: lake": Kind("a swan on a lake"),
    "first frame": Kind("slow zoom in", "first_frame", ("forest",)),
    "first and last frame, alike": Kind("the fox", "first_last_frame", ("forest", "forest moved")),
    "first and last frame, unlike": Kind("from the forest to the sea", "first_last_frame", ("forest", "sea")),
    "reference": Kind("@img1 and @img2 in a city at night", "reference", ("balloon", "sea")),
    "1080P: village": Kind("a dog in a village at dusk", size=(1920, 1080)),
    "1080P: sea": Kind("a sailboat on the sea", size=(1920, 1080)),
    "1080P: first frame": Kind("slow zoom in", "first_frame", ("forest",), (1920, 1080)),
}
Costs = dict[str, float]


def measure(rounds: int) -> list[Row]:
    """Render each video, draw its frames alone, and encode them alone, each in a new child process, in turn."""
    created: dict[str, list[Costs]] = {name: [] for name in FILMS}
    with tempfile.TemporaryDirectory(prefix="grok-video-bench-") as folder:
        _in_child("pictures", "", folder)
        for _ in range(rounds):
            for name, costs in created.items():
                whole, parts = _in_child("film", name, folder), _in_child("parts", name, folder)
                bare = _in_child("encode", name, folder)
                if whole["bytes"] != bare["bytes"]:
                    raise RuntimeError(f"{name}: the film and its encode alone are not the same file")
                costs.append({**parts, **bare, **whole})
        sizes = [_in_child("size", f"{kind}:{seconds}", folder) for kind in ("P720", "P1080") for seconds in (6, 12)]
    return [*_against_encode(created), *_shares(created), *_sizes(sizes)]


def _against_encode(created: dict[str, list[Costs]]) -> list[Row]:
    shares = {
        name: ratios([cost["encode"] for cost in costs], [cost["film"] for cost in costs])
        for name, costs in created.items()
    }
    rows = [Row(f"encode / film: {name}", values, target=EACH, at_least=True) for name, values in shares.items()]
    middles = [median(values) for values in shares.values()]
    worst = [max(1 / value for value in values) for values in shares.values()]
    return [
        *rows,
        Row("encode / film: median of all", [median(middles)], target=MEDIAN, at_least=True),
        Row("film / encode: the worst round of all", [max(worst)], target=FILM),
    ]


def _shares(created: dict[str, list[Costs]]) -> list[Row]:
    rows: list[Row] = []
    for part, target in (("painting", PAINTING), ("drawing", None), ("sound", None)):
        for name, costs in created.items():
            values = ratios([cost[part] for cost in costs], [cost["encode"] for cost in costs])
            rows.append(Row(f"{part} / encode: {name}", values, target=target))
    for part in ("film", "encode"):
        rows += [Row(f"{part}: {name}", [cost[part] for cost in costs], "CPU s") for name, costs in created.items()]
    return rows


def _sizes(sizes: list[Costs]) -> list[Row]:
    small, small_long, large, large_long = sizes
    return [
        Row("6 s of 720P", [small["wall"]], "s", target=SHORT_SECONDS),
        Row("CPU of 12 s / of 6 s: 720P", [small_long["film"] / small["film"]]),
        Row("CPU of 12 s / of 6 s: 1080P", [large_long["film"] / large["film"]]),
        Row("peak memory: 720P", [small["memory"]], "MB"),
        Row("peak memory: 1080P", [large["memory"]], "MB", target=MEMORY_MB),
        Row("peak memory of 12 s / of 6 s: 1080P", [large_long["memory"] / large["memory"]]),
    ]


def _in_child(kind: str, name: str, folder: str) -> Costs:
    command = [sys.executable, "-m", "bench.render", kind, name, folder]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=300).stdout)


def _timed(costs: Costs, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function: its process CPU time, x264's threads included, is added to a name's."""

    def call(*args: Any, **more: Any) -> Any:
        began = time.process_time()
        try:
            return function(*args, **more)
        finally:
            costs[name] = costs.get(name, 0.0) + time.process_time() - began

    return call


class _Keeper:
    """Replaces Mp4Writer, as class and as writer, and stores in a file what was to be encoded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._frames = (folder / "frames").open("wb")
        self._sound: list[Any] = []

    def __call__(self, *args: Any, **settings: Any) -> _Keeper:
        self._settings = (args, settings)
        return self

    def __enter__(self) -> _Keeper:
        return self

    def __exit__(self, *_error: object) -> None:
        self._frames.close()
        (self._folder / "rest").write_bytes(pickle.dumps((*self._settings, self._sound)))

    def frame(self, i420: Any) -> None:
        self._frames.write(i420.data)

    def sound(self, samples: Any) -> None:
        self._sound.append(samples)


def _child(kind: str, name: str, folder: Path) -> Costs:
    if kind == "pictures":
        _draw_pictures(folder)
        return {}
    if kind == "encode":
        return _encode(folder)
    costs: Costs = {}
    plan_film = import_module("grok_video.backends.animatic.plan").plan_film
    made_by: Any = import_module("grok_video.backends.animatic.film")
    output = folder / "film.mp4"
    seconds, asked = SECONDS, FILMS.get(name)
    if kind == "size":
        size, _, length = name.partition(":")
        seconds = int(length)
        asked = Kind("a cat dancing on the beach, a sailboat", size=(1280, 720) if size == "P720" else (1920, 1080))
    assert asked is not None
    film, _ = plan_film(_job(asked, folder, output, seconds))
    if kind in ("film", "size"):
        began = time.perf_counter()
        _timed(costs, "film", made_by.make_film)(int, film)
        costs["wall"] = time.perf_counter() - began
        costs["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {**costs, "bytes": output.stat().st_size}
    keeper = _Keeper(folder)
    keeper.frame = _timed(costs, "keeping", keeper.frame)
    made_by.Mp4Writer = keeper
    made_by.samples_of = _timed(costs, "sound", made_by.samples_of)
    for part in ("Stage", "Still", "Morph", "figure_of"):
        setattr(made_by, part, _timed(costs, "painting", getattr(made_by, part)))
    _timed(costs, "drawing", made_by.make_film)(int, film)
    costs["drawing"] -= costs["painting"] + costs["sound"] + costs["keeping"]
    return costs


def _encode(folder: Path) -> Costs:
    """Encode what was stored, and nothing else: everything is in memory before the clock starts."""
    import numpy as np

    made_by: Any = import_module("grok_video.backends.animatic.film")
    args, settings, sound = pickle.loads((folder / "rest").read_bytes())
    width, height = args[1:3]
    frames = np.fromfile(folder / "frames", np.uint8).reshape(-1, height * 3 // 2, width)
    costs: Costs = {}

    def encode() -> None:
        with made_by.Mp4Writer(*args, **settings) as file:
            parts = iter(sound)
            for number, frame in enumerate(frames, start=1):
                file.frame(frame)
                if number % made_by.FPS == 0:
                    file.sound(next(parts))
            for part in parts:
                file.sound(part)

    _timed(costs, "encode", encode)()
    return {**costs, "bytes": Path(args[0]).stat().st_size}


def _draw_pictures(folder: Path) -> None:
    import cv2
    import numpy as np

    stage: Any = import_module("grok_video.backends.animatic.stage").Stage
    scene: Any = import_module("grok_video.backends.animatic.scene")
    reading: Any = import_module("grok_video.backends.animatic.language.reading")
    for name, prompt in (("forest", "a fox in a snowy forest"), ("sea", "a sailboat on the sea at sunset")):
        drawn = stage(scene.new_scene(reading.read_prompt(prompt, 7), 7), 1920, 1080).draw(24)
        bgr = cv2.cvtColor(drawn.buffer, cv2.COLOR_YUV2BGR_I420)
        cv2.imwrite(str(folder / f"{name}.png"), bgr)
        turned = cv2.getRotationMatrix2D((960, 540), 2, 1.15)
        moved = cv2.warpAffine(bgr, turned, (1920, 1080), borderMode=cv2.BORDER_REFLECT)
        cv2.imwrite(str(folder / f"{name} moved.png"), moved)
    balloon = np.full((600, 400, 3), (120, 190, 90), np.uint8)
    cv2.ellipse(balloon, (200, 250), (120, 160), 0, 0, 360, (40, 30, 220), -1, cv2.LINE_AA)
    cv2.imwrite(str(folder / "balloon.png"), balloon)


def _job(kind: Kind, folder: Path, output: Path, seconds: int) -> Any:
    from grok_video.domain.request import FPS, AspectRatio, Format, Mode, Operation, Resolution
    from grok_video.domain.task import Task
    from grok_video.ports import Job

    now = time.time()
    width, height = kind.size
    task = Task(
        id=UUID(int=1), owner="operator", format=Format.OPENAI, operation=Operation.CREATE, mode=Mode(kind.mode),
        model="grok-video-3", prompt=kind.prompt, aspect_ratio=AspectRatio.R16_9, resolution=Resolution.P720,
        width=width, height=height, seconds=seconds, frames=seconds * FPS, seed=7, backend="animatic",
        created_at=now, updated_at=now,
    )  # fmt: skip
    return Job(task, output, tuple(folder / f"{name}.png" for name in kind.pictures))


if __name__ == "__main__":
    print(json.dumps(_child(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
