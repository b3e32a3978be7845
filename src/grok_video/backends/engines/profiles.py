"""Model profiles: what a model can do over an engine, and how each field is said, as data in TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from importlib.resources import files
from math import ceil, floor, inf
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ...domain.errors import InvalidOptions
from ...domain.request import FPS, AspectRatio, Resolution
from .templates import names_in

# What a template of a task can name.
VALUES = frozenset(
    "prompt seed model width height size ratio short_side frames fps seconds whole_seconds images first last "
    "source image1 image2 image3 image4 image5 image6 image7".split()
)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Length(_Table):
    """Which numbers of frames a model makes: `offset` plus a multiple of `step`, from `least` to `most`."""

    step: int = Field(1, ge=1)
    offset: int = Field(0, ge=0)
    least: int = Field(1, ge=1)
    most: int = Field(ge=2)

    @model_validator(mode="after")
    def _on_the_grid(self) -> Length:
        if (self.most - self.offset) % self.step or self.most < self.least:
            raise ValueError(f"most has to be offset plus a multiple of step, and not below least; it is {self.most}")
        return self

    def at_least(self, frames: int) -> int:
        """Return the smallest allowed number that is not below `frames`, or `most`."""
        wanted = max(frames, self.least)
        return min(self.offset + ceil((wanted - self.offset) / self.step) * self.step, self.most)

    def nearest(self, frames: float) -> int:
        """Return the allowed number that is nearest to `frames`."""
        number = self.offset + round((frames - self.offset) / self.step) * self.step
        return max(self.at_least(self.least), min(number, self.most))


class TaskTemplate(_Table):
    """How one kind of call is said: `fields` of the body, and `files` of a multipart body as [name, file]; or the name
    of a ComfyUI `workflow`; or `fields` as the arguments of a diffusers `pipeline` with these `weights`.

    `source` says what a remix is made from: the video itself, in parts of `min_seconds` to `max_seconds`, or its first
    frame. An extension is given the last `kept` frames before the cut as `source`, or one frame as `first` if that is
    0. The model makes `trailing` frames behind a given last image, which are not used.
    """

    fields: Mapping[str, Any] = Field(default_factory=dict[str, Any])
    files: Any = ()
    workflow: str = ""
    weights: str = ""
    pipeline: str = Field("", pattern=r"^(\w+Pipeline)?$")
    kept: int = Field(0, ge=0)
    trailing: int = Field(0, ge=0)
    max_images: int = Field(1, ge=1, le=7)
    source: str = Field("video", pattern="^(video|first_frame)$")
    min_seconds: float = Field(0, ge=0)
    max_seconds: float = Field(inf, gt=0)

    @model_validator(mode="after")
    def _known(self) -> TaskTemplate:
        unknown = (names_in(self.fields) | names_in(self.files)) - VALUES
        if unknown:
            raise ValueError(f"there is no value {{{min(unknown)}}}; there are: {', '.join(sorted(VALUES))}")
        return self


class EngineTasks(_Table):
    """What the model can do over one engine; a task that is missing cannot be done."""

    text: TaskTemplate | None = None
    first_frame: TaskTemplate | None = None
    first_last_frame: TaskTemplate | None = None
    reference: TaskTemplate | None = None
    remix: TaskTemplate | None = None
    # What continues a video from the frame at the cut: without one first_frame does; with images for what follows.
    extend: TaskTemplate | None = None
    extend_reference: TaskTemplate | None = None

    def known(self) -> list[tuple[str, TaskTemplate]]:
        """Return the kinds that can be done, with their templates."""
        every = [(kind, getattr(self, kind)) for kind in EngineTasks.model_fields]
        return [(kind, template) for kind, template in every if template is not None]


class Lora(_Table):
    """A LoRA in a safetensors file, for the `transformer` or for Wan 2.2's second one."""

    file: str = Field(pattern=r"\.safetensors$")
    scale: float = 1.0
    component: Literal["transformer", "transformer_2"] = "transformer"


class Weights(_Table):
    """What diffusers loads: a local `folder`, or a `repository` at a pinned `revision`; safetensors files only.

    `float32` names the components that need that precision whatever `dtype` says. `scheduler` replaces values of the
    scheduler's configuration.
    """

    repository: str = ""
    revision: str = Field("", pattern=r"^([0-9a-f]{40})?$")
    folder: str = ""
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    float32: tuple[str, ...] = ()
    loras: tuple[Lora, ...] = ()
    scheduler: Mapping[str, Any] = Field(default_factory=dict[str, Any])
    offload: Literal["none", "model", "sequential"] = "none"
    tiling: bool = False

    @property
    def found(self) -> bool:
        """Whether it is said where they are: a folder, or a revision that cannot change."""
        return bool(self.folder or (self.repository and self.revision))


