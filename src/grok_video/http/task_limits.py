"""Unfinished tasks per address, counted by this process."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

from ..domain.errors import RateLimited, VideoNotFound
from ..service import VideoService

MAX_ADDRESSES = 10_000


class TaskLimits:
    """Bounds the unfinished tasks that came from one address, whatever their keys; None is no bound."""

    def __init__(self, service: VideoService, per_address: int | None) -> None:
        self._service = service
        self._per_address = per_address
        self._tasks: OrderedDict[str, set[UUID]] = OrderedDict()

    async def check(self, address: str | None) -> None:
        """Raise RateLimited if an address has as many unfinished tasks as it may have."""
        if self._per_address is None or address is None:
            return
        tasks = self._tasks.get(address, set[UUID]())
        if len(tasks) >= self._per_address:
            for task_id in list(tasks):
                if await self._ended(task_id):
                    tasks.discard(task_id)
        if len(tasks) >= self._per_address:
            raise RateLimited(
                f"Your address has {len(tasks)} unfinished videos; at most {self._per_address} are allowed.",
                retry_after=10,
            )

    def accepted(self, address: str | None, task_id: UUID) -> None:
        """Count a new task."""
        if self._per_address is None or address is None:
            return
        self._tasks.setdefault(address, set()).add(task_id)
        self._tasks.move_to_end(address)
        if len(self._tasks) > MAX_ADDRESSES:
            self._tasks.popitem(last=False)

    async def _ended(self, task_id: UUID) -> bool:
        try:
            return (await self._service.get_signed(task_id)).status.final
        except VideoNotFound:
            return True
