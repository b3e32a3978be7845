"""One frozen settings class: flag > environment > config file > default."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


def default_data_dir() -> Path:
    """Give `$XDG_DATA_HOME/grok-video`, else `~/.local/share/grok-video`."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "grok-video"


class ModelRoute(BaseModel):
    """Which backend serves a model; of a list the first is used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: str | Annotated[list[str], Field(min_length=1)]

    @property
    def first(self) -> str:
        """The backend to use."""
        return self.backend if isinstance(self.backend, str) else self.backend[0]


class Settings(BaseSettings):
    """Everything an operator can set; the environment's names begin with GROK_VIDEO_."""

    model_config = SettingsConfigDict(env_prefix="GROK_VIDEO_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on")
    data_dir: Path = Field(default_factory=default_data_dir, description="folder for everything that is kept")
    database_url: str | None = Field(None, description="sqlite:///… or postgresql://…; default: in the data folder")
    storage_url: str | None = Field(None, description="file:///folder; default: the data folder")
    public_url: str | None = Field(None, description="address that clients reach, for video_url")
    api_key: str | None = Field(None, description="operator key, instead of the first start's own")
    backend: str = Field("animatic", description="backend of every model without a route of its own")
    models: dict[str, ModelRoute] = Field(default_factory=dict, description="routes by model")
    concurrency: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        description="tasks at once, per backend; default: cores",
    )
    render_memory_mib: int = Field(1024, ge=256, description="memory limit of a render, MiB")
    max_queued: int = Field(1000, ge=1, description="waiting tasks beyond which a POST is 429")
    allow_networks: list[str] = Field(default_factory=list, description="private networks that URLs may name (CIDR)")
    expire_after_hours: float | None = Field(None, gt=0, description="hours until a video expires; default: never")
    poll_after_ms: int = Field(1000, ge=50, description="openai-poll-after-ms on pending answers")
    drain_seconds: float = Field(5.0, ge=0, description="seconds that running tasks get at shutdown")
    log_level: str = Field("info", description="debug, info, warning or error")

    @field_validator("api_key", "database_url", "storage_url", "public_url", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        # Compose files hand over unset variables as empty ones.
        return (value.strip() or None) if isinstance(value, str) else value

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'grok-video.db'}"

    @property
    def storage_root(self) -> Path:
        """The folder of media files."""
        if self.storage_url is None:
            return self.data_dir
        if not self.storage_url.startswith("file://"):
            raise ValueError(f"storage_url is {self.storage_url!r}; this version stores in file:// folders only")
        return Path(self.storage_url.removeprefix("file://"))

    @property
    def backends(self) -> list[str]:
        """The configured backends, each once."""
        return list(dict.fromkeys([self.backend, *(route.first for route in self.models.values())]))


def load_settings(config: Path | None = None, **flags: Any) -> Settings:
    """Read the settings; a flag that is None was not given."""
    given = {name: value for name, value in flags.items() if value is not None}
    if config is not None and not config.is_file():
        raise FileNotFoundError(f"there is no config file {config}")

    class WithConfig(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
            return (
                InitSettingsSource(settings_cls, given),
                env_settings,
                TomlConfigSettingsSource(settings_cls, config),
            )

    return WithConfig.model_validate({})