Size = Annotated[str, Field(pattern=r"^\d+x\d+$")]


class Profile(_Table):
    """One model: its names, licence, sizes by aspect ratio, length, frame rate and sound, and its tasks by engine.

    `matches` are patterns of the names that engines serve it under, compared without case. `tag` is what `@imgN`
    becomes in the prompt.
    """

    name: str
    matches: tuple[str, ...]
    licence: str
    licence_url: str = ""
    note: str = ""
    fps: float = Field(gt=0)
    sound: bool
    tag: str = "image {number}"
    sizes: Mapping[AspectRatio, Size]
    length: Length
    weights: Mapping[str, Weights] = Field(default_factory=dict[str, Weights])
    engines: Mapping[str, EngineTasks]

    @model_validator(mode="after")
    def _with_known_weights(self) -> Profile:
        loaded = [task for _, task in self.engines.get("diffusers", EngineTasks()).known()]
        if not all(task.pipeline for task in loaded):
            raise ValueError("a task of diffusers has to name its pipeline and its weights")
        named = {task.weights for task in loaded}
        if unknown := named - self.weights.keys():
            raise ValueError(f"there are no weights {min(unknown)!r}; there are: {', '.join(self.weights) or 'none'}")
        return self

    @field_validator("sizes")
    @classmethod
    def _not_empty(cls, value: Mapping[AspectRatio, str]) -> Mapping[AspectRatio, str]:
        if not value:
            raise ValueError("there has to be a size for one aspect ratio at least")
        return value

    @property
    def longest(self) -> int:
        """The most frames, at 24 per second, that one call makes, with the frame that a next call begins with."""
        return floor((self.length.most - 1) / self.fps * FPS + 1e-6)

    @property
    def native_resolutions(self) -> tuple[Resolution, ...]:
        """The resolutions that one of the model's sizes has as its short side."""
        short_sides = {min(map(int, size.split("x"))) for size in self.sizes.values()}
        return tuple(resolution for resolution in Resolution if resolution.short_side in short_sides)

    def size_for(self, ratio: AspectRatio) -> tuple[int, int]:
        """Return width and height for an aspect ratio, or those of the nearest one that the model has."""
        nearest = min(self.sizes, key=lambda known: abs(known.quotient / ratio.quotient - 1))
        width, _, height = self.sizes[nearest].partition("x")
        return int(width), int(height)

    def native_ratio(self, ratio: AspectRatio) -> AspectRatio:
        """Return the aspect ratio itself if the model has it, or the nearest one."""
        return min(self.sizes, key=lambda known: abs(known.quotient / ratio.quotient - 1))

    def frames_for(self, frames: int, *, exact_end: bool = False) -> int:
        """Return how many frames the model has to make to cover `frames` and the one behind, at 24 per second.

        With `exact_end` its last frame is that one: the nearest number, whose speed is then changed.
        """
        wanted = frames / FPS * self.fps + 1
        return self.length.nearest(wanted) if exact_end else self.length.at_least(ceil(wanted - 1e-6))

    def seconds_of(self, frames: int) -> float:
        """Return a length in seconds that engines which round up to whole steps turn into this number of frames."""
        return round(min((frames - 0.5) / self.fps, floor(self.length.most / self.fps)), 3)

    def serves(self, model: str) -> bool:
        """Check whether a name that an engine gives its model is this model's."""
        return any(fnmatchcase(model.lower(), pattern.lower()) for pattern in self.matches)


def read_profile(text: str, name: str) -> Profile:
    """Return the profile in a TOML text; raise InvalidOptions that names the file and the field."""
    try:
        return Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidOptions(f"The profile {name} is not valid TOML: {error}.") from None
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise InvalidOptions(f"The profile {name} is invalid: {problems}.") from None


def shipped_profiles() -> dict[str, Profile]:
    """Return the profiles that come with the server, by file name without its ending."""
    folder = files("grok_video.backends.engines") / "profiles"
    sources = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    return {
        file.name.removesuffix(".toml"): read_profile(file.read_text(encoding="utf-8"), file.name)
        for file in sorted(sources, key=lambda file: file.name)
    }


def named_profile(name: str) -> Profile:
    """Return a shipped profile by name, or the one in a file; raise InvalidOptions if there is neither."""
    shipped = shipped_profiles()
    if name in shipped:
        return shipped[name]
    path = Path(name).expanduser()
    try:
        return read_profile(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError):
        known = ", ".join(shipped)
        raise InvalidOptions(f"There is no profile {name!r}: give a file, or one of: {known}.") from None
