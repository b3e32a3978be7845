"""Unfinished tasks per address, counted by this process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from ..domain.errors import RateLimited, VideoNotFound
from ..service import VideoService

MAX_ADDRESSES = 10_000


@dataclass(slots=True)
class _Counted:
    """The tasks of an address, and the places that requests hold for new ones."""

    tasks: set[UUID] = field(default_factory=set[UUID])
    held: int = 0

    @property
    def number(self) -> int:
        """The number of tasks, those to come included."""
        return len(self.tasks) + self.held


class TaskLimits:
    """Bounds the unfinished tasks that came from one address, whatever their keys; None is no bound."""

    def __init__(self, service: VideoService, per_address: int | None) -> None:
        self._service = service
        self._per_address = per_address
        self._addresses: OrderedDict[str, _Counted] = OrderedDict()

    @asynccontextmanager
    async def place(self, address: str | None) -> AsyncGenerator[Callable[[UUID], None]]:
        """Hold a place for a new task of an address during the block; call what it gives with the task's id.

        Raises RateLimited if the address has as many unfinished tasks as it may have.
        """
        if self._per_address is None or address is None:
            yield lambda _: None
            return
        counted = self._addresses.setdefault(address, _Counted())
        self._addresses.move_to_end(address)
        if len(self._addresses) > MAX_ADDRESSES:
            self._addresses.popitem(last=False)
        if counted.number >= self._per_address:
            for task_id in list(counted.tasks):
                if await self._ended(task_id):
                    counted.tasks.discard(task_id)
        if counted.number >= self._per_address:
            raise RateLimited(
                f"Your address has {counted.number} unfinished videos; at most {self._per_address} are allowed.",
                retry_after=10,
            )
        # Counted at once, so that parallel requests do not all find the same place.
        counted.held += 1
        try:
            yield counted.tasks.add
        finally:
            counted.held -= 1

    async def _ended(self, task_id: UUID) -> bool:
        """Check whether a task has ended or was deleted."""
        try:
            return (await self._service.get_signed(task_id)).status.final
        except VideoNotFound:
            return True
