"""User journeys: creating a video."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.factories import image_bytes

from .conftest import Studio, drop


def prompt(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Prompt")


def test_a_key_press_makes_a_video_and_the_draft_outlives_a_reload(studio: Studio) -> None:
    page = studio.page
    prompt(page).fill("a red fox\nin the snow")
    page.get_by_role("radio", name="9:16").check(force=True)
    page.get_by_role("slider", name="Duration").fill("2")
    page.reload()
    expect(prompt(page)).to_have_value("a red fox\nin the snow")
    expect(page.get_by_role("radio", name="9:16")).to_be_checked()
    prompt(page).press("Control+Enter")
    expect(studio.card("a red fox")).to_have_attribute("data-status", "completed")
    created = studio.newest()
    assert (created["prompt"], created["aspect_ratio"], created["seconds"]) == ("a red fox in the snow", "9:16", "2")


def test_an_empty_prompt_is_requested(studio: Studio) -> None:
    studio.page.get_by_role("button", name="Create video").click()
    expect(studio.page.get_by_role("alert")).to_have_text("Describe what the video should show.")
    expect(prompt(studio.page)).to_be_focused()
    assert studio.posted() == []


def test_images_are_dropped_named_moved_and_removed(studio: Studio) -> None:
    page = studio.page
    drop(page, [image_bytes(64, 64, seed=at) for at in range(3)])
    strip = page.get_by_role("list", name="Images").get_by_role("listitem")
    expect(strip).to_have_count(3)
    expect(strip.locator("b")).to_have_text(["@img1", "@img2", "@img3"])
    expect(strip.locator("img")).to_have_count(3)
    page.get_by_role("button", name="Move @img1 later").click()
    names = strip.locator("img").evaluate_all("(all) => all.map((one) => one.alt)")
    assert names == ["picture 2.png", "picture 1.png", "picture 3.png"]
    page.get_by_role("button", name="Remove @img2").click()
    expect(strip).to_have_count(2)
    page.reload()
    expect(strip).to_have_count(2)
    names = strip.locator("img").evaluate_all("(all) => all.map((one) => one.alt)")
    assert names == ["picture 2.png", "picture 3.png"]


def test_at_completes_an_image_and_a_missing_one_is_said(studio: Studio) -> None:
    page = studio.page
    drop(page, [image_bytes(64, 64), image_bytes(64, 64)])
    prompt(page).fill("a cat like ")
    prompt(page).press("@")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    prompt(page).press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    prompt(page).press("Enter")
    expect(prompt(page)).to_have_value("a cat like @img2 ")
    expect(page.locator("mark.pill")).to_have_text("@img2")
    prompt(page).press_sequentially("and @img7")
    expect(page.get_by_role("status").filter(has_text="There is no @img7")).to_be_visible()
    expect(page.locator("mark.wrong")).to_have_text("@img7")
    prompt(page).press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no @img7")
    assert studio.posted() == []


@pytest.mark.parametrize(
    ("count", "words", "role", "mode"),
    [
        (1, "a cat", "First frame", "first_frame"),
        (1, "a cat", "References", "reference"),
        (2, "a cat", "First and last frame", "first_last_frame"),
        (2, "a cat", "References", "reference"),
        (2, "@img2 a cat", "First and last frame", "first_last_frame"),
        (3, "a cat", None, "reference"),
    ],
)
def test_a_role_says_what_images_are_for(studio: Studio, count: int, words: str, role: str | None, mode: str) -> None:
    page = studio.page
    drop(page, [image_bytes(64 + at, 64) for at in range(count)])
    prompt(page).fill(words)
    if role:
        page.get_by_role("radio", name=role).check(force=True)
        expect(page.get_by_role("radio", name=role)).to_be_checked()
    page.get_by_role("slider", name="Duration").fill("1")
    prompt(page).press("Control+Enter")
    expect(studio.card("a cat")).to_have_attribute("data-status", "completed")
    created = studio.newest()
    assert created["metadata"]["mode"] == mode
    assert ("@img" in created["prompt"]) == (role == "References")
    inputs = studio.http.get(f"/v1/videos/{created['id']}/inputs").json()["data"]
    assert [image["width"] for image in inputs] == [64 + at for at in range(count)]


def test_only_what_the_model_can_is_offered(studio: Studio) -> None:
    page = studio.page
    expect(page.get_by_role("slider", name="Duration")).to_have_attribute("max", "15")
    page.get_by_role("radio", name="grok-video-3-pro").check(force=True)
    expect(page.get_by_role("slider", name="Duration")).to_have_count(0)
    expect(page.locator(".length.fixed")).to_contain_text("always 10 s")
    page.get_by_role("radio", name="grok-video-3-max").check(force=True)
    expect(page.locator(".length.fixed")).to_contain_text("always 15 s")
    ratios = page.locator("[name=ratio]").evaluate_all("(all) => all.map((one) => one.value)")
    assert ratios == ["", "16:9", "9:16", "3:2", "2:3", "1:1", "4:3", "3:4", "21:9", "5:2"]
    assert page.locator("[name=size]").evaluate_all("(all) => all.map((one) => one.value)") == ["480P", "720P", "1080P"]


def test_what_a_backend_cannot_is_not_offered(studio: Studio) -> None:
    page = studio.page

    def poorer(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for model in body["data"]:
            model["capabilities"] |= {
                "modes": ["text", "first_frame"], "sizes": ["720P"], "aspect_ratios": ["16:9", "9:16"],
                "seconds": [4, 5, 6], "max_images": 1, "cost_per_second": 0.05, "costs": {"720P": 0.06},
            }  # fmt: skip
        route.fulfill(response=answer, json=body)

    page.route("**/v1/models", poorer)
    page.reload()
    expect(page.locator("[name=ratio]")).to_have_count(3)
    drop(page, [image_bytes(64, 64), image_bytes(64, 64)])
    expect(page.get_by_role("alert")).to_contain_text("At most 1 images")
    expect(page.get_by_role("list", name="Images").get_by_role("listitem")).to_have_count(1)
    assert page.locator("[name=role]").evaluate_all("(all) => all.map((one) => one.value)") == ["first_frame"]
    assert page.locator("[name=size]").evaluate_all("(all) => all.map((one) => one.value)") == ["720P"]
    length = page.get_by_role("slider", name="Duration")
    expect(length).to_have_attribute("min", "4")
    expect(length).to_have_attribute("max", "6")
    expect(page.get_by_role("button", name="Create video")).to_contain_text("$0.36")
    page.unroute("**/v1/models")


def test_versions_and_a_kept_seed(studio: Studio) -> None:
    page = studio.page
    prompt(page).fill("twins")
    page.get_by_role("slider", name="Duration").fill("1")
    page.get_by_role("radio", name="×2").check(force=True)
    page.get_by_role("spinbutton", name="Seed").fill("7")
    page.get_by_role("spinbutton", name="Seed").press("Tab")
    page.get_by_role("button", name="Create 2 videos").click()
    expect(page.locator("gv-card[data-status=completed]")).to_have_count(2)
    listed = studio.http.get("/v1/videos").json()["data"]
    assert sorted(video["metadata"]["seed"] for video in listed) == [7, 8]


def test_asking_again_after_a_lost_response_makes_no_second_video(studio: Studio) -> None:
    page = studio.page
    lost: list[str] = []

    def lose(route: Route, request: Request) -> None:
        if request.method != "POST" or lost:
            return route.fallback()
        route.fetch()
        lost.append(request.headers["idempotency-key"])
        return route.abort()

    page.route("**/v1/videos", lose)
    prompt(page).fill("only once")
    page.get_by_role("slider", name="Duration").fill("1")
    prompt(page).press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("Cannot reach the server")
    prompt(page).press("Control+Enter")
    expect(studio.card("only once")).to_have_count(1)
    expect(studio.card("only once")).to_have_attribute("data-status", "completed")
    assert len(studio.http.get("/v1/videos").json()["data"]) == 1
    assert {request.headers["idempotency-key"] for request in studio.posted()} == set(lost)
    page.unroute_all()
    studio.troubles = [trouble for trouble in studio.troubles if "ERR_FAILED" not in trouble]


def test_a_seed_counts_as_it_is_typed_and_takes_no_click_away(studio: Studio) -> None:
    page = studio.page
    prompt(page).fill("seeded")
    page.get_by_role("slider", name="Duration").fill("1")
    page.get_by_role("spinbutton", name="Seed").fill("41")
    page.get_by_role("button", name="Create video").click()
    expect(studio.card("seeded")).to_have_attribute("data-status", "completed")
    page.get_by_role("spinbutton", name="Seed").fill("42")
    page.keyboard.press("Control+Enter")
    expect(page.locator("gv-card[data-status=completed]")).to_have_count(2)
    seeds = [video["metadata"]["seed"] for video in studio.http.get("/v1/videos").json()["data"]]
    assert seeds == [42, 41]


def test_a_remix_leaves_the_draft_and_its_images_alone(studio: Studio) -> None:
    studio.create("to remix")
    page = studio.page
    strip = page.get_by_role("list", name="Images").get_by_role("listitem")
    drop(page, [image_bytes(64, 64), image_bytes(64, 64)])
    prompt(page).fill("@img1 and @img2")
    studio.open("to remix")
    page.keyboard.press("r")
    expect(page.locator(".target")).to_be_visible()
    expect(strip).to_have_count(0)
    page.reload()
    expect(strip).to_have_count(2)
    studio.open("to remix")
    page.keyboard.press("r")
    page.get_by_role("button", name="Back to a new video").click()
    expect(strip).to_have_count(2)
    expect(prompt(page)).to_have_value("@img1 and @img2")
