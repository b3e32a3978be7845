"""What the pipelines of Wan 2.2 and LTX-2 in the imitated vLLM-Omni make of a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil, sqrt
from typing import Any

import numpy as np
from PIL import Image

from .engine_videos import Scene
from .vllm_omni_errors import Failed
from .vllm_omni_form import Order

KINDS = ("h3", "wan-t2v", "wan-i2v", "wan-ti2v", "ltx")
# Without num_frames and seconds a request keeps the default of image models (inputs/data.py:254, request.py:20).
UNSET_FRAMES = 1
IMAGE_LIST = (
    "(\"Unsupported image format <class 'list'>.\", "
    '\'Please correctly set `"multi_modal_data": {"image": <an image object or file path>, …}`\')'
)
NO_IMAGE = (
    "('No image is provided. This model requires an image to run.', "
    '\'Please correctly set `"multi_modal_data": {"image": <an image object or file path>, …}`\')'
)
WAN_SIZE = (832, 480)
WAN_AREA = {"wan-t2v": 1280 * 720, "wan-ti2v": 1280 * 720, "wan-i2v": 832 * 480}
# By version: ltx2_recipes.py:68, 130.
LTX_SIZE = {"2.5": (960, 544), "2": (768, 512)}
# The first kernel of the diffusion decoder of LTX-2.5 (vae/decoder.py:345), in latent pixels of 32.
LTX_LATENT = 7


def kind_of_model(model: str) -> str:
    """Tell from the name of a model which pipeline serves it."""
    name = model.lower()
    for part, kind in (("minimax-h3", "h3"), ("ti2v", "wan-ti2v"), ("i2v", "wan-i2v"), ("wan", "wan-t2v")):
        if part in name:
            return kind
    if "ltx" in name:
        return "ltx"
    raise ValueError(f"no pipeline of this imitation is known to serve {model}")


def check_serving(order: Order) -> None:
    """Check what the server checks before any pipeline but MiniMax H3's gets a job."""
    # serving_video.py:281-305 (_run_and_extract)
    if order.images and order.videos:
        raise Failed("This diffusion model does not support mixed image and video references.", 400)


