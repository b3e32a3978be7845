"""The models, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import InvalidValue, ModelNotFound

DEFAULT_MODEL = "grok-video-3"
MIN_SECONDS = 1
MAX_SECONDS = 15
EXTENSION_SECONDS = 10


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What a model name promises; `fixed_seconds` replaces any requested duration."""

    name: str
    description: str
    fixed_seconds: int | None = None

    def seconds(self, requested: int | None, default: int) -> int:
        """Return the length of a new clip or segment in whole seconds.

        Raises InvalidValue outside 1-15 for a model without a fixed length (docs/dev/wire-format.md 4).
        """
        if self.fixed_seconds is not None:
            return self.fixed_seconds
        value = default if requested is None else requested
        if not MIN_SECONDS <= value <= MAX_SECONDS:
            raise InvalidValue(
                f"seconds is {value}, but {self.name} takes whole seconds from {MIN_SECONDS} to {MAX_SECONDS} "
                "(grok-video-3-pro is always 10, grok-video-3-max always 15).",
                param="seconds",
            )
        return value


MODELS: Mapping[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(DEFAULT_MODEL, "Standard: any whole length from 1 to 15 seconds."),
        ModelSpec("grok-video-3-pro", "Always 10 seconds.", fixed_seconds=10),
        ModelSpec("grok-video-3-max", "Always 15 seconds.", fixed_seconds=15),
    )
}


# Names that clients of other services send. Those that say a length keep it; all others take any length.
ALIASES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "sora-2", "sora-2-pro", "grok-imagine-video", "grok-imagine-video-1.5", "grok-imagine-video-1.5-lite",
            "grok-imagine-video-1.5-preview", "grok-imagine-video-1.5-2026-05-30", "grok-imagine-1.0-video",
            "grok-imagine", "grok-video", "grok-video-1.5", "x-ai/grok-imagine-video", "x-ai/grok-imagine-video-1.5",
            "openai/sora-2", "openai/sora-2-pro",
        ),
        DEFAULT_MODEL,
    ),
    **dict.fromkeys(("grok-video-3-10s", "grok-video-1.5-pro"), "grok-video-3-pro"),
    **dict.fromkeys(("grok-video-3-15s", "grok-video-1.5-max"), "grok-video-3-max"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Catalog:
    """The names that requests can use for models: their own, and `aliases` by name."""

    aliases: Mapping[str, str] = field(default_factory=lambda: ALIASES)

    def find(self, name: str) -> ModelSpec:
        """Return the model that a name means; raise ModelNotFound listing the existing ones."""
        return find_model(self.aliases.get(name, name))

    def aliases_of(self, model: str) -> list[str]:
        """Return the other names of a model."""
        return [alias for alias, name in self.aliases.items() if name == model]


def find_model(name: str) -> ModelSpec:
    """Return a model by its own name; raise ModelNotFound listing the existing ones."""
    try:
        return MODELS[name]
    except KeyError:
        raise ModelNotFound(
            f"There is no model {name[:80]!r}. Use one of: {', '.join(MODELS)}.", param="model"
        ) from None
