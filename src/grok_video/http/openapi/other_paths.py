"""The routes beside those for videos and keys: events, queue, sessions, models, health."""

from __future__ import annotations

from .schemas import (
    INTEGER,
    LISTED,
    MODEL,
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

EVENTS = "Events and queue"
SESSIONS = "Sessions of the studio"
MODELS_AND_KEYS = "Models and keys"
HEALTH = "Health"


def other_paths() -> dict[str, Schema]:
    """Describe the routes for events, the queue, sessions, models and health."""
    stream = {"200": {"description": "Task changes", "content": {"text/event-stream": {"schema": TEXT}}}}
    opened = object_of({"status": TEXT})
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
    path_id = parameter("id", {"type": "string"}, "path")
    queue = parameter("queue", {"type": "boolean", "default": False, "description": "Also send queue positions"})
    session = object_of(
        {"object": {"const": "session"}, "id": NULL_TEXT, "name": NULL_TEXT, "operator": {"type": "boolean"}}
    )
    ticket = object_of({"object": {"const": "session.ticket"}, "ticket": TEXT, "expires_at": INTEGER})
    entry = {
        "id": TEXT,
        "object": {"const": "session.entry"},
        "created_at": INTEGER,
        "expires_at": INTEGER,
        "address": TEXT,
        "user_agent": TEXT,
        "current": {"type": "boolean"},
    }
    sessions = object_of({"object": {"const": "list"}, "data": {"type": "array", "items": object_of(entry)}})
    ended = object_of({"object": {"const": "sessions"}, "ended": INTEGER})
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
        "/v1/queue": {"get": operation("getQueue", "Read the queue", EVENTS, responses(QUEUE, *LISTED))},
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
                "createTicket", "Get a ticket for a link that signs in once", SESSIONS, responses(ticket, *LISTED)
            )
        },
        "/v1/sessions": {
            "get": operation("listSessions", "List the key's sessions", SESSIONS, responses(sessions, *LISTED)),
            "delete": operation("endSessions", "End all of the key's sessions", SESSIONS, responses(ended, *LISTED)),
        },
        "/v1/sessions/{id}": {
            "delete": operation(
                "endSession", "End one of the key's sessions", SESSIONS, responses(ended, *READ), parameters=[path_id]
            )
        },
        "/v1/models": {"get": operation("listModels", "List models", MODELS_AND_KEYS, responses(models, *LISTED))},
        "/v1/models/{id}": {
            "get": operation("getModel", "Read a model", MODELS_AND_KEYS, responses(model, *READ), parameters=[path_id])
        },
        "/healthz": {
            "get": operation(
                "healthz", "Check whether the process is alive", HEALTH, responses(opened, 405), security=[]
            )
        },
        "/readyz": {"get": operation("readyz", "Check whether requests can be served", HEALTH, unready, security=[])},
    }
