"""The routes of other APIs' dialects, of uploaded files, and OpenAI's edit."""

from __future__ import annotations

from .schemas import (
    COMMON,
    CREATE,
    IMAGES,
    INTEGER,
    NULL_TEXT,
    PROMPT,
    RATIO,
    READ,
    TASK_ID,
    TEXT,
    WRITE,
    Schema,
    body,
    list_of,
    object_of,
    operation,
    parameter,
    ref,
    responses,
    seconds,
)
from .video_paths import ID, RETRY_HEADER, UNIFIED, UNTIL, WAIT

XAI = "xAI's dialect"
OPENROUTER = "OpenRouter's dialect"
NODE_PACKS = "Node packs"
FILES = "Files"

PIXELS: Schema = {"type": "string", "pattern": "^\\d+x\\d+$", "description": "WIDTHxHEIGHT", "x-default": "1280x720"}
NUMBER: Schema = {"type": "number"}
XAI_RESOLUTION: Schema = {"type": "string", "enum": ["480p", "720p", "1080p"], "default": "480p"}
SEED: Schema = COMMON["seed"]


def _json(properties: dict[str, Schema], required: list[str]) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": object_of(properties, required)}}}


def _optional(schema: Schema, default: str = "none") -> Schema:
    return {**schema, "x-default": default} if "default" not in schema else schema


def _image(description: str) -> Schema:
    return {**object_of({"url": TEXT}), "description": description, "x-default": "none"}


def dialect_schemas() -> dict[str, Schema]:
    """Describe the bodies that only dialects have."""
    inner = object_of({"code": INTEGER, "message": TEXT, "metadata": {"type": "object"}})
    video = object_of(
        {"url": TEXT, "duration": NUMBER, "respect_moderation": {"type": "boolean"}, "storage_error": TEXT},
        ["respect_moderation"],
    )
    error = object_of({"code": TEXT, "message": TEXT})
    usage = object_of({"cost": NUMBER, "is_byok": {"type": "boolean"}})
    status = {"enum": ["pending", "in_progress", "completed", "failed", "cancelled", "expired"]}
    return {
        "XaiVideo": object_of(
            {
                "status": {"enum": ["done", "failed", "expired"]},
                "model": TEXT,
                "progress": INTEGER,
                "video": video,
                "usage": object_of({"cost_in_usd_ticks": INTEGER}),
                "error": error,
            },
            ["status"],
        ),
        "XaiModel": object_of(
            {
                "id": TEXT,
                "object": {"const": "model"},
                "created": INTEGER,
                "owned_by": TEXT,
                "version": TEXT,
                "aliases": list_of(TEXT),
                "input_modalities": list_of(TEXT),
                "output_modalities": list_of(TEXT),
            }
        ),
        "XaiError": object_of({"code": TEXT, "error": TEXT}),
        "OpenRouterVideo": object_of(
            {
                "id": TEXT,
                "generation_id": TEXT,
                "polling_url": TEXT,
                "status": status,
                "unsigned_urls": list_of(TEXT),
                "usage": usage,
                "error": TEXT,
            },
            ["id", "polling_url", "status"],
        ),
        "OpenRouterError": object_of({"error": inner}),
    }


