"""Which server and which key the client and the command line use."""

from __future__ import annotations

from pathlib import Path

import pytest

from grok_video.client import AsyncGrokVideo, AuthenticationError, GrokVideo, GrokVideoError, find_connection

REMOTE = "https://videos.example"
PROFILES = """
[default]
base_url = "https://videos.example/"
api_key = "remote-key"

[local]
base_url = "http://127.0.0.1:9000/v1"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("BASE_URL", "API_KEY", "PROFILE", "DATA_DIR"):
        monkeypatch.delenv(f"GROK_VIDEO_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def write_profiles(home: Path, text: str = PROFILES) -> None:
    (home / "config" / "grok-video").mkdir(parents=True)
    (home / "config" / "grok-video" / "profiles.toml").write_text(text)


def write_operator_key(home: Path) -> None:
    (home / "data" / "grok-video").mkdir(parents=True)
    (home / "data" / "grok-video" / "operator-key").write_text("operator-key\n")


def used(**arguments: str) -> tuple[str, str | None]:
    connection = find_connection(**arguments)
    return connection.base_url, connection.api_key


def test_a_server_on_this_machine_is_the_default_with_its_own_key(home: Path) -> None:
    assert used() == ("http://127.0.0.1:8000/v1", None)
    write_operator_key(home)
    assert used() == ("http://127.0.0.1:8000/v1", "operator-key")
    assert find_connection().api_key_from.endswith("operator-key")
    with GrokVideo() as client:
        assert client.base_url == "http://127.0.0.1:8000/v1"


def test_arguments_win_over_the_environment_and_the_environment_over_profiles(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_profiles(home)
    write_operator_key(home)
    assert used() == (f"{REMOTE}/v1", "remote-key")
    assert used(profile="local") == ("http://127.0.0.1:9000/v1", "operator-key")
    monkeypatch.setenv("GROK_VIDEO_PROFILE", "local")
    assert used() == ("http://127.0.0.1:9000/v1", "operator-key")
    monkeypatch.setenv("GROK_VIDEO_API_KEY", "environment-key")
    monkeypatch.setenv("GROK_VIDEO_BASE_URL", "http://other.example/v1/")
    assert used() == ("http://other.example/v1", "environment-key")
    assert used(base_url="http://x", api_key="y") == ("http://x/v1", "y")
    assert used(profile="local")[0] == "http://127.0.0.1:9000/v1", "an argument wins over the environment"


def test_a_key_is_sent_to_its_own_server_only(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_profiles(home)
    write_operator_key(home)
    monkeypatch.setenv("GROK_VIDEO_BASE_URL", "https://elsewhere.example")
    assert used() == ("https://elsewhere.example/v1", None)
    for local in ("http://localhost:8000", "http://[::1]:8000", "http://127.0.0.2"):
        assert used(base_url=local)[1] == "operator-key"
    for remote in ("http://127.0.0.1.example", "http://[bad", "http://192.168.0.2"):
        assert used(base_url=remote)[1] is None


@pytest.mark.parametrize("kind", [GrokVideo, AsyncGrokVideo])
def test_a_missing_key_is_an_error_before_any_request(kind: type[GrokVideo | AsyncGrokVideo]) -> None:
    with pytest.raises(AuthenticationError, match=r"pass api_key=.*GROK_VIDEO_API_KEY.*grok-video login") as caught:
        kind(REMOTE)
    assert caught.value.code == "invalid_api_key"
    assert caught.value.status is None


@pytest.mark.parametrize(
    ("text", "profile", "message"),
    [
        (PROFILES, "work", "no profile 'work' in .*default, local"),
        ("[default", None, "profiles.toml cannot be read"),
        ("default = 1", None, "must be a table"),
    ],
)
def test_profiles_that_cannot_be_used(home: Path, text: str, profile: str | None, message: str) -> None:
    write_profiles(home, text)
    with pytest.raises(GrokVideoError, match=message):
        find_connection(profile=profile)


def test_the_key_is_not_in_the_representation() -> None:
    assert "secret" not in repr(find_connection("http://x", "secret"))


def test_a_key_is_used_without_blanks_and_never_shown() -> None:
    assert used(base_url="http://x", api_key="gv-secret\n") == ("http://x/v1", "gv-secret")
    for key in ("gv-\u00e4secret", "gv-se\ncret"):
        with pytest.raises(AuthenticationError) as caught:
            find_connection("http://x", key)
        assert "cret" not in str(caught.value)


def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(GrokVideoError, match=r"argument, is 'foo/v1'.*https://"):
        find_connection("foo", "key")
