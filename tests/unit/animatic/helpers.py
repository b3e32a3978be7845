"""What several tests of videos need: tasks, plans, images, distances."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from grok_video.backends.animatic.film import _frames
from grok_video.backends.animatic.plan import Film, plan_film
from grok_video.backends.animatic.scene import Scene, Shot
from grok_video.domain.request import Operation
from grok_video.domain.task import Task
from grok_video.ports import Job
from tests.factories import new_task

WIDTH, HEIGHT, FPS = 320, 180, 24
PROMPT = "a running dog and a cat with headphones on the beach at sunset"

Picture = NDArray[np.uint8]


def task(prompt: str = PROMPT, **fields: Any) -> Task:
    return new_task(**{"prompt": prompt, "width": WIDTH, "height": HEIGHT, "frames": 30, **fields})


def planned(folder: Path, example: Task, **more: Any) -> tuple[Film, dict[str, Any]]:
    return plan_film(Job(example, folder / f"{example.id}.mp4", **more))


def with_facts(example: Task, facts: dict[str, Any]) -> Task:
    """The task as it is read back later: its facts went through JSON."""
    return replace(example, facts=json.loads(json.dumps(facts)))


def picture(folder: Path, seed: int = 1, size: tuple[int, int] = (400, 300)) -> Path:
    """A stored image with soft shapes."""
    small = np.random.default_rng(seed).integers(20, 235, (6, 8, 3), dtype=np.uint8)
    path = folder / f"picture{seed}.png"
    Image.fromarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)).save(path)
    return path


def first_scene(example: Task) -> Scene:
    """The scene that a finished task begins with."""
    return Shot.from_json(example.facts["scene"]["shots"][0]).scene


def drawn(film: Film) -> list[Picture]:
    """The frames of a video before they are encoded."""
    return [frame.buffer.copy() for frame in _frames(film)]


def distance(first: Picture, second: Picture) -> float:
    return float(cv2.absdiff(first, second).mean())


def psnr(first: Picture, second: Picture) -> float:
    return float(cv2.PSNR(first, second))


def extension(folder: Path, of: Task | None, cut: int, prompt: str = PROMPT, **more: Any) -> tuple[Film, Task]:
    """Plan an extension by one second, and return the task with its facts."""
    example = task(prompt, operation=Operation.EXTEND, start_frame=cut, frames=cut + FPS, seed=77, **more)
    film, facts = planned(folder, example, source=folder / "source.mp4", source_task=of)
    return film, with_facts(example, facts)