def xai_paths() -> dict[str, Schema]:
    """Describe xAI's routes, and OpenAI's edit, which has the path of xAI's."""
    reference: Schema = {"type": "array", "items": object_of({"url": TEXT}), "maxItems": 7, "x-default": "none"}
    fields: dict[str, Schema] = {
        "prompt": {**PROMPT, "minLength": 0, "description": "What the video shows; <IMAGE_1> is the first reference",
                   "x-default": "none, with an image"},
        "model": {**TEXT, "default": "grok-video-3", "description": "Any known name, such as grok-imagine-video"},
        "duration": seconds(8),
        "aspect_ratio": _optional(RATIO, "16:9, or the image's"),
        "resolution": XAI_RESOLUTION,
        "image": _image("The first frame: a URL or data URI"),
        "last_frame": _image("The last frame, beside a first one"),
        "reference_images": reference,
    }  # fmt: skip
    video = object_of({"url": TEXT})
    video["description"] = "A URL or data URI of a video; or an object with an id, for OpenAI's edit"
    edit = body({**COMMON, "video": {"anyOf": [video, object_of({"id": TASK_ID}), TASK_ID]}}, ["prompt", "video"])
    accepted: Schema = {"anyOf": [object_of({"request_id": TEXT}), ref("Video")]}
    return {
        "/v1/videos/generations": {
            "post": operation(
                "xaiGenerate",
                "Create a video, as at xAI; GET /v1/videos/{request_id} answers in xAI's form",
                XAI,
                responses(object_of({"request_id": TEXT}), *WRITE, error="XaiError"),
                parameters=[RETRY_HEADER],
                requestBody=_json(fields, []),
            )
        },
        "/v1/video-generation-models": {
            "get": operation(
                "xaiModels",
                "List the models, as at xAI",
                XAI,
                responses(object_of({"models": list_of(ref("XaiModel"))}), 401, 405, 429, error="XaiError"),
            )
        },
        "/v1/video-generation-models/{id}": {
            "get": operation(
                "xaiModel",
                "Read a model, as at xAI",
                XAI,
                responses(ref("XaiModel"), *READ, error="XaiError"),
                parameters=[parameter("id", TEXT, "path")],
            )
        },
        "/v1/videos/edits": {
            "post": operation(
                "editVideo",
                "Edit a video: xAI's edit with a URL in video.url, else OpenAI's, which is a remix",
                XAI,
                responses(accepted, *WRITE, error="AnyError"),
                parameters=[RETRY_HEADER],
                requestBody=edit,
            )
        },
    }


def openrouter_paths() -> dict[str, Schema]:
    """Describe OpenRouter's routes."""
    frame = object_of(
        {"type": {"const": "image_url"}, "image_url": object_of({"url": TEXT}),
         "frame_type": {"enum": ["first_frame", "last_frame"]}}
    )  # fmt: skip
    reference = object_of({"type": {"const": "image_url"}, "image_url": object_of({"url": TEXT})})
    fields: dict[str, Schema] = {
        "prompt": {**PROMPT, "minLength": 0, "x-default": "none, with a first frame"},
        "model": {**TEXT, "default": "grok-video-3"},
        "duration": seconds(6),
        "resolution": {"type": "string", "enum": ["480p", "720p", "1080p"], "default": "720p"},
        "aspect_ratio": _optional(RATIO, "16:9, or the first image's"),
        "size": PIXELS,
        "seed": SEED,
        "frame_images": {"type": "array", "items": frame, "maxItems": 2, "x-default": "none"},
        "input_references": {"type": "array", "items": reference, "maxItems": 7, "x-default": "none"},
        "previous_job_id": {
            **TASK_ID,
            "x-default": "none",
            "description": "Edit this video; with a duration, extend it",
        },
    }
    model = object_of(
        {"id": TEXT, "canonical_slug": TEXT, "name": TEXT, "description": TEXT, "created": INTEGER,
         "supported_resolutions": list_of(TEXT), "supported_aspect_ratios": list_of(TEXT),
         "supported_sizes": list_of(TEXT), "supported_durations": list_of(INTEGER),
         "supported_frame_images": list_of(TEXT), "generate_audio": {"type": "boolean"}, "seed": {"type": "boolean"},
         "pricing_skus": {"type": ["object", "null"]}, "allowed_passthrough_parameters": list_of(TEXT)}
    )  # fmt: skip
    media: Schema = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    error = {"description": "No such range", "content": {"application/json": {"schema": ref("OpenRouterError")}}}
    content = {
        **responses({}, *READ, error="OpenRouterError"),
        "200": {"description": "The video", "content": {"video/mp4": media}},
        "206": {"description": "A part of it", "content": {"video/mp4": media}},
        "416": error,
    }
    index = parameter("index", {"type": "integer", "minimum": 0, "maximum": 0, "default": 0})
    return {
        "/api/v1/videos": {
            "post": operation(
                "openrouterCreate",
                "Create, edit or extend a video, as at OpenRouter",
                OPENROUTER,
                responses(ref("OpenRouterVideo"), *WRITE, error="OpenRouterError", accepted=202),
                parameters=[RETRY_HEADER],
                requestBody=_json(fields, []),
            )
        },
        "/api/v1/videos/models": {
            "get": operation(
                "openrouterModels",
                "List what the models can do, as at OpenRouter",
                OPENROUTER,
                responses(object_of({"data": list_of(model)}), 401, 405, 429, error="OpenRouterError"),
            )
        },
        "/api/v1/videos/{id}": {
            "get": operation(
                "openrouterGet",
                "Read a video, as at OpenRouter",
                OPENROUTER,
                responses(ref("OpenRouterVideo"), *READ, error="OpenRouterError"),
                parameters=[ID, WAIT, UNTIL],
            )
        },
        "/api/v1/videos/{id}/content": {
            "get": operation(
                "openrouterContent", "Download a video, as at OpenRouter", OPENROUTER, content,
                parameters=[ID, index, WAIT],
            )
        },
    }  # fmt: skip


