"""The options of the comfyui backend, from the settings' table `[backends.comfyui]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from ...domain.errors import InvalidOptions
from ...domain.request import MAX_IMAGES
from ..engines.options import EngineOptions
from ..engines.profiles import EngineTasks, Profile, named_profile
from ..engines.templates import names_in
from .workflows import read_workflow

ENGINE = "comfyui"
DEFAULT_PROFILE = "comfyui-wan-2.2"
NEGATIVE_PROMPT = (
    "overexposed, static, blurred details, subtitles, worst quality, low quality, JPEG artifacts, deformed hands, "
    "deformed face, extra fingers, fused fingers, walking backwards"
)


class ComfyuiOptions(EngineOptions):
    """What an operator can set for ComfyUI beside what all engines share.

    `workflows` names a workflow in API format, a shipped one or a file, by what it makes: text, first_frame,
    first_last_frame, reference, remix, extend, or extend_reference.
    """

    model: str | None = Field(None, pattern="^ComfyUI$", description="the models are those of the workflows")
    profile: str | None = Field(DEFAULT_PROFILE, description="model profile: sizes, lengths, frame rate and workflows")
    workflows: Mapping[str, str] = Field(
        default_factory=dict[str, str], description="workflows instead of the profile's, by what they make"
    )
    negative_prompt: str = Field(NEGATIVE_PROMPT, description="what {negative_prompt} stands for")

    @property
    def base_urls(self) -> list[str]:
        """The replicas' URLs, without a path behind them."""
        return list(dict.fromkeys(url.strip().rstrip("/") for url in self.base_url.split(",")))

    def profiled(self) -> Profile:
        """Return the profile with these workflows instead of its own; raise InvalidOptions for what does not exist."""
        profile = named_profile(self.profile or DEFAULT_PROFILE)
        tasks = profile.engines.get(ENGINE)
        if tasks is None:
            raise InvalidOptions(f"The profile {self.profile} has no tasks for {ENGINE}.")
        unknown = set(self.workflows) - set(EngineTasks.model_fields)
        if unknown:
            kinds = ", ".join(EngineTasks.model_fields)
            raise InvalidOptions(f"[backends.comfyui.workflows] has {min(unknown)!r}; it takes only: {kinds}.")
        return profile.model_copy(update={"engines": {ENGINE: self._merged(tasks)}})

    def workflow_names(self) -> list[str]:
        """Return the names of all workflows in use."""
        tasks = self.profiled().engines[ENGINE]
        templates = [getattr(tasks, kind) for kind in EngineTasks.model_fields]
        return sorted({template.workflow for template in templates if template is not None})

    def _merged(self, tasks: EngineTasks) -> EngineTasks:
        merged = tasks.model_dump(exclude_none=True)
        for kind, workflow in self.workflows.items():
            merged[kind] = {"workflow": workflow, **_needs(kind, workflow)}
        return EngineTasks.model_validate(merged)


def _needs(kind: str, workflow: str) -> dict[str, Any]:
    """Return what a workflow of one's own needs, by its placeholders: images, and the video or a frame of it."""
    names = names_in(read_workflow(workflow))
    if kind == "remix":
        return {"source": "video" if "source" in names else "first_frame"}
    images = max((number for number in range(1, MAX_IMAGES + 1) if f"image{number}" in names), default=1)
    return {"max_images": images} if kind in ("reference", "extend_reference") else {}
