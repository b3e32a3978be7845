"""The schemas of the API's bodies, and how operations are put together from them."""

from __future__ import annotations

from typing import Any

from ...domain.models import ALIASES, DEFAULT_MODEL, MODELS
from ...domain.prompt import MAX_PROMPT
from ...domain.request import AspectRatio

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NULL_TEXT: Schema = {"type": ["string", "null"]}
NULL_INT: Schema = {"type": ["integer", "null"]}
INTEGER: Schema = {"type": "integer"}

PROMPT: Schema = {
    "type": "string", "minLength": 1, "maxLength": MAX_PROMPT,
    "description": "What the video shows; @img1 names the first image",
}  # fmt: skip
MODEL: Schema = {"type": "string", "enum": [*MODELS, *ALIASES], "default": DEFAULT_MODEL}
RATIO: Schema = {"type": "string", "enum": [ratio.value for ratio in AspectRatio]}
SIZE: Schema = {
    "type": "string",
    "description": (
        "Resolution: 480P, 720P or 1080P; also SD, HD, FHD, or WIDTHxHEIGHT, which picks the nearest resolution and "
        "ratio"
    ),
    "examples": ["480P", "720P", "1080P"],
    "default": "720P",
}


def seconds(default: int) -> Schema:
    """Describe the length of a video, in whole seconds."""
    return {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 15},
            {"type": "string", "pattern": "^([1-9]|1[0-5])$"},
        ],
        "description": "Whole seconds, 1 to 15; grok-video-3-pro is always 10, grok-video-3-max always 15",
        "default": default,
    }


IMAGE: Schema = {
    "anyOf": [
        {"type": "string", "description": "http(s) URL, data URI or base64"},
        {"type": "object", "properties": {"image_url": TEXT}, "required": ["image_url"]},
        {"type": "object", "properties": {"url": TEXT}, "required": ["url"]},
    ]
}
IMAGES: Schema = {
    "anyOf": [IMAGE, {"type": "array", "items": IMAGE, "maxItems": 7}],
    "description": "One image is the first frame, two are the first and the last frame; with @img1 in the prompt, or "
    "more images, they are references. URL, data URI or base64; in a form also files",
    "x-default": "none: from text",
}
FILE: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
FILES: Schema = {"type": "array", "items": FILE, "maxItems": 7, "description": "files; a text part may hold a URL"}
TEXT_OR_LIST: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "maxItems": 7}]}
COMMON: dict[str, Schema] = {
    "prompt": PROMPT,
    "model": {**MODEL, "x-default": "the source's"},
    "size": {**{name: value for name, value in SIZE.items() if name != "default"}, "x-default": "the source's"},
    "aspect_ratio": {**RATIO, "x-default": "the source's"},
    "seed": {
        "type": "integer", "minimum": 0, "maximum": 2**32 - 1, "x-default": "random",
        "description": "The same seed gives the same frames; metadata.seed reports the one that was used",
    },
    "metadata": {
        "type": "object",
        "additionalProperties": {"type": "string", "maxLength": 512},
        "maxProperties": 16,
        "description": "Up to 16 texts of your own, each up to 512 characters, returned with the task; the names that "
        "the server uses itself, such as seed and backend, get its values",
        "x-default": "none",
    },
}  # fmt: skip
CREATE: dict[str, Schema] = {
    **COMMON,
    "model": MODEL,
    "size": SIZE,
    "aspect_ratio": {**RATIO, "x-default": "16:9; with images, the nearest to the first image's"},
}
SCENE: Schema = {
    "type": "object",
    "description": "What is seen, instead of what the prompt says, for models whose capabilities have `scenes`; its "
    "schema is printed by `grok-video scene schema`. In a form it is JSON text",
    "x-default": "none",
}
START: Schema = {
    "type": "number",
    "exclusiveMinimum": 0,
    "description": "Second of the source from which the new segment continues",
    "x-default": "the source's end",
}
TASK_ID: Schema = {"type": "string", "description": "Id of a video: video_<32 hex>, grok:<uuid> or the bare uuid"}

