"""An upstream's options, from the settings' table `[backends.NAME]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ...domain.errors import InvalidOptions


class OptionTable(BaseModel):
    """A backend's options, which are checked when they are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def read(cls, backend: str, options: Mapping[str, Any]) -> Self:
        """Return a backend's validated options; raise InvalidOptions naming each invalid one, never its value."""
        try:
            return cls.model_validate({name: value for name, value in options.items() if value is not None})
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
            raise InvalidOptions(f"The options of backend {backend} are invalid: {problems}.") from None


class Options(OptionTable):
    """What an operator can set for any backend that drives another server."""

    api_key_: SecretStr | None = Field(None, alias="api_key", description="the operator's key for the upstream")
    base_url: str = Field(pattern=r"^https?://", description="URL of the upstream, ending in /v1")
    model: str | None = Field(None, description="the upstream's model, if not the built-in choice")
    requests_per_minute: float = Field(60.0, gt=0, description="paid calls per minute")
    polls_per_second: float = Field(50.0, gt=0, description="polls per second, for all waiting jobs together")
    poll_seconds: float = Field(10.0, gt=0, description="longest pause between two polls of a job, in seconds")
    job_seconds: float = Field(3600.0, gt=0, description="seconds until an unfinished job is abandoned")
    max_file_mib: int = Field(500, ge=1, description="largest finished file that is downloaded, MiB")
    at_once: int | None = Field(None, ge=1, description="concurrent tasks at the upstream")

    @property
    def api_key(self) -> str | None:
        """The key as plain text."""
        return self.api_key_.get_secret_value() if self.api_key_ else None
