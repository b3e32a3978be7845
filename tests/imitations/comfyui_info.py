"""Answers of the imitated ComfyUI that depend on no prompt: its version, its features, and how it words errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

VERSION, OLD_VERSION = "0.33.0", "0.3.64"
GIBIBYTE = 1 << 30
REASONS = {404: "404: Not Found", 405: "405: Method Not Allowed"}
BROKEN = "500 Internal Server Error\n\nServer got itself in trouble"
# Which faults apply to which route, with or without /api in front.
PLACES = {
    ("POST", "prompt"): "submit", ("GET", "history"): "poll", ("GET", "jobs"): "poll", ("POST", "interrupt"): "cancel",
    ("POST", "queue"): "cancel", ("POST", "jobs"): "cancel",
}  # fmt: skip


def json_answer(body: Any, status: int = 200) -> Response:
    """Return JSON as aiohttp does."""
    return Response(json.dumps(body), status, media_type="application/json; charset=utf-8")


def plain_answer(status: int, text: str = "") -> Response:
    """Return an error in aiohttp's own words."""
    words = text or REASONS.get(status, BROKEN)
    return Response(words, status, media_type="text/plain; charset=utf-8")


def fault_answer(options: Mapping[str, Any]) -> Response:
    """Return the error that a fault "status" asks for, in the shape of a refused prompt."""
    headers = {} if options.get("retry_after") is None else {"retry-after": str(options["retry_after"])}
    error = {"type": "error", "message": options.get("message", "It failed."), "details": "", "extra_info": {}}
    response = json_answer({"error": error, "node_errors": {}}, options["status"])
    response.headers.update(headers)
    return response


async def no_such_thing(request: Request, error: HTTPException) -> Response:
    """Answer to an unknown route; the page's files may lie at every path, so that GET just finds nothing there."""
    return plain_answer(404 if request.method in ("GET", "HEAD") else 405)


def place_of(request: Request) -> str:
    """Return the place of the faults that apply to a request, or ""."""
    first = request.url.path.removeprefix("/api").split("/")[1]
    return PLACES.get((request.method, first), "")


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Check whether a request comes from another website; only such ones carry these headers (server.py:159)."""
    if headers.get("sec-fetch-site") == "cross-site":
        return True
    host, origin = headers.get("host", "").lower(), urlsplit(headers.get("origin", ""))
    if not origin.netloc:
        return False
    return (host if origin.port else host.partition(":")[0]) != origin.netloc.lower()


def features(upload_bytes: int, *, old: bool = False) -> dict[str, Any]:
    """Return what GET /features and the websocket say (feature_flags.py)."""
    if old:
        return {"supports_preview_metadata": True, "max_upload_size": upload_bytes}
    return {
        "supports_preview_metadata": True, "supports_model_type_tags": True, "max_upload_size": upload_bytes,
        "extension": {"manager": {"supports_v4": True}}, "node_replacements": True, "assets": False,
    }  # fmt: skip


def system_stats(version: str) -> dict[str, Any]:
    """Return the answer of GET /system_stats (server.py:719)."""
    system = {
        "os": "linux", "ram_total": 128 * GIBIBYTE, "ram_free": 96 * GIBIBYTE, "comfyui_version": version,
        "required_frontend_version": "1.49.6", "installed_templates_version": "0.11.44",
        "required_templates_version": "0.11.44", "comfy_package_versions": [], "python_version": "3.12.3 (main)",
        "pytorch_version": "2.9.0+cu128", "embedded_python": False, "deploy_environment": "local",
        "argv": ["main.py", "--listen", "127.0.0.1"],
    }  # fmt: skip
    device = {
        "name": "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync", "type": "cuda", "index": 0,
        "vram_total": 24 * GIBIBYTE, "vram_free": 20 * GIBIBYTE, "torch_vram_total": 4 * GIBIBYTE,
        "torch_vram_free": GIBIBYTE,
    }  # fmt: skip
    return {"system": system, "devices": [device]}