def plan_wan(kind: str, order: Order) -> Scene:
    """Return what a pipeline of Wan 2.2 makes, or raise Failed."""
    # pipeline_wan2_2_i2v.py:132, pipeline_wan2_2.py:306: the functions that prepare a request.
    if len(order.images) > 1:
        raise Failed(IMAGE_LIST)
    if kind == "wan-i2v" and not order.images:
        raise Failed(NO_IMAGE)
    width, height = order.size or _wan_size(kind, order)
    if kind == "wan-i2v":
        if width % 16 or height % 16:
            raise Failed(f"`height` and `width` have to be divisible by 16 but are {height} and {width}.")
    else:
        # pipeline_wan2_2.py:714: the spatial factor of the VAE (16 in TI2V-5B, else 8) times the patch size of 2.
        multiple = 32 if kind == "wan-ti2v" else 16
        width, height = width // multiple * multiple, height // multiple * multiple
    if not width or not height:
        raise Failed(f"Trying to create tensor with a dimension of zero: {width}x{height}")
    frames = order.frames or UNSET_FRAMES
    if frames % 4 != 1:
        frames = max(1, frames // 4 * 4 + 1)
    frames, fps = _interpolated(order, frames)
    # pipeline_wan2_2.py:850: only a model with expand_timesteps (TI2V-5B) looks at the image.
    shown = {0: np.asarray(order.images[0])} if order.images and kind != "wan-t2v" else {}
    return Scene(order.prompt, width, height, frames, fps, keyframes=shown)


def _wan_size(kind: str, order: Order) -> tuple[int, int]:
    if not order.images:
        return WAN_SIZE
    ratio = order.images[0].height / order.images[0].width
    area = WAN_AREA[kind]
    return round(sqrt(area / ratio)) // 16 * 16, round(sqrt(area * ratio)) // 16 * 16


def _interpolated(order: Order, frames: int) -> tuple[int, float]:
    # rife_interpolator.py:399 (interpolate_tensor), serving_video.py:499
    if not order.values.get("enable_frame_interpolation") or frames < 2:
        return frames, order.fps
    factor = 2 ** order.values.get("frame_interpolation_exp", 1)
    return (frames - 1) * factor + 1, order.fps * factor


def plan_ltx(model: str, order: Order) -> Scene:
    """Return what the one-stage pipeline of LTX-2 makes, or raise Failed."""
    version = "2.5" if "2.5" in model else "2"
    # ltx2_request.py:491
    if order.values.get("flow_shift", order.extra.get("flow_shift")) is not None:
        raise Failed("LTX does not support `flow_shift`; use `sigmas` for a custom schedule.")
    # ltx2_conditioning.py:401 (_resolve_single_prompt_image)
    if len(order.images) > 1:
        raise Failed(
            "LTX I2V prompt dictionaries support exactly one image per prompt. "
            "Pass one image per prompt for batched I2V requests."
        )
    width, height = order.size or LTX_SIZE[version]
    frames = order.frames or UNSET_FRAMES
    _check_ltx(version, width, height, frames)
    shown: dict[int, np.ndarray] = {}
    if order.images:
        # serving_video.py:352: before 2.5 the server stretches an image to a size that was given; then it is cropped.
        stretched = version != "2.5" and order.size is not None
        image = order.images[0].resize((width, height)) if stretched else order.images[0]
        shown[0] = np.asarray(covering(image, width, height))
    return Scene(order.prompt, width, height, frames, order.fps, sound=True, keyframes=shown)


def _check_ltx(version: str, width: int, height: int, frames: int) -> None:
    # ltx2_request.py:82 (validate_pipeline_request)
    if width % 32 or height % 32:
        raise Failed(f"LTX2Pipeline resolution must be divisible by 32, got {width}x{height}.")
    if version == "2.5" and min(width, height) < LTX_LATENT * 32:
        raise Failed(
            "LTX2Pipeline DiffVAE requires video latent spatial dimensions of at least "
            f"{LTX_LATENT}x{LTX_LATENT} for neighborhood attention, got {width // 32}x{height // 32} "
            f"from request resolution {width}x{height}."
        )
    if frames % 8 != 1:
        raise Failed(f"LTX2Pipeline `num_frames` must be 8 * k + 1, got {frames}.")


def covering(image: Image.Image, width: int, height: int) -> Image.Image:
    """Scale an image until it covers a size, and cut its middle out."""
    # ltx2_conditioning.py:53 (_preprocess_i2v_pil_images)
    scale = max(height / image.height, width / image.width)
    scaled = image.resize((ceil(image.width * scale), ceil(image.height * scale)), Image.Resampling.BILINEAR)
    left, top = (scaled.width - width) // 2, (scaled.height - height) // 2
    return scaled.crop((left, top, left + width, top + height))


# What no pipeline but those named reads; `quality` and the guidance are matters of taste that a test cannot see.
_READERS: Mapping[str, tuple[str, ...]] = {
    "aspect_ratio": ("h3",), "short_edge": ("h3",), "start_time_seconds": ("h3",), "generate_sound": (),
    "sound_duration": (), "true_cfg_scale": (), "quality": ("h3",),
    "negative_prompt": ("wan-t2v", "wan-i2v", "wan-ti2v", "ltx"),
    "guidance_scale": ("wan-t2v", "wan-i2v", "wan-ti2v", "ltx"),
    "guidance_scale_2": ("wan-t2v", "wan-i2v"), "boundary_ratio": ("wan-t2v", "wan-i2v"),
    "enable_frame_interpolation": ("wan-t2v", "wan-i2v", "wan-ti2v"),
}  # fmt: skip
_WAN_EXTRA = frozenset({"sample_solver", "flow_shift", "preencode_mp4", "preencode_batch_frames"})
# model_extras/ltx2.py:6 has all that LTX reads, and encoder_processing.py and pipeline_minimax_h3.py what H3 does.
_EXTRA: Mapping[str, frozenset[str]] = {
    "wan-t2v": _WAN_EXTRA, "wan-i2v": _WAN_EXTRA, "wan-ti2v": _WAN_EXTRA,
    "ltx": frozenset({"sigmas", "stage_1_sigmas", "stage_2_sigmas", "image_crf", "flow_shift"}),
    "h3": frozenset(
        "task frame_indices frame_index duration duration_seconds aspect_ratio short_edge target start_time_seconds"
        " flow_shift audio_flow_shift audio_mode long_video long_video_mode continuation_window_frames"
        " continuation_overlap_frames continuation_prompts pad_seq_len preencode_mp4 preencode_batch_frames"
        " force_refresh_step_hint force_refresh_step_policy".split()
    ),
}  # fmt: skip
_LTX_GUIDANCE = re.compile(r"(video|audio)_(cfg|stg|modality|rescale)_|[av]2[av]_guidance_scale")


def ignored(kind: str, model: str, order: Order) -> list[str]:
    """List what a request has that its model silently ignores or changes."""
    values = order.values
    found = [name for name, readers in _READERS.items() if name in values and kind not in readers]
    # serving_video.py:597 accepts this one for every model.
    known = _EXTRA[kind] | {"video_codec_options"}
    unknown = {name for name in order.extra if name not in known and not (kind == "ltx" and _LTX_GUIDANCE.match(name))}
    found += [f"extra_params.{name}" for name in sorted(unknown)]
    if ("width" in values) != ("height" in values):
        found.append("width without height, or the other way round")
    if "size" in values and ("width" in values or "height" in values):
        found.append("width and height beside size")
    if kind == "h3":
        found += _unused_by_h3(order)
    else:
        found += ["a video"] * bool(order.videos) + ["audio"] * bool(order.audios)
    if kind == "wan-t2v" and order.images:
        found.append("an image, but for its ratio")
    if "num_frames" not in values and "seconds" not in values and kind != "h3":
        found.append("the length: without seconds and num_frames one frame is made")
    if values.get("num_outputs_per_prompt", 1) > 1:
        found.append("num_outputs_per_prompt: only the first video is kept")
    return found + _stretched(kind, model, order) + _contradictions(kind, order)


def _unused_by_h3(order: Order) -> list[str]:
    found = ["short_edge beside a size"] * ("short_edge" in order.values and order.size is not None)
    first = order.images and not order.videos and not order.audios and order.extra.get("task") in (None, "fl2va")
    if first and "aspect_ratio" in order.values:
        found.append("aspect_ratio: a first or last frame gives the ratio")
    if "start_time_seconds" in order.values and not order.videos:
        found.append("start_time_seconds without a video")
    return found


def _stretched(kind: str, model: str, order: Order) -> list[str]:
    keeps = kind == "ltx" and "2.5" in model
    if order.size is None or keeps or (kind == "h3" and order.extra.get("task") == "ref2va"):
        return []
    ratio = order.size[0] / order.size[1]
    return [
        f"the ratio of an image: {image.width}x{image.height} is stretched to {order.size[0]}x{order.size[1]}"
        for image in order.images
        if not 0.97 < image.width / image.height / ratio < 1.03 and kind != "wan-t2v"
    ]


def _contradictions(kind: str, order: Order) -> list[str]:
    values: Mapping[str, Any] = order.values
    if "seconds" not in values or "num_frames" not in values:
        return []
    if kind == "h3" or abs(values["num_frames"] / order.fps - float(values["seconds"])) > 1:
        return ["num_frames beside seconds" if kind == "h3" else "seconds beside num_frames"]
    return []
