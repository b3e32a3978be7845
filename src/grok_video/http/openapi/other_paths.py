"""The routes beside those for videos: events, queue, sessions, models, keys, health."""

from __future__ import annotations

from .schemas import (
    INTEGER,
    MODEL,
    NULL_INT,
    NULL_TEXT,
    QUEUE,
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

EVENTS = "Events and queue"
SESSIONS = "Sessions of the studio"
MODELS_AND_KEYS = "Models and keys"
HEALTH = "Health"


def other_paths() -> dict[str, Schema]:
    """Describe the routes for events, the queue, sessions, models, keys and health."""
    stream = {"200": {"description": "Task changes", "content": {"text/event-stream": {"schema": TEXT}}}}
    opened = object_of({"status": TEXT})
    key = {
        "id": TEXT,
        "object": {"const": "key"},
        "name": TEXT,
        "prefix": TEXT,
        "operator": {"type": "boolean"},
        "created_at": INTEGER,
        "revoked_at": NULL_INT,
    }
    keys = object_of({"object": {"const": "list"}, "data": {"type": "array", "items": object_of(key)}})
    model = object_of(
        {
            "id": MODEL,
            "object": {"const": "model"},
            "created": INTEGER,
            "owned_by": TEXT,
            "description": TEXT,
            "capabilities": {"type": "object"},
        }
    )
    models = object_of({"object": {"const": "list"}, "data": {"type": "array", "items": model}})
    unready = {
        **responses(opened, 405),
        "503": {"description": "Not ready", "content": {"application/json": {"schema": opened}}},
    }
    name = body({"name": {"type": "string", "minLength": 1, "maxLength": 200}}, ["name"])
    path_id = parameter("id", {"type": "string"}, "path")
    queue = parameter("queue", {"type": "boolean", "default": False, "description": "Also send queue positions"})
    deleted_videos = object_of(
        {
            "id": TEXT,
            "object": {"const": "key.videos"},
            "deleted": INTEGER,
            "has_more": {"type": "boolean", "description": "Repeat the request while it is true"},
        }
    )
    session = object_of(
        {"object": {"const": "session"}, "id": NULL_TEXT, "name": NULL_TEXT, "operator": {"type": "boolean"}}
    )
    ticket = object_of({"object": {"const": "session.ticket"}, "ticket": TEXT, "expires_at": INTEGER})
    signed_out = object_of({"object": {"const": "session"}, "deleted": {"const": True}})
    last_event = parameter(
        "Last-Event-ID",
        {
            "type": "string",
            "pattern": "^[0-9]{1,18}$",
            "x-default": "none: from now on",
            "description": "Number of the last event that was received; the stream continues after it",
        },
        "header",
    )
    return {
        "/v1/events": {
            "get": operation(
                "events",
                "Stream task changes (SSE)",
                EVENTS,
                {**responses({}, *READ), **stream},
                parameters=[last_event, queue],
            )
        },
        "/v1/queue": {"get": operation("getQueue", "Read the queue", EVENTS, responses(QUEUE, 401, 405))},
        "/v1/session": {
            "get": operation("getSession", "Read the session", SESSIONS, responses(session, 405), security=[]),
            "post": operation(
                "signIn",
                "Get the studio's session cookie",
                SESSIONS,
                responses(session, *WRITE),
                security=[],
                requestBody=body(
                    {
                        "key": {**TEXT, "description": "An API key", "x-default": "none"},
                        "ticket": {**TEXT, "description": "Of a sign-in link", "x-default": "none"},
                    },
                    [],
                ),
            ),
            "delete": operation(
                "signOut", "End the studio's session", SESSIONS, responses(signed_out, 405), security=[]
            ),
        },
        "/v1/session/ticket": {
            "post": operation(
                "createTicket", "Get a ticket for a link that signs in", SESSIONS, responses(ticket, 401, 405)
            )
        },
        "/v1/models": {"get": operation("listModels", "List models", MODELS_AND_KEYS, responses(models, 401, 405))},
        "/v1/models/{id}": {
            "get": operation("getModel", "Read a model", MODELS_AND_KEYS, responses(model, *READ), parameters=[path_id])
        },
        "/v1/keys": {
            "get": operation("listKeys", "List keys (operator)", MODELS_AND_KEYS, responses(keys, 401, 405)),
            "post": operation(
                "createKey",
                "Create a key (operator)",
                MODELS_AND_KEYS,
                responses(object_of({**key, "key": TEXT}), *WRITE),
                requestBody=name,
            ),
        },
        "/v1/keys/{id}": {
            "delete": operation(
                "revokeKey",
                "Revoke a key (operator)",
                MODELS_AND_KEYS,
                responses(object_of(key), *READ),
                parameters=[path_id],
            )
        },
        "/v1/keys/{id}/videos": {
            "get": operation(
                "listKeyVideos",
                "List the videos of a key, active or revoked (operator)",
                MODELS_AND_KEYS,
                responses(page_of_videos(), *READ),
                parameters=[path_id, *listing_parameters()],
            ),
            "delete": operation(
                "deleteKeyVideos",
                "Delete the videos of a revoked key, some at a time (operator)",
                MODELS_AND_KEYS,
                responses(deleted_videos, *READ),
                parameters=[path_id],
            ),
        },
        "/healthz": {
            "get": operation(
                "healthz", "Check whether the process is alive", HEALTH, responses(opened, 405), security=[]
            )
        },
        "/readyz": {"get": operation("readyz", "Check whether requests can be served", HEALTH, unready, security=[])},
    }
