"""Finding backends by entry point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from ..domain.errors import GrokVideoError
from ..media.fetch import Fetcher
from ..media.sandbox import Sandbox
from ..ports import Backend

GROUP = "grok_video.backends"


class UnknownBackend(GrokVideoError):
    """A configured backend is not installed."""

    code = "unknown_backend"


class InvalidOptions(GrokVideoError):
    """A backend's options in the settings are not right."""

    code = "invalid_options"


@dataclass(frozen=True, slots=True)
class BackendContext:
    """What a backend may use: the sandbox, the guarded fetcher, and its own options from the settings."""

    sandbox: Sandbox
    fetcher: Fetcher
    options: Mapping[str, Any]


def available() -> dict[str, EntryPoint]:
    """Find every installed backend by name, without loading it."""
    return {point.name: point for point in entry_points(group=GROUP)}


def load(names: Iterable[str], context: Callable[[str], BackendContext]) -> dict[str, Backend]:
    """Make the named backends, each with its context; raise UnknownBackend naming those there are."""
    found = available()
    made: dict[str, Backend] = {}
    for name in dict.fromkeys(names):
        if name not in found:
            raise UnknownBackend(f"There is no backend {name!r}; installed are: {', '.join(sorted(found))}.")
        create: Callable[[BackendContext], Backend] = found[name].load()
        made[name] = create(context(name))
    return made
