"""In-memory adapters of the ports, and a scripted backend: for tests of plugins and of the service.

    tasks = InMemoryTaskStore()
    service = in_memory_service(tasks, backends=[ScriptedBackend()])

Each adapter passes the same contract suite as the real one (`tests/contract`). Nothing here survives its process.
"""

from __future__ import annotations

from .audit import InMemoryAuditLog
from .backends import RecordingReport, ScriptedBackend
from .changes import InMemoryChanges
from .engine import InMemoryEngine
from .intake import InMemoryIntake
from .keys import InMemoryKeyStore
from .retention import InMemoryRetentionStore
from .service import in_memory_service
from .sessions import InMemorySessionStore
from .storage import InMemoryStorage
from .tasks import InMemoryIdempotencyStore, InMemoryLedger, InMemorySearchIndex, InMemoryTaskStore

__all__ = [
    "InMemoryAuditLog",
    "InMemoryChanges",
    "InMemoryEngine",
    "InMemoryIdempotencyStore",
    "InMemoryIntake",
    "InMemoryKeyStore",
    "InMemoryLedger",
    "InMemoryRetentionStore",
    "InMemorySearchIndex",
    "InMemorySessionStore",
    "InMemoryStorage",
    "InMemoryTaskStore",
    "RecordingReport",
    "ScriptedBackend",
    "in_memory_service",
]
