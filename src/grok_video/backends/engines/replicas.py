"""The replicas of an engine: which model they serve, which one takes a call, and which one a job is on."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

import structlog

from ...domain.errors import GrokVideoError, Unavailable, UpstreamDown, UpstreamLost
from ..upstream.api import Api
from ..upstream.files import Files

log = structlog.get_logger()

# Between a replica's URL and the engine's id of a job.
AT = "#"
ASK_SECONDS = 8.0


@dataclass(slots=True)
class Replica:
    """One server of the engine; `model` is None until it has said what it serves, which `model_of` asks."""

    api: Api
    model_of: Callable[[Api], Awaitable[str]]
    files: Files
    model: str | None = None
    problem: str | None = "It has not answered yet."
    asked_at: float = float("-inf")
    waiting: int = 0

    async def ask(self) -> None:
        """Ask which model it serves, and note what is wrong if it does not say."""
        self.asked_at = time.monotonic()
        try:
            async with asyncio.timeout(ASK_SECONDS):
                self.model, self.problem = await self.model_of(self.api), None
        except GrokVideoError as error:
            self.problem = error.message
            log.warning("a replica does not answer", replica=self.api.base_url, reason=error.message)
        except TimeoutError:
            self.problem = "It does not respond; it may be loading its model."


class Replicas:
    """All replicas; calls go to the ones that serve `wanted`, or the model that most of them serve.

    One that is not known well is asked again after `ask_seconds`.
    """

    def __init__(self, replicas: Sequence[Replica], wanted: str | None = None, *, ask_seconds: float = 15.0) -> None:
        self.all = tuple(replicas)
        self.ask_seconds = ask_seconds
        self._wanted = wanted
        self._asking = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    @property
    def model(self) -> str | None:
        """The model that calls are for, or None as long as no replica has answered."""
        counts = Counter(replica.model for replica in self.all if replica.model is not None)
        return self._wanted or (counts.most_common(1)[0][0] if counts else None)

    async def ask(self) -> None:
        """Ask every replica that has not been asked lately."""
        async with self._asking:
            due = time.monotonic() - self.ask_seconds
            await asyncio.gather(*[replica.ask() for replica in self.all if replica.asked_at < due])

    def _ask_in_background(self) -> None:
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self.ask())

    def problems(self) -> list[str]:
        """Return what is wrong, a sentence for each replica that takes no calls; by number, without addresses."""
        found: list[str] = []
        for number, replica in enumerate(self.all, 1):
            name = f"Replica {number}: " if len(self.all) > 1 else ""
            if replica.problem:
                found.append(f"{name}{replica.problem}")
            elif replica.model != self.model:
                found.append(f"{name}It serves {replica.model}, not {self.model}.")
        return found

    def _able(self, model: str | None) -> list[Replica]:
        able = [replica for replica in self.all if replica.problem is None and replica.model == model]
        return sorted(able, key=lambda replica: replica.waiting)

    async def choose(self, model: str | None) -> Replica:
        """Return the replica with the fewest waiting jobs of this process that serves a model and can take a call.

        Raises UpstreamDown if none answers that may serve it, and Unavailable if all that there are serve others.
        """
        if self._able(model):
            self._ask_in_background()
        else:
            await self.ask()
        down: UpstreamDown | None = None
        for replica in self._able(model):
            try:
                await replica.api.gate.check()
                return replica
            except UpstreamDown as error:
                down = down if down and (down.retry_after or 0) <= (error.retry_after or 0) else error
        if down is not None:
            raise down
        if all(replica.problem is None for replica in self.all):
            raise Unavailable(" ".join(self.problems()))
        raise UpstreamDown(" ".join(self.problems()), retry_after=ceil(self.ask_seconds))

    def of(self, job_id: str) -> tuple[Replica, str]:
        """Return the replica that has a job, and the engine's id of it; raise UpstreamLost if it is not used now."""
        url, _, engine_id = job_id.partition(AT)
        for replica in self.all:
            if replica.api.base_url == url:
                return replica, engine_id
        raise UpstreamLost("The job is on a replica of the engine that is no longer configured.")

    @staticmethod
    def job_id(replica: Replica, engine_id: str) -> str:
        """Return an id that says which replica a job is on."""
        return f"{replica.api.base_url}{AT}{engine_id}"

    @contextmanager
    def waiting_on(self, replica: Replica) -> Generator[None]:
        """Count a call as waiting on a replica."""
        replica.waiting += 1
        try:
            yield
        finally:
            replica.waiting -= 1

    async def close(self) -> None:
        """Close the connections."""
        if self._refreshing is not None:
            self._refreshing.cancel()
        for replica in self.all:
            await replica.api.close()
