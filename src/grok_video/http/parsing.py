"""From plain fields to a VideoRequest: what the two formats share (docs/dev/wire-format.md 3).

Pure: files and URLs stay sources; nothing is fetched here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID

import pybase64

from ..domain.errors import GrokVideoError, InvalidImage, InvalidValue, MissingField, VideoNotFound
from ..domain.models import DEFAULT_MODEL, Catalog, find_model
from ..domain.prompt import parse_prompt
from ..domain.request import MAX_IMAGES, Operation, Resolution, Source, TaskRef, Upload, Url, VideoRequest
from .bodies import IMAGE_FIELDS
from .ids import parse_task_id
from .spellings import (
    parse_metadata,
    parse_number,
    parse_ratio,
    parse_seconds,
    parse_seed,
    parse_size,
    parse_start_time,
)

OwnLink = Callable[[str], UUID | None]
MIN_BASE64 = 64
MAX_URL = 8192


@dataclass(slots=True)
class Fields:
    """The fields of a request; remembers the client's name for each field, for error messages."""

    raw: Mapping[str, Any]
    own_link: OwnLink = lambda _: None
    catalog: Catalog = field(default_factory=Catalog)
    names: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, canonical: str, *names: str) -> Any:
        """Return the first of these fields that is present and not empty, or None."""
        for name in names or (canonical,):
            value = self.raw.get(name)
            if value is not None and value != "":
                if isinstance(value, Upload):
                    raise InvalidValue(f"{name} is a file; send a text.", param=name)
                self.names[canonical] = name
                return value
        return None

    def with_client_name(self, error: GrokVideoError) -> GrokVideoError:
        """Return the error with the client's own name for its field."""
        name = self.names.get(error.param or "")
        if name and name != error.param:
            error.message = error.message.replace(f"{error.param} ", f"{name} ", 1)
            error.param = name
        return error


def read_request(
    fields: Fields,
    operation: Operation,
    *,
    seconds_names: tuple[str, ...],
    source: Source | None = None,
) -> VideoRequest:
    """Return the request that the fields describe; raise an InvalidRequest or ModelNotFound naming the client's field.

    `seconds_names` are the format's names for the duration, in order of preference.
    """
    try:
        return _read(fields, operation, seconds_names, source)
    except GrokVideoError as error:
        raise fields.with_client_name(error) from None


def _read(fields: Fields, operation: Operation, seconds_names: tuple[str, ...], source: Source | None) -> VideoRequest:
    named = fields.take("model", "model", "model_name")
    model = None if named is None else fields.catalog.find(str(named)).name
    if model is None and operation is Operation.CREATE:
        model = DEFAULT_MODEL
    size = fields.take("size", "size", "resolution", "resolution_name")
    resolution, ratio = parse_size(size) if size is not None else (None, None)
    if ratio is not None and resolution is None and (separate := fields.take("size", "resolution", "resolution_name")):
        # `size` was a ratio: the resolution is in a field of its own.
        resolution = parse_size(separate)[0]
    from_pixels = ratio is not None and resolution is not None
    ratio_field = fields.take("aspect_ratio", "aspect_ratio", "ratio")
    if ratio_field is not None:
        ratio = parse_ratio(ratio_field)
    seconds = fields.take("seconds", *seconds_names)
    scene = _scene(fields, operation)
    request = VideoRequest(
        operation=operation,
        prompt=parse_prompt(fields.raw.get("prompt"), required=scene is None),
        model=model,
        seconds=_seconds(seconds, model),
        aspect_ratio=ratio,
        ratio_from_pixels=from_pixels and ratio_field is None,
        resolution=resolution,
        images=() if operation is Operation.REMIX else _images(fields),
        source=source,
        seed=None if (seed := fields.take("seed")) is None else parse_seed(seed),
        metadata=parse_metadata(_object(fields.take("metadata"), "metadata")),
        scene=scene,
        size_label=None if size is None else str(size),
        model_label=None if named is None else str(named),
    )
    if operation is Operation.EXTEND:
        start = fields.take("start_time", "start_time", "startTime")
        upscale = str(fields.take("upscale") or "").lower() in ("true", "1", "yes", "on")
        request = replace(
            request,
            start_time=None if start is None else parse_start_time(start),
            resolution=Resolution.P1080 if upscale else request.resolution,
        )
    return request


def _seconds(raw: Any, model: str | None) -> int | None:
    """Return the duration; a model of fixed length replaces any number (docs/dev/wire-format.md 4)."""
    if raw is None:
        return None
    if model is None:
        return parse_seconds(raw)
    spec = find_model(model)
    if spec.fixed_seconds is not None:
        parse_number(raw, "seconds")
        return spec.fixed_seconds
    return spec.seconds(parse_seconds(raw), 1)


