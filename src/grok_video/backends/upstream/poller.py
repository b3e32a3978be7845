"""One poll loop for any number of waiting tasks: adaptive, jittered, within a budget of looks per second."""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from ...domain.errors import BackendAuth, BackendQuota, GrokVideoError, Unavailable, UpstreamTimedOut

# Looks in a row that may fail for a reason of the upstream's own before that reason is believed.
PATIENCE = 5
GROWTH = 1.25
JITTER = 0.2


@dataclass(frozen=True, slots=True)
class State:
    """What a look at an upstream's job showed; `percent` is None where it does not say."""

    done: bool
    percent: float | None = None
    body: Any = None


@dataclass(slots=True)
class _Waiting:
    upstream_id: str
    progress: Callable[[float], None]
    ended: asyncio.Future[State]
    began: float
    until: float
    looks: int = 0
    failures: int = 0
    reason: GrokVideoError | None = None
    percent: float = field(default=0.0)


class Poller:
    """Looks at jobs until each is done.

    `look` gives a job's state; when it raises Unavailable the job is looked at again, any other error counts
    and is raised after PATIENCE of them in a row. `first` and `longest` bound the pause between looks at a
    job in seconds; `per_second` bounds the looks at all of them, `at_once` those under way.
    """

    def __init__(
        self,
        look: Callable[[str], Awaitable[State]],
        *,
        per_second: float = 100.0,
        first: float = 1.0,
        longest: float = 10.0,
        at_once: int = 32,
    ) -> None:
        self._look = look
        self._gap = 1.0 / per_second
        self._first, self._longest = first, longest
        self._places = asyncio.Semaphore(at_once)
        self._due: list[tuple[float, int, _Waiting]] = []
        self._number = 0
        self._woken = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._looking: set[asyncio.Task[None]] = set()

    async def follow(self, upstream_id: str, progress: Callable[[float], None], *, seconds: float) -> State:
        """Wait for a job's end; raise UpstreamTimedOut after so many seconds."""
        now = time.monotonic()
        ended: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(upstream_id, progress, ended, now, now + seconds)
        self._plan(waiting, self._first * random.uniform(0.2, 1.0))
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._run())
        return await ended

    def _plan(self, waiting: _Waiting, pause: float) -> None:
        self._number += 1
        heapq.heappush(self._due, (time.monotonic() + pause, self._number, waiting))
        self._woken.set()

    async def _run(self) -> None:
        while self._due or self._looking:
            self._woken.clear()
            now = time.monotonic()
            if not self._due or self._due[0][0] > now:
                pause = self._due[0][0] - now if self._due else self._longest
                try:
                    async with asyncio.timeout(pause):
                        await self._woken.wait()
                except TimeoutError:
                    pass
                continue
            waiting = heapq.heappop(self._due)[2]
            if waiting.ended.done():
                continue
            await self._places.acquire()
            looking = asyncio.create_task(self._look_at(waiting))
            self._looking.add(looking)
            looking.add_done_callback(self._looked)
            await asyncio.sleep(self._gap)

    def _looked(self, looking: asyncio.Task[None]) -> None:
        self._looking.discard(looking)
        self._places.release()
        self._woken.set()

    async def _look_at(self, waiting: _Waiting) -> None:
        pause = self._longest
        try:
            state = await self._look(waiting.upstream_id)
            waiting.failures, waiting.reason = 0, None
            waiting.looks += 1
            if state.done:
                return _end(waiting, state)
            if state.percent is not None and state.percent > waiting.percent:
                waiting.percent = state.percent
                waiting.progress(state.percent)
            pause = self._pause(waiting)
        except Unavailable as away:
            pause = max(self._longest, away.retry_after or 0)
        except (BackendAuth, BackendQuota) as ours:
            # The operator's to mend, and what is waited for is paid already: not given up before its time.
            waiting.reason = ours
        except Exception as error:
            # Of whatever kind, it may be the upstream's bad moment.
            waiting.failures += 1
            if waiting.failures >= PATIENCE:
                return _end(waiting, error)
            pause = min(self._longest, self._first * 2**waiting.failures)
        if time.monotonic() > waiting.until:
            return _end(waiting, waiting.reason or UpstreamTimedOut())
        return self._plan(waiting, pause * random.uniform(1 - JITTER, 1 + JITTER))

    def _pause(self, waiting: _Waiting) -> float:
        """Look ever more rarely, but a few times in what seems to be left."""
        pause = self._first * GROWTH**waiting.looks if waiting.looks < 40 else self._longest
        if waiting.percent >= 5:
            left = (time.monotonic() - waiting.began) * (100 - waiting.percent) / waiting.percent
            pause = min(pause, max(self._first, left / 4))
        return min(pause, self._longest)

    async def close(self) -> None:
        """Stop looking."""
        for one in (self._loop, *self._looking):
            if one is not None:
                one.cancel()
        await asyncio.gather(*[one for one in (self._loop, *self._looking) if one], return_exceptions=True)


def _end(waiting: _Waiting, end: State | Exception) -> None:
    if waiting.ended.done():
        return
    if isinstance(end, State):
        waiting.ended.set_result(end)
    else:
        waiting.ended.set_exception(end)
