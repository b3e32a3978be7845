"""Images and videos as requests name them: files, URLs, data URIs, base64, ids (docs/dev/wire-format.md 3).

Pure: files and URLs stay sources; nothing is fetched here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pybase64

from ..domain.errors import InvalidImage, InvalidValue, MissingField, VideoNotFound
from ..domain.request import MAX_IMAGES, FileRef, Mode, Source, TaskRef, Upload, Url
from .bodies import IMAGE_FIELDS
from .fields import Fields, OwnLink, as_object
from .ids import parse_file_id, parse_task_id

MIN_BASE64 = 64
MAX_URL = 8192


@dataclass(frozen=True, slots=True)
class ImageNames:
    """What a format calls its images: those without a role, the first frame and the last one.

    Images of `plain` alone are for `mode`, None for what follows from their number. With `beside`, those of `plain` may
    stand beside a first frame, as references.
    """

    plain: tuple[str, ...] = IMAGE_FIELDS
    first: tuple[str, ...] = ("first_frame_image", "first_frame")
    last: tuple[str, ...] = ("last_frame_image", "last_frame", "image_tail", "image_end")
    mode: Mode | None = None
    beside: bool = False


def read_images(fields: Fields, names: ImageNames) -> tuple[tuple[Source, ...], Mode | None]:
    """Return the images in order and what they are for, None if that follows from their number.

    Raises InvalidImage or InvalidValue naming the client's field.
    """
    plain = read_plain_images(fields, names.plain)
    first, last = _role(fields, names.first), _role(fields, names.last)
    if first is None and last is None:
        return plain, names.mode if plain else None
    if first is None and names.mode is None and len(plain) == 1:
        # An image and an image for the end.
        first, plain = plain[0], ()
    if first is None:
        name = param_of(last)
        raise InvalidValue(f"{name} is the last frame, but there is no first one: send both.", param=name)
    if plain and names.beside and last is None:
        return (first, *plain), Mode.FIRST_FRAME
    if plain and plain != (first,):
        raise InvalidValue(
            f"{param_of(first)} is the first frame, which cannot be combined with {param_of(plain[0])}: send first and "
            "last frame, or references.",
            param=param_of(first),
        )
    return ((first,), Mode.FIRST_FRAME) if last is None else ((first, last), Mode.FIRST_LAST_FRAME)


def read_plain_images(fields: Fields, names: Sequence[str]) -> tuple[Source, ...]:
    """Return the images of all these fields, each one image or a list; raise InvalidImage or InvalidValue."""
    sources: list[Source] = []
    for name, found in fields.find_images(*names):
        value = found
        if isinstance(value, str) and value.startswith("["):
            value = as_object(value, name)
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


def _role(fields: Fields, names: Sequence[str]) -> Source | None:
    """Return the image of the first of these fields; raise InvalidValue for a second one with another image."""
    found: list[Source] = []
    for name, value in fields.find_images(*names):
        images: list[Any] = value if isinstance(value, list) else [value]
        found += [read_source(image, name, fields.own_link) for image in images[:2] if image]
    if any(source != found[0] for source in found[1:]):
        raise InvalidValue(f"{param_of(found[1])} is a second image for the same frame.", param=param_of(found[1]))
    return found[0] if found else None


def param_of(source: Source | None) -> str:
    """Return the client's name of the field that a source came in."""
    return source.param if source else "images"


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
        return own_link(text, param) or Url(text, param=param)
    return _from_base64(text, param)


def _from_object(value: Mapping[str, Any], param: str, own_link: OwnLink) -> Source:
    for name in ("image_url", "url"):
        inner = value.get(name)
        if isinstance(inner, Mapping):
            inner = inner.get("url")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if inner:
            return read_source(inner, f"{param}.{name}", own_link)
    if value.get("file_id"):
        return file_source(value["file_id"], f"{param}.file_id")
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


def file_source(text: Any, param: str) -> FileRef:
    """Return the uploaded file that an id names; raise InvalidValue for anything else."""
    file_id = parse_file_id(str(text))
    if file_id is None:
        raise InvalidValue(f"{param} is {str(text)[:80]!r}; send the id that POST /v1/files returned.", param=param)
    return FileRef(file_id, param=param)


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
    fields.known.update(("video", "video_id", "task_id", "video_url"))
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
