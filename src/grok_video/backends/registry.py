"""Finding backends by entry point and routing models to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from ..domain.errors import GrokVideoError, UnsupportedByBackend
from ..media.sandbox import Sandbox
from ..ports import Backend

GROUP = "grok_video.backends"


class UnknownBackend(GrokVideoError):
    """A configured backend is not installed."""

    code = "unknown_backend"


@dataclass(frozen=True, slots=True)
class BackendContext:
    """What a backend may use: the sandbox, and its own options from the settings."""

    sandbox: Sandbox
    options: Mapping[str, str]


def available() -> dict[str, EntryPoint]:
    """Find every installed backend by name, without loading it."""
    return {point.name: point for point in entry_points(group=GROUP)}


def load(names: Iterable[str], context: BackendContext) -> dict[str, Backend]:
    """Make the named backends; raise UnknownBackend naming those there are."""
    found = available()
    made: dict[str, Backend] = {}
    for name in dict.fromkeys(names):
        if name not in found:
            raise UnknownBackend(f"There is no backend {name!r}; installed are: {', '.join(sorted(found))}.")
        create: Callable[[BackendContext], Backend] = found[name].load()
        made[name] = create(context)
    return made


class Router:
    """Gives each model its backend."""

    def __init__(self, routes: Mapping[str, str], default: str, backends: Mapping[str, Backend]) -> None:
        self._routes = routes
        self._default = default
        self._backends = backends

    def __call__(self, model: str) -> Backend:
        """Find the backend of a model."""
        name = self._routes.get(model, self._default)
        try:
            return self._backends[name]
        except KeyError:
            raise UnsupportedByBackend(f"Model {model} has no backend {name!r} here.", param="model") from None
