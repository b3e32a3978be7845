"""JSON, multipart and urlencoded bodies as one plain mapping (docs/dev/wire-format.md 3).

`x[]`, `x[0]`, `x[key]` and repeated `x` become lists and mappings; file parts become Upload values.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from ..domain.errors import BodyTooLarge, InvalidValue, UnsupportedContentType
from ..domain.request import MAX_IMAGES, Upload
from ..media.jobs import MAX_IMAGE_BYTES
from ..runtime.concurrency import in_thread, spool_folder

MAX_FIELDS = 100
# An image of 20 MiB as base64 text, with room for a data URI's head.
MAX_TEXT_PART = 28 * 1024 * 1024
# Percent-encoded text is decoded on the event loop; larger fields fit other content types.
MAX_URLENCODED = 512 * 1024
# Values in a JSON body: each costs a hundred times its text in memory, unlike the long strings of images.
MAX_VALUES = 20_000
IN_MEMORY = 1024 * 1024
# Bodies above this are parsed on a thread.
ON_THE_LOOP = 64 * 1024


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The largest JSON and multipart bodies, in bytes, and how many files a route needs."""

    json: int
    form: int
    files: int


_IMAGES = MAX_IMAGES * MAX_IMAGE_BYTES
SMALL = BodyLimits(json=16 * 1024, form=16 * 1024, files=0)
IMAGES = BodyLimits(json=MAX_IMAGES * MAX_TEXT_PART, form=_IMAGES + IN_MEMORY, files=MAX_IMAGES)
# An uploaded source video, of at most 200 MiB, beside the images.
VIDEO = BodyLimits(json=MAX_IMAGES * MAX_TEXT_PART, form=256 * 1024 * 1024, files=MAX_IMAGES + 1)

FILE = BodyLimits(json=16 * 1024, form=MAX_IMAGE_BYTES + IN_MEMORY, files=1)

IMAGE_FIELDS = (
    "input_reference", "input_references", "images", "image", "image_urls", "image_url", "reference_images",
)  # fmt: skip

_BRACKET = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_KEY = re.compile(r"\[([^\[\]]*)\]")


def is_json(request: Request) -> bool:
    """Check whether a request says that its body is JSON."""
    kind = _content_type(request)
    return kind == "application/json" or kind.endswith("+json")


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


@asynccontextmanager
async def read_fields(
    request: Request, limits: BodyLimits = SMALL, *, arrived: Callable[[int], None] = lambda _: None
) -> AsyncGenerator[dict[str, Any]]:
    """Read a request's body as a mapping; uploaded files exist until the block ends.

    `arrived` is called with the size of each part of the body as it comes, and may refuse it. Raises InvalidValue,
    BodyTooLarge or UnsupportedContentType.
    """
    kind = _content_type(request)
    if not kind and not await _receiving(request, limits.json, arrived).body():
        yield {}
    elif is_json(request):
        yield await _json_fields(_receiving(request, limits.json, arrived, _ValueCount()))
    elif kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        largest = limits.form if kind == "multipart/form-data" else min(limits.form, MAX_URLENCODED)
        _check_charset(request)
        receiving = _receiving(request, largest, arrived)
        try:
            form = await receiving.form(max_files=limits.files, max_fields=MAX_FIELDS, max_part_size=MAX_TEXT_PART)
        except HTTPException as error:
            if "Too many files" in str(error.detail):
                message = f"There are more than {limits.files} files; at most {MAX_IMAGES} images are allowed."
                raise InvalidValue(message, param="images") from None
            raise InvalidValue(f"The form cannot be read: {error.detail}") from None
        except (UnicodeDecodeError, ValueError) as error:
            raise InvalidValue(f"The form cannot be read: {error}") from None
        with spool_folder() as folder:
            try:
                yield await _form_mapping(form, Path(folder))
            finally:
                await form.close()
    else:
        raise UnsupportedContentType(
            f"Content-Type is {kind[:80] or 'missing'!r}; send application/json, multipart/form-data or "
            "application/x-www-form-urlencoded."
        )


def _check_charset(request: Request) -> None:
    """Raise InvalidValue for a form that is not in UTF-8: other encodings of Python can take quadratic time."""
    _, parameters = parse_options_header(request.headers.get("content-type", ""))
    charset = parameters.get(b"charset", b"utf-8").decode("latin-1")
    if charset.lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise InvalidValue(f"The form's charset is {charset[:40]!r}; send UTF-8.")


class _ValueCount:
    """Counts the values of a JSON body by its commas, while it arrives."""

    def __init__(self) -> None:
        self._commas = 0

    def __call__(self, part: bytes) -> None:
        """Raise InvalidValue if there are too many."""
        self._commas += part.count(b",")
        if self._commas > MAX_VALUES:
            raise InvalidValue(f"The body has more than {MAX_VALUES} values.")


