"""Every code has a status, every error a message of its own."""

from __future__ import annotations

import json

import pytest

from grok_video.domain import errors
from grok_video.http.errors import STATUSES, error_response


def tree(kind: type[errors.GrokVideoError]) -> list[type[errors.GrokVideoError]]:
    return [kind, *(descendant for child in kind.__subclasses__() for descendant in tree(child))]


REQUEST_ERRORS = [
    kind
    for kind in tree(errors.GrokVideoError)
    if not issubclass(kind, errors.BackendError | errors.CannotStart | errors.UnknownBackend | errors.InvalidOptions)
    and kind is not errors.GrokVideoError
]  # fmt: skip


@pytest.mark.parametrize("kind", REQUEST_ERRORS)
def test_each_has_a_status(kind: type[errors.GrokVideoError]) -> None:
    error = kind()
    assert error.code in STATUSES
    assert str(error) == error.message
    assert len(error.message) > 10


@pytest.mark.parametrize("code", STATUSES)
def test_responses_say_whether_a_retry_is_useless(code: str) -> None:
    answer = error_response(errors.GrokVideoError("message", code=code, retry_after=3))
    status = STATUSES[code][0]
    assert answer.status_code == status
    assert (answer.headers.get("x-should-retry") == "false") == (400 <= status < 500 and status != 429)
    assert answer.headers["retry-after"] == "3"
    assert json.loads(bytes(answer.body))["error"]["code"] == code


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    for kind in tree(errors.GrokVideoError):
        assert kind.__module__ == errors.__name__, f"{kind.__name__} must be in domain/errors.py"
        assert kind.__name__ in (errors.__doc__ or "")


def test_what_is_unknown_is_ours() -> None:
    assert error_response(errors.GrokVideoError("x")).status_code == 500
