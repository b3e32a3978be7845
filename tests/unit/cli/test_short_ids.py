"""Shortened ids: what they mean, and when they mean nothing."""

from __future__ import annotations

import httpx2
import pytest
import typer

from grok_video.cli.short_ids import whole_id
from grok_video.client import GrokVideo, GrokVideoError

FIRST, SECOND = "video_ab" + "0" * 30, "grok:ab000000-0000-4000-8000-000000000000"


def client(*ids: str) -> GrokVideo:
    def handler(request: httpx2.Request) -> httpx2.Response:
        page = [] if "after" in request.url.params else ids
        raw = {"status": "queued", "progress": 0, "model": "m", "seconds": "1", "size": "720P", "prompt": "a cat"}
        return httpx2.Response(200, json={"data": [{**raw, "id": id} for id in page]})

    return GrokVideo("http://test", "key", transport=httpx2.MockTransport(handler))


def test_a_whole_id_is_sent_as_it_is() -> None:
    with client() as api:
        for text in (FIRST, SECOND, FIRST.removeprefix("video_"), "not an id", "../keys", "video_"):
            assert whole_id(api, text) == text


def test_a_beginning_finds_its_video_in_either_form() -> None:
    with client(FIRST, SECOND) as api:
        for text in ("ab000000000000000", "video_ab000000000000000", "AB000000-0000-0000-0"):
            assert whole_id(api, text) == FIRST
        assert whole_id(api, "grok:ab000000-0000-4") == SECOND
        assert whole_id(api, "@last") == FIRST


def test_several_and_none_are_errors() -> None:
    with client(FIRST, SECOND) as api:
        with pytest.raises(typer.BadParameter, match=r"2 videos begin with ab;(?s:.*)a cat"):
            whole_id(api, "ab")
        with pytest.raises(GrokVideoError, match="begins with ff"):
            whole_id(api, "ff")
    with client() as api, pytest.raises(GrokVideoError, match="no video yet"):
        whole_id(api, "@last")
