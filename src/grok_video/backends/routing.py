"""Routing models to backends in the operator's order, and remembering how each backend does."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..domain.errors import BackendError, UnsupportedByBackend
from ..domain.task import Task
from ..ports import Backend

LONGEST_PAUSE = 300.0
# Failures in a row before a backend counts as down: one may be a hiccup.
DOWN_AFTER = 3


@dataclass(slots=True)
class Record:
    """How a backend has been doing: failures in a row, and until when it is left alone."""

    failures: int = 0
    until: float = 0.0


class Router:
    """The Routing port: each model has an ordered list of backends, the default list if it has none of its own."""

    def __init__(
        self, routes: Mapping[str, Sequence[str]], default: Sequence[str], backends: Mapping[str, Backend]
    ) -> None:
        self._routes = routes
        self._default = default
        self._backends = backends
        self._records: dict[str, Record] = {}

    def candidates(self, model: str) -> Sequence[Backend]:
        """List a model's backends, the preferred one first."""
        names = self._routes.get(model, self._default)
        missing = [name for name in names if name not in self._backends]
        if missing:
            raise UnsupportedByBackend(f"Model {model} has no backend {missing[0]!r} here.", param="model")
        return [self._backends[name] for name in names]

    def instead_of(self, task: Task) -> str | None:
        """Name the next backend of the task's model that can do this task."""
        names = list(self._routes.get(task.model, self._default))
        later = names[names.index(task.backend) + 1 :] if task.backend in names else []
        return next((name for name in later if name in self._backends and _can(self._backends[name], task)), None)

    def report(self, backend: str, error: BackendError | None) -> None:
        """Note that a backend did its work, or how it failed to: each failure doubles the pause."""
        if error is None:
            self._records.pop(backend, None)
            return
        record = self._records.setdefault(backend, Record())
        record.failures += 1
        pause = float(error.retry_after or 2.0 ** min(record.failures, 10))
        record.until = time.monotonic() + min(LONGEST_PAUSE, pause)

    def pause(self, backend: str) -> float:
        """Tell for how many seconds a backend that fails should be left alone."""
        record = self._records.get(backend)
        if record is None or record.failures < DOWN_AFTER:
            return 0.0
        return max(0.0, record.until - time.monotonic())


def _can(backend: Backend, task: Task) -> bool:
    able = backend.capabilities(task.model)
    if able is None or able.refusal(task.operation, task.mode, len(task.inputs), task.resolution, task.aspect_ratio):
        return False
    try:
        backend.check(task)
    except UnsupportedByBackend:
        return False
    return True
