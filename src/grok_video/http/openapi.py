"""The OpenAPI 3.1 description of both formats, as data.

Written by hand: each POST takes three content types, and files or texts in the same field, which no framework derives.
"""

from __future__ import annotations

from typing import Any

from ..domain.models import MODELS
from ..domain.prompt import MAX_PROMPT
from ..domain.request import AspectRatio, Operation
from ..domain.task import TaskStatus
from .errors import STATUSES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NULL_TEXT: Schema = {"type": ["string", "null"]}
NULL_INT: Schema = {"type": ["integer", "null"]}
INTEGER: Schema = {"type": "integer"}

PROMPT: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_PROMPT}
MODEL: Schema = {"type": "string", "enum": list(MODELS)}
RATIO: Schema = {"type": "string", "enum": [ratio.value for ratio in AspectRatio]}
SIZE: Schema = {
    "type": "string",
    "description": "720P or 1080P; also HD, WIDTHxHEIGHT",
    "examples": ["720P", "1080P"],
}
SECONDS: Schema = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 15},
        {"type": "string", "pattern": "^([1-9]|1[0-5])$"},
    ],
    "description": "Whole seconds; grok-video-3-pro is always 10, grok-video-3-max always 15.",
}
IMAGE: Schema = {
    "anyOf": [
        {"type": "string", "description": "http(s) URL, data URI or base64"},
        {"type": "object", "properties": {"image_url": TEXT}, "required": ["image_url"]},
        {"type": "object", "properties": {"url": TEXT}, "required": ["url"]},
    ]
}
IMAGES: Schema = {"anyOf": [IMAGE, {"type": "array", "items": IMAGE, "maxItems": 7}]}
FILE: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
FILES: Schema = {"type": "array", "items": FILE, "maxItems": 7, "description": "files; a text part may hold a URL"}
TEXT_OR_LIST: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "maxItems": 7}]}
COMMON: dict[str, Schema] = {
    "prompt": PROMPT,
    "model": MODEL,
    "size": SIZE,
    "aspect_ratio": RATIO,
    "seed": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    "metadata": {
        "type": "object",
        "additionalProperties": {"type": "string", "maxLength": 512},
        "maxProperties": 16,
    },
}
START: Schema = {
    "type": "number",
    "exclusiveMinimum": 0,
    "description": "Second of the source; default: its end.",
}
TASK_ID: Schema = {"type": "string", "description": "video_<32 hex>, grok:<uuid> or the bare uuid"}

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


def _object(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }


def _list_of(item: Schema) -> Schema:
    return {"type": "array", "items": item}


INPUT = _object({"object": {"const": "input"}, "number": INTEGER, "width": INTEGER, "height": INTEGER, "path": TEXT})
INPUTS = _object({"object": {"const": "list"}, "data": _list_of(INPUT)})
NULL_NUMBER: Schema = {"type": ["number", "null"]}
POSITION = _object({"id": TEXT, "position": NULL_INT, "eta_seconds": NULL_NUMBER})
LOAD = _object(
    {"name": TEXT, "up": {"type": "boolean"}, "error": NULL_TEXT, "queued": INTEGER, "in_progress": INTEGER,
     "seconds_per_second": NULL_NUMBER}
)  # fmt: skip
WORKER = _object(
    {"host": TEXT, "pid": INTEGER, "started_at": INTEGER, "seen_at": INTEGER, "alive": {"type": "boolean"}}
)
WORKERS: Schema = {"type": ["array", "null"], "items": WORKER, "description": "For the operator, else null"}
QUEUE = _object(
    {"object": {"const": "queue"}, "data": _list_of(POSITION), "backends": _list_of(LOAD), "workers": WORKERS}
)


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _body(properties: dict[str, Schema], required: list[str], files: tuple[str, ...] = ()) -> Schema:
    """Describe one body in its three encodings; in a form, `files` may also be file parts."""
    schema = _object(properties, required)
    form = {**properties, **{f"{name}[]" if name == "images" else name: FILES for name in files}}
    # A form sends an object as name[key] parts.
    form.pop("metadata", None)
    plain = {name: TEXT_OR_LIST if name in files else field for name, field in form.items() if not name.endswith("[]")}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": schema},
            "multipart/form-data": {"schema": _object(form, required)},
            "application/x-www-form-urlencoded": {"schema": _object(plain, required)},
        },
    }