SHARED_FIELDS: dict[str, Schema] = {
    "id": TEXT,
    "task_id": TEXT,
    "status": TEXT,
    "progress": {"type": "integer", "minimum": 0, "maximum": 100},
    "status_update_time": INTEGER,
    "model": MODEL,
    "prompt": TEXT,
    "video_url": NULL_TEXT,
    "url": NULL_TEXT,
    "output": {"type": ["object", "null"], "properties": {"url": TEXT}},
    "thumbnail_url": NULL_TEXT,
    "spritesheet_url": NULL_TEXT,
    "size": TEXT,
    "seconds": TEXT,
    "aspect_ratio": RATIO,
    "width": INTEGER,
    "height": INTEGER,
    "fps": {"type": "number"},
    "bytes": NULL_INT,
    "error": {
        "type": ["object", "null"],
        "properties": {"code": TEXT, "message": TEXT},
        "required": ["code", "message"],
    },
    "source_video_id": NULL_TEXT,
    "metadata": {"type": "object"},
}
OPENAI_FIELDS: dict[str, Schema] = {
    **SHARED_FIELDS,
    "object": {"const": "video"},
    "status": {"enum": ["queued", "in_progress", "completed", "failed"]},
    "created_at": INTEGER,
    "completed_at": NULL_INT,
    "expires_at": NULL_INT,
    "remixed_from_video_id": NULL_TEXT,
}
UNIFIED_FIELDS: dict[str, Schema] = {
    **SHARED_FIELDS,
    "status": {"enum": ["processing", "completed", "failed"]},
    "duration": {"type": "number"},
    "ratio": RATIO,
    "enhanced_prompt": TEXT,
}


def object_of(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """Describe an object; by default, all properties are required."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }


def list_of(item: Schema) -> Schema:
    """Describe an array."""
    return {"type": "array", "items": item}


INPUT = object_of({"object": {"const": "input"}, "number": INTEGER, "width": INTEGER, "height": INTEGER, "path": TEXT})
INPUTS = object_of({"object": {"const": "list"}, "data": list_of(INPUT)})
NULL_NUMBER: Schema = {"type": ["number", "null"]}
POSITION = object_of({"id": TEXT, "position": NULL_INT, "eta_seconds": NULL_NUMBER})
LOAD = object_of(
    {"name": TEXT, "up": {"type": "boolean"}, "error": NULL_TEXT, "queued": INTEGER, "in_progress": INTEGER,
     "seconds_per_second": NULL_NUMBER}
)  # fmt: skip
WORKER = object_of(
    {"host": TEXT, "pid": INTEGER, "started_at": INTEGER, "seen_at": INTEGER, "alive": {"type": "boolean"}}
)
WORKERS: Schema = {"type": ["array", "null"], "items": WORKER, "description": "For the operator, else null"}
QUEUE = object_of(
    {"object": {"const": "queue"}, "data": list_of(POSITION), "backends": list_of(LOAD), "workers": WORKERS}
)


def ref(name: str) -> Schema:
    """Refer to one of the component schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def body(properties: dict[str, Schema], required: list[str], files: tuple[str, ...] = ()) -> Schema:
    """Describe one body in its three encodings; in a form, `files` may also be file parts."""
    schema = object_of(properties, required)
    form = {**properties, **{f"{name}[]" if name == "images" else name: FILES for name in files}}
    # A form sends an object as name[key] parts.
    form.pop("metadata", None)
    if "scene" in form:
        form["scene"] = {**form["scene"], "type": "string", "contentMediaType": "application/json"}
    plain = {name: TEXT_OR_LIST if name in files else field for name, field in form.items() if not name.endswith("[]")}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": schema},
            "multipart/form-data": {"schema": object_of(form, required)},
            "application/x-www-form-urlencoded": {"schema": object_of(plain, required)},
        },
    }


def responses(schema: Schema, *statuses: int, error: str = "Error", accepted: int = 200) -> Schema:
    """Describe the responses of an operation: its success and the errors that may occur, by the name of their form."""
    refused = {"description": "Error", "content": {"application/json": {"schema": ref(error)}}}
    return {
        str(accepted): {"description": "OK", "content": {"application/json": {"schema": schema}}},
        **{str(status): refused for status in statuses},
    }


READ = (400, 401, 404, 405, 429)
LISTED = (401, 405, 429)
WRITE = (400, 401, 404, 405, 409, 413, 415, 429, 507)


def operation(name: str, summary: str, tag: str, responses: Schema, **more: Any) -> Schema:
    """Describe an operation, in the group `tag`."""
    return {"operationId": name, "summary": summary, "tags": [tag], "responses": responses, **more}


def parameter(name: str, schema: Schema, where: str = "query", required: bool = False) -> Schema:
    """Describe a parameter; those of a path are required."""
    return {"name": name, "in": where, "required": required or where == "path", "schema": schema}
