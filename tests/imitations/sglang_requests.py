"""How SGLang reads POST /v1/videos, as JSON or as a form: the fields, what is merged into them, and refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from .engine import Received, Upload
from .sglang_media import looks_like_video, save_reference
from .sglang_models import Model

# The types of runtime/entrypoints/openai/protocol.py:121-173; a default of ... means required.
FIELDS: dict[str, tuple[Any, Any]] = {
    "prompt": (str, ...), "enhance_prompt": (bool, False), "input_reference": (str | None, None),
    "reference_url": (str | None, None), "video_path": (str | None, None), "video_url": (str | None, None),
    "task_type": (str | None, None), "model": (str | None, None), "n": (int | None, 1),
    "num_outputs_per_prompt": (int | None, None), "seconds": (int | None, 4), "size": (str | None, ""),
    "fps": (int | None, None), "num_frames": (int | None, None), "seed": (int | list[int] | None, None),
    "generator_device": (str | None, "cuda"), "width": (int | None, None), "height": (int | None, None),
    "num_inference_steps": (int | None, None), "guidance_scale": (float | None, None),
    "guidance_scale_2": (float | None, None), "true_cfg_scale": (float | None, None),
    "negative_prompt": (str | None, None), "max_sequence_length": (int | None, None),
    "flow_shift": (float | None, None), "enable_teacache": (bool | None, False),
    "enable_frame_interpolation": (bool | None, False), "frame_interpolation_exp": (int | None, 1),
    "frame_interpolation_scale": (float | None, 1.0), "frame_interpolation_model_path": (str | None, None),
    "enable_upscaling": (bool | None, False), "upscaling_model_path": (str | None, None),
    "upscaling_scale": (int | None, 4), "output_quality": (str | None, "default"),
    "output_compression": (int | None, None), "x264_preset": (str | None, None), "output_path": (str | None, None),
    "diffusers_kwargs": (dict[str, Any] | None, None), "perf_dump_path": (str | None, None),
    "profile": (bool | None, False), "num_profiled_timesteps": (int | None, None),
    "profile_all_stages": (bool | None, False),
}  # fmt: skip
VideoRequest = create_model(  # pyright: ignore[reportCallIssue]
    "VideoGenerationsRequest", __config__=ConfigDict(extra="allow", protected_namespaces=()), **FIELDS
)
# The parameters of the form; runtime/entrypoints/openai/video_api.py:481-525.
FORM_FILES = ("input_reference", "video_reference")
NOT_IN_FORM = ("diffusers_kwargs", "profile", "num_profiled_timesteps", "profile_all_stages", "input_reference")
FORM_FIELDS = [name for name in FIELDS if name not in NOT_IN_FORM] + ["extra_params", "extra_body"]
FORM_TEXTS = ("prompt", "reference_url", "video_path", "task_type", "negative_prompt")
# runtime/entrypoints/openai/video_api.py:114-121, utils.py:108-113
FORM_EXTRAS = (
    "attention_backend_override", "cache_dit_params", "cfg_gate_step", "enable_cache_dit", "quality",
    "skip_softmax_params",
)  # fmt: skip
CONTAINERS = ("extra_body", "extra_json", "extra_args", "extra_params")
# Starlette's limit for a part of a form that is no file, which FastAPI leaves alone.
PART_BYTES = 1 << 20


class Refusal(Exception):
    """An error that FastAPI answers as {"detail": ...}."""

    def __init__(self, detail: Any, status: int = 400) -> None:
        super().__init__(str(detail))
        self.detail, self.status = detail, status


@dataclass
class Inputs:
    """What a request brings beside its fields.

    `saved` holds the files that the server has stored, by path; `sent` are the names that the client sent; `remarks`
    are what the server ignores without a word.
    """

    saved: dict[str, bytes] = field(default_factory=dict[str, bytes])
    sent: set[str] = field(default_factory=set[str])
    remarks: list[str] = field(default_factory=list[str])


def read_json(body: Any, inputs: Inputs, job_id: str) -> Any:
    """Return the request in a JSON body; runtime/entrypoints/openai/video_api.py:683-736."""
    try:
        payload: dict[str, Any] = dict(body or {})
        for container in ("extra_body", "extra_json"):
            extra = payload.pop(container, None)
            extra = json.loads(extra) if isinstance(extra, str) else extra
            if isinstance(extra, dict):
                payload |= {key: value for key, value in flattened(extra).items() if key not in payload}
        flattened(payload)
        inputs.sent |= set(payload)
        if payload.get("video_url") and not payload.get("video_path"):
            payload["video_path"] = payload["video_url"]
        for name in ("reference_url", "input_reference"):
            if looks_like_video(payload.get(name)):
                payload.setdefault("video_path", payload[name])
        _save_json_reference(payload, inputs, job_id)
        return VideoRequest(**payload)
    except Exception as error:
        raise Refusal(f"Invalid request body: {error}") from error


def read_form(noted: Received, model: Model, inputs: Inputs, job_id: str) -> Any:
    """Return the request in a form; runtime/entrypoints/openai/video_api.py:534-681."""
    _check_parts(noted)
    files = {upload.name: upload for upload in noted.files}
    form = _form_values(noted, files)
    if not form["prompt"]:
        raise Refusal("prompt is required")
    extras = _form_extras(form, noted.form, model)
    inputs.sent |= set(noted.form) | set(files) | set(extras)
    _note_form(noted, form, inputs)
    image, video = _form_inputs(files, form, inputs, job_id)
    values: dict[str, Any] = {}
    for name in FIELDS:
        value = form.get(name)
        value = extras.get(name) if value is None else value
        values[name] = value if name in FORM_TEXTS else _decoded(value)
    values |= {"prompt": form["prompt"], "input_reference": image, "enhance_prompt": values["enhance_prompt"] or False}
    values["video_path"] = _decoded(video if video is not None else extras.get("video_path"))
    values["seconds"] = values["seconds"] or 4
    # These never reach the request model of a form.
    for name in ("reference_url", "profile", "num_profiled_timesteps", "profile_all_stages"):
        del values[name]
    try:
        return VideoRequest(**values, **{name: value for name, value in extras.items() if name not in FIELDS})
    except ValidationError as error:
        raise Refusal(str(error)) from error


def extra(request: BaseModel, name: str) -> Any:
    """Return a field that the protocol does not know; runtime/entrypoints/openai/utils.py:127-149."""
    extras = dict(request.model_extra or {})
    direct = flattened({key: value for key, value in extras.items() if key not in CONTAINERS})
    if direct.get(name) is not None:
        return direct[name]
    for container in CONTAINERS:
        nested = _decoded(extras.get(container))
        if isinstance(nested, dict) and (value := flattened(dict(nested)).get(name)) is not None:
            return value
    return None


def flattened(payload: dict[str, Any]) -> dict[str, Any]:
    """Move what is in `extra_params` up, unless it is there already; runtime/entrypoints/openai/utils.py:84-105."""
    params = _decoded(payload.pop("extra_params", None))
    if isinstance(params, dict):
        for key, value in params.items():
            payload.setdefault(key, value)
    return payload


def _save_json_reference(payload: dict[str, Any], inputs: Inputs, job_id: str) -> None:
    url = payload.get("reference_url")
    if not url or looks_like_video(url):
        return
    first = url[0] if isinstance(url, list) else url
    try:
        if not isinstance(first, str):
            raise TypeError(f"Unsupported image upload type: {type(first).__name__}")
        data = save_reference(first)
    except Exception as error:
        raise ValueError(f"400: Failed to process image source: {error}") from error
    if payload.get("input_reference"):
        inputs.remarks.append("input_reference is replaced by reference_url")
    payload["input_reference"] = _save(inputs, data, "url_image", job_id)


def _check_parts(noted: Received) -> None:
    if any(len(value.encode()) > PART_BYTES for _, value in noted.fields):
        raise Refusal(f"Part exceeded maximum size of {PART_BYTES // 1024}KB.")


def _form_values(noted: Received, files: Mapping[str, Upload]) -> dict[str, Any]:
    """Return the parameters of the form with their types, or raise a `Refusal` with status 422."""
    texts, errors = noted.form, list[Any]()
    values: dict[str, Any] = {"n": 1, "generator_device": "cuda"}
    for name in FORM_FILES:
        if texts.get(name) and name not in files:
            message = "Value error, Expected UploadFile, received: <class 'str'>"
            found = {"type": "value_error", "loc": ["body", name], "msg": message, "input": texts[name]}
            errors.append(found | {"ctx": {"error": {}}})
    for name in FORM_FIELDS:
        kind = FIELDS.get(name, (str,))[0]
        # The form takes no list of seeds.
        kind = int if name == "seed" else kind
        raw: Any = texts.get(name) if name not in files else files[name].filename
        if name in files and name not in FORM_FILES:
            found = {"type": "string_type", "loc": ["body", name], "msg": "Input should be a valid string"}
            errors.append(found | {"input": raw})
        elif raw:
            try:
                values[name] = TypeAdapter(kind).validate_python(raw)
            except ValidationError as error:
                errors += located(error, ["body", name])
    if errors:
        raise Refusal(errors, 422)
    return {name: values.get(name) for name in FORM_FIELDS}


def located(error: ValidationError, place: list[str]) -> list[dict[str, Any]]:
    """Return a validation error as FastAPI words it in an answer with status 422."""
    return [dict(each) | {"loc": place + list(each["loc"])} for each in error.errors(include_url=False)]


def _form_extras(form: Mapping[str, Any], texts: Mapping[str, str], model: Model) -> dict[str, Any]:
    """Return the fields that the form has beside its parameters; video_api.py:124-190."""
    extras: dict[str, Any] = {}
    for name in ("extra_body", "extra_params"):
        if not form[name]:
            continue
        try:
            found = json.loads(form[name])
        except ValueError as error:
            raise Refusal(f"{name} is not valid JSON") from error
        if isinstance(found, dict):
            extras |= flattened(found if name == "extra_body" else {"extra_params": found})
    known = (*FIELDS, *FORM_EXTRAS, *model.fields)
    extras |= {name: _decoded(texts[name]) for name in known if name in texts}
    return {name: value for name, value in flattened(extras).items() if name in known}


def _note_form(noted: Received, form: Mapping[str, Any], inputs: Inputs) -> None:
    names = [upload.name for upload in noted.files]
    for name in FORM_FILES:
        if names.count(name) > 1:
            inputs.remarks.append(f"only the last of several files in {name} is used")
    if "input_reference" in names and form["reference_url"]:
        inputs.remarks.append("reference_url is ignored beside an uploaded input_reference")


def _form_inputs(
    files: Mapping[str, Upload], form: Mapping[str, Any], inputs: Inputs, job_id: str
) -> tuple[str | None, str | None]:
    """Return the paths of the image and of the video; video_api.py:553-592."""
    upload, url = files.get("input_reference"), form["reference_url"]
    sources: list[Upload | str] = [each for each in (upload, url) if each is not None]
    video = None
    if "video_reference" in files:
        video = _save(inputs, files["video_reference"].data, files["video_reference"].filename, job_id)
    elif form["video_path"] or form["video_url"]:
        video = form["video_path"] or form["video_url"]
    elif upload is not None and looks_like_video(upload.filename, upload.content_type):
        video = _save(inputs, upload.data, upload.filename, job_id)
        sources.remove(upload)
    elif url and looks_like_video(url):
        video = url
        sources.remove(url)
    if not sources:
        return None, video
    first = sources[0]
    if isinstance(first, Upload):
        # Whether it is an image at all, only the worker finds out.
        return _save(inputs, first.data, first.filename, job_id), video
    try:
        return _save(inputs, save_reference(first), "url_image", job_id), video
    except ValueError as error:
        raise Refusal(f"Failed to process image source: {error}") from error


def _save(inputs: Inputs, data: bytes, name: str, job_id: str) -> str:
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name.replace("\\", "/").rpartition("/")[2]).strip("._") or "url_image"
    path = f"/srv/inputs/uploads/{job_id}_{safe}"
    inputs.saved[path] = data
    return path


def _decoded(value: Any) -> Any:
    """Return the JSON in a text, or the text if there is none."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