def _object(value: Any, name: str) -> Any:
    """Return an object that a form can only send as JSON text."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise InvalidValue(f"{name} is not a JSON object.", param=name) from None
    return value


def _scene(fields: Fields, operation: Operation) -> Mapping[str, Any] | None:
    scene = _object(fields.take("scene"), "scene")
    if scene is None:
        return None
    if operation is Operation.EXTEND:
        raise InvalidValue("scene cannot be used to extend a video; describe in prompt what follows.", param="scene")
    if not isinstance(scene, dict):
        raise InvalidValue(f"scene is a {type(scene).__name__}; send an object.", param="scene")
    return cast("dict[str, Any]", scene)


def _images(fields: Fields) -> tuple[Source, ...]:
    sources: list[Source] = []
    for name in IMAGE_FIELDS:
        value = fields.raw.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, str) and value.startswith("["):
            value = _object(value, name)
        images: list[Any] = value if isinstance(value, list) else [value]
        fields.names.setdefault("images", name)
        for index, image in enumerate(images):
            if image is not None and image != "":
                if len(sources) == MAX_IMAGES:
                    # Before it is decoded: there may be any number of them.
                    message = f"There are more than {MAX_IMAGES} images; at most {MAX_IMAGES} are allowed."
                    raise InvalidValue(message, param="images")
                param = f"{name}[{index}]" if isinstance(value, list) else name
                sources.append(read_source(image, param, fields.own_link))
    return tuple(sources)


def read_source(value: Any, param: str, own_link: OwnLink) -> Source:
    """Return the source that a value describes: a file, an object, a URL, a data URI or bare base64.

    Raises InvalidImage or InvalidValue naming `param`.
    """
    if isinstance(value, Upload):
        return replace(value, param=param)
    if isinstance(value, Mapping):
        return _from_object(value, param, own_link)  # pyright: ignore[reportUnknownArgumentType]
    if not isinstance(value, str):
        raise InvalidImage(f"{param} is a {type(value).__name__}; send a file, a URL or base64.", param=param)
    text = value.strip()
    if text[:5].lower() == "data:":
        return _from_data_uri(text, param)
    if text[:7].lower() == "http://" or text[:8].lower() == "https://":
        if len(text) > MAX_URL or "\x00" in text:
            raise InvalidValue(f"{param} is not a usable URL.", param=param)
        task_id = own_link(text)
        return TaskRef(task_id, param=param) if task_id else Url(text, param=param)
    return _from_base64(text, param)


def _from_object(value: Mapping[str, Any], param: str, own_link: OwnLink) -> Source:
    for name in ("image_url", "url"):
        inner = value.get(name)
        if isinstance(inner, Mapping):
            inner = inner.get("url")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if inner:
            return read_source(inner, f"{param}.{name}", own_link)
    if value.get("file_id"):
        raise InvalidValue(f"{param}.file_id is not supported; send the file or a URL.", param=f"{param}.file_id")
    raise InvalidImage(f"{param} is an object without image_url or url.", param=param)


def _from_data_uri(text: str, param: str) -> Upload:
    head, comma, data = text.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise InvalidImage(f"{param} is a data URI without ;base64 content.", param=param)
    return _from_base64(data, param, at_least=0)


def _from_base64(text: str, param: str, at_least: int = MIN_BASE64) -> Upload:
    try:
        if len(text) < at_least:
            raise ValueError
        compact = "".join(text.split()) if any(blank in text for blank in " \n\r\t") else text
        padded = compact + "=" * (-len(compact) % 4)
        data = pybase64.b64decode(padded, altchars=b"-_" if "-" in compact or "_" in compact else None, validate=True)
    except ValueError:
        raise InvalidImage(f"{param} is neither an http(s) URL, a data URI nor base64.", param=param) from None
    return Upload(hashlib.sha256(data).hexdigest(), len(data), param=param, data=data)


def task_source(text: Any, param: str) -> TaskRef:
    """Return the task that an id names; raise MissingField or VideoNotFound naming `param`."""
    if text is None or text == "":
        raise MissingField(f"{param} is missing: send the id of the source video.", param=param)
    task_id = parse_task_id(str(text))
    if task_id is None:
        raise VideoNotFound(f"There is no video {str(text)[:80]!r}.", param=param)
    return TaskRef(task_id, param=param)


def extension_source(fields: Fields) -> tuple[Source, str]:
    """Return what `/v1/videos/extensions` extends, and the id as written ("" for a file or a foreign URL)."""
    video = fields.raw.get("video")
    candidates = [("video", video)]
    if isinstance(video, Mapping):
        candidates = [(f"video.{name}", video.get(name)) for name in ("id", "url", "video_url", "file_id")]  # pyright: ignore
    candidates += [(name, fields.raw.get(name)) for name in ("video_id", "task_id", "video_url")]
    param, value = next(((name, candidate) for name, candidate in candidates if candidate), ("video.url", None))
    if param == "video.file_id":
        raise InvalidValue("video.file_id is not supported; send a task id, a file or a URL.", param=param)
    if isinstance(value, str) and not value.lower().startswith(("data:", "http://", "https://")):
        return task_source(value, param), value
    if not value:
        return task_source(None, param), ""
    written = value[:300] if isinstance(value, str) else ""
    return read_source(value, param, fields.own_link), written
