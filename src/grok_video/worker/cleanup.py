"""Deleting what is older than it may be, and the oldest when there is too much; keeping the search's words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

import structlog

from ..domain.media import UPLOAD_SECONDS, UPLOADS, all_keys
from ..ports import RetentionStore, SearchIndex, Storage, TaskStore

log = structlog.get_logger()

ROUND_SECONDS = 5.0
# Measuring looks at every file.
MEASURE_SECONDS = 60.0
PAGE = 100
# Tasks removed before the next measure of how much is left to remove.
BATCH = 10
# How long event streams that resume are told of a deletion.
DELETION_SECONDS = 7 * 24 * 3600.0


class Cleanup:
    """Deletes uploaded files and the files of expired tasks, later their rows, and the oldest files beyond a capacity.

    `lifetime` and `forget_after` are in seconds, None for unlimited; `forget_after` counts from the expiry. Several
    processes may do this at once: every step can be repeated.
    """

    def __init__(
        self,
        *,
        retention: RetentionStore,
        tasks: TaskStore,
        storage: Storage,
        index: SearchIndex,
        lifetime: float | None,
        forget_after: float,
        max_bytes: int | None,
    ) -> None:
        self._retention = retention
        self._tasks = tasks
        self._storage = storage
        self._index = index
        self._lifetime = lifetime
        self._forget_after = forget_after
        self._max_bytes = max_bytes
        self._measured_at = -MEASURE_SECONDS

    async def watch(self) -> None:
        """Delete what is due and index what is new, again and again, until cancelled."""
        while True:
            try:
                await self.delete_due()
                while await self._index.add_new():
                    pass
            except Exception:
                # The database or disk may be unavailable for a moment; the next round tries again.
                log.exception("cleanup failed")
            await asyncio.sleep(ROUND_SECONDS)

    async def delete_due(self) -> None:
        """Delete what is due now."""
        if self._lifetime is not None:
            await self._retention.set_lifetime(self._lifetime)
        now = time.time()
        for owner in await self._storage.older_than(UPLOADS, now + 60):
            for key in await self._storage.older_than(owner, now - UPLOAD_SECONDS):
                await self._storage.delete(key)
        while expired := await self._retention.list_expired(now, limit=PAGE):
            marked = await self._retention.mark_files_deleted(expired, now)
            if not marked:
                # Kept or needed since they were listed.
                break
            freed = await self._delete_files(marked)
            log.info("deleted expired videos", videos=len(marked), mebibytes=freed >> 20)
        while forgotten := await self._retention.list_forgettable(now - self._forget_after, limit=PAGE):
            # Again, in case that a process died between marking the row and deleting the files.
            await self._delete_files(forgotten)
            for task_id in forgotten:
                await self._tasks.delete(task_id)
        await self._tasks.forget_deletions(now - DELETION_SECONDS)
        if self._max_bytes is not None and time.monotonic() - self._measured_at >= MEASURE_SECONDS:
            await self._make_room(self._max_bytes)
            self._measured_at = time.monotonic()

    async def _make_room(self, max_bytes: int) -> None:
        used = await self._storage.usage()
        while used > max_bytes and (oldest := await self._retention.list_oldest(limit=BATCH)):
            for task_id in oldest:
                if used <= max_bytes:
                    break
                if marked := await self._retention.mark_files_deleted([task_id], time.time()):
                    freed = await self._delete_files(marked)
                    log.info("deleted the oldest video beyond max_storage_mib", task=str(task_id), bytes=freed)
                    used -= freed

    async def _delete_files(self, task_ids: Sequence[UUID]) -> int:
        return sum([await self._storage.delete(key) for task_id in task_ids for key in all_keys(task_id)])
