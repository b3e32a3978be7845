"""The studio's session: a cookie made from a key, good on our own pages only."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx2
import pytest

from tests.conftest import Server

OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def browser(fake_server: Server) -> Iterator[httpx2.Client]:
    """A client with a cookie jar and no key."""
    with httpx2.Client(base_url=fake_server.base, timeout=30, trust_env=False) as client:
        yield client


def sign_in(browser: httpx2.Client, key: str) -> httpx2.Response:
    return browser.post("/v1/session", json={"key": key}, headers=OURS)


def test_a_key_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(
    browser: httpx2.Client, fake_server: Server
) -> None:
    assert browser.get("/v1/session").json() == {"object": "session", "id": None, "name": None, "operator": False}
    answer = sign_in(browser, fake_server.key)
    assert answer.json() == {"object": "session", "id": "operator", "name": "operator", "operator": True}
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"grok_video_session_{browser.base_url.port}=")
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=2592000"))
    assert fake_server.key not in cookie
    assert browser.get("/v1/session", headers=OURS).json()["operator"] is True
    assert browser.get("/v1/videos", headers=OURS).status_code == 200
    name = f"grok_video_session_{browser.base_url.port}"
    token = browser.cookies.get(name)
    browser.delete("/v1/session", headers=OURS)
    assert browser.get("/v1/videos", headers=OURS).status_code == 401
    # A copy of the cookie ends with it.
    assert browser.get("/v1/videos", headers={**OURS, "cookie": f"{name}={token}"}).status_code == 401


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {"sec-fetch-site": "same-origin"}, 200),
        ("POST", {"sec-fetch-site": "same-site"}, 401),
        ("POST", {"sec-fetch-site": "cross-site"}, 401),
        ("POST", {"sec-fetch-site": "none"}, 401),
        ("POST", {}, 401),
        ("POST", {"origin": "http://evil.example"}, 401),
        ("POST", {"origin": "null"}, 401),
        ("POST", {"origin": "BASE"}, 200),
        ("GET", {"sec-fetch-site": "none"}, 200),
        ("GET", {"sec-fetch-site": "cross-site"}, 401),
        ("GET", {}, 200),
    ],
)
def test_the_cookie_counts_for_our_own_pages_only(
    browser: httpx2.Client, fake_server: Server, method: str, headers: dict[str, str], status: int
) -> None:
    sign_in(browser, fake_server.key)
    headers = {name: fake_server.base if value == "BASE" else value for name, value in headers.items()}
    body = {"model": "grok-video-3", "prompt": "a cat", "seconds": 1} if method == "POST" else None
    assert browser.request(method, "/v1/videos", json=body, headers=headers).status_code == status


def test_signing_in_from_another_site_or_with_a_wrong_key_is_refused(
    browser: httpx2.Client, fake_server: Server
) -> None:
    stranger = browser.post("/v1/session", json={"key": fake_server.key}, headers={"sec-fetch-site": "cross-site"})
    assert (stranger.status_code, "set-cookie" in stranger.headers) == (401, False)
    assert sign_in(browser, "gv-wrong").json()["error"]["code"] == "invalid_api_key"
    assert sign_in(browser, " ").json()["error"]["code"] == "missing_field"


def test_a_session_ends_with_its_key_and_memorised_responses_with_it(
    browser: httpx2.Client, http: httpx2.Client, fake_server: Server
) -> None:
    created = http.post("/v1/keys", json={"name": "guest"}).json()
    assert sign_in(browser, created["key"]).json()["operator"] is False
    video = browser.post("/v1/videos", json={"model": "grok-video-3", "prompt": "x", "seconds": 1}, headers=OURS).json()
    fake_server_answer = http.get(f"/v1/videos/{video['id']}")
    assert fake_server_answer.status_code == 404, "another owner's"
    for _ in range(2):
        assert browser.get(f"/v1/videos/{video['id']}", headers=OURS).status_code == 200
    with httpx2.Client(base_url=fake_server.base, trust_env=False) as nobody:
        assert nobody.get(f"/v1/videos/{video['id']}", headers=OURS).status_code == 401
    http.delete(f"/v1/keys/{created['id']}")
    assert browser.get(f"/v1/videos/{video['id']}", headers=OURS).status_code == 401


def test_signing_in_reads_no_large_bodies(browser: httpx2.Client) -> None:
    answer = browser.post("/v1/session", json={"key": "x" * 20_000}, headers=OURS)
    assert answer.status_code == 413


def test_a_proxys_own_authorization_does_not_hide_the_session(browser: httpx2.Client, fake_server: Server) -> None:
    sign_in(browser, fake_server.key)
    assert browser.get("/v1/videos", headers={**OURS, "authorization": "Basic eDp5"}).status_code == 200


def test_kept_responses_are_not_given_to_other_sites(browser: httpx2.Client, fake_server: Server) -> None:
    sign_in(browser, fake_server.key)
    body = {"model": "grok-video-3", "prompt": "x", "seconds": 1}
    video = fake_server.finish(browser.post("/v1/videos", json=body, headers=OURS).json()["id"])
    path = f"/v1/videos/{video['id']}"
    assert [browser.get(path, headers=OURS).status_code for _ in range(3)] == [200] * 3
    assert browser.get(path, headers={"sec-fetch-site": "cross-site"}).status_code == 401


def test_a_ticket_signs_in_once_its_link_is_followed(browser: httpx2.Client, http: httpx2.Client) -> None:
    ticket = http.post("/v1/session/ticket").json()["ticket"]
    name = f"grok_video_session_{browser.base_url.port}"
    assert browser.get("/v1/videos", headers={"cookie": f"{name}={ticket}"}).status_code == 401, (
        "a ticket is no session"
    )
    assert browser.post("/v1/session", json={"ticket": ticket}, headers=OURS).json()["id"] == "operator"
    assert browser.get("/v1/videos", headers=OURS).status_code == 200
    assert browser.post("/v1/session", json={"ticket": ticket}, headers=OURS).status_code == 401, "once"
    signed_in = browser.cookies.get(name) or ""
    assert browser.post("/v1/session", json={"ticket": signed_in}, headers=OURS).status_code == 401
    refused = browser.post("/v1/session/ticket", headers=OURS)
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_api_key"), "a session draws no tickets"
    for bad in ("\0.1.a", "ü.1.a", ticket + "0", "a.b.c", "x", "\ud800"):
        content = json.dumps({"ticket": bad})
        headers = {**OURS, "content-type": "application/json"}
        assert browser.post("/v1/session", content=content, headers=headers).status_code in (400, 401)


def test_all_sessions_of_a_key_are_listed_and_ended(http: httpx2.Client, fake_server: Server) -> None:
    created = http.post("/v1/keys", json={"name": "guest"}).json()
    browsers = [httpx2.Client(base_url=fake_server.base, trust_env=False) for _ in range(3)]
    for number, browser in enumerate(browsers):
        browser.post("/v1/session", json={"key": created["key"]}, headers={**OURS, "user-agent": f"browser {number}"})
    listed = browsers[0].get("/v1/sessions", headers=OURS).json()["data"]
    assert [(entry["user_agent"], entry["address"], entry["current"]) for entry in listed] == [
        ("browser 2", "127.0.0.1", False), ("browser 1", "127.0.0.1", False), ("browser 0", "127.0.0.1", True),
    ]  # fmt: skip
    assert http.delete(f"/v1/sessions/{listed[0]['id']}").status_code == 404, "another key's"
    ended = browsers[0].delete(f"/v1/sessions/{listed[0]['id']}", headers=OURS)
    assert ended.json() == {"object": "sessions", "ended": 1}
    assert [browser.get("/v1/videos", headers=OURS).status_code for browser in browsers] == [200, 200, 401]
    assert browsers[1].delete("/v1/sessions", headers=OURS).json()["ended"] == 2
    assert [browser.get("/v1/videos", headers=OURS).status_code for browser in browsers] == [401] * 3
    for browser in browsers:
        browser.close()


def test_a_stream_ends_with_its_session(browser: httpx2.Client, http: httpx2.Client, fake_server: Server) -> None:
    created = http.post("/v1/keys", json={"name": "guest"}).json()
    sign_in(browser, created["key"])
    with browser.stream("GET", "/v1/events", headers=OURS) as stream:
        lines = stream.iter_lines()
        next(lines)
        with fake_server.client(created["key"]) as owner:
            assert owner.delete("/v1/sessions").json()["ended"] == 1
        # Any change wakes it; it ends instead of sending it.
        http.post("/v1/videos", json={"model": "grok-video-3", "prompt": "x", "seconds": 1})
        assert not [line for line in lines if line.startswith("data")]


def test_the_page_and_its_files_come_with_a_strict_policy(browser: httpx2.Client) -> None:
    page = browser.get("/", headers={"accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert browser.get("/").json()["name"] == "grok-video"
    style = browser.get("/studio/style.css")
    assert style.headers["content-security-policy"] == policy
    again = browser.get("/studio/style.css", headers={"if-none-match": style.headers["etag"]})
    assert again.status_code == 304
    assert browser.get("/studio/../settings.py").status_code == 404
    assert browser.get("/studio/%2e%2e/settings.py").status_code == 404
    missing = browser.get("/studio/none.js")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
