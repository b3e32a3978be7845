"""The routes of both formats for videos."""

from __future__ import annotations

from ...domain.models import EXTENSION_SECONDS
from ...domain.request import Operation
from ...domain.task import TaskStatus
from ..formats import openai, unified
from ..parsing import IMAGE_MODES
from .schemas import (
    COMMON,
    CREATE,
    IMAGES,
    INPUTS,
    MODEL,
    NULL_TEXT,
    READ,
    SCENE,
    START,
    TASK_ID,
    TEXT,
    WRITE,
    Schema,
    body,
    object_of,
    operation,
    parameter,
    ref,
    responses,
    seconds,
)

OPENAI = "OpenAI format"
UNIFIED = "Unified format"

ID = parameter("id", TASK_ID, "path")
WAIT = parameter(
    "wait",
    {
        "type": "number",
        "minimum": 0,
        "default": 0,
        "description": "Respond when the task has ended, or after this many seconds; at most 60",
    },
)
UNTIL = parameter(
    "until",
    {
        "enum": ["end", "change"],
        "default": "end",
        "description": "With wait: respond when the task has ended, or already when its status or progress changes",
    },
)
RETRY_HEADER = parameter(
    "Idempotency-Key",
    {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "x-default": "none",
        "description": "A repeated request with the same key returns the first task, for 24 hours",
    },
    "header",
)


def _create(name: str, summary: str, tag: str, schema: str, length: dict[str, Schema], images: str) -> Schema:
    fields = {**CREATE, **length, images: IMAGES, "image_mode": IMAGE_MODE, "scene": SCENE}
    return operation(
        name,
        summary,
        tag,
        responses(ref(schema), *WRITE),
        parameters=[RETRY_HEADER],
        requestBody=body(fields, ["model", "prompt"], (images,)),
    )


def _derive(name: str, summary: str, tag: str, schema: str, fields: dict[str, Schema], required: list[str]) -> Schema:
    parameters = [RETRY_HEADER] if "task_id" in required or name == "extensions" else [ID, RETRY_HEADER]
    return operation(
        name,
        summary,
        tag,
        responses(ref(schema), *WRITE, error="AnyError" if name == "extensions" else "Error"),
        parameters=parameters,
        requestBody=body({**COMMON, **fields}, required),
    )


PENDING: Schema = {"description": "In xAI's form: the video is not finished; without a body"}
IMAGE_MODE: Schema = {
    "enum": list(IMAGE_MODES),
    "description": "What the images are for; with first_frame, the others are references",
    "x-default": "their number and the prompt decide",
}
NEW_SEGMENT = seconds(EXTENSION_SECONDS)
SEGMENT: Schema = {**NEW_SEGMENT, "description": "Length of the new segment. " + NEW_SEGMENT["description"]}
EXTEND: dict[str, Schema] = {
    "start_time": START,
    "images": {**IMAGES, "description": "References for the new segment", "x-default": "none"},
    "upscale": {"type": "boolean", "default": False, "description": "Make the whole result 1080P"},
}
PARENT: Schema = {"type": "string", "description": "Accepted for existing clients; has no effect", "x-default": "none"}

REMIX: dict[str, Schema] = {"parent_post_id": PARENT, "scene": SCENE}


def page_of_videos() -> Schema:
    """Describe a page of videos."""
    return object_of(
        {
            "object": {"const": "list"},
            "data": {"type": "array", "items": ref("Video")},
            "first_id": NULL_TEXT,
            "last_id": NULL_TEXT,
            "has_more": {"type": "boolean"},
        }
    )


def listing_parameters() -> list[Schema]:
    """Describe the query of a list of videos."""
    return [
        parameter("limit", {"type": "integer", "minimum": 0, "maximum": 100, "default": 20}),
        parameter("order", {"enum": ["asc", "desc"], "default": "desc", "description": "desc is newest first"}),
        parameter("after", {**TASK_ID, "description": "Continue after this video; last_id of the page before"}),
        parameter("search", {**TEXT, "description": "Words that must all be in the prompt, by how they begin"}),
        parameter(
            "status", {"enum": [status.value for status in TaskStatus], "description": "Comma-separated for several"}
        ),
        parameter("model", MODEL),
        parameter("operation", {"enum": [operation.value for operation in Operation]}),
    ]


