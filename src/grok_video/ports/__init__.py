"""What the service, the worker and the backends need from outside, as small protocols.

One module per reader: plugin authors need `backends` alone. Every protocol has one contract suite in `tests/contract`,
which runs on every adapter, those of `grok_video.testing` included.
"""

from __future__ import annotations

from .audit import Action, AuditEntry, AuditLog
from .backends import Backend, Capabilities, Job, Report, Routing
from .keys import NO_LIMITS, Key, KeyLimits, KeyStore
from .queue_stats import BackendLoad, QueuePosition, QueueStats, WorkerProcess
from .retention import RetentionStore
from .sessions import Session, SessionStore
from .storage import Intake, Storage, StoredFile
from .tasks import (
    Admit,
    Changes,
    Deletion,
    Engine,
    Filters,
    Idempotency,
    IdempotencyStore,
    Ledger,
    PaidCall,
    RetryReason,
    SearchIndex,
    TaskCounts,
    TaskStore,
)

__all__ = [
    "NO_LIMITS",
    "Action",
    "Admit",
    "AuditEntry",
    "AuditLog",
    "Backend",
    "BackendLoad",
    "Capabilities",
    "Changes",
    "Deletion",
    "Engine",
    "Filters",
    "Idempotency",
    "IdempotencyStore",
    "Intake",
    "Job",
    "Key",
    "KeyLimits",
    "KeyStore",
    "Ledger",
    "PaidCall",
    "QueuePosition",
    "QueueStats",
    "Report",
    "RetentionStore",
    "RetryReason",
    "Routing",
    "SearchIndex",
    "Session",
    "SessionStore",
    "Storage",
    "StoredFile",
    "TaskCounts",
    "TaskStore",
    "WorkerProcess",
]
