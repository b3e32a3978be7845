"""From plain fields to a VideoRequest: what the two formats share (docs/dev/wire-format.md 3).

Pure: files and URLs stay sources; nothing is fetched here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from ..domain.errors import GrokVideoError, InvalidValue
from ..domain.models import DEFAULT_MODEL, find_model
from ..domain.prompt import parse_prompt
from ..domain.request import AspectRatio, Mode, Operation, Resolution, Source, VideoRequest
from .fields import Fields, as_object
from .sources import ImageNames, read_images, read_plain_images
from .spellings import (
    RESOLUTIONS,
    Size,
    parse_metadata,
    parse_number,
    parse_ratio,
    parse_seconds,
    parse_seed,
    parse_size,
    parse_start_time,
)

NAMES = ImageNames()
Images = Callable[[Fields, Operation], tuple[tuple[Source, ...], Mode | None]]
IMAGE_MODES = (Mode.FIRST_FRAME.value, Mode.FIRST_LAST_FRAME.value, Mode.REFERENCE.value)
ORIENTATIONS = {
    "landscape": AspectRatio.R16_9, "horizontal": AspectRatio.R16_9,
    "portrait": AspectRatio.R9_16, "vertical": AspectRatio.R9_16,
    "square": AspectRatio.R1_1,
}  # fmt: skip
# Accepted from existing clients, and without effect (docs/dev/wire-format.md 3).
WITHOUT_EFFECT = ("parent_post_id",)


def read_request(
    fields: Fields,
    operation: Operation,
    *,
    seconds_names: tuple[str, ...],
    source: Source | None = None,
    images: Images | None = None,
    prompt_with_frames: bool = True,
) -> VideoRequest:
    """Return the request that the fields describe; raise an InvalidRequest or ModelNotFound naming the client's field.

    `seconds_names` are the format's names for the duration, in order of preference, and `images` reads its images. A
    scene replaces the prompt, and without `prompt_with_frames` a first frame does.
    """
    try:
        request = _read(fields, operation, seconds_names, source, images or images_of, prompt_with_frames)
        return replace(request, ignored=fields.ignored())
    except GrokVideoError as error:
        raise fields.with_client_name(error) from None


def _read(
    fields: Fields,
    operation: Operation,
    seconds_names: tuple[str, ...],
    source: Source | None,
    read_images_of: Images,
    prompt_with_frames: bool,
) -> VideoRequest:
    named = fields.take("model", "model", "model_name")
    # What derives a video keeps its shape, and `metadata` may be that of the source.
    fields.reads_metadata = operation is Operation.CREATE
    model = None if named is None else fields.catalog.find(str(named)).name
    if model is None and operation is Operation.CREATE:
        model = DEFAULT_MODEL
    size, size_label = _size(fields)
    named_ratio = fields.read("aspect_ratio", parse_ratio, "aspect_ratio", "ratio")
    orientation = fields.read("orientation", _orientation)
    seconds = fields.take("seconds", *seconds_names)
    if seconds is not None and operation is Operation.REMIX:
        # A remix is as long as its source (docs/dev/wire-format.md 4).
        fields.known.discard(fields.names["seconds"])
    scene = _scene(fields, operation)
    images, mode = read_images_of(fields, operation)
    framed = mode in (Mode.FIRST_FRAME, Mode.FIRST_LAST_FRAME)
    if scene is not None and framed:
        raise InvalidValue(f"scene draws images as references, but these are for {mode}.", param="scene")
    seed = fields.take("seed")
    fields.known.update(("prompt", *WITHOUT_EFFECT))
    request = VideoRequest(
        operation=operation,
        prompt=parse_prompt(fields.raw.get("prompt"), required=scene is None and (prompt_with_frames or not framed)),
        model=model,
        seconds=_seconds(seconds, model),
        aspect_ratio=named_ratio or size.ratio or orientation,
        pixels=None if named_ratio else size.pixels,
        resolution=size.resolution,
        images=images,
        image_mode=mode,
        source=source,
        seed=None if seed is None else parse_seed(seed),
        metadata=parse_metadata(fields.own_metadata()),
        scene=scene,
        size_label=size_label,
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


def _size(fields: Fields) -> tuple[Size, str | None]:
    """Return what the size says, by any of its names or by `quality`, and the size as written."""
    names = ("size", "resolution", "resolution_name")
    written, size = fields.take("size", *names), fields.read("size", parse_size, *names)
    label = None if size is None else str(written)
    size = size or Size()
    if size.resolution is None:
        # `size` was a ratio: the resolution is in a field of its own.
        separate = fields.read("size", parse_size, *names[1:]) if size.ratio else None
        size = replace(size, resolution=(separate and separate.resolution) or _quality(fields))
    return size, label


def _quality(fields: Fields) -> Resolution | None:
    """Return the resolution that `quality` names; its other values, such as "high", mean nothing here."""
    quality = fields.take("quality")
    resolution = RESOLUTIONS.get(str(quality).strip().upper())
    if quality is not None and resolution is None:
        fields.known.discard(fields.names["quality"])
    return resolution


def _orientation(raw: object) -> AspectRatio | None:
    """Return the aspect ratio of an orientation, None for `auto`; raise InvalidValue listing the allowed ones."""
    word = str(raw).strip().lower()
    if word == "auto":
        return None
    try:
        return ORIENTATIONS[word]
    except KeyError:
        allowed = ", ".join(ORIENTATIONS)
        raise InvalidValue(f"orientation is {str(raw)[:40]!r}; use one of: {allowed}.", param="orientation") from None


def images_of(
    fields: Fields, operation: Operation, names: ImageNames = NAMES
) -> tuple[tuple[Source, ...], Mode | None]:
    """Return a request's images and what they are for, None if that follows from their number.

    Raises InvalidImage or InvalidValue naming the client's field.
    """
    if operation is Operation.REMIX:
        return (), None
    if operation is Operation.EXTEND:
        # References for the new segment: its first frame is the source's last one.
        return read_plain_images(fields, names.plain), None
    images, mode = read_images(fields, names)
    return images, fields.read("image_mode", partial(_mode, count=len(images), known=mode)) or mode


def _mode(raw: object, count: int, known: Mode | None) -> Mode:
    """Return what `image_mode` says; raise InvalidValue if so many images, or their own names, say otherwise."""
    text = str(raw).strip().lower()
    if text not in IMAGE_MODES:
        allowed = ", ".join(IMAGE_MODES)
        raise InvalidValue(f"image_mode is {text[:40]!r}; use one of: {allowed}.", param="image_mode")
    mode, enough = Mode(text), count == 2 if text == Mode.FIRST_LAST_FRAME else count >= 1
    if not enough or known not in (None, mode):
        reason = f"there are {count} images" if not enough else f"the images are named as {known}"
        raise InvalidValue(f"image_mode is {text}, but {reason}.", param="image_mode")
    return mode


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


def _scene(fields: Fields, operation: Operation) -> Mapping[str, Any] | None:
    scene = as_object(fields.take("scene"), "scene")
    if scene is None:
        return None
    if operation is Operation.EXTEND:
        raise InvalidValue("scene cannot be used to extend a video; describe in prompt what follows.", param="scene")
    if not isinstance(scene, dict):
        raise InvalidValue(f"scene is a {type(scene).__name__}; send an object.", param="scene")
    return cast("dict[str, Any]", scene)
