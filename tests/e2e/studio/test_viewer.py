"""User journeys: watching, extending, remixing, comparing, copying."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.factories import image_bytes

from .conftest import Studio


def seek(page: Page, seconds: float) -> None:
    page.evaluate(
        """(at) => new Promise((done) => {
          const film = document.querySelector("gv-viewer video");
          film.pause();
          film.addEventListener("seeked", () => done(), { once: true });
          film.currentTime = at;
        })""",
        seconds,
    )


def time_of(page: Page) -> float:
    return page.evaluate("() => document.querySelector('gv-viewer video').currentTime")


def test_the_player_knows_frames_and_extends_from_what_is_shown(studio: Studio) -> None:
    studio.create("five seconds", seconds=5)
    page = studio.open("five seconds")
    seek(page, 3.2)
    expect(page.locator("gv-player .time")).to_contain_text("frame 76")
    scrub = page.get_by_role("slider", name="Position")
    expect(scrub).to_have_value("76")
    page.keyboard.press(".")
    expect(scrub).to_have_value("77")
    page.keyboard.press(",")
    page.keyboard.press(",")
    expect(scrub).to_have_value("75")
    assert int(time_of(page) * 24) == 75
    scrub.fill("30")
    assert int(time_of(page) * 24) == 30
    page.keyboard.press("l")
    assert page.evaluate("() => document.querySelector('gv-viewer video').loop") is False
    page.keyboard.press("m")
    assert page.evaluate("() => document.querySelector('gv-viewer video').muted") is True
    seek(page, 3.2)
    page.get_by_role("button", name="Extend from 3.20 s").click()
    expect(page.locator(".target")).to_contain_text("from 3.20 s")
    page.get_by_role("slider", name="Duration").fill("2")
    page.get_by_role("textbox", name="Prompt").fill("and then a bird")
    page.keyboard.press("Control+Enter")
    expect(studio.card("and then a bird")).to_have_attribute("data-status", "completed")
    sent = next(request for request in studio.requests if request.url.endswith("/extend"))
    assert json.loads(sent.post_data or "")["start_time"] == 3.2
    assert studio.newest()["seconds"] == "5.167"
    expect(page.locator(".target")).to_be_hidden()


def test_at_its_end_a_video_is_extended_whole(studio: Studio) -> None:
    studio.create("whole")
    page = studio.open("whole")
    page.get_by_role("slider", name="Position").fill("23")
    page.get_by_role("button", name="Extend from the end").click()
    page.get_by_role("textbox", name="Prompt").fill("on and on")
    page.get_by_role("slider", name="Duration").fill("1")
    page.keyboard.press("Control+Enter")
    expect(studio.card("on and on")).to_have_attribute("data-status", "completed")
    assert studio.newest()["seconds"] == "2"


def test_a_still_is_the_frame_that_is_shown(studio: Studio, tmp_path: Path) -> None:
    studio.create("still life", seconds=2)
    page = studio.open("still life")
    seek(page, 1.0)
    with page.expect_download() as saving:
        page.keyboard.press("s")
    saving.value.save_as(tmp_path / "still.png")
    with Image.open(tmp_path / "still.png") as image:
        assert image.size == (1280, 720)
        # The fake video's bar stands at 26 % of its way at frame 24 of 48, 52 % across.
        row = [image.convert("L").getpixel((x, 360)) for x in range(0, 1280, 8)]
    assert abs(row.index(max(row)) * 8 - (1280 - 32) * 24 / 47) < 40


def test_a_chain_is_a_tree_and_compares_with_its_source(studio: Studio) -> None:
    root = studio.create("the root")
    page = studio.open("the root")
    page.keyboard.press("r")
    expect(page.locator(".target")).to_contain_text("the root")
    page.get_by_role("textbox", name="Prompt").fill("its child")
    page.keyboard.press("Control+Enter")
    expect(studio.card("its child")).to_have_attribute("data-status", "completed")
    child = studio.newest()
    assert child["remixed_from_video_id"] == root["id"]
    answer = studio.http.post(f"/v1/videos/{child['id']}/extend", json={"prompt": "its grandchild", "seconds": 1})
    studio.finish(answer.json())
    studio.open("its grandchild")
    tree = page.locator("gv-lineage .tree")
    expect(tree.locator("> li > ul > li > ul > li > a")).to_contain_text("its grandchild")
    expect(tree.locator("a[aria-current]")).to_contain_text("its grandchild")
    page.get_by_role("button", name="Compare with source").click()
    films = page.locator("dialog.compare video")
    expect(films).to_have_count(2)
    addresses = films.evaluate_all("(all) => all.map((one) => one.src)")
    assert [address.split("/")[-2] for address in addresses] == [child["id"], studio.newest()["id"]]
    page.locator("dialog.compare").get_by_role("slider", name="Position").fill("0.5")
    page.get_by_role("radio", name="Wipe").check(force=True)
    page.get_by_role("slider", name="Wipe").fill("20")
    assert page.locator("dialog.compare .wipe").first.evaluate("(one) => one.style.getPropertyValue('--cut')") == "20%"
    page.keyboard.press("Escape")
    tree.get_by_role("link", name="the root").click()
    expect(page.locator("gv-viewer h2")).to_have_text("the root")
    assert page.url.endswith(root["id"])


def test_words_that_were_not_understood_and_facts_are_shown(studio: Studio) -> None:
    studio.create("a cat and a florbish quantum thing", model="grok-video-3-max")
    page = studio.open("florbish")
    expect(page.locator(".chips.missed")).to_contain_text("florbish")
    facts = page.locator("gv-viewer .facts")
    expect(facts).to_contain_text("Render time")
    expect(facts).to_contain_text("1280 × 720")
    expect(facts).to_contain_text("animatic (drawn, not generative AI)")
    expect(facts).not_to_contain_text("Cost")


def test_the_cost_of_a_video_is_shown_where_there_is_one(studio: Studio) -> None:
    video = studio.create("expensive")
    studio.page.route(
        f"**/v1/videos/{video['id']}",
        lambda route: route.fulfill(json={**video, "metadata": {**video["metadata"], "cost": 0.42}}),
    )
    studio.page.get_by_role("button", name="Failed").click()
    expect(studio.card("expensive")).to_have_count(0)
    studio.page.evaluate("(id) => { location.hash = `#/video/${id}`; }", video["id"])
    expect(studio.page.locator("gv-viewer .facts")).to_contain_text("$0.42")


def test_settings_are_used_again_images_too(studio: Studio) -> None:
    fields = {"model": "grok-video-3", "prompt": "from two pictures", "seconds": "3", "size": "1080P", "seed": "9",
              "aspect_ratio": "1:1"}  # fmt: skip
    files = [("input_reference[]", (f"{at}.png", image_bytes(64 + at, 64), "image/png")) for at in range(2)]
    first = studio.finish(studio.http.post("/v1/videos", data=fields, files=files).json())
    page = studio.open("from two pictures")
    page.get_by_role("button", name="Reuse settings").click()
    expect(page.get_by_role("list", name="Images").get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_role("radio", name="First and last frame")).to_be_checked()
    expect(page.get_by_role("radio", name="1080P")).to_be_checked()
    expect(page.get_by_label("Seed")).to_have_value("9")
    page.keyboard.press("Control+Enter")
    expect(page.locator("gv-card[data-status=completed]")).to_have_count(2)
    second = studio.newest()
    same = ("prompt", "seconds", "aspect_ratio", "width", "height", "model")
    assert [second[name] for name in same] == [first[name] for name in same]
    assert second["metadata"]["seed"] == 9
    assert second["metadata"]["mode"] == "first_last_frame"


def test_a_video_is_downloaded_under_its_own_name(studio: Studio, tmp_path: Path) -> None:
    video = studio.create("take me along")
    page = studio.open("take me along")
    with page.expect_download() as saving:
        page.get_by_role("link", name="Download").click()
    assert saving.value.suggested_filename == f"take-me-along-{video['id'][-6:]}.mp4"
    saving.value.save_as(tmp_path / "x.mp4")
    assert (tmp_path / "x.mp4").stat().st_size == video["bytes"]


def test_arrows_go_to_the_next_video_and_back_closes(studio: Studio) -> None:
    studio.create("the older")
    studio.create("the newer")
    page = studio.open("the newer")
    heading = page.locator("gv-viewer h2")
    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text("the older")
    page.keyboard.press("ArrowLeft")
    expect(heading).to_have_text("the newer")
    page.reload()
    expect(heading).to_have_text("the newer")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("gv-gallery")).to_be_visible()


HARD = 'it\'s "a cat"; `echo $HOME` \\ 100% 猫 --not-a-flag & <x>'


def make(studio: Studio, kind: str) -> dict[str, Any]:
    """Create a video whose snippets are to be run."""
    if kind == "text":
        return studio.create(HARD, aspect_ratio="3:2", seed=5)
    if kind == "pictures":
        files = [("input_reference[]", (f"{at}.png", image_bytes(64 + at, 64), "image/png")) for at in range(2)]
        fields = {"model": "grok-video-3", "prompt": f"@img2 {HARD}", "seconds": "1", "aspect_ratio": "1:1"}
        return studio.finish(studio.http.post("/v1/videos", data=fields, files=files).json())
    source = studio.create("the source", seconds=2)
    body = {"prompt": HARD, "seed": 3} | ({"start_time": 1.5, "seconds": 1} if kind == "extend" else {})
    return studio.finish(studio.http.post(f"/v1/videos/{source['id']}/{kind}", json=body).json())


@pytest.mark.parametrize("kind", ["text", "pictures", "remix", "extend"])
def test_snippets_make_the_same_video(studio: Studio, kind: str, tmp_path: Path) -> None:
    original = make(studio, kind)
    for at in range(2):
        (tmp_path / f"img{at + 1}.png").write_bytes(image_bytes(64 + at, 64))
    studio.page.evaluate("(id) => { location.hash = `#/video/${id}`; }", original["id"])
    for tab in ("curl", "Python", "Unified JSON", "CLI"):
        studio.page.get_by_role("tab", name=tab).click()
        studio.page.get_by_role("button", name="Copy", exact=True).click()
        text = studio.page.evaluate("() => navigator.clipboard.readText()")
        assert text == studio.page.locator("#snippet").text_content()
        run(text, studio, tab == "Python", tmp_path)
        again = studio.newest()
        assert again["id"] != original["id"], tab
        again = studio.finish(again)
        same = ("prompt", "seconds", "aspect_ratio", "width", "height", "model", "source_video_id")
        # The two formats spell ids differently.
        value = [[str(fields[name] or "").replace("-", "")[-32:] for name in same] for fields in (again, original)]
        assert value[0] == value[1], tab
        for name in ("seed", "mode", "operation", "start_time"):
            assert again["metadata"].get(name) == original["metadata"].get(name), (tab, name)
        assert (again["bytes"], again["status"]) == (original["bytes"], "completed"), tab
        original = again


def run(text: str, studio: Studio, python: bool, folder: Path) -> None:
    """Run a snippet as it stands, with the key in the environment."""
    command = [sys.executable, "-W", "ignore", "-c", text] if python else [shutil.which("bash") or "bash", "-c", text]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "GROK_VIDEO_API_KEY": studio.key, "HOME": str(folder)}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, f"{text}\n{ran.stdout}\n{ran.stderr}"
    assert '"error":{' not in ran.stdout, f"{text}\n{ran.stdout}"
