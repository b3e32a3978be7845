"""The video that SGLang makes of a request of MiniMax-H3: size, length, keyframes, references, and failures."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .engine_videos import Scene
from .sglang_h3_checks import (
    FPS,
    SECONDS,
    check_keyframes,
    check_shares,
    check_sources,
    read_conditions,
    read_target,
)
from .sglang_media import Media, cut, material
from .sglang_models import H3_TASKS, Model, Size, cover

MOST_PIXELS = 768 * 1344


@dataclass(frozen=True)
class Plan:
    """The video of a request, why the worker refuses it, if it does, and what is wrong with the prompt."""

    scene: Scene
    failure: str | None
    remarks: Sequence[str] = ()


def h3_plan(given: Mapping[str, Any], model: Model) -> Plan:
    """Return the video of a request, or raise ValueError; OSError and NotImplementedError make SGLang answer 500.

    See configs/sample/minimax_h3.py:299-341, minimax_h3/request_validation.py:268-368, minimax_h3/prequeue.py:241.
    """
    check_shares(given)
    task = given["task"]
    if not given["prompt"]:
        raise ValueError("prompt must be a non-empty string")
    target = read_target(given["target"], task)
    frames = None if target["seconds"] is None else aligned(round(target["seconds"] * FPS))
    conditions = read_conditions(given["conditions"], task, frames)
    check_keyframes(conditions, task)
    if frames is None:
        check_sources(conditions, task)
    materials = [material(condition["uri"], condition["type"]) for condition in conditions]
    _check_starts(conditions, materials)
    size = _canvas(target, task, conditions, materials)
    if frames is None:
        frames = _frames_of_sound(conditions, materials)
    _check_references(conditions, materials, size)
    scene = _scene(given["prompt"], size, frames, conditions, materials)
    return Plan(scene, _failure(given, task, model), _wrong_tags(given["prompt"], task, conditions, materials))


def aligned(frames: int) -> int:
    """Return the next number of frames of the form 17n+5; minimax_h3/time_request.py:5-10."""
    return frames + (5 - frames) % 17


def canvas(width: float, height: float, short_edge: int) -> Size:
    """Return the size for a ratio; minimax_h3/resolved_plan.py:114-182."""
    ratio = width / height
    if not 1 / 4 <= ratio <= 4:
        bounds = "adapt_shape_v1 ratio must be within the inclusive range 1:4 to 4:1"
        raise ValueError(f"{bounds}, got {width:g}:{height:g}")
    across, down = (short_edge * ratio, short_edge) if ratio >= 1 else (short_edge, short_edge / ratio)
    scale = min(1.0, math.sqrt(MOST_PIXELS / (across * down)))
    return _grid(across * scale), _grid(down * scale)


def _grid(length: float) -> int:
    return max(32, round(length / 32) * 32)


def _check_starts(conditions: Sequence[Mapping[str, Any]], materials: Sequence[Media]) -> None:
    """Check where references start; minimax_h3/prequeue.py:179-214."""
    for index, (condition, media) in enumerate(zip(conditions, materials, strict=True)):
        start = condition.get("start_time_seconds") or 0
        for name, seconds in (("video", media.video_seconds), ("soundtrack", media.audio_seconds)):
            if start and seconds and start >= seconds:
                least = f"must be less than the {name} duration {seconds:g}, got {start:g}"
                raise ValueError(f"conditions[{index}].start_time_seconds {least}")


def _canvas(
    target: Mapping[str, Any], task: str, conditions: Sequence[Mapping[str, Any]], materials: Sequence[Media]
) -> Size:
    """Return the size of the video; minimax_h3/resolved_plan.py:227-255 and prequeue.py:71-124."""
    ratio = target["ratio"]
    if ratio == "auto" and task == "fl2va":
        ordered = sorted(range(len(conditions)), key=lambda index: conditions[index]["frame_index"] == -1)
        return canvas(materials[ordered[0]].width, materials[ordered[0]].height, target["edge"])
    parts = ("16:9" if ratio == "auto" else ratio).split(":")
    if len(parts) != 2:
        raise ValueError(f"target.aspect_ratio must be 'W:H' or 'auto', got {ratio!r}")
    try:
        across, down = (int(part) for part in parts)
    except ValueError:
        raise ValueError(f"target.aspect_ratio must be integer 'W:H', got {ratio!r}") from None
    if across <= 0 or down <= 0:
        raise ValueError(f"target.aspect_ratio components must be positive, got {ratio!r}")
    return canvas(across, down, target["edge"])


def _frames_of_sound(conditions: Sequence[Mapping[str, Any]], materials: Sequence[Media]) -> int:
    """Return as many frames as the one soundtrack is long; minimax_h3/prequeue.py:127-176."""
    heard = [
        media.audio_seconds - (condition.get("start_time_seconds") or 0)
        for condition, media in zip(conditions, materials, strict=True)
        if condition["type"] != "image" and media.audio_seconds
    ]
    if len(heard) != 1:
        needed = "exactly one probed condition with an audio stream"
        raise ValueError(f"audio-derived target duration requires {needed}, got {len(heard)}")
    if not SECONDS[0] <= heard[0] <= SECONDS[1]:
        raise ValueError(f"audio reference duration must be in [4, 15] seconds, got {heard[0]:g}")
    return aligned(round(heard[0] * FPS))


def _check_references(conditions: Sequence[Mapping[str, Any]], materials: Sequence[Media], size: Size) -> None:
    """Check the ratios of references; minimax_h3/prequeue.py:270-328 and reference_encoding.py:173-177."""
    for condition, media in zip(conditions, materials, strict=True):
        if condition["role"] != "reference" or condition["type"] == "audio":
            continue
        if condition["type"] != "image":
            canvas(media.width, media.height, 768)
        elif not 1 / 4 <= media.width / media.height <= 4:
            bounds = "reference image ratio must be within the inclusive range 1:4 to 4:1"
            raise ValueError(f"{bounds}, got {media.width:g}x{media.height:g}")


def _scene(
    prompt: str, size: Size, frames: int, conditions: Sequence[Mapping[str, Any]], materials: Sequence[Media]
) -> Scene:
    """Return the video: the first keyframe is stretched, the second cut to the ratio; minimax_h3/canvas.py:205-230."""
    keyframes: dict[int, np.ndarray] = {}
    references: list[np.ndarray] = []
    source = None
    for condition, media in zip(conditions, materials, strict=True):
        if media.image is not None and condition["role"] == "keyframe":
            keyframes[condition["frame_index"]] = cover(media.image, size) if keyframes else media.image
        elif media.image is not None:
            references.append(media.image)
        elif condition["type"] != "audio" and source is None:
            source = cut(media.data, condition.get("start_time_seconds") or 0, frames)
    return Scene(prompt, size[0], size[1], frames, FPS, True, keyframes, tuple(references), source)


def _wrong_tags(
    prompt: str, task: str, conditions: Sequence[Mapping[str, Any]], materials: Sequence[Media]
) -> list[str]:
    """Return the tags of a prompt that name no condition.

    SGLang puts "<Picture 1>: " and so on before the prompt: minimax_h3/presentation.py:116-131 and 261-302, and
    minimax_h3/stages/text_encoding.py:431-474 for what is counted.
    """
    pairs = list(zip(conditions, materials, strict=True))
    shown = [condition for condition in conditions if task == "fl2va" or condition["role"] == "reference"]
    counts = {
        "Picture": sum(condition["type"] == "image" for condition in shown),
        "Video": sum(condition["type"] in ("video", "video_audio") for condition in shown),
        "Audio": sum(condition["type"] != "image" and media.audio_seconds > 0 for condition, media in pairs),
    }
    found = re.findall(r"<(Picture|Video|Audio) (\d+)>", prompt)
    wrong = [f"<{name} {number}>" for name, number in found if not 1 <= int(number) <= counts[name]]
    wrong += re.findall(r"(?i)@(?:image|video|audio)\s?\d+|<(?:image|video|audio)_\d+>", prompt)
    return [f"the prompt names {tag}, which is no condition" for tag in wrong]


def _failure(given: Mapping[str, Any], task: str, model: Model) -> str | None:
    """Return why the worker refuses a request; minimax_h3/release_metadata.py:161-176 and 184-263."""
    tasks = list(H3_TASKS[model.kind])
    if task not in tasks:
        partition = model.kind.removeprefix("h3-")
        served = f"is not served by MiniMax H3 partition {partition!r}; supported tasks: {tasks!r}"
        return f"task {task!r} {served}"
    if given["quality"] == "high":
        deployment = "the strict 4xH200 fl2va deployment; mismatches: {'num_gpus': {'expected': 4, 'actual': 1}}"
        return f'MiniMax-H3 quality="high" is validated only for {deployment}'
    return None
