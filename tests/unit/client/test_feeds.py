"""Following all videos: deletions, and nothing missed between a list and the stream."""

from __future__ import annotations

import json
from itertools import islice

import httpx2
import pytest

from grok_video.cli.browse import _watch_live
from grok_video.client import AsyncGrokVideo

from .test_client import EVENTS, VIDEO, at, client

DELETED = 'event: deleted\nid: 8\ndata: {"id": "video_1", "object": "video.deleted", "deleted": true}\n\n'


def test_deletions_are_events_for_those_who_ask() -> None:
    text = f"{DELETED}event: task\nid: 9\ndata: {json.dumps(at('queued', 0))}\n\n"

    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, text=text, headers=EVENTS)

    with client(handler) as api:
        assert next(api.events()).raw["event"] == "9"
        deleted, queued = islice(api.events(deletions=True), 2)
    assert (deleted.id, deleted.status, deleted.raw["event"], deleted.done) == ("video_1", "deleted", "8", False)
    assert (queued.status, queued.raw["event"]) == ("queued", "9")


def test_the_number_of_the_newest_event_is_what_an_open_stream_begins_with() -> None:
    requested: list[str | None] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        requested.append(request.headers.get("last-event-id"))
        if len(requested) == 1:
            return httpx2.Response(503)
        return httpx2.Response(200, text=": open\nid: 7\n\n", headers=EVENTS)

    with client(handler) as api:
        assert api.last_event() == "7"
    assert requested == [None, None]


@pytest.mark.anyio
async def test_the_asynchronous_client_follows_in_the_same_way() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        text = DELETED if request.headers.get("last-event-id") else ": open\nid: 7\n\n"
        return httpx2.Response(200, text=text, headers=EVENTS)

    async with AsyncGrokVideo("http://test/v1", "key", transport=httpx2.MockTransport(handler)) as api:
        assert await api.last_event() == "7"
        async for video in api.events(after="7", deletions=True):
            assert (video.id, video.status) == ("video_1", "deleted")
            break


def test_watching_asks_for_the_newest_event_before_it_lists() -> None:
    asked: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        last = request.headers.get("last-event-id")
        asked.append(request.url.path.rpartition("/")[2] + (f" after {last}" if last else ""))
        if not request.url.path.endswith("/events"):
            return httpx2.Response(200, json={"data": [VIDEO], "has_more": False})
        if last:
            raise KeyboardInterrupt
        return httpx2.Response(200, text=": open\nid: 7\n\n", headers=EVENTS)

    with client(handler) as api, pytest.raises(KeyboardInterrupt):
        _watch_live(api)
    assert asked == ["events", "videos", "events after 7"]
