"""The checks that SGLang makes of a request of MiniMax-H3 before it looks at any file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

FPS = 24
SECONDS = (4.0, 15.0)
RATIOS = ["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"]
TASKS = ("fl2va", "ref2va", "t2va")
QUALITIES = ["exact", "lossless", "high"]
RESIZE_MODES = ("match", "max", "diffusers")
BIGGEST_SEED = (1 << 63) - 1
CONDITION_KEYS = {"type", "uri", "role", "frame_index", "start_time_seconds"}
TARGET_KEYS = {"short_edge", "aspect_ratio", "duration_seconds"}
KEYFRAMES = ((0,), (-1,), (0, -1))
# minimax_h3/task_profiles.py:148-242
ALLOWED = {
    "t2va": set[tuple[str, str]](),
    "fl2va": {("keyframe", "image")},
    "ref2va": {("keyframe", "image")} | {("reference", kind) for kind in ("image", "video", "video_audio", "audio")},
}
DISTILLED = "MiniMax H3 serves only the CFG-distilled single-positive-branch checkpoint"


def lower_h3(request: Any, given: dict[str, Any]) -> None:
    """Check what only the video API of H3 checks, and read its fields; minimax_h3/video_adapter.py:161-232."""
    extras = dict(request.model_extra or {})
    _check_task_name(extras.get("task"))
    given["audio_flow_shift"] = _positive(extras.get("audio_flow_shift"), "audio_flow_shift")
    if extras.get("audio_guidance_scale") is not None:
        raise ValueError(f"audio_guidance_scale is not supported: {DISTILLED}")
    if (mode := extras.get("output_mode")) not in (None, "decoded_files"):
        raise ValueError(f"MiniMax H3 SGLang backend only supports output_mode='decoded_files', got {mode!r}")
    _refuse_postprocessing(given)
    for name in ("num_frames", "fps"):
        if getattr(request, name) is not None:
            derived = "MiniMax H3 derives the temporal shape from target.duration_seconds"
            raise ValueError(f"{name} is not supported: {derived}")
    for name in ("guidance_scale", "guidance_scale_2", "true_cfg_scale", "negative_prompt"):
        if given[name] is not None:
            raise ValueError(f"{name} is not supported: {DISTILLED}")
    if (quality := extras.get("quality")) is not None and quality not in QUALITIES:
        raise ValueError(f"quality must be one of {QUALITIES}, got {quality!r}")
    for name in ("task", "conditions", "target"):
        given[name] = _decoded(extras.get(name))
    given["num_frames"], given["fps"] = 1, FPS
    target = given["target"]
    given["ignored_of_target"] = set(target) - TARGET_KEYS if isinstance(target, Mapping) else set()


def check_sampling(given: Mapping[str, Any]) -> None:
    """Check single values; configs/sample/minimax_h3.py:213-297."""
    for name in ("flow_shift", "audio_flow_shift"):
        if (value := given[name]) is not None and not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be a positive finite number")
    if given["enable_teacache"]:
        contract = "its packed video/audio denoise loop has no lossless TeaCache contract"
        raise ValueError(f"MiniMax H3 does not support enable_teacache: {contract}")
    seed = given["seed"]
    for each in seed if isinstance(seed, list) else [seed]:
        if each > BIGGEST_SEED:
            raise ValueError(f"MiniMax H3 seed must not exceed the signed int64 maximum, got {each}")
    if isinstance(seed, int) and seed + given["num_outputs_per_prompt"] - 1 > BIGGEST_SEED:
        raise ValueError("MiniMax H3 scalar seed plus output index must fit the signed int64 upper bound")
    mode = str(given["reference_resize_mode"] or "diffusers").strip().lower()
    if mode not in RESIZE_MODES:
        modes = "{'match', 'max', 'diffusers'}"
        raise ValueError(f"reference_resize_mode must be one of {modes}, got {mode!r}")


def check_shares(given: Mapping[str, Any]) -> None:
    """Check the values from 0 to 1; configs/sample/minimax_h3.py:18-26 and 300-307."""
    for name in ("imgvid_cond_noise_aug_for_inference", "audio_cond_noise_aug_for_inference"):
        value = _decoded(given[name])
        if value is not None and not _is_number(value):
            raise ValueError(f"{name} must be a number")
        if value is not None and not 0 <= value <= 1:
            raise ValueError(f"{name} must be in [0, 1]")


def read_target(target: Any, task: str) -> dict[str, Any]:
    """Check the target; minimax_h3/request_validation.py:70-128."""
    if not isinstance(target, Mapping):
        raise ValueError("target is required and must be an object")
    edge = _integer(target.get("short_edge"), "target.short_edge")
    if edge <= 0:
        raise ValueError(f"target.short_edge must be positive, got {edge}")
    ratio = _text(target.get("aspect_ratio"), "target.aspect_ratio")
    if task != "fl2va" and ratio != "auto" and ratio not in RATIOS:
        allowed = f"must be 'auto' or one of {RATIOS!r}, got {ratio!r}"
        raise ValueError(f"target.aspect_ratio for task {task!r} {allowed}")
    seconds = target.get("duration_seconds")
    if seconds is None:
        if task != "ref2va":
            raise ValueError("target.duration_seconds is required")
    elif not _is_number(seconds):
        raise ValueError("target.duration_seconds must be a number")
    elif seconds <= 0:
        raise ValueError("target.duration_seconds must be positive")
    elif not SECONDS[0] <= seconds <= SECONDS[1]:
        raise ValueError(f"target.duration_seconds must be in [4, 15], got {seconds}")
    return {"edge": edge, "ratio": ratio, "seconds": seconds}


def read_conditions(conditions: Any, task: str, frames: int | None) -> list[Mapping[str, Any]]:
    """Check the conditions; minimax_h3/request_validation.py:131-238."""
    conditions = [] if conditions is None else conditions
    if not isinstance(conditions, list):
        raise ValueError("conditions must be a list")
    if task == "t2va":
        if conditions:
            raise ValueError(f"conditions must be empty for task 't2va' (got {len(conditions)} entries)")
        return []
    if not conditions:
        raise ValueError(f"conditions requires at least one entry for task {task!r}")
    if task == "fl2va" and len(conditions) > 2:
        raise ValueError(f"conditions allows at most 2 entries for task 'fl2va', got {len(conditions)}")
    bound: dict[int, int] = {}
    for index, condition in enumerate(conditions):
        _check_condition(condition, f"conditions[{index}]", task)
        if condition["role"] == "keyframe":
            _bind(condition, index, frames, bound)
        _check_start(condition, f"conditions[{index}]")
    return conditions


def check_keyframes(conditions: Sequence[Mapping[str, Any]], task: str) -> None:
    """Check the order of keyframes; minimax_h3/request_validation.py:241-265."""
    numbers = tuple(condition["frame_index"] for condition in conditions if condition["role"] == "keyframe")
    if task == "t2va" or (task == "ref2va" and not numbers):
        return
    if numbers not in KEYFRAMES:
        allowed = "one or two ordered image/keyframe entries with frame_index [0], [-1], or [0, -1]"
        raise ValueError(f"conditions for task {task!r} must include {allowed}, got {list(numbers)!r}")
    if task == "ref2va" and len(numbers) == len(conditions):
        advice = "use task 'fl2va' for keyframe-only generation"
        raise ValueError(f"ref2va keyframes require at least one reference condition; {advice}")


def check_sources(conditions: Sequence[Mapping[str, Any]], task: str) -> None:
    """Check that the length can come from a soundtrack; minimax_h3/request_validation.py:325-342."""
    sources = [condition for condition in conditions if condition["type"] != "image"]
    if not sources:
        raise ValueError(
            "target.duration_seconds is required, or exactly one audio reference to derive duration from "
            f"(including video/video_audio soundtracks; task {task!r})"
        )
    if len(sources) > 1:
        raise ValueError("target.duration_seconds is required when multiple audio-bearing references are provided")


def _check_task_name(task: Any) -> None:
    supported = "supported tasks: fl2va, ref2va, t2va"
    if task is None:
        raise ValueError(f"task is required for MiniMax H3; {supported}")
    if not isinstance(task, str) or not task.strip():
        raise ValueError("task must be a non-empty string for MiniMax H3")
    if task not in TASKS:
        raise ValueError(f"unsupported MiniMax H3 task {task!r}; {supported}")


def _refuse_postprocessing(given: Mapping[str, Any]) -> None:
    for name, contract in (
        ("enable_frame_interpolation", "the accepted delivery contract is the canonical 24 fps output"),
        ("enable_upscaling", "the accepted delivery contract is the resolved target canvas"),
    ):
        if given[name]:
            raise ValueError(f"MiniMax H3 does not support {name}: {contract}")


def _check_condition(condition: Any, place: str, task: str) -> None:
    if not isinstance(condition, Mapping):
        raise ValueError(f"{place} must be an object")
    if unknown := set(condition) - CONDITION_KEYS:
        raise ValueError(f"{place} has unknown fields: {sorted(unknown)}")
    role = _text(condition.get("role"), f"{place}.role")
    if role not in ("keyframe", "reference"):
        raise ValueError(f"{place}.role must be keyframe or reference, got {role!r}")
    kind = _text(condition.get("type"), f"{place}.type")
    if (role, kind) not in ALLOWED[task]:
        raise ValueError(f"{place}: task {task!r} does not allow condition role={role!r} type={kind!r}")
    _text(condition.get("uri"), f"{place}.uri")


def _bind(condition: Mapping[str, Any], index: int, frames: int | None, bound: dict[int, int]) -> None:
    place = f"conditions[{index}].frame_index"
    number = _integer(condition.get("frame_index"), place)
    if frames is None:
        raise ValueError(f"{place} requires a resolved target duration")
    if not -1 <= number < frames:
        raise ValueError(f"{place} must be -1 or in [0, {frames}) after 17n+5 frame alignment, got {number}")
    number %= frames
    if number in bound:
        raise ValueError(f"{place} resolves to {number}, already bound by conditions[{bound[number]}]")
    bound[number] = index


def _check_start(condition: Mapping[str, Any], place: str) -> None:
    if condition["role"] != "keyframe" and condition.get("frame_index") is not None:
        raise ValueError(f"{place}.frame_index is not allowed for role={condition['role']!r}")
    start = condition.get("start_time_seconds")
    if start is None:
        return
    if not _is_number(start):
        raise ValueError(f"{place}.start_time_seconds must be a number")
    if not math.isfinite(start) or start < 0:
        raise ValueError(f"{place}.start_time_seconds must be a non-negative finite number")
    if condition["type"] not in ("video", "video_audio"):
        raise ValueError(f"{place}.start_time_seconds is only allowed for video or video_audio references")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{place} must be a non-empty string")
    return value


def _integer(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{place} must be an integer")
    return value


def _positive(value: Any, name: str) -> float | None:
    """Return a number that may be a text; minimax_h3/video_adapter.py:91-107."""
    value = _decoded(value)
    if value is None:
        return None
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or number <= 0:
        raise ValueError(f"{name} must be a positive finite float")
    return number


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
