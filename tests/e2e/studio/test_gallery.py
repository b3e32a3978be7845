"""User journeys: the gallery, progress, failures, deleting."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Browser, Route, expect

from tests.conftest import Server, start_server
from tests.factories import image_bytes

from .conftest import Studio, fill


def test_progress_place_and_time_are_live_survive_a_reload_and_come_over_one_stream(studio: Studio) -> None:
    page = studio.page
    studio.create("the first tells the pace")
    slow = {"model": "grok-video-3", "seconds": 1, "metadata": {"fake_delay": "9"}}
    for at in range(4):
        studio.http.post("/v1/videos", json={**slow, "prompt": f"slow {at}"})
    bar = studio.card("slow 0").get_by_role("progressbar")
    expect(studio.card("slow 3").locator(".state")).to_contain_text(re.compile(r"Position \d in the queue"))
    expect(studio.card("slow 0").locator(".state")).to_contain_text("about")

    def watch() -> set[int]:
        """Watch the progress until it has risen twice."""
        observed: set[int] = set()
        deadline = time.monotonic() + 20
        while len(observed) < 3 and time.monotonic() < deadline:
            observed.add(int(bar.get_attribute("aria-valuenow") or 0))
            page.wait_for_timeout(50)
        return observed

    before = watch()
    page.reload()
    bar.wait_for()
    after = watch()
    assert len(before) == len(after) == 3
    assert min(after) >= max(before)
    expect(page.locator("gv-card")).to_have_count(5)
    studio.http.post(f"/v1/videos/{studio.card('slow 3').get_attribute('data-id')}/cancel")
    expect(studio.card("slow 3")).to_have_attribute("data-status", "failed")
    expect(studio.card("slow 0").locator("a.stage img")).to_be_visible(timeout=30_000)
    for at in (1, 2):
        studio.http.post(f"/v1/videos/{studio.card(f'slow {at}').get_attribute('data-id')}/cancel")
    streams = [request for request in studio.requests if "/v1/events" in request.url]
    assert len(streams) == 2, "one before the reload and one after it"


def test_a_task_is_cancelled_from_its_card(studio: Studio) -> None:
    body = {"model": "grok-video-3", "prompt": "never", "seconds": 1, "metadata": {"fake_delay": "60"}}
    video = studio.http.post("/v1/videos", json=body).json()
    studio.card("never").get_by_role("button", name="Cancel").click()
    expect(studio.card("never")).to_contain_text("Cancelled")
    assert studio.finish(video)["error"]["code"] == "cancelled"


def test_another_browser_sees_the_same_gallery_and_searches_it(browser: Browser, studio: Studio) -> None:
    studio.create("a fox in the snow")
    studio.create("a whale in the sea", seconds=2)
    with Studio(browser, studio.server, studio.key) as other:
        page = other.enter()
        expect(page.locator("gv-card")).to_have_count(2)
        page.get_by_role("searchbox").fill("whale SEA")
        expect(page.locator("gv-card")).to_have_count(1)
        expect(page.locator("gv-card")).to_contain_text("a whale in the sea")
        page.get_by_role("searchbox").fill("nobody")
        expect(page.get_by_text("No videos match.")).to_be_visible()
        page.get_by_role("searchbox").fill("")
        expect(page.locator("gv-card")).to_have_count(2)
        page.get_by_role("button", name="Failed").click()
        expect(page.locator("gv-card")).to_have_count(0)
        page.get_by_role("button", name="Completed").click()
        expect(page.locator("gv-card")).to_have_count(2)
        made = studio.create("made elsewhere")
        expect(page.locator("gv-card")).to_have_count(3)
        expect(page.locator("gv-card").first).to_contain_text("made elsewhere")
        with studio.server.client(studio.key) as http:
            http.delete(f"/v1/videos/{made['id']}")
        expect(page.locator("gv-card")).to_have_count(2)
        assert other.troubles == []


def test_two_hundred_videos_are_read_as_one_scrolls(studio: Studio) -> None:
    fill(studio, studio.create("the newest"), 200)
    page = studio.page
    page.reload()
    cards = page.locator("gv-card")
    expect(cards.first).to_contain_text("the newest")
    expect(cards.nth(23)).to_be_attached()
    assert cards.count() < 100, "not all at once"
    deadline = time.monotonic() + 30
    while cards.count() < 201 and time.monotonic() < deadline:
        page.mouse.wheel(0, 5000)
        page.wait_for_timeout(50)
    expect(cards).to_have_count(201)
    prompts = cards.locator(".caption p").all_text_contents()
    assert prompts == ["the newest", *[f"copy number {at}" for at in range(1, 201)]]
    page.get_by_role("searchbox").fill("number 200")
    expect(cards).to_have_count(1)


def test_a_poster_previews_the_video_under_the_pointer(studio: Studio) -> None:
    studio.create("hover me")
    stage = studio.card("hover me").locator("a.stage")
    box = stage.bounding_box()
    assert box
    positions: set[str] = set()
    for part in (0.1, 0.5, 0.9):
        studio.page.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] / 2)
        expect(stage.locator(".preview.ready")).to_be_visible()
        positions.add(stage.locator(".preview").evaluate("(one) => one.style.backgroundPosition"))
    assert len(positions) == 3
    studio.page.mouse.move(0, 0)
    expect(stage.locator(".preview")).to_be_hidden()


def test_a_failure_is_told_in_words_with_its_code_and_can_be_tried_again(studio: Studio) -> None:
    studio.create("refused", metadata={"fake_fail": "rejected"})
    card = studio.card("refused")
    expect(card).to_contain_text("The backend rejected this request. Change the prompt and try again.")
    expect(card.locator("code")).to_have_text("rejected")
    card.get_by_role("button", name="Details").click()
    expect(studio.page.get_by_role("dialog")).to_contain_text("The fake backend was asked to reject this.")
    studio.page.keyboard.press("Escape")
    card.get_by_role("button", name="Try again").click()
    expect(studio.page.locator("gv-card[data-status=completed]")).to_have_count(1)
    first, second = studio.http.get("/v1/videos").json()["data"]
    assert first["metadata"]["seed"] == second["metadata"]["seed"]


def test_trying_again_asks_for_that_video_alone_and_leaves_the_draft(studio: Studio) -> None:
    studio.create("refused", metadata={"fake_fail": "rejected"})
    page = studio.page
    page.get_by_role("textbox", name="Prompt").fill("a draft of mine")
    page.get_by_role("radio", name="×4").check(force=True)
    studio.card("refused").get_by_role("button", name="Try again").click()
    expect(page.locator("gv-card[data-status=completed]")).to_have_count(1)
    assert len(studio.http.get("/v1/videos").json()["data"]) == 2
    expect(page.get_by_role("textbox", name="Prompt")).to_have_value("a draft of mine")


def test_a_page_that_cannot_be_read_is_requested_once_and_again_later(studio: Studio) -> None:
    page = studio.page
    fill(studio, studio.create("the newest"), 60)
    page.reload()
    expect(page.locator("gv-card").nth(23)).to_be_attached()
    requested: list[str] = []

    def refuse(route: Route) -> None:
        requested.append(route.request.url)
        route.abort()

    page.route("**/v1/videos?*after=*", refuse)
    for _ in range(5):
        page.mouse.wheel(0, 5000)
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)
    assert 1 <= len(requested) <= 2
    page.unroute_all()
    page.get_by_role("searchbox").fill("number 60")
    expect(page.locator("gv-card")).to_have_count(1)
    studio.troubles = [trouble for trouble in studio.troubles if "ERR_FAILED" not in trouble]


def test_scrolling_goes_on_after_the_last_of_a_page_was_deleted(studio: Studio) -> None:
    page = studio.page
    fill(studio, studio.create("the newest"), 60)
    listed = studio.http.get("/v1/videos", params={"limit": 24}).json()
    page.reload()
    expect(page.locator("gv-card").first).to_be_attached()
    studio.http.delete(f"/v1/videos/{listed['last_id']}")
    deadline = time.monotonic() + 30
    while page.locator("gv-card").count() < 60 and time.monotonic() < deadline:
        page.mouse.wheel(0, 5000)
        page.wait_for_timeout(50)
    assert studio.card("copy number 60").count() == 1
    studio.troubles = [trouble for trouble in studio.troubles if "404" not in trouble]


def test_what_was_made_while_the_page_was_hidden_is_there_when_it_is_seen(studio: Studio) -> None:
    page = studio.page
    for hidden in (True, False):
        page.evaluate(
            """(hidden) => {
              Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
              document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )
        if hidden:
            studio.create("made meanwhile")
            expect(studio.card("made meanwhile")).to_have_count(0)
    expect(studio.card("made meanwhile")).to_have_count(1)


