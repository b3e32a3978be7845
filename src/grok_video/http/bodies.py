"""JSON, multipart and urlencoded bodies as one plain mapping (docs/dev/wire-format.md 3).

`x[]`, `x[0]`, `x[key]` and repeated `x` become lists and mappings; file parts become Upload values.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from ..domain.errors import BodyTooLarge, InvalidValue, UnsupportedContentType
from ..domain.request import Upload
from ..runtime.concurrency import in_thread, spool_folder

MAX_BODY = 256 * 1024 * 1024
MAX_FILES = 10
MAX_FIELDS = 100
# A 20 MB image as base64 text, with room for a data URI's head.
MAX_TEXT_PART = 28 * 1024 * 1024
IN_MEMORY = 1024 * 1024

IMAGE_FIELDS = (
    "input_reference", "input_references", "images", "image", "image_urls", "image_url", "reference_images",
)  # fmt: skip

_BRACKET = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_KEY = re.compile(r"\[([^\[\]]*)\]")


@asynccontextmanager
async def read_fields(request: Request, *, max_bytes: int = MAX_BODY) -> AsyncGenerator[dict[str, Any]]:
    """Read a request's body, of at most `max_bytes`, as a mapping; uploaded files exist until the block ends.

    Raises InvalidValue, BodyTooLarge or UnsupportedContentType.
    """
    limited = Request(request.scope, _limited(request, max_bytes))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind and not await limited.body():
        yield {}
    elif kind == "application/json" or kind.endswith("+json"):
        yield _json_object(await limited.body())
    elif kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        try:
            form = await limited.form(max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=MAX_TEXT_PART)
        except HTTPException as error:
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


def _limited(request: Request, max_bytes: int) -> Callable[[], Awaitable[Message]]:
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > max_bytes:
        raise BodyTooLarge(f"The body has {declared} bytes; at most {max_bytes} are allowed.")
    total = 0

    async def receive() -> Message:
        nonlocal total
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect()
        total += len(message.get("body", b""))
        if total > max_bytes:
            raise BodyTooLarge(f"The body is larger than {max_bytes} bytes.")
        return message

    return receive


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = from_json(body, allow_inf_nan=False) if body.strip() else {}
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
