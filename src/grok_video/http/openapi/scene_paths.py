"""The routes about scenes and prompts."""

from __future__ import annotations

from .schemas import MODEL, PROMPT, READ, SCENE, TEXT, Schema, body, object_of, operation, responses
from .video_paths import ID

SCENES = "Scenes and prompts"
WORDS: Schema = {"type": "array", "items": TEXT}


def scene_paths() -> dict[str, Schema]:
    """Describe the routes about scenes and prompts."""
    scene = object_of({"object": {"const": "scene"}, "video_id": TEXT, "scene": SCENE})
    reading = object_of(
        {
            "object": {"const": "prompt.reading"},
            "model": MODEL,
            "backend": TEXT,
            "understood": WORDS,
            "not_understood": WORDS,
            "suggestions": {
                "type": "object",
                "additionalProperties": WORDS,
                "description": "For unknown words, known ones that are spelled much like them",
            },
            "shown_as": {
                "type": "object",
                "additionalProperties": TEXT,
                "description": "What words without a drawing of their own are shown as",
            },
            "scene": SCENE,
        }
    )
    seed: Schema = {
        "type": "integer",
        "minimum": 0,
        "maximum": 2**32 - 1,
        "default": 0,
        "description": "Seeds the places of the figures, as in a video",
    }
    return {
        "/v1/videos/{id}/scene": {
            "get": operation("getScene", "Get the scene of a video", SCENES, responses(scene, *READ), parameters=[ID])
        },
        "/v1/prompt/read": {
            "post": operation(
                "readPrompt",
                "Read a prompt as a video of 6 seconds would, without making one",
                SCENES,
                responses(reading, 400, 401, 404, 405, 413, 415, 429),
                requestBody=body({"prompt": PROMPT, "model": MODEL, "seed": seed}, ["prompt"]),
            )
        },
    }
