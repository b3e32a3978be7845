"""Logs contain errors, and never the values of local variables."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from grok_video.telemetry import configure_logging

SECRET = "xai-secret-0123456789"


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def fail(headers: dict[str, str]) -> None:
    raise OSError(f"no file for {len(headers)} header")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_traceback_shows_no_locals(
    terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    configure_logging("info")
    try:
        fail({"Authorization": f"Bearer {SECRET}"})
    except OSError:
        structlog.get_logger().exception("attempt failed", task="1")
    reported = capsys.readouterr().err
    assert "attempt failed" in reported
    assert "no file for 1 header" in reported
    assert SECRET not in reported
    if not terminal:
        assert json.loads(reported)["exception"][0]["exc_type"] == "OSError"
