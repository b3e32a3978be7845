"""Inputs of xAI's API: images and videos as data URI, URL or file id, and the error bodies of rejections."""

from __future__ import annotations

import base64
import binascii
import io
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import av
import numpy as np
from PIL import Image, UnidentifiedImageError

Shape = Literal["object", "pair", "text"]
PICTURE_TYPES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/jpg": "JPEG", "image/webp": "WEBP"}
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
BAD_PICTURE = (UnidentifiedImageError, OSError, ValueError, SyntaxError, *BOMBS)
FILM_TYPES = ("video/mp4",)
INVALID = "Client specified an invalid argument"


class Refusal(Exception):
    """A request that the service does not accept, with one of its three shapes of error body."""

    def __init__(
        self, message: str, *, status: int = 400, shape: Shape = "object", param: str | None = None, code: str = INVALID
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(shape, message, param=param, code=code)


def error_body(shape: Shape, message: str, *, param: str | None = None, code: str = INVALID) -> dict[str, Any]:
    """Word an error in one of the three documented shapes."""
    if shape == "text":
        return {"error": message}
    if shape == "pair":
        return {"code": code, "error": message}
    kind = "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": "invalid_argument"}}


@dataclass(frozen=True)
class Clip:
    """A video that came in."""

    data: bytes
    seconds: float
    width: int
    height: int


def read_picture(source: Mapping[str, str], web: Mapping[str, bytes], param: str) -> np.ndarray:
    """Fetch and decode an image as RGB."""
    data, kind = _fetch(source, web, param, tuple(PICTURE_TYPES))
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format not in (set(PICTURE_TYPES.values()) if kind is None else {PICTURE_TYPES[kind]}):
                raise Refusal(f"{param} is not what it says: {image.format}", param=param)
            return np.asarray(image.convert("RGB"))
    except BAD_PICTURE as error:
        raise Refusal(f"{param} cannot be decoded as an image", param=param) from error


def read_clip(source: Mapping[str, str], web: Mapping[str, bytes], param: str) -> Clip:
    """Fetch and probe a video."""
    data, _ = _fetch(source, web, param, FILM_TYPES)
    try:
        with av.open(io.BytesIO(data)) as container:
            stream = container.streams.video[0]
            frame = next(container.decode(stream))
            if "mp4" not in container.format.name or stream.duration is None or stream.time_base is None:
                raise Refusal(f"{param} is not an mp4", param=param)
            return Clip(data, float(stream.duration * stream.time_base), frame.width, frame.height)
    except (av.FFmpegError, IndexError, StopIteration, OSError) as error:
        raise Refusal(f"{param} cannot be decoded as a video", param=param) from error


def addresses(body: Any) -> list[str]:
    """List every URL in a request that is not a data URI."""
    if isinstance(body, list):
        return [url for each in body for url in addresses(each)]
    if not isinstance(body, dict):
        return []
    named = [body[key] for key in ("url", "image_url", "upload_url") if isinstance(body.get(key), str)]
    inner = [url for each in body.values() for url in addresses(each)]
    return [url for url in named if not url.startswith("data:")] + inner


def is_private(host: str) -> bool:
    """Check whether a service on the internet could never reach this host."""
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))


def _fetch(
    source: Mapping[str, str], web: Mapping[str, bytes], param: str, kinds: tuple[str, ...]
) -> tuple[bytes, str | None]:
    """Get the bytes of a source, and the media type that it claims."""
    if file_id := source.get("file_id"):
        if file_id not in web:
            raise Refusal(f"File not found: {file_id}", status=404, shape="pair", code="not_found")
        return web[file_id], None
    url = source["url"]
    if url.startswith("data:"):
        return _data_uri(url, param, kinds)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal(f"{param}.url is neither a URL nor a data URI", param=f"{param}.url")
    if is_private(parts.hostname) or url not in web:
        raise Refusal(f"Failed to fetch {param} from {url}", shape="text")
    return web[url], None


def _data_uri(uri: str, param: str, kinds: tuple[str, ...]) -> tuple[bytes, str]:
    """Decode a base64 data URI of an allowed media type."""
    head, comma, text = uri.removeprefix("data:").partition(",")
    kind, _, encoding = head.partition(";")
    if kind not in kinds or encoding != "base64" or not comma:
        raise Refusal(f"{param}.url must be a base64 data URI of type {', '.join(kinds)}", param=f"{param}.url")
    try:
        return base64.b64decode(text, validate=True), kind
    except binascii.Error as error:
        raise Refusal(f"{param}.url is not valid base64", param=f"{param}.url") from error