def _receiving(
    request: Request,
    max_bytes: int,
    arrived: Callable[[int], None],
    look_at: Callable[[bytes], None] = lambda _: None,
) -> Request:
    """Return a request whose body is limited and looked at while it arrives."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > max_bytes:
        raise BodyTooLarge(f"The body has {declared} bytes; at most {max_bytes} are allowed.")
    total = 0

    async def receive() -> Message:
        nonlocal total
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect()
        part: bytes = message.get("body", b"")
        total += len(part)
        if total > max_bytes:
            raise BodyTooLarge(f"The body is larger than {max_bytes} bytes.")
        arrived(len(part))
        look_at(part)
        return message

    return Request(request.scope, receive)


async def _json_fields(receiving: Request) -> dict[str, Any]:
    # One buffer, which is given back before anything is made of the fields: it may be nearly 200 MiB.
    body = bytearray()
    async for part in receiving.stream():
        body += part
    return _json_object(body) if len(body) <= ON_THE_LOOP else await in_thread(partial(_json_object, body))


def _json_object(body: bytearray) -> dict[str, Any]:
    try:
        value = from_json(body, allow_inf_nan=False) if body and not body.isspace() else {}
    except ValueError as error:
        raise InvalidValue(f"The body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidValue(f"The body is a JSON {type(value).__name__}; send an object.")
    return value  # pyright: ignore[reportUnknownVariableType]


async def _form_mapping(form: FormData, folder: Path) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for number, (name, raw) in enumerate(form.multi_items()):
        value: Any = raw
        if isinstance(raw, UploadFile):
            if not raw.filename and not raw.size:
                continue
            value = await in_thread(partial(_spool, raw, name, folder / str(number)))
        _put(fields, name, value)
    return fields


def _put(fields: dict[str, Any], name: str, value: Any) -> None:
    """Add a part to the field that its name says: `x`, `x[]`, `x[0]`, `x[key]`, `x[0][key]`."""
    bracket = _BRACKET.fullmatch(name)
    base = bracket[1] if bracket else name
    keys = _KEY.findall(bracket[2]) if bracket else []
    is_list = not keys or keys[0] == "" or keys[0].isdigit()
    current = fields.get(base)
    if len(keys) > 2 or (current is not None and isinstance(current, dict) != (not is_list)):
        raise InvalidValue(f"{name} cannot be combined with the other {base} fields.", param=name)
    if not is_list:
        _put_key(fields.setdefault(base, {}), keys, name, value)
        return
    if len(keys) == 2:
        value = {keys[1]: value}
    if not keys and current is None:
        fields[base] = value
    elif not keys and base not in IMAGE_FIELDS:
        raise InvalidValue(f"{name} appears more than once.", param=name)
    else:
        earlier: list[Any] = current if isinstance(current, list) else [] if current is None else [current]
        fields[base] = [*earlier, value]


def _put_key(inner: dict[str, Any], keys: list[str], name: str, value: Any) -> None:
    for key in keys[:-1]:
        deeper: Any = inner.setdefault(key, {})
        if not isinstance(deeper, dict):
            raise InvalidValue(f"{name} cannot be combined with {key}.", param=name)
        inner = deeper
    if keys[-1] in inner:
        raise InvalidValue(f"{name} appears more than once.", param=name)
    inner[keys[-1]] = value


def _spool(part: UploadFile, name: str, path: Path) -> Upload:
    digest, size = hashlib.sha256(), 0
    part.file.seek(0)
    while chunk := part.file.read(IN_MEMORY):
        digest.update(chunk)
        size += len(chunk)
    part.file.seek(0)
    if size <= IN_MEMORY:
        return Upload(digest.hexdigest(), size, param=name, data=part.file.read())
    with path.open("wb") as file:
        shutil.copyfileobj(part.file, file, IN_MEMORY)
    return Upload(digest.hexdigest(), size, param=name, path=str(path))


def fingerprint(owner: str, path: str, fields: Mapping[str, Any]) -> str:
    """Return a SHA-256 over a request's fields; a retry's multipart boundary differs, its fields do not."""
    digest = hashlib.sha256(f"{owner}\n{path}\n".encode())
    _feed(digest, fields)
    return digest.hexdigest()


def _feed(digest: Any, value: Any) -> None:
    if isinstance(value, Mapping):
        digest.update(b"{")
        for key in sorted(value, key=str):  # pyright: ignore[reportUnknownArgumentType]
            _feed(digest, str(key))
            _feed(digest, value[key])
        digest.update(b"}")
    elif isinstance(value, list):
        digest.update(b"[")
        for item in value:
            _feed(digest, item)
        digest.update(b"]")
    elif isinstance(value, Upload):
        digest.update(f"<{value.sha256}>".encode())
    else:
        text = (value if isinstance(value, str) else repr(value)).encode("utf-8", "surrogatepass")
        digest.update(f"{len(text)}:".encode() + text)
