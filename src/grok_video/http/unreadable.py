"""What a client sent can never be an internal error: reading it ends with its value, or with a 400."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import structlog
from starlette.requests import Request

from ..domain.errors import InvalidValue

log = structlog.get_logger()


@contextmanager
def reading(request: Request) -> Generator[None]:
    """Turn what a value of the client breaks while it is read into InvalidValue, logged in one line.

    The parsers name the fields that they refuse; this is for what none of them expected.
    """
    try:
        yield
    except (ValueError, OverflowError, RecursionError) as error:
        # ValueError includes UnicodeError. The value itself may be a key or a prompt, so it is not logged.
        log.warning("unreadable request", method=request.method, path=request.url.path, error=type(error).__name__)
        raise InvalidValue("The request contains a value that cannot be read.") from None
