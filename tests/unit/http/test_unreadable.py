"""Whatever reading a request breaks is the client's error, and one line of the log."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.requests import Request
from structlog.testing import capture_logs

from grok_video.domain.errors import InvalidValue, MissingField
from grok_video.http.unreadable import reading

REQUEST = Request({"type": "http", "method": "POST", "path": "/v1/videos", "headers": [], "query_string": b""})


@pytest.mark.parametrize(
    "broken",
    [
        lambda: int("x"), lambda: "\ud800".encode(), lambda: int(float("1e308") * 10), lambda: b"\xff".decode(),
    ],
)  # fmt: skip
def test_an_unexpected_error_of_a_value_is_a_400(broken: Callable[[], object]) -> None:
    with capture_logs() as logs, pytest.raises(InvalidValue, match="cannot be read"), reading(REQUEST):
        broken()
    assert len(logs) == 1
    assert (logs[0]["event"], logs[0]["path"], logs[0]["log_level"]) == ("unreadable request", "/v1/videos", "warning")


def test_expected_errors_and_defects_pass() -> None:
    with pytest.raises(MissingField), reading(REQUEST):
        raise MissingField("prompt is missing.", param="prompt")
    with pytest.raises(KeyError), reading(REQUEST):
        _ = {}["defect"]
