"""Write the Postman collection from the OpenAPI description, by `make docs-reference`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from grok_video.http.openapi import document
from grok_video.http.openapi.examples import ID, UNIFIED_SOURCE, VIDEO_SOURCE

HERE = Path(__file__).parent
FILE = HERE / "grok-video.postman_collection.json"
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
# Requests after which others have nothing left: they cancel, delete, revoke or sign out. In this order.
LAST = (
    "cancelVideo", "deleteVideo", "deleteFile", "revokeKey", "deleteKeyVideos", "signOut", "endSession", "endSessions",
)  # fmt: skip
# A request that does not end.
LEFT_OUT = ("streamEvents",)
# Which variable an id in a path is.
KINDS = {
    "/v1/keys": "key_id",
    "/v1/files": "file_id",
    "/v1/models": "model",
    "/v1/video-generation-models": "model",
    "/v1/sessions": "session_id",
}
# Whatever an id is called in a response, the next requests can use it.
KEEP_ID = """
const body = pm.response.json();
const id = body.id || body.task_id || body.request_id;
if (id) pm.collectionVariables.set(VARIABLE, id);
""".strip()
# What is made of a video needs a completed one.
WAIT = """
const url = pm.variables.replaceIn("{{base_url}}/v1/videos/{{video_id}}?wait=60");
const header = { Authorization: "Bearer " + pm.variables.replaceIn("{{key}}") };
pm.sendRequest({ url, header }, () => {});
""".strip()
# Examples name a file of the internet; these are what the server has itself.
IMAGE = "data:image/png;base64,{{image}}"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAkCAIAAAC2bqvFAAAArUlEQVR42u2YsQ2AMAwEg5U5mIRxGIJhGIcxqJiEgoYiUkT8TrD8bkGvvzh5TKZz"
    "W5LnkuS8CECA6ADZSHdeC+F27YcDgKL19yMsRu5j3Q5DOrtvft8WoM0NhEFGuUcxhP8O6JdQqRC7A6gk0ehwFiIAAQjgGAA1UWp0wm8hfROUCjzE"
    "uiXUN1AGnkJIBsC20Fc3qARD/tQ/nqqj5X9vJaoYPu6F7LwyRglAgELdIOo3Js5VrKoAAAAASUVORK5CYII="
)


def collection() -> str:
    """Return the collection as JSON: a folder for each tag, a request for each worked example."""
    described = document("x")
    folders: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in described["tags"]}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] not in LEFT_OUT:
                folders[operation["tags"][0]] += _items(path, method.upper(), operation)
    for items in folders.values():
        items.sort(key=_order)
    variables = {"base_url": "http://127.0.0.1:8000", "key": "", "model": "grok-video-3", "image": PIXEL}
    variables |= dict.fromkeys(("video_id", "key_id", "file_id", "session_id"), "")
    made = {
        "info": {
            "name": "Grok Video API",
            "description": described["info"]["description"],
            "schema": SCHEMA,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{key}}", "type": "string"}]},
        "variable": [{"key": name, "value": value} for name, value in variables.items()],
        "item": [{"name": name, "item": items} for name, items in folders.items() if items],
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _order(item: dict[str, Any]) -> int:
    name = item["request"]["description"]
    return LAST.index(name) if name in LAST else -1


def _items(path: str, method: str, operation: dict[str, Any]) -> list[dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {})
    examples = content.get("application/json", {}).get("examples", {})
    if not examples:
        return [_item(path, method, operation, operation["summary"], None, form="multipart/form-data" in content)]
    several = len(examples) > 1
    return [
        _item(path, method, operation, _name(operation, example, several), example["value"])
        for example in examples.values()
    ]


def _name(operation: dict[str, Any], example: dict[str, Any], several: bool) -> str:
    return f"{operation['summary']}: {example['summary'].lower()}" if several else operation["summary"]


def _item(
    path: str, method: str, operation: dict[str, Any], name: str, value: Any, *, form: bool = False
) -> dict[str, Any]:
    kind = next((kind for start, kind in KINDS.items() if path.startswith(start)), "video_id")
    request: dict[str, Any] = {
        "method": method,
        "url": "{{base_url}}"
        + path.replace("{id}", f"{{{{{kind}}}}}").replace("{number}", "1")
        + _query(operation, kind),
        "description": operation["operationId"],
    }
    if value is not None:
        request["header"] = [{"key": "Content-Type", "value": "application/json"}]
        request["body"] = {"mode": "raw", "raw": _text(value), "options": {"raw": {"language": "json"}}}
    elif form:
        request["body"] = {"mode": "formdata", "formdata": [{"key": "file", "type": "file", "src": "image.png"}]}
    item: dict[str, Any] = {"name": name, "request": request}
    if method == "POST" and operation["operationId"] not in LAST:
        script = KEEP_ID.replace("VARIABLE", json.dumps(kind)).splitlines()
        item["event"] = [{"listen": "test", "script": {"type": "text/javascript", "exec": script}}]
    if value is not None and "{{video_id}}" in json.dumps(request):
        wait = {"listen": "prerequest", "script": {"type": "text/javascript", "exec": WAIT.splitlines()}}
        item["event"] = [wait, *item.get("event", [])]
    return item


def _query(operation: dict[str, Any], kind: str) -> str:
    """Return the query of required parameters, and a wait where one is possible."""
    parts: list[str] = []
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query" and parameter["required"]:
            parts.append(f"{parameter['name']}={{{{{kind}}}}}")
        elif parameter["name"] == "wait":
            parts.append("wait=60")
    return "?" + "&".join(parts) if parts else ""


def _text(value: Any) -> str:
    """Return a body that can be sent as it is: with the last video as source, and an image of the collection's own."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    text = re.sub(r"https://example\.com/\w+\.png", IMAGE, text)
    text = re.sub(r"https://example\.com/\w+\.mp4", "{{video_id}}", text)
    for name in (VIDEO_SOURCE, UNIFIED_SOURCE, f"video_{ID.hex}"):
        text = text.replace(name, "{{video_id}}")
    return text


if __name__ == "__main__":
    FILE.write_text(collection(), encoding="utf-8")