def test_what_is_deleted_can_be_had_back_for_a_while(studio: Studio) -> None:
    kept, gone = studio.create("to keep"), studio.create("to delete")
    page = studio.page
    for prompt in ("to keep", "to delete"):
        studio.open(prompt)
        page.keyboard.press("Delete")
        expect(studio.card(prompt)).to_have_count(0)
        if prompt == "to keep":
            page.get_by_role("button", name="Undo").click()
            expect(studio.card(prompt)).to_have_count(1)
    assert studio.http.get(f"/v1/videos/{gone['id']}").status_code == 200, "not yet"
    # Leaving the page does not undo the deletion.
    page.goto("about:blank")
    deadline = time.monotonic() + 10
    while studio.http.get(f"/v1/videos/{gone['id']}").status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert studio.http.get(f"/v1/videos/{gone['id']}").status_code == 404
    assert studio.http.get(f"/v1/videos/{kept['id']}").status_code == 200


def test_a_server_that_goes_and_comes_back_is_told_and_found_again(browser: Browser, tmp_path: Path) -> None:
    first = start_server(tmp_path / "data", "--backend", "fake")
    with Studio(browser, first, first.key) as studio:
        page = studio.enter()
        first.process.kill()
        first.process.wait(10)
        expect(page.get_by_text("Cannot reach the server. Retrying")).to_be_visible()
        page.get_by_role("textbox", name="Prompt").fill("while it is away")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("alert")).to_contain_text("Cannot reach the server")
        port = first.base.rpartition(":")[2]
        second = start_server(tmp_path / "data", "--backend", "fake", "--port", port)
        try:
            expect(page.get_by_text("Cannot reach the server. Retrying")).to_be_hidden(timeout=20_000)
            page.get_by_role("textbox", name="Prompt").press("Control+Enter")
            expect(studio.card("while it is away")).to_have_attribute("data-status", "completed", timeout=20_000)
            assert len(studio.http.get("/v1/videos").json()["data"]) == 1
        finally:
            second.stop()


