"""The audit log in memory."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..ports import Action, AuditEntry


class InMemoryAuditLog:
    """The AuditLog port for one process."""

    def __init__(self) -> None:
        self._entries: list[AuditEntry] = []

    async def record(
        self, action: Action, *, actor: str | None, target: str | None = None, address: str | None = None
    ) -> None:
        """Add an entry."""
        self._entries.append(AuditEntry(len(self._entries) + 1, time.time(), action, actor, target, address))

    async def list(
        self, *, limit: int, before: int | None = None, action: Action | None = None
    ) -> Sequence[AuditEntry]:
        """Return entries, newest first, those with a number below `before`."""
        matching = [entry for entry in reversed(self._entries) if before is None or entry.number < before]
        return [entry for entry in matching if action in (None, entry.action)][:limit]