def _responses(schema: Schema, *statuses: int) -> Schema:
    error = {"description": "Error", "content": {"application/json": {"schema": _ref("Error")}}}
    return {
        "200": {"description": "OK", "content": {"application/json": {"schema": schema}}},
        **{str(status): error for status in statuses},
    }


READ = (400, 401, 404, 405)
WRITE = (400, 401, 404, 405, 409, 413, 415, 429, 507)


def _operation(name: str, summary: str, responses: Schema, **more: Any) -> Schema:
    return {"operationId": name, "summary": summary, "responses": responses, **more}


def _parameter(name: str, schema: Schema, where: str = "query", required: bool = False) -> Schema:
    return {"name": name, "in": where, "required": required or where == "path", "schema": schema}


ID = _parameter("id", TASK_ID, "path")
WAIT = _parameter(
    "wait",
    {"type": "number", "minimum": 0, "default": 0,
     "description": "Respond when the task has ended, or after this many seconds; at most 60"},
)  # fmt: skip
UNTIL = _parameter(
    "until",
    {"enum": ["end", "change"], "default": "end",
     "description": "With wait: respond when the task has ended, or already when its status or progress changes"},
)  # fmt: skip
RETRY_HEADER = _parameter("Idempotency-Key", {"type": "string", "minLength": 1, "maxLength": 255}, "header")


def _create(name: str, summary: str, schema: str, duration: str, images: str) -> Schema:
    fields = {**COMMON, duration: SECONDS, images: IMAGES}
    return _operation(
        name, summary, _responses(_ref(schema), *WRITE),
        parameters=[RETRY_HEADER], requestBody=_body(fields, ["model", "prompt"], (images,)),
    )  # fmt: skip


def _derive(name: str, summary: str, schema: str, fields: dict[str, Schema], required: list[str]) -> Schema:
    parameters = [RETRY_HEADER] if "task_id" in required or name == "extensions" else [ID, RETRY_HEADER]
    return _operation(
        name, summary, _responses(_ref(schema), *WRITE),
        parameters=parameters, requestBody=_body({**COMMON, **fields}, required),
    )  # fmt: skip


EXTEND: dict[str, Schema] = {
    "start_time": START, "duration": SECONDS, "images": IMAGES, "upscale": {"type": "boolean"},
}  # fmt: skip


