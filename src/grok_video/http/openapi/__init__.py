"""The OpenAPI 3.1 description of both formats, as data.

Written by hand: each POST takes three content types, and files or texts in the same field, which no framework derives.
"""

from __future__ import annotations

from ..errors import STATUSES
from .dialect_paths import (
    FILES,
    NODE_PACKS,
    OPENROUTER,
    XAI,
    dialect_schemas,
    file_paths,
    node_pack_paths,
    openrouter_paths,
    xai_paths,
)
from .examples import with_examples
from .key_paths import AUDIT, key_paths
from .other_paths import EVENTS, HEALTH, MODELS_AND_KEYS, SESSIONS, other_paths
from .scene_paths import SCENES, scene_paths
from .schemas import NULL_TEXT, OPENAI_FIELDS, TEXT, UNIFIED_FIELDS, Schema, object_of, ref
from .video_paths import OPENAI, UNIFIED, openai_paths, unified_paths

TAGS = (
    OPENAI, UNIFIED, NODE_PACKS, XAI, OPENROUTER, FILES, SCENES, EVENTS, MODELS_AND_KEYS, AUDIT, SESSIONS, HEALTH,
)  # fmt: skip


def document(version: str, public_url: str | None = None) -> Schema:
    """Return the OpenAPI description; without a public URL, paths are relative to where it was read."""
    inner = object_of({"message": TEXT, "type": TEXT, "param": NULL_TEXT, "code": TEXT})
    codes = {"type": "string", "description": f"One of: {', '.join(STATUSES)}, internal_error"}
    schemas = {
        "Video": object_of(OPENAI_FIELDS),
        "UnifiedVideo": object_of(UNIFIED_FIELDS),
        "UnifiedCreated": object_of({**UNIFIED_FIELDS, "created_at": {"type": "string", "format": "date-time"}}),
        "AnyAccepted": {"anyOf": [ref("Video"), ref("UnifiedVideo"), object_of({"request_id": TEXT})]},
        "AnyError": {"anyOf": [ref("Error"), ref("XaiError")]},
        **dialect_schemas(),
        "Error": object_of({"error": inner, "code": codes, "message": TEXT, "data": {"type": "null"}}),
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
        "servers": [{"url": public_url or "/"}],
        "security": [{"key": []}],
        "tags": [{"name": name} for name in TAGS],
        "paths": with_examples(
            {
                **openai_paths(),
                **unified_paths(),
                **node_pack_paths(),
                **xai_paths(),
                **openrouter_paths(),
                **file_paths(),
                **scene_paths(),
                **other_paths(),
                **key_paths(),
            }
        ),
        "components": {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }
