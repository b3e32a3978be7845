"""What the pipeline of MiniMax H3 in the imitated vLLM-Omni makes of a request, in the order of its own checks.

The rules are those of model_executor/models/minimax_h3: encoder_processing.py (`prepare_encoder_inputs`),
preprocessing.py, reference_video.py and long_video.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from .engine_videos import Scene
from .vllm_omni_errors import Failed
from .vllm_omni_form import Order
from .vllm_omni_h3_media import FPS, check_audios, check_videos, edited, read_masks
from .vllm_omni_media import first_frames

SHORT = 768
MOST_PIXELS = 768 * 1344
RATIOS = {"21:9": 21 / 9, "16:9": 16 / 9, "4:3": 4 / 3, "1:1": 1.0, "3:4": 3 / 4, "9:16": 9 / 16}
# pipeline_minimax_h3.py:1283 (_resolve_task)
TASKS = {"combined": ("fl2va", "ref2va", "t2va"), "fl2va": ("fl2va", "t2va"), "ref2va": ("ref2va",)}
DEFAULT_FRAMES = {"t2va": 209, "fl2va": 209, "ref2va": 124}


def plan_h3(order: Order, partition: str) -> Scene:
    """Return what MiniMax H3 makes, or raise Failed."""
    task = _task(order, partition)
    mode = order.extra.get("audio_mode", "native")
    if mode not in ("native", "lock_source"):
        raise Failed("MiniMax H3 audio_mode must be native or lock_source")
    locked = mode == "lock_source"
    if locked and len(order.audios) != 1:
        raise Failed("MiniMax H3 lock_source requires exactly one driving audio")
    _check_inputs(task, order, locked)
    width, height, frames = _shape(task, order)
    masks = read_masks(order, width, height, frames)
    _check_long(task, order, bool(masks))
    numbers = _keyframes(order) if task == "fl2va" else []
    if task == "ref2va":
        for image in order.images:
            _check_image(image)
        check_videos(order, frames)
    if not locked:
        check_audios(order.audios)
    scene = Scene(order.prompt, width, height, frames, order.fps, sound=True)
    images = [np.asarray(image) for image in order.images]
    if masks.get("video_noise_mask") is not None:
        return edited(scene, order, masks["video_noise_mask"])
    if task == "fl2va":
        return replace(scene, keyframes=dict(zip(numbers, images, strict=True)))
    return replace(scene, references=[*images, *(first_frames(video.data, 1)[0] for video in order.videos)])


def _task(order: Order, partition: str) -> str:
    requested = order.extra.get("task")
    if requested is None:
        heard = order.audios and order.extra.get("audio_mode", "native") != "lock_source"
        referring = partition == "ref2va" or order.videos or heard
        requested = "ref2va" if referring else "fl2va" if order.images else "t2va"
    task = str(requested).lower()
    if task not in TASKS[partition]:
        raise Failed(f"checkpoint partition {partition!r} supports {list(TASKS[partition])}, got task={task!r}")
    return task


def _check_inputs(task: str, order: Order, locked: bool) -> None:
    # An uploaded video that came as input_reference has lost its file: every frame counts as a video.
    videos = len(order.videos) if order.separate is None else order.separate
    heard = bool(order.audios) and not locked
    if task == "t2va" and (order.images or videos or heard):
        raise Failed("t2va does not accept image, video, or audio conditions")
    if task == "fl2va":
        if not order.images or videos or heard:
            raise Failed("fl2va requires image conditions only")
        if len(order.images) > 2:
            raise Failed("fl2va accepts at most first and last images")
        for image in order.images:
            _check_image(image)
    if task == "ref2va":
        _check_counts(len(order.images), videos, len(order.audios))


def _check_counts(images: int, videos: int, audios: int) -> None:
    if images + videos == 0:
        raise Failed("ref2va requires at least one image or video reference")
    for count, most, kind in ((images, 9, "image"), (videos, 3, "video"), (audios, 3, "standalone audio")):
        if count > most:
            raise Failed(f"ref2va accepts at most {most} {kind} references")
    if images + videos + audios > 12:
        raise Failed("ref2va accepts at most 12 total references")


def _check_image(image: Image.Image) -> None:
    size = f"{image.width}x{image.height}"
    if not 0.4 <= image.width / image.height <= 2.5:
        raise Failed(f"reference image aspect ratio must be in [0.4, 2.5], got {size}")
    if min(image.size) < 256 or max(image.size) > 5760:
        raise Failed(f"reference image dimensions must be in [256, 5760] pixels, got {size}")


def _shape(task: str, order: Order) -> tuple[int, int, int]:
    """Return width, height and the number of frames."""
    # encoder_processing.py:145 (resolve_minimax_h3_shape)
    if int(order.fps) != FPS:
        raise Failed(f"MiniMax H3 output fps is fixed at {FPS}")
    extra = order.extra
    target = extra.get("target")
    if target is not None and not isinstance(target, dict):
        raise Failed("MiniMax H3 extra_args['target'] must be an object")
    frames = _aligned(_requested_frames(task, order, target or {}))
    named = extra.get("aspect_ratio", order.values.get("aspect_ratio"))
    ratio = _ratio(task, (target or {}).get("aspect_ratio", named), order)
    short = (target or {}).get("short_edge", extra.get("short_edge", order.values.get("short_edge", SHORT)))
    if isinstance(short, bool) or not isinstance(short, int) or (order.size is None and short != SHORT):
        raise Failed(f"MiniMax H3 target.short_edge must be {SHORT}, got {short!r}")
    width, height = order.size or canvas(ratio)
    width, height = width // 32 * 32, height // 32 * 32
    if min(width, height) <= 0:
        raise Failed(f"invalid MiniMax H3 canvas {width}x{height}")
    if width > 4 * height or height > 4 * width:
        raise Failed("MiniMax H3 canvas aspect ratio must be in [1:4, 4:1]")
    return width, height, frames


def _requested_frames(task: str, order: Order, target: Mapping[str, Any]) -> int:
    most = _most_seconds(task, order)
    limits = f"in [4, {most:g}] seconds"
    plain = order.extra.get("duration", float(order.values["seconds"]) if "seconds" in order.values else None)
    duration = target.get("duration_seconds", order.extra.get("duration_seconds", plain))
    if duration is None:
        frames = order.frames or 1
        frames = frames if frames > 1 else DEFAULT_FRAMES[task]
    else:
        seconds = _number(duration)
        if seconds is None or not 4 <= seconds <= most:
            shown = repr(duration) if seconds is None else seconds
            raise Failed(f"MiniMax H3 output duration must be {limits}, got {shown}")
        frames = round(seconds * FPS)
    if not 4 <= frames / FPS <= most:
        raise Failed(f"MiniMax H3 output duration must be {limits}, got {frames / FPS:.3f}")
    return frames


def _most_seconds(task: str, order: Order) -> float:
    # long_video.py:14-30
    long = order.extra.get("long_video", False)
    if not isinstance(long, bool):
        raise Failed("MiniMax H3 long_video must be a boolean")
    mode = _long_mode(task, order)
    return {"continuation": 300.0, "full": 30.0}[mode] if long else 15.0


def _long_mode(task: str, order: Order) -> str:
    long = order.extra.get("long_video", False)
    mode = order.extra.get("long_video_mode", "continuation" if long and task == "ref2va" else "full")
    if mode not in ("full", "continuation"):
        raise Failed("MiniMax H3 long_video_mode must be full or continuation")
    if mode == "continuation" and task != "ref2va":
        raise Failed("MiniMax H3 continuation requires Ref2VA request execution (not step execution)")
    return mode


def _check_long(task: str, order: Order, edited: bool) -> None:
    # continuation.py:53 (resolve_continuation)
    if _long_mode(task, order) == "full":
        return
    if edited:
        raise Failed("MiniMax H3 continuation does not support latent-mask editing; use long_video_mode=full")
    window = order.extra.get("continuation_window_frames", 277)
    overlap = order.extra.get("continuation_overlap_frames", 22)
    for name, value in (("window", window), ("overlap", overlap)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 5 or value % 17 != 5:
            raise Failed(f"MiniMax H3 continuation {name} must be an integer on the 17n+5 frame grid")
    if not 107 <= window <= 345 or overlap >= window:
        raise Failed("MiniMax H3 continuation window must be 107..345 frames and exceed its overlap")


def _aligned(frames: int) -> int:
    # time_request.py:10: up to the next 17n + 5
    return frames + (5 - frames) % 17


def _ratio(task: str, value: Any, order: Order) -> float:
    # preprocessing.py:94 (resolve_minimax_h3_aspect_ratio)
    if task == "fl2va":
        return order.images[0].width / order.images[0].height
    word = value.strip().lower() if isinstance(value, str) else value
    if word in (None, "adaptive", "auto"):
        if task == "t2va":
            named = "named aspect_ratio, not adaptive" if word else "aspect_ratio"
            raise Failed(f"t2va requires an explicit {named}")
        return RATIOS["16:9"]
    if isinstance(word, bool) or not isinstance(word, str | int | float):
        raise Failed(f"MiniMax H3 aspect_ratio must be a string ratio, got {value!r}")
    if word in RATIOS:
        return RATIOS[word]
    number = _number(word)
    if number is None or not any(math.isclose(number, ratio, rel_tol=0, abs_tol=1e-6) for ratio in RATIOS.values()):
        raise Failed(f"MiniMax H3 aspect_ratio must be one of {', '.join(RATIOS)}, got {value!r}")
    return number


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def canvas(ratio: float) -> tuple[int, int]:
    """Return width and height for a ratio: a short edge of 768, at most 768 x 1344 pixels, multiples of 32."""
    # preprocessing.py:152 (resolve_minimax_h3_output_canvas)
    width, height = (SHORT * ratio, float(SHORT)) if ratio >= 1 else (float(SHORT), SHORT / ratio)
    if width * height > MOST_PIXELS:
        scale = (MOST_PIXELS / (width * height)) ** 0.5
        width, height = width * scale, height * scale
    return max(32, round(width / 32) * 32), max(32, round(height / 32) * 32)


def _keyframes(order: Order) -> list[int]:
    # encoder_processing.py:110 (_resolve_fl2va_keyframe_indices)
    target = order.extra.get("target") or {}
    raw = order.extra.get("frame_indices", order.extra.get("frame_index"))
    if raw is None:
        raw = target.get("frame_indices", target.get("frame_index"))
    numbers = [0, -1][: len(order.images)] if raw is None else raw
    if isinstance(numbers, int) and not isinstance(numbers, bool):
        numbers = [numbers]
    if not isinstance(numbers, list):
        raise Failed("frame_indices must be an integer or a list of integers")
    if not numbers:
        raise Failed("frame_indices must not be empty")
    if any(isinstance(number, bool) or not isinstance(number, int) for number in numbers):
        raise Failed("frame_indices must contain only integers")
    if len(numbers) != len(order.images):
        raise Failed(
            f"MiniMax H3 FL2VA requires one frame index per image: got {numbers!r} for {len(order.images)} image(s)"
        )
    if numbers not in ([0], [-1], [0, -1]):
        raise Failed("MiniMax H3 FL2VA frame_indices must be [0], [-1], or [0, -1]")
    return numbers
