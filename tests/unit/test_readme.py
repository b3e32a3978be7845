"""The settings that the README lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grok_video.settings import Settings

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("name", re.findall(r"`(GROK_VIDEO_[A-Z_]+)`", README.read_text(encoding="utf-8")))
def test_documented_settings_exist(name: str) -> None:
    known = {f"GROK_VIDEO_{field.upper()}" for field in Settings.model_fields} | {"GROK_VIDEO_BASE_URL"}
    assert name in known


def test_every_setting_is_documented() -> None:
    text = README.read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"GROK_VIDEO_{name.upper()}" in text or f"[{name}." in text or f"[{name}]" in text, name
