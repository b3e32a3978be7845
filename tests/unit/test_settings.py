"""Flag > environment > config file > default."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from grok_video.settings import load_settings


def test_the_order_of_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "grok-video.toml"
    config.write_text(
        'port = 1\nhost = "from-file"\nmax_queued = 5\n[models."grok-video-3"]\nbackend = ["fake", "animatic"]\n'
    )
    monkeypatch.setenv("GROK_VIDEO_PORT", "2")
    monkeypatch.setenv("GROK_VIDEO_HOST", "from-environment")
    settings = load_settings(config, port=3, host=None)
    assert (settings.port, settings.host, settings.max_queued) == (3, "from-environment", 5)
    assert settings.backend_names == ["animatic", "fake"]
    assert load_settings().max_queued == 1000


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = load_settings()
    assert settings.data_dir == tmp_path / "grok-video"
    assert settings.database == f"sqlite:///{tmp_path}/grok-video/grok-video.db"
    assert settings.storage_root == settings.data_dir
    assert load_settings(storage_url="file:///srv/media").storage_root == Path("/srv/media")
    assert load_settings(database_url="postgresql://h/d").database == "postgresql://h/d"


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_settings(tmp_path / "none.toml")
    with pytest.raises(ValidationError):
        load_settings(port=70000)
    with pytest.raises(ValueError, match="file://"):
        _ = load_settings(storage_url="s3://bucket").storage_root


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        load_settings().port = 1  # pyright: ignore[reportAttributeAccessIssue]
