"""The imitation of SGLang: bad manners of clients, and faults."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.imitations.engine import FAULTS
from tests.imitations.sglang import SglangImitation

from .sglang_helpers import (
    T2V,
    detail,
    error,
    finished,
    serving,
    shown,
    uri,
)


@pytest.fixture
def wan() -> Iterator[tuple[SglangImitation, httpx2.Client]]:
    with serving("wan-t2v") as pair:
        yield pair


def test_bad_manners_are_noted(wan: tuple[SglangImitation, httpx2.Client]) -> None:
    server, client = wan
    job = finished(server, client.post("videos", json=T2V | {"last_frame": uri(), "video_url": "http://x/y.mp4"}))
    client.get(f"videos/{job.id}", headers={"user-agent": ""})
    # However slow this machine is.
    job.facts["polled_at"] = time.monotonic() + 60
    client.get(f"videos/{job.id}")
    parts = [("input_reference", (f"{name}.mp4", b"x", "video/mp4")) for name in "ab"]
    finished(server, client.post("videos", data={"prompt": "x", "size": "64x32", "num_frames": "1"}, files=parts))
    found = "\n".join(server.problems)
    for part in (
        "last_frame is ignored by wan-t2v", "a video (http://x/y.mp4) is ignored", "without a user-agent",
        f"polled {job.id} again after", "only the last of several files in input_reference is used",
        "no fps: the API takes 24, this model was made for 16",
    ):  # fmt: skip
        assert part in found


def test_faults_of_a_submission(wan: tuple[SglangImitation, httpx2.Client]) -> None:
    server, client = wan
    server.fault("submit", "status", status=429, message="busy", retry_after=7)
    answer = client.post("videos", json=T2V)
    assert (detail(answer, 429), answer.headers["retry-after"]) == ("busy", "7")
    server.fault("submit", "page")
    assert client.post("videos", json=T2V).status_code == 502
    server.fault("submit", "nonsense")
    with pytest.raises(ValueError, match="Expecting value"):
        client.post("videos", json=T2V).json()
    server.fault("submit", "no_id")
    assert client.post("videos", json=T2V).json() == {}
    server.fault("submit", "drop_before")
    with pytest.raises(httpx2.NetworkError):
        client.post("videos", json=T2V)
    assert server.jobs == {}
    server.fault("submit", "drop_after")
    with pytest.raises(httpx2.NetworkError):
        client.post("videos", json=T2V)
    server.fault("submit", "delay", seconds=0.1)
    began = time.monotonic()
    client.post("videos", json=T2V)
    assert time.monotonic() - began > 0.09
    server.fault("submit", "die_after")
    with pytest.raises(httpx2.NetworkError):
        client.post("videos", json=T2V)
    server.revive()
    assert len(client.get("videos").json()["data"]) == 3


def test_faults_of_a_job(wan: tuple[SglangImitation, httpx2.Client]) -> None:
    server, client = wan
    server.fault("job", "fail", message="no luck")
    job = finished(server, client.post("videos", json=T2V))
    record = client.get(f"videos/{job.id}").json()
    assert (record["status"], record["error"], record["file_path"]) == ("failed", {"message": "no luck"}, None)
    server.fault("job", "fail")
    assert "CUDA" in error(client, finished(server, client.post("videos", json=T2V)))
    server.fault("job", "stuck")
    job = finished(server, client.post("videos", json=T2V))
    record = client.get(f"videos/{job.id}").json()
    assert (record["status"], record["progress"]) == ("in_progress", 40)
    for kind, expected in {"wrong_size": (32, 16, 5, 16, 0), "wrong_length": (64, 32, 2, 16, 0)}.items():
        server.fault("job", kind)
        assert shown(finished(server, client.post("videos", json=T2V))) == expected


def test_faults_of_polls_cancels_and_files(wan: tuple[SglangImitation, httpx2.Client]) -> None:
    server, client = wan
    job = finished(server, client.post("videos", json=T2V))
    here = f"videos/{job.id}"
    server.fault("poll", "status", status=503)
    assert detail(client.get(here), 503) == "Service Unavailable"
    server.fault("poll", "page")
    assert "<h1>" in client.get(here).text
    for place, call in (("poll", client.get), ("cancel", client.delete)):
        server.fault(place, "drop")
        with pytest.raises(httpx2.NetworkError):
            call(here)
    server.fault("cancel", "status", status=500)
    assert client.delete(here).status_code == 500
    server.fault("poll", "delay", seconds=0.1)
    assert client.get(here).json()["status"] == "completed"
    server.fault("file", "missing")
    assert detail(client.get(f"{here}/content"), 404) == "Video variant None not found"
    server.fault("file", "torn")
    with pytest.raises(httpx2.RemoteProtocolError):
        client.get(f"{here}/content")
    server.fault("file", "html")
    assert client.get(f"{here}/content").headers["content-type"].startswith("text/html")
    server.fault("file", "delay", seconds=0.1)
    assert len(client.get(f"{here}/content").content) > 500
    assert set(FAULTS) == {"submit", "job", "poll", "file", "cancel"}
