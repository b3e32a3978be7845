"""How both clients wait: by the event stream, and where there is none, by long polls."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2

from .calls import Call, given, path_of
from .errors import WaitTimeout
from .video import OnChange, Video

LONG_POLL_SECONDS = 20.0
# The server says something at least every 15 seconds; a stream that is silent for longer is dead.
SILENCE_SECONDS = 25.0
STREAM = Call("GET", "/events", params={"queue": "true"}, headers={"Accept": "text/event-stream"})


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream, with its number if it has one."""

    name: str
    body: Any
    id: str | None = None


class EventReader:
    """Puts a stream's text together: lines end at line feeds alone, whatever else Unicode knows."""

    def __init__(self, last_id: str | None = None) -> None:
        self.last_id = last_id
        self._rest = ""
        self._lines: list[str] = []

    def feed(self, text: str) -> Iterator[Event]:
        """Take the next piece of text; give the events that it completes."""
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
        """Forget what was begun: a new stream begins with a whole event."""
        self._rest, self._lines = "", []


def is_stream(answer: httpx2.Response) -> bool:
    """Tell whether an answer is a stream of events."""
    return answer.status_code == 200 and answer.headers.get("content-type", "").startswith("text/event-stream")


def following_from(after: str | None) -> Call:
    """Ask for the stream, from after an event's number on."""
    return Call("GET", "/events", headers=given(**{"Accept": "text/event-stream", "Last-Event-ID": after}))


class Wait:
    """One wait: what was seen, what was told, and how long it may last."""

    def __init__(self, video_id: str, timeout: float | None, on_change: OnChange | None) -> None:
        self._asked = video_id
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._on_change = on_change
        self._told: Video | None = None
        self._reader = EventReader()

    @property
    def long(self) -> bool:
        """Tell whether there is time enough for a stream, which may be silent for a while."""
        return self._left() > SILENCE_SECONDS

    def poll(self) -> Call:
        """Ask for the next change, as long as the wait still lasts."""
        seconds = max(0.0, min(self._left(), LONG_POLL_SECONDS))
        return Call("GET", path_of(self._asked), params={"wait": f"{seconds:.2f}"})

    def look(self) -> Call:
        """Ask how it is now."""
        return Call("GET", path_of(self._asked))

    def see(self, video: Video) -> bool:
        """Take a state in; tell whether it is the last one."""
        self._tell(video)
        return video.done

    def expire(self) -> None:
        """Raise WaitTimeout when the time is over."""
        if self._left() <= 0 and self._told is not None:
            video = self._told
            raise WaitTimeout(f"{video.id} is still {video.status} ({video.progress} %); the task goes on.")

    def hear(self, text: str) -> Video | None:
        """Take a piece of the stream in; give the video when the stream says that it has ended."""
        for event in self._reader.feed(text):
            if self._told is None:
                return None
            if event.name == "queue":
                place = next((one for one in event.body if _same(one["id"], self._told.id)), None)
                self._tell(
                    replace(self._told, position=place and place["position"], eta=place and place["eta_seconds"])
                )
            elif event.name == "task" and event.body["id"] == self._told.id:
                video = Video.of(event.body)
                self._tell(video if video.done else replace(video, position=None, eta=self._told.eta))
                if video.done:
                    return video
        return None

    def _left(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()

    def _tell(self, video: Video) -> None:
        if self._on_change is not None and video != self._told:
            self._on_change(video)
        self._told = video


def _fields(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        name, _, value = line.partition(":")
        if name:
            yield name, value.removeprefix(" ")


def _same(one: str, other: str) -> bool:
    return one.replace("-", "")[-32:] == other.replace("-", "")[-32:]
