"""What SGLang knows about the models that it serves, and the sizes and frame counts that they make.

The files and lines in the comments of all sglang_* modules are those of the wheel sglang 0.5.23, below
sglang/multimodal_gen; "minimax_h3/" is runtime/pipelines_core/stages/model_specific_stages/minimax_h3/.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import cv2
import numpy as np

Kind = Literal["h3-fl2va", "h3-ref2va", "wan-t2v", "wan-i2v", "wan-ti2v", "ltx"]
Size = tuple[int, int]

DEFAULT_MODEL = "Wan-AI/Wan2.2-T2V-A14B-Diffusers"
# minimax_h3/task_profiles.py:32-38
H3_TASKS = {"h3-fl2va": ("t2va", "fl2va"), "h3-ref2va": ("ref2va",)}
# configs/sample/minimax_h3.py:60-74
H3_FIELDS = frozenset(
    "task conditions target audio_flow_shift audio_guidance_scale quality output_mode reference_resize_mode"
    " imgvid_cond_noise_aug_for_inference audio_cond_noise_aug_for_inference".split()
)
# configs/sample/ltx_2_5.py:40-49
LTX25_FIELDS = frozenset(
    {"auto_duration", "auto_duration_max_seconds", "auto_duration_min_seconds", "use_diffusion_decoder"}
)


class Failure(Exception):
    """An error that only the worker finds: the POST is answered with a job, and the job fails."""


@dataclass(frozen=True)
class Model:
    """A served model: what its classes in SGLang say.

    `size` is what is made if the request names none, `fps` the frame rate that the model was trained for, `spatial`
    and `temporal` how many pixels and frames one latent stands for, and `fields` the request fields of its own.
    """

    name: str
    kind: Kind
    task: Literal["T2V", "I2V", "TI2V"]
    sampling: str
    pipeline: str
    size: Size
    fps: int
    steps: int
    spatial: int
    temporal: int
    vae_precision: str
    vae_decode_precision: str | None
    fields: frozenset[str] = frozenset()

    @property
    def is_h3(self) -> bool:
        """Check whether this is MiniMax-H3, with its own request."""
        return self.kind.startswith("h3-")

    @property
    def is_ltx25(self) -> bool:
        """Check whether this is LTX-2.5, which is distilled."""
        return self.sampling == "LTX25SamplingParams"


def kind_of(name: str) -> Kind:
    """Return which model's rules hold for a model of this name; raise ValueError if the name does not tell."""
    lowered = name.lower()
    if "minimaxh3" in lowered.replace("-", "").replace("_", ""):
        return "h3-ref2va" if "ref2va" in lowered else "h3-fl2va"
    # "ti2v" has to come before "i2v", which it contains.
    for part, kind in {"ltx": "ltx", "ti2v": "wan-ti2v", "i2v": "wan-i2v", "t2v": "wan-t2v"}.items():
        if part in lowered:
            return cast(Kind, kind)
    raise ValueError(f"{name!r} does not tell its kind, one of {get_args(Kind)}")


def model_of(name: str, kind: Kind | None) -> Model:
    """Return a model with the facts of its kind."""
    kind = kind or kind_of(name)
    match kind:
        case "h3-fl2va" | "h3-ref2va":
            # configs/sample/minimax_h3.py:36-40, configs/pipeline_configs/minimax_h3.py:50-61
            return Model(
                name, kind, "TI2V", "MiniMaxH3SamplingParams", "MiniMaxH3Pipeline", (896, 512), 24, 50, 16, 17,
                "fp32", "fp16", H3_FIELDS,
            )  # fmt: skip
        case "wan-t2v":
            # configs/sample/wan.py:237-254, configs/pipeline_configs/wan.py:280-284
            sampling, pipeline = "Wan2_2_T2V_A14B_SamplingParam", "WanPipeline"
            return Model(name, kind, "T2V", sampling, pipeline, (1280, 720), 16, 40, 8, 4, "fp32", "fp32")
        case "wan-i2v":
            # configs/sample/wan.py:257-274, configs/pipeline_configs/wan.py:300-308
            sampling, pipeline = "Wan2_2_I2V_A14B_SamplingParam", "WanImageToVideoPipeline"
            return Model(name, kind, "I2V", sampling, pipeline, (1280, 720), 16, 40, 8, 4, "fp32", "fp32")
        case "wan-ti2v":
            # configs/sample/wan.py:217-234, configs/pipeline_configs/wan.py:248-255
            sampling, pipeline = "Wan2_2_TI2V_5B_SamplingParam", "WanPipeline"
            return Model(name, kind, "TI2V", sampling, pipeline, (1280, 704), 24, 50, 16, 4, "fp32", "fp32")
        case "ltx":
            return _ltx(name)


