"""An upstream's options, from the settings' table `[backends.NAME]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ..registry import InvalidOptions


class Options(BaseModel):
    """What an operator can set for a backend that drives another server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key_: SecretStr | None = Field(None, alias="api_key", description="the operator's key for the upstream")
    base_url: str = Field(pattern=r"^https?://", description="address of the upstream; ends in /v1")
    model: str | None = Field(None, description="the upstream's model, where it is not the built-in choice")
    derive_model: str | None = Field(None, description="xai: the model of references, edits and extensions")
    last_frame_1080p: bool = Field(False, description="xai: ask for 1080p with a last frame too")
    image_base: int = Field(1, ge=0, le=1, description="xai: whether the first picture is <IMAGE_1> or <IMAGE_0>")
    prices: dict[str, dict[str, float]] = Field(
        default_factory=dict[str, dict[str, float]],
        description="xai: US dollars per second by model and resolution, and per `image` sent",
    )
    requests_per_minute: float = Field(60.0, gt=0, description="paid calls a minute")
    polls_per_second: float = Field(50.0, gt=0, description="looks at waiting jobs a second, all together")
    poll_seconds: float = Field(10.0, gt=0, description="longest pause between two looks at a job")
    job_seconds: float = Field(3600.0, gt=0, description="seconds until a job that does not end is given up")
    max_file_mib: int = Field(500, ge=1, description="largest finished file that is fetched, MiB")
    at_once: int | None = Field(None, ge=1, description="tasks at the upstream at once")

    @property
    def api_key(self) -> str | None:
        """The key itself."""
        return self.api_key_.get_secret_value() if self.api_key_ else None

    @classmethod
    def read(cls, backend: str, given: Mapping[str, Any]) -> Self:
        """Read a backend's options; raise InvalidOptions naming each wrong one, never its value."""
        try:
            return cls.model_validate({name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise InvalidOptions(f"The options of backend {backend} are not right: {wrong}.") from None
