"""The documentation at /help: where it is found, its policy, and what is said where it is missing."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from grok_video.domain.errors import GrokVideoError
from grok_video.http.errors import ErrorHandlers
from grok_video.http.help import HelpRoutes, policy

PAGE = b"<html><script>var a=1</script><p>Quickstart</p><script src='x.js'></script><script>var a=1</script></html>"


def client(*places: Path) -> TestClient:
    routes = HelpRoutes(places).routes()
    return TestClient(Starlette(routes=routes, exception_handlers={GrokVideoError: ErrorHandlers().on_domain_error}))


def test_the_first_place_with_a_site_is_served(tmp_path: Path) -> None:
    (tmp_path / "site" / "concepts").mkdir(parents=True)
    for page in ("index.html", "concepts/index.html"):
        (tmp_path / "site" / page).write_bytes(PAGE)
    (tmp_path / "site" / "x.js").write_text("1")
    with client(tmp_path / "none", tmp_path / "site") as http:
        for path in ("/help/", "/help/concepts/"):
            answer = http.get(path)
            assert (answer.status_code, answer.content) == (200, PAGE)
            assert answer.headers["content-security-policy"] == policy(PAGE)
        assert http.get("/help", follow_redirects=False).headers["location"] == "/help/"
        script = http.get("/help/x.js")
        assert script.headers["x-content-type-options"] == "nosniff"
        assert "content-security-policy" not in script.headers
        assert http.get("/help/../pyproject.toml").status_code == 404
        assert http.get("/help/nothing").status_code == 404
        again = http.get("/help/", headers={"If-None-Match": http.get("/help/").headers["etag"]})
        assert again.status_code == 304


def test_a_policy_allows_the_scripts_of_the_page_and_no_others() -> None:
    digest = base64.b64encode(hashlib.sha256(b"var a=1").digest()).decode()
    assert policy(PAGE).count("sha256-") == 1
    assert f"script-src 'self' 'sha256-{digest}';" in policy(PAGE)
    assert "'unsafe-inline'" not in policy(PAGE).partition("style-src")[0]


def test_without_a_site_the_way_to_get_one_is_said(tmp_path: Path) -> None:
    with client(tmp_path) as http:
        for path in ("/help", "/help/concepts/"):
            answer = http.get(path)
            assert answer.status_code == 404
            assert "make docs" in answer.json()["error"]["message"]
