"""The options of the backend diffusers, from the settings' table `[backends.diffusers]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from ...domain.errors import InvalidOptions
from ..engines.profiles import EngineTasks, Profile, Weights
from ..upstream.options import OptionTable

ENGINE = "diffusers"
_PINNED = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})")


class DiffusersOptions(OptionTable):
    """What an operator can set for diffusers; `weights` says where each of the profile's are."""

    profile: str = Field(description="name of a shipped model profile, or a TOML file of your own")
    weights: Mapping[str, str] = Field(
        default_factory=dict[str, str],
        description="where each of the profile's weights are: a folder, or REPOSITORY@REVISION with 40 digits",
    )
    device: str | None = Field(None, description="torch device, such as cuda:1; the first GPU if absent, else the CPU")
    offload: Literal["none", "model", "sequential"] | None = Field(
        None, description="what moves to main memory while it is not used, in place of what the profile says"
    )
    tiling: bool | None = Field(None, description="decode in tiles, in place of what the profile says")
    job_seconds: float = Field(
        7200.0, gt=0, description="seconds until an unfinished call is stopped, loading included"
    )
    at_once: int | None = Field(None, ge=1, le=1, description="concurrent tasks: one pipeline makes one at a time")

    def weights_of(self, profile: Profile) -> dict[str, Weights]:
        """Return the profile's weights whose place is known; raise InvalidOptions for an invalid one, or if none is."""
        for name in self.weights:
            if name not in profile.weights:
                known = ", ".join(profile.weights)
                raise InvalidOptions(f"[backends.diffusers.weights] names {name!r}; {profile.name} has: {known}.")
        for name, weights in profile.weights.items():
            paths = [*([weights.folder] if weights.folder else []), *(lora.file for lora in weights.loras)]
            if wrong := [path for path in paths if not Path(path).expanduser().is_absolute()]:
                raise InvalidOptions(f"The profile of {profile.name}, weights {name}: {wrong[0]} is no absolute path.")
        chosen = {name: self._chosen(name, weights) for name, weights in profile.weights.items()}
        found = {name: weights for name, weights in chosen.items() if weights.found}
        if not found:
            raise InvalidOptions(
                f"Say where the weights of {profile.name} are, in [backends.diffusers.weights]: {', '.join(chosen)}. "
                "Each is a local folder, or REPOSITORY@REVISION."
            )
        return found

    def _chosen(self, name: str, weights: Weights) -> Weights:
        changed = {"offload": self.offload, "tiling": self.tiling}
        update: dict[str, object] = {key: value for key, value in changed.items() if value is not None}
        if (place := self.weights.get(name)) is not None:
            update |= _place(name, place)
        return weights.model_copy(update=update)


def _place(name: str, place: str) -> dict[str, object]:
    if pinned := _PINNED.fullmatch(place):
        return {"repository": pinned[1], "revision": pinned[2], "folder": ""}
    # It may be on the workers' machines only.
    folder = Path(place).expanduser()
    if folder.is_absolute():
        return {"folder": str(folder)}
    raise InvalidOptions(
        f"[backends.diffusers.weights] {name} = {place!r} is neither the absolute path of a folder nor "
        "REPOSITORY@REVISION with the 40 digits of a commit."
    )


def tasks_with(tasks: EngineTasks, weights: Mapping[str, Weights]) -> EngineTasks:
    """Return the tasks whose weights are there."""
    return EngineTasks(**{kind: template for kind, template in tasks.known() if template.weights in weights})
