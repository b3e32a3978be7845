"""How both clients follow all videos: over a stream that is resumed where it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic

import httpx2

from .calls import RETRIES, Call, may_retry, pause
from .errors import error_of, unreachable
from .video import AnyVideo
from .waiting import EventReader, events_after, is_stream

LONGEST_PAUSE = 8.0
# What a video that no longer exists has in place of its state.
GONE: Mapping[str, Any] = {"status": "deleted", "progress": 0, "model": "", "seconds": "", "size": ""}


class Feed(Generic[AnyVideo]):
    """Where the stream of events ended, and how long there has been none.

    `video_of` returns the client's video of a response body. With `deletions`, videos that were deleted are events too.
    """

    def __init__(
        self, base_url: str, video_of: Callable[[Mapping[str, Any]], AnyVideo], *, after: str | None, deletions: bool
    ) -> None:
        self._base_url = base_url
        self._video_of = video_of
        self._deletions = deletions
        self._reader = EventReader(after)
        self._failures = 0
        self._opened = False

    def call(self) -> Call:
        """Return the request for what comes after the last event."""
        self._reader.restart()
        return events_after(self._reader.last_id)

    def accepts(self, response: httpx2.Response) -> bool:
        """Check whether a response is the stream."""
        if is_stream(response):
            self._failures, self._opened = 0, True
            return True
        return False

    def videos(self, text: str) -> Iterator[AnyVideo]:
        """Yield the videos that a piece of the stream tells of."""
        for event in self._reader.feed(text):
            if event.name == "task":
                yield self._video_of({**event.body, "event": event.id})
            elif event.name == "deleted" and self._deletions:
                yield self._video_of({**GONE, **event.body, "event": event.id})

    def number(self, text: str) -> str | None:
        """Return the number of the last event up to a piece of the stream; an open stream begins with one."""
        for _ in self._reader.feed(text):
            pass
        return self._reader.last_id

    def check(self, response: httpx2.Response) -> None:
        """Raise the error of a response that is no stream, unless it is worth another attempt."""
        if not may_retry(response, 0 if self._opened else self._failures):
            raise error_of(response)

    def check_lost(self, error: httpx2.TransportError) -> None:
        """Raise ConnectionFailed if there never was a server; wait for one that restarts."""
        if not self._opened and self._failures == RETRIES:
            raise unreachable(self._base_url, error) from None

    def pause(self) -> float:
        """Return how many seconds to wait before the next attempt."""
        self._failures += 1
        return min(pause(None, self._failures - 1), LONGEST_PAUSE)
