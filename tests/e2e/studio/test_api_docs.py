"""The page of the API at /docs, and the documentation at /help, in a real Chromium."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Browser, expect

from grok_video.http.openapi import document
from tests.conftest import Server

from .conftest import Studio, axe

OPERATIONS = [operation for methods in document("x")["paths"].values() for operation in methods.values()]


def test_every_operation_is_shown_with_a_request_and_a_response(studio: Studio) -> None:
    page = studio.page
    page.goto(f"{studio.server.base}/docs")
    expect(page.locator(".operation")).to_have_count(len(OPERATIONS))
    for operation in OPERATIONS:
        section = page.locator(f"#{operation['operationId']}")
        assert "curl -fsS" in section.locator(".snippet").first.inner_text()
        success = operation["responses"].get("200") or operation["responses"]["202"]
        if success["content"].get("application/json"):
            assert section.locator(".snippet").last.inner_text().startswith("Response")
    create = page.locator("#createVideo tbody tr").filter(has_text="seconds").first
    assert create.locator("td").inner_text() == "6"
    unified = page.locator("#unifiedCreate tbody tr").filter(has_text="duration").first
    assert unified.locator("td").inner_text() == "10"
    assert studio.troubles == []
    assert all(request.url.startswith(studio.server.base) for request in studio.requests)


def test_a_request_is_tried_with_the_session(studio: Studio) -> None:
    page = studio.page
    page.goto(f"{studio.server.base}/docs")

    def send(operation: str) -> str:
        section = page.locator(f"#{operation}")
        if section.locator("details.try").get_attribute("open") is None:
            section.get_by_text("Try it").click()
        section.get_by_role("button", name="Send").click()
        line = section.locator(".output p.good, .output p.problem")
        expect(line).to_have_text(re.compile(r"^\d{3} "))
        return line.inner_text()

    assert send("createVideo").startswith("200 OK in")
    created = json.loads(page.locator("#createVideo .output pre").inner_text())
    assert studio.newest()["id"] == created["id"]
    # The video that was made here is the one that the next forms mean.
    page.locator("#getVideo").get_by_text("Try it").click()
    expect(page.locator("#getVideo input#getVideo-id")).to_have_value(created["id"])
    page.locator("#getVideo-wait").fill("60")
    assert send("getVideo").startswith("200")
    assert json.loads(page.locator("#getVideo .output pre").inner_text())["status"] == "completed"
    assert send("getContent").startswith("200")
    expect(page.locator("#getContent .output video")).to_be_visible()
    page.locator("#createVideo textarea").fill('{"model": "grok-video-3", "prompt": "x", "size": "4K"}')
    assert send("createVideo").startswith("400")
    page.locator("#createVideo textarea").fill("{")
    page.locator("#createVideo").get_by_role("button", name="Send").click()
    expect(page.locator("#createVideo .output")).to_contain_text("not valid JSON")
    # The browser reports the refused request, and nothing else went wrong.
    assert len(studio.troubles) == 1
    assert "400" in studio.troubles.pop()


def test_without_a_session_the_page_is_read_only(browser: Browser, studio_server: Server, new_key: str) -> None:
    with Studio(browser, studio_server, new_key) as stranger:
        page = stranger.page
        page.goto(f"{studio_server.base}/docs#unifiedCreate")
        expect(page.locator("#unifiedCreate h3")).to_be_in_viewport()
        expect(page.get_by_role("link", name="Sign in")).to_be_attached()
        page.locator("#createVideo").get_by_text("Try it").click()
        expect(page.locator("#createVideo").get_by_role("button", name="Sign in to send")).to_be_disabled()


@pytest.mark.parametrize("width", [1440, 820, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits(
    browser: Browser, studio_server: Server, new_key: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    with Studio(browser, studio_server, new_key, color_scheme=scheme, bypass_csp=True, viewport=size) as studio:
        studio.page.goto(f"{studio.server.base}/docs")
        studio.page.locator(".operation").first.wait_for()
        studio.page.locator("#createVideo").get_by_text("Try it").click()
        assert axe(studio.page) == []
        assert studio.page.evaluate("document.documentElement.scrollWidth") == width


def test_the_documentation_is_served_with_its_search(studio: Studio) -> None:
    page = studio.page
    page.goto(f"{studio.server.base}/help/")
    expect(page.get_by_role("heading", name="Quickstart", level=1)).to_be_visible()
    page.get_by_role("button", name=re.compile("Search")).click()
    page.keyboard.type("idempotency", delay=30)
    expect(page.get_by_text(re.compile(r"^\d+ results$"))).to_be_visible()
    page.goto(f"{studio.server.base}/help/how-to/deploy/")
    expect(page.get_by_role("heading", name="Docker")).to_be_visible()
    assert studio.troubles == []
    assert all(request.url.startswith((studio.server.base, "blob:")) for request in studio.requests)
