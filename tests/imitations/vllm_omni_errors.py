"""Refusals of the imitated vLLM-Omni, and the bodies that vLLM's exception handlers give them.

The handlers belong to vLLM, which vLLM-Omni builds its application with (api_server.py:335): HTTPException of FastAPI,
RequestValidationError (400, not FastAPI's 422), and ValueError. What the router itself refuses keeps FastAPI's form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

REPORTED = 10
INPUT_CHARACTERS = 200


class Refused(Exception):
    """A request that is not accepted: status and JSON body of the answer."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(body)
        self.status, self.body = status, body


class Failed(Exception):
    """An accepted job that comes to nothing; `status` is what a GET of the job answers."""

    def __init__(self, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.message, self.status = message, status


def error_body(message: str, status: int, kind: str | None = None, param: str | None = None) -> dict[str, Any]:
    """Return vLLM's error object; its type is the phrase of the status, as in the handler of HTTPException."""
    kind = kind or HTTPStatus(status).phrase
    return {"error": {"message": message, "type": kind, "param": param, "code": status}}


def refused(detail: str, status: int = 400) -> Refused:
    """Return the refusal that an HTTPException of FastAPI becomes."""
    return Refused(status, error_body(detail, status))


def bad_value(message: str) -> Refused:
    """Return the refusal that a ValueError in a route becomes."""
    return Refused(400, error_body(message, 400, "BadRequestError"))


def plain(detail: str, status: int) -> Refused:
    """Return the refusal of the router or the parser of forms, which vLLM does not word anew."""
    return Refused(status, {"detail": detail})


def invalid(errors: Sequence[Mapping[str, Any]]) -> Refused:
    """Return the refusal that a RequestValidationError becomes: 400, with all errors in the message."""
    label = "error" if len(errors) == 1 else "errors"
    lines = [f"{len(errors)} validation {label}:", *(f"  {_worded(error)}" for error in errors[:REPORTED])]
    if len(errors) > REPORTED:
        lines.append(f"  ...and {len(errors) - REPORTED} more {label}")
    return Refused(400, error_body("\n".join(lines), 400, param=_place(errors[0])))


def _place(error: Mapping[str, Any]) -> str:
    return ".".join(map(str, error["loc"]))


def _worded(error: Mapping[str, Any]) -> str:
    shown = str(error["input"])
    if len(shown) > INPUT_CHARACTERS:
        shown = f"{shown[:INPUT_CHARACTERS]}...[truncated]"
    return str({**error, "loc": _place(error), "input": shown})


def status_answer(options: Mapping[str, Any]) -> Response:
    """Answer with the error status, message and delay that a fault asks for."""
    status = options.get("status", 500)
    headers = {} if options.get("retry_after") is None else {"retry-after": str(options["retry_after"])}
    return JSONResponse(error_body(options.get("message", HTTPStatus(status).phrase), status), status, headers)
