"""The models, as data."""

from __future__ import annotations

from dataclasses import dataclass

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


MODELS: dict[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(DEFAULT_MODEL, "Standard: any whole length from 1 to 15 seconds."),
        ModelSpec("grok-video-3-pro", "Always 10 seconds.", fixed_seconds=10),
        ModelSpec("grok-video-3-max", "Always 15 seconds.", fixed_seconds=15),
    )
}


def find_model(name: str) -> ModelSpec:
    """Return a model by name; raise ModelNotFound listing the existing ones."""
    try:
        return MODELS[name]
    except KeyError:
        raise ModelNotFound(
            f"There is no model {name[:80]!r}. Use one of: {', '.join(MODELS)}.", param="model"
        ) from None
