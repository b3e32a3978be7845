"""The options of the backends for engines, from the settings' tables `[backends.NAME]`."""

from __future__ import annotations

from pydantic import Field

from ..upstream.options import Options


class EngineOptions(Options):
    """What an operator can set for an engine beside what all upstreams share."""

    base_url: str = Field(
        pattern=r"^https?://[^,\s]+(\s*,\s*https?://[^,\s]+)*$",
        description="URL of the engine; several replicas, comma-separated",
    )
    model: str | None = Field(None, description="the model as the engine names it; asked for if absent")
    profile: str | None = Field(None, description="name of a shipped model profile, or a TOML file of your own")
    resubmit: bool = Field(False, description="make a call again whose outcome is unknown or whose job the engine lost")
    requests_per_minute: float = Field(600.0, gt=0, description="calls per minute")
    ask_seconds: float = Field(15.0, gt=0, description="pause until an engine that did not answer is asked again")
    poll_seconds: float = Field(2.0, gt=0, description="longest pause between two polls of a job, in seconds")
    job_seconds: float = Field(7200.0, gt=0, description="seconds until an unfinished job is abandoned")

    @property
    def base_urls(self) -> list[str]:
        """The replicas' URLs, each ending in /v1."""
        urls = [url.strip().rstrip("/") for url in self.base_url.split(",")]
        return list(dict.fromkeys(url if url.endswith("/v1") else f"{url}/v1" for url in urls))
