"""A whole VideoService in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..backends.routing import Router
from ..ports import Backend
from ..service import VideoService
from .changes import InMemoryChanges
from .engine import InMemoryEngine
from .intake import InMemoryIntake
from .retention import InMemoryRetentionStore
from .storage import InMemoryStorage
from .tasks import InMemoryTaskStore


def in_memory_service(
    store: InMemoryTaskStore,
    *,
    backends: Sequence[Backend],
    storage: InMemoryStorage | None = None,
    intake: InMemoryIntake | None = None,
    changes: InMemoryChanges | None = None,
    engine: InMemoryEngine | None = None,
    max_queued: int = 10_000,
    max_queued_per_key: int = 1000,
    concurrency_per_key: int | None = None,
    expire_after: float | None = None,
    has_room: Callable[[], bool] = lambda: True,
) -> VideoService:
    """Return a service on an in-memory store; every model is routed to the backends in their order.

    Without an `engine` nothing is rendered: tasks stay queued, which is what most tests need.
    """
    named = {backend.name: backend for backend in backends}
    storage = storage or InMemoryStorage()
    return VideoService(
        store=store,
        idempotency=store.idempotency,
        engine=engine or InMemoryEngine(named, storage),
        storage=storage,
        intake=intake or InMemoryIntake(storage),
        changes=changes or InMemoryChanges(),
        routing=Router({}, list(named), named),
        retention=InMemoryRetentionStore(store),
        max_queued=max_queued,
        max_queued_per_key=max_queued_per_key,
        concurrency_per_key=concurrency_per_key,
        expire_after=expire_after,
        has_room=has_room,
    )
