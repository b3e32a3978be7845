"""The options of the xai backend, from the settings' table `[backends.xai]`."""

from __future__ import annotations

from pydantic import Field

from ..upstream.options import Options


class XaiOptions(Options):
    """What an operator can set for xAI's API beside what all upstreams share."""

    reference_model: str | None = Field(None, description="the model of videos from references")
    last_frame_1080p: bool = Field(False, description="request 1080p with a last frame too")
    image_base: int = Field(1, ge=0, le=1, description="whether the first image is <IMAGE_1> or <IMAGE_0>")
    prices: dict[str, dict[str, float]] = Field(
        default_factory=dict[str, dict[str, float]],
        description="US dollars per second by model and resolution, and per `image` sent",
    )
