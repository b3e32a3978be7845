"""The settings: flags win over the environment, the environment over the config file."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as PydanticSettingsError

from .domain.models import MODELS


def default_data_dir() -> Path:
    """Return `$XDG_DATA_HOME/grok-video`, else `~/.local/share/grok-video`."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "grok-video"


class ModelRoute(BaseModel):
    """Which backend serves a model; in a list the first that supports the task, then its fallbacks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: str | Annotated[list[str], Field(min_length=1)]

    @property
    def order(self) -> list[str]:
        """The backends in order of preference."""
        return _names(self.backend)


class TextModelUses(BaseModel):
    """What the text model is used for: `director` lets it turn prompts into the scenes of the animatic."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    director: bool = False


DATABASE_FILE = "grok-video.db"
REMOTE_STORAGES = ("s3", "gs", "az")
ORIGIN = re.compile(r"https?://[\w.-]+(:\d+)?|https?://\[[0-9a-fA-F:]+\](:\d+)?")


def check_storage_url(url: str) -> str:
    """Return a storage's URL without a slash at its end; raise ValueError saying what is allowed."""
    parts = urlsplit(url)
    local = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
    remote = parts.scheme in REMOTE_STORAGES and parts.netloc and not parts.query and not parts.fragment
    if not local and not remote:
        raise ValueError(
            f"{url[:200]!r} is not a storage: write file:///folder or s3://bucket/prefix (gs:// and az:// are untested)"
        )
    return url if local else url.rstrip("/")


def _names(names: str | list[str]) -> list[str]:
    return [name.strip() for name in (names.split(",") if isinstance(names, str) else names)]