def test_a_lost_session_asks_for_the_key_again(browser: Browser, studio_server: Server) -> None:
    with studio_server.client() as http:
        created = http.post("/v1/keys", json={"name": "short"}).json()
        with Studio(browser, studio_server, created["key"]) as studio:
            page = studio.enter()
            http.delete(f"/v1/keys/{created['id']}")
            page.get_by_role("searchbox").fill("x")
            expect(page.get_by_label("API key")).to_be_visible()
            page.get_by_label("API key").fill("gv-wrong")
            page.keyboard.press("Enter")
            expect(page.get_by_role("alert")).to_have_text("This key is wrong or revoked.")


def test_a_video_is_seen_while_it_is_made(studio: Studio) -> None:
    body = {"model": "grok-video-3-max", "prompt": "a lighthouse by the sea"}
    video = studio.http.post("/v1/videos", json=body).json()
    shown = studio.card("a lighthouse by the sea").locator(".pending .shown")
    expect(shown).to_have_attribute("src", re.compile(r"/preview\?progress=\d+$"), timeout=30_000)
    first = shown.get_attribute("src") or ""
    assert shown.evaluate("(image) => image.naturalWidth > 100 && !image.classList.contains('blurred')")
    expect(shown).not_to_have_attribute("src", first)
    studio.http.post(f"/v1/videos/{video['id']}/cancel")
    expect(shown).to_have_count(0)


def test_what_a_video_is_made_from_is_seen_until_it_can_be(studio: Studio) -> None:
    source = studio.create("the source")["id"]
    slow = {"model": "grok-video-3", "seconds": 1, "metadata": {"fake_delay": "60"}}
    image = "data:image/png;base64," + b64encode(image_bytes()).decode()
    made = [
        studio.http.post("/v1/videos", json={**slow, "prompt": "of an image", "image": image}).json(),
        studio.http.post(f"/v1/videos/{source}/remix", json={**slow, "prompt": "of a video"}).json(),
    ]
    for prompt, address in (("of an image", "/inputs/1"), ("of a video", f"{source}/content?variant=thumbnail")):
        shown = studio.card(prompt).locator(".pending .shown.blurred")
        expect(shown).to_have_attribute("src", re.compile(re.escape(address)))
        assert shown.evaluate("(image) => image.naturalWidth > 0")
    for video in made:
        studio.http.post(f"/v1/videos/{video['id']}/cancel")