def _ltx(name: str) -> Model:
    # configs/sample/ltx_2.py:9-29 and 55-61, configs/sample/ltx_2_5.py:19-37, configs/models/vaes/ltx_video.py
    if "ltx-2.5" in name.lower():
        sampling, size, steps, fields = "LTX25SamplingParams", (960, 544), 8, LTX25_FIELDS
    elif "ltx-2.3" in name.lower():
        sampling, size, steps, fields = "LTX23SamplingParams", (768, 512), 30, frozenset[str]()
    else:
        sampling, size, steps, fields = "LTX2SamplingParams", (768, 512), 40, frozenset[str]()
    return Model(name, "ltx", "TI2V", sampling, "LTX2Pipeline", size, 24, steps, 32, 8, "bf16", None, fields)


def card(model: Model, created: int) -> dict[str, Any]:
    """Return what /v1/models says; runtime/entrypoints/openai/common_api.py:27-81."""
    return {
        "id": model.name, "object": "model", "created": created, "owned_by": "sglang", "root": model.name,
        "parent": None, "max_model_len": None, "num_gpus": 1, "task_type": model.task,
        "supported_task_types": [model.task], "dit_precision": "bf16", "vae_precision": model.vae_precision,
        "pipeline_name": model.pipeline, "pipeline_class": model.pipeline,
    }  # fmt: skip


def adjusted_frames(model: Model, frames: int) -> int:
    """Return the frame count that the job is queued with; configs/pipeline_configs/wan.py:59-72, base.py:427-428."""
    # Only the two classes of Wan that take an image round; the text-to-video one and LTX leave the number alone.
    if model.kind in ("wan-i2v", "wan-ti2v") and frames % 4 != 1:
        return frames // 4 * 4 + 1
    return frames


def decoded_frames(model: Model, frames: int) -> int:
    """Return how many frames come out; runtime/pipelines_core/stages/latent_preparation.py:361-374."""
    return (frames - 1) // model.temporal * model.temporal + 1


def decoded_size(model: Model, size: Size) -> Size:
    """Return the size that comes out, or raise `Failure` for one that the model cannot compute."""
    across, down = size[0] // model.spatial, size[1] // model.spatial
    if model.kind != "ltx":
        # The transformer takes 2x2 latents at once and drops an odd one (runtime/models/dits/wanvideo.py:1576-1580
        # and 1804-1807), and then the scheduler cannot subtract it; the words are PyTorch's.
        for dimension, length in ((4, across), (3, down)):
            if length % 2:
                raise Failure(
                    f"The size of tensor a ({length}) must match the size of tensor b ({length - 1}) "
                    f"at non-singleton dimension {dimension}"
                )
    if not across or not down:
        raise Failure(f"a video of {size[0]}x{size[1]} has no latents")
    return across * model.spatial, down * model.spatial


def encoded_size(size: Size) -> Size:
    """Return the size in the file: the encoder scales to multiples of 16; runtime/entrypoints/utils.py:394-406."""
    return math.ceil(size[0] / 16) * 16, math.ceil(size[1] / 16) * 16


def i2v_size(size: tuple[int | None, int | None], image: np.ndarray) -> Size:
    """Return the size for an image: its ratio, and at most the area of the request.

    See runtime/pipelines_core/stages/input_validation.py:283-325 and 107-123.
    """
    height, width = image.shape[:2]
    ratio = height / width
    across, down = size
    if across is None and down is not None:
        across = round(down / ratio)
    elif down is None and across is not None:
        down = round(across * ratio)
    area = min((across or 1280) * (down or 720), 1280 * 720)
    made = round(math.sqrt(area / ratio)) // 16 * 16, round(math.sqrt(area * ratio)) // 16 * 16
    if not all(made):
        raise Failure("height and width must be > 0")
    return made


def ti2v_size(image: np.ndarray) -> Size:
    """Return the size for an image: always about 1280x704 pixels in the ratio of the image, whatever is asked for.

    See runtime/pipelines_core/stages/input_validation.py:44-66 and 243-279.
    """
    height, width = image.shape[:2]
    ratio, area = width / height, 1280 * 704
    wide = (area * ratio) ** 0.5
    first = int(wide // 32 * 32)
    by_width = first, int(area / first // 32 * 32)
    second = int(area / wide // 32 * 32)
    by_height = int(area / second // 32 * 32), second
    made = [wide / high for wide, high in (by_width, by_height)]
    errors = [max(ratio / each, each / ratio) for each in made]
    return by_width if errors[0] < errors[1] else by_height


def cover(image: np.ndarray, size: Size) -> np.ndarray:
    """Scale an image until it covers a size, and cut off what is too much on both sides."""
    scale = max(size[0] / image.shape[1], size[1] / image.shape[0])
    wide, high = (max(least, round(length * scale)) for least, length in zip(size, image.shape[1::-1], strict=True))
    scaled = cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA)
    left, top = (wide - size[0]) // 2, (high - size[1]) // 2
    return np.ascontiguousarray(scaled[top : top + size[1], left : left + size[0]])
