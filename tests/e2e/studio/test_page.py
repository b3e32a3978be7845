"""The page: keyboard, accessibility, widths, languages, size, other views."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.conftest import Server
from tests.factories import image_bytes

from .conftest import Studio, axe, drop, fill

LIMIT = 120_000


@pytest.fixture(params=["dark", "light"])
def inspected(
    request: pytest.FixtureRequest, browser: Browser, studio_server: Server, new_key: str
) -> Iterator[Studio]:
    """A studio without the content security policy, for axe-core, in each theme."""
    with Studio(browser, studio_server, new_key, color_scheme=request.param, bypass_csp=True) as studio:
        studio.create("a finished one")
        studio.create("refused", metadata={"fake_fail": "rejected"})
        slow = {"model": "grok-video-3", "prompt": "a slow one", "seconds": 1, "metadata": {"fake_delay": "90"}}
        pending = studio.http.post("/v1/videos", json=slow).json()["id"]
        yield studio
        studio.http.post(f"/v1/videos/{pending}/cancel")


def test_axe_finds_nothing_in_either_theme(inspected: Studio) -> None:
    page = inspected.page
    page.goto(f"{inspected.server.base}/")
    page.get_by_label("API key").wait_for()
    assert axe(page) == []
    inspected.enter()
    expect(page.locator("gv-card")).to_have_count(3)
    drop(page, [image_bytes(64, 64), image_bytes(64, 64)])
    page.get_by_role("textbox", name="Prompt").fill("like @img1 and @img5")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("@img5")
    assert axe(page) == []
    first = inspected.card("a finished one").get_attribute("data-id")
    created = inspected.finish(inspected.http.post(f"/v1/videos/{first}/remix", json={"prompt": "remixed"}).json())
    inspected.open("remixed")
    expect(page.locator("gv-lineage .tree")).to_be_visible()
    expect(page.locator("#snippet")).to_contain_text(created["source_video_id"])
    assert axe(page) == []
    page.get_by_role("button", name="Compare with source").click()
    expect(page.locator("dialog.compare video")).to_have_count(2)
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_role("heading", name="Backends")).to_be_visible()
    assert axe(page) == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_among_the_keys(browser: Browser, studio_server: Server, scheme: str) -> None:
    with Studio(browser, studio_server, studio_server.key, bypass_csp=True, color_scheme=scheme) as studio:
        page = studio.enter()
        page.get_by_role("link", name="Keys").click()
        expect(page.get_by_role("table")).to_be_visible()
        assert axe(page) == []


def test_everything_goes_by_keyboard(studio: Studio) -> None:
    page = studio.page
    page.keyboard.press("n")
    page.keyboard.type("by hand alone")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id") == "length":
            break
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+Enter")
    expect(studio.card("by hand alone")).to_have_attribute("data-status", "completed")
    assert studio.newest()["seconds"] == "1"
    page.keyboard.press("Escape")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("/")
    with page.expect_response(lambda answer: "search=hand" in answer.url):
        page.keyboard.type("hand")
    expect(page.locator(".skeleton")).to_have_count(0)
    expect(page.locator("gv-card")).to_have_count(1)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('a.stage')"):
            break
    outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "what has the focus is seen to have it"
    page.keyboard.press("Enter")
    expect(page.locator("gv-viewer video")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    expect(page.locator("gv-viewer video")).to_be_visible()
    page.keyboard.press(" ")
    page.keyboard.press("e")
    expect(page.locator(".target")).to_contain_text("by hand alone")
    expect(page.get_by_role("textbox", name="Prompt")).to_be_focused()
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


def test_keys_work_after_a_click_in_the_composer(studio: Studio) -> None:
    page = studio.page
    page.get_by_role("radio", name="×2").check(force=True)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.get_by_role("slider").focus()
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="Prompt")).to_be_focused()


def test_choosing_by_arrow_keys_keeps_the_focus(studio: Studio) -> None:
    page = studio.page
    page.get_by_role("radio", name="grok-video-3", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="grok-video-3-max")).to_be_checked()
    expect(page.get_by_role("radio", name="grok-video-3-max")).to_be_focused()


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_width_scrolls_sideways(studio: Studio, width: int) -> None:
    page = studio.page
    fill(studio, studio.create("a very long prompt " * 20, aspect_ratio="9:16"), 5)
    studio.create("wide")
    studio.create("refused", metadata={"fake_fail": "rejected"})
    page.set_viewport_size({"width": width, "height": 844})
    page.reload()
    drop(page, [image_bytes(64, 64)] * 4)
    page.get_by_role("textbox", name="Prompt").fill("word" * 80)

    def widest() -> int:
        return page.evaluate(
            "() => Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('dialog[open]')]"
            ".map((one) => one.scrollWidth))"
        )

    expect(page.locator("gv-card")).to_have_count(8)
    assert widest() <= width
    page.locator("gv-card a.stage").last.click()
    expect(page.locator("#snippet")).to_be_visible()
    assert widest() <= width
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_role("table").first).to_be_visible()
    assert widest() <= width


def test_reduced_motion_stills_everything(browser: Browser, studio_server: Server, new_key: str) -> None:
    with Studio(browser, studio_server, new_key, reduced_motion="reduce") as studio:
        studio.create("calm")
        studio.enter()
        page = studio.open("calm")
        page.wait_for_timeout(500)
        assert page.evaluate("() => document.querySelector('gv-viewer video').paused") is True
        moving = page.evaluate("() => document.getAnimations().filter((one) => one.playState === 'running').length")
        assert moving == 0


def test_the_page_speaks_chinese(browser: Browser, studio_server: Server, new_key: str) -> None:
    with Studio(browser, studio_server, new_key, locale="zh-CN") as studio:
        page = studio.page
        page.goto(f"{studio_server.base}/")
        page.get_by_label("API 密钥").fill(new_key)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="生成视频")).to_be_visible()
        assert page.evaluate("() => document.documentElement.lang") == "zh-CN"
        page.get_by_role("button", name="EN", exact=True).click()
        expect(page.get_by_role("button", name="Create video")).to_be_visible()
        page.reload()
        expect(page.get_by_role("button", name="Create video")).to_be_visible()


def words(language: str) -> dict[str, str]:
    from grok_video.http.studio import FOLDER

    text = (FOLDER / "locales" / f"{language}.js").read_text("utf-8")
    return dict(re.findall(r'^\t(\w+):\s+"(.*)",$', text, re.MULTILINE))


def test_both_languages_say_the_same_things() -> None:
    english, chinese = words("en"), words("zh")
    assert len(english) > 150
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", chinese[key])), key


def test_a_theme_is_chosen_and_kept(studio: Studio) -> None:
    page = studio.page

    def ground() -> str:
        return page.evaluate("() => getComputedStyle(document.body).backgroundColor")

    before = ground()
    page.get_by_role("button", name="Switch theme").click()
    after = ground()
    assert after != before
    page.reload()
    expect(page.locator("gv-composer")).to_be_visible()
    assert ground() == after


def test_keys_are_made_used_and_revoked(browser: Browser, studio_server: Server) -> None:
    with Studio(browser, studio_server, studio_server.key) as studio:
        page = studio.enter()
        page.get_by_role("link", name="Keys").click()
        page.get_by_label("Key name").fill("the phone <b>")
        page.keyboard.press("Enter")
        secret = page.locator(".created code").text_content() or ""
        assert secret.startswith("gv-")
        with studio_server.client(secret) as guest:
            assert guest.get("/v1/videos").status_code == 200
        row = page.get_by_role("row", name="the phone <b>")
        row.get_by_role("button", name="Revoke key “the phone <b>”").click()
        row.get_by_role("button", name="Revoke now").click()
        expect(row).to_contain_text("revoked")
        with studio_server.client(secret) as guest:
            assert guest.get("/v1/videos").status_code == 401
        assert studio.troubles == []


def test_another_view_and_back_leaves_everything_as_it_was(studio: Studio) -> None:
    studio.create("still here")
    page = studio.page
    page.get_by_role("textbox", name="Prompt").fill("a draft")
    expect(studio.card("still here")).to_be_visible()
    for _ in range(2):
        page.get_by_role("link", name="Queue").click()
        expect(page.get_by_role("heading", name="Backends")).to_be_visible()
        expect(page.locator("gv-gallery")).to_be_hidden()
        page.get_by_role("link", name="Videos", exact=True).click()
        expect(studio.card("still here")).to_be_visible()
        expect(page.locator(".skeleton")).to_have_count(0)
    drop(page, [image_bytes(64, 64)])
    expect(page.get_by_role("list", name="Images").get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("textbox", name="Prompt")).to_have_value("a draft")


def test_sessions_are_seen_and_ended_everywhere(browser: Browser, studio_server: Server) -> None:
    with studio_server.client() as operator:
        key = operator.post("/v1/keys", json={"name": "with sessions"}).json()["key"]
    with Studio(browser, studio_server, key, bypass_csp=True) as first, Studio(browser, studio_server, key) as second:
        other, page = second.enter(), first.enter()
        page.get_by_role("link", name="Sessions").click()
        rows = page.get_by_role("table").get_by_role("row")
        expect(rows).to_have_count(3)
        expect(rows.nth(1)).to_contain_text("this one")
        assert axe(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("button", name="End").click()
        expect(rows).to_have_count(2)
        other.reload()
        expect(other.get_by_label("Your API key")).to_be_visible()
        page.get_by_role("button", name="Sign out everywhere").click()
        expect(page.get_by_label("Your API key")).to_be_visible()
    with studio_server.client(key) as client:
        assert client.get("/v1/sessions").json()["data"] == []


def test_only_the_operator_sees_keys_and_workers(studio: Studio) -> None:
    page = studio.page
    expect(page.get_by_role("link", name="Keys")).to_have_count(0)
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_role("table")).to_contain_text("fake")
    expect(page.get_by_role("heading", name="Workers")).to_have_count(0)


def test_the_queue_shows_backends_and_workers_to_the_operator(browser: Browser, studio_server: Server) -> None:
    with Studio(browser, studio_server, studio_server.key) as studio:
        page = studio.enter()
        slow = {"model": "grok-video-3", "prompt": "slow", "seconds": 1, "metadata": {"fake_delay": "60"}}
        pending = [studio.http.post("/v1/videos", json=slow).json()["id"] for _ in range(3)]
        page.get_by_role("link", name="Queue").click()
        expect(page.get_by_text(re.compile(r"Your videos: \d in progress, \d queued"))).to_be_visible()
        expect(page.get_by_role("table").nth(1)).to_contain_text(str(studio_server.process.pid))
        for video in pending:
            studio.http.post(f"/v1/videos/{video}/cancel")
        expect(page.get_by_text("None of your videos are queued.")).to_be_visible()


def test_a_ticket_in_the_link_signs_in_and_leaves_no_trace(
    browser: Browser, studio_server: Server, new_key: str
) -> None:
    with Studio(browser, studio_server, new_key) as studio:
        ticket = studio.http.post("/v1/session/ticket").json()["ticket"]
        studio.page.goto(f"{studio_server.base}/#ticket={ticket}")
        expect(studio.page.locator("gv-composer")).to_be_visible()
        assert "ticket" not in studio.page.url
        cookie = next(cooky for cooky in studio.context.cookies() if "session" in cooky["name"])
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        assert studio.page.evaluate("() => document.cookie") == ""
        kept = studio.page.evaluate("() => JSON.stringify({...localStorage, ...sessionStorage})")
        assert new_key not in kept
        assert ticket not in kept
        studio.page.get_by_role("button", name="Sign out").click()
        expect(studio.page.get_by_label("API key")).to_be_visible()


def test_the_page_is_light_and_asks_nobody_else(browser: Browser, studio_server: Server, new_key: str) -> None:
    with Studio(browser, studio_server, new_key) as studio:
        studio.create("light")
        sizes: dict[str, int] = {}

        def weigh(answer: Response) -> None:
            if "/v1/" not in answer.url:
                sizes[answer.url] = len(answer.body())

        studio.page.on("response", weigh)
        page = studio.enter()
        page.wait_for_load_state("load")
        assert sum(sizes.values()) <= LIMIT, sizes
        studio.open("light")
        page.keyboard.press("Escape")
        assert {request.url.split("/")[2] for request in studio.requests if request.url.startswith("http")} == {
            studio_server.base.split("/")[2]
        }
        assert page.evaluate("() => performance.getEntriesByName('first-contentful-paint').length") == 1
        assert studio.troubles == []


def test_the_policy_holds_on_the_page_itself(page_with_policy: Page) -> None:
    page = page_with_policy
    blocked = page.evaluate(
        """() => new Promise((done) => {
          document.addEventListener("securitypolicyviolation", (event) => done(event.violatedDirective));
          const script = document.createElement("script");
          script.textContent = "window.broken = true";
          document.body.append(script);
        })"""
    )
    assert blocked.startswith("script-src")
    assert page.evaluate("() => window.broken") is None


@pytest.fixture
def page_with_policy(browser: Browser, studio_server: Server, new_key: str) -> Iterator[Page]:
    with Studio(browser, studio_server, new_key) as studio:
        yield studio.enter()
