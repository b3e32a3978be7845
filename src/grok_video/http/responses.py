"""JSON responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

NO_STORE = {"cache-control": "no-store"}


def json_response(body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response."""
    # A body may hold signed links and prompts.
    private = {**NO_STORE, "x-content-type-options": "nosniff", **(headers or {})}
    return Response(to_json(body), status_code=status, media_type="application/json", headers=private)
