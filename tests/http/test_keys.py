"""Keys that expire, have limits and rotate; what is recorded of it; addresses that guess."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Server, start_server

from .test_api import create

BODY = {"model": "grok-video-3", "prompt": "x", "seconds": 1}


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Server]:
    """A server with limits."""
    server = start_server(
        tmp_path / "strict",
        "--backend",
        "fake",
        GROK_VIDEO_RPM_PER_ADDRESS="30",
        GROK_VIDEO_CONCURRENCY_PER_ADDRESS="2",
    )
    yield server
    server.stop()


def as_address(address: str) -> dict[str, str]:
    """Headers of a request that a proxy on this machine forwards for an address."""
    return {"x-forwarded-for": address}


def error(answer: httpx2.Response) -> tuple[int, str, str | None]:
    return answer.status_code, answer.json()["code"], answer.json()["error"]["param"]


def test_a_key_ends_at_its_date(http: httpx2.Client, fake_server: Server) -> None:
    created = http.post("/v1/keys", json={"name": "guest", "expires_at": int(time.time()) + 2}).json()
    with fake_server.client(created["key"]) as guest:
        path = f"/v1/videos/{create(guest, seconds=1, metadata={'fake_delay': '9'})['id']}"
        assert [guest.get(path).status_code for _ in range(3)] == [200] * 3
        time.sleep(2.1)
        # Repeated responses end with it, and so does a wait.
        assert error(guest.get(path)) == (401, "invalid_api_key", None)
        assert error(guest.get("/v1/videos")) == (401, "invalid_api_key", None)
    later = http.patch(f"/v1/keys/{created['id']}", json={"expires_at": None}).json()
    assert later["expires_at"] is None
    with fake_server.client(created["key"]) as guest:
        assert guest.get("/v1/videos").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expires_at", 1), ("expires_at", "tomorrow"), ("expires_at", 1e300), ("rpm", 0), ("rpm", 1.5), ("rpm", True),
        ("concurrency", -1), ("concurrency", [1]),
    ],
)  # fmt: skip
def test_limits_that_are_none(http: httpx2.Client, field: str, value: Any) -> None:
    assert error(http.post("/v1/keys", json={"name": "x", field: value})) == (400, "invalid_value", field)


def test_a_keys_requests_are_limited_repeated_responses_included(http: httpx2.Client, fake_server: Server) -> None:
    created = http.post("/v1/keys", json={"name": "guest", "rpm": 20}).json()
    with fake_server.client(created["key"]) as guest:
        video = fake_server_video(guest)
        # In one minute, not at its turn.
        time.sleep(max(0.0, 61 - time.monotonic() % 60) if time.monotonic() % 60 > 50 else 0)
        answers = [guest.get(f"/v1/videos/{video['id']}") for _ in range(30)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == sorted(statuses)
    assert 10 <= statuses.count(429) <= 29
    refused = answers[-1]
    assert error(refused) == (429, "rate_limited", None)
    assert refused.headers["ratelimit-policy"] == '"key";q=20;w=60'
    assert refused.headers["ratelimit"] == f'"key";r=0;t={refused.headers["retry-after"]}'
    assert answers[0].headers["ratelimit"].startswith('"key";r=')
    assert "ratelimit" not in http.get("/v1/videos").headers


def fake_server_video(client: httpx2.Client) -> dict[str, Any]:
    video = create(client, seconds=1)
    while video["status"] not in ("completed", "failed"):
        video = client.get(f"/v1/videos/{video['id']}", params={"wait": 10}).json()
    return video


def test_a_keys_unfinished_tasks_are_limited(http: httpx2.Client, fake_server: Server) -> None:
    created = http.post("/v1/keys", json={"name": "guest", "concurrency": 2}).json()
    with fake_server.client(created["key"]) as guest:
        videos = [create(guest, metadata={"fake_delay": "30"}) for _ in range(2)]
        refused = guest.post("/v1/videos", json=BODY)
        assert error(refused) == (429, "rate_limited", None)
        assert refused.headers["retry-after"] == "10"
        guest.delete(f"/v1/videos/{videos[0]['id']}")
        assert guest.post("/v1/videos", json=BODY).status_code == 200
        guest.delete(f"/v1/videos/{videos[1]['id']}")


def test_a_rotated_key_has_two_secrets_for_a_while(http: httpx2.Client, fake_server: Server) -> None:
    created = http.post("/v1/keys", json={"name": "guest"}).json()
    rotated = http.post(f"/v1/keys/{created['id']}/rotate", json={"overlap_hours": 1}).json()
    assert rotated["id"] == created["id"]
    assert rotated["key"] != created["key"]
    assert rotated["previous_key_until"] == pytest.approx(time.time() + 3600, abs=5)
    for secret in (created["key"], rotated["key"]):
        with fake_server.client(secret) as guest:
            assert guest.get("/v1/session").json()["id"] == created["id"]
    again = http.post(f"/v1/keys/{created['id']}/rotate", json={"overlap_hours": 0}).json()
    with fake_server.client(rotated["key"]) as guest:
        assert guest.get("/v1/videos").status_code == 401
    with fake_server.client(again["key"]) as guest:
        assert guest.get("/v1/videos").status_code == 200
    path = f"/v1/keys/{created['id']}/rotate"
    assert error(http.post(path, json={"overlap_hours": -1})) == (400, "invalid_value", "overlap_hours")
    http.delete(f"/v1/keys/{created['id']}")
    assert error(http.post(path)) == (400, "invalid_value", "id")


def test_a_second_rotation_does_not_end_an_overlap_by_accident(http: httpx2.Client) -> None:
    created = http.post("/v1/keys", json={"name": "guest"}).json()
    path = f"/v1/keys/{created['id']}/rotate"
    assert http.post(path).status_code == 200
    assert error(http.post(path)) == (400, "invalid_value", "overlap_hours")
    assert http.post(path, json={"overlap_hours": 0}).status_code == 200


def test_waits_and_streams_end_with_a_secret(http: httpx2.Client, fake_server: Server) -> None:
    created = http.post("/v1/keys", json={"name": "guest"}).json()
    with fake_server.client(created["key"]) as thief, fake_server.client(created["key"]) as waiting:
        video = create(thief, seconds=1, metadata={"fake_delay": "4"})
        with ThreadPoolExecutor(1) as threads, thief.stream("GET", "/v1/events") as stream:
            lines = stream.iter_lines()
            next(lines)
            waited = threads.submit(waiting.get, f"/v1/videos/{video['id']}", params={"wait": 20})
            time.sleep(0.5)
            http.post(f"/v1/keys/{created['id']}/rotate", json={"overlap_hours": 0})
            assert not [line for line in lines if '"status":"completed"' in line]
            assert error(waited.result()) == (401, "invalid_api_key", None)


@pytest.mark.parametrize("path", ["/v1/keys/%00", "/v1/sessions/%00", "/v1/keys/" + "x" * 300, "/v1/sessions/a%20b"])
def test_odd_ids_are_unknown(http: httpx2.Client, path: str) -> None:
    assert http.delete(path).status_code == 404


def test_the_operators_key_rotates_and_the_command_line_finds_it(strict: Server) -> None:
    with strict.client() as old:
        rotated = old.post("/v1/keys/operator/rotate", json={"overlap_hours": 1}).json()
        assert (strict.data / "operator-key").read_text().strip() == rotated["key"]
        assert (strict.data / "operator-key").stat().st_mode & 0o777 == 0o600
        assert old.get("/v1/keys").status_code == 200
    with strict.client(rotated["key"]) as new:
        assert new.get("/v1/keys").status_code == 200
        assert error(new.patch("/v1/keys/operator", json={"expires_at": 2**39})) == (400, "invalid_value", "expires_at")


def test_what_happens_to_keys_sessions_and_videos_is_recorded(http: httpx2.Client, fake_server: Server) -> None:
    created = http.post("/v1/keys", json={"name": "guest"}).json()
    with fake_server.client(created["key"]) as guest:
        assert error(guest.get("/v1/audit")) == (401, "invalid_api_key", None)
        guest.post("/v1/session", json={"key": created["key"]}, headers={"sec-fetch-site": "same-origin"})
        video = create(guest, seconds=1)
        guest.delete(f"/v1/videos/{video['id']}")
    http.post(f"/v1/keys/{created['id']}/rotate")
    http.patch(f"/v1/keys/{created['id']}", json={"rpm": 5})
    http.delete(f"/v1/keys/{created['id']}")
    entries = http.get("/v1/audit", params={"limit": 20}).json()["data"]
    ours = [entry for entry in entries if created["id"] in (entry["actor"], entry["target"])]
    assert [entry["action"] for entry in ours] == [
        "key_revoked", "key_changed", "key_rotated", "video_deleted", "signed_in", "key_created",
    ]  # fmt: skip
    deleted = ours[3]
    assert (deleted["target"], deleted["address"]) == (video["id"], "127.0.0.1")
    page = http.get("/v1/audit", params={"limit": 1, "before": ours[0]["number"], "action": "key_rotated"}).json()
    assert [entry["target"] for entry in page["data"]] == [created["id"]]
    assert created["key"] not in str(entries)
    assert error(http.get("/v1/audit", params={"action": "x"})) == (400, "invalid_value", "action")
    assert error(http.get("/v1/audit", params={"limit": 0})) == (400, "invalid_value", "limit")


def test_an_address_that_guesses_is_slowed_and_its_neighbours_are_not(strict: Server) -> None:
    with strict.client() as right, strict.client("gv-wrong") as wrong:
        here, elsewhere = as_address("203.0.113.7"), as_address("203.0.113.8")
        assert right.get("/v1/models", headers=here).status_code == 200
        statuses = [wrong.get("/v1/models", headers=here).status_code for _ in range(6)]
        assert statuses == [401] * 5 + [429]
        refused = wrong.get("/v1/models", headers=here)
        assert error(refused) == (429, "rate_limited", None)
        assert int(refused.headers["retry-after"]) >= 1
        assert wrong.get("/v1/models", headers=elsewhere).status_code == 401
        recorded = right.get("/v1/audit", params={"action": "wrong_keys"}).json()["data"]
        assert [entry["address"] for entry in recorded] == ["203.0.113.7"]


def test_an_address_has_limits_whatever_its_keys(strict: Server) -> None:
    here = as_address("203.0.113.9")
    with strict.client() as client:
        keys = [client.post("/v1/keys", json={"name": str(number)}).json()["key"] for number in range(3)]
        body = {**BODY, "metadata": {"fake_delay": "30"}}
        answers: list[httpx2.Response] = []
        for key in keys:
            with strict.client(key) as guest:
                answers.append(guest.post("/v1/videos", json=body, headers=here))
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert "Your address has 2 unfinished videos" in answers[2].json()["message"]
        statuses = [client.get("/v1/models", headers=here).status_code for _ in range(60)]
        assert 429 in statuses
        assert client.get("/v1/models").status_code == 200