def _openai_paths() -> dict[str, Schema]:
    page = _object(
        {"object": {"const": "list"}, "data": {"type": "array", "items": _ref("Video")},
         "first_id": NULL_TEXT, "last_id": NULL_TEXT, "has_more": {"type": "boolean"}}
    )  # fmt: skip
    listing = [
        _parameter("limit", {"type": "integer", "minimum": 0, "maximum": 100}),
        _parameter("order", {"enum": ["asc", "desc"]}),
        _parameter("after", TASK_ID),
        _parameter("search", {**TEXT, "description": "Words that must all be in the prompt"}),
        _parameter(
            "status", {"enum": [status.value for status in TaskStatus], "description": "Comma-separated for several"}
        ),
        _parameter("model", MODEL),
        _parameter("operation", {"enum": [operation.value for operation in Operation]}),
    ]
    deleted = _object({"id": TEXT, "object": {"const": "video.deleted"}, "deleted": {"const": True}})
    video = {"anyOf": [TASK_ID, _object({"url": TEXT}), _object({"id": TASK_ID})]}
    return {
        "/v1/videos": {
            "post": _create("createVideo", "Create a video (OpenAI format)", "Video", "seconds", "input_reference"),
            "get": _operation("listVideos", "List videos", _responses(page, *READ), parameters=listing),
        },
        "/v1/videos/{id}": {
            "get": _operation("getVideo", "Read a video", _responses(_ref("Video"), *READ),
                              parameters=[ID, WAIT, UNTIL]),
            "delete": _operation("deleteVideo", "Delete a video", _responses(deleted, *READ), parameters=[ID]),
        },
        "/v1/videos/{id}/remix": {
            "post": _derive("remixVideo", "Remix a video", "Video", {"parent_post_id": TEXT}, ["prompt"])
        },
        "/v1/videos/{id}/extend": {"post": _derive("extendVideo", "Extend a video", "Video", EXTEND, ["prompt"])},
        "/v1/videos/extensions": {
            "post": _derive("extensions", "Extend a video by id, file or URL", "AnyVideo",
                            {**EXTEND, "video": video}, ["prompt", "video"])
        },
        "/v1/videos/{id}/cancel": {
            "post": _operation("cancelVideo", "Cancel a video", _responses(_ref("Video"), *READ), parameters=[ID])
        },
        "/v1/videos/{id}/content": {"get": _content()},
        "/v1/videos/{id}/lineage": {
            "get": _operation("getLineage", "List a video's ancestors and their descendants, oldest first",
                              _responses(page, *READ), parameters=[ID])
        },
        "/v1/videos/{id}/inputs": {
            "get": _operation("listInputs", "List the images a video was made from", _responses(INPUTS, *READ),
                              parameters=[ID])
        },
        "/v1/videos/{id}/inputs/{number}": {"get": _input()},
    }  # fmt: skip


def _input() -> Schema:
    image: Schema = {"schema": {"type": "string", "contentMediaType": "image/png"}}
    responses = {**_responses({}, *READ), "200": {"description": "The image", "content": {"image/png": image}}}
    number = _parameter("number", {"type": "integer", "minimum": 1}, "path")
    return _operation("getInput", "Download an image a video was made from", responses, parameters=[ID, number])


def _content() -> Schema:
    binary: Schema = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    media = {
        "description": "The file, or a part of it",
        "content": {"video/mp4": binary, "image/webp": binary, "image/jpeg": binary},
    }
    error = {"description": "No such range", "content": {"application/json": {"schema": _ref("Error")}}}
    responses = {**_responses({}, *READ), "200": media, "206": media, "416": error}
    variant = _parameter("variant", {"enum": ["video", "thumbnail", "spritesheet"]})
    return _operation(
        "getContent", "Download a video, its thumbnail or spritesheet", responses, parameters=[ID, variant, WAIT]
    )


def _unified_paths() -> dict[str, Schema]:
    source: dict[str, Schema] = {"task_id": TASK_ID}
    query = [_parameter("id", TASK_ID, required=True), WAIT, UNTIL]
    return {
        "/v1/video/create": {
            "post": _create("unifiedCreate", "Create a video (unified format)", "UnifiedCreated", "duration", "images")
        },
        "/v1/video/remix": {
            "post": _derive("unifiedRemix", "Remix a video", "UnifiedVideo",
                            {**source, "parent_post_id": TEXT}, ["prompt", "task_id"])
        },
        "/v1/video/extend": {
            "post": _derive("unifiedExtend", "Extend a video", "UnifiedVideo",
                            {**source, **EXTEND}, ["prompt", "task_id"])
        },
        "/v1/video/query": {
            "get": _operation("unifiedQuery", "Read a video", _responses(_ref("UnifiedVideo"), *READ), parameters=query)
        },
    }  # fmt: skip


