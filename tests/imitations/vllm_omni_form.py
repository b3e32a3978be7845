"""The form of POST /v1/videos of the imitated vLLM-Omni, checked and decoded in the order of the real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from PIL import Image

from . import vllm_omni_media as media
from .engine import Received, Upload
from .vllm_omni_errors import bad_value, refused
from .vllm_omni_fields import FILES, checked, validated
from .vllm_omni_media import H3_COUNT, H3_SUFFIXES, MIB, Clip, Web, suffix_of

MASK_BYTES = 8 * MIB
SOURCE_BYTES = 512 * MIB
MASK_DEPTH = 64
DEFAULT_FPS = 24
_JSON = ("image_reference", "video_reference", "audio_reference")
_Media = TypeVar("_Media")


@dataclass
class Order:
    """A request that was accepted; `values` are the fields that were given.

    `separate` is how many frames of an uploaded video would reach the model as images of their own; `edit` are
    the sources and the masks of latent-mask editing by field.
    """

    values: dict[str, Any]
    images: list[Image.Image] = field(default_factory=list[Image.Image])
    videos: list[Clip] = field(default_factory=list[Clip])
    audios: list[Clip] = field(default_factory=list[Clip])
    separate: int | None = None
    edit: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def prompt(self) -> str:
        """The prompt."""
        return self.values["prompt"]

    @property
    def extra(self) -> dict[str, Any]:
        """The model's own parameters."""
        return self.values.get("extra_params") or {}

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height, if both are given; `size` goes before `width` and `height`."""
        # protocol/videos.py:298 (resolve_video_params), image_api_utils.py:33 (parse_size)
        if "size" in self.values:
            width, height = map(int, self.values["size"].split("x"))
            if width <= 0 or height <= 0:
                raise bad_value(f"Invalid size: {width}x{height}. Width and height must be positive integers.")
            return width, height
        if "width" in self.values and "height" in self.values:
            return self.values["width"], self.values["height"]
        return None

    @property
    def fps(self) -> float:
        """The frame rate that was given, or 24."""
        return self.values.get("fps", DEFAULT_FPS)

    @property
    def frames(self) -> int | None:
        """The number of frames that was given, or follows from `seconds`."""
        if "num_frames" in self.values:
            return self.values["num_frames"]
        return int(float(self.values["seconds"]) * float(self.fps)) if "seconds" in self.values else None


def read_order(noted: Received, model: str, *, h3: bool, web: Web) -> Order:
    """Check a form and decode everything in it, or raise Refused."""
    values = checked(noted)
    files = {name: values.pop(name) for name in (*FILES, "input_references") if name in values}
    parsed = {name: _json(values.pop(name)) for name in _JSON if name in values}
    masks = {name: _mask(files.pop(name), name) for name in FILES[-2:] if name in files}
    _check_exclusions(parsed, files)
    for name in ("lora", "extra_params"):
        if name in values:
            values[name] = _json(values[name], dict)
    control = values.pop("control_type", None)
    order = Order(validated({**values, **{name: value for name, value in parsed.items() if value is not None}}))
    if order.values.get("model", model) != model:
        given = order.values["model"]
        raise refused(f"Model mismatch: request specifies '{given}' but server is running '{model}'.")
    _check_edit(files, masks, h3)
    _check_control(files, control)
    _read_references(order, files, h3, web)
    for name in FILES[2:4]:
        if name in files:
            order.edit[name] = _edit_source(files[name], name)
    order.edit |= masks
    order.size  # noqa: B018 - the answer to the POST needs it, so that a wrong one is refused
    return order


def _json(text: str, kind: type | None = None) -> Any:
    # helpers.py:115 (_parse_form_json)
    try:
        parsed = json.loads(text)
    except ValueError:
        raise refused("Invalid JSON in form field.") from None
    if kind is not None and not isinstance(parsed, kind):
        found = type(parsed).__name__
        raise refused(f"Invalid JSON in form field: expected {kind.__name__}, got {found}.")
    return parsed


def _mask(upload: Upload, name: str) -> Any:
    """Read a mask from a JSON file part."""
    # helpers.py:133-207 (_parse_latent_edit_mask_json, _read_latent_edit_mask_json)
    if len(upload.data) > MASK_BYTES:
        raise refused(f"{name} JSON exceeds the {MASK_BYTES // MIB} MiB limit.")
    try:
        text = upload.data.decode()
    except UnicodeDecodeError:
        raise refused(f"{name} JSON file must be UTF-8 encoded.") from None
    if not text:
        raise refused(f"{name} JSON file must not be empty.")
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = ...
    # An invalid file has its own words: HTTPException is no ValueError.
    if parsed is ...:
        raise refused("Invalid JSON in form field.")
    if _deeper(parsed, MASK_DEPTH):
        raise refused(f"{name} contains invalid JSON or is nested too deeply.")
    if parsed is None:
        raise refused(f"{name} JSON file must contain a mask value.")
    return parsed


def _deeper(value: Any, depth: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    children = value.values() if isinstance(value, dict) else value
    return depth <= 0 or any(_deeper(child, depth - 1) for child in children)


def _check_exclusions(parsed: Mapping[str, Any], files: Mapping[str, Any]) -> None:
    # helpers.py:925-941
    images, videos = parsed.get("image_reference"), parsed.get("video_reference")
    linked = images is not None or videos is not None
    if "input_references" in files and (linked or "input_reference" in files):
        raise refused("Provide input_references alone, without input_reference, image_reference, or video_reference.")
    if "input_reference" in files and linked:
        raise refused(
            "Provide only one of input_reference, image_reference, or video_reference when using "
            "input_reference; image_reference and video_reference may be combined."
        )


def _check_edit(files: Mapping[str, Any], masks: Mapping[str, Any], h3: bool) -> None:
    # helpers.py:603 (_validate_latent_edit_inputs)
    if not masks and "source_video" not in files and "source_audio" not in files:
        return
    if not h3:
        raise refused("Latent-mask editing is not supported by this model.")
    if not masks:
        raise refused("Latent-mask editing requires at least one of video_noise_mask or audio_noise_mask.")
    if "source_audio" in files and "audio_noise_mask" not in masks:
        raise refused("source_audio requires an audio_noise_mask upload.")


def _check_control(files: Mapping[str, Any], kind: str | None) -> None:
    # helpers.py:633 (_validate_control_upload); model_metadata.py: no model of this imitation has control types.
    if "control_reference" not in files:
        if kind is not None:
            raise refused("control_type requires a control_reference upload.")
        return
    if kind is None or not kind.strip():
        raise refused("control_reference requires control_type.")
    raise refused(
        f"Control upload type '{kind.strip().lower()}' is not supported by this model. "
        "Supported control upload types: none."
    )


def _edit_source(upload: Upload, name: str) -> Clip:
    # helpers.py:575 (_persist_latent_edit_source), helpers.py:510 (_persist_uploaded_reference)
    kind = name.removeprefix("source_")
    if suffix_of(upload) not in H3_SUFFIXES[kind]:
        wanted = {"video": "an MP4 or MOV file", "audio": "a WAV or MP3 file"}[kind]
        raise refused(f"{name} must be {wanted}.")
    if len(upload.data) > SOURCE_BYTES:
        raise refused(f"{name} exceeds the {SOURCE_BYTES // MIB} MiB size limit.")
    if not upload.data:
        raise refused(f"{name} must not be empty.")
    return Clip(upload.data, suffix_of(upload))


def _read_references(order: Order, files: Mapping[str, Any], h3: bool, web: Web) -> None:
    """Decode all references, of all the ways to hand them over."""
    if upload := files.get("input_reference"):
        if h3:
            media.check_h3_upload(upload, lenient=True)
        decoded = media.read_upload(upload)
        if isinstance(decoded, Clip):
            order.videos.append(decoded)
            order.separate = media.frame_count(decoded.data, order.frames)
        else:
            order.images.append(decoded)
    for upload in files.get("input_references", []) if not h3 else []:
        # helpers.py:490, 1050: for all models but MiniMax H3, every part is taken for a video.
        order.videos.append(Clip(upload.data, suffix_of(upload)))
    if h3:
        _read_mixed(order, files.get("input_references", []))
    order.images += _linked(order, "image", web, lambda data: media.read_image(data, "image_reference.image_url"))
    order.videos += _linked(order, "video", web, _video)
    order.audios += _linked(order, "audio", web, _audio)


def _read_mixed(order: Order, uploads: Sequence[Upload]) -> None:
    # helpers.py:789 (_persist_uploaded_media_references)
    if len(uploads) > H3_COUNT:
        raise refused(f"MiniMax H3 accepts at most {H3_COUNT} total references.")
    words = {"video": "reference videos must use an MP4 or MOV file", "audio": "reference audio must use a WAV or MP3"}
    for upload in uploads:
        kind, suffix = media.kind_of(upload), suffix_of(upload)
        media.check_h3_upload(upload)
        if kind == "image":
            order.images.append(media.read_image(upload.data, f"uploaded image reference: {upload.filename}"))
            continue
        if suffix and suffix not in H3_SUFFIXES[kind]:
            raise refused(f"MiniMax H3 {words[kind]}{' file' if kind == 'audio' else ''}.")
        (order.audios if kind == "audio" else order.videos).append(Clip(upload.data, suffix or ".mp4"))


def _linked(order: Order, kind: str, web: Web, read: Callable[[bytes], _Media]) -> list[_Media]:
    given = order.values.get(f"{kind}_reference")
    items = given if isinstance(given, list) else [] if given is None else [given]
    if any(hasattr(item, "file_id") for item in items):
        raise refused(f"Invalid {kind}_reference: file_id is not supported yet.")
    return [read(media.fetched(getattr(item, f"{kind}_url"), kind, web)) for item in items]


def _video(data: bytes) -> Clip:
    if not media.is_video(data):
        raise refused("Invalid video_reference.video_url: provided content is not a valid video.")
    return Clip(data)


def _audio(data: bytes) -> Clip:
    if not data:
        raise refused("Invalid audio_reference: audio data is empty.")
    return Clip(data, ".wav")
