"""A worked request and response for every operation; those of videos are rendered by the formats themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from ...domain.errors import InvalidValue
from ...domain.models import MODELS
from ...domain.request import AspectRatio, Format, Mode, Operation, Resolution
from ...domain.task import Clip, Task, TaskStatus
from ..errors import STATUSES, render_error
from ..formats import node_packs, openai, openrouter, unified, xai_dialect
from ..ids import id_of
from ..links import Links
from .schemas import Schema

ID, SOURCE = UUID("0f8fad5b-d9cb-469f-a165-70867728950e"), UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")
VIDEO, VIDEO_SOURCE, UNIFIED_SOURCE = f"video_{ID.hex}", f"video_{SOURCE.hex}", f"grok:{SOURCE}"
KEY = {
    "id": "key_5f0c9a41d2b7", "object": "key", "name": "phone", "prefix": "gv-R4nd0m", "operator": False,
    "created_at": 1795600000, "revoked_at": None, "expires_at": None, "rpm": None, "concurrency": None,
    "previous_key_until": None,
}  # fmt: skip

SCENE_DOCUMENT: dict[str, Any] = {
    "version": 1, "layout": 7, "shots": [{"environment": "sea", "subjects": [
        {"figure": "🐕", "word": "corgi", "x": 0.4, "gesture": "surf", "carrier": "surfboard", "held": "on"},
        {"figure": "surfboard", "x": 0.4, "motion": "surf"},
    ]}],
}  # fmt: skip


def with_examples(paths: dict[str, Schema]) -> dict[str, Schema]:
    """Return the paths with an example of the request and of the response of every operation that has them."""
    requests, responses = _requests(), _responses()
    errors = _errors()
    for methods in paths.values():
        for operation in methods.values():
            name = operation["operationId"]
            if name in requests:
                content = operation["requestBody"]["content"]["application/json"]
                content["examples"] = {
                    key: {"summary": summary, "value": value} for key, (summary, value) in requests[name].items()
                }
            if name in responses:
                accepted = operation["responses"].get("200") or operation["responses"]["202"]
                accepted["content"]["application/json"]["example"] = responses[name]
            if "400" in operation["responses"]:
                content = operation["responses"]["400"]["content"]["application/json"]
                operation["responses"]["400"] = {
                    "description": "A value is not allowed",
                    "content": {"application/json": {**content, "example": errors[content["schema"]["$ref"]]}},
                }
    return paths


def _errors() -> dict[str, Any]:
    """Return an example of each form of error, by its schema."""
    error = InvalidValue(
        "size is '4K'; use 480P, 720P or 1080P (or WIDTHxHEIGHT, which picks the nearest of them).", param="size"
    )
    forms = {
        "Error": render_error, "AnyError": render_error, "XaiError": xai_dialect.render_error,
        "OpenRouterError": openrouter.render_error,
    }  # fmt: skip
    return {f"#/components/schemas/{name}": render(error, *STATUSES[error.code])[1] for name, render in forms.items()}


def _requests() -> dict[str, dict[str, tuple[str, dict[str, Any]]]]:
    model = "grok-video-3"
    image = "https://example.com/cat.png"
    remix = {"prompt": "the same at night, in the snow"}
    extend = {"prompt": "a bird flies in", "start_time": 1.5, "duration": 2}
    return {
        "createVideo": {
            "text": ("From text", {"model": model, "prompt": "a cat dancing on the beach at sunset", "seconds": 2}),
            "first_frame": (
                "From a first frame",
                {"model": model, "prompt": "rain begins to fall", "input_reference": image, "seconds": 2},
            ),
            "references": (
                "With reference images",
                {"model": model, "prompt": "@img1 dances with @img2", "aspect_ratio": "16:9", "seconds": 2,
                 "input_reference": [image, "https://example.com/dog.png"]},
            ),
        },
        "unifiedCreate": {
            "text": ("From text", {"model": model, "prompt": "a whale in the sea", "images": [], "duration": 2}),
            "first_last_frame": (
                "From a first and a last frame",
                {"model": model, "prompt": "into the night", "aspect_ratio": "3:2", "size": "1080P", "duration": 2,
                 "images": ["https://example.com/day.png", "https://example.com/night.png"]},
            ),
        },
        "remixVideo": {"remix": ("At night", remix)},
        "unifiedRemix": {"remix": ("At night", {"model": model, **remix, "task_id": UNIFIED_SOURCE})},
        "extendVideo": {"extend": ("From second 1.5", {"prompt": "a bird flies in", "start_time": 1.5, "seconds": 2})},
        "unifiedExtend": {"extend": ("From second 1.5", {"model": model, **extend, "task_id": UNIFIED_SOURCE})},
        "extensions": {
            "id": ("By id", {"model": model, **extend, "video": {"url": VIDEO_SOURCE}}),
            "url": ("By URL", {"model": model, **extend, "video": {"url": "https://example.com/clip.mp4"}}),
        },
        **_dialect_requests(),
        "readPrompt": {"prompt": ("A prompt", {"prompt": "a corgi surfs a big wave"})},
        "changeVideo": {"keep": ("Keep it for good", {"keep": True})},
        "createKey": {
            "key": ("A key for an application", {"name": "phone"}),
            "limited": ("With limits", {"name": "a guest", "rpm": 60, "concurrency": 2}),
        },
        "changeKey": {"limits": ("Limit its requests", {"rpm": 60, "concurrency": None})},
        "rotateKey": {"rotate": ("With an hour for the change", {"overlap_hours": 1})},
        "signIn": {"key": ("With a key", {"key": "gv-…"})},
    }  # fmt: skip


def _dialect_requests() -> dict[str, dict[str, tuple[str, dict[str, Any]]]]:
    image = "https://example.com/cat.png"
    xai, prompt = "grok-imagine-video", "a cat dancing on the beach at sunset"
    frame = {"type": "image_url", "image_url": {"url": image}, "frame_type": "first_frame"}
    unified_create = {"model": "grok-video-3", "prompt": prompt, "images": [], "duration": 2}
    return {
        "unifiedGenerations": {"text": ("From text", unified_create)},
        "nodePackCreate": {
            "text": ("From text", {"model": "grok-video-3", "prompt": prompt, "ratio": "3:2", "duration": "2"}),
            "image": (
                "From an image",
                {"model": "grok-video-3", "prompt": "it rains", "images": [image], "hd": True, "duration": 2},
            ),
        },
        "xaiGenerate": {
            "text": ("From text", {"model": xai, "prompt": prompt, "duration": 2, "resolution": "720p"}),
            "references": (
                "With a reference",
                {"model": xai, "prompt": "<IMAGE_1> dances", "reference_images": [{"url": image}], "duration": 2},
            ),
        },
        "editVideo": {
            "id": ("OpenAI's, by id", {"prompt": "at night", "video": {"id": VIDEO_SOURCE}}),
            "url": ("xAI's, by URL", {"prompt": "at night", "video": {"url": "https://example.com/clip.mp4"}}),
        },
        "openrouterCreate": {
            "frame": (
                "From a first frame",
                {"model": xai, "prompt": "it rains", "frame_images": [frame], "duration": 2},
            ),
            "extend": ("Extend a video", {"prompt": "it rains", "previous_job_id": VIDEO_SOURCE, "duration": 2}),
        },
    }  # fmt: skip


def _responses() -> dict[str, Any]:
    queued = _task()
    done, links = _completed(queued), _links()
    unified_done = replace(done, format=Format.UNIFIED)
    remixed = replace(_task(), operation=Operation.REMIX, source_id=SOURCE, prompt="the same at night, in the snow")
    extended = replace(
        _task(), operation=Operation.EXTEND, source_id=SOURCE, prompt="a bird flies in", start_frame=72, frames=168,
        seconds=4,
    )  # fmt: skip
    none = Links()
    return {
        "createVideo": openai.render(queued, none),
        "getVideo": openai.render(done, links),
        "remixVideo": openai.render(remixed, none),
        "extendVideo": openai.render(extended, none),
        "extensions": openai.render(extended, none),
        "cancelVideo": openai.render(replace(queued, cancel_requested_at=1795600010.0), none),
        "changeVideo": openai.render(replace(done, kept=True), links),
        "deleteVideo": openai.render_deleted(id_of(done)),
        "listVideos": openai.render_list([openai.render(done, links)], False),
        "listKeyVideos": openai.render_list([openai.render(done, links)], False),
        "getLineage": openai.render_list([openai.render(done, links)], False),
        "unifiedCreate": unified.render_accepted(replace(queued, format=Format.UNIFIED), none),
        "unifiedQuery": unified.render(unified_done, links),
        "unifiedRemix": unified.render(replace(remixed, format=Format.UNIFIED), none),
        "unifiedExtend": unified.render(replace(extended, format=Format.UNIFIED), none),
        **_dialect_responses(queued, done, links),
        **_other_responses(),
    }


def _dialect_responses(queued: Task, done: Task, links: Links) -> dict[str, Any]:
    unified_queued = replace(queued, format=Format.UNIFIED)
    unified_done = replace(done, format=Format.UNIFIED)
    number = "file-0f8fad5bd9cb469fa16570867728950e"
    models = {
        "id": "grok-video-3", "canonical_slug": "grok-video-3", "name": "grok-video-3",
        "description": MODELS["grok-video-3"].description, "created": 1735689600,
        "supported_resolutions": ["480p", "720p", "1080p"], "supported_aspect_ratios": ["16:9", "9:16"],
        "supported_sizes": ["1280x720", "720x1280"], "supported_durations": [1, 2, 3],
        "supported_frame_images": ["first_frame", "last_frame"], "generate_audio": True, "seed": True,
        "creativity": None, "upscale_factor": None, "pricing_skus": None, "allowed_passthrough_parameters": [],
    }  # fmt: skip
    xai_model = {
        "id": "grok-imagine-video", "object": "model", "created": 1735689600, "owned_by": "grok-video", "version": "1",
        "aliases": [], "input_modalities": ["text", "image", "video"], "output_modalities": ["video"],
    }  # fmt: skip
    return {
        "unifiedGenerations": unified.render_accepted(unified_queued, Links()),
        "unifiedGenerationsGet": unified.render(unified_done, links),
        "nodePackCreate": node_packs.render_accepted(unified_queued, Links()),
        "nodePackGet": node_packs.render(unified_done, links),
        "xaiModels": {"models": [xai_model]},
        "xaiModel": xai_model,
        "xaiGenerate": xai_dialect.render_accepted(queued, Links()),
        "editVideo": xai_dialect.render_accepted(queued, Links()),
        "openrouterCreate": openrouter.render_accepted(queued, links),
        "openrouterGet": openrouter.render(done, links),
        "openrouterModels": {"data": [models]},
        "uploadFile": {
            "id": number, "object": "file", "bytes": 81234, "created_at": 1795600000, "expires_at": 1795686400,
            "filename": f"{number}.png", "purpose": "user_data", "status": "processed", "width": 1280, "height": 720,
            "url": f"{links.base}/v1/files/{number}/content?owner=operator&expires=1795686400&signature=…",
        },
        "deleteFile": {"id": number, "object": "file", "deleted": True},
    }  # fmt: skip


def _other_responses() -> dict[str, Any]:
    model = {
        "id": "grok-video-3", "object": "model", "created": 1735689600, "owned_by": "grok-video",
        "description": MODELS["grok-video-3"].description, "capabilities": {
            "backend": "animatic", "operations": ["create", "extend", "remix"],
            "modes": ["first_frame", "first_last_frame", "reference", "text"], "sizes": ["480P", "720P", "1080P"],
            "native_sizes": ["480P", "720P", "1080P"],
            "aspect_ratios": ["16:9", "9:16", "3:2", "2:3", "1:1", "4:3", "3:4", "21:9", "5:2"],
            "native_aspect_ratios": ["16:9", "9:16", "3:2", "2:3", "1:1", "4:3", "3:4", "21:9", "5:2"],
            "seconds": list(range(1, 16)), "max_images": 7,
            "audio": True, "generative": False, "remote": False, "scenes": True,
            "references_beside_first_frame": True, "paid": False, "cost_per_second": None, "costs": {},
            "engine_model": None, "licence": None, "progress_measured": True, "previews": True,
            "unavailable": None,
        },
    }  # fmt: skip
    session = {"object": "session", "id": KEY["id"], "name": KEY["name"], "operator": False}
    return {
        "getScene": {"object": "scene", "video_id": VIDEO, "scene": SCENE_DOCUMENT},
        "readPrompt": {
            "object": "prompt.reading", "model": "grok-video-3", "backend": "animatic",
            "understood": ["corgi", "surfs", "wave"], "not_understood": ["big"], "suggestions": {},
            "shown_as": {"corgi": "dog"}, "scene": SCENE_DOCUMENT,
        },
        "listInputs": {
            "object": "list",
            "data": [{"object": "input", "number": 1, "width": 1280, "height": 720,
                      "path": f"/v1/videos/{VIDEO}/inputs/1"}],
        },
        "getQueue": {
            "object": "queue",
            "data": [{"id": VIDEO, "position": 2, "eta_seconds": 14.5}],
            "backends": [{"name": "animatic", "up": True, "error": None, "queued": 1, "in_progress": 2,
                          "seconds_per_second": 0.6}],
            "workers": None,
        },
        "getSession": session,
        "signIn": session,
        "signOut": {"object": "session", "deleted": True},
        "createTicket": {"object": "session.ticket", "ticket": "R4nd0m…", "expires_at": 1795600060},
        "listSessions": {
            "object": "list",
            "data": [{"id": "0f8fad5bd9cb469fa16570867728950e", "object": "session.entry", "created_at": 1795600000,
                      "expires_at": 1798192000, "address": "192.0.2.1", "user_agent": "Mozilla/5.0 …",
                      "current": True}],
        },
        "endSession": {"object": "sessions", "ended": 1},
        "endSessions": {"object": "sessions", "ended": 3},
        "listModels": {"object": "list", "data": [model]},
        "getModel": model,
        "listKeys": {"object": "list", "data": [KEY]},
        "createKey": {**KEY, "key": "gv-R4nd0m…"},
        "changeKey": {**KEY, "rpm": 60},
        "rotateKey": {**KEY, "key": "gv-R4nd0m…", "previous_key_until": 1795603600},
        "listAudit": {
            "object": "list",
            "data": [{"number": 17, "object": "audit.entry", "at": 1795600000, "action": "key_created",
                      "actor": "operator", "target": KEY["id"], "address": "192.0.2.1"}],
            "has_more": False,
        },
        "revokeKey": {**KEY, "revoked_at": 1795600100},
        "deleteKeyVideos": {"id": KEY["id"], "object": "key.videos", "deleted": 12, "has_more": False},
        "healthz": {"status": "ok"},
        "readyz": {"status": "ready"},
    }  # fmt: skip


def _task() -> Task:
    return Task(
        id=ID, owner="", format=Format.OPENAI, operation=Operation.CREATE, mode=Mode.TEXT, model="grok-video-3",
        prompt="a cat dancing on the beach at sunset", aspect_ratio=AspectRatio.R16_9, resolution=Resolution.P720,
        width=1280, height=720, seconds=4, frames=96, seed=2784512, backend="animatic", created_at=1795600000.0,
        updated_at=1795600000.0, facts={"understood": ["cat", "dancing", "beach", "sunset"]},
    )  # fmt: skip


def _completed(task: Task) -> Task:
    return replace(
        task, status=TaskStatus.COMPLETED, progress=100, updated_at=1795600004.0, completed_at=1795600004.0,
        clip=Clip(1280, 720, 24.0, 96, 1843200), facts={**task.facts, "generative": False},
    )  # fmt: skip


def _links() -> Links:
    base = "http://127.0.0.1:8000"
    link = f"{base}/v1/videos/{VIDEO}/content?expires=1795686404&signature=…"
    return Links(link, f"{link}&variant=thumbnail", f"{link}&variant=spritesheet", base)
