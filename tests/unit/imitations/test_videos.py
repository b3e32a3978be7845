"""The imitation of xAI: videos and what may go wrong with fetching them."""

from __future__ import annotations

import time
from pathlib import Path

import av
import httpx2
import pytest

from tests.imitations.xai import Job, XaiImitation
from tests.imitations.xai_rules import V15, Order
from tests.imitations.xai_videos import render

from .helpers import TEXT, accepted, address, film, frames


def test_ranges(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    whole = film(xai, api, job)
    data, size = whole.content, len(whole.content)
    part = film(xai, api, job, range="bytes=10-19")
    assert (part.status_code, part.content) == (206, data[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{size}"
    assert part.headers["etag"] == whole.headers["etag"]
    assert film(xai, api, job, range="bytes=100-").content == data[100:]
    assert film(xai, api, job, range="bytes=-7").content == data[-7:]
    assert film(xai, api, job, range=f"bytes=5-{size + 9}").content == data[5:]
    beyond = film(xai, api, job, range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    for ignored in ("bytes=9-5", "lines=1-2", "bytes=0-1,4-5"):
        assert film(xai, api, job, range=ignored).status_code == 200
    assert film(xai, api, job, range="bytes=1-", **{"if-range": '"old"'}).status_code == 200
    assert [each.status for each in xai.file_requests[:2]] == [200, 206]
    assert [each.range for each in xai.file_requests[:2]] == [None, "bytes=10-19"]


def read_into(data: bytearray, response: httpx2.Response) -> None:
    for chunk in response.iter_raw():
        data += chunk


def partly(xai: XaiImitation, api: httpx2.Client, job: Job, start: int = 0) -> tuple[int, bytes]:
    """Read what comes before the connection ends early."""
    headers = {"range": f"bytes={start}-"} if start else {}
    data = bytearray()
    with api.stream("GET", address(xai, job), headers=headers) as response:
        with pytest.raises(httpx2.RemoteProtocolError):
            read_into(data, response)
        return response.status_code, bytes(data)


def test_a_torn_video_can_be_resumed(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    assert job.file is not None
    data = job.file.read_bytes()
    xai.fault("file", "torn")
    assert partly(xai, api, job) == (200, data[: len(data) // 2])
    rest = film(xai, api, job, range=f"bytes={len(data) // 2}-")
    assert (rest.status_code, rest.content) == (206, data[len(data) // 2 :])


def test_a_video_that_is_always_torn(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    assert job.file is not None
    data = job.file.read_bytes()
    xai.fault("file", "torn_always")
    half = len(data) // 2
    assert partly(xai, api, job) == (200, data[:half])
    assert partly(xai, api, job, 100) == (206, data[100:half])
    assert partly(xai, api, job, half) == (206, b"")


def test_videos_that_are_not_there(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    for kind, options in (("missing", {}), ("forbidden", {}), ("html", {}), ("redirect", {"to": "http://a.test/"})):
        xai.fault("file", kind, **options)
    answers = [film(xai, api, job) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [404, 403, 200, 302]
    assert answers[2].headers["content-type"].startswith("text/html")
    assert answers[3].headers["location"] == "http://a.test/"


def test_videos_that_are_not_what_they_seem(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT | {"duration": 2})
    first = film(xai, api, job)
    xai.fault("file", "junk")
    xai.fault("file", "no_range")
    xai.fault("file", "changed")
    xai.fault("file", "wrong_seconds")
    junk = film(xai, api, job)
    assert (junk.headers["content-type"], len(junk.content)) == ("video/mp4", len(first.content))
    with pytest.raises(av.FFmpegError):
        frames(junk.content)
    whole = film(xai, api, job, range="bytes=10-")
    assert (whole.status_code, whole.content) == (200, first.content)
    assert "accept-ranges" not in whole.headers
    changed = film(xai, api, job, range="bytes=10-")
    assert changed.status_code == 206
    assert changed.headers["etag"] != first.headers["etag"]
    assert film(xai, api, job).content != first.content
    assert len(frames(film(xai, api, job).content)) == 24


def test_slow_and_late_videos(xai: XaiImitation, api: httpx2.Client) -> None:
    job = accepted(xai, api, TEXT)
    xai.fault("file", "slow", chunk_seconds=0.02, chunk_bytes=4096)
    xai.fault("file", "delay", seconds=0.2)
    began = time.monotonic()
    slow = film(xai, api, job)
    assert time.monotonic() - began >= 0.02 * (len(slow.content) // 4096)
    began = time.monotonic()
    assert film(xai, api, job).content == slow.content
    assert time.monotonic() - began > 0.19


def test_a_video_takes_little_work(tmp_path: Path) -> None:
    began = time.process_time()
    render(Order("generations", V15, "x", 6, 720), tmp_path / "six.mp4")
    assert time.process_time() - began < 5
    assert len(frames(tmp_path / "six.mp4")) == 144
