"""Routing models to backends in the operator's order, with backoff for failing backends."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..domain.errors import BackendError, UnsupportedByBackend
from ..domain.task import Task
from ..ports import Backend

MAX_BACKOFF_SECONDS = 300.0
# Consecutive failures before a backend counts as down.
DOWN_AFTER = 3


@dataclass(slots=True)
class Record:
    """A backend's consecutive failures, and until when it is left alone."""

    failures: int = 0
    until: float = 0.0


class Router:
    """The Routing port: each model has an ordered list of backends, its own or the default list."""

    def __init__(
        self, routes: Mapping[str, Sequence[str]], default: Sequence[str], backends: Mapping[str, Backend]
    ) -> None:
        self._routes = routes
        self._default = default
        self._backends = backends
        self._records: dict[str, Record] = {}

    def named(self, name: str) -> Backend | None:
        """Return the backend of this name, or None if it is not in use."""
        return self._backends.get(name)

    def candidates(self, model: str) -> Sequence[Backend]:
        """Return a model's backends in order of preference."""
        names = self._routes.get(model, self._default)
        missing = [name for name in names if name not in self._backends]
        if missing:
            raise UnsupportedByBackend(f"Model {model} has no backend {missing[0]!r} here.", param="model")
        return [self._backends[name] for name in names]

    def fallback_for(self, task: Task) -> str | None:
        """Return the name of the next backend in the model's list that can do this task, or None."""
        names = list(self._routes.get(task.model, self._default))
        later = names[names.index(task.backend) + 1 :] if task.backend in names else []
        return next((name for name in later if name in self._backends and _can(self._backends[name], task)), None)

    def report(self, backend: str, error: BackendError | None) -> None:
        """Record a backend's success (None) or failure; each failure doubles the backoff."""
        if error is None:
            self._records.pop(backend, None)
            return
        record = self._records.setdefault(backend, Record())
        record.failures += 1
        seconds = float(error.retry_after or 2.0 ** min(record.failures, 10))
        record.until = time.monotonic() + min(MAX_BACKOFF_SECONDS, seconds)

    def backoff_seconds(self, backend: str) -> float:
        """Return for how many seconds a failing backend should be left alone; 0 if it is healthy."""
        record = self._records.get(backend)
        if record is None or record.failures < DOWN_AFTER:
            return 0.0
        return max(0.0, record.until - time.monotonic())


def _can(backend: Backend, task: Task) -> bool:
    capabilities = backend.capabilities(task.model)
    if capabilities is None or capabilities.unsupported(
        task.operation, task.mode, len(task.inputs), task.resolution, task.aspect_ratio, scene=task.scene is not None
    ):
        return False
    try:
        backend.check(task)
    except UnsupportedByBackend:
        return False
    return True
