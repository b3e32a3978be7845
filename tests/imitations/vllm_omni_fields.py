"""The fields of the form of POST /v1/videos of the imitated vLLM-Omni, each checked by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic import create_model as model_of

from .engine import Received, Upload
from .vllm_omni_errors import bad_value, invalid, plain

# Starlette's limit for the text of one field, which vLLM-Omni does not raise.
TEXT_BYTES = 1024 * 1024
QUALITIES = ("lossless", "high")

_Seconds = Annotated[str, StringConstraints(pattern=r"^[1-9]\d*$")]
_Size = Annotated[str, StringConstraints(pattern=r"^\d+x\d+$")]
_Rate = Annotated[float, Field(ge=1, allow_inf_nan=False)]
_Positive = Annotated[int, Field(ge=1)]
_NotNegative = Annotated[float, Field(ge=0.0)]
_More = Annotated[float, Field(gt=0.0)]
_Outputs = Annotated[int, Field(ge=1, le=10)]

FILES = ("input_reference", "control_reference", "source_video", "source_audio", "video_noise_mask", "audio_noise_mask")
# helpers.py:852-899 (_parse_video_form): the first check of each field, in the order of the signature.
FORM: dict[str, Any] = {
    "prompt": str, "input_reference": "file", "input_references": "files", "control_reference": "file",
    "control_type": str, "image_reference": str, "video_reference": str, "audio_reference": str, "model": str,
    "seconds": _Seconds, "size": _Size, "user": str, "width": int, "height": int, "num_frames": int, "fps": _Rate,
    "aspect_ratio": str, "short_edge": _Positive, "num_outputs_per_prompt": _Outputs,
    "start_time_seconds": _NotNegative, "quality": str, "num_inference_steps": int, "guidance_scale": float,
    "guidance_scale_2": float, "boundary_ratio": float, "flow_shift": float, "true_cfg_scale": float, "seed": int,
    "generate_sound": bool, "sound_duration": _More, "negative_prompt": str, "enable_frame_interpolation": bool,
    "frame_interpolation_exp": _Positive, "frame_interpolation_scale": _More, "frame_interpolation_model_path": str,
    "lora": str, "extra_params": str, "return_stage_metrics": bool, "source_video": "file", "source_audio": "file",
    "video_noise_mask": "file", "audio_noise_mask": "file",
}  # fmt: skip
_CHECKS = {name: TypeAdapter(kind) for name, kind in FORM.items() if not isinstance(kind, str)}


def _quality(value: str) -> str:
    if value not in QUALITIES:
        raise ValueError(f"quality must be one of {list(QUALITIES)}, got {value!r}")
    return value


def _reference(name: str, key: str) -> type[BaseModel]:
    return model_of(name, __config__=ConfigDict(extra="forbid"), **{key: (str, ...)})  # pyright: ignore


_IMAGE = _reference("UrlImageReference", "image_url") | _reference("FileImageReference", "file_id")
_VIDEO = _reference("UrlVideoReference", "video_url") | _reference("FileVideoReference", "file_id")
_AUDIO = _reference("UrlAudioReference", "audio_url")
_Count = Annotated[int, Field(ge=1, le=2**63 - 1)]
_Scale = Annotated[float, Field(ge=0.0, le=20.0)]
# protocol/videos.py:108-296 (VideoGenerationRequest): the second check.
_REQUEST: Any = model_of(
    "VideoGenerationRequest",
    model=(str | None, None), prompt=(str, ...), seconds=(_Seconds | None, None), size=(_Size | None, None),
    image_reference=(_IMAGE | list[_IMAGE] | None, None), video_reference=(_VIDEO | list[_VIDEO] | None, None),
    audio_reference=(_AUDIO | list[_AUDIO] | None, None), user=(str | None, None), width=(_Count | None, None),
    height=(_Count | None, None), fps=(Annotated[_Rate, Field(le=2**63 - 1)] | None, None),
    num_frames=(_Count | None, None), aspect_ratio=(str | None, None), short_edge=(_Count | None, None),
    num_outputs_per_prompt=(_Outputs, 1), start_time_seconds=(_NotNegative | None, None),
    quality=(Annotated[str | None, AfterValidator(_quality)], None), negative_prompt=(str | None, None),
    num_inference_steps=(Annotated[int, Field(ge=1, le=200)] | None, None), guidance_scale=(_Scale | None, None),
    guidance_scale_2=(_Scale | None, None), boundary_ratio=(Annotated[float, Field(ge=0.0, le=1.0)] | None, None),
    flow_shift=(float | None, None), true_cfg_scale=(_Scale | None, None),
    seed=(Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | None, None), generate_sound=(bool, False),
    sound_duration=(_More | None, None), enable_frame_interpolation=(bool, False), frame_interpolation_exp=(_Count, 1),
    frame_interpolation_scale=(_More, 1.0), frame_interpolation_model_path=(str | None, None),
    lora=(dict[str, Any] | None, None), extra_params=(dict[str, Any] | None, None),
    return_stage_metrics=(bool | None, None),
)  # fmt: skip


def checked(noted: Received) -> dict[str, Any]:
    """Check every field by itself and return those that were given: the last one of a name, and not empty ones."""
    multipart = noted.headers.get("content-type", "").lower().startswith("multipart/")
    if any(len(value.encode()) > TEXT_BYTES for _, value in noted.fields):
        raise plain(f"{'Part' if multipart else 'Field'} exceeded maximum size of 1024KB.", 400)
    values: dict[str, Any] = {}
    errors: list[Mapping[str, Any]] = []
    for name, kind in FORM.items():
        uploads = [upload for upload in noted.files if upload.name == name]
        texts = [value for key, value in noted.fields if key == name]
        try:
            value = _file(name, kind, uploads, texts) if isinstance(kind, str) else _text(name, uploads, texts)
        except ValidationError as error:
            found = error.errors(include_url=False)
            errors += [{**each, "loc": ("body", name, *each["loc"])} for each in found]
        except _Wrong as error:
            errors.append(error.args[0])
        else:
            values |= {} if value is None else {name: value}
    if errors:
        raise invalid(errors)
    return values


class _Wrong(Exception):
    """One entry of a validation error."""


def _text(name: str, uploads: Sequence[Upload], texts: Sequence[str]) -> Any:
    if uploads:
        shown = f"UploadFile(filename={uploads[-1].filename!r}, size={len(uploads[-1].data)})"
        raise _Wrong({"type": "string_type", "loc": ("body", name), "msg": "Input should be a valid string",
                      "input": shown})  # fmt: skip
    if texts and texts[-1] != "":
        return _CHECKS[name].validate_python(texts[-1])
    if name == "prompt":
        raise _Wrong({"type": "missing", "loc": ("body", name), "msg": "Field required", "input": None})
    return None


def _file(name: str, kind: str, uploads: Sequence[Upload], texts: Sequence[str]) -> Any:
    wrong = texts if kind == "files" else [text for text in texts[-1:] if text and not uploads]
    if wrong:
        place = ("body", name) if kind == "file" else ("body", name, 0)
        error = ValueError("Expected UploadFile, received: <class 'str'>")
        raise _Wrong({"type": "value_error", "loc": place, "msg": f"Value error, {error}", "input": wrong[0],
                      "ctx": {"error": error}})  # fmt: skip
    if not uploads:
        return None
    return uploads[-1] if kind == "file" else list(uploads)


def validated(values: Mapping[str, Any]) -> dict[str, Any]:
    """Check the bounds of the fields together, or raise Refused."""
    try:
        checked = _REQUEST(**values)
    except ValidationError as error:
        raise bad_value(str(error)) from None
    return {name: getattr(checked, name) for name in values}
