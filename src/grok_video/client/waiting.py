"""How both clients wait: over the event stream, or with long polls if there is no stream."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic

import httpx2

from .calls import Call, path_of, without_none
from .errors import WaitTimeout
from .video import AnyVideo

LONG_POLL_SECONDS = 20.0
# The server sends something at least every 15 seconds; a stream that is silent for longer is dead.
SILENCE_SECONDS = 25.0
STREAM = Call("GET", "/events", params={"queue": "true"}, headers={"Accept": "text/event-stream"})


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream, with its id if it has one."""

    name: str
    body: Any
    id: str | None = None


class EventReader:
    """Parses a stream's text into events; only line feeds end a line, no other Unicode line separator."""

    def __init__(self, last_id: str | None = None) -> None:
        self.last_id = last_id
        self._rest = ""
        self._lines: list[str] = []

    def feed(self, text: str) -> Iterator[Event]:
        """Yield the events that the next piece of text completes."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line := line.removesuffix("\r"):
                self._lines.append(line)
                continue
            fields = dict(_fields(self._lines))
            self._lines = []
            self.last_id = fields.get("id", self.last_id)
            if "data" in fields:
                yield Event(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id"))

    def restart(self) -> None:
        """Discard a partial event: a new stream begins with a whole one."""
        self._rest, self._lines = "", []


def is_stream(response: httpx2.Response) -> bool:
    """Check whether a response is an event stream."""
    return response.status_code == 200 and response.headers.get("content-type", "").startswith("text/event-stream")


def events_after(after: str | None) -> Call:
    """Return the request for the event stream, starting after an event's id."""
    return Call("GET", "/events", headers=without_none(**{"Accept": "text/event-stream", "Last-Event-ID": after}))


class Wait(Generic[AnyVideo]):
    """One wait: the last state, the callback for changes, and the remaining time.

    `video_of` returns the client's video of a response body.
    """

    def __init__(
        self,
        video_id: str,
        timeout: float | None,
        on_change: Callable[[AnyVideo], None] | None,
        video_of: Callable[[Mapping[str, Any]], AnyVideo],
    ) -> None:
        self._video_id = video_id
        self._video_of = video_of
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._on_change = on_change
        self._last: AnyVideo | None = None
        self._reader = EventReader()

    @property
    def can_stream(self) -> bool:
        """Whether there is time for a stream, which may be silent for a while."""
        return self._left() > SILENCE_SECONDS

    def poll(self) -> Call:
        """Return a long poll for the next change, no longer than the time that is left."""
        seconds = max(0.0, min(self._left(), LONG_POLL_SECONDS))
        return Call("GET", path_of(self._video_id), params={"wait": f"{seconds:.2f}", "until": "change"})

    def read(self) -> Call:
        """Return the request for the current state."""
        return Call("GET", path_of(self._video_id))

    def update(self, video: AnyVideo) -> bool:
        """Take in a state; return whether the video has ended."""
        self._report(video)
        return video.done

    def expire(self) -> None:
        """Raise WaitTimeout if the time is over."""
        if self._left() <= 0 and self._last is not None:
            video = self._last
            raise WaitTimeout(f"{video.id} is still {video.status} ({video.progress} %); the task continues.")

    def feed(self, text: str) -> AnyVideo | None:
        """Take in a piece of the stream; return the video if it has ended."""
        for event in self._reader.feed(text):
            if self._last is None:
                return None
            if event.name == "queue":
                position = next((entry for entry in event.body if _same(entry["id"], self._last.id)), None)
                self._report(
                    replace(
                        self._last,
                        position=position and position["position"],
                        eta=position and position["eta_seconds"],
                    )
                )
            elif event.name == "task" and event.body["id"] == self._last.id:
                video = self._video_of(event.body)
                self._report(video if video.done else replace(video, position=None, eta=self._last.eta))
                if video.done:
                    return video
        return None

    def _left(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()

    def _report(self, video: AnyVideo) -> None:
        if self._on_change is not None and video != self._last:
            self._on_change(video)
        self._last = video


def _fields(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        name, _, value = line.partition(":")
        if name:
            yield name, value.removeprefix(" ")


def _same(first: str, second: str) -> bool:
    return first.replace("-", "")[-32:] == second.replace("-", "")[-32:]
