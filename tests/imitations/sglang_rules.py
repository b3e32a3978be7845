"""What SGLang makes of a request: what it refuses at the POST, what fails in the worker, and the video."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .engine_videos import Scene
from .sglang_h3 import h3_plan
from .sglang_h3_checks import check_sampling, lower_h3
from .sglang_media import load_image, looks_like_video
from .sglang_models import (
    Failure,
    Model,
    Size,
    adjusted_frames,
    cover,
    decoded_frames,
    decoded_size,
    encoded_size,
    i2v_size,
    ti2v_size,
)
from .sglang_requests import CONTAINERS, FORM_EXTRAS, Inputs, Refusal, extra

TASKS = ["I2V", "T2V", "TI2V", "T2I", "I2I", "TI2I", "I2M", "VLA_ACTION", "V2V", "F2V"]
QUALITIES = ["exact", "lossless", "high", "extra-high"]
OUTPUT_QUALITIES = ["maximum", "high", "medium", "low", "default"]
PRESETS = "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo".split()
POSITIVE = ("width", "height", "num_frames", "num_inference_steps", "num_outputs_per_prompt")
NOT_NEGATIVE = ("guidance_scale", "guidance_scale_2", "true_cfg_scale")
# What the SamplingParams of every model have; runtime/entrypoints/openai/video_api.py:254-303.
PASSED = (
    "seed", "num_inference_steps", "guidance_scale", "guidance_scale_2", "true_cfg_scale", "negative_prompt",
    "flow_shift", "enable_teacache", "enable_frame_interpolation", "frame_interpolation_exp",
    "frame_interpolation_scale", "frame_interpolation_model_path", "enable_upscaling", "upscaling_model_path",
    "upscaling_scale", "output_compression", "x264_preset", "output_quality", "width", "height", "task_type",
)  # fmt: skip
DEFAULTS = {"frame_interpolation_exp": 1, "frame_interpolation_scale": 1.0, "upscaling_scale": 4, "seed": 42}


@dataclass(frozen=True)
class Order:
    """A request that was accepted: what the answer to the POST says, the video, and why the job fails, if it does."""

    scene: Scene
    model: str
    size: str
    seconds: str
    quality: str
    outputs: int
    steps: int
    failure: str | None = None


def read_order(request: Any, inputs: Inputs, model: Model) -> Order:
    """Return what becomes of a request, or raise `Refusal`; runtime/entrypoints/openai/video_api.py:738-803."""
    if request.enhance_prompt:
        raise Refusal("Prompt enhancement requires --prompt-enhancer-config")
    try:
        given = _given(request, model)
        if model.is_h3:
            lower_h3(request, given)
        _check(given, model)
        _note_ignored(request, given, inputs, model)
        return _h3_order(given, inputs, model) if model.is_h3 else _order(given, inputs, model)
    except (TypeError, ValueError) as error:
        raise Refusal(str(error)) from error


def _given(request: Any, model: Model) -> dict[str, Any]:
    """Collect what is passed on, with the defaults of the video API; video_api.py:240-303."""
    fps = 24 if request.fps is None else request.fps
    seconds = 4 if request.seconds is None else request.seconds
    given: dict[str, Any] = {name: getattr(request, name) for name in PASSED}
    given |= {name: extra(request, name) for name in (*model.fields, "quality", "use_diffusion_decoder")}
    wanted = request.num_outputs_per_prompt
    wanted = (request.n or 1) if wanted is None else wanted
    image, video = _paths(request)
    given |= {
        "prompt": request.prompt, "model": request.model, "size": request.size, "fps": fps, "image": image,
        "num_frames": fps * seconds if request.num_frames is None else request.num_frames, "video": video,
        "num_outputs_per_prompt": max(1, min(wanted, 10)),
    }  # fmt: skip
    return given


def _paths(request: Any) -> tuple[str | None, str | None]:
    """Return the paths of the image and of the video; video_api.py:211-237."""
    video = request.video_path or request.video_url
    if not video:
        names = (request.input_reference, request.reference_url)
        video = next((name for name in names if looks_like_video(name)), None)
    image = request.input_reference
    taken = looks_like_video(image) or bool(video and image == video)
    return (None if taken else image), video


def _check(given: dict[str, Any], model: Model) -> None:
    """Raise ValueError for what the SamplingParams refuse, in their order."""
    _check_task(given["task_type"], model)
    for name in ("upscaling_model_path", "frame_interpolation_model_path"):
        # runtime/entrypoints/openai/utils.py:236-247
        if "://" in (given[name] or ""):
            raise ValueError(f"{name} must be a local path or a HuggingFace repo id, not a URL")
    if given["size"]:
        _take_size(given)
    for name in POSITIVE:
        if given[name] is not None and given[name] <= 0:
            raise ValueError(f"{name} must be positive")
    if given["use_diffusion_decoder"] is not None and model.kind != "ltx":
        unexpected = "got an unexpected keyword argument 'use_diffusion_decoder'"
        raise TypeError(f"{model.sampling}.__init__() {unexpected}")
    for name, value in DEFAULTS.items():
        given[name] = value if given[name] is None else given[name]
    _check_values(given)
    if model.is_h3:
        check_sampling(given)
    # configs/sample/sampling_params.py:837-849
    if model.task == "I2V" and not given["image"]:
        message = "requires an 'image_path' input, but none was provided"
        raise ValueError(f"Served model with task type 'I2V' {message}")
    if model.task == "T2V" and given["image"] is not None:
        raise ValueError("input_reference is not supported for T2V models.")
    _check_output_quality(given)


def _check_task(requested: str | None, model: Model) -> None:
    """Check `task_type`; configs/task_type.py:39-50, configs/pipeline_configs/base.py:255-295."""
    if requested is None:
        return
    task = requested.strip().upper()
    if task not in TASKS:
        raise ValueError(f"Unknown task_type {requested!r}; choose from {TASKS}")
    if task != model.task:
        raise ValueError(f"Unsupported task_type {task}; this pipeline supports {[model.task]}")


def _take_size(given: dict[str, Any]) -> None:
    """Read WIDTHxHEIGHT, which width and height override; runtime/entrypoints/openai/utils.py:71-75, 277-285."""
    parts = given["size"].lower().replace(" ", "").split("x")
    try:
        width, height = (int(part) for part in parts)
    except ValueError:
        width = height = 0
    if width <= 0 or height <= 0:
        raise ValueError("size must be formatted as positive WIDTHxHEIGHT")
    given["width"] = width if given["width"] is None else given["width"]
    given["height"] = height if given["height"] is None else given["height"]


def _check_values(given: Mapping[str, Any]) -> None:
    """Check single values; configs/sample/sampling_params.py:682-827."""
    quality, seed, preset = given["quality"], given["seed"], given["x264_preset"]
    if quality is not None and quality not in QUALITIES:
        raise ValueError(f"quality must be one of {QUALITIES}, got {quality!r}")
    if seed == []:
        raise ValueError("seed list must not be empty")
    if isinstance(seed, list) and min(seed) < 0:
        raise ValueError(f"seed list must contain non-negative ints, got {seed!r}")
    if isinstance(seed, int) and seed < 0:
        raise ValueError(f"seed must be a non-negative int or list of ints, got {seed!r}")
    if preset is not None and preset not in PRESETS:
        raise ValueError(f"x264_preset must be one of {', '.join(PRESETS)}, got {preset!r}")
    if given["fps"] <= 0:
        raise ValueError(f"fps must be a positive int, got {given['fps']!r}")
    if not 0.25 <= given["frame_interpolation_scale"] <= 4:
        raise ValueError(f"frame_interpolation_scale must be in [0.25, 4.0], got {given['frame_interpolation_scale']}")
    if not 1 <= given["upscaling_scale"] <= 8:
        raise ValueError(f"upscaling_scale must be an int in [1, 8], got {given['upscaling_scale']!r}")
    if not 1 <= (exponent := given["frame_interpolation_exp"]) <= 4:
        raise ValueError(f"frame_interpolation_exp must be an int in [1, 4], got {exponent!r}")
    for name in NOT_NEGATIVE:
        value = given[name]
        if value is not None and not math.isfinite(value):
            raise ValueError(f"{name} must be finite, got {value!r}")
        if value is not None and value < 0:
            raise ValueError(f"{name} must be non-negative, got {value!r}")


def _check_output_quality(given: Mapping[str, Any]) -> None:
    """Check what is resolved last; runtime/entrypoints/openai/utils.py:310-319."""
    output = given["output_quality"]
    if given["output_compression"] is None and output is not None and output not in OUTPUT_QUALITIES:
        raise ValueError(f"Invalid output_quality {output!r}. Expected one of: {OUTPUT_QUALITIES}")


def _note_ignored(request: Any, given: Mapping[str, Any], inputs: Inputs, model: Model) -> None:
    """Remark what this model ignores although the request names it."""
    known = {*CONTAINERS, *FORM_EXTRAS, *model.fields, "use_diffusion_decoder"}
    ignored = set(request.model_extra or {}) - known
    if model.is_h3:
        # minimax_h3/prequeue.py:337-340: the size comes from the target; seconds is dropped with num_frames.
        ignored |= inputs.sent & {"size", "width", "height", "seconds", "input_reference", "reference_url"}
        ignored |= {f"target.{name}" for name in given["ignored_of_target"]}
    inputs.remarks += [f"{name} is ignored by {model.kind}" for name in sorted(ignored)]
    if given["video"]:
        inputs.remarks.append(f"a video ({given['video'][:60]}) is ignored by {model.kind}")
    image = given["image"]
    if image and image not in inputs.saved and not image.startswith(("data:", "http://", "https://")):
        inputs.remarks.append(f"input_reference is a path on the server: {image[:60]}")
    if model.fps == 16 and "fps" not in inputs.sent:
        inputs.remarks.append("no fps: the API takes 24, this model was made for 16")
    if model.is_ltx25 and (request.negative_prompt and (request.guidance_scale or 1) <= 1):
        inputs.remarks.append("negative_prompt has no effect without guidance_scale above 1")
    if model.is_ltx25 and request.num_inference_steps not in (None, 8):
        inputs.remarks.append("num_inference_steps is replaced by the 8 steps of the distilled model")


def _h3_order(given: Mapping[str, Any], inputs: Inputs, model: Model) -> Order:
    plan = h3_plan(given, model)
    inputs.remarks += plan.remarks
    outputs, seed = given["num_outputs_per_prompt"], given["seed"]
    if isinstance(seed, list) and len(seed) != outputs:
        # runtime/pipelines_core/request_utils.py:32-36
        raise ValueError(
            f"seed list length must match num_outputs_per_prompt ({outputs}) or total outputs ({outputs}), "
            f"got {len(seed)}"
        )
    failure = plan.failure
    try:
        _check_worker(given, model)
        if given["image"] is not None:
            # It is loaded before it is ignored; runtime/pipelines_core/stages/input_validation.py:439-474, 247-248.
            load_image(given["image"], inputs.saved)
    except Failure as error:
        failure = str(error)
    scene = plan.scene
    seconds = f"{scene.frames / 24:.6f}".rstrip("0").rstrip(".")
    steps = given["num_inference_steps"] or model.steps
    size, quality = f"{scene.width}x{scene.height}", given["quality"] or "standard"
    return Order(scene, given["model"] or model.name, size, seconds, quality, outputs, steps, failure)


def _order(given: dict[str, Any], inputs: Inputs, model: Model) -> Order:
    frames = given["num_frames"] = adjusted_frames(model, given["num_frames"])
    if given["width"] is None and given["height"] is None:
        given["width"], given["height"] = model.size
    elif model.kind in ("ltx", "wan-ti2v"):
        # Their classes have a default width and height of their own.
        given["width"] = given["width"] or model.size[0]
        given["height"] = given["height"] or model.size[1]
    failure, scene = None, Scene(given["prompt"], 64, 64, 1, given["fps"])
    try:
        _check_worker(given, model)
        scene = _scene(given, inputs, model)
    except (Failure, ZeroDivisionError) as error:
        failure = str(error)
    # Neither the size nor the length here is what the file has in the end; video_api.py:319-338.
    size, seconds = f"{given['width']}x{given['height']}", str(round(frames / given["fps"]))
    steps = 8 if model.is_ltx25 else given["num_inference_steps"] or model.steps
    outputs = given["num_outputs_per_prompt"]
    return Order(scene, given["model"] or model.name, size, seconds, "standard", outputs, steps, failure)


def _check_worker(given: Mapping[str, Any], model: Model) -> None:
    """Raise `Failure` for values that only the worker looks at."""
    seed, outputs, compression = given["seed"], given["num_outputs_per_prompt"], given["output_compression"]
    if isinstance(seed, list) and len(seed) != outputs and not model.is_h3:
        # runtime/pipelines_core/stages/input_validation.py:151-156
        raise Failure(f"seed list length must match num_outputs_per_prompt ({outputs}), got {len(seed)}")
    if compression is not None and not 10 <= compression <= 100:
        # runtime/entrypoints/utils.py:892-893
        raise Failure("video quality must be between 1 and 10")
    if given["use_diffusion_decoder"]:
        raise Failure(
            "use_diffusion_decoder was requested, but the decoder is not loaded. "
            "Start the server with --load-diffusion-decoder."
        )


def _scene(given: Mapping[str, Any], inputs: Inputs, model: Model) -> Scene:
    image = None if given["image"] is None else load_image(given["image"], inputs.saved)
    size = _size(given, image, model)
    frames, fps = decoded_frames(model, _length(given, model)), given["fps"]
    keyframes = {}
    if image is not None:
        if model.kind == "ltx":
            _check_ltx_image(size)
        # Only Wan's I2V stretches the image; the two others cut it to the ratio.
        keyframes = {0: image if model.kind == "wan-i2v" else cover(image, size)}
    width, height = decoded_size(model, size)
    if given["enable_upscaling"]:
        width, height = width * given["upscaling_scale"], height * given["upscaling_scale"]
    if given["enable_frame_interpolation"] and frames > 1:
        # runtime/entrypoints/utils.py:1167-1178
        factor = 2 ** given["frame_interpolation_exp"]
        frames, fps = (frames - 1) * factor + 1, fps * factor
    width, height = encoded_size((width, height))
    # LTX makes sound for as long as was asked for; generate_audio is no field of the API.
    return Scene(given["prompt"], width, height, frames, fps, model.kind == "ltx", keyframes)


def _size(given: Mapping[str, Any], image: Any, model: Model) -> Size:
    width, height = given["width"], given["height"]
    if model.kind == "wan-i2v":
        return i2v_size((width, height), image)
    if model.kind == "wan-ti2v" and image is not None:
        return ti2v_size(image)
    # runtime/pipelines_core/stages/input_validation.py:476-485
    return width or height * 1280 // 720, height or width * 720 // 1280


def _length(given: Mapping[str, Any], model: Model) -> int:
    """Return the frame count; LTX-2.5 may choose it itself, here 5 s within the bounds of the request."""
    if not (model.is_ltx25 and given["auto_duration"]):
        return given["num_frames"]
    least = float(given["auto_duration_min_seconds"] or 1)
    most = float(given["auto_duration_max_seconds"] or 20)
    return round(min(max(5.0, least), most) * given["fps"]) // 8 * 8 + 1


def _check_ltx_image(size: Size) -> None:
    """Raise `Failure` for a size that the encoder cannot halve three times; runtime/models/vaes/ltx_2_vae.py:477."""
    for dimension, length in ((4, size[0]), (3, size[1])):
        if length % 32:
            count = length // 4
            while count % 2 == 0:
                count //= 2
            raise Failure(
                f"unflatten: Provided sizes [-1, 2] don't multiply up to the size of dim {dimension} ({count}) "
                "in the input tensor"
            )
