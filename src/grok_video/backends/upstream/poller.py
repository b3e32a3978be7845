"""One poll loop for any number of waiting jobs: adaptive, jittered, with a limit of polls per second."""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from ...domain.errors import BackendAuth, BackendQuota, GrokVideoError, Unavailable, UpstreamTimedOut

# Consecutive polls that may fail before the failure is final.
PATIENCE = 5
GROWTH = 1.25
JITTER = 0.2


@dataclass(frozen=True, slots=True)
class JobState:
    """The state of an upstream's job; `percent` is None if the upstream does not report it.

    `preview` is an image of the unfinished video if there is a new one.
    """

    done: bool
    percent: float | None = None
    body: Any = None
    preview: bytes | None = None


@dataclass(slots=True)
class _Waiting:
    upstream_id: str
    progress: Callable[[float], None]
    preview: Callable[[bytes], None]
    ended: asyncio.Future[JobState]
    began: float
    until: float
    polls: int = 0
    failures: int = 0
    reason: GrokVideoError | None = None
    percent: float = field(default=0.0)


class Poller:
    """Polls jobs until each is done.

    `poll` returns a job's state. If it raises Unavailable, the job is polled again; any other error is raised after
    PATIENCE consecutive ones. `first` and `longest` bound the pause between two polls of a job, in seconds.
    `per_second` bounds the polls of all jobs, `concurrency` those in flight.
    """

    def __init__(
        self,
        poll: Callable[[str], Awaitable[JobState]],
        *,
        per_second: float = 100.0,
        first: float = 1.0,
        longest: float = 10.0,
        concurrency: int = 32,
    ) -> None:
        self._poll = poll
        self._gap = 1.0 / per_second
        self._first, self._longest = first, longest
        self._slots = asyncio.Semaphore(concurrency)
        self._due: list[tuple[float, int, _Waiting]] = []
        self._number = 0
        self._woken = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._polling: set[asyncio.Task[None]] = set()

    async def follow(
        self,
        upstream_id: str,
        progress: Callable[[float], None],
        *,
        seconds: float,
        preview: Callable[[bytes], None] = lambda _: None,
    ) -> JobState:
        """Wait for a job's end and return its last state; raise UpstreamTimedOut after `seconds`."""
        now = time.monotonic()
        ended: asyncio.Future[JobState] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(upstream_id, progress, preview, ended, now, now + seconds)
        self._schedule(waiting, self._first * random.uniform(0.2, 1.0))
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._run())
        return await ended

    def _schedule(self, waiting: _Waiting, pause: float) -> None:
        self._number += 1
        heapq.heappush(self._due, (time.monotonic() + pause, self._number, waiting))
        self._woken.set()

    async def _run(self) -> None:
        while self._due or self._polling:
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
            await self._slots.acquire()
            polling = asyncio.create_task(self._poll_job(waiting))
            self._polling.add(polling)
            polling.add_done_callback(self._polled)
            await asyncio.sleep(self._gap)

    def _polled(self, polling: asyncio.Task[None]) -> None:
        self._polling.discard(polling)
        self._slots.release()
        self._woken.set()

    async def _poll_job(self, waiting: _Waiting) -> None:
        pause = self._longest
        try:
            state = await self._poll(waiting.upstream_id)
            waiting.failures, waiting.reason = 0, None
            waiting.polls += 1
            if state.done:
                return _end(waiting, state)
            if state.percent is not None and state.percent > waiting.percent:
                waiting.percent = state.percent
                waiting.progress(state.percent)
            if state.preview is not None:
                waiting.preview(state.preview)
            pause = self._pause(waiting)
        except Unavailable as unavailable:
            pause = max(self._longest, unavailable.retry_after or 0)
        except (BackendAuth, BackendQuota) as account:
            # The operator can fix this, and the job is paid for already: keep polling until its time is over.
            waiting.reason = account
        except Exception as error:
            # An error of any kind may be temporary.
            waiting.failures += 1
            if waiting.failures >= PATIENCE:
                return _end(waiting, error)
            pause = min(self._longest, self._first * 2**waiting.failures)
        if time.monotonic() > waiting.until:
            return _end(waiting, waiting.reason or UpstreamTimedOut())
        return self._schedule(waiting, pause * random.uniform(1 - JITTER, 1 + JITTER))

    def _pause(self, waiting: _Waiting) -> float:
        """Return the next pause: it grows, but leaves a few polls for the estimated rest of the job."""
        pause = self._first * GROWTH**waiting.polls if waiting.polls < 40 else self._longest
        if waiting.percent >= 5:
            left = (time.monotonic() - waiting.began) * (100 - waiting.percent) / waiting.percent
            pause = min(pause, max(self._first, left / 4))
        return min(pause, self._longest)

    async def close(self) -> None:
        """Stop polling."""
        running = [task for task in (self._loop, *self._polling) if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _end(waiting: _Waiting, end: JobState | Exception) -> None:
    if waiting.ended.done():
        return
    if isinstance(end, JobState):
        waiting.ended.set_result(end)
    else:
        waiting.ended.set_exception(end)
