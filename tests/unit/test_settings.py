"""Flag > environment > config file > default."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from grok_video.settings import Settings, SettingsError, explain_settings, load_settings, unknown_variables


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
    assert load_settings().max_queued == 10_000


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = load_settings()
    assert settings.data_dir == tmp_path / "grok-video"
    assert settings.database == f"sqlite:///{tmp_path}/grok-video/grok-video.db"
    assert settings.storage == f"file://{settings.data_dir}"
    assert load_settings(storage_url="s3://videos/all/").storage == "s3://videos/all"
    assert load_settings(database_url="postgresql://h/d").database == "postgresql://h/d"


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no config file"):
        load_settings(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match=r"--port: .*65535"):
        load_settings(port=70000)
    for url in ("ftp://bucket", "s3:///prefix", "file://folder", "/folder", "s3://bucket?region=x"):
        with pytest.raises(SettingsError, match="s3://bucket/prefix"):
            load_settings(storage_url=url)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("port = 1\nhost = nope", "not valid TOML: .*line 2"),
        ("prot = 1", "no setting 'prot'. Did you mean port?"),
        ('port = "many"', r"port in .*grok-video.toml: Input should be a valid integer"),
        ('[models."grok-video-3"]\nbackends = "fake"', r"models.grok-video-3.backend in .*: Field required"),
        ("xai_api_key = 5\nport = -1", "port in"),
    ],
)
def test_a_config_file_that_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    config = tmp_path / "grok-video.toml"
    config.write_text(text)
    with pytest.raises(SettingsError, match=message):
        load_settings(config)


def test_a_wrong_variable_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROK_VIDEO_CONCURRENCY", "s3cret")
    with pytest.raises(SettingsError, match=r"GROK_VIDEO_CONCURRENCY: .*integer") as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)
    monkeypatch.delenv("GROK_VIDEO_CONCURRENCY")
    monkeypatch.setenv("GROK_VIDEO_ALLOW_NETWORKS", "10.0.0.0/8")
    with pytest.raises(SettingsError, match="GROK_VIDEO_ALLOW_NETWORKS: "):
        load_settings()


def test_variables_without_effect_are_named() -> None:
    environment = {"GROK_VIDEO_PROT": "1", "GROK_VIDEO_PORT": "1", "GROK_VIDEO_BASE_URL": "x", "HOME": "/"}
    assert unknown_variables(environment) == [
        "GROK_VIDEO_PROT is not a setting and has no effect. Did you mean GROK_VIDEO_PORT?"
    ]


def test_every_setting_is_explained_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "grok-video.toml"
    config.write_text('xai_api_key = "s3cret"\nhost = "0.0.0.0"\n[backends.relay]\napi_key = "s3cret"\n')
    monkeypatch.setenv("GROK_VIDEO_DATABASE_URL", "postgresql://me:s3cret@db/videos")
    monkeypatch.setenv("GROK_VIDEO_API_KEY", "s3cret")
    settings = {setting.name: setting for setting in explain_settings(config)}
    assert set(settings) == set(Settings.model_fields)
    assert (settings["host"].value, settings["host"].source) == ("0.0.0.0", str(config))
    assert (settings["port"].value, settings["port"].source) == ("8000", "default")
    assert settings["database_url"].source == "GROK_VIDEO_DATABASE_URL"
    assert settings["database_url"].value == "postgresql://me:…@db/videos"
    assert settings["backends"].value == "relay"
    assert "s3cret" not in str(settings)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        load_settings().port = 1  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    "origins", ["https://app.example.com/", "app.example.com", "https://a.b/c", "null", "https://"]
)
def test_a_web_origin_has_a_scheme_and_no_path(origins: str) -> None:
    with pytest.raises(ValueError, match="is no origin: write scheme, host and port"):
        Settings(cors_origins=origins)


def test_web_origins_are_a_list_or_all() -> None:
    assert Settings().cors_allowed == []
    assert Settings(cors_origins="*").cors_allowed == ["*"]
    several = "https://a.example, http://127.0.0.1:3000,http://[::1]:80"
    assert Settings(cors_origins=several).cors_allowed == [
        "https://a.example",
        "http://127.0.0.1:3000",
        "http://[::1]:80",
    ]
