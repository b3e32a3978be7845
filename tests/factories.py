"""Values that several suites need: tasks, images, clips."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

import numpy as np
from PIL import Image

from grok_video.domain.request import AspectRatio, Format, Mode, Operation, Resolution
from grok_video.domain.task import Task


def new_task(owner: str = "operator", **fields: Any) -> Task:
    """A planned task of one second of 1280x720 on the fake backend; any field may be given."""
    now = time.time()
    task = Task(
        id=uuid4(), owner=owner, format=Format.OPENAI, operation=Operation.CREATE, mode=Mode.TEXT,
        model="grok-video-3", prompt="a cat", aspect_ratio=AspectRatio.R16_9, resolution=Resolution.P720,
        width=1280, height=720, seconds=1, frames=24, seed=7, backend="fake", created_at=now, updated_at=now,
    )  # fmt: skip
    return replace(task, **fields)


def image_bytes(width: int = 160, height: int = 90, *, seed: int = 1, kind: str = "PNG", **options: Any) -> bytes:
    """An encoded image with large soft shapes."""
    generator = np.random.default_rng(seed)
    small = generator.integers(0, 255, (5, 8, 3), dtype=np.uint8)
    image = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()