class Settings(BaseSettings):
    """Everything an operator can set; environment variables begin with GROK_VIDEO_."""

    model_config = SettingsConfigDict(env_prefix="GROK_VIDEO_", frozen=True, extra="ignore", hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on")
    data_dir: Path = Field(default_factory=default_data_dir, description="folder for all data")
    database_url: str | None = Field(
        None, description="sqlite:///… or postgresql://…; default: SQLite in the data folder"
    )
    storage_url: str | None = Field(None, description="file:///folder or s3://bucket/prefix; default: the data folder")
    storage_redirect: bool = Field(
        False, description="send clients to signed URLs of the bucket for files, instead of passing these through"
    )
    storage_links_endpoint: str | None = Field(
        None, description="https://host under which clients reach the bucket, where the server uses another address"
    )
    storage_cache_mib: int = Field(
        2048, ge=0, description="size of each process's copies of files of the bucket that may be needed again, MiB"
    )
    public_url: str | None = Field(None, description="URL under which clients reach the server, for video_url")
    api_key: str | None = Field(
        None,
        description="operator key, instead of the generated one; at least 20 characters where others reach the server",
    )
    backend: str | None = Field(
        None,
        description="backends of models without a route of their own, comma-separated, in order of preference; "
        "default: xai if its key is set, else animatic",
    )
    aliases: dict[str, str] = Field(default_factory=dict, description="other names of models, beside those known")
    models: dict[str, ModelRoute] = Field(default_factory=dict, description="routes by model")
    backends: dict[str, dict[str, Any]] = Field(default_factory=dict, description="options by backend", repr=False)
    xai_api_key: SecretStr | None = Field(None, description="key of the xai backend")
    xai_base_url: str | None = Field(None, description="URL of the xai backend's upstream, instead of xAI's own")
    relay_api_key: SecretStr | None = Field(None, description="key of the relay backend")
    relay_base_url: str | None = Field(None, description="URL of the relay backend's upstream, ending in /v1")
    vllm_omni_base_url: str | None = Field(
        None, description="URL of the vllm-omni backend's engine; several replicas, comma-separated"
    )
    vllm_omni_api_key: SecretStr | None = Field(None, description="key of that engine")
    sglang_base_url: str | None = Field(
        None, description="URL of the sglang backend's engine; several replicas, comma-separated"
    )
    sglang_api_key: SecretStr | None = Field(None, description="key of a proxy before that engine")
    comfyui_base_url: str | None = Field(
        None, description="URL of the comfyui backend's ComfyUI; several replicas, comma-separated"
    )
    comfyui_api_key: SecretStr | None = Field(None, description="key of a proxy before that ComfyUI")
    llm_base_url: str | None = Field(None, description="URL of an OpenAI-compatible chat endpoint, ending in /v1")
    llm_api_key: SecretStr | None = Field(None, description="key of that endpoint")
    llm_model: str | None = Field(None, description="name of the text model there")
    llm: TextModelUses = Field(default_factory=lambda: TextModelUses(), description="what the text model is used for")
    worker_backends: str | None = Field(
        None, description="backends whose tasks a worker of this process takes, comma-separated; default: all in use"
    )
    concurrency: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        description="concurrent tasks per backend that renders here; default: number of cores",
    )
    remote_concurrency: int = Field(1000, ge=1, description="concurrent tasks per backend that waits for an upstream")
    max_failures: int = Field(5, ge=1, description="attempts before a failing backend is abandoned")
    retry_seconds: float = Field(2.0, gt=0, description="seconds before the second attempt; doubles each time")
    outage_hours: float = Field(24.0, ge=0, description="hours for which a task waits for an upstream that is down")
    render_memory_mib: int = Field(1024, ge=256, description="memory limit of one render, MiB")
    max_queued: int = Field(10_000, ge=1, description="queued tasks of all keys beyond which a POST gets 429")
    max_queued_per_key: int = Field(1000, ge=1, description="queued tasks of one key beyond which its POST gets 429")
    concurrency_per_key: int | None = Field(
        None, ge=1, description="unfinished tasks of one key beyond which its POST gets 429; default: unlimited"
    )
    concurrency_per_address: int | None = Field(
        None, ge=1, description="unfinished tasks from one address beyond which a POST gets 429; default: unlimited"
    )
    rpm_per_key: int | None = Field(
        None, ge=1, description="requests per minute of one key beyond which they get 429; default: unlimited"
    )
    rpm_per_address: int | None = Field(
        None, ge=1, description="requests per minute from one address beyond which they get 429; default: unlimited"
    )
    min_free_mib: int | None = Field(
        None,
        ge=0,
        description="free disk space, MiB, below which new videos get 507 while deletes still work; default: 1024, or "
        "5 % of the disk if that is less",
    )
    max_connections: int | None = Field(
        None,
        ge=16,
        description="open connections in all; default: what the limit of file descriptors allows, up to 8192",
    )
    max_connections_per_address: int = Field(
        256, ge=1, description="open connections per address, loopback and trusted proxies excepted"
    )
    cors_origins: str | None = Field(
        None, description="web origins whose pages may call the API, comma-separated, or *; never with cookies"
    )
    trusted_proxies: list[str] = Field(
        default_factory=list,
        description="networks of your proxies (CIDR), besides loopback: their X-Forwarded-For and -Proto are believed",
    )
    allow_networks: list[str] = Field(
        default_factory=list, description="private networks that image URLs may point to (CIDR)"
    )
    expire_after_hours: float | None = Field(
        None, gt=0, description="hours after its end until the files of a video are deleted; default: never"
    )
    forget_after_hours: float = Field(
        168, ge=0, description="hours after its files until a video is deleted altogether"
    )
    max_storage_mib: int | None = Field(
        None, ge=1, description="size of all videos, MiB, beyond which the oldest are deleted; default: unlimited"
    )
    poll_after_ms: int = Field(1000, ge=50, description="openai-poll-after-ms on responses for unfinished videos")
    drain_seconds: float = Field(5.0, ge=0, description="seconds that running tasks get at shutdown")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="debug, info, warning or error")

    @field_validator(
        "api_key", "database_url", "storage_url", "storage_links_endpoint", "public_url", "backend", "xai_api_key",
        "relay_api_key", "relay_base_url", "xai_base_url", "llm_base_url", "llm_api_key", "llm_model", mode="before",
    )  # fmt: skip
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        # Compose files pass unset variables as empty ones.
        return (value.strip() or None) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("write sqlite:////folder/file.db or postgresql://user:password@host/database")
        return value

    @field_validator("storage_url")
    @classmethod
    def _known_storage(cls, value: str | None) -> str | None:
        return value if value is None else check_storage_url(value)

    @field_validator("public_url", "storage_links_endpoint")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("write a URL such as https://video.example.com")
        return value

    @field_validator("models")
    @classmethod
    def _known_models(cls, value: dict[str, ModelRoute]) -> dict[str, ModelRoute]:
        for name in value:
            if name not in MODELS:
                raise ValueError(f"there is no model {name!r}; use one of: {', '.join(MODELS)}")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str | None) -> str | None:
        for origin in _names(value) if value else ():
            if origin != "*" and not ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin} is no origin: write scheme, host and port, as https://app.example.com, or *"
                )
        return value

    @field_validator("aliases")
    @classmethod
    def _aliases_of_models(cls, value: dict[str, str]) -> dict[str, str]:
        for alias, name in value.items():
            if alias in MODELS:
                raise ValueError(f"{alias} is a model itself")
            if name not in MODELS:
                raise ValueError(f"{alias} names {name!r}, which is no model; use one of: {', '.join(MODELS)}")
        return value

    @field_validator("trusted_proxies", "allow_networks")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        return [str(ip_network(network)) for network in value]

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir / DATABASE_FILE}"

    @property
    def storage(self) -> str:
        """The URL of the media's storage."""
        return self.storage_url or f"file://{self.data_dir.absolute()}"

    @property
    def media_folder(self) -> Path | None:
        """The folder of the media; None if they are in a bucket."""
        return Path(self.storage.removeprefix("file://")) if self.storage.startswith("file://") else None

    @property
    def default_backends(self) -> list[str]:
        """The backends of models without a route of their own."""
        return _names(self.backend or ("xai" if self.backend_options("xai").get("api_key") else "animatic"))

    @property
    def backend_names(self) -> list[str]:
        """The configured backends, each once."""
        routed = [name for route in self.models.values() for name in route.order]
        return list(dict.fromkeys([*self.default_backends, *routed]))

    @property
    def worker_names(self) -> list[str]:
        """The backends whose tasks a worker of this process takes; raise SettingsError for one that is not in use."""
        if self.worker_backends is None:
            return self.backend_names
        names = _names(self.worker_backends)
        for name in names:
            if name not in self.backend_names:
                raise SettingsError(
                    f"worker_backends names {name!r}; in use are: {', '.join(self.backend_names)}. "
                    "GROK_VIDEO_BACKEND and the routes of models say which are."
                )
        return names

    @property
    def cors_allowed(self) -> list[str]:
        """The web origins whose pages may call the API; ["*"] for all."""
        return _names(self.cors_origins) if self.cors_origins else []

    def backend_options(self, name: str) -> dict[str, Any]:
        """Return a backend's options: its table `[backends.NAME]`, overridden by its own settings."""
        overrides: dict[str, Any] = {
            "animatic": {
                "memory_mib": self.render_memory_mib,
                "director": self.llm.director,
                "llm_model": self.llm_model,
                "llm_base_url": self.llm_base_url,
                "llm_api_key": self.llm_api_key,
            },
            "xai": {"api_key": self.xai_api_key, "base_url": self.xai_base_url},
            "relay": {"api_key": self.relay_api_key, "base_url": self.relay_base_url},
            "vllm-omni": {"api_key": self.vllm_omni_api_key, "base_url": self.vllm_omni_base_url},
            "comfyui": {"api_key": self.comfyui_api_key, "base_url": self.comfyui_base_url},
            "sglang": {"api_key": self.sglang_api_key, "base_url": self.sglang_base_url},
        }.get(name, {})
        return {
            **self.backends.get(name, {}),
            **{name: value for name, value in overrides.items() if value is not None},
        }


