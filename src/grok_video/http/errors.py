"""The table from error codes to HTTP statuses, and the error body (docs/dev/wire-format.md 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..domain.errors import GrokVideoError, MethodNotAllowed, NotFound

INVALID = "invalid_request_error"
# Where a request keeps how its format writes errors, if otherwise than here.
RENDER_ERROR = "grok_video.render_error"
ErrorRenderer = Callable[[GrokVideoError, int, str], tuple[int, dict[str, Any]]]

STATUSES: dict[str, tuple[int, str]] = {
    "invalid_value": (400, INVALID),
    "missing_field": (400, INVALID),
    "prompt_too_long": (400, INVALID),
    "invalid_image": (400, INVALID),
    "image_fetch_failed": (400, INVALID),
    "unsupported_by_backend": (400, INVALID),
    "source_not_completed": (400, INVALID),
    "source_expired": (400, INVALID),
    "invalid_api_key": (401, "authentication_error"),
    "not_found": (404, INVALID),
    "model_not_found": (404, INVALID),
    "video_not_found": (404, INVALID),
    "video_not_ready": (404, INVALID),
    "video_expired": (404, INVALID),
    "method_not_allowed": (405, INVALID),
    "idempotency_conflict": (409, INVALID),
    "body_too_large": (413, INVALID),
    "unsupported_content_type": (415, INVALID),
    "range_not_satisfiable": (416, INVALID),
    "queue_full": (429, "rate_limit_error"),
    "rate_limited": (429, "rate_limit_error"),
    "too_many_connections": (503, "server_error"),
    "database_unavailable": (503, "server_error"),
    "storage_unavailable": (503, "server_error"),
    "storage_full": (507, "server_error"),
}


def render_error(error: GrokVideoError, status: int, kind: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the body of an error, given what the table says about its code."""
    return status, error_body(error, kind)


def error_body(error: GrokVideoError, kind: str) -> dict[str, Any]:
    """Return the error body, which OpenAI's clients and readers of TaskError objects both understand."""
    return {
        "error": {"message": error.message, "type": kind, "param": error.param, "code": error.code},
        "code": error.code,
        "message": error.message,
        "data": None,
    }


def error_response(
    error: GrokVideoError, headers: dict[str, str] | None = None, render: ErrorRenderer = render_error
) -> Response:
    """Return an error response; every 4xx but 429 tells clients not to retry."""
    status, body = render(error, *STATUSES.get(error.code, (500, "server_error")))
    headers = dict(headers or {})
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if 400 <= status < 500 and status != 429:
        headers["x-should-retry"] = "false"
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(body, status_code=status, headers=headers)


@dataclass(frozen=True, slots=True)
class ErrorHandlers:
    """Respond to errors in the form that the request's format or path has.

    `by_prefix` are the forms of paths, for errors of requests that no format has read yet.
    """

    by_prefix: Mapping[str, ErrorRenderer] = field(default_factory=dict[str, ErrorRenderer])

    async def on_domain_error(self, request: Request, error: Exception) -> Response:
        """Respond to a domain error."""
        if not isinstance(error, GrokVideoError):
            raise error
        return error_response(error, render=self._renderer(request))

    async def on_unknown_route(self, request: Request, error: Exception) -> Response:
        """Respond to an unknown path."""
        unknown = NotFound(f"The path {request.url.path[:200]} does not exist.")
        return error_response(unknown, render=self._renderer(request))

    async def on_wrong_method(self, request: Request, error: Exception) -> Response:
        """Respond to a method that a path does not allow."""
        headers: dict[str, str] = dict(getattr(error, "headers", None) or {})
        allowed = headers.get("Allow", "another method")
        message = f"{request.url.path[:200]} does not allow {request.method}; it allows {allowed}."
        return error_response(MethodNotAllowed(message), headers, self._renderer(request))

    async def on_unexpected(self, request: Request, _error: Exception) -> Response:
        """Respond to an unexpected error; the reason goes to the log, not to the client."""
        error = GrokVideoError("An unexpected error occurred in the server; see its log.")
        return error_response(error, render=self._renderer(request))

    def _renderer(self, request: Request) -> ErrorRenderer:
        path = request.url.path
        by_path = (render for prefix, render in self.by_prefix.items() if path.startswith(prefix))
        return request.scope.get(RENDER_ERROR) or next(by_path, render_error)
