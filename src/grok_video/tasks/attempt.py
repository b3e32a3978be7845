"""A running attempt: what its backend says of itself, and the paid calls that it may make once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from ..domain.errors import Cancelled, Rejected, SubmissionUnknown, Unavailable
from ..domain.task import Task
from ..ports import Ledger

log = structlog.get_logger()

KEEP_PAUSES = (0.2, 1.0, 3.0, 10.0)
# What is left of 100 after drawing: probing and stills.
GENERATE_SHARE = 0.95


@dataclass(slots=True)
class Attempt:
    """The Report that a backend speaks to."""

    task: Task
    ledger: Ledger
    work: asyncio.Task[None] | None = None
    percent: float = 0.0
    written: int = 0
    stop_reason: str | None = None
    unwanted: bool = False
    reported_at: float = field(default_factory=time.monotonic)
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    upstream_ids: list[str] = field(default_factory=list[str])

    def progress(self, percent: float) -> None:
        """Note how far the work is; the watch writes it to the row."""
        self.percent = max(self.percent, min(100.0, percent) * GENERATE_SHARE)

    def note(self, **facts: Any) -> None:
        """Keep facts for the task's metadata, however the task ends."""
        self.facts.update(facts)

    async def known(self, step: str) -> str | None:
        """Give the upstream's id of a call that an earlier attempt made."""
        calls = await self.ledger.calls(self.task.id)
        found = next((one.upstream_id for one in calls if one.step == step), None)
        return self._mine(found) if found else None

    async def once(self, step: str, post: Callable[[], Awaitable[str]], *, idempotent: bool = False) -> str:
        """Make a paid call at most once in the task's life and give the upstream's id for it."""
        calling = asyncio.create_task(self._call(step, post, idempotent=idempotent))
        try:
            return await asyncio.shield(calling)
        except asyncio.CancelledError:
            # What is on its way is paid for: its id must reach the ledger before this attempt may end.
            self.unwanted = True
            await asyncio.wait([calling])
            if not calling.cancelled():
                calling.exception()
            raise

    async def _call(self, step: str, post: Callable[[], Awaitable[str]], *, idempotent: bool) -> str:
        known = await self.ledger.claim(self.task.id, self.task.attempt, step)
        if known is not None and known.upstream_id is not None:
            return self._mine(known.upstream_id)
        if known is not None and not idempotent:
            raise SubmissionUnknown
        if self.unwanted:
            # Stopped between the claim and the call: nothing was sent.
            if known is None:
                await self.ledger.release(self.task.id, self.task.attempt, step)
            raise Cancelled
        return self._mine(await self._send(step, post, idempotent=idempotent, first=known is None))

    def _mine(self, upstream_id: str) -> str:
        if upstream_id not in self.upstream_ids:
            self.upstream_ids.append(upstream_id)
        return upstream_id

    async def _send(self, step: str, post: Callable[[], Awaitable[str]], *, idempotent: bool, first: bool) -> str:
        try:
            upstream_id = await post()
        except SubmissionUnknown as unknown:
            if idempotent:
                raise Unavailable("The connection to the upstream broke; it will be asked again.") from unknown
            raise
        except (Unavailable, Rejected):
            if first:
                await self.ledger.release(self.task.id, self.task.attempt, step)
            raise
        except Exception as error:
            log.exception("a paid call ended without an answer", task=str(self.task.id), step=step)
            raise SubmissionUnknown from error
        await self._keep(step, upstream_id)
        return upstream_id

    async def _keep(self, step: str, upstream_id: str) -> None:
        """Write down what was paid for, and not give up at the first try: a database may be away for a moment."""
        for pause in (*KEEP_PAUSES, None):
            try:
                return await self.ledger.accept(self.task.id, step, upstream_id)
            except Exception:
                # Whatever the driver raises, the id must not be lost with it: the log is the last resort.
                log.exception("an accepted call is not kept yet", task=str(self.task.id), upstream_id=upstream_id)
                if pause is None:
                    raise SubmissionUnknown from None
                await asyncio.sleep(pause)
        return None
