"""What xAI's video API accepts, model by model and field by field, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .xai_inputs import Clip, Refusal, read_clip, read_picture

Route = Literal["generations", "edits", "extensions"]
Web = Mapping[str, bytes]

V1 = "grok-imagine-video"
V15 = "grok-imagine-video-1.5"
LITE = f"{V15}-lite"
MODELS = {V1: V1, V15: V15, LITE: LITE, f"{V15}-preview": V15, f"{V15}-2026-05-30": V15}
RATIOS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9", "5:2")
RESOLUTIONS = {"480p": 480, "720p": 720, "1080p": 1080}

DURATION = range(1, 16)
EXTENSION = range(2, 11)
REFERENCE_SECONDS = {V1: 10, V15: 15, LITE: 15}
REFERENCES = 7
KEYFRAMES = 4
AUDIOS = 3
PROMPT_CHARACTERS = 4096
EDIT_SECONDS = 8.7
EXTENSION_INPUT = (2.0, 15.0)
EXPIRY = range(3600, 2592001)
SLACK = 0.01

CENT = 10**8
SECOND_TICKS = {
    V1: {480: 5 * CENT, 720: 7 * CENT},
    V15: {480: 8 * CENT, 720: 14 * CENT, 1080: 25 * CENT},
    LITE: {480: 2 * CENT, 720: 3 * CENT, 1080: 14 * CENT},
}
PICTURE_TICKS = {V1: CENT // 5, V15: CENT, LITE: CENT}

FIELDS: dict[str, frozenset[str]] = {
    "generations": frozenset(
        "model prompt duration aspect_ratio resolution image last_frame keyframes reference_images reference_audios"
        " generate_audio storage_options output user".split()
    ),
    "edits": frozenset("model prompt video output user".split()),
    "extensions": frozenset("model prompt video duration output user".split()),
}
ALIASES = {"generations": {"seconds": "duration", "input_reference": "image"}, "extensions": {"seconds": "duration"}}
ONLY_V15 = ("last_frame", "keyframes", "reference_audios", "generate_audio")


@dataclass(frozen=True)
class Order:
    """A request that was accepted, with everything decoded; `seconds` is the length of the new part."""

    path: Route
    model: str
    prompt: str
    seconds: int
    short: int
    ratio: str = "16:9"
    image: np.ndarray | None = None
    last_frame: np.ndarray | None = None
    keyframes: tuple[tuple[float, np.ndarray], ...] = ()
    references: tuple[np.ndarray, ...] = ()
    clip: Clip | None = None
    sound: bool = True
    storage: Mapping[str, Any] | None = None

    @property
    def output_seconds(self) -> float:
        """The length of the video that comes out."""
        return self.seconds + (self.clip.seconds if self.clip else 0)

    @property
    def cost_ticks(self) -> int:
        """The price, in ticks of 10^-10 USD: every output second and every input image."""
        family = MODELS[self.model]
        pictures = len(self.references) + len(self.keyframes)
        pictures += (self.image is not None) + (self.last_frame is not None)
        return round(SECOND_TICKS[family][self.short] * self.output_seconds) + PICTURE_TICKS[family] * pictures


def read_order(path: Route, body: Mapping[str, Any], web: Web) -> Order:
    """Check a request body and decode what it brings, or raise `Refusal`."""
    fields = _plain(path, {name: value for name, value in body.items() if value is not None})
    model = _model(fields)
    _text(fields, "user")
    _output(fields)
    if path == "generations":
        return _generation(fields, model, web)
    return _derived(path, fields, model, web)


def _plain(path: Route, body: Mapping[str, Any]) -> dict[str, Any]:
    """Replace aliases by the real names, and refuse unknown fields."""
    plain: dict[str, Any] = {}
    for name, value in body.items():
        real = ALIASES.get(path, {}).get(name, name)
        if real not in FIELDS[path]:
            raise Refusal(f"Unknown field: {name}", param=name)
        if real in plain:
            raise Refusal(f"{real} was given twice, once as an alias", param=name)
        plain[real] = value
    return plain


def _model(fields: Mapping[str, Any]) -> str:
    name = _text(fields, "model", required=True)
    if name not in MODELS:
        message = f"The model {name} does not exist or your team does not have access to it."
        raise Refusal(message, status=404, shape="pair", code="Some requested entity was not found")
    return name


def _generation(fields: Mapping[str, Any], model: str, web: Web) -> Order:
    """Check a request for a new video."""
    family = MODELS[model]
    _check_family(fields, family)
    references = _list(fields, "reference_images", REFERENCES)
    duration = _duration(fields, DURATION, 8)
    if references and duration > REFERENCE_SECONDS[family]:
        raise Refusal(f"duration is at most {REFERENCE_SECONDS[family]} with reference_images", param="duration")
    resolution = _choice(fields, "resolution", tuple(RESOLUTIONS), "480p")
    if resolution == "1080p" and (family == V1 or references):
        raise Refusal("1080p is available neither on this model nor with reference_images", param="resolution")
    if references and "image" in fields and family != V15:
        raise Refusal("reference_images cannot be combined with image on this model", param="reference_images")
    if "last_frame" in fields and "image" not in fields:
        raise Refusal("last_frame needs image", param="last_frame")
    prompt = _text(fields, "prompt", required="image" not in fields or bool(references), limit=PROMPT_CHARACTERS)
    _reference_audios(fields)
    return Order(
        path="generations",
        model=model,
        prompt=prompt,
        seconds=duration,
        short=RESOLUTIONS[resolution],
        ratio=_choice(fields, "aspect_ratio", RATIOS, "16:9"),
        sound=_flag(fields, "generate_audio", True),
        storage=_storage(fields),
        image=_picture(fields["image"], "image", web) if "image" in fields else None,
        last_frame=_picture(fields["last_frame"], "last_frame", web) if "last_frame" in fields else None,
        references=tuple(_picture(each, f"reference_images[{n}]", web) for n, each in enumerate(references)),
        keyframes=_keyframes(fields, duration, web),
    )


def _derived(path: Route, fields: Mapping[str, Any], model: str, web: Web) -> Order:
    """Check a request to edit or to extend a video."""
    if MODELS[model] != V1:
        raise Refusal(f"{path} are not available on {model}", param="model")
    prompt = _text(fields, "prompt", required=True, limit=PROMPT_CHARACTERS)
    seconds = _duration(fields, EXTENSION, 6) if path == "extensions" else 0
    clip = read_clip(_source(_required(fields, "video"), "video", ("url", "file_id")), web, "video")
    low, high = (0.0, EDIT_SECONDS) if path == "edits" else EXTENSION_INPUT
    if not low - SLACK <= clip.seconds <= high + SLACK:
        raise Refusal(f"The input video is {clip.seconds:.2f} s, not between {low} and {high}", param="video")
    short = 480 if min(clip.width, clip.height) <= 480 else 720
    return Order(path=path, model=model, prompt=prompt, seconds=seconds, short=short, clip=clip)


def _check_family(fields: Mapping[str, Any], family: str) -> None:
    for name in ONLY_V15:
        if family != V15 and name in fields:
            raise Refusal(f"{name} is only available on {V15}", param=name)


def _picture(value: Any, param: str, web: Web) -> np.ndarray:
    return read_picture(_source(value, param, ("url", "image_url", "file_id")), web, param)


def _source(value: Any, param: str, names: Sequence[str]) -> dict[str, str]:
    """Check an object that names one URL or one file."""
    if not isinstance(value, dict):
        raise Refusal(f"{param} must be an object", param=param)
    if unknown := sorted(set(value) - set(names)):
        raise Refusal(f"Unknown field: {param}.{unknown[0]}", param=param)
    if not value:
        raise _missing(f"{param}.url")
    if len(value) > 1:
        raise Refusal(f"{param} takes one of url and file_id", param=param)
    [(name, text)] = value.items()
    if not isinstance(text, str) or not text:
        raise Refusal(f"{param}.{name} must be a string", param=param)
    return {"url" if name == "image_url" else name: text}


def _keyframes(fields: Mapping[str, Any], duration: int, web: Web) -> tuple[tuple[float, np.ndarray], ...]:
    """Check the pinned frames: inside the video, on the grid of thirds, each at its own time."""
    frames: dict[float, np.ndarray] = {}
    for number, each in enumerate(_list(fields, "keyframes", KEYFRAMES)):
        param = f"keyframes[{number}]"
        _keys(each, param, ("image", "timestamp_s"))
        time = _required(each, "timestamp_s")
        if isinstance(time, bool) or not isinstance(time, int | float) or not 0 < time < duration:
            raise Refusal(f"{param}.timestamp_s must be between 0 and the duration", param=param)
        if abs(time * 3 - round(time * 3)) > SLACK or time in frames:
            raise Refusal(f"{param}.timestamp_s must be another multiple of 1/3 s", param=param)
        frames[time] = _picture(_required(each, "image"), f"{param}.image", web)
    return tuple(frames.items())


def _reference_audios(fields: Mapping[str, Any]) -> None:
    for number, each in enumerate(_list(fields, "reference_audios", AUDIOS)):
        _keys(each, f"reference_audios[{number}]", ("voice_id", "url"))
        if "url" in each:
            message = "Reference audio by URL is for partners only"
            raise Refusal(message, status=403, shape="pair", code="The caller does not have permission")
        _text(each, "voice_id", required=True)


def _storage(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    if "storage_options" not in fields:
        return None
    options = _keys(fields["storage_options"], "storage_options", ("filename", "expires_after", "public_url"))
    _text(options, "filename")
    _expiry(options)
    public = options.get("public_url", True)
    if not isinstance(public, bool):
        _expiry(_keys(public, "storage_options.public_url", ("expires_after",)))
    return options


def _expiry(fields: Mapping[str, Any]) -> None:
    value = fields.get("expires_after", EXPIRY[0])
    if isinstance(value, bool) or not isinstance(value, int) or value not in EXPIRY:
        raise Refusal(f"expires_after must be in {EXPIRY[0]}..{EXPIRY[-1]} s", param="expires_after")


def _output(fields: Mapping[str, Any]) -> None:
    if "output" in fields:
        url = _text(_keys(fields["output"], "output", ("upload_url",)), "upload_url", required=True)
        if not url.startswith("https://"):
            raise Refusal("output.upload_url must be an https URL", param="output")


def _duration(fields: Mapping[str, Any], allowed: range, default: int) -> int:
    """Read whole seconds, given as a number or as a string."""
    value = fields.get("duration", default)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,4}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        raise Refusal(f"duration must be a whole number in {allowed[0]}..{allowed[-1]}", param="duration")
    return value


def _text(fields: Mapping[str, Any], name: str, *, required: bool = False, limit: int | None = None) -> str:
    if name not in fields and not required:
        return ""
    value = _required(fields, name)
    if not isinstance(value, str) or (required and not value.strip()):
        raise Refusal(f"{name} must be a non-empty string", param=name)
    if limit is not None and len(value) > limit:
        raise Refusal(f"{name} is longer than {limit} characters", param=name)
    return value


def _choice(fields: Mapping[str, Any], name: str, allowed: Sequence[str], default: str) -> str:
    value = fields.get(name, default)
    if value not in allowed:
        raise Refusal(f"{name} must be one of {', '.join(allowed)}", param=name)
    return value


def _flag(fields: Mapping[str, Any], name: str, default: bool) -> bool:
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise Refusal(f"{name} must be a boolean", param=name)
    return value


def _list(fields: Mapping[str, Any], name: str, limit: int) -> list[Any]:
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not 1 <= len(value) <= limit:
        raise Refusal(f"{name} must be a list of 1 to {limit}", param=name)
    return value


def _keys(value: Any, param: str, names: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) - set(names):
        raise Refusal(f"{param} must be an object of {', '.join(names)}", param=param)
    return value


def _required(fields: Mapping[str, Any], name: str) -> Any:
    if fields.get(name) is None:
        raise _missing(name)
    return fields[name]


def _missing(name: str) -> Refusal:
    message = f"Failed to deserialize the JSON body into the target type: missing field `{name}`"
    return Refusal(message, status=422, shape="text")
