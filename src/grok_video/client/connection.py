"""Where the server is and which key to send: argument, environment, profile, then the key of a server on this machine.

Profiles are tables of `$XDG_CONFIG_HOME/grok-video/profiles.toml`, which `grok-video login` writes:

    [default]
    base_url = "https://videos.example"
    api_key = "gv-…"
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2

from .errors import AuthenticationError, GrokVideoError

DEFAULT_BASE_URL = "http://127.0.0.1:8000"
DEFAULT_PROFILE = "default"


@dataclass(frozen=True, slots=True)
class Connection:
    """A server's URL, ending in /v1, and the API key to send, each with the place that it came from."""

    base_url: str
    base_url_from: str
    api_key: str | None = field(repr=False)
    api_key_from: str

    def require_key(self) -> str:
        """Return the API key; raise AuthenticationError, which names the ways to give one, if there is none."""
        if self.api_key is None:
            raise AuthenticationError(
                f"No API key for {self.base_url}: pass api_key=…, set GROK_VIDEO_API_KEY, or run `grok-video login`.",
                code="invalid_api_key",
            )
        return self.api_key


def find_connection(
    base_url: str | None = None, api_key: str | None = None, *, profile: str | None = None
) -> Connection:
    """Return the server to use and its key; raise GrokVideoError for a profile that cannot be read.

    The argument `profile` wins over the environment; GROK_VIDEO_PROFILE, else `default`, only names the profile to look
    in. Its key is sent to its own server only, and the operator's key, which the server stores in its data folder, to
    this machine only.
    """
    name = profile or os.environ.get("GROK_VIDEO_PROFILE") or None
    chosen = read_profile(name)
    # A profile that is asked for is no default: the environment must not lead to another server.
    environment = {} if profile else os.environ
    label = f"profile {name or DEFAULT_PROFILE}"
    url, url_from = _first(
        (base_url, "argument"),
        (environment.get("GROK_VIDEO_BASE_URL"), "GROK_VIDEO_BASE_URL"),
        (chosen.get("base_url"), label),
        (DEFAULT_BASE_URL, "default"),
    )
    url = with_v1(url or DEFAULT_BASE_URL)
    if not url.startswith(("http://", "https://")):
        raise GrokVideoError(
            f"The server's URL, from {url_from}, is {url!r}; write one such as https://videos.example."
        )
    is_own = with_v1(chosen.get("base_url", DEFAULT_BASE_URL)) == url
    file = data_dir() / "operator-key"
    key, key_from = _first(
        (api_key, "argument"),
        (environment.get("GROK_VIDEO_API_KEY"), "GROK_VIDEO_API_KEY"),
        (chosen.get("api_key") if is_own else None, label),
        (_read_key(file) if _is_this_machine(url) else None, str(file)),
    )
    key = key.strip() if key else None
    if key is not None and not (key.isascii() and key.isprintable()):
        raise AuthenticationError(
            f"The API key, from {key_from}, has characters that no key has.",
            code="invalid_api_key",
        )
    return Connection(url, url_from, key, key_from)


def with_v1(url: str) -> str:
    """Return a server's URL without a slash at its end, ending in /v1."""
    url = url.rstrip("/")
    return url if url.endswith("/v1") else f"{url}/v1"


def data_dir() -> Path:
    """Return the data folder of a server on this machine, without loading the server."""
    if folder := os.environ.get("GROK_VIDEO_DATA_DIR"):
        return Path(folder)
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "grok-video"


def profiles_file() -> Path:
    """Return the path of the file of profiles."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "grok-video" / "profiles.toml"


def read_profile(name: str | None) -> Mapping[str, str]:
    """Return a profile, by default `default`, which may be absent; raise GrokVideoError for another that is not there.

    Raises GrokVideoError also for a file that is not valid.
    """
    file = profiles_file()
    try:
        profiles: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        profiles = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GrokVideoError(f"{file} cannot be read: {error}") from None
    profile = profiles.get(name or DEFAULT_PROFILE)
    if profile is None and name is not None:
        known = ", ".join(profiles) or "none"
        raise GrokVideoError(f"There is no profile {name!r} in {file}; it has: {known}. `grok-video login` adds one.")
    if not isinstance(profile or {}, dict):
        raise GrokVideoError(f"{file}: {name or DEFAULT_PROFILE} must be a table with base_url and api_key.")
    return {key: str(value) for key, value in (profile or {}).items()}


def _first(*candidates: tuple[str | None, str]) -> tuple[str | None, str]:
    return next(((value, place) for value, place in candidates if value), (None, "none"))


def _read_key(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def _is_this_machine(url: str) -> bool:
    try:
        host = httpx2.URL(url).host
    except httpx2.InvalidURL:
        return False
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