def node_pack_paths() -> dict[str, Schema]:
    """Describe the older routes that node packs use, and the other names of create and query."""
    images: Schema = {"type": "array", "items": TEXT, "maxItems": 7, "x-default": "none",
                      "description": "URLs, data URIs or base64"}  # fmt: skip
    fields: dict[str, Schema] = {
        "prompt": PROMPT,
        "model": {**TEXT, "default": "grok-video-3"},
        "aspect_ratio": _optional(RATIO, "16:9, or the first image's"),
        "duration": seconds(10),
        "resolution": _optional(TEXT, "720P"),
        "hd": {"type": "boolean", "default": False, "description": "1080P, if no resolution is named"},
        "images": images,
        "seed": SEED,
    }
    status = {"enum": ["NOT_START", "SUBMITTED", "QUEUED", "IN_PROGRESS", "SUCCESS", "FAILURE"]}
    data: Schema = {"type": ["object", "null"], "properties": {"output": TEXT, "model": TEXT}}
    task = object_of(
        {"task_id": TEXT, "platform": TEXT, "action": TEXT, "status": status, "fail_reason": TEXT,
         "submit_time": INTEGER, "finish_time": INTEGER, "progress": TEXT, "data": data}
    )  # fmt: skip
    create = {**CREATE, "duration": seconds(10), "images": IMAGES}
    return {
        "/v2/videos/generations": {
            "post": operation(
                "nodePackCreate", "Create a video, as node packs do", NODE_PACKS,
                responses(object_of({"task_id": TEXT}), *WRITE), parameters=[RETRY_HEADER],
                requestBody=_json(fields, ["prompt"]),
            )
        },
        "/v2/videos/generations/{id}": {
            "get": operation(
                "nodePackGet", "Read a video, as node packs do", NODE_PACKS, responses(task, *READ),
                parameters=[ID, WAIT, UNTIL],
            )
        },
        "/v1/video/generations": {
            "post": operation(
                "unifiedGenerations", "Create a video: another name of /v1/video/create", UNIFIED,
                responses(ref("UnifiedCreated"), *WRITE), parameters=[RETRY_HEADER],
                requestBody=body(create, ["prompt"], ("images",)),
            )
        },
        "/v1/video/generations/{id}": {
            "get": operation(
                "unifiedGenerationsGet", "Read a video: another name of /v1/video/query", UNIFIED,
                responses(ref("UnifiedVideo"), *READ), parameters=[ID, WAIT, UNTIL],
            )
        },
    }  # fmt: skip


def file_paths() -> dict[str, Schema]:
    """Describe the routes of uploaded files."""
    file = object_of(
        {"id": TEXT, "object": {"const": "file"}, "bytes": INTEGER, "created_at": INTEGER, "expires_at": INTEGER,
         "filename": TEXT, "purpose": TEXT, "status": TEXT, "width": INTEGER, "height": INTEGER, "url": TEXT}
    )  # fmt: skip
    binary: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
    number = parameter("id", {"type": "string", "pattern": "^file-[0-9a-f]{32}$"}, "path")
    form = object_of({"file": binary, "purpose": _optional(NULL_TEXT)}, ["file"])
    image: Schema = {"schema": {"type": "string", "contentMediaType": "image/png"}}
    answers = {**responses({}, *READ), "200": {"description": "The image", "content": {"image/png": image}}}
    return {
        "/v1/files": {
            "post": operation(
                "uploadFile",
                "Upload an image, to use its id or URL within 24 hours",
                FILES,
                responses(file, 400, 401, 405, 413, 415, 429, 507),
                requestBody={"required": True, "content": {"multipart/form-data": {"schema": form}}},
            )
        },
        "/v1/files/{id}": {
            "delete": operation(
                "deleteFile",
                "Delete an uploaded file",
                FILES,
                responses(object_of({"id": TEXT, "object": {"const": "file"}, "deleted": {"const": True}}), *READ),
                parameters=[number],
            )
        },
        "/v1/files/{id}/content": {
            "get": operation("getFile", "Download an uploaded file", FILES, answers, parameters=[number])
        },
    }