class SettingsError(ValueError):
    """A setting is wrong; the message names it, where it was set, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting's name, its value as text, without secrets, and where it came from."""

    name: str
    value: str
    source: str


def load_settings(config: Path | None = None, **flags: Any) -> Settings:
    """Return the settings; flags that are None are ignored. Raises SettingsError."""
    set_flags = {name: value for name, value in flags.items() if value is not None}
    table = _read_config(config)

    class WithConfig(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
            return (
                InitSettingsSource(settings_cls, set_flags),
                env_settings,
                InitSettingsSource(settings_cls, table),
            )

    try:
        settings = WithConfig.model_validate({})
        _ = settings.worker_names
    except ValidationError as error:
        problems = [_problem(problem, config, set_flags) for problem in error.errors(include_url=False)]
        raise SettingsError("; ".join(problems)) from None
    except PydanticSettingsError as error:
        name = re.search(r'field "(\w+)"', str(error))
        variable = f"GROK_VIDEO_{name[1].upper()}" if name else "A GROK_VIDEO_ variable"
        raise SettingsError(f'{variable}: write a JSON value, a list such as ["10.0.0.0/8"].') from None
    return settings


def _read_config(config: Path | None) -> dict[str, Any]:
    """Return the table of a config file; raise SettingsError with its line, or for a name that is not known."""
    if config is None:
        return {}
    try:
        table = tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"There is no config file {config}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The config file {config} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{config} is not valid TOML: {error}") from None
    for name in table:
        if name not in Settings.model_fields:
            raise SettingsError(f"{config}: there is no setting {name!r}.{_suggestion(name, Settings.model_fields)}")
    return table