def openai_paths() -> dict[str, Schema]:
    """Describe the routes of the OpenAI format."""
    page, listing = page_of_videos(), listing_parameters()
    keep: Schema = {"type": "boolean", "description": "true: the video never expires"}
    deleted = object_of({"id": TEXT, "object": {"const": "video.deleted"}, "deleted": {"const": True}})
    video = {"anyOf": [TASK_ID, object_of({"url": TEXT}), object_of({"id": TASK_ID})]}
    return {
        "/v1/videos": {
            "post": _create(
                "createVideo",
                "Create a video",
                OPENAI,
                "Video",
                {"seconds": seconds(openai.DEFAULT_SECONDS)},
                "input_reference",
            ),
            "get": operation("listVideos", "List videos", OPENAI, responses(page, *READ), parameters=listing),
        },
        "/v1/videos/{id}": {
            "get": operation(
                "getVideo",
                "Read a video; by the request_id of a video that was made in xAI's dialect, in xAI's form",
                OPENAI,
                {**responses({"anyOf": [ref("Video"), ref("XaiVideo")]}, *READ), "202": PENDING},
                parameters=[ID, WAIT, UNTIL],
            ),
            "patch": operation(
                "changeVideo",
                "Keep a video for good, or no longer",
                OPENAI,
                responses(ref("Video"), *WRITE),
                parameters=[ID],
                requestBody=body({"keep": keep}, ["keep"]),
            ),
            "delete": operation("deleteVideo", "Delete a video", OPENAI, responses(deleted, *READ), parameters=[ID]),
        },
        "/v1/videos/{id}/remix": {"post": _derive("remixVideo", "Remix a video", OPENAI, "Video", REMIX, ["prompt"])},
        "/v1/videos/{id}/extend": {
            "post": _derive(
                "extendVideo", "Extend a video", OPENAI, "Video", {**EXTEND, "seconds": SEGMENT}, ["prompt"]
            )
        },
        "/v1/videos/extensions": {
            "post": _derive(
                "extensions",
                "Extend a video by id, file or URL",
                OPENAI,
                "AnyAccepted",
                {**EXTEND, "duration": SEGMENT, "video": video},
                ["prompt", "video"],
            )
        },
        "/v1/videos/{id}/cancel": {
            "post": operation("cancelVideo", "Cancel a video", OPENAI, responses(ref("Video"), *READ), parameters=[ID])
        },
        "/v1/videos/{id}/content": {"get": _content()},
        "/v1/videos/{id}/preview": {"get": _preview()},
        "/v1/videos/{id}/lineage": {
            "get": operation(
                "getLineage",
                "List a video's ancestors and their descendants, oldest first",
                OPENAI,
                responses(page, *READ),
                parameters=[ID],
            )
        },
        "/v1/videos/{id}/inputs": {
            "get": operation(
                "listInputs", "List the images a video was made from", OPENAI, responses(INPUTS, *READ), parameters=[ID]
            )
        },
        "/v1/videos/{id}/inputs/{number}": {"get": _input()},
    }


def _input() -> Schema:
    image: Schema = {"schema": {"type": "string", "contentMediaType": "image/png"}}
    answers = {**responses({}, *READ), "200": {"description": "The image", "content": {"image/png": image}}}
    number = parameter("number", {"type": "integer", "minimum": 1}, "path")
    return operation("getInput", "Download an image a video was made from", OPENAI, answers, parameters=[ID, number])


def _preview() -> Schema:
    binary: Schema = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    image = {"description": "The image", "content": dict.fromkeys(("image/jpeg", "image/png", "image/webp"), binary)}
    summary = "Show an image of an unfinished video if its backend has one, or a finished one's thumbnail"
    return operation("getPreview", summary, OPENAI, {**responses({}, *READ), "200": image}, parameters=[ID])


def _content() -> Schema:
    binary: Schema = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    media = {
        "description": "The file, or a part of it",
        "content": {"video/mp4": binary, "image/webp": binary, "image/jpeg": binary},
    }
    error = {"description": "No such range", "content": {"application/json": {"schema": ref("Error")}}}
    answers = {**responses({}, *READ), "200": media, "206": media, "416": error}
    variant = parameter("variant", {"enum": ["video", "thumbnail", "spritesheet"], "default": "video"})
    return operation(
        "getContent",
        "Download a video, its thumbnail or spritesheet",
        OPENAI,
        answers,
        parameters=[ID, variant, WAIT],
    )


def unified_paths() -> dict[str, Schema]:
    """Describe the routes of the unified format."""
    source: dict[str, Schema] = {"task_id": TASK_ID}
    query = [parameter("id", TASK_ID, required=True), WAIT, UNTIL]
    return {
        "/v1/video/create": {
            "post": _create(
                "unifiedCreate",
                "Create a video",
                UNIFIED,
                "UnifiedCreated",
                {"duration": seconds(unified.DEFAULT_SECONDS)},
                "images",
            )
        },
        "/v1/video/remix": {
            "post": _derive(
                "unifiedRemix",
                "Remix a video",
                UNIFIED,
                "UnifiedVideo",
                {**source, **REMIX},
                ["prompt", "task_id"],
            )
        },
        "/v1/video/extend": {
            "post": _derive(
                "unifiedExtend",
                "Extend a video",
                UNIFIED,
                "UnifiedVideo",
                {**source, **EXTEND, "duration": SEGMENT},
                ["prompt", "task_id"],
            )
        },
        "/v1/video/query": {
            "get": operation(
                "unifiedQuery", "Read a video", UNIFIED, responses(ref("UnifiedVideo"), *READ), parameters=query
            )
        },
    }
