"""The audit log: who did what to keys, sessions and videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Action(StrEnum):
    """What is recorded."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SESSIONS_ENDED = "sessions_ended"
    WRONG_KEYS = "wrong_keys"
    KEY_CREATED = "key_created"
    KEY_CHANGED = "key_changed"
    KEY_ROTATED = "key_rotated"
    KEY_REVOKED = "key_revoked"
    VIDEO_DELETED = "video_deleted"
    LIBRARY_DELETED = "library_deleted"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action: when, by which key (None for nobody), on what, and from which address."""

    number: int
    at: float
    action: Action
    actor: str | None
    target: str | None
    address: str | None


class AuditLog(Protocol):
    """Entries that are added and read, never changed or deleted."""

    async def record(
        self, action: Action, *, actor: str | None, target: str | None = None, address: str | None = None
    ) -> None:
        """Add an entry."""
        ...

    async def list(
        self, *, limit: int, before: int | None = None, action: Action | None = None
    ) -> Sequence[AuditEntry]:
        """Return entries, newest first, those with a number below `before`."""
        ...