def _suggestion(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]}?" if close else ""


def _problem(problem: ErrorDetails, config: Path | None, flags: Mapping[str, Any]) -> str:
    """Return one validation error as a sentence that names the setting as it was written."""
    if parsing := re.search(r'parsing value for field "(\w+)"', problem["msg"]):
        return f'GROK_VIDEO_{parsing[1].upper()}: write a JSON value, a list such as ["10.0.0.0/8"].'
    name = str(problem["loc"][0]) if problem["loc"] else "settings"
    inner = ".".join(str(part) for part in problem["loc"])
    variable = f"GROK_VIDEO_{name.upper()}"
    if name in flags:
        place = f"--{name.replace('_', '-')}"
    else:
        place = variable if _in_environment(variable) else f"{inner} in {config}"
    # Without the value, which may be a secret.
    return f"{place}: {problem['msg'].removeprefix('Value error, ').rstrip('.')}."


def _in_environment(variable: str) -> bool:
    return bool(next((value for name, value in os.environ.items() if name.upper() == variable), ""))


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each GROK_VIDEO_ variable that sets nothing."""
    known = [f"GROK_VIDEO_{name.upper()}" for name in Settings.model_fields]
    known += ["GROK_VIDEO_BASE_URL", "GROK_VIDEO_PROFILE"]
    return [
        f"{name} is not a setting and has no effect.{_suggestion(name.upper(), known)}"
        for name in sorted(environment)
        if name.upper().startswith("GROK_VIDEO_") and name.upper() not in known
    ]


def explain_settings(config: Path | None = None) -> list[Setting]:
    """Return every setting as a server started now would have it; raise SettingsError."""
    settings = load_settings(config)
    table = _read_config(config)
    derived = {
        "database_url": settings.database,
        "storage_url": settings.storage,
        "backend": ", ".join(settings.default_backends),
    }
    return [
        Setting(name, _shown(name, derived.get(name, getattr(settings, name))), _source(name, config, table))
        for name in Settings.model_fields
    ]


def _source(name: str, config: Path | None, table: Mapping[str, Any]) -> str:
    variable = f"GROK_VIDEO_{name.upper()}"
    if _in_environment(variable):
        return variable
    return str(config) if name in table else "default"


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, SecretStr) or name == "api_key":
        return "set, not shown"
    if isinstance(value, dict):
        # The options of backends may contain keys.
        return ", ".join(cast("dict[str, Any]", value)) or "none"
    if isinstance(value, list):
        return ", ".join(cast("list[str]", value)) or "none"
    return re.sub(r"://([^:/@]*):[^@]*@", r"://\1:…@", str(value))
