"""Finding backends by entry point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from ..domain.errors import UnknownBackend
from ..ports import Backend
from ..runtime.fetch import Fetcher
from ..runtime.sandbox import Sandbox

GROUP = "grok_video.backends"


@dataclass(frozen=True, slots=True)
class BackendContext:
    """What a backend may use: the sandbox, the guarded fetcher, and its options from the settings."""

    sandbox: Sandbox
    fetcher: Fetcher
    options: Mapping[str, Any]


def available() -> dict[str, EntryPoint]:
    """Return every installed backend by name, without loading it."""
    return {point.name: point for point in entry_points(group=GROUP)}


def load(names: Iterable[str], context: Callable[[str], BackendContext]) -> dict[str, Backend]:
    """Return the named backends, each made with its context; raise UnknownBackend listing the installed ones."""
    installed = available()
    backends: dict[str, Backend] = {}
    for name in dict.fromkeys(names):
        if name not in installed:
            raise UnknownBackend(f"There is no backend {name!r}; installed are: {', '.join(sorted(installed))}.")
        create: Callable[[BackendContext], Backend] = installed[name].load()
        backends[name] = create(context(name))
    return backends
