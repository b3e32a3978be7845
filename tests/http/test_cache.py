"""Cached status responses are never older than the last commit of any process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import httpx2
import pytest

from tests.conftest import Server


@pytest.fixture
def done(http: httpx2.Client, fake_server: Server) -> dict[str, Any]:
    """A completed one-second video."""
    body = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1}
    return fake_server.finish(http.post("/v1/videos", json=body).json()["id"])


def paths(video: dict[str, Any]) -> tuple[str, str]:
    return f"/v1/videos/{video['id']}", f"/v1/video/query?id={video['id']}"


def test_a_repeated_read_says_the_same_in_each_format(http: httpx2.Client, done: dict[str, Any]) -> None:
    for path in paths(done):
        first = http.get(path)
        assert [http.get(path).content for _ in range(3)] == [first.content] * 3
    assert http.get(paths(done)[0]).json()["object"] == "video"
    assert "object" not in http.get(paths(done)[1]).json()


def test_another_processs_commit_is_seen_by_the_next_read(
    http: httpx2.Client, fake_server: Server, done: dict[str, Any]
) -> None:
    for path in paths(done):
        assert [http.get(path).json()["progress"] for _ in range(3)] == [100] * 3
    with closing(sqlite3.connect(fake_server.data / "grok-video.db", isolation_level=None)) as elsewhere:
        key = done["id"].removeprefix("video_")
        for progress in (7, 8, 9):
            elsewhere.execute("UPDATE task SET status = 'in_progress', progress = ? WHERE id = ?", (progress, key))
            for path in paths(done):
                assert http.get(path).json()["progress"] == progress
        elsewhere.execute("DELETE FROM task WHERE id = ?", (key,))
    for path in paths(done):
        assert http.get(path).status_code == 404


def test_what_was_deleted_or_whose_key_was_revoked_is_not_read_again(
    http: httpx2.Client, fake_server: Server, done: dict[str, Any]
) -> None:
    created = http.post("/v1/keys", json={"name": "other"}).json()
    with fake_server.client(created["key"]) as other:
        body = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1}
        theirs = other.post("/v1/videos", json=body).json()
        for path in paths(theirs):
            assert [other.get(path).status_code for _ in range(3)] == [200] * 3
            assert http.get(path).status_code == 404
            assert other.get(path, headers={"Authorization": "Bearer nonsense"}).status_code == 401
        http.delete(f"/v1/keys/{created['id']}")
        assert [other.get(path).status_code for path in paths(theirs)] == [401, 401]
    assert [http.get(path).status_code for path in paths(done)] == [200, 200]
    http.delete(paths(done)[0])
    assert [http.get(path).status_code for path in paths(done)] == [404, 404]


def test_links_lead_back_to_the_host_that_was_asked(http: httpx2.Client, done: dict[str, Any]) -> None:
    for path in paths(done):
        for host in ("one.example", "two.example:81", "one.example"):
            assert http.get(path, headers={"Host": host}).json()["video_url"].startswith(f"http://{host}/v1/")
        secure = http.get(path, headers={"Host": "one.example", "X-Forwarded-Proto": "https"})
        assert secure.json()["video_url"].startswith("https://one.example/v1/")


def test_a_long_poll_waits_although_the_response_is_kept(http: httpx2.Client) -> None:
    body = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1, "metadata": {"fake_delay": "300"}}
    created = http.post("/v1/videos", json=body).json()
    before = [http.get(paths(created)[0]).json() for _ in range(2)][-1]
    waited = http.get(f"{paths(created)[0]}?wait=20&until=change").json()
    assert (waited["status"], waited["progress"]) != (before["status"], before["progress"])
    http.delete(paths(created)[0])
