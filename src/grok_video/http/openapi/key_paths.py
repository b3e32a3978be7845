"""The operator's routes: keys, their libraries, the audit log."""

from __future__ import annotations

from ...ports import Action
from ..key_fields import DEFAULT_OVERLAP_HOURS, MAX_CONCURRENCY, MAX_OVERLAP_HOURS, MAX_RPM
from .other_paths import MODELS_AND_KEYS
from .schemas import (
    INTEGER,
    LISTED,
    NULL_INT,
    NULL_TEXT,
    READ,
    TEXT,
    WRITE,
    Schema,
    body,
    object_of,
    operation,
    parameter,
    responses,
)
from .video_paths import listing_parameters, page_of_videos

AUDIT = "Audit log"
KEY_ID = parameter("id", {"type": "string"}, "path")


def key_paths() -> dict[str, Schema]:
    """Describe the routes for keys."""
    key = _key()
    keys = object_of({"object": {"const": "list"}, "data": {"type": "array", "items": object_of(key)}})
    with_secret = object_of({**key, "key": TEXT})
    name = {"name": {"type": "string", "minLength": 1, "maxLength": 200}}
    overlap: Schema = {
        "type": "number",
        "minimum": 0,
        "maximum": MAX_OVERLAP_HOURS,
        "default": DEFAULT_OVERLAP_HOURS,
        "description": "Hours for which the old secret still works",
    }
    return {
        "/v1/keys": {
            "get": operation("listKeys", "List keys (operator)", MODELS_AND_KEYS, responses(keys, *LISTED)),
            "post": operation(
                "createKey",
                "Create a key (operator)",
                MODELS_AND_KEYS,
                responses(with_secret, *WRITE),
                requestBody=body({**name, **_limits("none")}, ["name"]),
            ),
        },
        "/v1/keys/{id}": {
            "patch": operation(
                "changeKey",
                "Change a key's limits (operator)",
                MODELS_AND_KEYS,
                responses(object_of(key), *WRITE),
                parameters=[KEY_ID],
                requestBody=body(_limits("as it is"), []),
            ),
            "delete": operation(
                "revokeKey",
                "Revoke a key (operator)",
                MODELS_AND_KEYS,
                responses(object_of(key), *READ),
                parameters=[KEY_ID],
            ),
        },
        "/v1/keys/{id}/rotate": {
            "post": operation(
                "rotateKey",
                "Give a key a new secret (operator)",
                MODELS_AND_KEYS,
                responses(with_secret, *WRITE),
                parameters=[KEY_ID],
                requestBody=body({"overlap_hours": overlap}, []),
            )
        },
        "/v1/keys/{id}/videos": _library(),
        "/v1/audit": {"get": _audit()},
    }


def _key() -> dict[str, Schema]:
    return {
        "id": TEXT,
        "object": {"const": "key"},
        "name": TEXT,
        "prefix": TEXT,
        "operator": {"type": "boolean"},
        "created_at": INTEGER,
        "revoked_at": NULL_INT,
        "expires_at": NULL_INT,
        "rpm": NULL_INT,
        "concurrency": NULL_INT,
        "previous_key_until": NULL_INT,
    }


def _limits(absent: str) -> dict[str, Schema]:
    def limit(most: int | None, text: str) -> Schema:
        bounds = {"minimum": 1, "maximum": most} if most else {}
        return {"type": ["integer", "null"], **bounds, "description": text, "x-default": absent}

    return {
        "expires_at": limit(None, "When the key expires, in seconds since 1970"),
        "rpm": limit(MAX_RPM, "Requests per minute"),
        "concurrency": limit(MAX_CONCURRENCY, "Unfinished videos"),
    }


def _library() -> Schema:
    deleted = object_of(
        {
            "id": TEXT,
            "object": {"const": "key.videos"},
            "deleted": INTEGER,
            "has_more": {"type": "boolean", "description": "Repeat the request while it is true"},
        }
    )
    return {
        "get": operation(
            "listKeyVideos",
            "List the videos of a key, active or revoked (operator)",
            MODELS_AND_KEYS,
            responses(page_of_videos(), *READ),
            parameters=[KEY_ID, *listing_parameters()],
        ),
        "delete": operation(
            "deleteKeyVideos",
            "Delete the videos of a revoked key, some at a time (operator)",
            MODELS_AND_KEYS,
            responses(deleted, *READ),
            parameters=[KEY_ID],
        ),
    }


def _audit() -> Schema:
    action: Schema = {"enum": [action.value for action in Action]}
    entry = {
        "number": INTEGER,
        "object": {"const": "audit.entry"},
        "at": INTEGER,
        "action": action,
        "actor": {**NULL_TEXT, "description": "Id of the key; null for nobody"},
        "target": NULL_TEXT,
        "address": NULL_TEXT,
    }
    page = object_of(
        {
            "object": {"const": "list"},
            "data": {"type": "array", "items": object_of(entry)},
            "has_more": {"type": "boolean"},
        }
    )
    query = [
        parameter("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}),
        parameter("before", {"type": "integer", "minimum": 0, "description": "Only older ones", "x-default": "none"}),
        parameter("action", {**action, "x-default": "all"}),
    ]
    return operation("listAudit", "Read the audit log (operator)", AUDIT, responses(page, *READ), parameters=query)
