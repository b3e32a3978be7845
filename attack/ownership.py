"""Every route with every credential: nothing of the victim for anybody else."""

from __future__ import annotations

from typing import Any

import httpx2

from grok_video.http.openapi import document

from .report import Tally
from .target import Target

# For everybody, whatever the credential.
OPEN = {"/v1/session", "/healthz", "/readyz"}
# Lists and forms of one's own: allowed to any key, and empty of the victim's.
OWN = {
    "/v1/videos", "/v1/events", "/v1/queue", "/v1/models", "/v1/sessions", "/v1/session/ticket",
    "/v1/video/create", "/v1/video/generations", "/v1/videos/generations", "/v2/videos/generations", "/api/v1/videos",
    "/api/v1/videos/models", "/v1/video-generation-models",
}  # fmt: skip
STREAM_SECONDS = 0.3


def matrix(attacked: Target) -> Tally:
    """Try each documented route on the victim's ids with credentials that are not the victim's."""
    tally = Tally("ownership: routes x credentials")
    with attacked.client(attacked.victim.secret) as victim:
        sign_in = {"sec-fetch-site": "same-origin"}
        victim.post("/v1/session", json={"key": attacked.victim.secret}, headers=sign_in)
        session = victim.get("/v1/sessions").json()["data"][0]["id"]
        cookie = "; ".join(f"{name}={value}" for name, value in victim.cookies.items())
        ticket = victim.post("/v1/session/ticket").json()["ticket"]
        link = victim.get(f"/v1/videos/{attacked.video}").json()["video_url"]
    with attacked.server.client() as operator:
        made = operator.post("/v1/keys", json={"name": "revoked"}).json()
        operator.delete(f"/v1/keys/{made['id']}")
    credentials = _credentials(attacked, made["key"], cookie, ticket)
    routes = [
        (method.upper(), path)
        for path, methods in document("x")["paths"].items()
        for method in methods
        if path not in OPEN
    ]
    with httpx2.Client(base_url=attacked.server.base, timeout=20, trust_env=False) as client:
        for method, path in routes:
            for name, headers in credentials.items():
                for video in (attacked.video, attacked.video.replace("video_", "grok:")):
                    _try(client, attacked, tally, method, path, name, headers, video, session)
        for changed in (link + "0", link.replace("signature=", "signature=0"), link.replace("expires=", "expires=9")):
            answer = client.get(changed)
            tally.outcomes[str(answer.status_code)] += 1
            if answer.status_code != 401:
                tally.fail(f"{answer.status_code} for a changed link")
    with attacked.client(attacked.victim.secret) as victim:
        if victim.get(f"/v1/videos/{attacked.video}/content").status_code != 200:
            tally.fail("the victim's video is gone")
        if session not in [entry["id"] for entry in victim.get("/v1/sessions").json()["data"]]:
            tally.fail("the victim's session was ended")
    tally.notes.append(f"{len(routes)} routes, {len(credentials)} credentials, both forms of ids")
    return tally


def _credentials(attacked: Target, revoked: str, cookie: str, ticket: str) -> dict[str, dict[str, str]]:
    name, _, value = cookie.partition("=")
    return {
        "none": {},
        "empty": {"authorization": "Bearer"},
        "wrong": {"authorization": "Bearer gv-wrong"},
        "revoked": {"authorization": f"Bearer {revoked}"},
        "another key": {"authorization": f"Bearer {attacked.attacker.secret}"},
        "the operator": {"authorization": f"Bearer {attacked.server.key}"},
        "the id as a key": {"authorization": f"Bearer {attacked.victim.id}"},
        "Basic": {"authorization": "Basic Z3Y6Z3Y="},
        "the cookie from another site": {"cookie": cookie, "sec-fetch-site": "cross-site"},
        "the cookie from another origin": {"cookie": cookie, "origin": "http://evil.example"},
        "a changed cookie": {"cookie": f"{name}={value[:-2]}xx", "sec-fetch-site": "same-origin"},
        "a ticket as a key": {"authorization": f"Bearer {ticket}"},
        "a ticket as a cookie": {"cookie": f"{name}={ticket}", "sec-fetch-site": "same-origin"},
    }


def _try(
    client: httpx2.Client, attacked: Target, tally: Tally, method: str, path: str, name: str, headers: dict[str, str],
    video: str, session: str,
) -> None:  # fmt: skip
    ids = attacked.victim.id if "/keys/" in path else session if "/sessions/" in path else video
    if name == "the operator" and ("/keys" in path or path == "/v1/audit"):
        return
    if name == "the cookie from another origin" and method == "GET":
        # Without Sec-Fetch-Site a browser sends no Origin with GET, and SameSite keeps the cookie back.
        return
    url = path.replace("{id}", ids).replace("{number}", "1")
    if path == "/v1/video/query":
        url += f"?id={video}"
    body: dict[str, Any] = {
        "model": "grok-video-3", "prompt": "x", "seconds": 1, "task_id": video, "video": {"url": video}, "keep": True,
        "previous_job_id": video,
    }  # fmt: skip
    if method in ("POST", "PATCH") and path in OWN:
        # A new video from the victim's, by its id in the place of an image.
        body = {**body, "images": [video]}
    what = f"{method} {url} with {name}"
    try:
        if path == "/v1/events":
            answer = _first_of_stream(client, url, headers)
        else:
            answer = client.request(method, url, headers=headers, json=body if method in ("POST", "PATCH") else None)
    except httpx2.HTTPError as error:
        tally.outcomes[type(error).__name__] += 1
        tally.fail(f"{type(error).__name__} for {what}")
        return
    attacked.check(tally, what, answer)
    valid = name in ("another key", "the operator")
    if path in OWN and valid:
        if attacked.video.removeprefix("video_") in answer.text:
            tally.fail(f"the victim's id in {what}")
    elif answer.status_code not in (400, 401, 404, 405, 429):
        tally.fail(f"{answer.status_code} for {what}")


def _first_of_stream(client: httpx2.Client, url: str, headers: dict[str, str]) -> httpx2.Response:
    """Return the head of an event stream, which would never end, without its content."""
    with client.stream("GET", url, headers=headers, timeout=5) as stream:
        if stream.status_code != 200:
            stream.read()
            return stream
    head = httpx2.Response(200, content=b"", request=stream.request)
    head.elapsed = stream.elapsed
    return head
