"""A running attempt: its progress, its facts, and the paid calls that it may make at most once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from ..domain.errors import Cancelled, Rejected, SubmissionUnknown, Unavailable
from ..domain.media import MAX_PREVIEW_BYTES, image_type
from ..domain.task import Task
from ..ports import Ledger

log = structlog.get_logger()

STORE_BACKOFF_SECONDS = (0.2, 1.0, 3.0, 10.0)
# The share of the progress that generating takes; the rest is probing and drawing stills.
GENERATE_SHARE = 0.95


def _ignore(_backend: str) -> None:
    """Do nothing."""


@dataclass(slots=True)
class Attempt:
    """The Report port: what a backend reports to while it generates."""

    task: Task
    ledger: Ledger
    accepted: Callable[[str], None] = field(default_factory=lambda: _ignore)
    # Of all attempts of the runner: an image came.
    shown: asyncio.Event | None = None
    work: asyncio.Task[Any] | None = None
    percent: float = 0.0
    written: int = 0
    image: bytes | None = None
    stop_reason: str | None = None
    cancelled: bool = False
    reported_at: float = field(default_factory=time.monotonic)
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    upstream_ids: list[str] = field(default_factory=list[str])

    def end_work(self) -> None:
        """Note that the work has ended, after which its task is not cancelled any more."""
        work, self.work = self.work, None
        if work is not None and self.stop_reason is not None:
            work.uncancel()

    def progress(self, percent: float) -> None:
        """Report the progress, from 0 to 100; the runner's watch loop writes it to the row."""
        self.percent = max(self.percent, min(100.0, percent) * GENERATE_SHARE)

    def preview(self, image: bytes) -> None:
        """Show an image of the unfinished video; the runner stores it at once. Anything else is ignored."""
        if len(image) <= MAX_PREVIEW_BYTES and image_type(image) is not None:
            self.image = image
            if self.shown is not None:
                self.shown.set()

    def record(self, **facts: Any) -> None:
        """Add facts to the task's metadata; they are kept however the task ends."""
        self.facts.update(facts)

    async def accepted_call_id(self, step: str) -> str | None:
        """Return the upstream's id of a call that an earlier attempt made, or None."""
        calls = await self.ledger.calls(self.task.id)
        upstream_id = next((call.upstream_id for call in calls if call.step == step), None)
        return self._remember(upstream_id) if upstream_id else None

    async def unknown_call(self, step: str) -> bool:
        """Check whether an earlier attempt made a call whose outcome is unknown."""
        calls = await self.ledger.calls(self.task.id)
        return any(call.step == step and call.upstream_id is None for call in calls)

    async def call_once(self, step: str, post: Callable[[], Awaitable[str]], *, idempotent: bool = False) -> str:
        """Make a paid call at most once in the task's life and return the upstream's id for it."""
        calling = asyncio.create_task(self._call(step, post, idempotent=idempotent))
        try:
            return await asyncio.shield(calling)
        except asyncio.CancelledError:
            # A call in flight may be paid for: its id must reach the ledger before this attempt may end.
            self.cancelled = True
            await asyncio.wait([calling])
            if not calling.cancelled():
                calling.exception()
            raise

    async def _call(self, step: str, post: Callable[[], Awaitable[str]], *, idempotent: bool) -> str:
        earlier = await self.ledger.claim(self.task.id, self.task.attempt, step)
        if earlier is not None and earlier.upstream_id is not None:
            return self._remember(earlier.upstream_id)
        if earlier is not None and not idempotent:
            raise SubmissionUnknown
        if self.cancelled:
            # Cancelled between the claim and the call: nothing was sent.
            if earlier is None:
                await self.ledger.release(self.task.id, self.task.attempt, step)
            raise Cancelled
        return self._remember(await self._send(step, post, idempotent=idempotent, first=earlier is None))

    def _remember(self, upstream_id: str) -> str:
        if upstream_id not in self.upstream_ids:
            self.upstream_ids.append(upstream_id)
        # Once: what it holds on to would wait as long as this attempt.
        accepted, self.accepted = self.accepted, _ignore
        accepted(self.task.backend)
        return upstream_id

    async def _send(self, step: str, post: Callable[[], Awaitable[str]], *, idempotent: bool, first: bool) -> str:
        try:
            upstream_id = await post()
        except SubmissionUnknown as unknown:
            if idempotent:
                raise Unavailable("The connection to the upstream broke; the call will be repeated.") from unknown
            raise
        except (Unavailable, Rejected):
            if first:
                await self.ledger.release(self.task.id, self.task.attempt, step)
            raise
        except Exception as error:
            log.exception("paid call ended without a response", task=str(self.task.id), step=step)
            raise SubmissionUnknown from error
        await self._store(step, upstream_id)
        return upstream_id

    async def _store(self, step: str, upstream_id: str) -> None:
        """Store the id of an accepted call, with retries: the database may be unavailable for a moment."""
        for pause in (*STORE_BACKOFF_SECONDS, None):
            try:
                return await self.ledger.accept(self.task.id, step, upstream_id)
            except Exception:
                # Whatever the driver raises, the id must not be lost: the log is the last resort.
                log.exception("accepted call not stored yet", task=str(self.task.id), upstream_id=upstream_id)
                if pause is None:
                    raise SubmissionUnknown from None
                await asyncio.sleep(pause)
        return None