def _ops_paths() -> dict[str, Schema]:
    stream = {"200": {"description": "Task changes", "content": {"text/event-stream": {"schema": TEXT}}}}
    opened = _object({"status": TEXT})
    key = {
        "id": TEXT, "object": {"const": "key"}, "name": TEXT, "prefix": TEXT, "operator": {"type": "boolean"},
        "created_at": INTEGER, "revoked_at": NULL_INT,
    }  # fmt: skip
    keys = _object({"object": {"const": "list"}, "data": {"type": "array", "items": _object(key)}})
    model = _object({"id": MODEL, "object": {"const": "model"}, "created": INTEGER, "owned_by": TEXT,
                     "description": TEXT, "capabilities": {"type": "object"}})  # fmt: skip
    models = _object({"object": {"const": "list"}, "data": {"type": "array", "items": model}})
    unready = {
        **_responses(opened, 405),
        "503": {"description": "Not ready", "content": {"application/json": {"schema": opened}}},
    }
    name = _body({"name": {"type": "string", "minLength": 1, "maxLength": 200}}, ["name"])
    path_id = _parameter("id", {"type": "string"}, "path")
    queue = _parameter("queue", {"type": "boolean", "description": "Also send queue positions"})
    session = _object(
        {"object": {"const": "session"}, "id": NULL_TEXT, "name": NULL_TEXT, "operator": {"type": "boolean"}}
    )
    ticket = _object({"object": {"const": "session.ticket"}, "ticket": TEXT, "expires_at": INTEGER})
    signed_out = _object({"object": {"const": "session"}, "deleted": {"const": True}})
    last_event = _parameter("Last-Event-ID", {"type": "string", "pattern": "^[0-9]{1,18}$"}, "header")
    return {
        "/v1/events": {
            "get": _operation("events", "Stream task changes (SSE)", {**_responses({}, *READ), **stream},
                              parameters=[last_event, queue])
        },
        "/v1/queue": {"get": _operation("getQueue", "Read the queue", _responses(QUEUE, 401, 405))},
        "/v1/session": {
            "get": _operation("getSession", "Read the session", _responses(session, 405), security=[]),
            "post": _operation("signIn", "Get the studio's session cookie", _responses(session, *WRITE), security=[],
                               requestBody=_body({"key": TEXT, "ticket": TEXT}, [])),
            "delete": _operation("signOut", "End the studio's session", _responses(signed_out, 405), security=[]),
        },
        "/v1/session/ticket": {
            "post": _operation("createTicket", "Get a ticket for a link that signs in", _responses(ticket, 401, 405))
        },
        "/v1/models": {"get": _operation("listModels", "List models", _responses(models, 401, 405))},
        "/v1/models/{id}": {
            "get": _operation("getModel", "Read a model", _responses(model, *READ), parameters=[path_id])
        },
        "/v1/keys": {
            "get": _operation("listKeys", "List keys (operator)", _responses(keys, 401, 405)),
            "post": _operation("createKey", "Create a key (operator)",
                               _responses(_object({**key, "key": TEXT}), *WRITE), requestBody=name),
        },
        "/v1/keys/{id}": {
            "delete": _operation("revokeKey", "Revoke a key (operator)", _responses(_object(key), *READ),
                                 parameters=[path_id])
        },
        "/healthz": {
            "get": _operation("healthz", "Check whether the process is alive", _responses(opened, 405), security=[])
        },
        "/readyz": {"get": _operation("readyz", "Check whether requests can be served", unready, security=[])},
    }  # fmt: skip


def document(version: str) -> Schema:
    """Return the OpenAPI description."""
    inner = _object({"message": TEXT, "type": TEXT, "param": NULL_TEXT, "code": TEXT})
    codes = {"type": "string", "description": f"One of: {', '.join(STATUSES)}, internal_error"}
    schemas = {
        "Video": _object(OPENAI_FIELDS),
        "UnifiedVideo": _object(UNIFIED_FIELDS),
        "UnifiedCreated": _object({**UNIFIED_FIELDS, "created_at": {"type": "string", "format": "date-time"}}),
        "AnyVideo": {"anyOf": [_ref("Video"), _ref("UnifiedVideo")]},
        "Error": _object({"error": inner, "code": codes, "message": TEXT, "data": {"type": "null"}}),
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Grok Video API",
            "version": version,
            "description": (
                "Videos from text and images, in an OpenAI-compatible and a Unified format. The default backend, the "
                "animatic, is procedural previz, not generative AI; `metadata.generative` says so for each video."
            ),
        },
        "security": [{"key": []}],
        "paths": {**_openai_paths(), **_unified_paths(), **_ops_paths()},
        "components": {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }
